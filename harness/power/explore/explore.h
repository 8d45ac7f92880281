/* The explorer: from one rehearsed trace, every image that a power loss can leave, recovered,
 * restarted and judged in this process. */
#ifndef HARNESS_POWER_EXPLORE_EXPLORE_H
#define HARNESS_POWER_EXPLORE_EXPLORE_H

#include "harness/power/explore/explore_job.h"
#include "harness/power/rehearse/rehearse_options.h"

struct explore;

int explore_new(const struct rehearse_options *options, struct explore **ret_explore,
                struct err *err);
struct explore *explore_free(struct explore *explore);

/* Runs a job; `result` is cleared first.  A trace that cannot be made (a hit that the plan wants is
 * not there) or that the oracle rejects is in it too.  Negative only when out of memory. */
int explore_run(struct explore *explore, const struct explore_job *job, const struct plan *plan,
                struct explore_result *result, struct err *err);

#endif
