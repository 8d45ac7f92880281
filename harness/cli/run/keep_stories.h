/* The story of each cause in its directory: why.txt for people, why.json for the page of the run.
 */
#ifndef HARNESS_CLI_RUN_KEEP_STORIES_H
#define HARNESS_CLI_RUN_KEEP_STORIES_H

#include "harness/case/campaign.h"
#include "harness/scenario/scenario.h"

#include <signal.h>

#define KEEP_STORIES_TEXT "why.txt"
#define KEEP_STORIES_JSON "why.json"

struct keep_stories_options {
    const struct scenario *scenarios; /* as loaded, with the campaign's target */
    uint32_t scenario_count;
    const char *run_dir;
    const volatile sig_atomic_t *interrupted; /* then no further one is told; NULL: never */
};

/* Tells the simplest case of each cause that has a directory (capsule_keep.h), for at most a minute
 * in all.  A case that cannot be told has a why.txt that says why.  0, -ENOMEM, or -errno of a file
 * that could not be written. */
int keep_stories(const struct keep_stories_options *options, const struct campaign_summary *summary,
                 struct err *err);

#endif
