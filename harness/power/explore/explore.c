/* One recording, all its images (explore.h). */
#include "harness/power/explore/explore.h"

#include "harness/base/monotonic.h"
#include "harness/power/explore/exploration.h"
#include "harness/power/persist/persist_model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sys/resource.h>

static int prepare(struct explore *explore, struct err *err)
{
    int r = rehearse_new(&explore->options, &explore->rehearsal, err);
    if (r < 0) {
        return r;
    }
    r = explore_judge_new(&explore->options, &explore->judge, err);
    if (r < 0) {
        return r;
    }
    explore->choices = choices_new();
    explore->seen = number_set_new();
    explore->ledger = malloc(rehearse_ledger_size_bytes(explore->rehearsal));
    if (explore->choices == NULL || explore->seen == NULL || explore->ledger == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    return 0;
}

int explore_new(const struct rehearse_options *options, struct explore **ret_explore,
                struct err *err)
{
    struct explore *explore = calloc(1, sizeof(*explore));
    if (explore == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    explore->options = *options;
    explore->rehearsed[0] = '?';
    int r = prepare(explore, err);
    if (r < 0) {
        explore_free(explore);
        return r;
    }
    *ret_explore = explore;
    return 0;
}

struct explore *explore_free(struct explore *explore)
{
    if (explore != NULL) {
        explore->persist = persist_free(explore->persist);
        explore->legal = legal_free(explore->legal);
        explore->judge = explore_judge_free(explore->judge);
        explore->rehearsal = rehearse_free(explore->rehearsal);
        explore->choices = choices_free(explore->choices);
        explore->seen = number_set_free(explore->seen);
        free(explore->ledger);
        free(explore);
    }
    return NULL;
}

/* All losses of one model at the present position. */
static int take_position(struct explore *explore, enum loss_model model)
{
    struct choices_options options = {
        .bound = explore->job->bound,
        .random = explore->job->random,
        .seed = explore_image_mix(explore->options.seed, explore->done * LOSS_MODEL_COUNT + model),
        .only_in_flight = explore->last_state == explore->state.hash && !explore->was_capped,
    };
    int r = choices_make(explore->choices, explore->persist, &options);
    explore->was_capped = choices_is_capped(explore->choices);
    explore->result->counts.capped += explore->was_capped ? 1 : 0;
    explore->result->counts.overflowed += persist_item_overflow(explore->persist) > 0 ? 1 : 0;
    for (size_t i = 0; r == 0 && i < choices_count(explore->choices); i++) {
        r = explore_image_of(explore, choices_get(explore->choices, i));
        if (explore_image_is_over(explore)) {
            break;
        }
    }
    return r;
}

/* Whether a row of the scenario asks for power loss there. */
static bool is_asked(const struct explore *explore, uint32_t point, uint32_t hit)
{
    const struct scenario *scenario = explore->options.scenario;
    for (uint32_t i = 0; i < scenario->fault_count; i++) {
        const struct scenario_fault *row = &scenario->faults[i];
        if ((row->kinds >> FAULT_POWER_LOSS & 1) != 0 &&
            scenario_fault_strikes(row, &points_engine, point, hit)) {
            return true;
        }
    }
    return scenario->has_plan;
}

/* Whether the power may fail in the middle of the operation. */
static bool is_position(const struct explore *explore, size_t done, struct trace_entry *ret_entry)
{
    const struct trace *trace = rehearse_trace(explore->rehearsal);
    trace_get(trace, trace_done_index(trace, done), ret_entry);
    return point_is_mutating(ret_entry->point) && ret_entry->result >= 0 &&
           is_asked(explore, ret_entry->point, ret_entry->hit);
}

static int note_cached(struct explore *explore)
{
    struct image *cached = NULL;
    int r = persist_cached(explore->persist, &cached, NULL);
    if (r == 0) {
        explore->cached_hash = image_hash(cached);
        image_free(cached);
    }
    return r;
}

/* The power fails here: what is durable, and what is known. */
static int come_to(struct explore *explore, size_t done, struct err *err)
{
    explore->done = done;
    explore->result->counts.positions++;
    int r = persist_seek(explore->persist, done, err);
    if (r < 0) {
        return r;
    }
    r = rehearse_state(explore->rehearsal, done, &explore->state, explore->ledger, err);
    if (r < 0) {
        return r;
    }
    return note_cached(explore);
}

static int walk_positions(struct explore *explore, enum loss_model model, struct err *err)
{
    const struct explore_job *job = explore->job;
    size_t count = trace_done_count(rehearse_trace(explore->rehearsal));
    uint32_t position = 0;
    explore->last_state = 0;
    for (size_t done = rehearse_first_done(explore->rehearsal);
         done < count && position < job->upto; done++) {
        struct trace_entry entry;
        bool is_taken = is_position(explore, done, &entry);
        if (!is_taken || position++ < job->from) {
            if (!is_taken && point_is_mutating(entry.point)) {
                explore->last_state = 0; /* its effects were in flight at no position */
            }
            continue;
        }
        int r = come_to(explore, done, err);
        if (r < 0) {
            return r;
        }
        r = take_position(explore, model);
        if (r < 0) {
            return r;
        }
        explore->last_state = explore->state.hash;
        if (explore_image_is_over(explore)) {
            break;
        }
    }
    return 0;
}

static int walk_model(struct explore *explore, enum loss_model model, struct err *err)
{
    const struct recording recording = rehearse_recording(explore->rehearsal);
    explore->persist = persist_free(explore->persist);
    explore->legal = legal_free(explore->legal);
    int r = persist_new(&recording, model, &explore->persist, err);
    if (r < 0) {
        return r;
    }
    r = legal_new(&recording, model, &explore->legal, err);
    if (r < 0) {
        return r;
    }
    return walk_positions(explore, model, err);
}

static uint32_t count_positions(const struct explore *explore)
{
    size_t count = trace_done_count(rehearse_trace(explore->rehearsal));
    uint32_t positions = 0;
    struct trace_entry entry;
    for (size_t done = rehearse_first_done(explore->rehearsal); done < count; done++) {
        positions += is_position(explore, done, &entry) ? 1 : 0;
    }
    return positions;
}

/* What the trace itself shows, without any crash. */
static void judge_trace(struct explore *explore)
{
    const struct trace *trace = rehearse_trace(explore->rehearsal);
    struct ending ending;
    ending_clear(&ending);
    if (!explore->job->is_first) {
        return;
    }
    explore->result->counts.traces++;
    uint32_t violation_count = explore_judge_order(explore->rehearsal, &ending);
    const char *gap = rehearse_order_gap(explore->rehearsal);
    if (violation_count > 0) {
        if (rehearse_state(explore->rehearsal, trace_done_count(trace), &explore->state,
                           explore->ledger, NULL) == 0) {
            ending.sent_count =
                ledger_count_sent(explore->ledger, explore->options.workload->message_count);
        }
        explore_image_failed(explore, NULL, &ending);
    } else if (gap != NULL) {
        (void)explore_image_broken(explore, gap);
    }
}

static void note_peak(struct explore_result *result)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        result->counts.peak_bytes = (uint64_t)usage.ru_maxrss * 1024;
    }
}

/* What a kill leaves: the page cache as it was when the plan's last fault had struck. */
static int hash_crashed(struct explore *explore, struct err *err)
{
    const struct recording recording = rehearse_recording(explore->rehearsal);
    struct image *image = NULL;
    int r = persist_killed(&recording, rehearse_first_done(explore->rehearsal), &image, err);
    if (r < 0) {
        return r;
    }
    if (explore->job->break_image) {
        (void)explore_judge_break(image);
    }
    explore->result->crashed_hash = image_hash(image);
    image_free(image);
    return 0;
}

/* The models of the file systems that do with a failed sync what the plan's does; those that were
 * asked for when none of them does. */
static uint32_t models_of(const struct explore *explore, const struct plan *plan)
{
    uint32_t models = explore->job->models;
    for (uint32_t r = 0; r < plan->round_count; r++) {
        for (uint32_t i = 0; i < plan->rounds[r].hit_count; i++) {
            const struct fault *fault = &plan->rounds[r].hits[i].fault;
            if (fault->kind == FAULT_SYNC_EIO) {
                uint32_t able = models & persist_model_failing((enum fault_sync)fault->arg);
                models = able != 0 ? able : models;
            }
        }
    }
    return models;
}

static int run_job(struct explore *explore, const struct plan *plan, struct err *err)
{
    struct explore_result *result = explore->result;
    if (explore->job->kind != EXPLORE_LOSSES) {
        return explore->job->kind == EXPLORE_ROT ? explore_rest_rots(explore, plan, err)
                                                 : explore_rest_copies(explore, plan, err);
    }
    int r = explore_record(explore, plan, err);
    if (r < 0 || explore->job->want_hash) {
        return r < 0 ? r : hash_crashed(explore, err);
    }
    result->position_count = count_positions(explore);
    judge_trace(explore);
    if (explore->job->upto <= explore->job->from) {
        return 0; /* only the trace is wanted */
    }
    uint32_t models = models_of(explore, plan);
    for (uint32_t model = 0; r == 0 && model < LOSS_MODEL_COUNT && !explore_image_is_over(explore);
         model++) {
        if ((models >> model & 1) != 0) {
            r = walk_model(explore, (enum loss_model)model, err);
        }
    }
    return r;
}

int explore_run(struct explore *explore, const struct explore_job *job, const struct plan *plan,
                struct explore_result *result, struct err *err)
{
    memset(result, 0, sizeof(*result));
    explore->job = job;
    explore->result = result;
    explore->number = 0;
    explore->is_broken = false;
    explore->start_us = monotonic_us();
    number_set_clear(explore->seen);
    struct err failure = ERR_INIT;
    explore_judge_begin(explore->judge, job->break_memo);
    int r = run_job(explore, plan, &failure);
    result->counts.duration_us = (uint64_t)(monotonic_us() - explore->start_us);
    note_peak(result);
    if (r == -ENOMEM) {
        return err_set(err, r, "out of memory");
    }
    if (r < 0) {
        (void)explore_image_broken(explore, failure.text);
    }
    return 0;
}
