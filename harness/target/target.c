/* What is the same of every kind: a target is open or closed, and closed only once. */
#include "harness/target/target.h"

#include <stddef.h>

/* A pid ends up in files: it is the same in every run. */
#define TARGET_PID 4242

void target_init(struct target *target, const struct target_kind *kind, void *arg,
                 int64_t (*now_ms)(void *arg),
                 void (*emit)(void *arg, enum event event, uint64_t offset, const char *text))
{
    target->kind = kind;
    target->state = NULL;
    target->fate = (struct err)ERR_INIT;
    target->fate_signal = 0;
    env_system(&target->env);
    target->env.arg = arg;
    target->env.now_ms = now_ms;
    target->env.pid = TARGET_PID;
    target->sink = (struct event_sink){.arg = arg, .emit = emit, .ignores_text = true};
}

int target_open(struct target *target, const struct target_start *start, struct err *err)
{
    int r = target->kind->open(target, start, err);
    if (r < 0) {
        target->state = NULL;
    }
    return r;
}

int target_stop(struct target *target, struct err *err)
{
    int r = target->kind->stop(target, err);
    target->state = NULL;
    return r;
}

void target_kill(struct target *target)
{
    if (target_is_open(target)) {
        target->kind->kill(target);
        target->state = NULL;
    }
}

int64_t target_max_offset(struct target *target, const char *topic, int32_t queue_id)
{
    struct served_range range = {0, 0};
    int r = target->kind->offsets(target, topic, queue_id, &range, NULL);
    return r < 0 ? -1 : range.max;
}

static int serve_record(void *arg, const char *topic, int32_t queue_id, int64_t queue_offset,
                        struct store_record *ret_record, struct err *err)
{
    struct target *target = arg;
    return target->kind->get(target, topic, queue_id, queue_offset, ret_record, err);
}

static int serve_offsets(void *arg, const char *topic, int32_t queue_id,
                         struct served_range *ret_range, struct err *err)
{
    struct target *target = arg;
    return target->kind->offsets(target, topic, queue_id, ret_range, err);
}

struct served target_served(struct target *target)
{
    return (struct served){target, serve_record, serve_offsets};
}
