/* The subcommands in one table, and the text that --help shows. */
#ifndef HARNESS_CLI_USAGE_H
#define HARNESS_CLI_USAGE_H

#include <stdio.h>

struct usage_command {
    const char *name;
    const char *operands;
    const char *summary;
    int (*run)(int argc, char **argv);
};

/* The subcommand, or NULL. */
const struct usage_command *usage_find(const char *name);
/* Three examples, then the subcommands and the exit codes. */
void usage_help(FILE *stream);
void usage_version(FILE *stream);
/* "'lst' is not a command; did you mean 'list'?" on stderr. */
void usage_unknown(const char *word);

#endif
