/* Text that a plain terminal shows without breaking a word. */
#ifndef HARNESS_CLI_WORDS_WRAPPED_H
#define HARNESS_CLI_WORDS_WRAPPED_H

#include <stdio.h>

/* Words that begin in column `indent` of a line, wrapped at the width of a plain terminal: the
 * lines that follow begin in that column, too. */
void wrapped_put(FILE *stream, const char *text, int indent);

#endif
