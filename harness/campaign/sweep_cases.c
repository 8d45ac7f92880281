/* The fault cases of a scenario: its traces, the list made of their hits, and all of it run. */
#include "harness/campaign/scenario_run.h"
#include "store/base/grow.h"

#include <errno.h>
#include <stdlib.h>

#define DEPTH_THREE_CASES 200u
#define THREAD_TRACES     3u
/* Cases that shards share out together. */
#define PIECE_CASES 16u
/* Cases that wait for those before them: one that hangs keeps no worker from its work. */
#define WINDOW 512u

/* A case that has ended and is not booked yet. */
struct waiting {
    bool is_there;
    bool is_void; /* nothing is booked: another shard runs it, or a signal struck it */
    bool has_audit;
    uint64_t unannounced_count; /* of its audit, as the others */
    uint64_t unperformed_count;
    uint64_t matched_count;
    int audit_status;
    struct campaign_case ended;
};

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

/* What the others of its scenario can be made of. */
static void note_trace(struct scenario_run *run)
{
    const struct campaign_case *ended = &run->ended->ended;
    if (ended->passed || ended->end.outcome == OUTCOME_SKIPPED) {
        return;
    }
    run->trace_violated |= ended->end.violated;
    if (ended->end.outcome != OUTCOME_VIOLATED && run->trace_outcome == OUTCOME_INTACT) {
        run->trace_outcome = ended->end.outcome;
    }
}

/* Runs the trace (several of a threaded store) and leaves its hits in run->hits. */
int sweep_cases_trace(struct scenario_run *run, struct err *err)
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
        int r = scenario_run_alone(run, &asked, &plan);
        if (r < 0) {
            return scenario_run_cannot_go_on(run, r, err);
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
        scenario_run_book(run, "", 0);
        note_trace(run);
    }
    return 0;
}

/* Of what the cases left out would have led to, nobody knows how much there is. */
static void leave_out_sample(struct scenario_run *run, uint64_t count)
{
    left_out_add(&run->result.left_out, LEFT_OUT_CASES, LEFT_OUT_UNIT_CASE, count, "");
    if (run->depth > 1) {
        left_out_add_uncounted(&run->result.left_out, LEFT_OUT_CASES, LEFT_OUT_UNIT_CASE, "");
    }
}

/* Lengths to cut at, and what follows a kill, are not counted of hits that are not planned. */
static void leave_out_late(struct scenario_run *run)
{
    left_out_add(&run->result.left_out, LEFT_OUT_THREADS, LEFT_OUT_UNIT_CASE, run->list.late_count,
                 "");
    if (run->list.late_count > 0) {
        left_out_add_uncounted(&run->result.left_out, LEFT_OUT_THREADS, LEFT_OUT_UNIT_CASE, "");
    }
}

int sweep_cases_enumerate(struct scenario_run *run, struct err *err)
{
    const struct supervisor_options *options = run->sweep->options;
    int r = enumerate_make(&run->scenario, &run->hits, &run->list, err);
    if (r < 0) {
        return err_wrap(err, r, "%s", run->scenario.path);
    }
    run->result.enumerated = run->list.count;
    leave_out_late(run);
    if (enumerate_shuffle(&run->list, run->sweep->seed) < 0) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    /* A planted defect ends its scenario as soon as it is caught: no need to sample.  What ran
     * without a fault is of the number that was asked for. */
    uint64_t wanted =
        options->cases_max > run->result.run ? options->cases_max - run->result.run : 0;
    if (options->cases_max != 0 && run->scenario.expect == 0 && run->list.count > wanted) {
        leave_out_sample(run, run->list.count - wanted);
        /* Half of it: every point and fault in turn; half: anywhere. */
        enumerate_sample(&run->list, run->sweep->seed, wanted / 2, wanted);
    }
    run->base_count = run->list.count;
    run->result.planned = run->list.count;
    return 0;
}

static int remember(struct scenario_run *run, uint64_t id)
{
    int r = grow_array((void **)&run->enders, run->ender_count, &run->ender_capacity,
                       sizeof(*run->enders));
    if (r == 0) {
        run->enders[run->ender_count++] = id;
    }
    return r;
}

/* A kill whose recovery was seen: strike again at each of its hits. */
static int deepen(struct scenario_run *run)
{
    const struct campaign_case *ended = &run->ended->ended;
    int last = plan_last_faulted_round(&ended->plan);
    if (run->depth < 2 || ended->role != CAMPAIGN_ROLE_FAULT || last < 0 ||
        (uint32_t)last + 2 > run->depth || ended->fired_count != ended->hit_count) {
        return 0;
    }
    if (last + 1 >= PLAN_ROUNDS_MAX) {
        left_out_add_uncounted(&run->result.left_out, LEFT_OUT_DEPTH, LEFT_OUT_UNIT_CASE,
                               "a plan has no room for another round");
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
    int r = enumerate_second(&run->scenario, &ended->plan, ended->hits[last + 1], list);
    if (r < 0) {
        return r;
    }
    if (sampled && list->count > before + DEPTH_THREE_CASES) {
        left_out_add(&run->result.left_out, LEFT_OUT_DEPTH, LEFT_OUT_UNIT_CASE,
                     list->count - before - DEPTH_THREE_CASES, "");
        enumerate_sample(list, run->sweep->seed, before, before + DEPTH_THREE_CASES);
    }
    run->result.enumerated += list->count - before;
    run->result.planned += list->count - before;
    listener_scenario_grew(run->sweep->options->listeners, &run->result);
    return 0;
}

/* The cases of a list that are on their way: each is booked in its turn, so that what a campaign
 * says, and what follows from it, does not depend on which worker was faster. */
struct running {
    struct scenario_run *run;
    size_t next;     /* to be submitted */
    size_t booked;   /* so many have had their turn */
    uint64_t others; /* of them those of other shards */
    struct waiting *waiting[WINDOW];
};

/* Pieces of a scenario that several shards run; what follows from a case is run where it was. */
static bool is_mine(const struct scenario_run *run, size_t index)
{
    return run->is_control || index >= run->base_count ||
           scenario_run_is_mine(run, index / PIECE_CASES);
}

static struct waiting **place_of(struct running *running, size_t index)
{
    return &running->waiting[index % WINDOW];
}

/* Nothing more is submitted.  A control runs all that it controls, however much of it fails. */
static bool is_over(const struct scenario_run *run)
{
    return run->is_control ? supervisor_must_stop(run->sweep->options)
                           : scenario_run_must_stop(run);
}

static bool may_submit(const struct running *running)
{
    const struct scenario_run *run = running->run;
    return running->next < run->list.count && running->next < running->booked + WINDOW &&
           !is_over(run) && work_has_room(run->sweep->work);
}

static int submit(struct running *running)
{
    struct scenario_run *run = running->run;
    size_t index = running->next++;
    struct waiting **place = place_of(running, index);
    if (*place == NULL) {
        *place = malloc(sizeof(**place));
    }
    if (*place == NULL) {
        return -ENOMEM;
    }
    (*place)->is_there = !is_mine(run, index);
    (*place)->is_void = (*place)->is_there;
    if ((*place)->is_void) {
        running->others++;
        return 0;
    }
    enum campaign_role role = run->list.entries[index].role;
    struct wire_case asked = {
        .id = index,
        .role = role,
        .want_hits = run->depth > 1,
        .audited = run->scenario.audit_all && role != CAMPAIGN_ROLE_CONTROL,
    };
    return work_submit(run->sweep->work, &asked, enumerate_text(&run->list, index));
}

/* What a case that has ended leads to: the catch noted, its id kept, and cases one kill deeper. */
static int follow_case(struct scenario_run *run)
{
    scenario_run_note_catch(run, 0);
    int r = remember(run, run->ended->ended.id);
    return r < 0 ? r : deepen(run);
}

static int book_next(struct running *running)
{
    struct scenario_run *run = running->run;
    const struct waiting *waiting = *place_of(running, running->booked++);
    if (waiting->is_void) {
        return 0;
    }
    struct enumerate_item item;
    run->ended->ended = waiting->ended;
    run->ended->has_audit = waiting->has_audit;
    run->ended->audit.matched_count = waiting->matched_count;
    run->ended->audit.unannounced_count = waiting->unannounced_count;
    run->ended->audit.unperformed_count = waiting->unperformed_count;
    run->ended->audit.status = waiting->audit_status;
    enumerate_get(&run->list, (size_t)waiting->ended.id, &item);
    run->ended->ended.plan = item.plan;
    scenario_run_book(run, "", 0);
    return follow_case(run);
}

/* Books all whose turn it is.  What was submitted before a signal came, or the time was over, is
 * booked; what was when enough was known is not. */
static int book_ready(struct running *running)
{
    struct scenario_run *run = running->run;
    int r = 0;
    while (r == 0 && running->booked < running->next &&
           (run->is_control || !scenario_run_is_enough(run)) &&
           (*place_of(running, running->booked))->is_there) {
        r = book_next(running);
    }
    return r;
}

static int take(struct running *running)
{
    struct scenario_run *run = running->run;
    int r = work_next(run->sweep->work, SCENARIO_RUN_POLL_MS, run->ended);
    if (r <= 0) {
        return r;
    }
    if (run->ended->ended.trouble != 0) {
        return -run->ended->ended.trouble;
    }
    struct waiting *waiting = *place_of(running, (size_t)run->ended->ended.id);
    waiting->is_there = true;
    waiting->is_void = scenario_run_is_struck(run);
    waiting->ended = run->ended->ended;
    waiting->has_audit = run->ended->has_audit;
    waiting->matched_count = run->ended->audit.matched_count;
    waiting->unannounced_count = run->ended->audit.unannounced_count;
    waiting->unperformed_count = run->ended->audit.unperformed_count;
    waiting->audit_status = run->ended->audit.status;
    return 0;
}

/* A case that was submitted and not booked was not run either. */
static void leave_out_rest(struct running *running, uint64_t booked)
{
    struct scenario_run *run = running->run;
    enum left_out_reason reason = run->is_control ? supervisor_stop_reason(run->sweep->options)
                                                  : scenario_run_stop_reason(run);
    for (size_t i = running->next; i < run->list.count; i++) {
        running->others += is_mine(run, i) ? 0 : 1;
    }
    left_out_add(&run->result.left_out, LEFT_OUT_SHARD, LEFT_OUT_UNIT_CASE, running->others, "");
    left_out_add(&run->result.left_out, reason, LEFT_OUT_UNIT_CASE,
                 run->list.count - booked - running->others, "");
}

static int run_list(struct running *running)
{
    struct scenario_run *run = running->run;
    int r = 0;
    scenario_run_note_catch(run, 0);
    while (r >= 0 && !supervisor_is_hurried(run->sweep->options) &&
           (work_in_flight(run->sweep->work) > 0 ||
            (running->next < run->list.count && !is_over(run)))) {
        while (r >= 0 && may_submit(running)) {
            r = submit(running);
        }
        if (r >= 0 && work_in_flight(run->sweep->work) > 0) {
            r = take(running);
        }
        if (r >= 0) {
            r = book_ready(running);
        }
    }
    return r;
}

int sweep_cases_run(struct scenario_run *run, struct err *err)
{
    struct running *running = calloc(1, sizeof(*running));
    uint64_t run_before = run->result.run;
    if (running == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    running->run = run;
    int r = run_list(running);
    leave_out_rest(running, run->result.run - run_before);
    for (size_t i = 0; i < WINDOW; i++) {
        free(running->waiting[i]);
    }
    free(running);
    return r < 0 ? scenario_run_cannot_go_on(run, r, err) : 0;
}
