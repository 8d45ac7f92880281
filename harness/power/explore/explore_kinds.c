/* Failures by kind: see explore_kinds.h. */
#include "harness/power/explore/explore_kinds.h"

/* Those without a mechanism, deaths above all, differ in their words alone. */
static bool is_like(const struct ending *one, const struct ending *other)
{
    return one->mechanisms != 0 && one->outcome == other->outcome && one->signal == other->signal &&
           one->mechanisms == other->mechanisms && one->violated == other->violated;
}

uint32_t explore_kinds_lost(const struct loss *loss)
{
    uint32_t lost = 0;
    for (uint32_t i = 0; loss != NULL && i < loss->item_count; i++) {
        lost += !loss_keeps(loss, i);
    }
    return lost;
}

/* A job that fails at all fails a thousand times in a few ways.  One of each is told with all its
 * words; the others are equal to it in all that failures are grouped by. */
uint32_t explore_kinds_add(struct explore_result *result, const struct ending *ending,
                           uint32_t lost, uint64_t count)
{
    uint32_t at = 0;
    while (at < result->failure_count && !is_like(&result->failures[at], ending)) {
        at++;
    }
    if (at == EXPLORE_FAILURES_MAX) {
        result->failed_unlike += count;
        return EXPLORE_KINDS_COUNTED;
    }
    bool is_new = at == result->failure_count;
    result->failure_count += is_new;
    result->failed_counts[at] = count + (is_new ? 0 : result->failed_counts[at]);
    if (!is_new && lost >= result->failed_lost[at]) {
        return EXPLORE_KINDS_COUNTED;
    }
    result->failed_lost[at] = lost;
    result->failures[at] = *ending;
    return at;
}
