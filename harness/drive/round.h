/* One round of a case, wherever its store lies: the steps that the plan has before it, the
 * observers of its disk, and the life of the store from its opening to the round's end.  What
 * follows from how it ended is the caller's: a process that died (live), or a recording that is cut
 * (rehearse). */
#ifndef HARNESS_DRIVE_ROUND_H
#define HARNESS_DRIVE_ROUND_H

#include "harness/drive/shared.h"
#include "harness/power/disk/place.h"
#include "harness/power/trace/trace.h"

struct round {
    const struct scenario *scenario;
    const struct workload *workload;
    uint64_t seed;
    struct shared *shared;
    /* Told between the harness's own observer and the disk: a recording, an audit; or NULL. */
    const struct disk_observer *inner;
    struct trace *journal; /* where the round and what changes the ledger is noted; or NULL */
    /* Services run inside each other's disk calls: so many, as the seed chooses; 0: none. */
    uint32_t preemptions;
    uint64_t interleaving;
    bool is_over; /* the workload is: the store opens, settles and ends as killed */
    /* A restart ends the process, and the open store with it, as a kill does. */
    bool ends_with_process;
};

/* One of the plan's steps before a round, done to a store at rest.  ERR_USAGE when there is not
 * what the step names: nothing is changed then.  A hot copy is ERR_CORRUPT: it is made of a
 * recording. */
int round_before(struct shared *shared, const struct place *place, const struct plan_before *step,
                 struct err *err);
/* The shared memory is made ready for round `number`; `armed`: what libfiu does in it, or NULL. */
void round_begin(struct shared *shared, uint32_t number, const struct plan_round *armed);
/* Runs it.  0 with the exit that a process of the round would have, and the reason in `err` when it
 * is none of a round's ends; or -ENOMEM. */
int round_run(const struct round *round, const struct place *place, enum shared_exit *ret_exit,
              struct err *err);

#endif
