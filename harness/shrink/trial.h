/* Trials: candidates that are run, counted, and compared with the failure that is to stay. */
#ifndef HARNESS_SHRINK_TRIAL_H
#define HARNESS_SHRINK_TRIAL_H

#include "harness/case/campaign.h"
#include "harness/shrink/candidate.h"
#include "harness/shrink/goal.h"

struct trial_options {
    const char *dir;     /* stores on a real directory; NULL: in memory */
    uint32_t timeout_ms; /* of a round; 0: 10 s */
    uint32_t budget_ms;  /* of all trials together; 0: none */
};

/* One for a whole shrinking.  `goal` is set by its owner. */
struct trial {
    struct trial_options options;
    struct goal goal;
    int64_t end_us;              /* when the budget is used up */
    uint64_t count;              /* cases and images that were run */
    bool is_cut;                 /* the budget was used up before there was nothing more to try */
    uint64_t torn_rest_bytes;    /* what the last torn write of the best so far lacked */
    struct scenario *scenario;   /* of the candidate, its switches applied */
    struct campaign_case *ended; /* how the last trial ended */
};

/* 0 or -ENOMEM. */
int trial_init(const struct trial_options *options, struct trial *ret_trial, struct err *err);
void trial_done(struct trial *trial);

/* Whether the budget is used up; nothing is run then. */
bool trial_is_over(struct trial *trial);
/* Runs the candidate's case; `trial->ended` says how it ended.  Engines that die or hang do so in
 * processes of their own.  0, or negative with the reason (a hit that an explored plan wants is not
 * there, an image that its model does not allow). */
int trial_run(struct trial *trial, const struct candidate *candidate, struct err *err);
/* Runs it unless the budget is used up: whether it fails as it should. */
bool trial_fails(struct trial *trial, const struct candidate *candidate);
/* How many bytes are written by each hit of a point in a round (from 0) when nothing fails but what
 * the plan has; up to `count_max` of them, 0 for one that is no write.  Returns how many there are;
 * none of a candidate that cannot be run on real files. */
uint32_t trial_writes(struct trial *trial, const struct candidate *candidate, uint32_t round,
                      uint32_t point, uint64_t *sizes_bytes, uint32_t count_max);

#endif
