/* All rounds of a plan, one after the other, to the end or to where the store is at rest. */
#include "harness/power/rehearse/rehearse.h"

#include "harness/power/rehearse/rehearsal.h"
#include "store/base/ensure.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct rehearsal *rehearse_free(struct rehearsal *rehearsal)
{
    if (rehearsal == NULL) {
        return NULL;
    }
    if (rehearsal->has_promise) {
        promise_done(&rehearsal->promise);
    }
    image_free(rehearsal->origin);
    image_free(rehearsal->base);
    image_free(rehearsal->cached);
    order_free(rehearsal->order);
    trace_free(rehearsal->trace);
    free(rehearsal->start.ledger);
    free(rehearsal->now.ledger);
    shared_unmap(rehearsal->shared, rehearsal->message_capacity);
    free(rehearsal);
    return NULL;
}

int rehearse_new(const struct rehearse_options *options, struct rehearsal **ret_rehearsal,
                 struct err *err)
{
    struct rehearsal *rehearsal = calloc(1, sizeof(*rehearsal));
    if (rehearsal == NULL) {
        return err_set(err, -ENOMEM, "out of memory for a rehearsal");
    }
    rehearsal->options = *options;
    rehearsal->message_capacity = options->workload->message_count + WORKLOAD_PROBES;
    int r = shared_map(rehearsal->message_capacity, &rehearsal->shared, err);
    if (r < 0) {
        free(rehearsal);
        return r;
    }
    struct trace_options trace = {.now_ms = shared_now_ms, .now_arg = rehearsal->shared};
    if (options->witness != NULL) {
        trace.witness = options->witness->recorded;
        trace.witness_arg = options->witness->arg;
    }
    rehearsal->trace = trace_new(&trace);
    rehearsal->start.ledger = calloc(1, rehearse_ledger_size_bytes(rehearsal));
    rehearsal->now.ledger = calloc(1, rehearse_ledger_size_bytes(rehearsal));
    rehearsal->base = image_new();
    rehearsal->order = order_new(&options->scenario->store, options->scenario->profile);
    if (rehearsal->trace == NULL || rehearsal->order == NULL || rehearsal->start.ledger == NULL ||
        rehearsal->now.ledger == NULL || rehearsal->base == NULL) {
        rehearse_free(rehearsal);
        return err_set(err, -ENOMEM, "out of memory for a rehearsal");
    }
    r = image_unpack(options->scenario->base, &rehearsal->origin, err);
    if (r < 0) {
        rehearse_free(rehearsal);
        return r;
    }
    *ret_rehearsal = rehearsal;
    return 0;
}

const struct trace *rehearse_trace(const struct rehearsal *rehearsal)
{
    return rehearsal->trace;
}

struct image *rehearse_base(const struct rehearsal *rehearsal)
{
    return rehearsal->base;
}

uint32_t rehearse_first_round(const struct rehearsal *rehearsal)
{
    return rehearsal->first_round;
}

size_t rehearse_first_done(const struct rehearsal *rehearsal)
{
    return rehearsal->first_done;
}

struct recording rehearse_recording(struct rehearsal *rehearsal)
{
    return rehearse_sync_recording(rehearsal);
}

size_t rehearse_ledger_size_bytes(const struct rehearsal *rehearsal)
{
    return ledger_size_bytes(rehearsal->message_capacity);
}

int rehearse_plan(const struct rehearsal *rehearsal, size_t done, const struct fault *fault,
                  struct plan *ret_plan)
{
    struct trace_entry entry;
    if (done >= trace_done_count(rehearsal->trace)) {
        return -ERANGE;
    }
    trace_get(rehearsal->trace, trace_done_index(rehearsal->trace, done), &entry);
    if (entry.round >= PLAN_ROUNDS_MAX) {
        return -ERANGE;
    }
    *ret_plan = rehearsal->plan;
    struct plan_round *round = &ret_plan->rounds[entry.round];
    if (round->hit_count >= PLAN_HITS_MAX) {
        return -ERANGE;
    }
    round->hits[round->hit_count++] = (struct plan_hit){entry.point, entry.hit, *fault};
    if (ret_plan->round_count <= entry.round) {
        ret_plan->round_count = entry.round + 1;
    }
    return 0;
}

/* All rounds. */

enum next { NEXT_ROUND, NEXT_END };

static int judge_exit(struct rehearsal *rehearsal, uint32_t round, enum shared_exit exit,
                      enum next *ret_next, struct err *err)
{
    bool is_planned = round + 1 < rehearsal->plan.round_count;
    *ret_next = NEXT_ROUND;
    switch (exit) {
    case SHARED_EXIT_HUNG:
        return -ETIMEDOUT;
    case SHARED_EXIT_DIED: /* of a program, which none rehearses */
    case SHARED_EXIT_BROKEN:
        return ERR_BROKEN;
    case SHARED_EXIT_OPEN_FAILED:
        /* Excused by an error that was injected; else nothing opens it any more. */
        if (!arm_has_errno_fired(&rehearsal->shared->arm)) {
            *ret_next = NEXT_END;
            return is_planned ? err_wrap(err, ERR_USAGE, "round %u does not open", round + 1) : 0;
        }
        return 0;
    case SHARED_EXIT_DONE:
        if (rehearsal->is_over && !is_planned) {
            *ret_next = NEXT_END;
        }
        rehearsal->is_over = true;
        return 0;
    case SHARED_EXIT_RESTART:
    case SHARED_EXIT_TERMINATED:
        break;
    }
    return 0;
}

static int record_round(struct rehearsal *rehearsal, uint32_t round, enum shared_exit *ret_exit,
                        struct err *err)
{
    int r = rehearse_before(rehearsal, round, err);
    if (r < 0) {
        return r;
    }
    rehearsal->has_lost = false;
    rehearsal->round_done = trace_done_count(rehearsal->trace);
    return rehearse_round(rehearsal, round, ret_exit, err);
}

static int run_round(struct rehearsal *rehearsal, uint32_t round, enum next *ret_next,
                     struct err *err)
{
    const struct plan_hit *death = NULL;
    enum shared_exit exit = SHARED_EXIT_BROKEN;
    size_t index = 0;
    int r = record_round(rehearsal, round, &exit, err);
    if (r < 0) {
        return err_wrap(err, r, "rehearse");
    }
    if (round < rehearsal->plan.round_count) {
        r = rehearse_death_find(rehearsal, round, &death, &index, err);
    }
    if (r < 0) {
        return r;
    }
    if (death != NULL) {
        *ret_next = NEXT_ROUND;
        return rehearse_death_strike(rehearsal, death, index, round, err);
    }
    r = judge_exit(rehearsal, round, exit, ret_next, err);
    return r < 0 ? err_wrap(err, r, "rehearse") : 0;
}

static bool needs_libfiu(const struct plan *plan)
{
    for (uint32_t r = 0; r < plan->round_count; r++) {
        for (uint32_t i = 0; i < plan->rounds[r].hit_count; i++) {
            if (!rehearsal_is_death(&plan->rounds[r].hits[i].fault)) {
                return true;
            }
        }
    }
    return false;
}

/* What ends a process in ways that a recording does not have. */
static int check_plan(const struct plan *plan, struct err *err)
{
    for (uint32_t r = 0; r < plan->round_count; r++) {
        for (uint32_t i = 0; i < plan->rounds[r].hit_count; i++) {
            const struct fault *fault = &plan->rounds[r].hits[i].fault;
            if (fault->kind == FAULT_POD_KILL ||
                (fault->kind == FAULT_POWER_LOSS && !fault->loss.has_choice)) {
                return err_set(err, ERR_USAGE, "'%s' cannot be rehearsed",
                               fault_kind_name(fault->kind));
            }
        }
    }
    return 0;
}

/* What a power loss left is at rest as it is; else what the steps leave is. */
static int come_to_rest(struct rehearsal *rehearsal, uint32_t round, struct err *err)
{
    int r = rehearse_before(rehearsal, round, err);
    if (r < 0) {
        return r;
    }
    if (!rehearsal->has_lost) {
        struct image *image = image_clone(rehearsal->cached);
        if (image == NULL) {
            return err_set(err, -ENOMEM, "out of memory for an image");
        }
        rehearse_state_leave(rehearsal, trace_done_count(rehearsal->trace));
        rehearse_state_rebase(rehearsal, image, round);
    }
    rehearsal->is_at_rest = true;
    return 0;
}

static int run_rounds(struct rehearsal *rehearsal, struct err *err)
{
    enum next next = NEXT_ROUND;
    for (uint32_t round = 0; round < REHEARSAL_ROUNDS_MAX; round++) {
        if (round == rehearsal->rest_round) {
            return come_to_rest(rehearsal, round, err);
        }
        int r = run_round(rehearsal, round, &next, err);
        if (r < 0) {
            return r;
        }
        if (next == NEXT_END) {
            return rehearsal->rest_round == UINT32_MAX
                       ? 0
                       : err_set(err, ERR_USAGE, "rehearse: round %u is never begun",
                                 rehearsal->rest_round + 1);
        }
    }
    return err_set(err, -ETIMEDOUT, "rehearse: more than %u rounds", REHEARSAL_ROUNDS_MAX);
}

static int run_plan(struct rehearsal *rehearsal, const struct plan *plan, uint32_t rest_round,
                    struct err *err)
{
    struct arm_registration *registration = NULL;
    struct image *origin = image_clone(rehearsal->origin);
    int r = check_plan(plan, err);
    rehearsal->cached = image_free(rehearsal->cached);
    rehearsal->cached = image_clone(rehearsal->origin);
    if (r < 0 || origin == NULL || rehearsal->cached == NULL) {
        image_free(origin);
        return r < 0 ? r : err_set(err, -ENOMEM, "out of memory for a rehearsal");
    }
    rehearsal->plan = *plan;
    rehearsal->rest_round = rest_round;
    rehearse_state_forget(rehearsal, origin);
    if (needs_libfiu(plan)) {
        r = arm_register(&rehearsal->shared->arm, &registration, err);
    }
    if (r == 0) {
        r = run_rounds(rehearsal, err);
    }
    arm_unregister(registration);
    rehearse_state_reset(rehearsal);
    return r;
}

int rehearse_run(struct rehearsal *rehearsal, const struct plan *plan, struct err *err)
{
    return run_plan(rehearsal, plan, UINT32_MAX, err);
}

int rehearse_rest(struct rehearsal *rehearsal, const struct plan *plan, uint32_t round,
                  struct err *err)
{
    return run_plan(rehearsal, plan, round, err);
}

int rehearse_rest_of(struct rehearsal *rehearsal, const struct trace *trace,
                     const struct plan *plan, struct err *err)
{
    const struct plan_hit *death = NULL;
    uint32_t round = (uint32_t)plan_last_faulted_round(plan);
    size_t index = 0;
    int r = rehearse_adopt(rehearsal, trace, err);
    if (r < 0) {
        return r;
    }
    rehearsal->plan = *plan;
    r = rehearse_death_find(rehearsal, round, &death, &index, err);
    if (r < 0) {
        return r;
    }
    ENSURE(death != NULL);
    r = rehearse_death_strike(rehearsal, death, index, round, err);
    if (r < 0) {
        return r;
    }
    return come_to_rest(rehearsal, round + 1, err);
}
