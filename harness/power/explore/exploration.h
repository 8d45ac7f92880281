/* An exploration as it lies in memory, and what its files do for each other.  Private to this
 * folder. */
#ifndef HARNESS_POWER_EXPLORE_EXPLORATION_H
#define HARNESS_POWER_EXPLORE_EXPLORATION_H

#include "harness/base/number_set.h"
#include "harness/power/explore/explore_job.h"
#include "harness/power/explore/explore_judge.h"
#include "harness/power/legal/legal.h"
#include "harness/power/persist/choices.h"
#include "harness/power/rehearse/rehearse.h"

struct explore {
    struct rehearse_options options;
    struct rehearsal *rehearsal;
    struct explore_judge *judge;
    struct choices *choices;
    struct number_set *seen; /* images of this job, by everything that decides an outcome */
    struct ledger *ledger;   /* as of the crash position */
    struct persist *persist; /* of the model being walked */
    struct legal *legal;
    char rehearsed[PLAN_TEXT_SIZE_BYTES]; /* the plan whose trace is there; "?": none */
    struct plan plan;
    /* Of the job being run: */
    const struct explore_job *job;
    struct explore_result *result;
    struct rehearse_state state;
    size_t done;
    uint64_t cached_hash; /* what a kill would leave here */
    uint64_t last_state;  /* of the position before, per model */
    bool was_capped;      /* the position before: not all of its choices were tried */
    uint64_t next_rank[EXPLORE_NEXT_MAX];
    uint64_t number; /* images made by this job */
    bool is_broken;  /* one of them by itself, as explore_job.break_image wants it */
    int64_t start_us;
};

/* In explore_image.c: one image after the other. */

uint64_t explore_image_mix(uint64_t a, uint64_t b);
/* Whether the job has all that it wants. */
bool explore_image_is_over(const struct explore *explore);
/* The harness contradicts itself: the first such reason is the job's.  Returns ERR_BROKEN. */
int explore_image_broken(struct explore *explore, const char *why);
/* A failure of the image of `loss`; NULL: of what the plan itself leaves, or shows. */
void explore_image_failed(struct explore *explore, const struct loss *loss,
                          const struct ending *ending);
/* Takes an image, which is freed; `loss` NULL: the plan itself leaves it. */
int explore_image_take(struct explore *explore, struct image *image, const struct loss *loss);
/* Makes the image of a choice, and takes it. */
int explore_image_of(struct explore *explore, const struct loss *loss);

/* In explore_record.c: runs the plan unless its recording is there already. */
int explore_record(struct explore *explore, const struct plan *plan, struct err *err);

/* In explore_rest.c: stores on which nothing runs. */

/* After the workload and its clean stop, the store with a bit or a sector decayed. */
int explore_rest_rots(struct explore *explore, const struct plan *plan, struct err *err);
/* Copies of the store that are taken while it runs. */
int explore_rest_copies(struct explore *explore, const struct plan *plan, struct err *err);

#endif
