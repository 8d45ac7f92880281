/* A scenario that is being run (scenario_run.h): its workers, its tokens, and what is booked. */
#include "harness/campaign/scenario_run.h"

#include "harness/base/limits.h"
#include "harness/cause/cause_book.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MS_DEFAULT 10000u

static void add_switch(struct token *token, const char *word)
{
    if (token->switch_count < TOKEN_SWITCHES_MAX) {
        (void)snprintf(token->switches[token->switch_count++], TOKEN_SWITCH_SIZE_BYTES, "%s", word);
    }
}

int scenario_run_load(struct scenario_run *run, const char *const extra[SCENARIO_RUN_SWITCHES_MAX],
                      struct err *err)
{
    const struct supervisor_options *options = run->sweep->options;
    struct wire_scenario wire;
    memset(&wire, 0, sizeof(wire));
    wire.seed = run->sweep->seed;
    wire.timeout_ms = options->timeout_ms == 0 ? TIMEOUT_MS_DEFAULT : options->timeout_ms;
    (void)snprintf(wire.path, sizeof(wire.path), "%s", run->scenario.path);
    (void)snprintf(wire.target, sizeof(wire.target), "%s", run->scenario.target);
    (void)snprintf(wire.dir, sizeof(wire.dir), "%s", options->dir == NULL ? "" : options->dir);
    run->result.switches[0] = '\0';
    memset(&run->token, 0, sizeof(run->token));
    (void)snprintf(run->token.scenario, sizeof(run->token.scenario), "%s", run->scenario.name);
    (void)snprintf(run->token.target, sizeof(run->token.target), "%s", run->scenario.target);
    run->token.hash24 = run->scenario.hash24;
    run->token.seed = run->sweep->seed;
    for (uint32_t i = 0; i < options->switch_count + SCENARIO_RUN_SWITCHES_MAX; i++) {
        const char *word =
            i < options->switch_count ? options->switches[i] : extra[i - options->switch_count];
        if (word == NULL || i == TOKEN_SWITCHES_MAX) {
            break;
        }
        (void)snprintf(wire.switches[i], sizeof(wire.switches[i]), "%s", word);
        size_t used = strlen(run->result.switches);
        (void)snprintf(run->result.switches + used, sizeof(run->result.switches) - used, "@%s",
                       word);
        int r = scenario_apply_switch(&run->scenario, word, err);
        if (r < 0) {
            return r;
        }
        add_switch(&run->token, word);
        wire.switch_count++;
    }
    int r = work_load(run->sweep->work, &wire, run->text, scenario_is_threaded(&run->scenario),
                      &run->sweep->summary->stores, err);
    run->start_us = work_clock_us(run->sweep->work);
    return r;
}

static void make_token(const struct scenario_run *run, const struct plan *plan, const char *extra,
                       char *text, size_t text_size_bytes)
{
    struct token token = run->token;
    token.plan = *plan;
    if (extra[0] != '\0') {
        add_switch(&token, extra);
    }
    (void)token_print(&token, text, text_size_bytes);
}

static void add_audit(struct scenario_run *run)
{
    struct campaign_summary *summary = run->sweep->summary;
    const struct audit_report *audit = &run->ended->audit;
    struct campaign_case *ended = &run->ended->ended;
    summary->audit_syscalls += audit->matched_count;
    summary->audit_unannounced += audit->unannounced_count;
    if (audit->unannounced_count > 0 || audit->unperformed_count > 0 || audit->status != 0) {
        ended->end.outcome = audit->status < 0 ? OUTCOME_HARNESS_BROKEN : OUTCOME_VIOLATED;
    }
}

int scenario_run_cannot_go_on(const struct scenario_run *run, int r, struct err *err)
{
    char text[LIMITS_TEXT_SIZE_BYTES];
    if (r == -ENOENT && run->sweep->options->is_known_only) {
        return err_set(err, ERR_BROKEN, "none of these runs has '%.200s' of '%s'",
                       work_missing(run->sweep->work), run->scenario.name);
    }
    if (r == -run->ended->ended.trouble || limits_is_denial(-r)) {
        return err_set(err, ERR_BROKEN, "%s (stores on %s)", limits_explain(-r, text),
                       run->sweep->summary->stores.place);
    }
    return err_set(err, ERR_BROKEN, "the workers of '%s' are gone: %s", run->scenario.name,
                   err_name(r));
}

void scenario_run_book(struct scenario_run *run, const char *extra, uint64_t like_count)
{
    struct campaign_case *ended = &run->ended->ended;
    struct campaign_summary *summary = run->sweep->summary;
    char token[TOKEN_TEXT_SIZE_BYTES];
    if (run->ended->has_audit) {
        add_audit(run);
    }
    tally_case(run->tally, ended, like_count);
    make_token(run, &ended->plan, extra, token, sizeof(token));
    if (!ended->passed && ended->end.outcome != OUTCOME_SKIPPED && run->sweep->causes != NULL &&
        cause_book_add(run->sweep->causes, &run->result, ended, like_count + 1, token) < 0) {
        summary->causes_dropped++;
    }
    if (ended->end.outcome == OUTCOME_HARNESS_BROKEN || ended->end.outcome == OUTCOME_NOT_FIRED) {
        summary->harness_broken = true;
    }
    run->result.duration_us = scenario_run_elapsed_us(run);
    listener_case_ended(run->sweep->options->listeners, &run->result, ended, token);
}

bool scenario_run_is_struck(const struct scenario_run *run)
{
    const struct ending *end = &run->ended->ended.end;
    bool is_stopped = end->outcome == OUTCOME_CRASHED && run->scenario.points != &points_engine;
    return supervisor_is_interrupted(run->sweep->options) &&
           (is_stopped || end->outcome == OUTCOME_HARNESS_BROKEN);
}

int scenario_run_alone(struct scenario_run *run, const struct wire_case *asked,
                       const struct plan *plan)
{
    char text[PLAN_TEXT_SIZE_BYTES];
    (void)plan_print(plan, run->scenario.points, text, sizeof(text));
    int r = work_submit(run->sweep->work, asked, text);
    while (r == 0 && !supervisor_is_hurried(run->sweep->options)) {
        r = work_next(run->sweep->work, SCENARIO_RUN_POLL_MS, run->ended);
    }
    if (r == 0 || (r > 0 && scenario_run_is_struck(run))) {
        return -EINTR;
    }
    if (r > 0) {
        run->ended->ended.plan = *plan;
        return -run->ended->ended.trouble;
    }
    return r;
}

enum left_out_reason scenario_run_stop_reason(const struct scenario_run *run)
{
    if (scenario_run_is_all_caught(run)) {
        return LEFT_OUT_CAUGHT;
    }
    return supervisor_stop_reason(run->sweep->options);
}

bool scenario_run_is_all_caught(const struct scenario_run *run)
{
    /* A self-test is over when the harness was found out. */
    bool is_self_test = run->sweep->options->break_image || run->sweep->options->break_memo;
    return run->scenario.expect != 0 && !is_self_test &&
           (run->result.violated & run->scenario.expect) == run->scenario.expect;
}

bool scenario_run_must_stop(const struct scenario_run *run)
{
    return supervisor_must_stop(run->sweep->options) || scenario_run_is_enough(run);
}

bool scenario_run_is_enough(const struct scenario_run *run)
{
    uint64_t failures_max = run->sweep->options->failures_max;
    return scenario_run_is_all_caught(run) ||
           (failures_max != 0 && run->result.failed >= failures_max);
}

uint64_t scenario_run_elapsed_us(const struct scenario_run *run)
{
    uint64_t now_us = work_clock_us(run->sweep->work);
    /* Of several runs, each has a clock of its own. */
    return now_us > run->start_us ? now_us - run->start_us : 0;
}

bool scenario_run_is_mine(const struct scenario_run *run, uint64_t ordinal)
{
    const struct supervisor_options *options = run->sweep->options;
    return options->split == NULL ||
           split_owner(options->split, run->sweep->unit, ordinal) == options->shard;
}

bool scenario_run_is_whole(const struct scenario_run *run)
{
    const struct supervisor_options *options = run->sweep->options;
    return options->split == NULL ||
           split_has_all(options->split, run->sweep->unit, options->shard);
}

void scenario_run_note_catch(struct scenario_run *run, uint64_t cases_back)
{
    if (scenario_run_is_all_caught(run) && run->result.first_catch_cases == 0) {
        run->result.first_catch_cases = run->result.run - cases_back;
        run->result.first_catch_us = scenario_run_elapsed_us(run);
        run->result.stopped_early = true;
    }
}

void scenario_run_describe(struct scenario_run *run)
{
    struct campaign_scenario *result = &run->result;
    const struct scenario *scenario = &run->scenario;
    (void)snprintf(result->name, sizeof(result->name), "%s", scenario->name);
    (void)snprintf(result->path, sizeof(result->path), "%s", scenario->path);
    (void)snprintf(result->target, sizeof(result->target), "%s", scenario->target);
    result->seed = run->sweep->seed;
    result->pass = run->sweep->pass;
    result->hash24 = scenario->hash24;
    result->expect = scenario->expect;
    result->also = scenario->also;
    result->is_threaded = scenario_is_threaded(scenario);
    result->reached_wanted = scenario->reached;
}

void scenario_run_free(struct scenario_run *run)
{
    tally_free(run->tally);
    enumerate_done(&run->list);
    hits_done(&run->hits);
    if (run->ended != NULL) {
        hits_done(&run->ended->hits);
        free(run->ended);
    }
    free(run->enders);
    free(run->text);
    free(run);
}

struct scenario_run *scenario_run_new(const struct sweep *sweep)
{
    struct scenario_run *run = calloc(1, sizeof(*run));
    if (run == NULL) {
        return NULL;
    }
    run->sweep = sweep;
    run->scenario = *sweep->scenario;
    run->start_us = work_clock_us(sweep->work);
    run->depth =
        sweep->options->depth_override != 0 ? sweep->options->depth_override : run->scenario.depth;
    enumerate_init(&run->list, run->scenario.points);
    hits_init(&run->hits);
    run->ended = calloc(1, sizeof(*run->ended));
    if (run->ended == NULL) {
        scenario_run_free(run);
        return NULL;
    }
    hits_init(&run->ended->hits);
    scenario_run_describe(run);
    return run;
}
