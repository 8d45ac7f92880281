/* The rows of a story, in sections, as plain data: it lies in memory that outlives the process
 * which tells, so what that had said before it died is there. */
#ifndef HARNESS_STORY_PAGE_H
#define HARNESS_STORY_PAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define PAGE_ROWS_MAX       160
#define PAGE_ROW_SIZE_BYTES 1600

/* X(id, "LABEL", "what it tells") */
#define PAGE_SECTION_MAP(X)                                                                \
    X(VERDICT, "VERDICT", "what is wrong")                                                 \
    X(SCENARIO, "SCENARIO", "what the scenario is about, in its own words")                \
    X(FILES, "FILES", "the files of the store that come in, and what they are for")        \
    X(HAPPENED, "HAPPENED", "what the store was told and what it did, until the fault")    \
    X(FAULT, "FAULT", "what struck, and where the store was then")                         \
    X(DISK, "DISK", "what the power loss left of what was not yet durable")                \
    X(RESTART, "RESTART", "what the store did when it was started again, until it rested") \
    X(STORE, "STORE", "what the files hold at each stage, as the harness reads them")      \
    X(WRONG, "WRONG", "the first thing that is wrong, and its bytes")                      \
    X(START, "START", "where to start reading")                                            \
    X(MATTERS, "MATTERS", "which of the lost effects decides, found by trying")            \
    X(SHORT, "IN SHORT", "all of it in a few sentences")

enum page_section {
#define X(id, label, help) PAGE_##id,
    PAGE_SECTION_MAP(X)
#undef X
        PAGE_SECTION_COUNT
};

struct page_row {
    enum page_section section;
    uint16_t indent; /* of its further lines, when it is wrapped */
    char text[PAGE_ROW_SIZE_BYTES];
};

/* All 0: empty. */
struct page {
    uint32_t row_count;
    uint32_t dropped; /* rows that found no room */
    struct page_row rows[PAGE_ROWS_MAX];
};

/* Adds a row; what does not fit is cut.  A page that is full counts it. */
void page_add(struct page *page, enum page_section section, uint16_t indent, const char *format,
              ...) __attribute__((format(printf, 4, 5)));
/* How many rows a section has. */
uint32_t page_count(const struct page *page, enum page_section section);
/* "VERDICT". A static string. */
const char *page_label(enum page_section section);
/* Prints all sections in their order, the label before the first row of each, wrapped at words to
 * lines of at most `width` columns. */
void page_print(const struct page *page, FILE *stream, unsigned width);

#endif
