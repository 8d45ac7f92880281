/* Which service of a target runs next, and when time passes.
 *
 * Of a target that can be stepped it is a pure function of (scenario, seed, round): same choices,
 * same order of disk operations, same hits.  Virtual time lies in the shared memory, so that it
 * goes on behind a kill. */
#ifndef HARNESS_DRIVE_SCHEDULER_H
#define HARNESS_DRIVE_SCHEDULER_H

#include "harness/drive/shared.h"
#include "harness/power/trace/trace.h"
#include "harness/scenario/prng.h"
#include "harness/target/target.h"

/* One that goes on for longer than this has met a service that always has work. */
#define SCHEDULER_STEPS_MAX 100000u

struct scheduler {
    struct target *target;
    struct shared *shared;
    struct trace *journal; /* NULL, or where notes for harness/power/trace/journal.h go */
    struct prng prng;
    int64_t held_until_ms[STORE_SERVICE_COUNT];
    int64_t reserved_ms;   /* what `expire` asked for; -1: nothing yet */
    int64_t real_start_us; /* real time goes on beside the virtual, if the target's clock says so */
};

/* `target` and `shared` must outlive it.  Nothing need be freed. */
void scheduler_init(struct scheduler *scheduler, struct target *target, struct shared *shared,
                    uint64_t seed);
/* What the target takes for the time. */
int64_t scheduler_now_ms(const struct scheduler *scheduler);

/* One step; what it returns is seldom of interest: a failed one is an injected fault at work, and
 * the service tries again when it is due. */
int scheduler_step(struct scheduler *scheduler, enum store_service service);
/* A step of any service that has work, for whoever waits for an answer. */
void scheduler_step_any(struct scheduler *scheduler);
/* Between two steps of the workload: what is due, and now and then something early. */
void scheduler_run_background(struct scheduler *scheduler);
/* Lets time pass, running each timer when it is due.  -ETIMEDOUT when one is due for ever. */
int scheduler_pass(struct scheduler *scheduler, int64_t duration_ms, struct err *err);
/* Steps all services until none has work, held ones included.  -ETIMEDOUT when that does not end.
 */
int scheduler_settle(struct scheduler *scheduler, struct err *err);
/* From within a disk call: the services that have work, are not held and would not wait for a lock.
 * Returns how many; -1 when a put would wait for one, and so would all that follows it. */
int32_t scheduler_list_free(struct scheduler *scheduler,
                            enum store_service found[STORE_SERVICE_COUNT]);

/* Log files that are older are to go; they are expired before this returns, if it steps. */
void scheduler_expire(struct scheduler *scheduler, int64_t reserved_ms);
/* The service is not chosen for `duration_ms` of the target's time, whatever work it has: a lagging
 * dispatcher or flusher. The target is told, too, for those that run in threads. */
void scheduler_hold(struct scheduler *scheduler, enum store_service service, int64_t duration_ms);
/* Lets go whose time is over. */
void scheduler_release(struct scheduler *scheduler);

#endif
