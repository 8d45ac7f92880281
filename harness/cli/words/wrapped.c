/* Words on lines. */
#include "harness/cli/words/wrapped.h"

#include <string.h>

/* A plain terminal, with some room. */
#define TEXT_WIDTH 92

void wrapped_put(FILE *stream, const char *text, int indent)
{
    int column = indent;

    while (*text != '\0') {
        int length = (int)strcspn(text, " ");

        if (column > indent && column + 1 + length > TEXT_WIDTH) {
            (void)fprintf(stream, "\n%*s", indent, "");
            column = indent;
        } else if (column > indent) {
            (void)fputc(' ', stream);
            column++;
        }
        (void)fprintf(stream, "%.*s", length, text);
        column += length;
        text += length;
        text += *text == ' ';
    }
    (void)fputc('\n', stream);
}
