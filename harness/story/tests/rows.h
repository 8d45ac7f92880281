/* Whether a page says something. */
#ifndef HARNESS_STORY_TESTS_ROWS_H
#define HARNESS_STORY_TESTS_ROWS_H

#include "harness/story/page.h"
#include "harness/testkit/test.h"

/* Fails unless a row of the section has the part. */
static inline void rows_have(const struct page *page, enum page_section section, const char *part)
{
    for (uint32_t i = 0; i < page->row_count; i++) {
        if (page->rows[i].section == section && strstr(page->rows[i].text, part) != NULL) {
            return;
        }
    }
    fail_msg("no row of %s says '%s'", page_label(section), part);
}

#endif
