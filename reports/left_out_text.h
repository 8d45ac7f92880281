/* What was left out, in words. */
#ifndef REPORTS_LEFT_OUT_TEXT_H
#define REPORTS_LEFT_OUT_TEXT_H

#include "harness/case/left_out.h"

#define LEFT_OUT_COUNT_SIZE_BYTES 64

/* "2,669 cases", "at least 7 images", "an unknown number of crash positions".  Returns `text`. */
const char *left_out_text_count(const struct left_out_entry *entry,
                                char text[LEFT_OUT_COUNT_SIZE_BYTES]);

#endif
