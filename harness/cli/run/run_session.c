/* Reports of one call of `run` (run_session.h). */
#include "harness/cli/run/run_session.h"

#include "harness/archive/keep_runs.h"
#include "harness/archive/stale.h"
#include "harness/base/limits.h"
#include "harness/base/process.h"
#include "harness/capsule/capsule_keep.h"
#include "harness/cli/build_id.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/interrupt.h"
#include "harness/cli/run/keep_stories.h"
#include "harness/cli/run/run_history.h"
#include "harness/cli/run/run_journal.h"
#include "harness/cli/run/run_page.h"
#include "reports/ci/junit.h"
#include "reports/ci/tap.h"
#include "reports/json.h"
#include "reports/result_text.h"
#include "reports/screen.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEED_DEFAULT 0x5eed

struct run_session *run_session_new(int argc, char **argv)
{
    struct run_session *session = calloc(1, sizeof(*session));

    if (session == NULL || (session->argv = calloc((size_t)argc + 1, sizeof(char *))) == NULL) {
        free(session);
        return NULL;
    }
    memcpy(session->argv, argv, (size_t)argc * sizeof(char *));
    session->argc = argc;
    session->seed_default = SEED_DEFAULT;
    session->campaign.seed = SEED_DEFAULT;
    session->runs = places_runs();
    return session;
}

static void note_problem(struct run_session *session, const struct err *err)
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
static int write_in_dir(struct run_session *session, const struct campaign_summary *summary,
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

/* What goes is in the history: without one all stay. */
static void keep_newest(const struct run_session *session)
{
    const char *own = strrchr(run_dir_path(session->run_dir), '/');
    struct keep_runs_done done;
    struct err err = ERR_INIT;

    if (keep_runs(session->runs, (uint32_t)session->keep_runs, own == NULL ? "" : own + 1, &done,
                  &err) < 0) {
        (void)fprintf(stderr, "killpoint: --keep-runs: %s\n", err.text);
    }
    if (!session->is_quiet && done.removed + done.packed > 0) {
        (void)fprintf(stderr,
                      "killpoint: --keep-runs: %" PRIu32 " run directories removed; %" PRIu32
                      " packed, %" PRIu64 " KiB saved\n",
                      done.removed, done.packed, done.saved_bytes / 1024);
    }
}

/* `r`: of the writer. */
static void finish(struct run_session *session, struct whole_file *file, int r, struct err *err)
{
    if (r < 0 || whole_file_finish(file, err) < 0) {
        note_problem(session, err);
    }
}

/* The reports that options, or the environment, ask for. */
static void write_asked(struct run_session *session, const struct campaign_summary *summary)
{
    const struct collect *collect = session->collect;
    struct err err = ERR_INIT;

    if (session->json.stream != NULL) {
        finish(session, &session->json, json_write(session->json.stream, collect, summary, &err),
               &err);
    }
    if (session->junit.stream != NULL) {
        finish(session, &session->junit,
               junit_write(session->junit.stream, collect, summary, session->command, &err), &err);
    }
    if (session->tap.stream != NULL) {
        finish(session, &session->tap,
               tap_write(session->tap.stream, collect, summary, session->command, &err), &err);
    }
    if (run_github_write(&session->github, collect, summary, session->command, &err) < 0) {
        note_problem(session, &err);
    }
}

/* Between the archive and the terminal: the reports are written first, so that the terminal's
 * last words can say where they are, or what went wrong with them. */
static void write_reports(void *arg, const struct campaign_summary *summary)
{
    struct run_session *session = arg;
    struct run_history *history = NULL;
    struct err err = ERR_INIT;

    if (session->run_dir != NULL && !summary->is_self_test) {
        history = run_history_recall(session->runs, run_dir_path(session->run_dir),
                                     session->collect, session->summary);
    }
    write_asked(session, summary);
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
        if (run_journal_end(session, summary, &err) < 0) {
            note_problem(session, &err);
        }
    }
    bool is_known = run_history_add(history, session->summary);
    /* The run is among those that the page shows the trend of. */
    if (session->run_dir != NULL &&
        run_page_write_dir(run_dir_path(session->run_dir), session->command, &err) < 0) {
        note_problem(session, &err);
    }
    if (is_known && session->keep_runs > 0) {
        keep_newest(session);
    }
}

static void listen(struct run_session *session, struct listener listener)
{
    session->listeners.listeners[session->listeners.count++] = listener;
}

static int open_reports(struct run_session *session, struct err *err)
{
    struct run_dir_options options = {.root = session->runs,
                                      .again = session->again,
                                      .shard = &session->shard,
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
    if (r == 0 && session->tap_path != NULL) {
        r = whole_file_begin(&session->tap, AT_FDCWD, session->tap_path, err);
    }
    if (r == 0) {
        r = run_github_open(&session->github, err);
    }
    if (r < 0 || session->no_archive) {
        return r;
    }
    /* One that goes on is ours before others are looked for: it was killed, too. */
    if (session->again == NULL) {
        stale_finish(session->runs, session->is_quiet ? NULL : stderr, &stale);
    }
    r = run_dir_open(&options, &session->run_dir, err);
    if (r < 0) {
        return err_set(err, r, "%.400s (--runs DIR makes it elsewhere, --no-archive none)",
                       err->text);
    }
    session->campaign.trace_dir = run_dir_path(session->run_dir);
    return run_journal_begin(session, err);
}

static void keep_capsules(struct run_session *session)
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

static void tell_causes(struct run_session *session)
{
    struct err err = ERR_INIT;
    const struct keep_stories_options options = {.scenarios = session->files.scenarios,
                                                 .scenario_count = session->files.count,
                                                 .run_dir = run_dir_path(session->run_dir),
                                                 .interrupted = session->campaign.interrupted};

    if (keep_stories(&options, session->summary, &err) < 0) {
        note_problem(session, &err);
    }
}

/* First of all listeners, on the session's own summary: who is told next counts the cases that
 * failed before, too, and knows where each cause is kept.  Who interrupts does not wait for that.
 */
static void complete_summary(void *arg, const struct campaign_summary *summary)
{
    struct run_session *session = arg;

    if (session->last != NULL) {
        last_failed_add(session->last, session->summary);
    }
    if (session->run_dir != NULL && !summary->interrupted) {
        keep_capsules(session);
        tell_causes(session);
    }
}

static int open_dry_run(struct run_session *session, struct err *err)
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

int run_session_place(struct run_session *session, struct err *err)
{
    struct supervisor_options *campaign = &session->campaign;
    int r = places_worker(session->worker, err);

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
    campaign->worker_path = session->worker;
    build_id_get(session->worker, &session->identity);
    for (uint32_t i = 0; i < session->files.count; i++) {
        build_id_add_target(&session->identity, session->files.scenarios[i].target);
    }
    campaign->identity = &session->identity;
    campaign->interrupted = interrupt_flag();
    campaign->listeners = &session->listeners;
    return 0;
}

int run_session_open(struct run_session *session, struct err *err)
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

    session->forecast = forecast_new(&session->campaign, session->runs, NULL);
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

/* The campaign could not go on: what ran is still reported. */
static int broke_off(struct run_session *session, const struct err *err, int r)
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

int run_session_run(struct run_session *session)
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

struct run_session *run_session_free(struct run_session *session)
{
    if (session == NULL) {
        return NULL;
    }
    whole_file_drop(&session->json);
    whole_file_drop(&session->junit);
    whole_file_drop(&session->tap);
    whole_file_drop(&session->github.file);
    /* Nothing ran, so that there is nothing to go on from. */
    if (session->journal != NULL && session->again == NULL &&
        (session->collect == NULL || collect_scenario_count(session->collect) == 0)) {
        (void)unlinkat(run_dir_fd(session->run_dir), WORK_JOURNAL_FILE_NAME, 0);
    }
    run_journal_drop(session);
    session->split = split_free(session->split);
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
    return NULL;
}
