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

/* Runs rounds up to the last faulted one, or to the end of the workload.  False when a process of
 * the case ended in a way that settles it: shared->ending says how. */
bool rounds_run(struct rounds *rounds);
/* Hands the store as it lies there to the request's taker, if there is one; false when that failed,
 * which settles the case. */
bool rounds_hand_out(struct rounds *rounds);
/* Runs the restart protocol, which judges, on what was handed out just before; false as above. */
bool rounds_judge(struct rounds *rounds);

#endif
