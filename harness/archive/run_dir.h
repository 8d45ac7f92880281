/* The directory that a campaign leaves behind:
 *
 *   runs/2026-11-22T020001Z-3f9a1c/
 *     run.json         which build, how it was called, where, and how it ended (run_json.h); a row
 *                      per scenario (past_runs.h) and the hash of each
 *     report.json      what --json writes, whole: what later nights, gates and pages read
 * (run_file.h) report.txt       and what -v shows results.jsonl    one object a line per case that
 * was told one by one; how many were not, says run.json
 *     failures/001-acked-survives-torn-tail/{TOKEN,detail.txt}   the first of each kind
 *     causes/01-record-lost/{TOKEN,detail.txt,case.capsule}   (capsule_keep.h)
 *   runs/latest -> the newest one that came to its end
 *
 * Until it has ended there is a begun.json instead of run.json, and the directory is locked: what a
 * killed run leaves is finished by the next one (stale.h).
 *
 * A listener.  Files are written under a temporary name and renamed; an error (a full disk) is
 * kept, said once by run_dir_finish(), and stops the writing, never the campaign. */
#ifndef HARNESS_ARCHIVE_RUN_DIR_H
#define HARNESS_ARCHIVE_RUN_DIR_H

#include "harness/case/listener.h"
#include "store/base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define RUN_DIR_JSON    "run.json"
#define RUN_DIR_BEGUN   "begun.json"
#define RUN_DIR_RESULTS "results.jsonl"
#define RUN_DIR_REPORT  "report.json"
#define RUN_DIR_TEXT    "report.txt"

#define RUN_DIR_RESULTS_MAX_DEFAULT  1000000
#define RUN_DIR_FAILURES_MAX_DEFAULT 200

struct run_dir;

struct run_dir_options {
    const char *root;  /* made when it is missing: "runs" */
    const char *again; /* the directory below it of a run that goes on; NULL: a new one */
    const struct campaign_shard *shard; /* NULL: the run has all of its suite */
    const char *version;
    const struct campaign_identity *identity; /* NULL: not known */
    int argc;
    char *const *argv; /* as the program was called; copied into run.json at the end */
    bool is_usual;     /* no option makes its scenarios larger, smaller or slower than they are */
    uint64_t results_max;  /* lines of results.jsonl; the rest is counted.  0: the default */
    uint64_t failures_max; /* directories below failures/.  0: the default */
};

/* Makes the directory.  The options' pointers must stay valid until run_dir_free(). 0 or -errno. */
int run_dir_open(const struct run_dir_options *options, struct run_dir **ret_dir, struct err *err);
/* What is to be told of the campaign; valid until run_dir_free(). */
struct listener run_dir_listener(struct run_dir *dir);
/* Completes the directory after the campaign ended (or was interrupted): renames what is
 * temporary, writes run.json, lets `latest` point here.  Returns the first error of all there was.
 * Does nothing the second time. */
int run_dir_finish(struct run_dir *dir, const struct campaign_summary *summary, struct err *err);
/* Of the directory; lives as long as `dir`. */
int run_dir_fd(const struct run_dir *dir);
/* "runs/2026-11-22T020001Z-3f9a1c".  Lives as long as `dir`. */
const char *run_dir_path(const struct run_dir *dir);
/* What was not finished keeps its temporary names; a directory without any result goes. */
struct run_dir *run_dir_free(struct run_dir *dir);

#endif
