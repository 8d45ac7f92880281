/* What `run` was given, checked before anything runs: a mistake in it is the caller's, exit 4. */
#ifndef HARNESS_CLI_RUN_RUN_CHECK_H
#define HARNESS_CLI_RUN_RUN_CHECK_H

#include "harness/campaign/supervisor.h"
#include "harness/cli/scenario_files.h"

/* Options by themselves: two that say different things about the same, a directory that is none.  0
 * or ERR_USAGE. */
int run_check_options(const struct supervisor_options *campaign, struct err *err);
/* Gives each scenario the target (NULL: its own), and sees that the campaign's switches are words
 * and fit each.  0, -ENOMEM, or ERR_USAGE with the scenario. */
int run_check_scenarios(struct scenario_files *files, const char *target,
                        const struct supervisor_options *campaign, struct err *err);

#endif
