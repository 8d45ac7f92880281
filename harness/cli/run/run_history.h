/* A run beside the runs before it: their causes give its own their states, and it joins them.
 *
 * Nothing of this changes how the run ends: where the history is in trouble there is a note, and
 * the states are not known. */
#ifndef HARNESS_CLI_RUN_RUN_HISTORY_H
#define HARNESS_CLI_RUN_RUN_HISTORY_H

#include "harness/history/history_db.h"
#include "reports/collect.h"

#include <jansson.h>

struct run_history;

/* Before the reports are written: opens the history below `runs`, takes in runs that are missing
 * there, and sets the states of the summary's causes and its history. `run_dir` is the path of the
 * run's directory.  NULL when there is no history; the summary says why. */
struct run_history *run_history_recall(const char *runs, const char *run_dir,
                                       const struct collect *collect,
                                       struct campaign_summary *summary);
/* Once the directory is complete: takes the run in, closes the history and frees it.  NULL is none.
 * Whether all runs below the directory are in it now. */
bool run_history_add(struct run_history *history, struct campaign_summary *summary);

/* Adds figures of `bench` (history_write.h), measured now, to the history below `runs`; where there
 * is no such directory they are not kept.  0 or negative. */
int run_history_bench(const char *runs, const struct campaign_identity *identity,
                      const json_t *figures, struct err *err);

#endif
