/* Text on a screen of some width: paragraphs behind a label, wrapped at words, and tables that fit.
 * Writes to one stream; an error of it is found by whoever closes it. */
#ifndef REPORTS_SCREEN_H
#define REPORTS_SCREEN_H

#include "reports/paint.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Where nobody knows the width, and the most that a paragraph takes of a wider one. */
#define SCREEN_WIDTH_DEFAULT   100
#define SCREEN_WIDTH_LEAST     40
#define SCREEN_LABEL_WIDTH     10
#define SCREEN_WORD_SIZE_BYTES 256
#define SCREEN_CELL_SIZE_BYTES 80
#define SCREEN_COLUMNS_MAX     12

/* `stream` and `command` are the caller's.  The rest belongs to the paragraph being said. */
struct screen {
    FILE *stream;
    bool is_coloured;
    bool is_verbose;     /* tables, and a line per scenario */
    unsigned width;      /* in columns */
    const char *command; /* "./run.sh": what stands before "replay TOKEN" */
    unsigned indent;     /* of its further lines */
    unsigned column;     /* the next word goes here */
    bool has_space;      /* a blank was said since the last word */
    uint32_t word_size_bytes;
    char word[SCREEN_WORD_SIZE_BYTES]; /* said, and not yet written: it may go on */
};

/* The columns of the terminal behind `stream`; 0: there is none, or it does not say. */
unsigned screen_terminal_width(FILE *stream);
/* COLUMNS of the environment, else the terminal's width, else 100; never less than 40. */
unsigned screen_width(FILE *stream);

/* Begins a paragraph: `label` in its colour, the text SCREEN_LABEL_WIDTH columns in, or behind a
 * longer label. */
void screen_begin(struct screen *screen, enum paint_tone tone, const char *label);
/* Goes on with it, as printf.  Blanks are where a line may end, a newline where it must. */
void screen_say(struct screen *screen, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Blanks up to `column`, where as much room again is left behind it. */
void screen_pad(struct screen *screen, unsigned column);
/* Ends the paragraph and its line. */
void screen_end(struct screen *screen);
/* All three at once. */
void screen_line(struct screen *screen, enum paint_tone tone, const char *label, const char *format,
                 ...) __attribute__((format(printf, 4, 5)));
/* A line of its own that is never wrapped, `indent` columns in: "COMMAND replay TOKEN", to be
 * copied. */
void screen_token(const struct screen *screen, unsigned indent, const char *verb,
                  const char *token);

struct screen_table {
    const char *const *heads; /* `column_count` of them */
    uint32_t column_count;    /* at most SCREEN_COLUMNS_MAX */
    uint32_t row_count;
    /* Writes a cell.  A row whose first cell is "" is left out. */
    void (*cell)(const void *arg, uint32_t row, uint32_t column, char text[SCREEN_CELL_SIZE_BYTES]);
    const void *arg;
};

/* The first column to the left, figures to the right.  Columns that do not fit the width follow
 * below, behind the first one again.  Nothing, not even the heads, when no row is left. */
void screen_table(const struct screen *screen, const struct screen_table *table);

#endif
