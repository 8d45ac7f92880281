/* What `run --dry-run` prints: how many cases each scenario has, what is left out and why, and how
 * long all of it would take, by what earlier runs needed.  A listener. */
#ifndef HARNESS_CLI_AHEAD_DRY_RUN_H
#define HARNESS_CLI_AHEAD_DRY_RUN_H

#include "harness/case/listener.h"
#include "harness/cli/ahead/forecast.h"
#include "reports/screen.h"

struct dry_run;

/* NULL when there is no memory.  `screen` is copied, its stream stays the caller's, and so does
 * `forecast`, which must outlive the listener; `workers` share the work. */
struct dry_run *dry_run_new(const struct screen *screen, const struct forecast *forecast,
                            uint32_t workers);
/* Frees it; NULL is nothing to do.  Returns NULL. */
struct dry_run *dry_run_free(struct dry_run *dry_run);
/* Valid until dry_run_free(). */
struct listener dry_run_listener(struct dry_run *dry_run);

#endif
