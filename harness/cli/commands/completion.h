/* The scripts that have a shell ask this program what could be typed. */
#ifndef HARNESS_CLI_COMMANDS_COMPLETION_H
#define HARNESS_CLI_COMMANDS_COMPLETION_H

#include <stdbool.h>
#include <stdio.h>

/* Writes the script of `shell`, "bash" or "zsh"; false when it is neither.  The script holds no
 * word of Killpoint's: it asks `killpoint --complete WORD...`, so it is never older than the
 * program. */
bool completion_put(const char *shell, FILE *stream);

#endif
