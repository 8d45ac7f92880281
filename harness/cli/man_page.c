/* Plain text to roff: `words` are bold, options too, the names of arguments italic. */
#include "harness/cli/man_page.h"

#include <ctype.h>
#include <string.h>

#define LINE_WIDTH 90

/* Words that stand for something in a text: "N", "FILE". */
struct names {
    const char *list[2]; /* "N|full", "[SCENARIO...]" or NULL */
};

/* One line of output, broken at blanks. */
struct line {
    FILE *stream;
    size_t column;
};

/* A dash would become a hyphen, and a dot or quote at the begin of a line a request. */
static size_t put_escaped(FILE *stream, const char *text, size_t length, bool is_first)
{
    size_t width = length;
    if (is_first && length > 0 && (text[0] == '.' || text[0] == '\'')) {
        (void)fputs("\\&", stream);
    }
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '-') {
            (void)fputs("\\-", stream);
        } else if (text[i] == '\\') {
            (void)fputs("\\e", stream);
        } else if (text[i] != '`') {
            (void)fputc(text[i], stream);
        } else {
            width--;
        }
    }
    return width;
}

/* Whether the word is one of capital letters that the list has, between what is no letter. */
static bool is_in(const char *list, const char *word, size_t length)
{
    for (const char *at = list; at != NULL && *at != '\0'; at++) {
        bool begins = at == list || !(isalpha)((unsigned char)at[-1]);
        if (begins && strncmp(at, word, length) == 0 && !(isalpha)((unsigned char)at[length])) {
            return true;
        }
    }
    return false;
}

static bool is_name(const struct names *names, const char *word, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!(isupper)((unsigned char)word[i])) {
            return false;
        }
    }
    return length > 0 &&
           (is_in(names->list[0], word, length) || is_in(names->list[1], word, length));
}

/* The part of a word that has its font, from `*ret_from` on: all but the punctuation around it. */
static size_t core_of(const char *word, size_t length, size_t *ret_from)
{
    size_t from = 0;
    size_t to = length;
    while (from < to && strchr("(\"", word[from]) != NULL) {
        from++;
    }
    while (to > from && strchr(".,;:)\"?'", word[to - 1]) != NULL) {
        to--;
    }
    *ret_from = from;
    return to - from;
}

/* A word without blanks; `*is_bold` says whether it stands between backquotes. */
static size_t put_word(struct line *line, const struct names *names, const char *word,
                       size_t length, bool *is_bold)
{
    size_t from = 0;
    size_t core = core_of(word, length, &from);
    const char *quote = memchr(word, '`', length);
    const char *font = NULL;
    if (quote == NULL && *is_bold) {
        font = "\\fB";
        from = 0;
        core = length;
    } else if (quote != NULL) {
        bool is_closed = *is_bold || memchr(quote + 1, '`', length - (size_t)(quote + 1 - word));
        font = "\\fB";
        *is_bold = !is_closed;
    } else if (core > 2 && strncmp(word + from, "--", 2) == 0) {
        font = "\\fB";
    } else if (is_name(names, word + from, core)) {
        font = "\\fI";
    }
    FILE *stream = line->stream;
    bool is_first = line->column == 0;
    if (font == NULL) {
        return put_escaped(stream, word, length, is_first);
    }
    size_t width = put_escaped(stream, word, from, is_first);
    (void)fputs(font, stream);
    width += put_escaped(stream, word + from, core, is_first && from == 0);
    (void)fputs("\\fR", stream);
    return width + put_escaped(stream, word + from + core, length - from - core, false);
}

/* One paragraph: its first letter large, a full stop at its end. */
static void put_text(FILE *stream, const struct names *names, const char *text)
{
    struct line line = {stream, 0};
    bool is_bold = false;
    size_t all = strlen(text);
    char first[2] = {(char)(toupper)((unsigned char)text[0]), '\0'};
    for (size_t at = 0; at < all;) {
        size_t length = strcspn(text + at, " \n");
        if (length > 0) {
            if (line.column > 0 && line.column + 1 + length > LINE_WIDTH) {
                (void)fputc('\n', stream);
                line.column = 0;
            } else if (line.column > 0) {
                (void)fputc(' ', stream);
                line.column++;
            }
            bool is_plain = at == 0 && (islower)((unsigned char)text[0]);
            if (is_plain) {
                (void)fputs(first, stream);
                line.column++;
            }
            line.column +=
                put_word(&line, names, text + at + is_plain, length - is_plain, &is_bold);
        }
        at += length + strspn(text + at + length, " \n");
    }
    (void)fputs(all > 0 && strchr(".?!:", text[all - 1]) == NULL ? ".\n" : "\n", stream);
}

static void put_notes(const struct options_command *command, const struct names *names,
                      const char *option, FILE *stream)
{
    for (const struct options_note *note = command->notes; note != NULL && note->text != NULL;
         note++) {
        bool is_meant = option == NULL ? note->option == NULL
                                       : note->option != NULL && strcmp(note->option, option) == 0;
        if (is_meant) {
            (void)fputs(option == NULL ? ".PP\n" : "", stream);
            put_text(stream, names, note->text);
        }
    }
}

/* "DIR|TRACE" with the names italic. */
static void put_operands(const char *text, FILE *stream)
{
    bool is_italic = false;
    for (; *text != '\0'; text++) {
        bool is_letter = (isupper)((unsigned char)*text) != 0;
        if (is_letter != is_italic) {
            (void)fputs(is_letter ? "\\fI" : "\\fR", stream);
            is_italic = is_letter;
        }
        (void)put_escaped(stream, text, 1, false);
        (void)fputs(*text == '|' ? "\\:" : "", stream); /* a line may end there */
    }
    (void)fputs(is_italic ? "\\fR" : "", stream);
}

static void put_option(const struct options_command *command, const struct options_row *row,
                       FILE *stream)
{
    const struct names names = {{row->argument, command->operands}};
    (void)fputs(".TP\n", stream);
    if (row->letter != 0) {
        (void)fprintf(stream, "\\fB\\-%c\\fR, ", row->letter);
    }
    (void)fputs("\\fB\\-\\-", stream);
    (void)put_escaped(stream, row->name, strlen(row->name), false);
    (void)fputs("\\fR", stream);
    if (row->argument != NULL) {
        (void)fputc(' ', stream);
        put_operands(row->argument, stream);
    }
    (void)fputc('\n', stream);
    put_text(stream, &names, row->help);
    put_notes(command, &names, row->name, stream);
}

void man_page_put(const struct options_command *command, FILE *stream)
{
    const struct names names = {{command->operands, NULL}};
    (void)fprintf(stream, ".SS killpoint %s \\fR%s", command->name,
                  command->row_count > 0 ? "[\\fIOPTION\\fR...] " : "");
    put_operands(command->operands, stream);
    (void)fputc('\n', stream);
    put_text(stream, &names, command->summary);
    put_notes(command, &names, NULL, stream);
    for (size_t i = 0; i < command->row_count; i++) {
        put_option(command, &command->rows[i], stream);
    }
}
