/* A job of the explorer, and what it found.
 *
 * Work comes in jobs: a plan to rehearse, models, and a range of crash positions.  A job is a pure
 * function of (scenario, seed, job): it dedupes and reuses within itself, so that the same jobs
 * give the same images, tokens and outcomes on any number of workers. */
#ifndef HARNESS_POWER_EXPLORE_EXPLORE_JOB_H
#define HARNESS_POWER_EXPLORE_EXPLORE_JOB_H

#include "harness/case/campaign.h"

/* Kinds of failure that a job tells apart. */
#define EXPLORE_FAILURES_MAX 16
#define EXPLORE_NEXT_MAX     64
/* Recovered states are counted by the bits that their hashes set (linear counting). */
#define EXPLORE_RECOVERED_BITS (UINT32_C(1) << 18)

enum explore_kind {
    EXPLORE_LOSSES, /* images of a power loss */
    EXPLORE_ROT,    /* the store after the workload, decayed at one place each */
    EXPLORE_COPIES  /* hot copies */
};

/* Plain data: goes through a pipe as bytes, with the plan's text behind it. */
struct explore_job {
    uint64_t id;
    enum explore_kind kind;
    uint32_t models; /* bit per enum loss_model */
    uint32_t from;   /* positions: ended operations of the trace, counted past the plan's faults;
                      * of rot and copies: their numbers */
    uint32_t upto;   /* UINT32_MAX: to the end */
    uint32_t bound;  /* as struct scenario_explore */
    uint32_t random;
    uint32_t nested; /* so many images are handed back to be explored further */
    uint64_t interleaving;
    uint32_t preemptions;
    uint64_t skip_until; /* images of a job that died: judged from the one after on */
    bool only;           /* ends with that one */
    uint64_t failed_max; /* stop after so many failures; 0: never */
    bool is_first;       /* counts the trace, and judges it by order-durable */
    bool in_full;        /* no image is answered by the memo: what that saves is benched */
    bool want_hash;      /* nothing else: the disk as the plan's kill leaves it */
    /* Of a run that cannot be repeated (threads), else "": the first job leaves its trace in this
     * file, the others take it from there. */
    char trace_path[64];
    /* The harness breaks itself, to be found out: */
    bool break_image;
    bool break_memo;
};

/* What a job found. Lies in shared memory while it runs: a worker that dies leaves all but the
 * image in flight. */
struct explore_result {
    struct campaign_explore counts;
    uint32_t position_count; /* of the trace that was rehearsed */
    uint64_t crashed_hash;   /* explore_job.want_hash: as dir_view_hash has it */
    uint32_t violated;       /* union */
    uint64_t failed;
    uint64_t first_failed; /* judged images up to the first failure of each wanted property, or 0 */
    uint64_t first_failed_us;
    uint32_t failure_count; /* kinds of failure: outcomes and mechanisms unlike any other's */
    uint32_t next_count;
    uint64_t in_flight; /* number of the image being judged, from 1; 0: none */
    char in_flight_plan[PLAN_TEXT_SIZE_BYTES];       /* with explore_job.only: its plan */
    uint64_t recovered[EXPLORE_RECOVERED_BITS / 64]; /* a bit per state, by its hash */
    uint64_t failed_unlike;                          /* of kinds that found no room in the table */
    /* Of each kind the simplest: with the fewest items lost, then the first. */
    struct ending failures[EXPLORE_FAILURES_MAX];
    uint64_t failed_counts[EXPLORE_FAILURES_MAX];
    uint32_t failed_lost[EXPLORE_FAILURES_MAX];
    char failed_plans[EXPLORE_FAILURES_MAX][PLAN_TEXT_SIZE_BYTES];
    char next[EXPLORE_NEXT_MAX][PLAN_TEXT_SIZE_BYTES]; /* plans to explore from */
    char broken[ERR_TEXT_SIZE_BYTES];                  /* harness-broken: why, or "" */
};

#endif
