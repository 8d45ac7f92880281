/* `run --shard i/n`: which shard this is, by the option or by what common systems put into the
 * environment of their jobs, and which part of the suite it has. */
#ifndef HARNESS_CLI_AHEAD_RUN_SHARD_H
#define HARNESS_CLI_AHEAD_RUN_SHARD_H

#include "harness/campaign/supervisor_options.h"
#include "harness/cli/scenario_files.h"

/* Reads "2/4" of `--shard`, which wins; NULL: of the environment, the first that is there of
 * KILLPOINT_SHARD, GitLab, CircleCI, Buildkite, Slurm and Kubernetes.  `ret_shard` is all 0 where
 * nobody says anything, or a system that there is one job in all.  0, or ERR_USAGE with who says
 * what cannot be. */
int run_shard_find(const char *given, struct campaign_shard *ret_shard, struct err *err);

/* The hash of the suite, in the order in which it is run.  0, -ENOMEM or as file_hash_text(). */
int run_shard_suite(const struct scenario_files *files, char ret_text[FILE_HASH_TEXT_SIZE_BYTES],
                    struct err *err);
/* Shares the campaign's scenarios out by the table `weights` (NULL: the one that comes with the
 * scenarios), notes its hash and that of the suite in `shard`, and gives the campaign its split,
 * which the caller frees, and its shard.  0, -ENOMEM, or ERR_USAGE when there is no such table. */
int run_shard_split(const char *weights, const struct scenario_files *files,
                    struct campaign_shard *shard, struct supervisor_options *campaign,
                    struct split **ret_split, struct err *err);

#endif
