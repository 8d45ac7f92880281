/* Rows of a Markdown table: | **word**, **word** | meaning | */
#include "harness/cli/words/glossary.h"

#include <stddef.h>
#include <string.h>

/* The file itself, with a zero behind it (CMakeLists.txt says where it is). */
__asm__(".pushsection .rodata\n"
        "glossary_text:\n"
        ".incbin \"" GLOSSARY_PATH "\"\n"
        ".byte 0\n"
        ".popsection\n");
extern const char glossary_text[] __asm__("glossary_text");

/* Without the marks of code and emphasis, and of a link only its text. */
static void plain(const char *from, size_t length, char *to, size_t to_size_bytes)
{
    size_t used = 0;
    bool is_code = false;
    for (size_t i = 0; i < length && used + 1 < to_size_bytes; i++) {
        const char *end = from[i] == ']' && i + 1 < length && from[i + 1] == '('
                              ? memchr(from + i, ')', length - i)
                              : NULL;
        if (end != NULL) {
            i = (size_t)(end - from);
        } else if (from[i] == '`') {
            is_code = !is_code;
        } else if (is_code || (from[i] != '[' && from[i] != ']' && from[i] != '*')) {
            to[used++] = from[i];
        }
    }
    to[used] = '\0';
}

/* All words of the cell, each in a pair of stars. */
static bool take_words(const char *cell, size_t length, struct glossary_word *word,
                       bool (*take)(void *arg, const struct glossary_word *word), void *arg)
{
    const char *end = cell + length;
    for (const char *at = cell; at < end;) {
        const char *begin = memmem(at, (size_t)(end - at), "**", 2);
        const char *close =
            begin == NULL ? NULL : memmem(begin + 2, (size_t)(end - begin - 2), "**", 2);
        if (close == NULL) {
            break;
        }
        plain(begin + 2, (size_t)(close - begin - 2), word->name, sizeof(word->name));
        if (!take(arg, word)) {
            return false;
        }
        at = close + 2;
    }
    return true;
}

void glossary_each(bool (*take)(void *arg, const struct glossary_word *word), void *arg)
{
    struct glossary_word word;
    for (const char *line = glossary_text; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        const char *middle = memmem(line, length, " | ", 3);
        if (strncmp(line, "| **", 4) == 0 && middle != NULL) {
            const char *meaning = middle + 3;
            size_t meaning_length = length - (size_t)(meaning - line);
            meaning_length -= meaning_length >= 2 ? 2 : 0; /* " |" */
            plain(meaning, meaning_length, word.meaning, sizeof(word.meaning));
            if (!take_words(line, (size_t)(middle - line), &word, take, arg)) {
                return;
            }
        }
        line += length + (line[length] == '\n' ? 1 : 0);
    }
}
