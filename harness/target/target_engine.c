/* The engine's calls, one for one.  An open target's state is its store, so that a process that is
 * forked for a case allocates nothing here. */
#include "harness/target/target_engine.h"

#include "store/store.h"

#include <errno.h>
#include <unistd.h>

#define DISPATCH_WAIT_US   200
#define DISPATCH_WAITS_MAX 50000u

static int engine_open(struct target *target, const struct target_start *start, struct err *err)
{
    struct store *store = NULL;
    int r = store_open(start->options, start->disk, &target->env, &target->sink, &store, err);
    target->state = store;
    return r;
}

static int engine_stop(struct target *target, struct err *err)
{
    return store_close(target->state, true, err);
}

static void engine_kill(struct target *target)
{
    (void)store_close(target->state, false, NULL);
}

static int engine_put(struct target *target, const struct store_message *message,
                      store_put_done done, void *arg)
{
    return store_put(target->state, message, done, arg);
}

static int engine_get(struct target *target, const char *topic, int32_t queue_id,
                      int64_t queue_offset, struct store_record *ret_record, struct err *err)
{
    return store_get(target->state, topic, queue_id, queue_offset, ret_record, err);
}

static int engine_offsets(struct target *target, const char *topic, int32_t queue_id,
                          struct served_range *ret_range, struct err *err)
{
    (void)err;
    ret_range->min = store_min_offset(target->state, topic, queue_id);
    ret_range->max = store_max_offset(target->state, topic, queue_id);
    return 0;
}

static void engine_log_range(struct target *target, uint64_t *ret_min, uint64_t *ret_max)
{
    *ret_min = store_log_min(target->state);
    *ret_max = store_log_max(target->state);
}

static bool engine_is_writable(struct target *target)
{
    return store_is_writable(target->state);
}

static int engine_commit(struct target *target, const char *topic, const char *group,
                         int32_t queue_id, int64_t offset, struct err *err)
{
    return store_commit_offset(target->state, topic, group, queue_id, offset, err);
}

static int64_t engine_committed(struct target *target, const char *topic, const char *group,
                                int32_t queue_id)
{
    return store_committed_offset(target->state, topic, group, queue_id);
}

static int engine_truncate(struct target *target, uint64_t physical_offset, struct err *err)
{
    return store_truncate(target->state, physical_offset, err);
}

static void engine_expire(struct target *target, int64_t reserved_ms)
{
    store_expire(target->state, reserved_ms);
}

static void engine_hold(struct target *target, enum store_service service, bool held)
{
    store_hold(target->state, service, held);
}

static int engine_step(struct target *target, enum store_service service, struct err *err)
{
    return store_step(target->state, service, err);
}

static bool engine_has_work(struct target *target, enum store_service service)
{
    return store_has_work(target->state, service);
}

static int64_t engine_due_ms(struct target *target, enum store_service service)
{
    return store_due_ms(target->state, service);
}

static bool engine_is_free(struct target *target, enum store_service service)
{
    return store_is_free(target->state, service);
}

/* Answered is not dispatched; the queues are judged when the dispatcher has caught up.  After a
 * fail-stop it never does. */
static int engine_wait(struct target *target, struct err *err)
{
    for (uint32_t i = 0; i < DISPATCH_WAITS_MAX; i++) {
        if (!store_has_work(target->state, STORE_SERVICE_DISPATCH) ||
            !store_is_writable(target->state)) {
            return 0;
        }
        (void)usleep(DISPATCH_WAIT_US);
    }
    return err_set(err, -ETIMEDOUT, "the dispatcher never catches up");
}

/* Both rows are of one engine; what differs is who runs its services. */
#define ENGINE_KIND(abilities, clock_kind)                                                         \
    {                                                                                              \
        .name = "engine",                                                                          \
        .can = TARGET_CAN_IMAGE | TARGET_CAN_WATCH | TARGET_CAN_EVENTS | (abilities),              \
        .clock = (clock_kind), .points = &points_engine, .open = engine_open, .stop = engine_stop, \
        .kill = engine_kill, .put = engine_put, .get = engine_get, .offsets = engine_offsets,      \
        .log_range = engine_log_range, .is_writable = engine_is_writable, .commit = engine_commit, \
        .committed = engine_committed, .truncate = engine_truncate, .expire = engine_expire,       \
        .hold = engine_hold, .step = engine_step, .has_work = engine_has_work,                     \
        .due_ms = engine_due_ms, .is_free = engine_is_free, .wait = engine_wait,                   \
    }

static const struct target_kind stepped = ENGINE_KIND(TARGET_CAN_STEP, TARGET_CLOCK_VIRTUAL);
static const struct target_kind threaded = ENGINE_KIND(0, TARGET_CLOCK_SHIFTED);

const struct target_kind *target_engine_kind(enum store_services services)
{
    return services == STORE_SERVICES_MANUAL ? &stepped : &threaded;
}
