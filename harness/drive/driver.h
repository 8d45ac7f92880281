/* Drives one round: puts the workload's messages into an open target, does its other steps, and
 * tells the ledger what was promised. */
#ifndef HARNESS_DRIVE_DRIVER_H
#define HARNESS_DRIVE_DRIVER_H

#include "harness/drive/scheduler.h"
#include "harness/drive/shared.h"
#include "harness/power/disk/place.h"
#include "harness/scenario/prng.h"
#include "harness/scenario/workload.h"
#include "harness/target/target.h"

struct driver {
    const struct scenario *scenario;
    const struct workload *workload;
    uint64_t seed;
    struct shared *shared;
    struct target target;
    struct scheduler scheduler;
    _Atomic uint32_t outstanding_count; /* puts not answered yet */
    struct workload_message message;
    struct driver_put *puts; /* one a message: what a completion is given */
    uint32_t put_capacity;
    bool is_stopping;
    bool is_interrupted;         /* something runs inside a disk call */
    _Atomic bool is_commit_open; /* offsets were committed since the store last said "persisted" */
};

/* Nothing is opened yet.  `shared` must outlive the driver.  0 or -ENOMEM. */
int driver_init(struct driver *driver, const struct scenario *scenario,
                const struct workload *workload, uint64_t seed, struct shared *shared);
/* As driver_init, with the memory of a driver that has been initialised; its target is closed. */
int driver_begin(struct driver *driver, const struct scenario *scenario,
                 const struct workload *workload, uint64_t seed, struct shared *shared);
/* Frees; a target still open is closed as by a kill. */
void driver_done(struct driver *driver);

/* Opens the target at `place`, with `disk` over it.  Hits count from here on. */
int driver_open(struct driver *driver, const struct place *place, struct disk *disk,
                struct err *err);
/* Recovers and closes again, where the target does both at once; -ENOSYS: it does not. */
int driver_recover(struct driver *driver, const struct place *place, struct err *err);
/* 0, or the code of what befell a target that is a process of its own, with its text. */
int driver_fate(const struct driver *driver, struct err *err);
/* Runs the workload from shared->next_step to the end of the round. */
enum shared_exit driver_run(struct driver *driver, struct err *err);

/* Until no service has work, held ones included, whether or not timers are due.  -ETIMEDOUT when
 * that does not end. */
int driver_settle(struct driver *driver, struct err *err);
/* Puts message `index` and, in manual mode, steps until it is answered. */
int driver_put(struct driver *driver, uint32_t index, struct err *err);
/* Of one that is stepped, from within a disk call of it: runs what another thread might run at that
 * moment, one step of a service or the next put of the workload, as `prng` chooses among those
 * whose locks are free.  False when there is none. */
bool driver_interrupt(struct driver *driver, struct prng *prng);
/* Waits until every put is answered. */
int driver_drain(struct driver *driver, struct err *err);

#endif
