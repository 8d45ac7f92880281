/* The workload and the seeded scheduler over one store. */
#include "harness/drive/driver.h"

#include "harness/base/monotonic.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A scheduler that goes on for longer than this has met a service that always has work. */
#define SETTLE_STEPS_MAX 100000u
#define DRAIN_WAIT_US    200
#define DRAIN_WAITS_MAX  50000u

struct driver_put {
    struct driver *driver;
    uint32_t message;
    bool is_durable; /* PUT_OK says so: sync mode, and WAIT is not false */
};

static int64_t now_ms(void *arg)
{
    const struct driver *driver = arg;
    int64_t now = atomic_load(&driver->shared->now_ms);
    if (driver->scenario->store.services == STORE_SERVICES_THREADS) {
        now += (monotonic_us() - driver->real_start_us) / 1000;
    }
    return now;
}

/* What changes the ledger is noted in the journal too, right beside it. */
static void note(const struct driver *driver, enum trace_note note, int64_t value, int64_t value_2)
{
    if (driver->journal != NULL) {
        trace_note(driver->journal, note, value, value_2);
    }
}

static void note_persisted(struct driver *driver)
{
    atomic_store(&driver->is_commit_open, false);
    ledger_note_persisted(driver->shared->ledger);
    note(driver, TRACE_NOTE_PERSISTED, 0, 0);
}

static void on_event(void *arg, enum event event, uint64_t offset, const char *text)
{
    (void)offset;
    (void)text;
    struct driver *driver = arg;
    atomic_fetch_or(&driver->shared->events, UINT64_C(1) << event);
    note(driver, TRACE_NOTE_EVENT, event, 0);
    if (event == EVENT_OFFSETS_PERSISTED) {
        note_persisted(driver);
    }
}

static int make_puts(struct driver *driver)
{
    uint32_t count = driver->workload->message_count + WORKLOAD_PROBES;
    if (count > driver->put_capacity) {
        free(driver->puts);
        driver->puts = calloc(count, sizeof(*driver->puts));
        driver->put_capacity = driver->puts == NULL ? 0 : count;
    }
    return driver->puts == NULL ? -ENOMEM : 0;
}

int driver_begin(struct driver *driver, const struct scenario *scenario,
                 const struct workload *workload, uint64_t seed, struct shared *shared)
{
    driver->scenario = scenario;
    driver->workload = workload;
    driver->seed = seed;
    driver->shared = shared;
    driver->store = NULL;
    driver->journal = NULL;
    driver->is_stopping = false;
    driver->is_interrupted = false;
    atomic_store(&driver->is_commit_open, false);
    driver->real_start_us = monotonic_us();
    driver->reserved_ms = -1;
    memset(driver->held_until_ms, 0, sizeof(driver->held_until_ms));
    atomic_store(&driver->outstanding_count, 0);
    driver->sink = (struct event_sink){.arg = driver, .emit = on_event, .ignores_text = true};
    prng_init(&driver->prng, seed, UINT64_C(0x5ced) + shared->round);
    return make_puts(driver);
}

int driver_init(struct driver *driver, const struct scenario *scenario,
                const struct workload *workload, uint64_t seed, struct shared *shared)
{
    memset(driver, 0, sizeof(*driver));
    workload_message_init(&driver->message);
    /* The same pid and port in every run: they end up in files. */
    env_system(&driver->env);
    driver->env.arg = driver;
    driver->env.now_ms = now_ms;
    driver->env.pid = 4242;
    return driver_begin(driver, scenario, workload, seed, shared);
}

void driver_done(struct driver *driver)
{
    if (driver->store != NULL) {
        (void)store_close(driver->store, false, NULL);
        driver->store = NULL;
    }
    workload_message_done(&driver->message);
    free(driver->puts);
    driver->puts = NULL;
}

int driver_open(struct driver *driver, struct disk *disk, struct err *err)
{
    int r = store_open(&driver->scenario->store, disk, &driver->env, &driver->sink, &driver->store,
                       err);
    if (r == 0) {
        ledger_note_opened(driver->shared->ledger);
        note(driver, TRACE_NOTE_OPENED, 0, 0);
    }
    return r;
}

static bool is_manual(const struct driver *driver)
{
    return driver->scenario->store.services == STORE_SERVICES_MANUAL;
}

static void on_put_done(void *arg, const struct store_put_result *result)
{
    struct driver_put *put = arg;
    ledger_note_done(put->driver->shared->ledger, put->message, result);
    if (put->is_durable && result->status == STORE_PUT_OK) {
        order_acked(put->driver->shared->order, result->physical_offset, result->size_bytes);
    }
    if (put->driver->journal != NULL) {
        const int64_t values[] = {put->message,         result->status,
                                  result->queue_offset, (int64_t)result->physical_offset,
                                  result->size_bytes,   result->store_timestamp_ms};
        trace_note_values(put->driver->journal, TRACE_NOTE_ACKED, values, TRACE_VALUES_MAX);
    }
    atomic_fetch_sub(&put->driver->outstanding_count, 1);
}

static uint32_t count_outstanding(const struct driver *driver)
{
    return atomic_load(&driver->outstanding_count);
}

/* Services that have work and are not held, as a list. */
static uint32_t ready_services(struct driver *driver, bool only_due, bool also_held,
                               enum store_service ready[STORE_SERVICE_COUNT])
{
    uint32_t count = 0;
    int64_t now = now_ms(driver);
    for (uint32_t i = 0; i < STORE_SERVICE_COUNT; i++) {
        enum store_service service = (enum store_service)i;
        if (!also_held && driver->held_until_ms[i] > now) {
            continue;
        }
        if (only_due && store_due_ms(driver->store, service) > now) {
            continue;
        }
        if (store_has_work(driver->store, service)) {
            ready[count++] = service;
        }
    }
    return count;
}

/* Tells the ledger what retention may remove by now: the store keeps expiring as time goes on. */
static void note_expiry(struct driver *driver)
{
    _Atomic int64_t *allowed_ms = &driver->shared->ledger->expired_before_ms;
    /* RocketMQ's rule: a record that is just as old as the reserve goes too. */
    int64_t before_ms = now_ms(driver) - driver->reserved_ms + 1;
    if (driver->reserved_ms >= 0 && before_ms > atomic_load(allowed_ms)) {
        atomic_store(allowed_ms, before_ms);
        note(driver, TRACE_NOTE_EXPIRY, before_ms, 0);
    }
}

/* A failed step is an injected fault at work: the service tries again when it is due. */
static int step_one(struct driver *driver, enum store_service service)
{
    if (service == STORE_SERVICE_RETENTION) {
        note_expiry(driver);
    }
    if (driver->journal == NULL) {
        return store_step(driver->store, service, NULL);
    }
    enum store_service before = trace_service(driver->journal, service);
    int r = store_step(driver->store, service, NULL);
    (void)trace_service(driver->journal, before);
    return r;
}

static void run_due(struct driver *driver)
{
    enum store_service ready[STORE_SERVICE_COUNT];
    for (uint32_t i = 0; i < STORE_SERVICE_COUNT; i++) {
        uint32_t count = ready_services(driver, true, false, ready);
        if (count == 0) {
            return;
        }
        (void)step_one(driver, ready[prng_below(&driver->prng, count)]);
    }
}

/* Between two steps of the workload: what is due, and now and then something early. */
static void run_background(struct driver *driver)
{
    run_due(driver);
    enum store_service ready[STORE_SERVICE_COUNT];
    uint32_t count = ready_services(driver, false, false, ready);
    if (count > 0 && prng_below(&driver->prng, 3) == 0) {
        (void)step_one(driver, ready[prng_below(&driver->prng, count)]);
    }
}

int driver_drain(struct driver *driver, struct err *err)
{
    for (uint32_t i = 0; i < DRAIN_WAITS_MAX; i++) {
        if (count_outstanding(driver) == 0) {
            return 0;
        }
        if (is_manual(driver)) {
            (void)step_one(driver, STORE_SERVICE_LOG_FLUSH);
        } else {
            (void)usleep(DRAIN_WAIT_US);
        }
    }
    return err_set(err, -ETIMEDOUT, "%u puts were never answered", count_outstanding(driver));
}

/* The earliest timer of a service that has work; INT64_MAX when none. */
static int64_t next_due_ms(struct driver *driver)
{
    int64_t earliest = INT64_MAX;
    int64_t now = now_ms(driver);
    for (uint32_t i = 0; i < STORE_SERVICE_COUNT; i++) {
        enum store_service service = (enum store_service)i;
        if (!store_has_work(driver->store, service)) {
            continue;
        }
        int64_t due = store_due_ms(driver->store, service);
        if (driver->held_until_ms[i] > now && driver->held_until_ms[i] > due) {
            due = driver->held_until_ms[i];
        }
        earliest = due < earliest ? due : earliest;
    }
    return earliest;
}

/* Lets virtual time pass, running each timer when it is due. */
static int pass_time(struct driver *driver, int64_t duration_ms, struct err *err)
{
    if (!is_manual(driver)) {
        atomic_fetch_add(&driver->shared->now_ms, duration_ms);
        note_expiry(driver);
        if (duration_ms > 0) {
            (void)usleep(2000);
        }
        return 0;
    }
    int64_t end = now_ms(driver) + duration_ms;
    for (uint32_t i = 0; i < SETTLE_STEPS_MAX; i++) {
        int64_t due = next_due_ms(driver);
        if (due > end || atomic_load(&driver->shared->arm.term_requested) != 0) {
            atomic_store(&driver->shared->now_ms, end);
            return 0;
        }
        if (due > now_ms(driver)) {
            atomic_store(&driver->shared->now_ms, due);
        }
        int64_t before = now_ms(driver);
        run_due(driver);
        if (now_ms(driver) == before && next_due_ms(driver) <= before) {
            /* A step that failed leaves its timer due: let a moment pass. */
            atomic_fetch_add(&driver->shared->now_ms, 1);
        }
    }
    return err_set(err, -ETIMEDOUT, "a service is due for ever");
}

/* Threads: answered is not dispatched; the queues are judged when the dispatcher has caught up. */
static int await_dispatch(struct driver *driver, struct err *err)
{
    for (uint32_t i = 0; i < DRAIN_WAITS_MAX; i++) {
        if (!store_has_work(driver->store, STORE_SERVICE_DISPATCH) ||
            !store_is_writable(driver->store)) {
            return 0;
        }
        (void)usleep(DRAIN_WAIT_US);
    }
    return err_set(err, -ETIMEDOUT, "the dispatcher never catches up");
}

int driver_settle(struct driver *driver, struct err *err)
{
    if (!is_manual(driver)) {
        int r = driver_drain(driver, err);
        return r < 0 ? r : await_dispatch(driver, err);
    }
    enum store_service ready[STORE_SERVICE_COUNT];
    for (uint32_t i = 0; i < SETTLE_STEPS_MAX; i++) {
        uint32_t count = ready_services(driver, false, true, ready);
        if (count == 0) {
            return 0;
        }
        uint32_t failed = 0;
        for (uint32_t k = 0; k < count; k++) {
            failed += step_one(driver, ready[k]) < 0 ? 1 : 0;
        }
        if (failed == count && i > STORE_SERVICE_COUNT) {
            return 0; /* what is left cannot be done, and says so at every try */
        }
    }
    return err_set(err, -ETIMEDOUT, "service '%s' has work for ever", store_service_name(ready[0]));
}

int driver_put(struct driver *driver, uint32_t index, struct err *err)
{
    int r = workload_message_make(driver->scenario, driver->workload, driver->seed, index,
                                  &driver->message);
    if (r < 0) {
        return err_set(err, ERR_BROKEN, "message %u cannot be made: out of memory", index);
    }
    struct driver_put *put = &driver->puts[index];
    put->driver = driver;
    put->message = index;
    put->is_durable =
        driver->message.message.wait && driver->scenario->store.flush == STORE_FLUSH_SYNC;
    atomic_fetch_add(&driver->outstanding_count, 1);
    ledger_note_sent(driver->shared->ledger, index);
    note(driver, TRACE_NOTE_SENT, index, 0);
    r = store_put(driver->store, &driver->message.message, on_put_done, put);
    if (r < 0) {
        return err_set(err, ERR_BROKEN, "put of message %u was not taken: %s", index, err_name(r));
    }
    return 0;
}

/* The workload's next step when it is a put that a producer is free for; NULL: it is not. */
static const struct workload_step *next_put(const struct driver *driver)
{
    uint32_t next = atomic_load(&driver->shared->next_step);
    if (next >= driver->workload->step_count ||
        driver->workload->steps[next].kind != WORKLOAD_PUT ||
        count_outstanding(driver) >= driver->scenario->producers) {
        return NULL;
    }
    return &driver->workload->steps[next];
}

/* Services that have work, are not held and would not wait for a lock; STORE_SERVICE_COUNT stands
 * for a put. */
static uint32_t free_services(struct driver *driver,
                              enum store_service found[STORE_SERVICE_COUNT + 1])
{
    enum store_service ready[STORE_SERVICE_COUNT];
    uint32_t count = 0;
    if (!store_is_free(driver->store, STORE_SERVICE_COUNT)) {
        return 0;
    }
    uint32_t ready_count = ready_services(driver, false, false, ready);
    for (uint32_t i = 0; i < ready_count; i++) {
        if (store_is_free(driver->store, ready[i])) {
            found[count++] = ready[i];
        }
    }
    if (next_put(driver) != NULL) {
        found[count++] = STORE_SERVICE_COUNT;
    }
    return count;
}

bool driver_interrupt(struct driver *driver, struct prng *prng)
{
    enum store_service found[STORE_SERVICE_COUNT + 1];
    if (driver->store == NULL || driver->is_stopping || driver->is_interrupted) {
        return false;
    }
    uint32_t count = free_services(driver, found);
    if (count == 0) {
        return false;
    }
    enum store_service chosen = found[prng_below(prng, count)];
    driver->is_interrupted = true;
    if (chosen == STORE_SERVICE_COUNT) {
        uint32_t message = next_put(driver)->message;
        uint32_t next = atomic_fetch_add(&driver->shared->next_step, 1) + 1;
        note(driver, TRACE_NOTE_STEP, next, 0);
        (void)driver_put(driver, message, NULL);
    } else {
        (void)step_one(driver, chosen);
    }
    driver->is_interrupted = false;
    return true;
}

static int put_step(struct driver *driver, const struct workload_step *step, struct err *err)
{
    int r = pass_time(driver, step->time_ms, err);
    if (r < 0) {
        return r;
    }
    r = driver_put(driver, step->message, err);
    if (r < 0) {
        return r;
    }
    for (uint32_t i = 0; count_outstanding(driver) >= driver->scenario->producers; i++) {
        if (i >= DRAIN_WAITS_MAX) {
            return err_set(err, -ETIMEDOUT, "puts are never answered");
        }
        if (!is_manual(driver)) {
            (void)usleep(DRAIN_WAIT_US);
            continue;
        }
        enum store_service ready[STORE_SERVICE_COUNT];
        uint32_t count = ready_services(driver, false, false, ready);
        enum store_service chosen =
            count == 0 ? STORE_SERVICE_LOG_FLUSH : ready[prng_below(&driver->prng, count)];
        (void)step_one(driver, chosen);
    }
    return 0;
}

static int commit_offsets(struct driver *driver, struct err *err)
{
    const struct scenario *scenario = driver->scenario;
    char topic[STORE_TOPIC_SIZE_BYTES_MAX + 1];
    for (uint32_t t = 0; t < scenario->topics; t++) {
        workload_topic_name(t, topic, sizeof(topic));
        for (uint32_t q = 0; q < scenario->queues; q++) {
            int64_t max = store_max_offset(driver->store, topic, (int32_t)q);
            if (max == 0) {
                continue;
            }
            atomic_store(&driver->is_commit_open, true);
            ledger_note_commit(driver->shared->ledger, t * scenario->queues + q, max);
            note(driver, TRACE_NOTE_COMMITTED, t * scenario->queues + q, max);
            int r = store_commit_offset(driver->store, topic, WORKLOAD_GROUP, (int32_t)q, max, err);
            if (r < 0) {
                return r;
            }
        }
    }
    return 0;
}

/* The physical offset of the record that is `count` from the end; UINT64_MAX when there are fewer.
 */
static uint64_t nth_from_end(const struct ledger *ledger, uint32_t message_count, uint32_t count)
{
    uint64_t limit = UINT64_MAX;
    for (uint32_t n = 0; n < count; n++) {
        uint64_t best = 0;
        bool found = false;
        for (uint32_t i = 0; i < message_count; i++) {
            const struct ledger_message *message = &ledger->messages[i];
            if (atomic_load(&message->done_seq) == 0 || message->queue_offset < 0 ||
                atomic_load(&message->was_cut) != 0 || message->physical_offset >= limit) {
                continue;
            }
            if (!found || message->physical_offset > best) {
                best = message->physical_offset;
                found = true;
            }
        }
        if (!found) {
            return UINT64_MAX;
        }
        limit = best;
    }
    return limit;
}

static void mark_cut(struct driver *driver, uint64_t from, uint32_t state)
{
    struct ledger *ledger = driver->shared->ledger;
    for (uint32_t i = 0; i < driver->workload->message_count; i++) {
        struct ledger_message *message = &ledger->messages[i];
        if (atomic_load(&message->done_seq) != 0 && message->queue_offset >= 0 &&
            message->physical_offset >= from && atomic_load(&message->was_cut) != 2) {
            atomic_store(&message->was_cut, state);
            note(driver, TRACE_NOTE_CUT, i, state);
        }
    }
}

/* Hands each queue's max to the ledger: before a truncate what may be committed, after it what
 * committed offsets may be lowered to. */
static void note_max_offsets(struct driver *driver, bool is_cut)
{
    const struct scenario *scenario = driver->scenario;
    char topic[STORE_TOPIC_SIZE_BYTES_MAX + 1];
    for (uint32_t t = 0; t < scenario->topics; t++) {
        workload_topic_name(t, topic, sizeof(topic));
        for (uint32_t q = 0; q < scenario->queues; q++) {
            uint32_t number = t * scenario->queues + q;
            int64_t max = store_max_offset(driver->store, topic, (int32_t)q);
            if (is_cut) {
                ledger_note_max(driver->shared->ledger, number, max);
            } else {
                ledger_note_cut(driver->shared->ledger, number, max);
            }
            note(driver, is_cut ? TRACE_NOTE_MAX : TRACE_NOTE_CUT_MAX, number, max);
        }
    }
}

static int truncate_step(struct driver *driver, const struct workload_step *step, struct err *err)
{
    int r = driver_drain(driver, err);
    if (r < 0) {
        return r;
    }
    uint32_t count = driver->scenario->phases[step->phase].count;
    uint64_t from = nth_from_end(driver->shared->ledger, driver->workload->message_count, count);
    if (from == UINT64_MAX || from < store_log_min(driver->store)) {
        return 0;
    }
    mark_cut(driver, from, 1);
    note_max_offsets(driver, false);
    if (store_truncate(driver->store, from, NULL) == 0) {
        mark_cut(driver, from, 2);
        note_max_offsets(driver, true);
    }
    return 0;
}

static int expire_step(struct driver *driver, const struct workload_step *step)
{
    driver->reserved_ms = step->time_ms;
    note_expiry(driver);
    store_expire(driver->store, step->time_ms);
    for (uint32_t i = 0; is_manual(driver) && i < SETTLE_STEPS_MAX; i++) {
        if (!store_has_work(driver->store, STORE_SERVICE_RETENTION) ||
            step_one(driver, STORE_SERVICE_RETENTION) <= 0) {
            break;
        }
        run_background(driver);
    }
    return 0;
}

static void hold_step(struct driver *driver, const struct workload_step *step)
{
    enum store_service service = driver->scenario->phases[step->phase].service;
    driver->held_until_ms[service] = now_ms(driver) + step->time_ms;
    store_hold(driver->store, service, true);
}

static void release_held(struct driver *driver)
{
    for (uint32_t i = 0; i < STORE_SERVICE_COUNT; i++) {
        if (driver->held_until_ms[i] != 0 && driver->held_until_ms[i] <= now_ms(driver)) {
            driver->held_until_ms[i] = 0;
            store_hold(driver->store, (enum store_service)i, false);
        }
    }
}

static int run_step(struct driver *driver, const struct workload_step *step, struct err *err)
{
    switch (step->kind) {
    case WORKLOAD_PUT:
        return put_step(driver, step, err);
    case WORKLOAD_COMMIT_OFFSETS:
        return commit_offsets(driver, err);
    case WORKLOAD_HOLD:
        hold_step(driver, step);
        return 0;
    case WORKLOAD_PAUSE:
        return pass_time(driver, step->time_ms, err);
    case WORKLOAD_TRUNCATE:
        return truncate_step(driver, step, err);
    case WORKLOAD_EXPIRE:
        return expire_step(driver, step);
    case WORKLOAD_RESTART:
        break;
    }
    return 0;
}

/* A clean stop; one that keeps abort on purpose is no failure of the round.  One that returns 0 has
 * persisted what was committed, whether it says so or not. */
static void stop_clean(struct driver *driver)
{
    (void)driver_drain(driver, NULL);
    driver->is_stopping = true;
    int r = store_close(driver->store, true, NULL);
    driver->store = NULL;
    if (r == 0 && atomic_load(&driver->is_commit_open)) {
        note_persisted(driver);
    }
    note(driver, TRACE_NOTE_CLOSED, 0, 0);
}

static bool must_stop(const struct driver *driver)
{
    return atomic_load(&driver->shared->arm.term_requested) != 0;
}

enum shared_exit driver_run(struct driver *driver, struct err *err)
{
    struct shared *shared = driver->shared;
    const struct workload *workload = driver->workload;
    if (shared->round > 0) {
        /* The restart may have lowered committed offsets to what the crash left of the queues. */
        note_max_offsets(driver, true);
    }
    while (atomic_load(&shared->next_step) < workload->step_count) {
        const struct workload_step *step = &workload->steps[atomic_load(&shared->next_step)];
        atomic_fetch_add(&shared->next_step, 1);
        note(driver, TRACE_NOTE_STEP, atomic_load(&shared->next_step), 0);
        if (step->kind == WORKLOAD_RESTART) {
            if (driver->scenario->phases[step->phase].restart == SCENARIO_RESTART_CLEAN) {
                stop_clean(driver);
            }
            return SHARED_EXIT_RESTART;
        }
        release_held(driver);
        int r = run_step(driver, step, err);
        if (r < 0) {
            return r == -ETIMEDOUT ? SHARED_EXIT_HUNG : SHARED_EXIT_BROKEN;
        }
        if (is_manual(driver)) {
            run_background(driver);
        }
        if (must_stop(driver)) {
            stop_clean(driver);
            return SHARED_EXIT_TERMINATED;
        }
    }
    release_held(driver);
    stop_clean(driver);
    return SHARED_EXIT_DONE;
}
