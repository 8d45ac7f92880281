/* What could stand where a person pressed the tab key, from a command's table of options. */
#ifndef HARNESS_CLI_OPTIONS_COMPLETE_H
#define HARNESS_CLI_OPTIONS_COMPLETE_H

#include "harness/cli/options_table.h"

#include <stdio.h>

/* The hidden word that a shell's completion asks with (commands.h). */
#define OPTIONS_COMPLETE "--complete"

/* Writes a line each for what the last of `words`, those behind the command's name, can become: the
 * candidate and, behind a tab, what it means.  A line that begins with a colon is no candidate:
 * ":files" and ":dirs" ask the shell for those; ":unknown WORD" is of a table whose words for
 * values nobody has told about here (kit/check_completion.sh). */
void options_complete(const struct options_command *command, int word_count, char *const *words,
                      FILE *stream);

#endif
