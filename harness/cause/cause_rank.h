/* Which of two failing cases a person should see first: the one with less in it. */
#ifndef HARNESS_CAUSE_CAUSE_RANK_H
#define HARNESS_CAUSE_CAUSE_RANK_H

#include "harness/case/campaign.h"

#define CAUSE_RANK_STEPS 7

/* Compared from the first step on; less is simpler.  Plain data. */
struct cause_rank {
    uint32_t steps[CAUSE_RANK_STEPS];
};

/* Of a case that has ended: whether it cannot be run again just so, whether its scenario plants a
 * defect, then rounds, faults, messages sent, items that a power loss dropped, and the
 * length of its token. */
struct cause_rank cause_rank_of(const struct campaign_scenario *scenario,
                                const struct campaign_case *ended, const char *token);
/* Whether `one` is simpler than `other`; of equals neither is. */
bool cause_rank_is_less(const struct cause_rank *one, const struct cause_rank *other);
/* How many items the power losses of the plan drop. */
uint32_t cause_rank_lost(const struct plan *plan);

#endif
