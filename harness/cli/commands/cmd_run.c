/* killpoint run: options to a campaign, its listeners, its reports. */
#include "harness/archive/run_dir.h"
#include "harness/archive/stale.h"
#include "harness/archive/whole_file.h"
#include "harness/base/limits.h"
#include "harness/base/process.h"
#include "harness/campaign/supervisor.h"
#include "harness/capsule/capsule_keep.h"
#include "harness/cli/build_id.h"
#include "harness/cli/commands/commands.h"
#include "harness/cli/commands/dry_run.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/interrupt.h"
#include "harness/cli/options.h"
#include "harness/cli/places.h"
#include "harness/cli/run/last_failed.h"
#include "harness/cli/run/run_check.h"
#include "harness/cli/run/run_take.h"
#include "harness/cli/scenario_files.h"
#include "reports/collect.h"
#include "reports/json.h"
#include "reports/junit.h"
#include "reports/result_text.h"
#include "reports/screen.h"
#include "reports/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>

#define SEED_DEFAULT 0x5eed
#define JOBS_MAX     1024
#define BUDGET_S_MAX (30 * 86400)

/* Everything one call of `run` owns. */
struct session {
    struct supervisor_options campaign;
    const char *target; /* NULL: as each scenario says */
    const char *json_path;
    const char *junit_path;
    const char *runs;
    bool no_archive;
    uint64_t results_max;
    bool is_last_failed;
    bool no_bodies; /* in the capsules of causes */
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
    struct forecast *forecast;
    struct dry_run *dry_run;
    struct last_failed *last;
    struct listener_set listeners;
    struct campaign_summary *summary;
    struct campaign_identity identity;
    bool has_problem; /* a report could not be written: exit 3 */
};

static const struct options_row rows[] = {
    {'s', "seed", "HEX", "seed of scenarios without one of their own (default 5eed)",
     OPTIONS_HEX(struct session, campaign.seed)},
    {0, "seeds", "N", "run everything for N consecutive seeds",
     OPTIONS_COUNT(struct session, campaign.seed_count, 1, 100000)},
    {'j', "jobs", "N", "worker processes (default: the processors there are)",
     OPTIONS_COUNT(struct session, campaign.jobs, 1, JOBS_MAX)},
    {'n', "cases", "N",
     "at most N cases per scenario, the one without a fault included, drawn by the seed",
     OPTIONS_COUNT(struct session, campaign.cases_max, 1, UINT64_MAX)},
    {0, "depth", "N|full",
     "faulted rounds per case, 1 to 3; full: nothing of depth 2 and 3 is sampled",
     OPTIONS_TAKEN(struct session, campaign, run_take_depth)},
    {'t', "timeout", "SECONDS", "a round that takes longer is `hung` (default 10)",
     OPTIONS_SECONDS(struct session, campaign.timeout_ms)},
    {'b', "budget", "DURATION",
     "45s, 1h30m, 2d: run again with the next seeds, and explore further, until the time is over",
     OPTIONS_SECONDS_UPTO(struct session, campaign.budget_ms, BUDGET_S_MAX)},
    {0, "last-failed", NULL, "only scenarios that failed in the last run, and first the very cases",
     OPTIONS_FLAG(struct session, is_last_failed)},
    {0, "max-failures", "N", "stop after N failed cases",
     OPTIONS_COUNT(struct session, campaign.failures_max, 1, UINT64_MAX)},
    {'k', "keep-going", NULL, "never stop for failures (the default)",
     OPTIONS_TAKEN(struct session, campaign.failures_max, run_take_keep_going)},
    {0, "stop-on-trace", NULL, "end a scenario where its run without a fault violates a property",
     OPTIONS_FLAG(struct session, campaign.stop_on_trace)},
    {0, "target", "NAME", "`engine` or `program:NAME` is under test instead of the scenario's own",
     OPTIONS_TEXT(struct session, target)},
    {'p', "profile", "NAME",
     "`fixed` or `rocketmq-VERSION` (killpoint list profiles) instead of the scenario's own",
     OPTIONS_TAKEN(struct session, campaign, run_take_profile)},
    {0, "switch", "WORD",
     "a switch as in tokens: DEFECT, DEFECT.bare, no-GUARD, skip/POINT, a profile; repeatable",
     OPTIONS_TAKEN(struct session, campaign, run_take_switch)},
    {0, "dir", "DIR", "stores on a real directory instead of memory",
     OPTIONS_TEXT(struct session, campaign.dir)},
    {0, "audit", NULL, "check that no system call goes past the points",
     OPTIONS_FLAG(struct session, campaign.audit)},
    {0, "cross-check", "N", "compare N kills of explored scenarios byte for byte with live files",
     OPTIONS_COUNT(struct session, campaign.cross_check, 1, UINT64_MAX)},
    {0, "break", "image|memo",
     "self-test: judge an impossible image, or reuse wrongly; found out is exit 3",
     OPTIONS_TAKEN(struct session, campaign, run_take_break)},
    {0, "dry-run", NULL, "say how many cases and how long by the last runs, and run none",
     OPTIONS_FLAG(struct session, campaign.dry_run)},
    {0, "json", "FILE", "write the results as JSON", OPTIONS_TEXT(struct session, json_path)},
    {0, "junit", "FILE", "write the results as JUnit XML",
     OPTIONS_TEXT(struct session, junit_path)},
    {0, "runs", "DIR", "where run directories are made (default $KILLPOINT_RUNS, runs)",
     OPTIONS_TEXT(struct session, runs)},
    {0, "no-archive", NULL, "leave no run directory behind",
     OPTIONS_FLAG(struct session, no_archive)},
    {0, "no-bodies", NULL,
     "a filler in place of bodies, keys and users' properties in the capsules that are kept",
     OPTIONS_FLAG(struct session, no_bodies)},
    {0, "results", "N", "at most N lines in results.jsonl (default 1000000)",
     OPTIONS_COUNT(struct session, results_max, 1, UINT64_MAX)},
    {0, "color", "WHEN", "auto, always or never; NO_COLOR is honoured by auto",
     OPTIONS_TAKEN(struct session, colour, paint_when_take)},
    {'q', "quiet", NULL, "no progress; the results are the same",
     OPTIONS_FLAG(struct session, is_quiet)},
    {'v', "verbose", NULL, "a line per scenario, a table of points and one of explorations",
     OPTIONS_FLAG(struct session, is_verbose)},
};

static const char *const examples[] = {
    "run                                    every scenario, default seed",
    "run plain-sync --jobs 4 --seed c0ffee",
    "run scenarios/defects --junit out.xml --json out.json",
    "run --budget 30m                       seed after seed until the time is over",
    "run --last-failed                      is it mended?",
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
    {"break", "Not found out is exit 1."},
    {"cross-check", "A difference is exit 3."},
    {"dir", "Without it: in memory that has no name, as root or in a user namespace; where neither "
            "is allowed, below `/dev/shm` when it has 32 MiB free, then `$TMPDIR`, then `/tmp`, and"
            " the summary says so."},
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

static void note_problem(struct session *session, const struct err *err)
{
    char remedy[LIMITS_REMEDY_SIZE_BYTES];
    char text[sizeof(err->text) + LIMITS_REMEDY_SIZE_BYTES + 2];

    (void)limits_remedy(-err->code, remedy);
    (void)snprintf(text, sizeof(text), "%s%s%s", err->text, remedy[0] == '\0' ? "" : ": ", remedy);
    session->has_problem = true;
    terminal_set_problem(session->terminal, text);
}

/* What a verbose screen shows, for whoever finds the directory tomorrow, and what --json writes,
 * for programs that compare it with other nights. */
static int write_in_dir(struct session *session, const struct campaign_summary *summary,
                        const char *name, struct err *err)
{
    char path[PLACES_PATH_SIZE_BYTES];
    struct whole_file file;
    int r;

    (void)snprintf(path, sizeof(path), "%s/%s", run_dir_path(session->run_dir), name);
    r = whole_file_begin(&file, AT_FDCWD, path, err);
    if (r < 0) {
        return r;
    }
    if (strcmp(name, RUN_DIR_REPORT) == 0) {
        r = json_write(file.stream, session->collect, summary, err);
    } else {
        result_text_file(file.stream, session->collect, summary, session->command);
    }
    if (r < 0) {
        whole_file_drop(&file);
        return r;
    }
    return whole_file_finish(&file, err);
}

/* Between the archive and the terminal: the reports are written first, so that the terminal's
 * last words can say where they are, or what went wrong with them. */
static void write_reports(void *arg, const struct campaign_summary *summary)
{
    struct session *session = arg;
    struct err err = ERR_INIT;
    int r;

    if (session->json.stream != NULL) {
        r = json_write(session->json.stream, session->collect, summary, &err);
        if (r < 0 || whole_file_finish(&session->json, &err) < 0) {
            note_problem(session, &err);
        }
    }
    if (session->junit.stream != NULL) {
        r = junit_write(session->junit.stream, session->collect, summary, session->command, &err);
        if (r < 0 || whole_file_finish(&session->junit, &err) < 0) {
            note_problem(session, &err);
        }
    }
    if (collect_is_incomplete(session->collect)) {
        (void)err_set(&err, -ENOMEM, "no memory for all results: the reports are incomplete");
        note_problem(session, &err);
    }
    if (session->run_dir != NULL) {
        terminal_set_report_place(session->terminal, run_dir_path(session->run_dir));
        if (write_in_dir(session, summary, RUN_DIR_TEXT, &err) < 0) {
            note_problem(session, &err);
        }
        if (write_in_dir(session, summary, RUN_DIR_REPORT, &err) < 0) {
            note_problem(session, &err);
        }
        if (run_dir_finish(session->run_dir, summary, &err) < 0) {
            note_problem(session, &err);
        }
    }
}

static void listen(struct session *session, struct listener listener)
{
    session->listeners.listeners[session->listeners.count++] = listener;
}

static int open_reports(struct session *session, struct err *err)
{
    struct run_dir_options options = {.root = session->runs,
                                      .version = KILLPOINT_VERSION,
                                      .identity = &session->identity,
                                      .argc = session->argc,
                                      .argv = session->argv,
                                      .is_usual = forecast_is_usual(&session->campaign),
                                      .results_max = session->results_max};
    struct stale_found stale;
    int r = 0;

    if (session->json_path != NULL) {
        r = whole_file_begin(&session->json, AT_FDCWD, session->json_path, err);
    }
    if (r == 0 && session->junit_path != NULL) {
        r = whole_file_begin(&session->junit, AT_FDCWD, session->junit_path, err);
    }
    if (r < 0 || session->no_archive) {
        return r;
    }
    stale_finish(session->runs, session->is_quiet ? NULL : stderr, &stale);
    r = run_dir_open(&options, &session->run_dir, err);
    if (r < 0) {
        return err_set(err, r, "%.400s (--runs DIR makes it elsewhere, --no-archive none)",
                       err->text);
    }
    session->campaign.trace_dir = run_dir_path(session->run_dir);
    return 0;
}

static void keep_capsules(struct session *session)
{
    char made_by[256];
    struct err err = ERR_INIT;
    const struct capsule_keep_options options = {.scenarios = session->files.scenarios,
                                                 .scenario_count = session->files.count,
                                                 .run_dir = run_dir_path(session->run_dir),
                                                 .made_by = made_by,
                                                 .dir = session->campaign.dir,
                                                 .timeout_ms = session->campaign.timeout_ms,
                                                 .no_bodies = session->no_bodies};

    build_id_line(&session->identity, made_by, sizeof(made_by));
    if (capsule_keep(&options, session->summary->causes, session->summary->cause_count, &err) < 0) {
        note_problem(session, &err);
    }
}

/* First of all listeners, on the session's own summary: who is told next counts the cases that
 * failed before, too, and knows where each cause is kept.  Who interrupts does not wait for that.
 */
static void complete_summary(void *arg, const struct campaign_summary *summary)
{
    struct session *session = arg;

    if (session->last != NULL) {
        last_failed_add(session->last, session->summary);
    }
    if (session->run_dir != NULL && !summary->interrupted) {
        keep_capsules(session);
    }
}

static int open_dry_run(struct session *session, struct err *err)
{
    const struct screen screen = {.stream = stdout,
                                  .is_coloured = paint_is_wanted(session->colour, stdout),
                                  .is_verbose = session->is_verbose,
                                  .width = screen_width(stdout),
                                  .command = session->command};

    session->dry_run = dry_run_new(&screen, session->forecast, session->campaign.jobs);
    if (session->dry_run == NULL) {
        return err_set(err, -ENOMEM, "no memory for a dry run");
    }
    listen(session, dry_run_listener(session->dry_run));
    return 0;
}

static int open_listeners(struct session *session, struct err *err)
{
    struct terminal_options terminal = {.out = stdout,
                                        .err = stderr,
                                        .colour = session->colour,
                                        .is_quiet = session->is_quiet,
                                        .is_verbose = session->is_verbose,
                                        .expected_count = session->files.count,
                                        .command = session->command,
                                        .version = KILLPOINT_VERSION,
                                        .budget_us = session->campaign.budget_ms * 1000,
                                        .status_wanted = interrupt_status_flag()};
    int r;

    session->forecast = forecast_new(&session->campaign, session->runs);
    if (session->forecast == NULL) {
        return err_set(err, -ENOMEM, "no memory for the counts of earlier runs");
    }
    if (session->campaign.dry_run) {
        return open_dry_run(session, err);
    }
    terminal.expected = forecast_rows(session->forecast);
    r = open_reports(session, err);
    if (r < 0) {
        return r;
    }
    session->collect = collect_new();
    terminal.collect = session->collect;
    session->terminal = session->collect == NULL ? NULL : terminal_new(&terminal);
    if (session->terminal == NULL) {
        return err_set(err, -ENOMEM, "no memory for the reports");
    }
    listen(session, (struct listener){.arg = session, .campaign_ended = complete_summary});
    listen(session, collect_listener(session->collect));
    if (session->run_dir != NULL) {
        listen(session, run_dir_listener(session->run_dir));
    }
    listen(session, (struct listener){.arg = session, .campaign_ended = write_reports});
    listen(session, terminal_listener(session->terminal));
    return 0;
}

static int load_scenarios(struct session *session, char *const *words, int word_count,
                          struct err *err)
{
    const struct last_failed_call call = {.runs = session->runs,
                                          .seed_default = SEED_DEFAULT,
                                          .campaign = &session->campaign,
                                          .target = &session->target,
                                          .files = &session->files};

    if (!session->is_last_failed) {
        return scenario_files_load(&session->files, words, word_count, err);
    }
    if (word_count > 0) {
        return err_set(err, ERR_USAGE,
                       "option '--last-failed' says which scenarios are run: name none besides");
    }
    return last_failed_load(&call, &session->last, err);
}

static int replay_last_failed(struct session *session, struct err *err)
{
    const struct listener archive = session->run_dir == NULL ? (struct listener){.arg = NULL}
                                                             : run_dir_listener(session->run_dir);

    return last_failed_replay(session->last, &archive, err);
}

static int prepare(struct session *session, char *const *words, int word_count, struct err *err)
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
    r = load_scenarios(session, words, word_count, err);
    if (r < 0) {
        return r;
    }
    r = run_check_scenarios(&session->files, session->target, campaign, err);
    if (r < 0) {
        return r;
    }
    r = places_worker(session->worker, err);
    if (r < 0) {
        return r;
    }
    session->summary = calloc(1, sizeof(*session->summary));
    if (session->summary == NULL) {
        return err_set(err, -ENOMEM, "no memory for the summary");
    }
    if (campaign->jobs == 0) {
        campaign->jobs = process_cpu_count();
    }
    (void)places_command(session->command);
    campaign->scenarios = session->files.scenarios;
    campaign->scenario_count = session->files.count;
    campaign->unloaded = session->files.unloaded;
    campaign->unloaded_count = session->files.unloaded_count;
    campaign->whole_suite = word_count == 0 && session->last == NULL;
    campaign->worker_path = session->worker;
    build_id_get(session->worker, &session->identity);
    campaign->identity = &session->identity;
    campaign->interrupted = interrupt_flag();
    campaign->listeners = &session->listeners;
    if (session->last != NULL && session->files.count == 0) {
        return 0;
    }
    r = open_listeners(session, err);
    return r < 0 || session->last == NULL ? r : replay_last_failed(session, err);
}

/* Nothing ran and nothing is to be judged: still the promised last line. */
static int nothing_to_run(const struct session *session)
{
    if (session->last == NULL) {
        (void)fputs("killpoint: there is no scenario to run\n", stderr);
    }
    (void)puts("cases: 0 passed, 0 failed, 0 skipped");
    return EXIT_CODE_NOTHING;
}

/* The campaign could not go on: what ran is still reported. */
static int broke_off(struct session *session, const struct err *err, int r)
{
    if (session->collect == NULL || collect_scenario_count(session->collect) == 0) {
        return (int)exit_code_fail(err, r);
    }
    int code = r == ERR_USAGE ? EXIT_CODE_USAGE : EXIT_CODE_BROKEN;
    session->summary->exit_code = code;
    note_problem(session, err);
    for (uint32_t i = 0; i < session->listeners.count; i++) {
        const struct listener *listener = &session->listeners.listeners[i];

        if (listener->campaign_ended != NULL) {
            listener->campaign_ended(listener->arg, session->summary);
        }
    }
    return code;
}

static int run_campaign(struct session *session)
{
    struct err err = ERR_INIT;
    int r = supervisor_run(&session->campaign, session->summary, &err);

    if (r < 0) {
        return broke_off(session, &err, r);
    }
    if (session->has_problem) {
        return EXIT_CODE_BROKEN;
    }
    /* A dry run runs nothing on purpose. */
    if (session->campaign.dry_run && session->summary->exit_code == EXIT_CODE_NOTHING) {
        return EXIT_CODE_OK;
    }
    return session->summary->exit_code;
}

static void session_done(struct session *session)
{
    whole_file_drop(&session->json);
    whole_file_drop(&session->junit);
    session->terminal = terminal_free(session->terminal);
    session->collect = collect_free(session->collect);
    session->run_dir = run_dir_free(session->run_dir);
    session->last = last_failed_free(session->last);
    session->dry_run = dry_run_free(session->dry_run);
    session->forecast = forecast_free(session->forecast);
    scenario_files_done(&session->files);
    free(session->summary);
    free(session->argv);
    free(session);
}

int cmd_run(int argc, char **argv)
{
    struct session *session = calloc(1, sizeof(*session));
    struct err err = ERR_INIT;
    struct options_words words = {argc, argv, argc};
    int code = EXIT_CODE_OK;
    int r;

    if (session == NULL || (session->argv = calloc((size_t)argc + 1, sizeof(char *))) == NULL) {
        free(session);
        return EXIT_CODE_BROKEN;
    }
    interrupt_install();
    memcpy(session->argv, argv, (size_t)argc * sizeof(char *));
    session->argc = argc;
    session->campaign.seed = SEED_DEFAULT;
    session->runs = places_runs();
    r = options_parse(&command, &words, session, &err);
    if (r == 0) {
        r = prepare(session, argv + words.operand, argc - words.operand, &err);
        if (r == 0) {
            code = session->files.count + session->files.unloaded_count == 0
                       ? nothing_to_run(session)
                       : run_campaign(session);
        }
    }
    code = exit_code_end(r, code, &err);
    session_done(session);
    return code;
}
