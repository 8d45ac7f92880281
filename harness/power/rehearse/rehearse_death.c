/* What a plan's hits make of a round that was recorded: where it dies, and what the next goes on
 * from. */
#include "harness/power/persist/persist.h"
#include "harness/power/rehearse/rehearsal.h"

#include <errno.h>

/* The entry of a hit; -1: it was not reached. */
static int64_t find_hit(const struct rehearsal *rehearsal, uint32_t round,
                        const struct plan_hit *hit)
{
    struct trace_entry entry;
    for (size_t i = trace_count(rehearsal->trace); i > 0; i--) {
        trace_get(rehearsal->trace, i - 1, &entry);
        if (entry.round < round) {
            break;
        }
        if (entry.round == round && !entry.is_note && entry.point == hit->point &&
            entry.hit == hit->hit) {
            return (int64_t)i - 1;
        }
    }
    return -1;
}

/* The ended operation of an entry; trace_done_count() when it never ended. */
static size_t find_done(const struct trace *trace, size_t index)
{
    for (size_t n = trace_done_count(trace); n > 0; n--) {
        if (trace_done_index(trace, n - 1) == index) {
            return n - 1;
        }
    }
    return trace_done_count(trace);
}

static int refuse_hit(const struct plan_hit *hit, uint32_t round, struct err *err)
{
    if (hit->fault.kind == FAULT_POWER_LOSS) {
        return err_set(err, -ENOENT, "%s:%u of round %u is not reached", point_name(hit->point),
                       hit->hit, round + 1);
    }
    return err_set(err, ERR_USAGE, "rehearse: %s:%u is not reached in round %u",
                   point_name(hit->point), hit->hit, round + 1);
}

/* When a hit strikes, in the sequence of the trace: a kill at the begin of its operation, anything
 * else at the end. */
static uint64_t moment_of(const struct rehearsal *rehearsal, const struct plan_hit *hit,
                          size_t index)
{
    struct trace_entry entry;
    trace_get(rehearsal->trace, index, &entry);
    return hit->fault.kind == FAULT_KILL ? entry.begin_sequence : entry.end_sequence;
}

int rehearse_death_find(struct rehearsal *rehearsal, uint32_t round,
                        const struct plan_hit **ret_death, size_t *ret_index, struct err *err)
{
    const struct plan_round *planned = &rehearsal->plan.rounds[round];
    const struct plan_hit *last = NULL;
    uint64_t last_moment = 0;
    uint64_t death_moment = 0;
    size_t last_index = 0;
    *ret_death = NULL;
    for (uint32_t i = 0; i < planned->hit_count; i++) {
        const struct plan_hit *hit = &planned->hits[i];
        int64_t index = find_hit(rehearsal, round, hit);
        if (index < 0) {
            return refuse_hit(hit, round, err);
        }
        uint64_t moment = moment_of(rehearsal, hit, (size_t)index);
        if (rehearsal_is_death(&hit->fault) && (*ret_death == NULL || moment < death_moment)) {
            *ret_death = hit;
            *ret_index = (size_t)index;
            death_moment = moment;
        }
        if (last == NULL || moment >= last_moment) {
            last = hit;
            last_moment = moment;
            last_index = (size_t)index;
        }
    }
    if (*ret_death != NULL && last_moment > death_moment) {
        return refuse_hit(last, round, err);
    }
    if (*ret_death == NULL && last != NULL) {
        rehearsal->first_done = find_done(rehearsal->trace, last_index);
    }
    return 0;
}

/* A plan that was altered, or made by another version, is the caller's error, and never another
 * image. */
static int check_loss(const struct persist *persist, const struct plan_hit *hit, struct err *err)
{
    const struct loss *loss = &hit->fault.loss;
    if (loss->item_count == persist_item_count(persist) && persist_loss_is_legal(persist, loss)) {
        return 0;
    }
    return err_set(err, ERR_USAGE,
                   "the power loss is not one that the model '%s' allows at %s:%u: it names %u "
                   "items, here are %u",
                   loss_model_name(loss->model), point_name(hit->point), hit->hit,
                   (unsigned)loss->item_count, persist_item_count(persist));
}

static int make_image(struct rehearsal *rehearsal, const struct plan_hit *hit, size_t done,
                      struct image **ret_image, struct err *err)
{
    const struct recording recording = rehearse_sync_recording(rehearsal);
    const struct loss *loss = &hit->fault.loss;
    struct persist *persist = NULL;
    int r = persist_new(&recording, loss->model, &persist, err);
    if (r < 0) {
        return r;
    }
    r = persist_seek(persist, done, err);
    if (r < 0) {
        goto out;
    }
    r = check_loss(persist, hit, err);
    if (r < 0) {
        goto out;
    }
    r = persist_loss_image(persist, loss, ret_image, err);
out:
    persist_free(persist);
    return r;
}

/* The recording begins anew on what the power loss left. */
static int lose_power(struct rehearsal *rehearsal, const struct plan_hit *hit, size_t index,
                      uint32_t round, struct err *err)
{
    size_t done = find_done(rehearsal->trace, index);
    struct rehearse_state state = {0};
    struct image *image = NULL;
    if (done == trace_done_count(rehearsal->trace)) {
        return refuse_hit(hit, round, err); /* it never ended */
    }
    int r = make_image(rehearsal, hit, done, &image, err);
    if (r < 0) {
        return r;
    }
    r = rehearse_state(rehearsal, done, &state, NULL, err);
    if (r < 0) {
        goto fail;
    }
    r = rehearse_state_take(rehearsal, done, err);
    if (r < 0) {
        goto fail;
    }
    rehearse_state_waive(rehearsal, rehearsal->shared->ledger, state.promised_end, state.is_lied);
    rehearse_state_leave(rehearsal, done);
    rehearse_state_rebase(rehearsal, image, round + 1);
    rehearsal->has_lost = true;
    rehearsal->lost = state;
    return 0;
fail:
    image_free(image);
    return r;
}

/* A process dies: what it had done until then stays in the page cache. */
static void cut(const struct rehearsal *rehearsal, const struct plan_hit *hit, size_t index)
{
    if (hit->fault.kind == FAULT_KILL) {
        trace_cut(rehearsal->trace, index);
    } else {
        trace_cut_after(rehearsal->trace, index,
                        hit->fault.kind == FAULT_TORN ? hit->fault.arg : UINT64_MAX);
    }
}

int rehearse_death_strike(struct rehearsal *rehearsal, const struct plan_hit *hit, size_t index,
                          uint32_t round, struct err *err)
{
    const struct rehearse_witness *witness = rehearsal->options.witness;
    if (witness != NULL) {
        witness->struck(witness->arg, rehearsal, hit, index);
    }
    if (hit->fault.kind != FAULT_POWER_LOSS) {
        cut(rehearsal, hit, index);
    } else {
        int r = lose_power(rehearsal, hit, index, round, err);
        if (r < 0) {
            return r;
        }
    }
    size_t done = trace_done_count(rehearsal->trace);
    rehearse_state_reset(rehearsal);
    rehearsal->first_done = done;
    rehearsal->cached = image_free(rehearsal->cached);
    int r = rehearse_state_image(rehearsal, done, &rehearsal->cached, err);
    if (r < 0) {
        return r;
    }
    return rehearse_state_take(rehearsal, done, err);
}
