/* The runs of all shards of one suite, found to be just that. */
#ifndef HARNESS_CLI_NIGHTS_SHARD_RUNS_H
#define HARNESS_CLI_NIGHTS_SHARD_RUNS_H

#include "harness/archive/run_file.h"
#include "harness/work/work_journal.h"

struct shard_run {
    char path[RUN_FILE_PATH_SIZE_BYTES]; /* of its directory */
    struct work_journal *journal;
};

struct shard_runs {
    struct shard_run *runs; /* by the number of the shard */
    uint32_t count;
};

/* Opens the runs that `words` name (as run_file_find()), each shard of one suite once.  The caller
 * calls shard_runs_close().  0, ERR_USAGE with the first that is amiss (a run that is no shard, one
 * of another revision, suite, weights, seed or number, one twice or none, one that did not come to
 * its end), ERR_CORRUPT, or negative; then there is nothing to close. */
int shard_runs_open(struct shard_runs *runs, const char *root, char *const *words, int word_count,
                    struct err *err);
void shard_runs_close(struct shard_runs *runs);
/* What is the same of all of them: the head of the first. */
const json_t *shard_runs_head(const struct shard_runs *runs);

#endif
