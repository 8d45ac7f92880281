/* What a command's options are: the table that getopt_long, --help and the manual page are fed
 * from.
 */
#ifndef HARNESS_CLI_OPTIONS_TABLE_H
#define HARNESS_CLI_OPTIONS_TABLE_H

#include "store/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How an option's value is read. */
enum options_kind {
    OPTIONS_KIND_FLAG,    /* there is none: a bool becomes true */
    OPTIONS_KIND_TEXT,    /* as it stands: a const char * */
    OPTIONS_KIND_COUNT,   /* a whole number within bounds, in 4 or 8 bytes */
    OPTIONS_KIND_HEX,     /* hexadecimal, in 8 bytes */
    OPTIONS_KIND_SECONDS, /* a time, as milliseconds in 4 or 8 bytes */
    OPTIONS_KIND_TAKEN    /* by a function */
};

/* Where an option's value goes: a member of the command's own struct. */
struct options_target {
    enum options_kind kind;
    size_t place; /* its offset */
    size_t size_bytes;
    uint64_t least; /* of a count */
    uint64_t most;
    /* Of OPTIONS_KIND_TAKEN; 0, or ERR_USAGE with the option in `err`. */
    int (*take)(void *member, const char *value, struct err *err);
};

#define OPTIONS_TARGET(kind, type, member, least, most, take)                                \
    {                                                                                        \
        (kind), offsetof(type, member), sizeof(((type *)0)->member), (least), (most), (take) \
    }
#define OPTIONS_FLAG(type, member) OPTIONS_TARGET(OPTIONS_KIND_FLAG, type, member, 0, 0, NULL)
#define OPTIONS_TEXT(type, member) OPTIONS_TARGET(OPTIONS_KIND_TEXT, type, member, 0, 0, NULL)
#define OPTIONS_COUNT(type, member, least, most) \
    OPTIONS_TARGET(OPTIONS_KIND_COUNT, type, member, least, most, NULL)
#define OPTIONS_HEX(type, member)     OPTIONS_TARGET(OPTIONS_KIND_HEX, type, member, 0, 0, NULL)
#define OPTIONS_SECONDS(type, member) OPTIONS_SECONDS_UPTO(type, member, 86400)
#define OPTIONS_SECONDS_UPTO(type, member, most) \
    OPTIONS_TARGET(OPTIONS_KIND_SECONDS, type, member, 0, most, NULL)
#define OPTIONS_TAKEN(type, member, take) \
    OPTIONS_TARGET(OPTIONS_KIND_TAKEN, type, member, 0, 0, take)

/* One option. */
struct options_row {
    char letter;          /* 'j', or 0: long only */
    const char *name;     /* "jobs" */
    const char *argument; /* "N", or NULL: takes none */
    const char *help;
    struct options_target target;
};

/* What the manual page says besides the help. */
struct options_note {
    const char *option; /* its name; NULL: a paragraph on the command itself */
    const char *text;
};

/* One subcommand as its help shows it. */
struct options_command {
    const char *name;            /* "run" */
    const char *operands;        /* "[SCENARIO...]"; "": it takes none */
    const char *one;             /* "one token": exactly one operand; NULL: any number */
    const char *summary;         /* one sentence */
    const char *const *examples; /* NULL-terminated; shown first */
    const struct options_row *rows;
    size_t row_count;
    const struct options_note *notes; /* ends with a text that is NULL; may be NULL */
};

#endif
