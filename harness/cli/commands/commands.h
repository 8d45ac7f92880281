/* The subcommands in one table, and the text that --help shows. */
#ifndef HARNESS_CLI_COMMANDS_COMMANDS_H
#define HARNESS_CLI_COMMANDS_COMMANDS_H

#include <stdbool.h>
#include <stdio.h>

struct command {
    const char *name;
    const char *operands;
    const char *summary;
    int (*run)(int argc, char **argv);
};

/* The subcommand, or NULL. */
const struct command *commands_find(const char *name);
/* Three examples, then the subcommands and the exit codes. */
void commands_help(FILE *stream);
/* What the manual page says of the commands, as roff (kit/man_page.py). */
void commands_man(FILE *stream);
/* What the last of the words behind "killpoint --complete" can become (options_complete.h).  The
 * word before them is overwritten. */
void commands_complete(int count, char **words);
void commands_version(FILE *stream);
/* "'lst' is not a command; did you mean 'list'?" on stderr. */
void commands_unknown(const char *word);

/* The subcommands, one file each.  They take their own words, argv[0] being their name, and return
 * the exit code of the program. */
int cmd_bench(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_new(int argc, char **argv);
int cmd_promote(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_shrink(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_why(int argc, char **argv);

#endif
