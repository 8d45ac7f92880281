/* What run.json says: which program ran, how it was called and where, and how it ended.  What it
 * found, and what it left out, says report.json. */
#ifndef HARNESS_ARCHIVE_RUN_JSON_H
#define HARNESS_ARCHIVE_RUN_JSON_H

#include "harness/case/campaign.h"
#include "store/base/err.h"

#include <time.h>

#include <jansson.h>

/* Of run.json and results.jsonl; grows when a field changes its meaning or goes. */
#define RUN_JSON_SCHEMA_VERSION 3

/* Known when a campaign begins. */
struct run_json_begun {
    const char *version;
    const struct campaign_identity *identity; /* NULL: not known */
    int argc;
    char *const *argv;
    bool is_usual; /* no option makes its scenarios larger, smaller or slower than they are */
    uint64_t seed;
    uint32_t workers;
    const struct campaign_shard *shard; /* NULL: it has all of its suite */
    time_t began;
};

/* Counted meanwhile. */
struct run_json_counts {
    uint64_t results;         /* lines of results.jsonl */
    uint64_t results_dropped; /* not written since there were too many */
    uint64_t failures;        /* cases that failed, and were told one by one */
    uint64_t failures_kept;   /* of them with a directory */
};

/* A run of which nobody knows yet how it ends. NULL without memory; the caller owns it. */
json_t *run_json_begin(const struct run_json_begun *begun);
/* Adds how it ended. `rows` and `hashes`, of the scenarios, may be NULL; they stay the caller's. */
void run_json_end(json_t *run, const struct run_json_counts *counts,
                  const struct campaign_summary *summary, json_t *rows, json_t *hashes);
/* Adds that its process was killed when `results` lines were written. */
void run_json_kill(json_t *run, uint64_t results);
/* Writes it, whole or not at all, to `name` in `dir_fd`. */
int run_json_write(const json_t *run, int dir_fd, const char *name, struct err *err);

/* Of a hash in JSON: text, since its numbers have 53 bits in most readers; null when it was not
 * taken. */
json_t *run_json_hash(uint64_t hash);

#endif
