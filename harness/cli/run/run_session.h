/* One call of `run`, or of what makes one run of several: its campaign, listeners and reports. */
#ifndef HARNESS_CLI_RUN_RUN_SESSION_H
#define HARNESS_CLI_RUN_RUN_SESSION_H

#include "harness/archive/run_dir.h"
#include "harness/archive/whole_file.h"
#include "harness/campaign/supervisor.h"
#include "harness/cli/ahead/dry_run.h"
#include "harness/cli/ahead/run_shard.h"
#include "harness/cli/places.h"
#include "harness/cli/run/last_failed.h"
#include "harness/cli/run/run_github.h"
#include "harness/cli/scenario_files.h"
#include "reports/collect.h"
#include "reports/terminal.h"

/* Everything it owns.  The options of a command set its first members, in their table. */
struct run_session {
    struct supervisor_options campaign;
    uint64_t seed_default;
    const char *target; /* NULL: as each scenario says */
    const char *json_path;
    const char *junit_path;
    const char *tap_path;
    struct run_github github;
    const char *runs;
    bool no_archive;
    uint64_t keep_runs; /* run directories that stay; 0: all */
    uint64_t results_max;
    bool is_last_failed;
    bool no_bodies;         /* in the capsules of causes */
    const char *shard_text; /* "2/4"; NULL: as the environment says, or all of it */
    const char *weights;    /* NULL: the table that comes with the scenarios */
    const char *resume;     /* the run that goes on */
    enum paint_when colour;
    bool is_quiet;
    bool is_verbose;

    int argc;
    char **argv; /* as given, before getopt sorted it */
    char command[PLACES_PATH_SIZE_BYTES];
    char worker[PLACES_PATH_SIZE_BYTES];
    struct scenario_files files;
    struct collect *collect;
    struct terminal *terminal;
    struct run_dir *run_dir;
    struct whole_file json;
    struct whole_file junit;
    struct whole_file tap;
    struct forecast *forecast;
    struct dry_run *dry_run;
    struct last_failed *last;
    struct listener_set listeners;
    struct campaign_summary *summary;
    struct campaign_identity identity;
    char *const *words; /* the scenarios that were named */
    int word_count;
    struct campaign_shard shard;
    struct split *split;
    struct work_journal *journal; /* of this run */
    struct work_journal *before;  /* of a run that goes on, as it was left */
    struct work_journal **known;  /* of runs that are made one */
    uint32_t known_count;
    char **own_words; /* from a journal */
    char *again_path; /* of the directory of a run that goes on; NULL: a new one */
    char *again_root;
    const char *again; /* its name */
    bool has_problem;  /* a report could not be written: exit 3 */
};

/* With a copy of `argv`, which getopt sorts, and what an option that is not given stands for.  NULL
 * when there is no memory; the caller frees it. */
struct run_session *run_session_new(int argc, char **argv);
/* NULL is none; returns NULL.  Reports that are not finished are dropped. */
struct run_session *run_session_free(struct run_session *session);

/* Once scenarios are loaded: where the worker is, how many there are, what runs. 0, or negative. */
int run_session_place(struct run_session *session, struct err *err);
/* Opens reports and run directory, and has everybody told of the campaign.  0, or negative. */
int run_session_open(struct run_session *session, struct err *err);
/* Runs the campaign and writes the reports.  Returns the program's exit code. */
int run_session_run(struct run_session *session);

/* The reports that can be asked for: rows of the table of a command that has such a session. */
#define RUN_SESSION_REPORT_ROWS                                                                    \
    {0, "json", "FILE", "write the results as JSON", OPTIONS_TEXT(struct run_session, json_path)}, \
        {0, "junit", "FILE", "write the results as JUnit XML",                                     \
         OPTIONS_TEXT(struct run_session, junit_path)},                                            \
        {0, "tap", "FILE", "write the results as TAP 14",                                          \
         OPTIONS_TEXT(struct run_session, tap_path)},                                              \
        {0, "summary", "FILE",                                                                     \
         "write a page of Markdown (default: append it to $GITHUB_STEP_SUMMARY, if that is set)",  \
         OPTIONS_TEXT(struct run_session, github.summary_path)},                                   \
    {                                                                                              \
        0, "annotations", NULL,                                                                    \
            "new causes as GitHub's ::error lines first (default: where $GITHUB_ACTIONS is true)", \
            OPTIONS_FLAG(struct run_session, github.has_annotations)                               \
    }

#endif
