/* A capsule for each cause of a campaign, in its run directory: causes/NN-MECHANISM/case.capsule.
 */
#ifndef HARNESS_CAPSULE_CAPSULE_KEEP_H
#define HARNESS_CAPSULE_CAPSULE_KEEP_H

#include "harness/case/campaign.h"
#include "harness/scenario/scenario.h"

/* Of the first causes: each is run once more, some tens of milliseconds. */
#define CAPSULE_KEEP_MAX             20
#define CAPSULE_KEEP_PATH_SIZE_BYTES 512

struct capsule_keep_options {
    const struct scenario *scenarios; /* as loaded, with the campaign's target */
    uint32_t scenario_count;
    const char *run_dir;
    const char *made_by;
    const char *dir; /* as of replay */
    uint32_t timeout_ms;
    bool no_bodies;
};

/* "runs/…/causes/01-record-lost": the directory of a cause, the first of which is number 1. Returns
 * `path`. */
const char *capsule_keep_path(const char *run_dir, uint32_t number,
                              const struct campaign_cause *cause,
                              char path[CAPSULE_KEEP_PATH_SIZE_BYTES]);
/* Runs the simplest case of each cause again and keeps it, with its token and detail beside it;
 * sets `capsule` of each cause that has one.  A case that does not fail again (of threads) or
 * cannot be kept has a file NO-CAPSULE that says why.  -errno or -ENOMEM when nothing can be
 * written. */
int capsule_keep(const struct capsule_keep_options *options, struct campaign_cause *causes,
                 uint32_t cause_count, struct err *err);

#endif
