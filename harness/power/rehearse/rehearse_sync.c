/* Syncs of a rehearsal that fail or lie. */
#include "harness/power/rehearse/rehearsal.h"

static bool is_sync_fault(const struct fault *fault)
{
    return fault->kind == FAULT_SYNC_EIO || fault->kind == FAULT_SYNC_LIE;
}

enum recording_sync rehearse_sync_planned(const struct rehearsal *rehearsal, uint32_t round,
                                          uint32_t point, uint32_t hit,
                                          const struct fault **ret_fault)
{
    static const enum recording_sync meanings[FAULT_SYNC_COUNT] = {
        [FAULT_SYNC_CLEAN] = RECORDING_SYNC_CLEAN,
        [FAULT_SYNC_REVERT] = RECORDING_SYNC_REVERT,
        [FAULT_SYNC_LATE] = RECORDING_SYNC_VOID,
    };
    const uint64_t *skipped = rehearsal->options.scenario->skipped;
    if (round < rehearsal->plan.round_count) {
        const struct plan_round *planned = &rehearsal->plan.rounds[round];
        for (uint32_t i = 0; i < planned->hit_count; i++) {
            const struct plan_hit *at = &planned->hits[i];
            if (at->point == point && at->hit == hit && is_sync_fault(&at->fault)) {
                *ret_fault = &at->fault;
                return at->fault.kind == FAULT_SYNC_LIE ? RECORDING_SYNC_VOID
                                                        : meanings[at->fault.arg];
            }
        }
    }
    bool is_skipped = (skipped[point / 64] >> (point % 64) & 1) != 0;
    return is_skipped ? RECORDING_SYNC_VOID : RECORDING_SYNC_GOOD;
}

static enum recording_sync take_sync(void *arg, const struct trace_entry *entry)
{
    const struct fault *fault = NULL;
    return rehearse_sync_planned(arg, entry->round, entry->point, entry->hit, &fault);
}

struct recording rehearse_sync_recording(struct rehearsal *rehearsal)
{
    return (struct recording){
        .trace = rehearsal->trace,
        .base = rehearsal->base,
        .sync = take_sync,
        .sync_arg = rehearsal,
    };
}

bool rehearse_sync_tracks_reverts(const struct rehearsal *rehearsal)
{
    for (uint32_t r = 0; r < rehearsal->plan.round_count; r++) {
        const struct plan_round *round = &rehearsal->plan.rounds[r];
        for (uint32_t i = 0; i < round->hit_count; i++) {
            if (round->hits[i].fault.kind == FAULT_SYNC_EIO &&
                round->hits[i].fault.arg == FAULT_SYNC_REVERT) {
                return true;
            }
        }
    }
    return false;
}
