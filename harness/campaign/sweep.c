/* One scenario, from its trace to its verdict. */
#include "harness/campaign/sweep.h"

#include "harness/base/monotonic.h"
#include "harness/campaign/sweep_parts.h"
#include "harness/live/canary.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MS_DEFAULT     10000u
#define DEPTH_THREE_CASES      200u
#define THREAD_TRACES          3u
#define THREAD_SKIPPED_PERCENT 20u

static int read_text(const char *path, char **ret_text, struct err *err)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return err_set(err, -errno, "read '%s': %s", path, strerror(errno));
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

static const char *const no_switches[SWEEP_EXTRA_SWITCHES_MAX] = {NULL, NULL};

/* Tells the workers; `extra`: more switches (those of a control), to the first NULL. */
static int load(struct run *run, const char *const extra[SWEEP_EXTRA_SWITCHES_MAX], struct err *err)
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
    for (uint32_t i = 0; i < options->switch_count + SWEEP_EXTRA_SWITCHES_MAX; i++) {
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
        wire.switch_count++;
    }
    return pool_load(run->sweep->pool, &wire, run->text, NULL, err);
}

static void make_token(const struct run *run, const struct plan *plan, const char *extra,
                       char *text, size_t text_size_bytes)
{
    struct token token;
    memset(&token, 0, sizeof(token));
    (void)snprintf(token.scenario, sizeof(token.scenario), "%s", run->scenario.name);
    token.hash24 = run->scenario.hash24;
    token.seed = run->sweep->seed;
    (void)snprintf(token.target, sizeof(token.target), "%s", run->scenario.target);
    token.plan = *plan;
    const char *at = run->result.switches;
    while (*at == '@' && token.switch_count < TOKEN_SWITCHES_MAX) {
        size_t length = strcspn(at + 1, "@");
        (void)snprintf(token.switches[token.switch_count++], TOKEN_SWITCH_SIZE_BYTES, "%.*s",
                       (int)length, at + 1);
        at += 1 + length;
    }
    if (extra[0] != '\0' && token.switch_count < TOKEN_SWITCHES_MAX) {
        (void)snprintf(token.switches[token.switch_count++], TOKEN_SWITCH_SIZE_BYTES, "%s", extra);
    }
    (void)token_print(&token, text, text_size_bytes);
}

static void add_audit(struct run *run)
{
    struct campaign_summary *summary = run->sweep->summary;
    const struct audit_report *audit = &run->ended->audit;
    struct campaign_case *ended = &run->ended->ended;
    summary->audit_syscalls += audit->matched_count;
    summary->audit_unannounced += audit->unannounced_count;
    if (audit->unannounced_count == 0 && audit->unperformed_count == 0 && audit->status == 0) {
        return;
    }
    ended->end.outcome = audit->status < 0 ? OUTCOME_HARNESS_BROKEN : OUTCOME_VIOLATED;
    size_t used = audit_report_text(audit, ended->end.detail, sizeof(ended->end.detail));
    if (audit->effect_count > 0 && used < sizeof(ended->end.detail)) {
        (void)stack_symbolise(audit->effects[0].stack, audit->effects[0].stack_count,
                              audit->load_base, run->sweep->options->worker_path,
                              ended->end.detail + used, sizeof(ended->end.detail) - used);
    }
}

/* Why a scenario cannot be run on: a campaign whose own disk is full ends at once, with one line.
 */
static int cannot_go_on(const struct run *run, int r, struct err *err)
{
    const char *dir = run->sweep->options->dir;
    if (r == -ENOSPC) {
        return err_set(err, r, "no room is left %s%s for the stores of the cases",
                       dir == NULL ? "in memory" : "below ", dir == NULL ? "" : dir);
    }
    return err_set(err, ERR_BROKEN, "the workers of '%s' are gone: %s", run->scenario.name,
                   err_name(r));
}

void sweep_book(struct run *run, const char *extra)
{
    struct campaign_case *ended = &run->ended->ended;
    struct campaign_summary *summary = run->sweep->summary;
    char token[TOKEN_TEXT_SIZE_BYTES];
    if (run->ended->has_audit) {
        add_audit(run);
    }
    tally_case(run->tally, ended);
    make_token(run, &ended->plan, extra, token, sizeof(token));
    if (!ended->passed && ended->end.outcome != OUTCOME_SKIPPED) {
        tally_finding(summary, &run->result, ended, token);
    }
    if (ended->end.outcome == OUTCOME_HARNESS_BROKEN || ended->end.outcome == OUTCOME_NOT_FIRED) {
        summary->harness_broken = true;
    }
    run->result.duration_us = (uint64_t)(monotonic_us() - run->start_us);
    const struct listener_set *set = run->sweep->options->listeners;
    for (uint32_t i = 0; set != NULL && i < set->count; i++) {
        if (set->listeners[i].case_ended != NULL) {
            set->listeners[i].case_ended(set->listeners[i].arg, &run->result, ended, token);
        }
    }
}

static void tell(const struct run *run,
                 void (*pick)(const struct listener *, const struct campaign_scenario *))
{
    const struct listener_set *set = run->sweep->options->listeners;
    for (uint32_t i = 0; set != NULL && i < set->count; i++) {
        pick(&set->listeners[i], &run->result);
    }
}

static void tell_began(const struct listener *listener, const struct campaign_scenario *result)
{
    if (listener->scenario_began != NULL) {
        listener->scenario_began(listener->arg, result);
    }
}

static void tell_grew(const struct listener *listener, const struct campaign_scenario *result)
{
    if (listener->scenario_grew != NULL) {
        listener->scenario_grew(listener->arg, result);
    }
}

static void tell_ended(const struct listener *listener, const struct campaign_scenario *result)
{
    if (listener->scenario_ended != NULL) {
        listener->scenario_ended(listener->arg, result);
    }
}

void sweep_tell_grew(const struct run *run)
{
    tell(run, tell_grew);
}

/* Submits one case and waits for it: nothing else may be in flight. */
static int run_alone(struct run *run, const struct wire_case *asked, const struct plan *plan)
{
    char text[PLAN_TEXT_SIZE_BYTES];
    (void)plan_print(plan, run->scenario.points, text, sizeof(text));
    int r = pool_submit(run->sweep->pool, asked, text);
    while (r == 0) {
        r = pool_next(run->sweep->pool, SWEEP_POLL_MS, run->ended);
    }
    if (r > 0) {
        run->ended->ended.plan = *plan;
        return run->ended->ended.disk_full ? -ENOSPC : 0;
    }
    return r;
}

static void take_smallest(struct hits *smallest, const struct hits *other)
{
    for (uint32_t r = 0; r < PLAN_ROUNDS_MAX; r++) {
        for (uint32_t p = 0; p < POINTS_MAX; p++) {
            if (other->counts[r][p] < smallest->counts[r][p]) {
                smallest->counts[r][p] = other->counts[r][p];
            }
        }
    }
}

/* Runs the trace (several of a threaded store) and leaves its hits in run->hits. */
static int trace(struct run *run, struct err *err)
{
    struct plan plan;
    bool threads = scenario_is_threaded(&run->scenario);
    uint32_t traces = threads ? THREAD_TRACES : 1;
    enumerate_trace(&run->scenario, &plan);
    for (uint32_t i = 0; i < traces; i++) {
        struct wire_case asked = {
            .id = i,
            .role = CAMPAIGN_ROLE_TRACE,
            .want_hits = true,
            .want_trace = true,
            .want_hashes = true,
            .audited = run->sweep->options->audit || run->scenario.audit_all,
        };
        int r = run_alone(run, &asked, &plan);
        if (r < 0) {
            return cannot_go_on(run, r, err);
        }
        if (i == 0) {
            struct hits empty = run->hits;
            run->hits = run->ended->hits;
            run->ended->hits = empty;
            run->tally = tally_new(&run->scenario, &run->hits, &run->result);
            if (run->tally == NULL) {
                return err_set(err, -ENOMEM, "out of memory");
            }
        } else {
            take_smallest(&run->hits, &run->ended->hits);
        }
        sweep_book(run, "");
    }
    return 0;
}

static void leave_out(struct run *run, uint64_t count, const char *reason)
{
    run->result.left_out += count;
    if (count > 0) {
        (void)snprintf(run->result.left_out_reason, sizeof(run->result.left_out_reason), "%s",
                       reason);
    }
}

static int enumerate(struct run *run, struct err *err)
{
    const struct supervisor_options *options = run->sweep->options;
    int r = enumerate_make(&run->scenario, &run->hits, &run->list, err);
    if (r < 0) {
        return err_wrap(err, r, "%s", run->scenario.path);
    }
    run->result.enumerated = run->list.count;
    if (enumerate_shuffle(&run->list, run->sweep->seed) < 0) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    /* A planted defect ends its scenario as soon as it is caught: no need to sample. */
    if (options->cases_max != 0 && run->scenario.expect == 0 &&
        run->list.count > options->cases_max) {
        leave_out(run, run->list.count - options->cases_max, "a seeded sample (--cases)");
        /* Half of it: every point and fault in turn; half: anywhere. */
        enumerate_sample(&run->list, run->sweep->seed, options->cases_max / 2, options->cases_max);
    }
    run->result.planned = run->list.count;
    return 0;
}

bool sweep_is_all_caught(const struct run *run)
{
    /* A self-test is over when the harness was found out. */
    bool is_self_test = run->sweep->options->break_image || run->sweep->options->break_memo;
    return run->scenario.expect != 0 && !is_self_test &&
           (run->result.violated & run->scenario.expect) == run->scenario.expect;
}

bool sweep_must_stop(const struct run *run)
{
    const struct supervisor_options *options = run->sweep->options;
    return supervisor_must_stop(options) || sweep_is_all_caught(run) ||
           (options->failures_max != 0 && run->result.failed >= options->failures_max);
}

static int remember(struct run *run, uint64_t id)
{
    if (run->ender_count == run->ender_capacity) {
        size_t capacity = run->ender_capacity == 0 ? 1024 : run->ender_capacity * 2;
        uint64_t *grown = realloc(run->enders, capacity * sizeof(*grown));
        if (grown == NULL) {
            return -ENOMEM;
        }
        run->enders = grown;
        run->ender_capacity = capacity;
    }
    run->enders[run->ender_count++] = id;
    return 0;
}

/* A kill whose recovery was seen: strike again at each of its hits. */
static int deepen(struct run *run)
{
    const struct campaign_case *ended = &run->ended->ended;
    int last = plan_last_faulted_round(&ended->plan);
    if (run->depth < 2 || ended->role != CAMPAIGN_ROLE_FAULT || last < 0 ||
        (uint32_t)last + 2 > run->depth || ended->fired_count != ended->hit_count) {
        return 0;
    }
    const struct plan_round *round = &ended->plan.rounds[last];
    enum fault_kind kind = round->hits[round->hit_count - 1].fault.kind;
    if (kind != FAULT_KILL && kind != FAULT_TORN) {
        return 0;
    }
    struct enumerate_list *list = &run->list;
    size_t before = list->count;
    bool sampled = last >= 1 && !run->sweep->options->depth_full;
    if (sampled && run->result.run > run->result.enumerated * 4) {
        return 0;
    }
    int r = enumerate_second(&run->scenario, &ended->plan, ended->hits[last + 1], list);
    if (r < 0) {
        return r;
    }
    if (sampled && list->count > before + DEPTH_THREE_CASES) {
        leave_out(run, list->count - before - DEPTH_THREE_CASES, "depth 3 is sampled");
        enumerate_sample(list, run->sweep->seed, before, before + DEPTH_THREE_CASES);
    }
    run->result.enumerated += list->count - before;
    run->result.planned += list->count - before;
    sweep_tell_grew(run);
    return 0;
}

static int submit(struct run *run, size_t index)
{
    enum campaign_role role = run->list.entries[index].role;
    struct wire_case asked = {
        .id = index,
        .role = role,
        .want_hits = run->depth > 1,
        .audited = run->scenario.audit_all && role != CAMPAIGN_ROLE_CONTROL,
    };
    return pool_submit(run->sweep->pool, &asked, enumerate_text(&run->list, index));
}

/* Takes one result; 1 when there was one. */
static int take_result(struct run *run)
{
    int r = pool_next(run->sweep->pool, SWEEP_POLL_MS, run->ended);
    if (r <= 0) {
        return r;
    }
    struct enumerate_item item;
    enumerate_get(&run->list, (size_t)run->ended->ended.id, &item);
    run->ended->ended.plan = item.plan;
    if (run->ended->ended.disk_full) {
        return -ENOSPC;
    }
    sweep_book(run, "");
    return 1;
}

void sweep_note_catch(struct run *run, uint64_t cases_back)
{
    if (sweep_is_all_caught(run) && run->result.first_catch_cases == 0) {
        run->result.first_catch_cases = run->result.run - cases_back;
        run->result.first_catch_us = (uint64_t)(monotonic_us() - run->start_us);
        run->result.stopped_early = true;
    }
}

static int run_cases(struct run *run, struct err *err)
{
    size_t next = 0;
    int r = 0;
    sweep_note_catch(run, 0);
    while (r >= 0 && (pool_in_flight(run->sweep->pool) > 0 ||
                      (next < run->list.count && !sweep_must_stop(run)))) {
        while (r >= 0 && next < run->list.count && !sweep_must_stop(run) &&
               pool_has_room(run->sweep->pool)) {
            r = submit(run, next++);
        }
        r = r < 0 ? r : take_result(run);
        if (r == 1) {
            sweep_note_catch(run, 0);
            r = remember(run, run->ended->ended.id);
            r = r < 0 ? r : deepen(run);
        }
    }
    if (r < 0) {
        return cannot_go_on(run, r, err);
    }
    if (run->list.count > next && !supervisor_must_stop(run->sweep->options)) {
        leave_out(run, run->list.count - next,
                  sweep_is_all_caught(run) ? "every expected property was caught"
                                           : "--max-failures");
    }
    return 0;
}

static void describe(struct run *run)
{
    struct campaign_scenario *result = &run->result;
    const struct scenario *scenario = &run->scenario;
    (void)snprintf(result->name, sizeof(result->name), "%s", scenario->name);
    (void)snprintf(result->path, sizeof(result->path), "%s", scenario->path);
    result->seed = run->sweep->seed;
    result->pass = run->sweep->pass;
    result->hash24 = scenario->hash24;
    (void)snprintf(result->target, sizeof(result->target), "%s", scenario->target);
    result->expect = scenario->expect;
    result->also = scenario->also;
    result->reached_wanted = scenario->reached;
}

/* The hits of a plan moved to the trace of `fixed`: guards add operations, so the n-th hit there
 * may not exist; then the last one is taken.  False when the point is never hit at all. */
static bool move_plan(struct plan *plan, const struct hits *fixed)
{
    for (uint32_t r = 0; r < plan->round_count; r++) {
        for (uint32_t i = 0; i < plan->rounds[r].hit_count; i++) {
            struct plan_hit *hit = &plan->rounds[r].hits[i];
            uint32_t count = fixed->counts[r][hit->point];
            if (count == 0) {
                return false;
            }
            hit->hit = hit->hit > count ? count : hit->hit;
        }
    }
    return true;
}

/* A run of the same scenario under other switches, of which everything must be intact. */
static struct run *control_new(const struct run *run)
{
    struct run *other = calloc(1, sizeof(*other));
    if (other == NULL) {
        return NULL;
    }
    other->sweep = run->sweep;
    other->scenario = run->scenario;
    other->scenario.expect = 0;
    other->scenario.also = 0;
    other->text = run->text;
    other->ended = run->ended;
    other->start_us = monotonic_us();
    other->is_control = true;
    other->depth = run->depth;
    describe(other);
    enumerate_init(&other->list, other->scenario.points);
    hits_init(&other->hits);
    return other;
}

/* What it shares with the run it controls stays. */
static void control_free(struct run *other)
{
    tally_free(other->tally);
    enumerate_done(&other->list);
    hits_done(&other->hits);
    free(other);
}

/* The cases that `run` ran, moved to the other trace. */
static int control_list(const struct run *run, struct run *other)
{
    int r = 0;
    for (size_t i = 0; r >= 0 && i < run->ender_count; i++) {
        struct enumerate_item item;
        enumerate_get(&run->list, (size_t)run->enders[i], &item);
        if (item.role == CAMPAIGN_ROLE_FAULT && move_plan(&item.plan, &other->hits)) {
            r = enumerate_add(&other->list, &item.plan, CAMPAIGN_ROLE_CONTROL);
        }
    }
    return r;
}

static int control_cases(struct run *other)
{
    int r = 0;
    size_t next = 0;
    while (r >= 0 && (next < other->list.count || pool_in_flight(other->sweep->pool) > 0)) {
        if (supervisor_must_stop(other->sweep->options)) {
            next = other->list.count;
        }
        while (r >= 0 && next < other->list.count && pool_has_room(other->sweep->pool)) {
            r = submit(other, next++);
        }
        r = r < 0 ? r : take_result(other);
    }
    return r;
}

/* Runs the same cases under `switches`, and adds them to the scenario's. */
static int control_with(struct run *run, const char *const switches[SWEEP_EXTRA_SWITCHES_MAX],
                        struct err *err)
{
    struct run *other = control_new(run);
    if (other == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    int r = load(other, switches, err);
    r = r < 0 ? r : trace(other, err);
    r = r < 0 ? r : control_list(run, other);
    r = r < 0 ? r : control_cases(other);
    if (r >= 0 && run->explored_jobs > 0) {
        r = sweep_explore(other, run->explored_jobs, &other->explored_jobs);
    }
    run->result.control_run += other->result.run;
    run->result.control_intact += other->result.outcomes[OUTCOME_INTACT];
    run->result.run += other->result.run;
    run->result.passed += other->result.passed;
    run->result.failed += other->result.failed;
    control_free(other);
    if (r < 0 && err->code == 0) {
        return cannot_go_on(run, r, err);
    }
    return r < 0 ? r : 0;
}

/* The one defect that the scenario plants; QUIRK_DEFECT_COUNT when it plants none or several. */
static enum quirk_defect planted_defect(const struct scenario *scenario)
{
    uint32_t defects = scenario->store.quirks.defects;
    if (defects == 0 || (defects & (defects - 1)) != 0) {
        return QUIRK_DEFECT_COUNT;
    }
    return (enum quirk_defect)__builtin_ctz(defects);
}

/* The cases of a planted defect once more on profile `fixed`: all must be intact, or the finding
 * says nothing about the defect.  And once more with the defect but its guards on, where its row
 * says that they heal it. */
static int control(struct run *run, struct err *err)
{
    /* A program has no profile; its control is the same scenario over a program without the bug. */
    if (run->scenario.points != &points_engine) {
        return 0;
    }
    if (run->scenario.expect == 0 || (run->ender_count == 0 && run->explored_jobs == 0) ||
        supervisor_must_stop(run->sweep->options)) {
        return 0;
    }
    const char *switches[SWEEP_EXTRA_SWITCHES_MAX] = {"fixed", NULL};
    int r = control_with(run, switches, err);
    enum quirk_defect defect = planted_defect(&run->scenario);
    if (r < 0 || defect == QUIRK_DEFECT_COUNT || !quirk_defect_row(defect)->is_healed) {
        return r;
    }
    char bare[TOKEN_SWITCH_SIZE_BYTES];
    (void)snprintf(bare, sizeof(bare), "%s.bare", quirk_defect_row(defect)->name);
    switches[1] = bare;
    return control_with(run, switches, err);
}

static void name_properties(uint32_t bits, char *text, size_t text_size_bytes)
{
    size_t used = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < PROPERTY_COUNT && used < text_size_bytes; i++) {
        if ((bits & (UINT32_C(1) << i)) != 0) {
            used += (size_t)snprintf(text + used, text_size_bytes - used, "%s%s",
                                     used == 0 ? "" : " ", property_name((enum property)i));
        }
    }
}

static void name_events(uint64_t bits, char *text, size_t text_size_bytes)
{
    size_t used = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < EVENT_COUNT && used < text_size_bytes; i++) {
        if ((bits & (UINT64_C(1) << i)) != 0) {
            used += (size_t)snprintf(text + used, text_size_bytes - used, "%s%s",
                                     used == 0 ? "" : " ", event_name((enum event)i));
        }
    }
}

/* Why a planted defect cannot be caught, as its row says; "" when it can. */
static const char *reason_not_caught(const struct scenario *scenario)
{
    for (unsigned i = 0; i < QUIRK_DEFECT_COUNT; i++) {
        const struct quirk_defect_row *row = quirk_defect_row((enum quirk_defect)i);
        if (quirk_has_defect(&scenario->store.quirks, (enum quirk_defect)i) &&
            row->not_caught[0] != '\0') {
            return row->not_caught;
        }
    }
    return "";
}

/* Whether the expected properties were violated, or the defect's row says why they cannot be. A
 * reason for a defect that is caught is as wrong as none for one that is not. */
static bool judge_catch(struct run *run)
{
    struct campaign_scenario *result = &run->result;
    const char *reason = reason_not_caught(&run->scenario);
    uint32_t missing = result->expect & ~result->violated;
    char names[192];
    if (missing != 0 && reason[0] == '\0') {
        name_properties(missing, names, sizeof(names));
        (void)snprintf(result->verdict, sizeof(result->verdict), "not caught: %s", names);
        return false;
    }
    if (missing != 0) {
        (void)snprintf(result->verdict, sizeof(result->verdict), "not caught: %s", reason);
        return true;
    }
    if (result->expect != 0 && reason[0] != '\0') {
        (void)snprintf(result->verdict, sizeof(result->verdict),
                       "caught, but the defect's row says why it cannot be: %s", reason);
        return false;
    }
    return true;
}

static void judge(struct run *run)
{
    struct campaign_scenario *result = &run->result;
    char names[192];
    result->passed_all = false;
    if (result->failed > 0) {
        (void)snprintf(result->verdict, sizeof(result->verdict), "%llu cases failed",
                       (unsigned long long)result->failed);
        return;
    }
    if (run->sweep->options->dry_run || supervisor_must_stop(run->sweep->options)) {
        result->passed_all = true;
        return;
    }
    bool sampled = run->sweep->options->cases_max != 0 && result->left_out > 0;
    if (!sampled && (result->reached & result->reached_wanted) != result->reached_wanted) {
        name_events(result->reached_wanted & ~result->reached, names, sizeof(names));
        (void)snprintf(result->verdict, sizeof(result->verdict), "vacuous: never reached %s",
                       names);
        return;
    }
    if (!judge_catch(run)) {
        return;
    }
    if (result->skipped * 100 > result->run * THREAD_SKIPPED_PERCENT) {
        (void)snprintf(result->verdict, sizeof(result->verdict),
                       "vacuous: %llu of %llu faults were never reached",
                       (unsigned long long)result->skipped, (unsigned long long)result->run);
        return;
    }
    result->passed_all = true;
}

static int run_all(struct run *run, struct err *err)
{
    int r = load(run, no_switches, err);
    if (r == 0) {
        r = trace(run, err);
    }
    if (r == 0 && run->result.failed == 0) {
        r = enumerate(run, err);
        tell(run, tell_began);
        if (r == 0 && !run->sweep->options->dry_run) {
            r = run_cases(run, err);
        }
        if (r == 0 && !run->sweep->options->dry_run && run->scenario.is_explored) {
            r = sweep_explore(run, 0, &run->explored_jobs);
            r = r < 0 ? r : sweep_cross(run);
            r = r < 0 ? cannot_go_on(run, r, err) : r;
        }
        if (r == 0 && !run->sweep->options->dry_run) {
            tally_finish(run->tally);
            r = control(run, err);
        }
    }
    return r;
}

static void run_done(struct run *run)
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

static struct run *run_new(const struct sweep *sweep)
{
    struct run *run = calloc(1, sizeof(*run));
    if (run == NULL) {
        return NULL;
    }
    run->sweep = sweep;
    run->scenario = *sweep->scenario;
    run->start_us = monotonic_us();
    run->depth =
        sweep->options->depth_override != 0 ? sweep->options->depth_override : run->scenario.depth;
    enumerate_init(&run->list, run->scenario.points);
    hits_init(&run->hits);
    run->ended = calloc(1, sizeof(*run->ended));
    if (run->ended == NULL) {
        run_done(run);
        return NULL;
    }
    hits_init(&run->ended->hits);
    describe(run);
    return run;
}

int sweep_run(const struct sweep *sweep, struct err *err)
{
    struct run *run = run_new(sweep);
    if (run == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    int r = read_text(run->scenario.path, &run->text, err);
    if (r == 0) {
        r = run_all(run, err);
    }
    if (r == 0) {
        judge(run);
        run->result.duration_us = (uint64_t)(monotonic_us() - run->start_us);
        tally_scenario(sweep->summary, &run->result);
        sweep->summary->unexpected += run->result.passed_all ? 0 : 1;
        tell(run, tell_ended);
    }
    run_done(run);
    return r;
}

int sweep_canary(const struct supervisor_options *options, struct pool *pool,
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
    struct sweep sweep = {&plain, pool, summary, &scenario, options->seed, 0};
    struct run *run = run_new(&sweep);
    if (run == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    run->text = strdup(text);
    struct plan plan;
    enumerate_trace(&scenario, &plan);
    struct wire_case asked = {.role = CAMPAIGN_ROLE_CANARY};
    r = run->text == NULL ? -ENOMEM : load(run, no_switches, err);
    if (r == 0) {
        r = run_alone(run, &asked, &plan);
    }
    if (r == 0) {
        /* An engine that dies by itself tells nothing about the oracle. */
        summary->canary_run = run->ended->ended.end.outcome != OUTCOME_CRASHED &&
                              run->ended->ended.end.outcome != OUTCOME_HUNG;
        summary->canary_caught =
            run->ended->ended.end.outcome == OUTCOME_VIOLATED &&
            (run->ended->ended.end.violated & PROPERTY_BIT(ACKED_SURVIVES)) != 0;
    }
    run_done(run);
    return r;
}
