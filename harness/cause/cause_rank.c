/* Simplest first: see cause_rank.h. */
#include "harness/cause/cause_rank.h"

#include <string.h>

/* Of a thousand failing cases one is read.  What is smallest in plan and workload has the least in
 * it that is none of the cause's. */
struct cause_rank cause_rank_of(const struct campaign_scenario *scenario,
                                const struct campaign_case *ended, const char *token)
{
    return (struct cause_rank){{
        scenario->is_threaded,
        scenario->expect != 0,
        ended->plan.round_count,
        ended->fired_count,
        ended->end.sent_count,
        cause_rank_lost(&ended->plan),
        (uint32_t)strlen(token),
    }};
}

bool cause_rank_is_less(const struct cause_rank *one, const struct cause_rank *other)
{
    for (int i = 0; i < CAUSE_RANK_STEPS; i++) {
        if (one->steps[i] != other->steps[i]) {
            return one->steps[i] < other->steps[i];
        }
    }
    return false;
}

uint32_t cause_rank_lost(const struct plan *plan)
{
    uint32_t lost = 0;
    for (uint32_t r = 0; r < plan->round_count; r++) {
        for (uint32_t i = 0; i < plan->rounds[r].hit_count; i++) {
            const struct fault *fault = &plan->rounds[r].hits[i].fault;
            for (uint32_t k = 0; fault->kind == FAULT_POWER_LOSS && k < fault->loss.item_count;
                 k++) {
                lost += !loss_keeps(&fault->loss, k);
            }
        }
    }
    return lost;
}
