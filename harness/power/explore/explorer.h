/* Explore jobs in a process of their own: one that dies or hangs leaves what it found, the image in
 * flight is judged again alone and gets the blame, and the job goes on behind it. */
#ifndef HARNESS_POWER_EXPLORE_EXPLORER_H
#define HARNESS_POWER_EXPLORE_EXPLORER_H

#include "harness/power/explore/explore_job.h"
#include "harness/power/rehearse/rehearse_options.h"

struct explorer;

/* `options` and what it points at must outlive it.  `timeout_ms`: of one image. */
int explorer_new(const struct rehearse_options *options, uint32_t timeout_ms,
                 struct explorer **ret_explorer, struct err *err);
struct explorer *explorer_free(struct explorer *explorer);

/* Runs a job.  Valid until the next call; negative when no process could be had. */
int explorer_run(struct explorer *explorer, const struct explore_job *job, const struct plan *plan,
                 const struct explore_result **ret_result, struct err *err);

#endif
