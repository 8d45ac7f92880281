/* What is done to a rehearsed store between two rounds. */
#include "harness/run/rehearse_parts.h"

#include <errno.h>

static int apply(struct rehearsal *rehearsal, const struct plan_before *before, uint32_t round,
                 struct err *err)
{
    struct shared *shared = rehearsal->shared;
    (void)round;
    if (before->kind == PLAN_BEFORE_CLOCK_JUMP) {
        atomic_fetch_add(&shared->now_ms, before->arg_ms);
        trace_note(rehearsal->trace, TRACE_NOTE_CLOCK, atomic_load(&shared->now_ms), 0);
        return 0;
    }
    return err_set(err, ERR_USAGE, "a step before a round that cannot be rehearsed");
}

int rehearse_before(struct rehearsal *rehearsal, uint32_t round, struct err *err)
{
    if (round >= rehearsal->plan.round_count) {
        return 0;
    }
    const struct plan_round *planned = &rehearsal->plan.rounds[round];
    int r = 0;
    for (uint32_t i = 0; r == 0 && i < planned->before_count; i++) {
        r = apply(rehearsal, &planned->before[i], round, err);
    }
    return r;
}
