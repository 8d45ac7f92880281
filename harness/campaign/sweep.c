/* One scenario, from its trace to its verdict. */
#include "harness/campaign/sweep.h"

#include "harness/base/input_file.h"
#include "harness/campaign/scenario_run.h"
#include "harness/live/canary.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int read_text(const char *path, char **ret_text, struct err *err)
{
    FILE *file = NULL;
    int r = input_file_open(path, &file, err);
    if (r < 0) {
        return r;
    }
    char *text = NULL;
    size_t capacity = 0;
    ssize_t got = getdelim(&text, &capacity, '\0', file);
    (void)fclose(file);
    if (got < 0) {
        free(text);
        return err_set(err, -EIO, "read '%s': empty or unreadable", path);
    }
    *ret_text = text;
    return 0;
}

static const char *const no_switches[SCENARIO_RUN_SWITCHES_MAX] = {NULL, NULL};

/* Everything but the trace: what a dry run leaves out. */
static int run_listed(struct scenario_run *run, struct err *err)
{
    int r = sweep_cases_run(run, err);
    if (r < 0) {
        return r;
    }
    if (run->scenario.is_explored) {
        r = sweep_explore(run, 0, &run->explored_jobs);
        if (r == 0 && scenario_run_is_mine(run, 0)) {
            r = sweep_cross(run);
        }
        if (r < 0) {
            return scenario_run_cannot_go_on(run, r, err);
        }
    }
    tally_finish(run->tally);
    return sweep_control(run, err);
}

/* Says that nobody knows how much of what the scenario asks for is not run. */
static void leave_out_unknown(struct scenario_run *run, enum left_out_reason reason,
                              const char *text)
{
    if (run->depth > 1 || !run->scenario.is_explored || enumerate_is_live(&run->scenario)) {
        left_out_add_uncounted(&run->result.left_out, reason, LEFT_OUT_UNIT_CASE, text);
    }
    if (run->scenario.is_explored) {
        left_out_add_uncounted(&run->result.left_out, reason, LEFT_OUT_UNIT_IMAGE, text);
    }
}

/* Properties that nobody can judge of this scenario (docs/PROPERTIES.md, docs/TARGETS.md). */
static void leave_out_properties(struct scenario_run *run)
{
    uint32_t properties = 0;
    char names[LEFT_OUT_TEXT_SIZE_BYTES];
    if (run->scenario.points != &points_engine) {
        properties |= PROPERTY_SEEN_FROM_INSIDE;
    } else if (scenario_is_threaded(&run->scenario)) {
        properties |= PROPERTY_WITHOUT_THREADS;
    } else if (run->sweep->options->audit || run->scenario.audit_all) {
        properties |= PROPERTY_BIT(EXCLUSIVE);
    }
    sweep_verdict_properties(properties, names, sizeof(names));
    left_out_add(&run->result.left_out, LEFT_OUT_NOT_JUDGED, LEFT_OUT_UNIT_PROPERTY,
                 (uint64_t)__builtin_popcount(properties), names);
}

static void leave_out_unfit(struct scenario_run *run)
{
    const struct scenario_unfit *unfit = &run->scenario.unfit;
    struct left_out *left_out = &run->result.left_out;
    left_out_add(left_out, LEFT_OUT_TARGET, LEFT_OUT_UNIT_FAULT, unfit->faults, "");
    left_out_add(left_out, LEFT_OUT_TARGET, LEFT_OUT_UNIT_PHASE, unfit->phases, "");
    left_out_add(left_out, LEFT_OUT_TARGET, LEFT_OUT_UNIT_EVENT, unfit->events, "");
}

/* A run without a fault that came to no good end: which hits it would have had, nobody knows. */
static bool is_without_hits(struct scenario_run *run)
{
    char reason[LEFT_OUT_TEXT_SIZE_BYTES];
    if (run->trace_outcome == OUTCOME_INTACT) {
        return false;
    }
    (void)snprintf(reason, sizeof(reason), "the run without a fault ended as %s: no hits are known",
                   outcome_name(run->trace_outcome));
    leave_out_unknown(run, LEFT_OUT_HITS, reason);
    return true;
}

/* Whether the campaign ends the scenario at what its run without a fault violates.  Where that is
 * `starts`, a round may not have been run for it, whose hits are then not in the list. */
static bool is_stopped_on_trace(struct scenario_run *run)
{
    char reason[LEFT_OUT_TEXT_SIZE_BYTES];
    char names[LEFT_OUT_TEXT_SIZE_BYTES - 48];
    sweep_verdict_properties(run->trace_violated, names, sizeof(names));
    (void)snprintf(reason, sizeof(reason), "the run without a fault already violates %s", names);
    bool is_stopped = run->result.failed > 0 && run->sweep->options->stop_on_trace;
    if (is_stopped) {
        left_out_add(&run->result.left_out, LEFT_OUT_STOP_ON_TRACE, LEFT_OUT_UNIT_CASE,
                     run->list.count, reason);
        run->result.planned = 0;
    }
    if (is_stopped && (run->depth > 1 || run->scenario.is_explored)) {
        leave_out_unknown(run, LEFT_OUT_STOP_ON_TRACE, reason);
    }
    if ((run->trace_violated & PROPERTY_BIT(STARTS)) != 0) {
        leave_out_unknown(run, LEFT_OUT_HITS, reason);
    }
    return is_stopped;
}

/* The workers parse the text anew: it must be what the campaign has parsed. */
static int check_text(const struct scenario_run *run, struct err *err)
{
    struct scenario *now = malloc(sizeof(*now));
    if (now == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    int r = scenario_parse(run->text, strlen(run->text), run->scenario.path, now, err);
    if (r == 0) {
        r = scenario_set_target(now, run->scenario.target, err);
    }
    if (r == 0 && now->hash24 != run->scenario.hash24) {
        r = err_set(err, ERR_USAGE, "'%s' was changed while the campaign ran", run->scenario.path);
    }
    free(now);
    return r;
}

static int load_all(struct scenario_run *run, struct err *err)
{
    int r = read_text(run->scenario.path, &run->text, err);
    if (r < 0) {
        return ERR_USAGE;
    }
    r = check_text(run, err);
    if (r < 0) {
        return r;
    }
    return scenario_run_load(run, no_switches, err);
}

static int run_all(struct scenario_run *run, struct err *err)
{
    int r = sweep_cases_trace(run, err);
    if (r < 0 || is_without_hits(run)) {
        return r;
    }
    r = sweep_cases_enumerate(run, err);
    if (r < 0) {
        return r;
    }
    bool is_stopped = is_stopped_on_trace(run);
    listener_scenario_began(run->sweep->options->listeners, &run->result);
    return is_stopped || run->sweep->options->dry_run ? 0 : run_listed(run, err);
}

/* Whether it is the scenario that cannot be run, and not the harness that cannot run anything. */
static bool is_own_failure(int r)
{
    return r == ERR_USAGE || r == ERR_REFUSED;
}

static void set_unloaded(struct campaign_scenario *result, const char *why)
{
    result->passed_all = false;
    (void)snprintf(result->verdict, sizeof(result->verdict), "cannot be run: %.*s",
                   (int)strcspn(why, "\n"), why);
    left_out_add_uncounted(&result->left_out, LEFT_OUT_NOT_LOADED, LEFT_OUT_UNIT_CASE, "");
}

/* What the scenario asks for is not there: it fails, and the others run all the same.  A missing
 * program is no failure of what is under test. */
static void fail_itself(struct scenario_run *run, int r, struct err *err)
{
    run->sweep->summary->is_program_missing |= r == ERR_REFUSED;
    set_unloaded(&run->result, err->text);
    *err = (struct err)ERR_INIT;
}

void sweep_unloaded(const struct supervisor_options *options,
                    const struct campaign_unloaded *unloaded, struct campaign_summary *summary)
{
    struct campaign_scenario result = {.seed = options->seed};
    (void)snprintf(result.name, sizeof(result.name), "%s", unloaded->name);
    (void)snprintf(result.path, sizeof(result.path), "%s", unloaded->path);
    if (unloaded->is_unfit) {
        result.passed_all = true;
        (void)snprintf(result.verdict, sizeof(result.verdict), "left out: %.240s", unloaded->why);
        left_out_add(&result.left_out, LEFT_OUT_TARGET, LEFT_OUT_UNIT_SCENARIO, 1, unloaded->why);
    } else {
        set_unloaded(&result, unloaded->why);
        summary->unexpected++;
    }
    tally_scenario(summary, &result);
    listener_scenario_ended(options->listeners, &result);
}

int sweep_run(const struct sweep *sweep, struct err *err)
{
    struct scenario_run *run = scenario_run_new(sweep);
    if (run == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    int r = load_all(run, err);
    bool is_loaded = r == 0;
    if (is_loaded) {
        r = run_all(run, err);
    }
    /* What ran is told, whatever the interruption broke off. */
    if (r < 0 && !supervisor_is_interrupted(sweep->options) && (is_loaded || !is_own_failure(r))) {
        goto out;
    }
    if (r < 0 && supervisor_is_interrupted(sweep->options)) {
        leave_out_unknown(run, LEFT_OUT_INTERRUPTED, "");
    }
    if (is_loaded) {
        leave_out_properties(run);
    }
    left_out_add(&run->result.left_out, LEFT_OUT_SKIPPED, LEFT_OUT_UNIT_CASE, run->result.skipped,
                 "");
    leave_out_unfit(run);
    if (is_loaded || supervisor_is_interrupted(sweep->options)) {
        sweep_verdict(run);
    } else {
        fail_itself(run, r, err);
    }
    r = 0;
    run->result.duration_us =
        work_end(sweep->work, run->result.name, sweep->seed, scenario_run_elapsed_us(run));
    tally_scenario(sweep->summary, &run->result);
    sweep->summary->unexpected += sweep_verdict_is_well(&run->result) ? 0 : 1;
    listener_scenario_ended(sweep->options->listeners, &run->result);
out:
    scenario_run_free(run);
    return r;
}

int sweep_canary(const struct supervisor_options *options, struct work *work,
                 struct campaign_summary *summary, struct err *err)
{
    struct scenario scenario;
    const char *text = canary_scenario_text();
    int r = scenario_parse(text, strlen(text), CANARY_SCENARIO_PATH, &scenario, err);
    if (r < 0) {
        return r;
    }
    struct supervisor_options plain = *options;
    plain.switch_count = 0;
    struct sweep sweep = {&plain, work, summary, NULL, &scenario, options->seed, 0, 0};
    struct scenario_run *run = scenario_run_new(&sweep);
    if (run == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    run->text = strdup(text);
    struct plan plan;
    enumerate_trace(&scenario, &plan);
    struct wire_case asked = {.role = CAMPAIGN_ROLE_CANARY};
    if (run->text == NULL) {
        r = err_set(err, -ENOMEM, "out of memory");
        goto out;
    }
    r = scenario_run_load(run, no_switches, err);
    if (r < 0) {
        goto out;
    }
    listener_stores_placed(options->listeners, &summary->stores);
    /* Of several runs, each has had a canary of its own: the first that was not caught counts. */
    summary->canary_caught = true;
    for (uint32_t i = 0; i < work_canary_count(work) && summary->canary_caught; i++) {
        r = scenario_run_alone(run, &asked, &plan);
        if (r < 0) {
            summary->canary_caught = false;
            r = scenario_run_cannot_go_on(run, r, err);
            goto out;
        }
        tally_canary(summary, &run->ended->ended);
    }
out:
    scenario_run_free(run);
    return r;
}
