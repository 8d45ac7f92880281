/* What is rehearsed: all that a recording is a function of, besides its plan. */
#ifndef HARNESS_POWER_REHEARSE_REHEARSE_OPTIONS_H
#define HARNESS_POWER_REHEARSE_REHEARSE_OPTIONS_H

#include "harness/scenario/workload.h"

struct rehearse_options {
    const struct scenario *scenario;
    const struct workload *workload;
    uint64_t seed;
    /* Services run inside each other's disk calls (manual only): so many preemptions, chosen by
     * this seed; 0: none. */
    uint32_t preemptions;
    uint64_t interleaving;
};

#endif
