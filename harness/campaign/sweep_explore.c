/* The images of a scenario: which traces are explored, cut into jobs for the workers.
 *
 * A job is a pure function of scenario, seed and itself, and which jobs there are does not depend
 * on when results arrive: the same images, tokens and outcomes on any number of workers. */
#include "harness/base/monotonic.h"
#include "harness/campaign/scenario_run.h"
#include "harness/campaign/thread_trace.h"
#include "harness/power/explore/explore.h"
#include "harness/scenario/prng.h"
#include "store/base/grow.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Positions of one job: enough to be worth a process and its trace, few enough to share out. */
#define JOB_POSITIONS 24u
/* Decayed stores and hot copies of one job: each needs the run again. */
#define JOB_VARIANTS 32u
/* Results that wait for those of earlier jobs: they are booked in the order of the jobs, so that
 * what a campaign says does not depend on which worker was faster. */
#define WINDOW 64u
/* A later pass of a budget goes further, up to here. */
#define BOUND_MAX 4096u

/* A recording to be explored: what is rehearsed for it. */
struct traced {
    char *plan;
    uint32_t generation; /* power losses in its plan */
    uint64_t interleaving;
    uint32_t position_count; /* known once its first job has ended */
};

struct job {
    enum explore_kind kind;
    uint32_t traced; /* which */
    uint32_t from;
    uint32_t upto;  /* equal: only its trace is wanted */
    bool is_others; /* another shard runs it */
};

/* A result that is not booked yet. */
struct waiting {
    bool is_there;
    bool has_explored;
    char detail[256]; /* why it was not explored */
    struct explore_result *result;
};

struct explored {
    struct scenario_run *run;
    struct traced *traced;
    uint32_t traced_count;
    uint32_t traced_capacity;
    struct job *jobs;
    uint32_t job_count;
    uint32_t job_capacity;
    size_t job_max; /* 0: any number */
    size_t next;    /* to be submitted */
    size_t booked;
    uint64_t pieces;     /* of the traces that follow from no image: what shards share out */
    uint64_t others;     /* jobs of other shards */
    uint64_t unsampled;  /* hits that a fault could strike and that were not drawn */
    uint64_t unfollowed; /* images whose recovery could be explored and is not */
    struct waiting waiting[WINDOW];
    struct thread_trace trace;
    uint64_t recovered[EXPLORE_RECOVERED_BITS / 64];
};

static int add_job(struct explored *explored, const struct job *job)
{
    int r = grow_array((void **)&explored->jobs, explored->job_count, &explored->job_capacity,
                       sizeof(*explored->jobs));
    if (r == 0) {
        explored->jobs[explored->job_count++] = *job;
    }
    return r;
}

/* The images of a kind that are made of one trace, shared out: `size` of them a job. */
static int add_jobs(struct explored *explored, enum explore_kind kind, uint32_t traced,
                    uint32_t count, uint32_t size)
{
    int r = 0;
    bool is_shared = explored->traced[traced].generation == 0;
    for (uint32_t from = 0; r == 0 && from < count; from += size) {
        const struct job job = {kind, traced, from, from + size < count ? from + size : count,
                                is_shared &&
                                    !scenario_run_is_mine(explored->run, explored->pieces++)};
        r = add_job(explored, &job);
    }
    return r;
}

/* A trace, and the job that counts its positions and judges its order. */
static int add_traced(struct explored *explored, const char *plan, uint32_t generation,
                      uint64_t interleaving)
{
    int r = grow_array((void **)&explored->traced, explored->traced_count,
                       &explored->traced_capacity, sizeof(*explored->traced));
    if (r < 0) {
        return r;
    }
    struct traced *traced = &explored->traced[explored->traced_count];
    *traced = (struct traced){strdup(plan), generation, interleaving, 0};
    if (traced->plan == NULL) {
        return -ENOMEM;
    }
    /* Which pieces a trace has only its first job says: all who share in the scenario run that. */
    const struct job job = {EXPLORE_LOSSES, explored->traced_count++, 0, 0, false};
    return add_job(explored, &job);
}

/* Which traces */

/* A plan of one fault at one hit of the fault-free trace. */
static int add_at(struct explored *explored, const struct hits_entry *entry,
                  const struct fault *fault)
{
    struct plan plan;
    char text[PLAN_TEXT_SIZE_BYTES];
    memset(&plan, 0, sizeof(plan));
    plan.round_count = entry->round + 1;
    plan.rounds[entry->round].hit_count = 1;
    plan.rounds[entry->round].hits[0].point = entry->point;
    plan.rounds[entry->round].hits[0].hit = entry->hit;
    plan.rounds[entry->round].hits[0].fault = *fault;
    enumerate_before(&explored->run->scenario, &plan);
    (void)plan_print(&plan, explored->run->scenario.points, text, sizeof(text));
    return add_traced(explored, text, 0, 0);
}

/* Adds a traced for each of `wanted` hits, drawn by the seed from those of the row (NULL: of any
 * point) that can have the fault. */
static int add_sampled(struct explored *explored, const struct fault *fault,
                       const struct scenario_fault *row, uint32_t wanted, uint64_t stream)
{
    const struct points *points = explored->run->scenario.points;
    const struct hits *hits = &explored->run->hits;
    struct prng prng;
    uint32_t seen = 0;
    size_t chosen[64];
    uint32_t limit = wanted < 64 ? wanted : 64;
    prng_init(&prng, explored->run->sweep->seed, stream);
    for (size_t i = 0; i < hits->entry_count && limit > 0; i++) {
        const struct hits_entry *entry = &hits->entries[i];
        bool is_asked =
            row == NULL || scenario_fault_strikes(row, points, entry->point, entry->hit);
        if (!is_asked || !points_takes(points, entry->point, fault->kind)) {
            continue;
        }
        uint64_t place = seen < limit ? seen : prng_below(&prng, seen + 1);
        if (place < limit) {
            chosen[place] = i;
        }
        seen++;
    }
    int r = 0;
    for (uint32_t i = 0; r == 0 && i < limit && i < seen; i++) {
        r = add_at(explored, &hits->entries[chosen[i]], fault);
    }
    explored->unsampled += wanted > 0 && seen > limit ? seen - limit : 0;
    return r;
}

static int add_sync_faults(struct explored *explored)
{
    const struct scenario *scenario = &explored->run->scenario;
    int r = 0;
    for (uint32_t i = 0; r == 0 && i < scenario->fault_count; i++) {
        const struct scenario_fault *row = &scenario->faults[i];
        for (uint32_t k = 0; r == 0 && k < row->fault_count; k++) {
            struct fault fault = row->faults[k];
            if (fault.kind != FAULT_SYNC_EIO && fault.kind != FAULT_SYNC_LIE) {
                continue;
            }
            uint32_t first =
                fault.kind == FAULT_SYNC_EIO && !row->arg_given[k] ? 0 : (uint32_t)fault.arg;
            uint32_t last = fault.kind == FAULT_SYNC_EIO && !row->arg_given[k]
                                ? FAULT_SYNC_COUNT - 1
                                : (uint32_t)fault.arg;
            for (uint32_t how = first; r == 0 && how <= last; how++) {
                fault.arg = how;
                r = add_sampled(explored, &fault, row, scenario->explore.sync_faults,
                                UINT64_C(0xfa17) + 8 * (uint64_t)fault.kind + how);
            }
        }
    }
    return r;
}

static int add_all_traced(struct explored *explored)
{
    const struct scenario *scenario = &explored->run->scenario;
    struct fault kill = {.kind = FAULT_KILL};
    struct plan none;
    char text[PLAN_TEXT_SIZE_BYTES];
    if (scenario->has_plan) {
        (void)plan_print(&scenario->plan, scenario->points, text, sizeof(text));
        return add_traced(explored, text, 0, 0);
    }
    enumerate_trace(scenario, &none);
    (void)plan_print(&none, scenario->points, text, sizeof(text));
    int r = add_traced(explored, text, 0, 0);
    if (r < 0) {
        return r;
    }
    r = add_jobs(explored, EXPLORE_ROT, 0, scenario->explore.rot, JOB_VARIANTS);
    if (r < 0) {
        return r;
    }
    r = add_jobs(explored, EXPLORE_COPIES, 0, scenario->explore.copies, JOB_VARIANTS);
    if (r < 0) {
        return r;
    }
    r = add_sync_faults(explored);
    if (r < 0) {
        return r;
    }
    r = add_sampled(explored, &kill, NULL, scenario->explore.kills, UINT64_C(0x1111));
    for (uint32_t i = 1; r == 0 && i <= scenario->explore.interleavings; i++) {
        r = add_traced(explored, text, 0, i);
    }
    return r;
}

/* Jobs and what they find */

static uint32_t grown(uint32_t value, uint32_t pass)
{
    uint64_t more = (uint64_t)value << (pass < 16 ? pass : 16);
    return more < BOUND_MAX ? (uint32_t)more : (value > BOUND_MAX ? value : BOUND_MAX);
}

/* Of `total` the share of the positions [from, upto) of `count`. */
static uint32_t share(uint32_t total, uint32_t from, uint32_t upto, uint32_t count)
{
    return (uint32_t)((uint64_t)total * upto / count - (uint64_t)total * from / count);
}

/* Whether recoveries from its images are explored further. */
static bool is_followed(const struct explored *explored, const struct job *job)
{
    const struct scenario_run *run = explored->run;
    return job->kind == EXPLORE_LOSSES && job->upto > job->from &&
           run->scenario.explore.nested > 0 &&
           explored->traced[job->traced].generation < (run->depth >= 3 ? 2u : 1u);
}

static struct waiting *waiting_of(struct explored *explored, size_t index)
{
    struct waiting *waiting = &explored->waiting[index % WINDOW];
    if (waiting->result == NULL) {
        waiting->result = malloc(sizeof(*waiting->result));
    }
    return waiting->result == NULL ? NULL : waiting;
}

/* A job of another shard has nothing to say here. */
static int take_others(struct explored *explored, size_t index)
{
    struct waiting *waiting = waiting_of(explored, index);
    if (waiting == NULL) {
        return -ENOMEM;
    }
    waiting->is_there = true;
    explored->others++;
    return 0;
}

static int submit(struct explored *explored)
{
    const struct scenario_run *run = explored->run;
    const struct supervisor_options *options = run->sweep->options;
    const struct scenario *scenario = &run->scenario;
    size_t index = explored->next++;
    const struct job *job = &explored->jobs[index];
    const struct traced *traced = &explored->traced[job->traced];
    struct wire_case asked;
    if (job->is_others) {
        return take_others(explored, index);
    }
    memset(&asked, 0, sizeof(asked));
    asked.id = index;
    asked.role = CAMPAIGN_ROLE_FAULT;
    asked.is_explored = true;
    asked.job = (struct explore_job){
        .id = index,
        .kind = job->kind,
        .models = scenario->models,
        .from = job->from,
        .upto = job->upto,
        .bound = grown(scenario->explore.bound, run->sweep->pass),
        .random = grown(scenario->explore.random, run->sweep->pass),
        .interleaving = traced->interleaving,
        .preemptions = traced->interleaving == 0 ? 0 : scenario->explore.preemptions,
        .failed_max = scenario->expect != 0 ? EXPLORE_FAILURES_MAX : options->failures_max,
        .is_first = job->upto == job->from,
        .break_image = options->break_image,
        .break_memo = options->break_memo,
    };
    thread_trace_name(&explored->trace, asked.job.trace_path, sizeof(asked.job.trace_path));
    if (is_followed(explored, job)) {
        uint32_t wanted = traced->generation == 0 ? scenario->explore.nested : 1;
        asked.job.nested = share(wanted, job->from, job->upto, traced->position_count);
    }
    return work_submit(run->sweep->work, &asked, traced->plan);
}

/* One failure as a case of its own, for causes and listeners, and those like it. */
static void book_failure(struct scenario_run *run, const struct traced *traced,
                         const struct ending *failure, uint64_t like_count, const char *plan)
{
    struct campaign_case *ended = &run->ended->ended;
    char extra[TOKEN_SWITCH_SIZE_BYTES] = "";
    memset(ended, 0, sizeof(*ended));
    ended->id = run->result.run;
    ended->role = run->is_control ? CAMPAIGN_ROLE_CONTROL : CAMPAIGN_ROLE_FAULT;
    ended->is_image = true;
    ended->end = *failure;
    ended->end.checked = true;
    if (plan_parse(plan, run->scenario.points, &ended->plan, NULL) < 0) {
        ended->end.outcome = OUTCOME_HARNESS_BROKEN;
        (void)snprintf(ended->end.detail, sizeof(ended->end.detail),
                       "a plan came back damaged: %.200s", plan);
    }
    ended->hit_count = plan_hit_count(&ended->plan);
    ended->fired_count = ended->hit_count;
    ended->armed_count = ended->hit_count;
    if (traced->interleaving != 0) {
        (void)snprintf(extra, sizeof(extra), "weave/%" PRIu64, traced->interleaving);
    }
    scenario_run_book(run, extra, like_count);
}

static void book_broken(struct scenario_run *run, const struct traced *traced, const char *why)
{
    struct ending failure = {0};
    ending_fail(&failure, OUTCOME_HARNESS_BROKEN, 0, why);
    book_failure(run, traced, &failure, 0, traced->plan);
}

/* Judged images without a line of their own: intact ones, and failures of more kinds than a job
 * tells apart, of which only the sum of what they violate is known. */
static void book_counts(struct scenario_run *run, const struct explore_result *found)
{
    const struct scenario *scenario = &run->scenario;
    struct campaign_scenario *result = &run->result;
    uint64_t failed = found->failed_unlike;
    uint64_t judged =
        found->counts.judged > found->failed ? found->counts.judged - found->failed : 0;
    bool is_expected = scenario->expect != 0 && !run->is_control &&
                       (found->violated & ~(scenario->expect | scenario->also)) == 0;
    result->run += judged + failed;
    result->planned += judged + found->failed;
    result->enumerated += judged + found->failed;
    result->outcomes[OUTCOME_INTACT] += judged;
    result->outcomes[OUTCOME_VIOLATED] += failed;
    result->passed += judged + (is_expected ? failed : 0);
    result->failed += is_expected ? 0 : failed;
}

static void book_found(struct explored *explored, const struct traced *traced,
                       struct explore_result *found)
{
    struct scenario_run *run = explored->run;
    struct campaign_explore counts = found->counts;
    counts.nested = traced->generation > 0 ? counts.traces : 0;
    counts.interleaved = traced->interleaving > 0 ? counts.traces : 0;
    campaign_explore_add(&run->result.explore, &counts);
    for (size_t i = 0; i < EXPLORE_RECOVERED_BITS / 64; i++) {
        explored->recovered[i] |= found->recovered[i];
    }
    book_counts(run, found);
    for (uint32_t i = 0; i < found->failure_count; i++) {
        thread_trace_note(&explored->trace, run->sweep->options->trace_dir, run->scenario.name,
                          run->sweep->seed, &found->failures[i]);
        book_failure(run, traced, &found->failures[i], found->failed_counts[i] - 1,
                     found->failed_plans[i]);
    }
    if (found->broken[0] != '\0') {
        book_broken(run, traced, found->broken);
    }
    scenario_run_note_catch(run, found->first_failed < found->counts.judged
                                     ? found->counts.judged - found->first_failed
                                     : 0);
    listener_scenario_grew(run->sweep->options->listeners, &run->result);
}

/* What a result asks for: the jobs of a trace whose positions are known now, and traces of
 * recoveries. */
static int follow(struct explored *explored, uint32_t index, const struct job *job,
                  const struct explore_result *found)
{
    uint32_t count = found->position_count;
    uint32_t generation = explored->traced[index].generation;
    uint64_t interleaving = explored->traced[index].interleaving;
    int r = 0;
    if (job->upto == job->from) {
        explored->traced[index].position_count = count;
        r = add_jobs(explored, EXPLORE_LOSSES, index, count, JOB_POSITIONS);
    }
    if (is_followed(explored, job)) {
        explored->unfollowed += found->counts.distinct - found->next_count;
    }
    for (uint32_t i = 0; r == 0 && i < found->next_count; i++) {
        r = add_traced(explored, found->next[i], generation + 1, interleaving);
    }
    return r;
}

/* Whether a job may begin: not past the window, the limit, or what ended the exploration. */
static bool may_submit(const struct explored *explored)
{
    return explored->next < explored->job_count && explored->next < explored->booked + WINDOW &&
           (explored->job_max == 0 || explored->next < explored->job_max) &&
           !scenario_run_must_stop(explored->run) && work_has_room(explored->run->sweep->work);
}

static int book_next(struct explored *explored)
{
    struct waiting *waiting = &explored->waiting[explored->booked % WINDOW];
    struct job job = explored->jobs[explored->booked++];
    waiting->is_there = false;
    if (job.is_others) {
        return 0;
    }
    if (!waiting->has_explored) {
        book_broken(explored->run, &explored->traced[job.traced], waiting->detail);
        return 0;
    }
    book_found(explored, &explored->traced[job.traced], waiting->result);
    return follow(explored, job.traced, &job, waiting->result);
}

/* Books all whose turn it is; what comes after the end is left out. */
static int book_ready(struct explored *explored)
{
    int r = 0;
    while (r == 0 && explored->booked < explored->next &&
           explored->waiting[explored->booked % WINDOW].is_there &&
           !scenario_run_must_stop(explored->run)) {
        r = book_next(explored);
    }
    return r;
}

static int take_result(struct explored *explored)
{
    struct scenario_run *run = explored->run;
    int r = work_next(run->sweep->work, SCENARIO_RUN_POLL_MS, run->ended);
    if (r <= 0) {
        return r;
    }
    struct waiting *waiting = waiting_of(explored, (size_t)run->ended->ended.id);
    if (waiting == NULL) {
        return -ENOMEM;
    }
    waiting->is_there = true;
    waiting->has_explored = run->ended->has_explored;
    *waiting->result = run->ended->explored;
    (void)snprintf(waiting->detail, sizeof(waiting->detail), "%.255s",
                   run->ended->ended.end.detail);
    return 0;
}

/* Jobs that were not booked would have led to others: of their images nobody knows how many. */
static void leave_out_rest(struct explored *explored)
{
    struct scenario_run *run = explored->run;
    struct left_out *left_out = &run->result.left_out;
    const struct campaign_explore *counts = &run->result.explore;
    size_t wanted = explored->job_max == 0 || explored->job_count < explored->job_max
                        ? explored->job_count
                        : explored->job_max;
    enum left_out_reason reason = scenario_run_stop_reason(run);
    if (explored->others > 0) {
        left_out_add_uncounted(left_out, LEFT_OUT_SHARD, LEFT_OUT_UNIT_IMAGE, "");
    }
    if (explored->booked < wanted) {
        left_out_add_uncounted(left_out, reason, LEFT_OUT_UNIT_IMAGE, "");
    }
    /* A job of a planted defect ends after its first failures, whatever they violate. */
    if (run->scenario.expect != 0 && !supervisor_must_stop(run->sweep->options)) {
        reason = LEFT_OUT_CAUGHT;
    }
    left_out_add(left_out, reason, LEFT_OUT_UNIT_IMAGE,
                 counts->distinct > counts->judged ? counts->distinct - counts->judged : 0, "");
    if (run->is_control) {
        return;
    }
    left_out_add(left_out, LEFT_OUT_CAPPED, LEFT_OUT_UNIT_POSITION, counts->capped, "");
    left_out_add(left_out, LEFT_OUT_OVERFLOWED, LEFT_OUT_UNIT_POSITION, counts->overflowed, "");
    left_out_add(left_out, LEFT_OUT_TRACES, LEFT_OUT_UNIT_TRACE, explored->unsampled, "");
    left_out_add(left_out, LEFT_OUT_RECOVERIES, LEFT_OUT_UNIT_IMAGE, explored->unfollowed, "");
}

/* Linear counting: how many different states set the bits that are set. */
static uint64_t count_recovered(const struct explored *explored)
{
    uint64_t set = 0;
    double bits = EXPLORE_RECOVERED_BITS;
    for (size_t i = 0; i < EXPLORE_RECOVERED_BITS / 64; i++) {
        set += (uint64_t)__builtin_popcountll(explored->recovered[i]);
    }
    double free_share = 1 - (double)set / bits;
    double estimate = 0;
    /* -bits * ln(share), by halves: no need for libm. */
    double term = 1 - free_share;
    for (uint32_t n = 1; n < 200; n++) {
        estimate += term / n;
        term *= 1 - free_share;
    }
    return (uint64_t)(bits * estimate + 0.5);
}

static void done(struct explored *explored)
{
    for (uint32_t i = 0; i < explored->traced_count; i++) {
        free(explored->traced[i].plan);
    }
    thread_trace_close(&explored->trace);
    for (uint32_t i = 0; i < WINDOW; i++) {
        free(explored->waiting[i].result);
    }
    free(explored->traced);
    free(explored->jobs);
    free(explored);
}

int sweep_explore(struct scenario_run *run, size_t job_max, size_t *ret_jobs)
{
    struct explored *explored = calloc(1, sizeof(*explored));
    if (explored == NULL) {
        return -ENOMEM;
    }
    explored->run = run;
    explored->job_max = job_max;
    int r = thread_trace_open(&explored->trace, scenario_is_threaded(&run->scenario));
    if (r == 0) {
        r = add_all_traced(explored);
    }
    /* Interrupted, it books nothing more and need not wait. */
    while (r >= 0 && !supervisor_is_interrupted(run->sweep->options) &&
           (work_in_flight(run->sweep->work) > 0 || may_submit(explored))) {
        while (r >= 0 && may_submit(explored)) {
            r = submit(explored);
        }
        if (r >= 0 && work_in_flight(run->sweep->work) > 0) {
            r = take_result(explored);
        }
        if (r >= 0) {
            r = book_ready(explored);
        }
    }
    leave_out_rest(explored);
    run->result.explore.recovered = count_recovered(explored);
    *ret_jobs = explored->booked;
    done(explored);
    return r < 0 ? r : 0;
}
