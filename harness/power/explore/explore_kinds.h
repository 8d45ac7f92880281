/* The table of unlike failures in an explore_result. */
#ifndef HARNESS_POWER_EXPLORE_EXPLORE_KINDS_H
#define HARNESS_POWER_EXPLORE_EXPLORE_KINDS_H

#include "harness/power/explore/explore_job.h"

#define EXPLORE_KINDS_COUNTED UINT32_MAX

/* Counts `count` failures that ended like `ending`, of which the simplest lost `lost` items.  Where
 * that is simpler than what is kept of its kind, or nothing is, returns the entry: the ending is in
 * it, and the caller owes it its plan.  EXPLORE_KINDS_COUNTED: nothing but the counts has changed.
 */
uint32_t explore_kinds_add(struct explore_result *result, const struct ending *ending,
                           uint32_t lost, uint64_t count);
/* How many items of the choice did not reach the disk whole; of NULL, which is no choice, 0. */
uint32_t explore_kinds_lost(const struct loss *loss);

#endif
