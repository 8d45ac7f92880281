/* xoshiro256** 1.0 and splitmix64 (Blackman and Vigna, public domain). */
#include "harness/scenario/prng.h"

#include "store/base/ensure.h"

static uint64_t splitmix(uint64_t *state)
{
    uint64_t mixed = *state += UINT64_C(0x9E3779B97F4A7C15);
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94D049BB133111EB);
    return mixed ^ mixed >> 31;
}

static uint64_t rotate(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

/* The seed is mixed before the stream is put in, so that neighbouring seeds and neighbouring
 * streams (message 7 of seed 1, message 6 of seed 2) have nothing in common. */
void prng_init(struct prng *prng, uint64_t seed, uint64_t stream)
{
    uint64_t state = seed;
    state = splitmix(&state) ^ stream;
    for (int i = 0; i < 4; i++) {
        prng->state[i] = splitmix(&state);
    }
}

uint64_t prng_next(struct prng *prng)
{
    uint64_t *s = prng->state;
    uint64_t value = rotate(s[1] * 5, 7) * 9;
    uint64_t shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate(s[3], 45);
    return value;
}

uint64_t prng_below(struct prng *prng, uint64_t bound)
{
    ENSURE(bound >= 1);
    /* Values of the last, incomplete round of `bound` would be too frequent. */
    uint64_t excess = (UINT64_MAX % bound + 1) % bound;
    uint64_t value = prng_next(prng);
    while (value > UINT64_MAX - excess) {
        value = prng_next(prng);
    }
    return value % bound;
}

/* The whole range has one value more than a bound can say. */
uint64_t prng_between(struct prng *prng, uint64_t least, uint64_t most)
{
    ENSURE(least <= most);
    if (most - least == UINT64_MAX) {
        return prng_next(prng);
    }
    return least + prng_below(prng, most - least + 1);
}
