/* Counts of what was left out. */
#include "reports/left_out_text.h"

#include <inttypes.h>
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

void left_out_text_lines(struct screen *screen, const struct left_out *list,
                         uint32_t scenario_count)
{
    for (uint32_t i = 0; i < list->entry_count; i++) {
        const struct left_out_entry *entry = &list->entries[i];
        char count[LEFT_OUT_COUNT_SIZE_BYTES];

        screen_begin(screen, PAINT_STRONG, i == 0 ? "LEFT OUT" : "");
        screen_say(screen, "%s", left_out_text_count(entry, count));
        if (entry->unit != LEFT_OUT_UNIT_SCENARIO && scenario_count > 1) {
            screen_say(screen, " in %" PRIu32 " scenario%s", entry->scenario_count,
                       paint_plural(entry->scenario_count));
        }
        screen_say(screen, ": %s", left_out_entry_text(entry));
        screen_end(screen);
    }
}

/* What a part says is no verdict on the whole. */
void left_out_text_shard(struct screen *screen, const struct campaign_summary *summary)
{
    const struct campaign_shard *shard = &summary->shard;

    if (shard->count == 0) {
        return;
    }
    if (shard->index == 0) {
        screen_line(screen, PAINT_PLAIN, "MERGED", "%" PRIu32 " shards, judged as one run",
                    shard->count);
        return;
    }
    screen_begin(screen, PAINT_STRONG, "SHARD");
    screen_say(screen, "%" PRIu32 "/%" PRIu32 " by %s: %" PRIu32 " scenario%s", shard->index,
               shard->count, shard->from, summary->scenario_count,
               summary->scenario_count == 1 ? "" : "s");
    if (summary->part_count > 0) {
        screen_say(screen, ", %" PRIu32 " of them in part, and not judged yet",
                   summary->part_count);
    }
    screen_say(screen, "; `%s merge RUN...` judges the whole", screen->command);
    screen_end(screen);
}
