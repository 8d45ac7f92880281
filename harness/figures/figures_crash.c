/* Each operation of a case once more, and the power lost in it (figures_crash.h). */
#include "harness/figures/figures_crash.h"

#include "harness/base/monotonic.h"
#include "harness/power/persist/persist.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIME_MAX_US INT64_C(2500000)

struct trying {
    const struct reenact *reenact;
    struct figures *figures;
    struct rehearse_options options;
    struct plan plan; /* of the case, without its last death */
    uint32_t part;    /* that its last death struck; the last before the restart, if none did */
    size_t upto;      /* operations of that part that came to pass */
    enum loss_model model;
    struct rehearsal *rehearsal;
    struct explore_judge *judge;
    struct ledger *ledger;
    struct persist *persist;
    size_t done;
};

static void trying_done(struct trying *trying)
{
    trying->persist = persist_free(trying->persist);
    trying->judge = explore_judge_free(trying->judge);
    trying->rehearsal = rehearse_free(trying->rehearsal);
    free(trying->ledger);
}

/* The last fault of the plan goes if nothing ran behind it: what came before it is the same. */
static void drop_last_death(struct trying *trying)
{
    int last = plan_last_faulted_round(&trying->plan);
    if (last < 0) {
        return;
    }
    struct plan_round *round = &trying->plan.rounds[last];
    enum fault_kind kind = round->hits[round->hit_count - 1].fault.kind;
    if (kind == FAULT_POWER_LOSS) {
        trying->model = round->hits[round->hit_count - 1].fault.loss.model;
    }
    if (kind == FAULT_POWER_LOSS || fault_kills(kind)) {
        round->hit_count--;
        memset(&round->hits[round->hit_count], 0, sizeof(round->hits[0]));
        trying->plan.round_count = (uint32_t)(plan_last_faulted_round(&trying->plan) + 1);
    }
}

static bool find_part(struct trying *trying)
{
    const struct reenact *reenact = trying->reenact;
    for (uint32_t i = reenact->part_count; i > 0; i--) {
        if (!reenact->parts[i - 1].is_restart) {
            trying->part = i - 1;
            trying->upto = reenact->parts[i - 1].done;
            return true;
        }
    }
    return false;
}

/* The case's own model where it has one, else the first that its scenario asks for. */
static enum loss_model model_of(const struct scenario *scenario)
{
    for (uint32_t i = 0; i < LOSS_MODEL_COUNT; i++) {
        if ((scenario->models >> i & 1) != 0) {
            return (enum loss_model)i;
        }
    }
    return LOSS_MODEL_ALL;
}

static int begin(struct trying *trying)
{
    struct err err = ERR_INIT;
    trying->plan = trying->reenact->plan;
    trying->options = trying->reenact->options;
    trying->options.witness = NULL;
    trying->model = model_of(trying->options.scenario);
    if (!find_part(trying) || plan_ends_at_rest(&trying->plan)) {
        return -ENOENT;
    }
    drop_last_death(trying);
    int r = rehearse_new(&trying->options, &trying->rehearsal, &err);
    if (r < 0) {
        return r;
    }
    r = explore_judge_new(&trying->options, &trying->judge, &err);
    if (r < 0) {
        return r;
    }
    trying->ledger = calloc(1, rehearse_ledger_size_bytes(trying->rehearsal));
    if (trying->ledger == NULL) {
        return -ENOMEM;
    }
    r = rehearse_run(trying->rehearsal, &trying->plan, &err);
    if (r < 0) {
        return r;
    }
    const struct recording recording = rehearse_recording(trying->rehearsal);
    return persist_new(&recording, trying->model, &trying->persist, &err);
}

static void note_plan(struct trying *trying, const struct loss *loss, struct figures_crash *crash)
{
    struct plan *plan = calloc(1, sizeof(*plan));
    struct fault fault;
    memset(&fault, 0, sizeof(fault));
    fault.kind = FAULT_POWER_LOSS;
    fault.loss = *loss;
    if (plan != NULL && rehearse_plan(trying->rehearsal, trying->done, &fault, plan) == 0) {
        plan->round_count = (uint32_t)plan_last_faulted_round(plan) + 1;
        int length = plan_print(plan, &points_engine, crash->plan, sizeof(crash->plan));
        if (length < 0 || (size_t)length >= sizeof(crash->plan)) {
            crash->plan[0] = '\0';
        }
    }
    free(plan);
}

/* One of the two losses; the caller has come to the operation. */
static int try_loss(struct trying *trying, uint32_t op, bool is_kept)
{
    struct figures *figures = trying->figures;
    struct rehearse_state state;
    struct ending end;
    struct image *image = NULL;
    struct loss loss = {.model = trying->model, .has_choice = true};
    loss.item_count = (uint16_t)persist_item_count(trying->persist);
    for (uint32_t i = 0; is_kept && i < loss.item_count; i++) {
        loss_keep(&loss, i);
    }
    persist_loss_close(trying->persist, !is_kept, &loss);
    int r = rehearse_state(trying->rehearsal, trying->done, &state, trying->ledger, NULL);
    if (r < 0) {
        return r;
    }
    r = persist_loss_image(trying->persist, &loss, &image, NULL);
    if (r < 0) {
        return r;
    }
    struct figures_crash *crash = &figures->crashes[figures->crash_count];
    *crash = (struct figures_crash){.op = op, .is_kept = is_kept};
    note_plan(trying, &loss, crash);
    figures->in_flight = figures->crash_count + 1;
    r = explore_judge_run(trying->judge, &state, trying->ledger, image, false, &end);
    figures->in_flight = 0;
    image_free(image);
    if (r < 0) {
        return r;
    }
    crash->outcome = (uint8_t)end.outcome;
    figures->crash_count++;
    return 0;
}

static uint32_t find_op(const struct trying *trying, size_t done)
{
    const struct figures *figures = trying->figures;
    for (uint32_t i = 0; i < figures->op_count; i++) {
        if (figures->ops[i].part == trying->part && figures->ops[i].done == done) {
            return i;
        }
    }
    return FIGURES_NO_OP;
}

static int try_both(struct trying *trying, size_t done, uint32_t op)
{
    trying->done = done;
    int r = persist_seek(trying->persist, done, NULL);
    if (r < 0) {
        return r;
    }
    r = try_loss(trying, op, true);
    if (r < 0) {
        return r;
    }
    return try_loss(trying, op, false);
}

void figures_crash_try(const struct reenact *reenact, struct figures *figures)
{
    struct trying *trying = calloc(1, sizeof(*trying));
    if (trying == NULL) {
        return;
    }
    int64_t deadline_us = monotonic_us() + TIME_MAX_US;
    trying->reenact = reenact;
    trying->figures = figures;
    int r = begin(trying);
    size_t count = r < 0 ? 0 : trace_done_count(rehearse_trace(trying->rehearsal));
    for (size_t done = 0; r == 0 && done < count && done < trying->upto; done++) {
        uint32_t op = find_op(trying, done);
        if (op == FIGURES_NO_OP || figures->ops[op].result < 0) {
            continue;
        }
        figures->crash_positions++;
        if (figures->crash_count + 2 > FIGURES_CRASHES_MAX || monotonic_us() > deadline_us) {
            continue;
        }
        r = try_both(trying, done, op);
    }
    trying_done(trying);
    free(trying);
}

void figures_crash_died(struct figures *figures, enum outcome outcome)
{
    if (figures->in_flight > 0 && figures->in_flight <= FIGURES_CRASHES_MAX) {
        figures->crash_count = figures->in_flight;
        figures->crashes[figures->crash_count - 1].outcome = (uint8_t)outcome;
        figures->in_flight = 0;
    }
}
