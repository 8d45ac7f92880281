/* Small deterministic random numbers: what a scenario does with a seed is the same everywhere. */
#ifndef HARNESS_SCENARIO_PRNG_H
#define HARNESS_SCENARIO_PRNG_H

#include <stdint.h>

/* xoshiro256**, seeded by splitmix64. */
struct prng {
    uint64_t state[4];
};

/* Streams of one seed do not depend on each other. */
void prng_init(struct prng *prng, uint64_t seed, uint64_t stream);
/* The next 64 bits of the stream. */
uint64_t prng_next(struct prng *prng);
/* Uniform in [0, bound); bound >= 1. */
uint64_t prng_below(struct prng *prng, uint64_t bound);
/* Uniform in [least, most]. */
uint64_t prng_between(struct prng *prng, uint64_t least, uint64_t most);

#endif
