/* The first thing that is wrong, and its bytes beside what they should be. */
#ifndef HARNESS_STORY_WRONG_H
#define HARNESS_STORY_WRONG_H

#include "harness/reenact/finding.h"
#include "harness/reenact/reenact.h"
#include "harness/story/page.h"

/* Adds WRONG: the finding, and of a unit or a record the expected bytes (made from the record that
 * the log holds, or as they were first written), those that are found, and marks where they
 * differ. */
void wrong_tell(const struct reenact *reenact, const struct finding *finding, struct page *page);
/* The same of any bytes: rows of 20, "expected", "found" and the marks.  `found_size_bytes` may be
 * less: those bytes are not there. */
void wrong_tell_bytes(struct page *page, const uint8_t *expected, const uint8_t *found,
                      uint32_t size_bytes, uint32_t found_size_bytes);

#endif
