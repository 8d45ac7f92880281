/* What `run --dry-run` prints: how many cases each scenario has, what is left out and why, and how
 * long all of it would take.  A listener. */
#ifndef HARNESS_CLI_COMMANDS_DRY_RUN_H
#define HARNESS_CLI_COMMANDS_DRY_RUN_H

#include "harness/case/listener.h"

#include <stdio.h>

struct dry_run {
    FILE *stream;
    uint32_t workers;
    uint64_t planned;
    struct left_out left_out;
    struct campaign_explore explore; /* traces and positions, where they are known */
};

/* `dry_run` must outlive the listener. */
struct listener dry_run_listener(struct dry_run *dry_run, FILE *stream, uint32_t workers);

#endif
