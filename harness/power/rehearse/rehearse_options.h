/* What is rehearsed: all that a recording is a function of, besides its plan. */
#ifndef HARNESS_POWER_REHEARSE_REHEARSE_OPTIONS_H
#define HARNESS_POWER_REHEARSE_REHEARSE_OPTIONS_H

#include "harness/case/plan.h"
#include "harness/scenario/workload.h"

struct rehearsal;

/* Who looks on while rounds are rehearsed, to tell of them afterwards.  All three are called from
 * within the run. */
struct rehearse_witness {
    void *arg;
    /* An entry of the recording begins, at this number of its sequence (trace_options.witness). */
    void (*recorded)(void *arg, uint64_t begin_sequence);
    /* The plan has the process or the machine die by `hit`, which is the recording's entry `index`;
     * nothing is cut off yet. */
    void (*struck)(void *arg, const struct rehearsal *rehearsal, const struct plan_hit *hit,
                   size_t index);
    /* The recording is about to be dropped for a new one; of it the first `done` operations have
     * come to pass. */
    void (*left)(void *arg, const struct rehearsal *rehearsal, size_t done);
};

struct rehearse_options {
    const struct scenario *scenario;
    const struct workload *workload;
    uint64_t seed;
    /* Services run inside each other's disk calls (manual only): so many preemptions, chosen by
     * this seed; 0: none. */
    uint32_t preemptions;
    uint64_t interleaving;
    const struct rehearse_witness *witness; /* NULL: nobody looks on */
};

#endif
