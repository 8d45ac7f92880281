/* A recording in steps of its workload, each as the phrases of what was done in it. */
#ifndef HARNESS_STORY_BEATS_H
#define HARNESS_STORY_BEATS_H

#include "harness/power/trace/trace.h"

#define BEATS_PHRASES_MAX 96
#define BEATS_CHAIN_MAX   24

/* The phrases met so far. */
struct beats;

struct beats_step {
    bool is_start;    /* a round begins, up to the open store */
    bool has_message; /* a put is in it */
    uint32_t round;
    uint32_t number; /* of the workload's step */
    uint32_t first_message;
    uint32_t repeat; /* so many steps in a row went like this */
    int64_t time_ms;
    uint32_t operation_count; /* that changed something, of all of them */
    /* From the message that is sent to the last answer, in order; the same in a row once. */
    uint32_t chain_count;
    uint8_t chain[BEATS_CHAIN_MAX];
    /* All else, and what found no room in the chain: how often. */
    uint16_t behind[BEATS_PHRASES_MAX];
};

/* NULL when out of memory. */
struct beats *beats_new(void);
struct beats *beats_free(struct beats *beats);
/* "log written". Valid as long as `beats`. */
const char *beats_phrase(const struct beats *beats, uint32_t phrase);
/* The steps of a recording up to the end of its first `done` operations.  Puts in a row with the
 * same chain are one step, repeated.  How many, at most `capacity`; what is behind belongs to the
 * last. */
uint32_t beats_steps(struct beats *beats, const struct trace *trace, size_t done,
                     struct beats_step *steps, uint32_t capacity);

#endif
