/* Drives one round: puts the workload's messages into an open store and, in manual mode, decides
 * which service runs next.
 *
 * The manual scheduler is a pure function of (scenario, seed, round): same choices, same order of
 * disk operations, same hits. Virtual time lives in the shared memory. */
#ifndef HARNESS_DRIVE_DRIVER_H
#define HARNESS_DRIVE_DRIVER_H

#include "harness/drive/shared.h"
#include "harness/power/trace/trace.h"
#include "harness/scenario/prng.h"
#include "harness/scenario/workload.h"
#include "store/store.h"

struct driver {
    const struct scenario *scenario;
    const struct workload *workload;
    uint64_t seed;
    struct shared *shared;
    struct store *store; /* NULL once it is closed */
    struct env env;
    struct event_sink sink;
    struct prng prng;
    int64_t held_until_ms[STORE_SERVICE_COUNT];
    _Atomic uint32_t outstanding_count; /* puts not answered yet */
    struct workload_message message;
    struct driver_put *puts; /* one a message: what a completion is given */
    uint32_t put_capacity;
    int64_t reserved_ms;   /* what `expire` asked for; -1: nothing yet */
    int64_t real_start_us; /* threads mode: real time goes on beside the virtual */
    bool is_stopping;
    bool is_interrupted;         /* something runs inside a disk call */
    _Atomic bool is_commit_open; /* offsets were committed since the store last said "persisted" */
    struct trace *journal;       /* NULL, or where notes for harness/power/trace/journal.h go */
};

/* Nothing is opened yet.  `shared` must outlive the driver.  0 or -ENOMEM. */
int driver_init(struct driver *driver, const struct scenario *scenario,
                const struct workload *workload, uint64_t seed, struct shared *shared);
/* As driver_init, with the memory of a driver that has been initialised; its store is closed. */
int driver_begin(struct driver *driver, const struct scenario *scenario,
                 const struct workload *workload, uint64_t seed, struct shared *shared);
/* Frees; a store still open is closed as by a kill. */
void driver_done(struct driver *driver);

/* Opens the store on `disk`.  Hits count from here on. */
int driver_open(struct driver *driver, struct disk *disk, struct err *err);
/* Runs the workload from shared->next_step to the end of the round. */
enum shared_exit driver_run(struct driver *driver, struct err *err);

/* Steps all services until none has work, held ones included, jumping to due timers.
 * ERR_BROKEN when that does not end. */
int driver_settle(struct driver *driver, struct err *err);
/* Puts message `index` and, in manual mode, steps until it is answered. */
int driver_put(struct driver *driver, uint32_t index, struct err *err);
/* Manual mode, from within a disk call of the store: runs what another thread might run at that
 * moment, one step of a service or the next put of the workload, as `prng` chooses among those
 * whose locks are free.  False when there is none. */
bool driver_interrupt(struct driver *driver, struct prng *prng);
/* Waits until every put is answered. */
int driver_drain(struct driver *driver, struct err *err);

#endif
