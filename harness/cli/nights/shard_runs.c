/* Shards, held against each other (shard_runs.h). */
#include "harness/cli/nights/shard_runs.h"

#include "harness/cli/ahead/run_head.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_SIZE_BYTES (RUN_FILE_PATH_SIZE_BYTES + sizeof(WORK_JOURNAL_FILE_NAME) + 1)

void shard_runs_close(struct shard_runs *runs)
{
    for (uint32_t i = 0; i < runs->count; i++) {
        runs->runs[i].journal = work_journal_close(runs->runs[i].journal);
    }
    free(runs->runs);
    *runs = (struct shard_runs){NULL, 0};
}

const json_t *shard_runs_head(const struct shard_runs *runs)
{
    return work_journal_head(runs->runs[0].journal);
}

static int open_run(struct shard_run *run, const char *root, const char *word, struct err *err)
{
    char path[PATH_SIZE_BYTES];
    int r = run_file_find(root, word, run->path, err);

    if (r < 0) {
        return r;
    }
    (void)snprintf(path, sizeof(path), "%s/" WORK_JOURNAL_FILE_NAME, run->path);
    if (access(path, F_OK) == 0) {
        r = work_journal_open(path, false, &run->journal, err);
    }
    if (r < 0) {
        return r;
    }
    if (run->journal == NULL || run_head_shards(work_journal_head(run->journal)) == 0) {
        return err_set(err, ERR_USAGE, "'%s' is no shard (run --shard I/N makes one)", run->path);
    }
    return 0;
}

static int compare_runs(const struct shard_run *one, const struct shard_run *other, struct err *err)
{
    char *left = NULL;
    char *right = NULL;
    const char *difference = run_head_difference(work_journal_head(one->journal),
                                                 work_journal_head(other->journal), &left, &right);

    if (difference != NULL) {
        (void)err_set(err, ERR_USAGE, "'%.120s' and '%.120s' differ in the %s: %.80s and %.80s",
                      one->path, other->path, difference, left == NULL ? "null" : left,
                      right == NULL ? "null" : right);
    }
    free(left);
    free(right);
    return difference == NULL ? 0 : ERR_USAGE;
}

static int by_number(const void *left, const void *right)
{
    const struct shard_run *one = left;
    const struct shard_run *other = right;
    uint32_t a = run_head_shard(work_journal_head(one->journal));
    uint32_t b = run_head_shard(work_journal_head(other->journal));

    return (a > b) - (a < b);
}

static uint32_t number_at(const struct shard_runs *runs, uint32_t place)
{
    return run_head_shard(work_journal_head(runs->runs[place].journal));
}

/* Sorted: each number once, from 1 to as many as there are. */
static int check_numbers(const struct shard_runs *runs, uint32_t wanted, struct err *err)
{
    for (uint32_t i = 1; i < runs->count; i++) {
        if (number_at(runs, i) == number_at(runs, i - 1)) {
            return err_set(err, ERR_USAGE,
                           "'%.200s' and '%.200s' are both shard %" PRIu32 "/%" PRIu32,
                           runs->runs[i - 1].path, runs->runs[i].path, number_at(runs, i), wanted);
        }
    }
    for (uint32_t i = 0; i < wanted; i++) {
        if (i >= runs->count || number_at(runs, i) != i + 1) {
            return err_set(err, ERR_USAGE, "shard %" PRIu32 "/%" PRIu32 " is missing", i + 1,
                           wanted);
        }
    }
    return runs->count == wanted
               ? 0
               : err_set(err, ERR_USAGE, "'%s' is shard %" PRIu32 " of %" PRIu32,
                         runs->runs[wanted].path, number_at(runs, wanted), wanted);
}

static int check_ends(const struct shard_runs *runs, struct err *err)
{
    for (uint32_t i = 0; i < runs->count; i++) {
        if (!work_journal_is_ended(runs->runs[i].journal)) {
            return err_set(err, ERR_USAGE,
                           "shard %" PRIu32 " in '%.200s' did not come to its end: `run --resume "
                           "%.200s` goes on with it",
                           i + 1, runs->runs[i].path, runs->runs[i].path);
        }
    }
    return 0;
}

static int check(const struct shard_runs *runs, struct err *err)
{
    for (uint32_t i = 1; i < runs->count; i++) {
        int r = compare_runs(&runs->runs[0], &runs->runs[i], err);

        if (r < 0) {
            return r;
        }
    }
    qsort(runs->runs, runs->count, sizeof(*runs->runs), by_number);
    int r = check_numbers(runs, run_head_shards(shard_runs_head(runs)), err);
    return r < 0 ? r : check_ends(runs, err);
}

int shard_runs_open(struct shard_runs *runs, const char *root, char *const *words, int word_count,
                    struct err *err)
{
    *runs = (struct shard_runs){calloc((size_t)word_count + 1, sizeof(*runs->runs)), 0};
    int r = runs->runs == NULL ? err_set(err, -ENOMEM, "out of memory") : 0;

    if (r == 0 && word_count == 0) {
        r = err_set(err, ERR_USAGE, "which runs? Name all shards of one suite");
    }
    for (int i = 0; r == 0 && i < word_count; i++) {
        r = open_run(&runs->runs[runs->count++], root, words[i], err);
    }
    if (r == 0) {
        r = check(runs, err);
    }
    if (r < 0) {
        shard_runs_close(runs);
    }
    return r;
}
