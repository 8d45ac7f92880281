/* killpoint run: options to a campaign, its listeners, its reports. */
#include "harness/cli/commands/commands.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/interrupt.h"
#include "harness/cli/options.h"
#include "harness/cli/run/run_check.h"
#include "harness/cli/run/run_journal.h"
#include "harness/cli/run/run_session.h"
#include "harness/cli/run/run_take.h"

#include <inttypes.h>

#define JOBS_MAX     1024
#define BUDGET_S_MAX (30 * 86400)

static const struct options_row rows[] = {
    {'s', "seed", "HEX", "seed of scenarios without one of their own (default 5eed)",
     OPTIONS_HEX(struct run_session, campaign.seed)},
    {0, "seeds", "N", "run everything for N consecutive seeds",
     OPTIONS_COUNT(struct run_session, campaign.seed_count, 1, 100000)},
    {'j', "jobs", "N", "worker processes (default: the processors there are)",
     OPTIONS_COUNT(struct run_session, campaign.jobs, 1, JOBS_MAX)},
    {'n', "cases", "N",
     "at most N cases per scenario, the one without a fault included, drawn by the seed",
     OPTIONS_COUNT(struct run_session, campaign.cases_max, 1, UINT64_MAX)},
    {0, "depth", "N|full",
     "faulted rounds per case, 1 to 3; full: nothing of depth 2 and 3 is sampled",
     OPTIONS_TAKEN(struct run_session, campaign, run_take_depth)},
    {'t', "timeout", "SECONDS", "a round that takes longer is `hung` (default 10)",
     OPTIONS_SECONDS(struct run_session, campaign.timeout_ms)},
    {'b', "budget", "DURATION",
     "45s, 1h30m, 2d: run again with the next seeds, and explore further, until the time is over",
     OPTIONS_SECONDS_UPTO(struct run_session, campaign.budget_ms, BUDGET_S_MAX)},
    {0, "last-failed", NULL, "only scenarios that failed in the last run, and first the very cases",
     OPTIONS_FLAG(struct run_session, is_last_failed)},
    {0, "max-failures", "N", "stop after N failed cases",
     OPTIONS_COUNT(struct run_session, campaign.failures_max, 1, UINT64_MAX)},
    {'k', "keep-going", NULL, "never stop for failures (the default)",
     OPTIONS_TAKEN(struct run_session, campaign.failures_max, run_take_keep_going)},
    {0, "stop-on-trace", NULL, "end a scenario where its run without a fault violates a property",
     OPTIONS_FLAG(struct run_session, campaign.stop_on_trace)},
    {0, "target", "NAME",
     "`engine`, `program:NAME` or `real-VERSION` is under test instead of the scenario's own",
     OPTIONS_TEXT(struct run_session, target)},
    {'p', "profile", "NAME",
     "`fixed` or `rocketmq-VERSION` (killpoint list profiles) instead of the scenario's own",
     OPTIONS_TAKEN(struct run_session, campaign, run_take_profile)},
    {0, "switch", "WORD",
     "a switch as in tokens: DEFECT, DEFECT.bare, no-GUARD, skip/POINT, a profile; repeatable",
     OPTIONS_TAKEN(struct run_session, campaign, run_take_switch)},
    {0, "dir", "DIR", "stores on a real directory instead of memory",
     OPTIONS_TEXT(struct run_session, campaign.dir)},
    {0, "audit", NULL, "check that no system call goes past the points",
     OPTIONS_FLAG(struct run_session, campaign.audit)},
    {0, "cross-check", "N", "compare N kills of explored scenarios byte for byte with live files",
     OPTIONS_COUNT(struct run_session, campaign.cross_check, 1, UINT64_MAX)},
    {0, "break", "image|memo",
     "self-test: judge an impossible image, or reuse wrongly; found out is exit 3",
     OPTIONS_TAKEN(struct run_session, campaign, run_take_break)},
    {0, "dry-run", NULL, "say how many cases and how long by the last runs, and run none",
     OPTIONS_FLAG(struct run_session, campaign.dry_run)},
    {0, "shard", "I/N",
     "only the I-th of N parts of the suite, to be merged; also from the environment of CI systems",
     OPTIONS_TEXT(struct run_session, shard_text)},
    {0, "weights", "FILE",
     "share the suite out by this table (default: expected.json beside the scenarios)",
     OPTIONS_TEXT(struct run_session, weights)},
    {0, "resume", "RUN", "go on with a run that was killed or interrupted, where it stood",
     OPTIONS_TEXT(struct run_session, resume)},
    RUN_SESSION_REPORT_ROWS,
    {0, "runs", "DIR", "where run directories are made (default $KILLPOINT_RUNS, runs)",
     OPTIONS_TEXT(struct run_session, runs)},
    {0, "no-archive", NULL, "leave no run directory behind",
     OPTIONS_FLAG(struct run_session, no_archive)},
    {0, "keep-runs", "N",
     "afterwards keep the newest N run directories, packed, and remove the others",
     OPTIONS_COUNT(struct run_session, keep_runs, 1, UINT32_MAX)},
    {0, "no-bodies", NULL,
     "a filler in place of bodies, keys and users' properties in the capsules that are kept",
     OPTIONS_FLAG(struct run_session, no_bodies)},
    {0, "results", "N", "at most N lines in results.jsonl (default 1000000)",
     OPTIONS_COUNT(struct run_session, results_max, 1, UINT64_MAX)},
    {0, "color", "WHEN", "auto, always or never; NO_COLOR is honoured by auto",
     OPTIONS_TAKEN(struct run_session, colour, paint_when_take)},
    {'q', "quiet", NULL, "no progress; the results are the same",
     OPTIONS_FLAG(struct run_session, is_quiet)},
    {'v', "verbose", NULL, "a line per scenario, a table of points and one of explorations",
     OPTIONS_FLAG(struct run_session, is_verbose)},
};

static const char *const examples[] = {
    "run                                    every scenario, default seed",
    "run plain-sync --jobs 4 --seed c0ffee",
    "run scenarios/defects --junit out.xml --json out.json",
    "run --budget 30m                       seed after seed until the time is over",
    "run --last-failed                      is it mended?",
    "run --shard 2/4                        a quarter of it; then: merge RUN...",
    NULL,
};

static const struct options_note notes[] = {
    {"budget",
     "The campaign stops where it stands then; the exit status goes by what ran, and the "
     "summary says what was covered. Scenarios that expect a violation and those of one kept"
     " plan run in the first pass only."},
    {"dry-run",
     "By the last run of each scenario in the run directories, else by the table that comes with "
     "the scenarios; of what neither knows, the cases of depth 1 are counted, and it says so. The "
     "last line begins with planned:, the exit status is 0."},
    {"verbose", "It is in the run directory as well, as report.txt."},
    {"cases", "Then it is not asked whether a scenario reaches what it wants to reach."},
    {"stop-on-trace",
     "Without it all cases are run all the same. Cases that are not run are counted as left "
     "out, with the reason. A run without a fault that crashes, hangs or refuses to start "
     "always ends its scenario: which cases there would be is not known then."},
    {"keep-runs",
     "This run counts, and stays as it is. What `latest` points at and what a run is writing is "
     "never removed, and nothing is that the history has not got. Of the others results.jsonl is "
     "packed to results.jsonl.lz4, which lz4 reads, and killpoint."},
    {"break", "Not found out is exit 1."},
    {"cross-check", "A difference is exit 3."},
    {"dir", "Without it: in memory that has no name, as root or in a user namespace; where neither "
            "is allowed, below `/dev/shm` when it has 32 MiB free, then `$TMPDIR`, then `/tmp`, and"
            " the summary says so."},
    {"shard",
     "Without it `KILLPOINT_SHARD`, and what GitLab, CircleCI, Buildkite, Slurm and "
     "Kubernetes put into the environment of their jobs, say which part this is; docs/TESTING.md "
     "has the names. A scenario of which others have the rest is not judged here, but by "
     "`merge`."},
    {"resume",
     "RUN: a run directory, or as much of its name as no other has, or `last`. Scenarios, "
     "options and shard are those of the run; another build or suite is refused."},
    {"json", "Standard output is `/dev/stdout`: the report follows the results there."},
    {NULL, NULL},
};

static const struct options_command command = {
    .name = "run",
    .operands = "[SCENARIO...]",
    .summary = "Kills and fails the store at its points, and pulls its plug; restarts it, judges\n"
               "what survived.\n"
               "SCENARIO: a name, a file or a directory; none: every scenario there is.",
    .examples = examples,
    .rows = rows,
    .row_count = sizeof(rows) / sizeof(rows[0]),
    .notes = notes,
};

static int load_scenarios(struct run_session *session, struct err *err)
{
    const struct last_failed_call call = {.runs = session->runs,
                                          .seed_default = session->seed_default,
                                          .campaign = &session->campaign,
                                          .target = &session->target,
                                          .files = &session->files};

    if (!session->is_last_failed) {
        return scenario_files_load(&session->files, session->words, session->word_count, err);
    }
    if (session->word_count > 0) {
        return err_set(err, ERR_USAGE,
                       "option '--last-failed' says which scenarios are run: name none besides");
    }
    return last_failed_load(&call, &session->last, err);
}

static int replay_last_failed(struct run_session *session, struct err *err)
{
    const struct listener archive = session->run_dir == NULL ? (struct listener){.arg = NULL}
                                                             : run_dir_listener(session->run_dir);

    return last_failed_replay(session->last, &archive, err);
}

static int check_shard(const struct run_session *session, struct err *err)
{
    const char *what = session->campaign.budget_ms != 0 ? "--budget, which goes by the clock"
                       : session->is_last_failed ? "--last-failed, which this machine alone knows"
                       : session->no_archive     ? "--no-archive, since nothing could be merged"
                                                 : NULL;

    return what == NULL
               ? 0
               : err_set(err, ERR_USAGE, "shard %" PRIu32 "/%" PRIu32 " (%s): not with %s",
                         session->shard.index, session->shard.count, session->shard.from, what);
}

/* Which part of the suite it has, once its scenarios are known. */
static int share_out(struct run_session *session, struct err *err)
{
    int r = 0;

    if (session->resume == NULL) {
        r = run_shard_find(session->shard_text, &session->shard, err);
    }
    if (r < 0 || session->shard.count == 0) {
        return r < 0 || session->weights == NULL
                   ? r
                   : err_set(err, ERR_USAGE,
                             "option '--weights' is for shards: there is no --shard");
    }
    r = check_shard(session, err);
    if (r < 0) {
        return r;
    }
    return run_shard_split(session->weights, &session->files, &session->shard, &session->campaign,
                           &session->split, err);
}

static int prepare(struct run_session *session, struct err *err)
{
    struct supervisor_options *campaign = &session->campaign;
    int r;

#ifndef FIU_ENABLE
    return err_set(err, ERR_BROKEN, "this killpoint was built without libfiu: no fault can fire");
#endif
    r = run_check_options(campaign, err);
    if (r < 0) {
        return r;
    }
    if (session->resume != NULL) {
        r = run_journal_resume(session, err);
        if (r < 0) {
            return r;
        }
    }
    r = load_scenarios(session, err);
    if (r < 0) {
        return r;
    }
    r = run_check_scenarios(&session->files, session->target, campaign, err);
    if (r < 0) {
        return r;
    }
    r = run_session_place(session, err);
    if (r < 0) {
        return r;
    }
    campaign->whole_suite = session->word_count == 0 && session->last == NULL;
    r = share_out(session, err);
    if (r == 0) {
        r = run_journal_check(session, err);
    }
    if (r < 0) {
        return r;
    }
    if (session->last != NULL && session->files.count == 0) {
        return 0;
    }
    r = run_session_open(session, err);
    return r < 0 || session->last == NULL ? r : replay_last_failed(session, err);
}

/* Nothing ran and nothing is to be judged: still the promised last line. */
static int nothing_to_run(const struct run_session *session)
{
    if (session->last == NULL) {
        (void)fputs("killpoint: there is no scenario to run\n", stderr);
    }
    (void)puts("cases: 0 passed, 0 failed, 0 skipped");
    return EXIT_CODE_NOTHING;
}

int cmd_run(int argc, char **argv)
{
    struct run_session *session = run_session_new(argc, argv);
    struct err err = ERR_INIT;
    struct options_words words = {argc, argv, argc};
    int code = EXIT_CODE_OK;
    int r;

    if (session == NULL) {
        return EXIT_CODE_BROKEN;
    }
    interrupt_install();
    r = options_parse(&command, &words, session, &err);
    if (r == 0) {
        session->words = argv + words.operand;
        session->word_count = argc - words.operand;
        r = prepare(session, &err);
        if (r == 0) {
            code = session->files.count + session->files.unloaded_count == 0
                       ? nothing_to_run(session)
                       : run_session_run(session);
        }
    }
    code = exit_code_end(r, code, &err);
    (void)run_session_free(session);
    return code;
}
