/* A command as its section of the manual page: what its table says, and what is too long for
 * --help.
 */
#ifndef HARNESS_CLI_MAN_PAGE_H
#define HARNESS_CLI_MAN_PAGE_H

#include "harness/cli/options_table.h"

#include <stdio.h>

/* Writes roff: a heading, the summary, the command's own notes, each option with its notes. */
void man_page_put(const struct options_command *command, FILE *stream);

#endif
