/* Command line options from one table: it drives getopt_long, the help text and "did you mean". */
#ifndef HARNESS_CLI_OPTIONS_H
#define HARNESS_CLI_OPTIONS_H

#include "harness/cli/options_table.h"

#include <stdio.h>

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
 * --help and -h are known to every command: help is printed to stdout.  So is --man, the section of
 * the manual page, which kit/man_page.py puts there; and OPTIONS_COMPLETE with the words behind it
 * (options_complete.h), which a shell asks with.
 * 0, OPTIONS_HELP_SHOWN, or ERR_USAGE with the option, and a suggestion, in `err`. */
int options_parse(const struct options_command *command, struct options_words *words, void *session,
                  struct err *err);

/* Examples, then options. */
void options_help(const struct options_command *command, FILE *stream);

/* Values, with the option's name in the error.  0 or ERR_USAGE. */
int options_count(const char *name, const char *value, uint64_t least, uint64_t most,
                  uint64_t *ret_count, struct err *err);
/* Hexadecimal, with or without 0x. */
int options_hex(const char *name, const char *value, uint64_t *ret_value, struct err *err);
/* Seconds with up to three decimals, or durations with units ("200ms", "1h30m", "2d"), up to
 * `most_s` seconds. */
int options_seconds(const char *name, const char *value, uint64_t most_s, uint32_t *ret_ms,
                    struct err *err);

#endif
