/* Syncs of a rehearsal that fail or lie. */
#include "harness/power/rehearse/rehearsal.h"

const struct disk_fault *rehearse_sync_fault(const struct rehearsal *rehearsal, uint32_t round,
                                             uint32_t point, uint32_t hit)
{
    if (round >= rehearsal->plan.round_count) {
        return NULL;
    }
    const struct plan_round *planned = &rehearsal->plan.rounds[round];
    for (uint32_t i = 0; i < planned->hit_count; i++) {
        const struct plan_hit *at = &planned->hits[i];
        const struct disk_fault *fault = disk_fault_of(&at->fault);
        if (at->point == point && at->hit == hit && fault != NULL) {
            return fault;
        }
    }
    return NULL;
}

enum recording_sync rehearse_sync_how(const struct rehearsal *rehearsal,
                                      const struct disk_fault *fault, uint32_t point)
{
    bool is_skipped = scenario_skips(rehearsal->options.scenario, point);
    if (fault != NULL) {
        return fault->sync;
    }
    return is_skipped ? RECORDING_SYNC_VOID : RECORDING_SYNC_GOOD;
}

static enum recording_sync take_sync(void *arg, const struct trace_entry *entry)
{
    const struct rehearsal *rehearsal = arg;
    const struct disk_fault *fault =
        rehearse_sync_fault(rehearsal, entry->round, entry->point, entry->hit);
    return rehearse_sync_how(rehearsal, fault, entry->point);
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
            const struct disk_fault *fault = disk_fault_of(&round->hits[i].fault);
            if (fault != NULL && fault->sync == RECORDING_SYNC_REVERT) {
                return true;
            }
        }
    }
    return false;
}
