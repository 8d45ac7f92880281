/* The rounds of a plan, then the restart protocol, each recorded (reenact.h). */
#include "harness/reenact/reenact.h"

#include "harness/power/disk/image_tree.h"
#include "harness/power/trace/trace_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The step of the protocol behind the first judgement. */
#define FIRST_JUDGED_STEP 4u

const char *reenact_refusal(const struct scenario *scenario)
{
    if (scenario->points != &points_engine) {
        return "it is of a program outside: what that does inside cannot be seen";
    }
    if (scenario->store.services == STORE_SERVICES_THREADS) {
        return "its services run in threads: no second run is the same";
    }
    return NULL;
}

static void witness_recorded(void *arg, uint64_t begin_sequence)
{
    struct reenact *reenact = arg;
    witness_see(reenact->witness, begin_sequence);
}

static void note_first(struct reenact *reenact, uint64_t mechanisms, const char *text)
{
    if (reenact->first_mechanisms == 0 && mechanisms != 0) {
        reenact->first_mechanisms = mechanisms;
        (void)snprintf(reenact->first_detail, sizeof(reenact->first_detail), "%s", text);
    }
}

/* When the recovered store has been judged, and before it is restarted again, it is asked what has
 * been found by now. */
static void restart_recorded(void *arg, uint64_t begin_sequence)
{
    struct reenact *reenact = arg;
    const struct judge_report *report = explore_judge_report(reenact->judge);
    witness_see(reenact->witness, begin_sequence);
    if (explore_judge_step(reenact->judge) >= FIRST_JUDGED_STEP) {
        note_first(reenact, report->mechanisms, report->text);
    }
}

static struct trace *copy_trace(const struct trace *trace)
{
    struct trace *copy = trace_new(NULL);
    uint8_t *data = NULL;
    size_t size_bytes = 0;
    int r = copy == NULL ? -ENOMEM : trace_file_pack(trace, &data, &size_bytes, NULL);
    if (r == 0) {
        r = trace_file_unpack(copy, data, size_bytes, NULL);
    }
    free(data);
    return r < 0 ? trace_free(copy) : copy;
}

/* The recording that ends becomes a part, and its stacks with it. */
static void keep_part(struct reenact *reenact, const struct rehearsal *rehearsal, size_t done)
{
    struct reenact_part part = {.trace = copy_trace(rehearse_trace(rehearsal)),
                                .base = image_clone(rehearse_base(rehearsal)),
                                .witness = reenact->witness,
                                .done = done};
    reenact->witness = witness_new();
    if (part.trace == NULL || part.base == NULL || reenact->witness == NULL ||
        reenact->part_count == REENACT_PARTS_MAX) {
        reenact->status = -ENOMEM;
    }
    if (reenact->part_count < REENACT_PARTS_MAX) {
        reenact->parts[reenact->part_count++] = part;
    }
}

static void witness_left(void *arg, const struct rehearsal *rehearsal, size_t done)
{
    keep_part(arg, rehearsal, done);
}

static void keep_strike(struct reenact *reenact, const struct trace *trace,
                        const struct witness *witness, const struct plan_hit *hit, size_t index)
{
    if (reenact->strike_count == REENACT_STRIKES_MAX) {
        return;
    }
    struct reenact_strike *strike = &reenact->strikes[reenact->strike_count++];
    strike->hit = *hit;
    strike->part = reenact->part_count;
    trace_get(trace, index, &strike->entry);
    strike->round = strike->entry.round;
    (void)snprintf(strike->path, sizeof(strike->path), "%s", strike->entry.path);
    (void)snprintf(strike->target, sizeof(strike->target), "%s", strike->entry.target);
    strike->entry.path = strike->path;
    strike->entry.target = strike->target;
    strike->entry.data = NULL;
    strike->stack_count = witness_stack(witness, strike->entry.begin_sequence, strike->stack);
}

static void witness_struck(void *arg, const struct rehearsal *rehearsal, const struct plan_hit *hit,
                           size_t index)
{
    struct reenact *reenact = arg;
    keep_strike(reenact, rehearse_trace(rehearsal), reenact->witness, hit, index);
}

/* The hit of the plan that returned an error to this operation; NULL: none did. */
static const struct plan_hit *error_of(const struct plan *plan, const struct trace_entry *entry)
{
    if (entry->is_note || entry->round >= plan->round_count) {
        return NULL;
    }
    const struct plan_round *round = &plan->rounds[entry->round];
    for (uint32_t i = 0; i < round->hit_count; i++) {
        const struct plan_hit *hit = &round->hits[i];
        if (!fault_kills(hit->fault.kind) && hit->fault.kind != FAULT_POWER_LOSS &&
            hit->point == entry->point && hit->hit == entry->hit) {
            return hit;
        }
    }
    return NULL;
}

/* The hits that return an error, in the parts where they struck: no death was told of them. */
static void find_errors(struct reenact *reenact)
{
    for (uint32_t p = 0; p < reenact->part_count; p++) {
        const struct reenact_part *part = &reenact->parts[p];
        for (size_t i = 0; i < trace_count(part->trace); i++) {
            struct trace_entry entry;
            trace_get(part->trace, i, &entry);
            const struct plan_hit *hit = error_of(&reenact->plan, &entry);
            if (hit != NULL) {
                keep_strike(reenact, part->trace, part->witness, hit, i);
                reenact->strikes[reenact->strike_count - 1].part = p;
            }
        }
    }
}

/* The round before which the store is judged; UINT32_MAX: only what the recording shows is. */
static uint32_t find_rest(const struct reenact *reenact)
{
    const struct plan *plan = &reenact->plan;
    const struct scenario *scenario = reenact->options.scenario;
    int last = plan_last_faulted_round(plan);
    bool is_explored = scenario_is_rehearsed(scenario, plan);
    if (plan_ends_at_rest(plan)) {
        return plan->round_count - 1;
    }
    if (last < 0) {
        return is_explored ? UINT32_MAX : scenario_round_count(scenario);
    }
    const struct plan_round *round = &plan->rounds[last];
    enum fault_kind kind = round->hits[round->hit_count - 1].fault.kind;
    bool is_death = kind == FAULT_POWER_LOSS || fault_kills(kind);
    return is_explored && !is_death ? UINT32_MAX : (uint32_t)last + 1;
}

size_t reenact_restart_done(const struct reenact_part *part, uint32_t number)
{
    uint32_t rounds = 0;
    size_t done = 0;
    struct trace_cursor cursor = {0, 0};
    struct trace_event event;
    while (trace_next(part->trace, &cursor, UINT64_MAX, &event)) {
        if (event.entry.is_note && event.entry.note == TRACE_NOTE_ROUND && rounds++ == number + 1) {
            break;
        }
        done += event.is_end && !event.entry.is_note ? 1 : 0;
    }
    return done;
}

int reenact_image(const struct reenact_part *part, size_t done, struct image **ret_image,
                  struct err *err)
{
    struct image *image = image_clone(part->base);
    struct disk *disk = NULL;
    const struct trace_span span = {.upto_count = done};
    if (image == NULL || image_disk(image, false, NULL, &disk) < 0) {
        image_free(image);
        return err_set(err, -ENOMEM, "out of memory for an image");
    }
    int r = trace_replay(part->trace, &span, disk, err);
    disk_free(disk);
    if (r < 0) {
        image_free(image);
        return r;
    }
    *ret_image = image;
    return 0;
}

/* The restart protocol over what the rounds left, recorded too. */
static int restart(struct reenact *reenact, struct err *err)
{
    struct reenact_part *part = &reenact->parts[reenact->part_count++];
    const struct trace_options options = {.witness = restart_recorded, .witness_arg = reenact};
    part->is_restart = true;
    part->trace = trace_new(&options);
    part->base = image_clone(rehearse_base(reenact->rehearsal));
    reenact->crashed = image_clone(rehearse_base(reenact->rehearsal));
    struct image *image = image_clone(rehearse_base(reenact->rehearsal));
    if (part->trace == NULL || part->base == NULL || reenact->crashed == NULL || image == NULL) {
        image_free(image);
        return err_set(err, -ENOMEM, "out of memory for a restart");
    }
    const struct disk_observer outer = trace_observer(part->trace, NULL);
    explore_judge_watch(reenact->judge, &outer, part->trace);
    int r = explore_judge_run(reenact->judge, &reenact->state, reenact->ledger, image, true,
                              &reenact->end);
    explore_judge_watch(reenact->judge, NULL, NULL);
    image_free(image);
    part->done = trace_done_count(part->trace);
    part->witness = reenact->witness;
    reenact->witness = NULL;
    if (r < 0) {
        return r;
    }
    reenact->is_judged = true;
    note_first(reenact, reenact->end.mechanisms, reenact->end.detail);
    return reenact_image(part, reenact_restart_done(part, 0), &reenact->recovered, err);
}

/* The rules over operations: a power loss is judged by what it left, not by what led to it. */
static void judge_order(struct reenact *reenact)
{
    const struct trace *traces[REENACT_PARTS_MAX];
    struct judge_report report;
    int last = plan_last_faulted_round(&reenact->plan);
    const struct plan_round *round = last < 0 ? NULL : &reenact->plan.rounds[last];
    if (round != NULL && round->hits[round->hit_count - 1].fault.kind == FAULT_POWER_LOSS) {
        return;
    }
    for (uint32_t i = 0; i < reenact->part_count; i++) {
        traces[i] = reenact->parts[i].trace;
    }
    judge_report_clear(&report);
    if (rehearse_order_of(reenact->rehearsal, traces, reenact->part_count, &report) > 0) {
        ending_judge(&reenact->end, report.mechanisms, report.first, report.places, report.text,
                     true);
        reenact->first_mechanisms = 0; /* that was before any restart */
        note_first(reenact, report.mechanisms, report.text);
    }
}

static int run(struct reenact *reenact, struct err *err)
{
    uint32_t rest = find_rest(reenact);
    int r = rest == UINT32_MAX
                ? rehearse_run(reenact->rehearsal, &reenact->plan, &reenact->broken)
                : rehearse_rest(reenact->rehearsal, &reenact->plan, rest, &reenact->broken);
    if (r == 0) {
        reenact->broken = (struct err)ERR_INIT; /* what was met on the way and put right */
    }
    if (r < 0 && trace_count(rehearse_trace(reenact->rehearsal)) == 0) {
        return err_set(err, r, "%s", reenact->broken.text);
    }
    if (rest == UINT32_MAX || r < 0) {
        keep_part(reenact, reenact->rehearsal,
                  trace_done_count(rehearse_trace(reenact->rehearsal)));
    }
    if (reenact->status < 0) {
        return err_set(err, reenact->status, "out of memory for what a case did");
    }
    find_errors(reenact);
    if (rest != UINT32_MAX && r == 0) {
        r = rehearse_state(reenact->rehearsal, 0, &reenact->state, reenact->ledger, err);
        if (r < 0) {
            return r;
        }
        r = restart(reenact, err);
        if (r < 0) {
            return r;
        }
    }
    judge_order(reenact);
    return 0;
}

int reenact_new(const struct reenact_options *options, struct reenact **ret_reenact,
                struct err *err)
{
    struct reenact *reenact = calloc(1, sizeof(*reenact));
    if (reenact == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    const struct scenario *scenario = options->scenario;
    reenact->plan = *options->plan;
    reenact->watch =
        (struct rehearse_witness){reenact, witness_recorded, witness_struck, witness_left};
    reenact->options = (struct rehearse_options){
        .scenario = scenario,
        .workload = options->workload,
        .seed = options->seed,
        .preemptions = scenario->weave == 0 ? 0 : scenario->explore.preemptions,
        .interleaving = scenario->weave,
        .witness = &reenact->watch,
    };
    reenact->witness = witness_new();
    int r = reenact->witness == NULL ? err_set(err, -ENOMEM, "out of memory")
                                     : rehearse_new(&reenact->options, &reenact->rehearsal, err);
    if (r < 0) {
        goto fail;
    }
    r = explore_judge_new(&reenact->options, &reenact->judge, err);
    if (r < 0) {
        goto fail;
    }
    reenact->ledger = calloc(1, rehearse_ledger_size_bytes(reenact->rehearsal));
    r = reenact->ledger == NULL ? err_set(err, -ENOMEM, "out of memory") : run(reenact, err);
    if (r < 0) {
        goto fail;
    }
    *ret_reenact = reenact;
    return 0;
fail:
    reenact_free(reenact);
    return r;
}

struct reenact *reenact_free(struct reenact *reenact)
{
    if (reenact == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < reenact->part_count; i++) {
        trace_free(reenact->parts[i].trace);
        witness_free(reenact->parts[i].witness);
        image_free(reenact->parts[i].base);
    }
    witness_free(reenact->witness);
    image_free(reenact->crashed);
    image_free(reenact->recovered);
    explore_judge_free(reenact->judge);
    rehearse_free(reenact->rehearsal);
    free(reenact->ledger);
    free(reenact);
    return NULL;
}
