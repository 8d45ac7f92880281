/* Wrapped paragraphs and tables. */
#include "reports/screen.h"

#include "store/base/ensure.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <sys/ioctl.h>

#define WIDTH_MOST 1000
#define GAP        2 /* columns between two of a table */

unsigned screen_terminal_width(FILE *stream)
{
    struct winsize size = {0};

    if (ioctl(fileno(stream), TIOCGWINSZ, &size) != 0) {
        return 0;
    }
    return size.ws_col;
}

/* A shell exports COLUMNS only where somebody asked for it, so it comes first. */
unsigned screen_width(FILE *stream)
{
    const char *text = getenv("COLUMNS"); // NOLINT(concurrency-mt-unsafe)
    unsigned long width = text == NULL ? 0 : strtoul(text, NULL, 10);

    if (width == 0 || width > WIDTH_MOST) {
        width = screen_terminal_width(stream);
    }
    if (width == 0) {
        width = SCREEN_WIDTH_DEFAULT;
    }
    return width < SCREEN_WIDTH_LEAST ? SCREEN_WIDTH_LEAST : (unsigned)width;
}

static unsigned text_width(const struct screen *screen)
{
    return screen->width < SCREEN_WIDTH_DEFAULT ? screen->width : SCREEN_WIDTH_DEFAULT;
}

static void new_line(struct screen *screen)
{
    (void)fprintf(screen->stream, "\n%*s", (int)screen->indent, "");
    screen->column = screen->indent;
    screen->has_space = false;
}

/* A word that is too long for any line stands alone on one: whoever copies it wants it whole. */
static void put_word(struct screen *screen)
{
    unsigned length = screen->word_size_bytes;

    if (length == 0) {
        return;
    }
    if (screen->has_space && screen->column + 1 + length > text_width(screen) &&
        screen->column > screen->indent) {
        new_line(screen);
    }
    if (screen->has_space && screen->column > screen->indent) {
        (void)fputc(' ', screen->stream);
        screen->column++;
    }
    (void)fwrite(screen->word, 1, length, screen->stream);
    screen->column += length;
    screen->word_size_bytes = 0;
    screen->has_space = false;
}

/* A figure and its unit stay on one line: "4.3 s". `blank` stands between them. */
static bool is_before_unit(const char *text, const char *blank)
{
    static const char *const units[] = {"s", "ms", "us", "%", "B", "KiB", "MiB", "GiB"};

    if (*blank != ' ' || blank == text || isdigit((unsigned char)blank[-1]) == 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        size_t length = strlen(units[i]);

        if (strncmp(blank + 1, units[i], length) == 0 &&
            isalnum((unsigned char)blank[1 + length]) == 0) {
            return true;
        }
    }
    return false;
}

static void put_character(struct screen *screen, char character, bool is_tied)
{
    if (is_tied) {
        screen->word[screen->word_size_bytes++] = character;
        return;
    }
    if (character == ' ' || character == '\n') {
        put_word(screen);
        screen->has_space = true;
    }
    if (character == '\n') {
        new_line(screen);
    }
    if (character == ' ' || character == '\n') {
        return;
    }
    if (screen->word_size_bytes == sizeof(screen->word)) {
        put_word(screen);
    }
    screen->word[screen->word_size_bytes++] = character;
}

void screen_begin(struct screen *screen, enum paint_tone tone, const char *label)
{
    unsigned length = (unsigned)strlen(label);
    unsigned pad = length < SCREEN_LABEL_WIDTH ? SCREEN_LABEL_WIDTH - length : 1;

    (void)fprintf(screen->stream, "%s%s%s%*s", paint_begin(screen->is_coloured, tone), label,
                  paint_end(screen->is_coloured, tone), (int)pad, "");
    screen->indent = SCREEN_LABEL_WIDTH;
    screen->column = length + pad;
    screen->has_space = false;
    screen->word_size_bytes = 0;
}

__attribute__((format(printf, 2, 0))) static void say(struct screen *screen, const char *format,
                                                      va_list arguments)
{
    char *text = NULL;
    int length = vasprintf(&text, format, arguments);

    for (int i = 0; i < length; i++) {
        bool is_tied = is_before_unit(text, text + i) && screen->word_size_bytes > 0 &&
                       screen->word_size_bytes < sizeof(screen->word);

        put_character(screen, text[i], is_tied);
    }
    if (length >= 0) {
        free(text);
    }
}

void screen_say(struct screen *screen, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say(screen, format, arguments);
    va_end(arguments);
}

void screen_pad(struct screen *screen, unsigned column)
{
    put_word(screen);
    if (column > screen->column && column < text_width(screen) / 2) {
        (void)fprintf(screen->stream, "%*s", (int)(column - screen->column - 1), "");
        screen->column = column - 1;
    }
    screen->has_space = true;
}

void screen_end(struct screen *screen)
{
    put_word(screen);
    (void)fputc('\n', screen->stream);
}

void screen_line(struct screen *screen, enum paint_tone tone, const char *label, const char *format,
                 ...)
{
    va_list arguments;

    screen_begin(screen, tone, label);
    va_start(arguments, format);
    say(screen, format, arguments);
    va_end(arguments);
    screen_end(screen);
}

void screen_token(const struct screen *screen, unsigned indent, const char *verb, const char *token)
{
    (void)fprintf(screen->stream, "%*s%s %s %s\n", (int)indent, "", screen->command, verb, token);
}

/* Tables */

static bool has_row(const struct screen_table *table, uint32_t row)
{
    char text[SCREEN_CELL_SIZE_BYTES] = "";

    table->cell(table->arg, row, 0, text);
    return text[0] != '\0';
}

static unsigned larger(unsigned one, unsigned other)
{
    return one > other ? one : other;
}

/* How wide each column must be; false when no row is left. */
static bool measure(const struct screen_table *table, unsigned widths[SCREEN_COLUMNS_MAX])
{
    bool is_any = false;

    for (uint32_t column = 0; column < table->column_count; column++) {
        widths[column] = (unsigned)strlen(table->heads[column]);
    }
    for (uint32_t row = 0; row < table->row_count; row++) {
        if (!has_row(table, row)) {
            continue;
        }
        is_any = true;
        for (uint32_t column = 0; column < table->column_count; column++) {
            char text[SCREEN_CELL_SIZE_BYTES] = "";

            table->cell(table->arg, row, column, text);
            widths[column] = larger(widths[column], (unsigned)strlen(text));
        }
    }
    return is_any;
}

/* The first column past those that fit behind the first; at least one does. */
static uint32_t fitting(const struct screen *screen, const struct screen_table *table,
                        const unsigned widths[SCREEN_COLUMNS_MAX], uint32_t from)
{
    unsigned used = GAP + widths[0];
    uint32_t upto = from;

    while (upto < table->column_count &&
           (upto == from || used + GAP + widths[upto] <= screen->width)) {
        used += GAP + widths[upto++];
    }
    return upto;
}

/* Blanks at the end of a line would only make it longer, so the last cell may be left out. */
static void put_cell(const struct screen *screen, const char *text, unsigned width,
                     unsigned *blanks)
{
    if (*text != '\0') {
        (void)fprintf(screen->stream, "%*s", (int)(*blanks + GAP + width), text);
        *blanks = 0;
    } else {
        *blanks += GAP + width;
    }
}

static void put_row(const struct screen *screen, const struct screen_table *table, uint32_t row,
                    const unsigned widths[SCREEN_COLUMNS_MAX], const uint32_t columns[2])
{
    char text[SCREEN_CELL_SIZE_BYTES] = "";
    unsigned blanks = 0;

    table->cell(table->arg, row, 0, text);
    (void)fprintf(screen->stream, "%*s%-*s", GAP, "", (int)widths[0], text);
    for (uint32_t column = columns[0]; column < columns[1]; column++) {
        text[0] = '\0';
        table->cell(table->arg, row, column, text);
        put_cell(screen, text, widths[column], &blanks);
    }
    (void)fputc('\n', screen->stream);
}

static void put_heads(const struct screen *screen, const struct screen_table *table,
                      const unsigned widths[SCREEN_COLUMNS_MAX], const uint32_t columns[2])
{
    unsigned blanks = 0;

    (void)fprintf(screen->stream, "%s%*s%-*s", paint_begin(screen->is_coloured, PAINT_STRONG), GAP,
                  "", (int)widths[0], table->heads[0]);
    for (uint32_t column = columns[0]; column < columns[1]; column++) {
        put_cell(screen, table->heads[column], widths[column], &blanks);
    }
    (void)fprintf(screen->stream, "%s\n", paint_end(screen->is_coloured, PAINT_STRONG));
}

void screen_table(const struct screen *screen, const struct screen_table *table)
{
    unsigned widths[SCREEN_COLUMNS_MAX];
    uint32_t columns[2] = {1, 1};

    ENSURE(table->column_count >= 2 && table->column_count <= SCREEN_COLUMNS_MAX);
    if (!measure(table, widths)) {
        return;
    }
    while (columns[0] < table->column_count) {
        columns[1] = fitting(screen, table, widths, columns[0]);
        put_heads(screen, table, widths, columns);
        for (uint32_t row = 0; row < table->row_count; row++) {
            if (has_row(table, row)) {
                put_row(screen, table, row, widths, columns);
            }
        }
        columns[0] = columns[1];
    }
}
