/* Says which version's next start does what. */
#include "harness/base/printer.h"
#include "harness/oracle/fsck/fsck.h"

#include <inttypes.h>
#include <string.h>

static bool is_alike(const struct fsck_summary *summary, uint32_t one, uint32_t other)
{
    bool is_refusing = (summary->refusing & (UINT32_C(1) << one)) != 0;
    return is_refusing == ((summary->refusing & (UINT32_C(1) << other)) != 0) &&
           (is_refusing ||
            memcmp(&summary->next[one], &summary->next[other], sizeof summary->next[one]) == 0);
}

/* "brings", or "bring" of several. */
static void put_deed(struct printer *text, const struct fsck_next *next, bool is_refusing,
                     bool is_several)
{
    const char *s = is_several ? "" : "s";
    uint64_t missing = next->added_count + next->missing_count;
    if (is_refusing) {
        printer_add(text, is_several ? "do not start" : "does not start");
        return;
    }
    if (missing > 0 && next->added_count == 0) {
        printer_add(text, "repair%s nothing", s);
    } else if (missing > 0 && next->missing_count == 0) {
        printer_add(text, "bring%s back all %" PRIu64, s, missing);
    } else if (missing > 0) {
        printer_add(text, "bring%s back %" PRIu64 " of %" PRIu64, s, next->added_count, missing);
    }
    if (next->cut_count > 0) {
        printer_add(text, "%scut%s %" PRIu64 " unit%s whose records are in the log",
                    missing > 0 ? " and " : "", s, next->cut_count,
                    next->cut_count == 1 ? "" : "s");
    } else if (missing == 0) {
        printer_add(text, "cut%s no unit that has a record", s);
    }
}

/* Names those that do the same as `one`, and marks them in `told`. */
static void put_names(struct printer *text, const struct fsck_summary *summary, uint32_t one,
                      uint32_t *told)
{
    uint32_t left = 0;
    uint32_t several = 0;
    for (uint32_t i = one; i < FSCK_VERSION_ROCKETMQ_COUNT; i++) {
        left += is_alike(summary, one, i);
    }
    several = left;
    for (uint32_t i = one; i < FSCK_VERSION_ROCKETMQ_COUNT; i++) {
        if (is_alike(summary, one, i)) {
            *told |= UINT32_C(1) << i;
            left--;
            printer_add(text, "%s%s", fsck_version_get((enum fsck_version_id)i)->of,
                        left > 1    ? ", "
                        : left == 1 ? " and "
                                    : " ");
        }
    }
    bool is_several = several > 1 || one == FSCK_VERSION_5_0;
    put_deed(text, &summary->next[one], (summary->refusing & (UINT32_C(1) << one)) != 0,
             is_several);
}

/* Versions that do the same are named together; Killpoint's own recovery is not RocketMQ's.  What
 * all do alike is what the verdict says, unless it is that nothing comes back. */
void fsck_next_describe(const struct fsck_summary *summary, char *text)
{
    uint32_t told = 0;
    bool is_worth_it = false;
    struct printer line = {.text = text, .capacity_bytes = FSCK_LINE_SIZE_BYTES};
    text[0] = '\0';
    for (uint32_t i = 0; i < FSCK_VERSION_ROCKETMQ_COUNT; i++) {
        is_worth_it = is_worth_it || !is_alike(summary, 0, i) || summary->next[i].missing_count > 0;
    }
    for (uint32_t i = 0; is_worth_it && i < FSCK_VERSION_ROCKETMQ_COUNT; i++) {
        if ((told & (UINT32_C(1) << i)) == 0) {
            printer_add(&line, "%s", told == 0 ? "" : "; ");
            put_names(&line, summary, i, &told);
        }
    }
}
