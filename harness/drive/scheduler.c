/* A seeded choice among services that have work, timer by timer. */
#include "harness/drive/scheduler.h"

#include "harness/base/monotonic.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Threads get a moment for what became due while virtual time jumped. */
#define PASS_WAIT_US 2000

void scheduler_init(struct scheduler *scheduler, struct target *target, struct shared *shared,
                    uint64_t seed)
{
    scheduler->target = target;
    scheduler->shared = shared;
    scheduler->journal = NULL;
    scheduler->reserved_ms = -1;
    scheduler->real_start_us = monotonic_us();
    memset(scheduler->held_until_ms, 0, sizeof(scheduler->held_until_ms));
    prng_init(&scheduler->prng, seed, UINT64_C(0x5ced) + shared->round);
}

int64_t scheduler_now_ms(const struct scheduler *scheduler)
{
    int64_t now = atomic_load(&scheduler->shared->now_ms);
    if (scheduler->target->kind->clock != TARGET_CLOCK_VIRTUAL) {
        now += (monotonic_us() - scheduler->real_start_us) / 1000;
    }
    return now;
}

/* Services that have work and are not held, as a list. */
static uint32_t list_ready(struct scheduler *scheduler, bool only_due, bool also_held,
                           enum store_service ready[STORE_SERVICE_COUNT])
{
    struct target *target = scheduler->target;
    uint32_t count = 0;
    int64_t now = scheduler_now_ms(scheduler);
    for (uint32_t i = 0; i < STORE_SERVICE_COUNT; i++) {
        enum store_service service = (enum store_service)i;
        if (!also_held && scheduler->held_until_ms[i] > now) {
            continue;
        }
        if (only_due && target->kind->due_ms(target, service) > now) {
            continue;
        }
        if (target->kind->has_work(target, service)) {
            ready[count++] = service;
        }
    }
    return count;
}

/* Tells the ledger what retention may remove by now: the store keeps expiring as time goes on. */
static void note_expiry(struct scheduler *scheduler)
{
    _Atomic int64_t *allowed_ms = &scheduler->shared->ledger->expired_before_ms;
    /* RocketMQ's rule: a record that is just as old as the reserve goes too. */
    int64_t before_ms = scheduler_now_ms(scheduler) - scheduler->reserved_ms + 1;
    if (scheduler->reserved_ms < 0 || before_ms <= atomic_load(allowed_ms)) {
        return;
    }
    atomic_store(allowed_ms, before_ms);
    if (scheduler->journal != NULL) {
        trace_note(scheduler->journal, TRACE_NOTE_EXPIRY, before_ms, 0);
    }
}

/* The trace says which service an operation belongs to; a step inside another's disk call gives
 * way to it again. */
int scheduler_step(struct scheduler *scheduler, enum store_service service)
{
    struct target *target = scheduler->target;
    if (service == STORE_SERVICE_RETENTION) {
        note_expiry(scheduler);
    }
    if (scheduler->journal == NULL) {
        return target->kind->step(target, service, NULL);
    }
    enum store_service before = trace_service(scheduler->journal, service);
    int r = target->kind->step(target, service, NULL);
    (void)trace_service(scheduler->journal, before);
    return r;
}

/* As many steps as there are services, at most: one whose timer is due at once again must not
 * starve the workload. */
static void run_due(struct scheduler *scheduler)
{
    enum store_service ready[STORE_SERVICE_COUNT];
    for (uint32_t i = 0; i < STORE_SERVICE_COUNT; i++) {
        uint32_t count = list_ready(scheduler, true, false, ready);
        if (count == 0) {
            return;
        }
        (void)scheduler_step(scheduler, ready[prng_below(&scheduler->prng, count)]);
    }
}

/* With nothing to do, a flush is tried: a put may wait for a sync that failed and has to be
 * tried again. */
void scheduler_step_any(struct scheduler *scheduler)
{
    enum store_service ready[STORE_SERVICE_COUNT];
    uint32_t count = list_ready(scheduler, false, false, ready);
    enum store_service chosen =
        count == 0 ? STORE_SERVICE_LOG_FLUSH : ready[prng_below(&scheduler->prng, count)];
    (void)scheduler_step(scheduler, chosen);
}

/* Besides what is due, one time in three a step that is not: the order of services must not be
 * that of their timers alone. */
void scheduler_run_background(struct scheduler *scheduler)
{
    run_due(scheduler);
    enum store_service ready[STORE_SERVICE_COUNT];
    uint32_t count = list_ready(scheduler, false, false, ready);
    if (count > 0 && prng_below(&scheduler->prng, 3) == 0) {
        (void)scheduler_step(scheduler, ready[prng_below(&scheduler->prng, count)]);
    }
}

/* The earliest timer of a service that has work; INT64_MAX when none. */
static int64_t next_due_ms(struct scheduler *scheduler)
{
    struct target *target = scheduler->target;
    int64_t earliest = INT64_MAX;
    int64_t now = scheduler_now_ms(scheduler);
    for (uint32_t i = 0; i < STORE_SERVICE_COUNT; i++) {
        enum store_service service = (enum store_service)i;
        if (!target->kind->has_work(target, service)) {
            continue;
        }
        int64_t due = target->kind->due_ms(target, service);
        if (scheduler->held_until_ms[i] > now && scheduler->held_until_ms[i] > due) {
            due = scheduler->held_until_ms[i];
        }
        earliest = due < earliest ? due : earliest;
    }
    return earliest;
}

/* A clock that can be moved on need not be waited for. */
static int pass_unstepped(struct scheduler *scheduler, int64_t duration_ms, struct err *err)
{
    const struct target_kind *kind = scheduler->target->kind;
    if (kind->clock != TARGET_CLOCK_REAL) {
        atomic_fetch_add(&scheduler->shared->now_ms, duration_ms);
        note_expiry(scheduler);
        if (duration_ms > 0) {
            (void)usleep(PASS_WAIT_US);
        }
        return 0;
    }
    int64_t end_us = monotonic_us() + duration_ms * 1000;
    while (monotonic_us() < end_us) {
        int r = kind->pass(scheduler->target, err);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

int scheduler_pass(struct scheduler *scheduler, int64_t duration_ms, struct err *err)
{
    struct shared *shared = scheduler->shared;
    if (!target_can(scheduler->target, TARGET_CAN_STEP)) {
        return pass_unstepped(scheduler, duration_ms, err);
    }
    int64_t end = scheduler_now_ms(scheduler) + duration_ms;
    for (uint32_t i = 0; i < SCHEDULER_STEPS_MAX; i++) {
        int64_t due = next_due_ms(scheduler);
        if (due > end || atomic_load(&shared->arm.term_requested) != 0) {
            atomic_store(&shared->now_ms, end);
            return 0;
        }
        if (due > scheduler_now_ms(scheduler)) {
            atomic_store(&shared->now_ms, due);
        }
        int64_t before = scheduler_now_ms(scheduler);
        run_due(scheduler);
        if (scheduler_now_ms(scheduler) == before && next_due_ms(scheduler) <= before) {
            /* A step that failed leaves its timer due: let a moment pass. */
            atomic_fetch_add(&shared->now_ms, 1);
        }
    }
    return err_set(err, -ETIMEDOUT, "a service is due for ever");
}

int scheduler_settle(struct scheduler *scheduler, struct err *err)
{
    enum store_service ready[STORE_SERVICE_COUNT];
    for (uint32_t i = 0; i < SCHEDULER_STEPS_MAX; i++) {
        uint32_t count = list_ready(scheduler, false, true, ready);
        if (count == 0) {
            return 0;
        }
        uint32_t failed = 0;
        for (uint32_t k = 0; k < count; k++) {
            failed += scheduler_step(scheduler, ready[k]) < 0 ? 1 : 0;
        }
        if (failed == count && i > STORE_SERVICE_COUNT) {
            return 0; /* what is left cannot be done, and says so at every try */
        }
    }
    return err_set(err, -ETIMEDOUT, "service '%s' has work for ever", types_service_name(ready[0]));
}

int32_t scheduler_list_free(struct scheduler *scheduler,
                            enum store_service found[STORE_SERVICE_COUNT])
{
    struct target *target = scheduler->target;
    enum store_service ready[STORE_SERVICE_COUNT];
    int32_t count = 0;
    if (!target->kind->is_free(target, STORE_SERVICE_COUNT)) {
        return -1;
    }
    uint32_t ready_count = list_ready(scheduler, false, false, ready);
    for (uint32_t i = 0; i < ready_count; i++) {
        if (target->kind->is_free(target, ready[i])) {
            found[count++] = ready[i];
        }
    }
    return count;
}

void scheduler_expire(struct scheduler *scheduler, int64_t reserved_ms)
{
    struct target *target = scheduler->target;
    scheduler->reserved_ms = reserved_ms;
    note_expiry(scheduler);
    target->kind->expire(target, reserved_ms);
    if (!target_can(target, TARGET_CAN_STEP)) {
        return;
    }
    for (uint32_t i = 0; i < SCHEDULER_STEPS_MAX; i++) {
        if (!target->kind->has_work(target, STORE_SERVICE_RETENTION) ||
            scheduler_step(scheduler, STORE_SERVICE_RETENTION) <= 0) {
            return;
        }
        scheduler_run_background(scheduler);
    }
}

void scheduler_hold(struct scheduler *scheduler, enum store_service service, int64_t duration_ms)
{
    struct target *target = scheduler->target;
    int64_t until_ms = scheduler_now_ms(scheduler) + duration_ms;
    scheduler->held_until_ms[service] = until_ms;
    order_held(scheduler->shared->order, service, until_ms);
    if (scheduler->journal != NULL) {
        trace_note(scheduler->journal, TRACE_NOTE_HELD, service, until_ms);
    }
    target->kind->hold(target, service, true);
}

void scheduler_release(struct scheduler *scheduler)
{
    struct target *target = scheduler->target;
    for (uint32_t i = 0; i < STORE_SERVICE_COUNT; i++) {
        if (scheduler->held_until_ms[i] != 0 &&
            scheduler->held_until_ms[i] <= scheduler_now_ms(scheduler)) {
            scheduler->held_until_ms[i] = 0;
            target->kind->hold(target, (enum store_service)i, false);
        }
    }
}
