/* What explore.c and explore_rest.c share.  For nobody else. */
#ifndef HARNESS_POWER_EXPLORE_EXPLORE_PARTS_H
#define HARNESS_POWER_EXPLORE_EXPLORE_PARTS_H

#include "harness/base/number_set.h"
#include "harness/power/explore/explore.h"
#include "harness/power/explore/explore_judge.h"
#include "harness/power/legal/legal.h"
#include "harness/power/persist/choices.h"

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

uint64_t explore_mix(uint64_t a, uint64_t b);
/* Whether the job has all that it wants. */
bool explore_is_over(const struct explore *explore);
/* Runs the plan unless its trace is there already. */
int explore_rehearse(struct explore *explore, const struct plan *plan, struct err *err);
/* Takes an image, which is freed; `loss` NULL: the plan itself leaves it. */
int explore_take(struct explore *explore, struct image *image, const struct loss *loss);

/* After the workload and its clean stop, the store with a bit or a sector decayed. */
int explore_rest_rots(struct explore *explore, const struct plan *plan, struct err *err);
/* Copies of the store that are taken while it runs. */
int explore_rest_copies(struct explore *explore, const struct plan *plan, struct err *err);

#endif
