/* Progress and failures while a campaign runs, its results when it has ended. */
#include "reports/terminal.h"

#include "reports/result_text.h"
#include "reports/screen.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PROPERTIES_SIZE_BYTES 512
#define PROBLEM_SIZE_BYTES    512
/* Failures shown as they happen, one of each cause; the summary has them all, grouped. */
#define CAUSES_MAX 5

/* What tells one mistake from another while it is not known yet how many there are. */
struct cause {
    enum outcome outcome;
    enum mechanism mechanism; /* that explains what else was found */
};

struct terminal {
    struct terminal_options options;
    struct progress progress;
    struct screen screen;
    bool has_lines; /* of the scenarios, as they end */
    bool is_err_coloured;
    struct cause causes[CAUSES_MAX];
    uint32_t cause_count;
    bool has_told_limit;
    char report_place[PROBLEM_SIZE_BYTES];
    char problem[PROBLEM_SIZE_BYTES];
};

/* A clock that nobody sets: the wall clock may jump during a campaign of hours. */
static uint64_t now_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* Each stream decides for itself whether it wants colours: results may go to a file while progress
 * is on a terminal. */
struct terminal *terminal_new(const struct terminal_options *options)
{
    struct terminal *terminal = calloc(1, sizeof(*terminal));

    if (terminal == NULL) {
        return NULL;
    }
    terminal->options = *options;
    terminal->is_err_coloured = paint_is_wanted(options->colour, options->err);
    terminal->screen =
        (struct screen){.stream = options->out,
                        .is_coloured = paint_is_wanted(options->colour, options->out),
                        .is_verbose = options->is_verbose,
                        .width = screen_width(options->out),
                        .command = options->command};
    progress_init(&terminal->progress, options->err, options->is_quiet);
    progress_expect(&terminal->progress, options->expected, options->expected_count);
    terminal->progress.budget_us = options->budget_us;
    return terminal;
}

struct terminal *terminal_free(struct terminal *terminal)
{
    free(terminal);
    return NULL;
}

/* The seed is told first: whoever sees the run die has what begins it again. */
static void on_campaign_began(void *arg, uint32_t scenario_count, uint64_t seed, uint32_t workers)
{
    struct terminal *terminal = arg;

    terminal->has_lines = terminal->options.is_verbose || scenario_count <= RESULT_TEXT_FEW;
    progress_begin(&terminal->progress, scenario_count, workers, now_us());
    if (!terminal->options.is_quiet) {
        (void)fprintf(terminal->options.err,
                      "killpoint %s  seed %" PRIx64 "  %" PRIu32 " scenario%s  %" PRIu32
                      " worker%s\n",
                      terminal->options.version, seed, scenario_count, paint_plural(scenario_count),
                      workers, paint_plural(workers));
        (void)fflush(terminal->options.err);
    }
}

/* Early: it may be what makes the whole run slow. */
static void on_stores_placed(void *arg, const struct campaign_stores *stores)
{
    struct terminal *terminal = arg;

    if (stores->is_fallback && !terminal->options.is_quiet) {
        (void)fprintf(terminal->options.err, "STORES on %s\n", stores->place);
        (void)fflush(terminal->options.err);
    }
}

/* False when a failure of this cause was shown already, or too many causes were. A store that loses
 * everything would fill the screen with one mistake. */
static bool is_new_cause(struct terminal *terminal, const struct campaign_case *ended)
{
    const struct cause cause = {ended->end.outcome, mechanism_root(ended->end.mechanisms)};

    for (uint32_t i = 0; i < terminal->cause_count; i++) {
        if (terminal->causes[i].outcome == cause.outcome &&
            terminal->causes[i].mechanism == cause.mechanism) {
            return false;
        }
    }
    if (terminal->cause_count == CAUSES_MAX) {
        return false;
    }
    terminal->causes[terminal->cause_count++] = cause;
    return true;
}

/* "SIGSEGV" where libc knows the name. */
static void put_signal(FILE *stream, int signal_number)
{
    const char *name = sigabbrev_np(signal_number);

    if (name != NULL) {
        (void)fprintf(stream, " by SIG%s", name);
    }
}

/* "CRASHED by SIGSEGV" */
static void put_outcome(FILE *stream, bool coloured, const struct campaign_case *ended)
{
    (void)fputs(paint_begin(coloured, PAINT_BAD), stream);
    for (const char *at = outcome_name(ended->end.outcome); *at != '\0'; at++) {
        (void)fputc((toupper)((unsigned char)*at), stream);
    }
    (void)fputs(paint_end(coloured, PAINT_BAD), stream);
    if (ended->end.outcome == OUTCOME_CRASHED && ended->end.signal > 0) {
        put_signal(stream, ended->end.signal);
    }
}

/* What a person needs to begin before the campaign ends; all of it comes again with the results. */
static void put_failure(struct terminal *terminal, const struct campaign_scenario *scenario,
                        const struct campaign_case *ended, const char *token)
{
    FILE *stream = terminal->options.err;
    char properties[PROPERTIES_SIZE_BYTES];

    collect_properties_print(ended->end.violated, properties, sizeof(properties));
    put_outcome(stream, terminal->is_err_coloured, ended);
    (void)fprintf(stream, "%s%s  %s%s%s\n          %s replay %s\n", *properties == '\0' ? "" : " ",
                  properties, scenario->name, ended->role == CAMPAIGN_ROLE_FAULT ? "" : "  ",
                  ended->role == CAMPAIGN_ROLE_FAULT ? "" : campaign_role_name(ended->role),
                  terminal->options.command, token);
}

/* Asked for by a signal (SIGUSR1): said between two cases, since a handler may not print. */
static void show_status(struct terminal *terminal, const struct campaign_scenario *scenario,
                        const char *token)
{
    struct progress_state state;
    char eta[PAINT_DURATION_SIZE_BYTES];

    state = progress_state(&terminal->progress, terminal->options.collect, now_us());
    progress_clear(&terminal->progress);
    (void)fprintf(
        terminal->options.err,
        "running   %s: %" PRIu32 " %%, %" PRIu32 " of %" PRIu32 " scenario%s done, %" PRIu64
        " case%s, %" PRIu64 " failed, eta %s\n          last case to end  %s\n",
        scenario->name, state.percent, state.scenarios_done, terminal->progress.scenario_count,
        paint_plural(terminal->progress.scenario_count), state.done, paint_plural(state.done),
        state.failed, paint_duration(state.eta_us, eta), token);
    (void)fflush(terminal->options.err);
}

/* The bar is wiped only when something is printed, or it would flicker at every case. */
static void on_case_ended(void *arg, const struct campaign_scenario *scenario,
                          const struct campaign_case *ended, const char *token)
{
    struct terminal *terminal = arg;

    if (terminal->options.status_wanted != NULL && *terminal->options.status_wanted != 0) {
        *terminal->options.status_wanted = 0;
        show_status(terminal, scenario, token);
    }
    if (!terminal->options.is_quiet && !ended->passed && ended->end.outcome != OUTCOME_SKIPPED) {
        bool is_new = is_new_cause(terminal, ended);

        if (is_new || (terminal->cause_count == CAUSES_MAX && !terminal->has_told_limit)) {
            progress_clear(&terminal->progress);
        }
        if (is_new) {
            put_failure(terminal, scenario, ended, token);
        } else if (terminal->cause_count == CAUSES_MAX && !terminal->has_told_limit) {
            terminal->has_told_limit = true;
            (void)fputs("          (further failures are counted; the results group them)\n",
                        terminal->options.err);
        }
        (void)fflush(terminal->options.err);
    }
    progress_tick(&terminal->progress, terminal->options.collect, now_us());
}

/* Images are not told one by one, so an explored scenario moves the bar here. */
static void on_scenario_grew(void *arg, const struct campaign_scenario *scenario)
{
    struct terminal *terminal = arg;

    (void)scenario;
    progress_tick(&terminal->progress, terminal->options.collect, now_us());
}

/* The model knows more than the struct: which case caught what. */
static void on_scenario_ended(void *arg, const struct campaign_scenario *scenario)
{
    struct terminal *terminal = arg;
    const struct collect_scenario *seen = collect_find(terminal->options.collect, scenario);

    progress_clear(&terminal->progress);
    if (seen != NULL &&
        (terminal->options.is_verbose || (terminal->has_lines && scenario->pass == 0))) {
        result_text_scenario(&terminal->screen, seen, terminal->progress.scenario_count == 1);
    }
    progress_tick(&terminal->progress, terminal->options.collect, now_us());
}

static void on_campaign_ended(void *arg, const struct campaign_summary *summary)
{
    struct terminal *terminal = arg;

    progress_clear(&terminal->progress);
    (void)fflush(terminal->options.err);
    result_text_summary(&terminal->screen, terminal->options.collect, summary,
                        &(struct result_text_notes){terminal->report_place, terminal->problem});
}

struct listener terminal_listener(struct terminal *terminal)
{
    return (struct listener){.arg = terminal,
                             .campaign_began = on_campaign_began,
                             .stores_placed = on_stores_placed,
                             .scenario_grew = on_scenario_grew,
                             .case_ended = on_case_ended,
                             .scenario_ended = on_scenario_ended,
                             .campaign_ended = on_campaign_ended};
}

void terminal_set_report_place(struct terminal *terminal, const char *place)
{
    (void)snprintf(terminal->report_place, sizeof(terminal->report_place), "%s", place);
}

/* The first one stays: a full disk makes every report after it fail. */
void terminal_set_problem(struct terminal *terminal, const char *problem)
{
    if (terminal->problem[0] == '\0') {
        (void)snprintf(terminal->problem, sizeof(terminal->problem), "%s", problem);
    }
}
