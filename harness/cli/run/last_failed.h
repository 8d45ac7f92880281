/* `run --last-failed`: the scenarios that failed in the run before, and first the very cases. */
#ifndef HARNESS_CLI_RUN_LAST_FAILED_H
#define HARNESS_CLI_RUN_LAST_FAILED_H

#include "harness/campaign/supervisor.h"
#include "harness/case/listener.h"
#include "harness/cli/scenario_files.h"

struct last_failed;

/* The call of `run` that wants it: what it was given is filled up by what the last run had. */
struct last_failed_call {
    const char *runs;
    uint64_t seed_default;
    struct supervisor_options *campaign; /* switches and seed, unless it was given any */
    const char **target;
    struct scenario_files *files; /* the scenarios that failed: by the path that the run was given,
                                   * else by name */
};

/* Reads the newest run, says on stdout which it was, and loads what failed in it; nothing when
 * nothing did.  The caller frees it, after the campaign.  0, -ENOMEM, or the errors of
 * last_run_read() and scenario_files_load(). */
int last_failed_load(const struct last_failed_call *call, struct last_failed **ret_last,
                     struct err *err);
/* NULL is none; returns NULL. */
struct last_failed *last_failed_free(struct last_failed *last);

/* Runs the very cases, a few of each scenario, and says of each how it ends now; `archive` is told
 * of each as of one of the campaign.  A token that cannot be run (of another version, of threads)
 * is said to be left to its scenario.  A dry run runs none.  0 or -ENOMEM. */
int last_failed_replay(struct last_failed *last, const struct listener *archive, struct err *err);
/* Adds the cases to the sum, and what failed to its exit code. */
void last_failed_add(const struct last_failed *last, struct campaign_summary *summary);

#endif
