/* Command line options from one table: it drives getopt_long, the help text and "did you mean". */
#ifndef HARNESS_CLI_OPTIONS_H
#define HARNESS_CLI_OPTIONS_H

#include "store/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

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
#define OPTIONS_SECONDS(type, member) OPTIONS_TARGET(OPTIONS_KIND_SECONDS, type, member, 0, 0, NULL)
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

/* One subcommand as its help shows it. */
struct options_command {
    const char *name;            /* "run" */
    const char *operands;        /* "[SCENARIO...]"; "": it takes none */
    const char *one;             /* "one token": exactly one operand; NULL: any number */
    const char *summary;         /* one sentence */
    const char *const *examples; /* NULL-terminated; shown first */
    const struct options_row *rows;
    size_t row_count;
};

#define OPTIONS_ROWS_MAX 40

/* What --help gives when there is nothing else to do. */
#define OPTIONS_HELP_SHOWN 1

/* The words of a command: argv[0] is its name. */
struct options_words {
    int argc;
    char **argv; /* sorted by options_parse(): options first */
    int operand; /* set by options_parse(): the first operand's index, argc when there is none */
};

/* Reads the options of `words`, which may stand anywhere among the operands, in the order given,
 * into the members of `*session` that the rows name; what is not given stays as it is.  The first
 * that is wrong ends the reading, and so does a number of operands that the command does not take.
 * --help and -h are known to every command: help is printed to stdout.
 * 0, OPTIONS_HELP_SHOWN, or ERR_USAGE with the option, and a suggestion, in `err`. */
int options_parse(const struct options_command *command, struct options_words *words, void *session,
                  struct err *err);

/* Examples, then options. */
void options_help(const struct options_command *command, FILE *stream);

/* Words that begin in column `indent` of a line, wrapped at the width of a plain terminal: the
 * lines that follow begin in that column, too. */
void options_put_wrapped(FILE *stream, const char *text, int indent);

/* Values, with the option's name in the error.  0 or ERR_USAGE. */
int options_count(const char *name, const char *value, uint64_t least, uint64_t most,
                  uint64_t *ret_count, struct err *err);
/* Hexadecimal, with or without 0x. */
int options_hex(const char *name, const char *value, uint64_t *ret_value, struct err *err);
/* Seconds with up to three decimals, or a duration with a unit ("200ms", "2m"). */
int options_seconds(const char *name, const char *value, uint32_t *ret_ms, struct err *err);

#endif
