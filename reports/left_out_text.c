/* Counts of what was left out. */
#include "reports/left_out_text.h"

#include "reports/paint.h"

#include <stdio.h>

/* What nobody could count is never said as if it were nothing. */
const char *left_out_text_count(const struct left_out_entry *entry,
                                char text[LEFT_OUT_COUNT_SIZE_BYTES])
{
    char digits[PAINT_DURATION_SIZE_BYTES];

    if (entry->is_uncounted && entry->count == 0) {
        (void)snprintf(text, LEFT_OUT_COUNT_SIZE_BYTES, "an unknown number of %s",
                       left_out_unit_name(entry->unit, 0));
    } else {
        (void)snprintf(text, LEFT_OUT_COUNT_SIZE_BYTES, "%s%s %s",
                       entry->is_uncounted ? "at least " : "", paint_count(entry->count, digits),
                       left_out_unit_name(entry->unit, entry->count));
    }
    return text;
}
