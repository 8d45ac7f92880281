/* What is under test, behind one small interface: started at a place, given puts, stepped or waited
 * for, read from, stopped or killed.  Only kinds of targets know a store by its own name.
 *
 * A kind of target is a constant row: what it can do, its clock, its points and its functions.  A
 * target is one store of that kind, open or not; it may be opened again after a stop or a kill, as
 * a broker is restarted.  What it leaves lies at the place, where the oracle reads it with its own
 * eyes.
 *
 * A function returns 0 or a negative code, with a text for people in `err`, where it can fail at
 * all.  What a kind cannot do is NULL and never called: who plans the cases asks first. */
#ifndef HARNESS_TARGET_TARGET_H
#define HARNESS_TARGET_TARGET_H

#include "harness/case/points.h"
#include "harness/oracle/rules/served.h"
#include "harness/power/disk/place.h"
#include "store/base/err.h"
#include "store/base/event.h"
#include "store/disk/disk.h"
#include "store/disk/env.h"
#include "store/format/types.h"

#include <stdbool.h>
#include <stdint.h>

struct arm;
struct target;

/* What a target can do. */
enum target_ability {
    /* Its services run when they are stepped and not else: a run is a pure function of its seed.
     * Without it they run by themselves, and who needs them to be done waits. */
    TARGET_CAN_STEP = 1 << 0,
    TARGET_CAN_IMAGE = 1 << 1, /* it runs over a disk in memory; without it, on directories only */
    TARGET_CAN_WATCH = 1 << 2, /* its disk calls go through our disk: observers see each of them */
    TARGET_CAN_EVENTS = 1 << 3 /* it says what goes on inside: `reached:`, `forbid_events:` */
};

/* How time passes for it. */
enum target_clock {
    TARGET_CLOCK_VIRTUAL, /* it is told the time, and that stands still until it is moved on */
    TARGET_CLOCK_SHIFTED, /* it is told the time, which goes on by itself, and by our pauses too */
    TARGET_CLOCK_REAL     /* it has a clock of its own: a pause takes as long as it says */
};

/* Where a target is started, and how. */
struct target_start {
    const struct store_options *options;
    const struct place *place;
    /* Over `place`, with its observers; the caller's.  NULL without TARGET_CAN_WATCH. */
    struct disk *disk;
    /* What a kind needs that is a process of its own: which program, how long it may take for one
     * answer, and what is planned for the moments that only the harness sees. */
    const char *name;
    uint32_t timeout_ms;
    struct arm *arm;
};

struct target_kind {
    const char *name; /* "engine", "program:NAME": as tokens and scenarios say it */
    uint32_t can;     /* bit set of enum target_ability */
    enum target_clock clock;
    const struct points *points; /* where which faults may strike it, and what is at stake */
    const void *arg;             /* the kind's own */

    /* Recovers and starts; sets target->state when it returns 0. */
    int (*open)(struct target *target, const struct target_start *start, struct err *err);
    /* What waits is finished and durable when it returns 0.  Frees the state in any case. */
    int (*stop)(struct target *target, struct err *err);
    /* Frees the state and writes nothing: files stay as a kill leaves them. */
    void (*kill)(struct target *target);

    /* `done` is called exactly once, from within any call or from a thread of the target's, and
     * must not call it.  Refusals are answers, too.  `message` is not kept. */
    int (*put)(struct target *target, const struct store_message *message, store_put_done done,
               void *arg);
    /* Valid until the next call of the same thread.  -ENODATA: there is no such queue offset. */
    int (*get)(struct target *target, const char *topic, int32_t queue_id, int64_t queue_offset,
               struct store_record *ret_record, struct err *err);
    /* First readable and next free queue offset; 0 and 0 for an unknown queue. */
    int (*offsets)(struct target *target, const char *topic, int32_t queue_id,
                   struct served_range *ret_range, struct err *err);
    /* The log's first and next physical offset. */
    void (*log_range)(struct target *target, uint64_t *ret_min, uint64_t *ret_max);
    bool (*is_writable)(struct target *target); /* false after a fail-stop */
    int (*commit)(struct target *target, const char *topic, const char *group, int32_t queue_id,
                  int64_t offset, struct err *err);
    /* The committed offset, or -1. */
    int64_t (*committed)(struct target *target, const char *topic, const char *group,
                         int32_t queue_id);
    /* Cuts the log at a record's start; durable when it returns 0. */
    int (*truncate)(struct target *target, uint64_t physical_offset, struct err *err);
    void (*expire)(struct target *target, int64_t reserved_ms);
    void (*hold)(struct target *target, enum store_service service, bool held);

    /* TARGET_CAN_STEP.  One step: 1 when it did something, 0 when there was nothing to do, negative
     * when it failed (it goes on next time). */
    int (*step)(struct target *target, enum store_service service, struct err *err);
    bool (*has_work)(struct target *target, enum store_service service);
    int64_t (*due_ms)(struct target *target, enum store_service service);
    /* From within a disk call: whether a step (STORE_SERVICE_COUNT: a put) would find its locks
     * free. */
    bool (*is_free)(struct target *target, enum store_service service);
    /* Without it.  Waits until every record that was answered is dispatched.  -ETIMEDOUT. */
    int (*wait)(struct target *target, struct err *err);
    /* Lets it work for a moment, and takes answers that came meanwhile.  NULL: they come from its
     * threads, and whoever waits for them may sleep; not with a clock of its own. */
    int (*pass)(struct target *target, struct err *err);
    /* Of one that is closed: recovers the store at the place, and closes it again.  -ENOSYS when it
     * cannot.  NULL: open and kill do the same. */
    int (*recover)(struct target *target, const struct target_start *start, struct err *err);
};

struct target {
    const struct target_kind *kind;
    void *state;            /* of an open one, the kind's own; NULL: it is closed */
    struct env env;         /* its clock and identity */
    struct event_sink sink; /* TARGET_CAN_EVENTS */
    /* Code 0, or why nothing more is to be had of a process of its own: -ETIMEDOUT, it hangs;
     * ERR_STOPPED, it died; else it cannot be talked to.  That is no answer of the store's: who
     * finds it here judges nothing. */
    struct err fate;
    int fate_signal; /* by which it died, or 0 */
};

/* It tells the time by `now_ms` and gets told of by `emit`, both with `arg`.  Nothing is opened,
 * and nothing need be freed. */
void target_init(struct target *target, const struct target_kind *kind, void *arg,
                 int64_t (*now_ms)(void *arg),
                 void (*emit)(void *arg, enum event event, uint64_t offset, const char *text));

static inline bool target_can(const struct target *target, enum target_ability ability)
{
    return (target->kind->can & (uint32_t)ability) != 0;
}

static inline bool target_is_open(const struct target *target)
{
    return target->state != NULL;
}

/* What it returns when it refuses is a finding, and it is closed then. */
int target_open(struct target *target, const struct target_start *start, struct err *err);
/* Cleanly.  It is closed afterwards, whatever that returns. */
int target_stop(struct target *target, struct err *err);
/* Nothing happens to one that is closed already. */
void target_kill(struct target *target);
/* The queue's next free offset; -1 when the target does not say. */
int64_t target_max_offset(struct target *target, const char *topic, int32_t queue_id);
/* Its reading functions, for the oracle. */
struct served target_served(struct target *target);

#endif
