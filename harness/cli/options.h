/* Command line options from one table: it drives getopt_long, the help text and "did you mean". */
#ifndef HARNESS_CLI_OPTIONS_H
#define HARNESS_CLI_OPTIONS_H

#include "store/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* One option.  `id` is the caller's own, above 0. */
struct options_row {
    int id;
    char letter;          /* 'j', or 0: long only */
    const char *name;     /* "jobs" */
    const char *argument; /* "N", or NULL: takes none */
    const char *help;
};

/* One subcommand as its help shows it. */
struct options_command {
    const char *name;            /* "run" */
    const char *operands;        /* "[SCENARIO...]" */
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

/* Reads the options of `words`, which may stand anywhere among the operands.  Each goes to `take`
 * in the order given; an error of `take` ends the reading.  --help and -h are known to every
 * command: help is printed to stdout.
 * 0, OPTIONS_HELP_SHOWN, or ERR_USAGE with the option, and a suggestion, in `err`. */
int options_parse(const struct options_command *command, struct options_words *words,
                  int (*take)(void *arg, int id, const char *value, struct err *err), void *arg,
                  struct err *err);

/* Examples, then options. */
void options_help(const struct options_command *command, FILE *stream);

/* Values, with the option's name in the error.  0 or ERR_USAGE. */
int options_count(const char *name, const char *value, uint64_t least, uint64_t most,
                  uint64_t *ret_count, struct err *err);
/* Hexadecimal, with or without 0x. */
int options_hex(const char *name, const char *value, uint64_t *ret_value, struct err *err);
/* Seconds with up to three decimals, or a duration with a unit ("200ms", "2m"). */
int options_seconds(const char *name, const char *value, uint32_t *ret_ms, struct err *err);

#endif
