/* Rows, wrapped (page.h). */
#include "harness/story/page.h"

#include <stdarg.h>
#include <string.h>

#define LABEL_WIDTH 10u

void page_add(struct page *page, enum page_section section, uint16_t indent, const char *format,
              ...)
{
    if (page->row_count == PAGE_ROWS_MAX) {
        page->dropped++;
        return;
    }
    struct page_row *row = &page->rows[page->row_count];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(row->text, sizeof(row->text), format, args);
    va_end(args);
    row->section = section;
    row->indent = indent;
    page->row_count++;
}

uint32_t page_count(const struct page *page, enum page_section section)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < page->row_count; i++) {
        count += page->rows[i].section == section ? 1 : 0;
    }
    return count;
}

const char *page_label(enum page_section section)
{
    static const char *const labels[] = {
#define X(id, label, help) [PAGE_##id] = (label),
        PAGE_SECTION_MAP(X)
#undef X
    };
    return section < PAGE_SECTION_COUNT ? labels[section] : "";
}

/* How much of the text goes on one line: to the last blank that fits, or a word that does not. */
static size_t fit(const char *text, size_t room)
{
    size_t length = strlen(text);
    size_t at = room;
    if (length <= room) {
        return length;
    }
    while (at > 0 && text[at] != ' ') {
        at--;
    }
    return at > 0 ? at : strcspn(text, " ");
}

/* Blanks in a row stand where its columns want them, so lines are cut and not set anew. */
static void print_row(const struct page_row *row, const char *label, FILE *stream, unsigned width)
{
    const char *text = row->text;
    size_t indent = LABEL_WIDTH;
    (void)fprintf(stream, "%-*s", (int)LABEL_WIDTH, label);
    do {
        size_t room = width > indent + 10 ? width - indent : 10;
        size_t taken = fit(text, room);
        (void)fprintf(stream, "%.*s\n", (int)taken, text);
        text += taken + strspn(text + taken, " ");
        indent = LABEL_WIDTH + row->indent;
        if (*text != '\0') {
            (void)fprintf(stream, "%*s", (int)indent, "");
        }
    } while (*text != '\0');
}

void page_print(const struct page *page, FILE *stream, unsigned width)
{
    for (uint32_t s = 0; s < PAGE_SECTION_COUNT; s++) {
        const char *label = page_label((enum page_section)s);
        for (uint32_t i = 0; i < page->row_count; i++) {
            if (page->rows[i].section == (enum page_section)s) {
                print_row(&page->rows[i], label, stream, width);
                label = "";
            }
        }
    }
    if (page->dropped > 0) {
        (void)fprintf(stream, "%-*s%u more rows found no room\n", (int)LABEL_WIDTH, "",
                      page->dropped);
    }
}
