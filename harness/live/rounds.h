/* The processes of one case: a fork for each round, one for the restart protocol. */
#ifndef HARNESS_LIVE_ROUNDS_H
#define HARNESS_LIVE_ROUNDS_H

#include "harness/live/live.h"

struct rounds {
    const struct live_options *options;
    const struct live_request *request;
    struct shared *shared;
    struct protocol_memory *memory; /* the restart protocol's, prepared */
    int dir_fd;
    struct campaign_case *ended;
};

/* How a process of the case ended, when that settles the case: INTACT means go on. */
struct rounds_end {
    enum outcome outcome;
    int32_t signal;
    char text[ERR_TEXT_SIZE_BYTES];
};

/* Runs rounds up to the last faulted one, or to the end of the workload. */
void rounds_run(struct rounds *rounds, struct rounds_end *end);
/* Runs the restart protocol; its verdict is in the shared memory. */
void rounds_judge(struct rounds *rounds, struct rounds_end *end);

#endif
