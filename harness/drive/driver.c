/* The workload over one target: its steps, and what the ledger is told of them. */
#include "harness/drive/driver.h"

#include "harness/target/targets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DRAIN_WAIT_US   200
#define DRAIN_WAITS_MAX 50000u

struct driver_put {
    struct driver *driver;
    uint32_t message;
    bool is_durable; /* PUT_OK says so: sync mode, and WAIT is not false */
};

/* What changes the ledger is noted in the journal too, right beside it. */
static void note(const struct driver *driver, enum trace_note note, int64_t value, int64_t value_2)
{
    if (driver->scheduler.journal != NULL) {
        trace_note(driver->scheduler.journal, note, value, value_2);
    }
}

/* Only the target knows when offsets are down; from here on a restart may not show less. */
static void note_persisted(struct driver *driver)
{
    atomic_store(&driver->is_commit_open, false);
    ledger_note_persisted(driver->shared->ledger);
    note(driver, TRACE_NOTE_PERSISTED, 0, 0);
}

static int64_t now_ms(void *arg)
{
    const struct driver *driver = arg;
    int64_t now = scheduler_now_ms(&driver->scheduler);
    ledger_note_time(driver->shared->ledger, now);
    return now;
}

/* Events are bits of all rounds: what a scenario forbids or wants reached is asked at the end. */
static void on_event(void *arg, enum event event, uint64_t offset, const char *text)
{
    struct driver *driver = arg;
    atomic_fetch_or(&driver->shared->events, UINT64_C(1) << event);
    if (driver->scheduler.journal != NULL) {
        trace_note_text(driver->scheduler.journal, TRACE_NOTE_EVENT, event, (int64_t)offset, text);
    }
    if (event == EVENT_OFFSETS_PERSISTED) {
        note_persisted(driver);
    }
}

/* A completion may come after its round has gone on, so each message has a place of its own that
 * outlives the call. */
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
    driver->is_stopping = false;
    driver->is_interrupted = false;
    atomic_store(&driver->is_commit_open, false);
    atomic_store(&driver->outstanding_count, 0);
    target_init(&driver->target, targets_of(scenario), driver, now_ms, on_event);
    if (scenario->hosts == SCENARIO_HOSTS_IPV6) {
        driver->target.env.store_host =
            (struct env_host){{0xfd, [15] = 1}, 16, driver->target.env.store_host.port};
    }
    scheduler_init(&driver->scheduler, &driver->target, shared, seed);
    return make_puts(driver);
}

int driver_init(struct driver *driver, const struct scenario *scenario,
                const struct workload *workload, uint64_t seed, struct shared *shared)
{
    memset(driver, 0, sizeof(*driver));
    workload_message_init(&driver->message);
    return driver_begin(driver, scenario, workload, seed, shared);
}

void driver_done(struct driver *driver)
{
    target_kill(&driver->target);
    workload_message_done(&driver->message);
    free(driver->puts);
    driver->puts = NULL;
}

static struct target_start start_at(const struct driver *driver, const struct place *place,
                                    struct disk *disk)
{
    return (struct target_start){.options = &driver->scenario->store,
                                 .place = place,
                                 .disk = disk,
                                 .name = driver->scenario->target,
                                 .timeout_ms = driver->shared->timeout_ms,
                                 .arm = &driver->shared->arm};
}

int driver_open(struct driver *driver, const struct place *place, struct disk *disk,
                struct err *err)
{
    const struct target_start start = start_at(driver, place, disk);
    const struct trace *journal = driver->scheduler.journal;
    driver->target.sink.ignores_text = journal == NULL || !trace_keeps_text(journal);
    int r = target_open(&driver->target, &start, err);
    if (r == 0) {
        ledger_note_opened(driver->shared->ledger);
        order_opened(driver->shared->order);
        note(driver, TRACE_NOTE_OPENED, 0, 0);
    }
    return r;
}

int driver_recover(struct driver *driver, const struct place *place, struct err *err)
{
    const struct target_start start = start_at(driver, place, NULL);
    const struct target_kind *kind = driver->target.kind;
    int r = kind->recover == NULL ? -ENOSYS : kind->recover(&driver->target, &start, err);
    if (r == 0) {
        ledger_note_opened(driver->shared->ledger);
    }
    return r;
}

int driver_fate(const struct driver *driver, struct err *err)
{
    const struct target *target = &driver->target;
    if (target->fate.code == 0) {
        return 0;
    }
    atomic_store(&driver->shared->crash_signal, target->fate_signal);
    return err_set(err, target->fate.code, "%s", target->fate.text);
}

static bool is_stepped(const struct driver *driver)
{
    return target_can(&driver->target, TARGET_CAN_STEP);
}

/* The ledger comes first: a kill after it must find the promise noted, as the producer has it
 * already. The trace gets the same, since a power loss is judged by what had been promised
 * before it. */
static void on_put_done(void *arg, const struct store_put_result *result)
{
    struct driver_put *put = arg;
    ledger_note_done(put->driver->shared->ledger, put->message, result);
    if (put->is_durable && result->status == STORE_PUT_OK) {
        order_acked(put->driver->shared->order, result->physical_offset, result->size_bytes);
    }
    if (put->driver->scheduler.journal != NULL) {
        const int64_t values[] = {put->message,         result->status,
                                  result->queue_offset, (int64_t)result->physical_offset,
                                  result->size_bytes,   result->store_timestamp_ms};
        trace_note_values(put->driver->scheduler.journal, TRACE_NOTE_ACKED, values,
                          TRACE_VALUES_MAX);
    }
    atomic_fetch_sub(&put->driver->outstanding_count, 1);
}

static uint32_t count_outstanding(const struct driver *driver)
{
    return atomic_load(&driver->outstanding_count);
}

/* A moment in which answers may come. */
static int pass_moment(struct driver *driver, struct err *err)
{
    if (driver->target.kind->pass != NULL) {
        return driver->target.kind->pass(&driver->target, err);
    }
    (void)usleep(DRAIN_WAIT_US);
    return 0;
}

/* A stepped target answers when its flusher runs; a threaded one is waited for, 10 s at most. */
int driver_drain(struct driver *driver, struct err *err)
{
    for (uint32_t i = 0; i < DRAIN_WAITS_MAX; i++) {
        if (count_outstanding(driver) == 0) {
            return 0;
        }
        if (is_stepped(driver)) {
            (void)scheduler_step(&driver->scheduler, STORE_SERVICE_LOG_FLUSH);
            continue;
        }
        int r = pass_moment(driver, err);
        if (r < 0) {
            return r;
        }
    }
    return err_set(err, -ETIMEDOUT, "%u puts were never answered", count_outstanding(driver));
}

/* A target that is not stepped says itself when it has nothing to do; its puts are waited for
 * first. */
int driver_settle(struct driver *driver, struct err *err)
{
    if (is_stepped(driver)) {
        return scheduler_settle(&driver->scheduler, err);
    }
    int r = driver_drain(driver, err);
    if (r < 0) {
        return r;
    }
    return driver->target.kind->wait(&driver->target, err);
}

/* Sent is noted before the target gets the message, for it may be killed inside the call. A put
 * that is not taken is the harness's fault: a store answers with a status. */
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
    r = driver->target.kind->put(&driver->target, &driver->message.message, on_put_done, put);
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

bool driver_interrupt(struct driver *driver, struct prng *prng)
{
    enum store_service found[STORE_SERVICE_COUNT + 1];
    if (!target_is_open(&driver->target) || driver->is_stopping || driver->is_interrupted) {
        return false;
    }
    int32_t count = scheduler_list_free(&driver->scheduler, found);
    const struct workload_step *put = next_put(driver);
    if (count >= 0 && put != NULL) {
        found[count++] = STORE_SERVICE_COUNT; /* stands for the put */
    }
    if (count <= 0) {
        return false;
    }
    enum store_service chosen = found[prng_below(prng, (uint64_t)count)];
    driver->is_interrupted = true;
    if (put != NULL && chosen == STORE_SERVICE_COUNT) {
        uint32_t next = atomic_fetch_add(&driver->shared->next_step, 1) + 1;
        note(driver, TRACE_NOTE_STEP, next, 0);
        (void)driver_put(driver, put->message, NULL);
    } else {
        (void)scheduler_step(&driver->scheduler, chosen);
    }
    driver->is_interrupted = false;
    return true;
}

/* With as many puts open as there are producers the next one waits, as a synchronous producer
 * does. */
static int put_step(struct driver *driver, const struct workload_step *step, struct err *err)
{
    int r = scheduler_pass(&driver->scheduler, step->time_ms, err);
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
        if (is_stepped(driver)) {
            scheduler_step_any(&driver->scheduler);
            continue;
        }
        r = pass_moment(driver, err);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

/* All that a queue has is committed, as by a consumer that has read everything. */
static int commit_offsets(struct driver *driver, struct err *err)
{
    const struct scenario *scenario = driver->scenario;
    char topic[STORE_TOPIC_SIZE_BYTES_MAX + 1];
    for (uint32_t t = 0; t < scenario->topics; t++) {
        workload_topic_name(scenario, t, topic, sizeof(topic));
        for (uint32_t q = 0; q < scenario->queues; q++) {
            int64_t max = target_max_offset(&driver->target, topic, (int32_t)q);
            if (max <= 0) {
                continue;
            }
            atomic_store(&driver->is_commit_open, true);
            ledger_note_commit(driver->shared->ledger, t * scenario->queues + q, max);
            note(driver, TRACE_NOTE_COMMITTED, t * scenario->queues + q, max);
            const struct order_commit commit = {topic, WORKLOAD_GROUP, (int32_t)q, max};
            order_clock(driver->shared->order, scheduler_now_ms(&driver->scheduler));
            order_committed(driver->shared->order, &commit);
            int r = driver->target.kind->commit(&driver->target, topic, WORKLOAD_GROUP, (int32_t)q,
                                                max, err);
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

/* Noted as begun before the truncate and as done behind it: between the two, a crash may leave
 * the records or not, and both are right. */
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
        workload_topic_name(scenario, t, topic, sizeof(topic));
        for (uint32_t q = 0; q < scenario->queues; q++) {
            uint32_t number = t * scenario->queues + q;
            int64_t max = target_max_offset(&driver->target, topic, (int32_t)q);
            if (max < 0) {
                continue; /* it does not say */
            }
            if (is_cut) {
                ledger_note_max(driver->shared->ledger, number, max);
            } else {
                ledger_note_cut(driver->shared->ledger, number, max);
            }
            note(driver, is_cut ? TRACE_NOTE_MAX : TRACE_NOTE_CUT_MAX, number, max);
        }
    }
}

/* Offsets are given by the ledger, not by the target: what was answered is what is cut. A
 * truncate that fails leaves the records in doubt. */
static int truncate_step(struct driver *driver, const struct workload_step *step, struct err *err)
{
    int r = driver_drain(driver, err);
    if (r < 0) {
        return r;
    }
    uint32_t count = driver->scenario->phases[step->phase].count;
    uint64_t from = nth_from_end(driver->shared->ledger, driver->workload->message_count, count);
    uint64_t log_min = 0;
    uint64_t log_max = 0;
    driver->target.kind->log_range(&driver->target, &log_min, &log_max);
    if (from == UINT64_MAX || from < log_min) {
        return 0;
    }
    mark_cut(driver, from, 1);
    note_max_offsets(driver, false);
    if (driver->target.kind->truncate(&driver->target, from, NULL) == 0) {
        mark_cut(driver, from, 2);
        note_max_offsets(driver, true);
    }
    return 0;
}

/* A restart is the caller's to make: it ends the process. */
static int run_step(struct driver *driver, const struct workload_step *step, struct err *err)
{
    switch (step->kind) {
    case WORKLOAD_PUT:
        return put_step(driver, step, err);
    case WORKLOAD_COMMIT_OFFSETS:
        return commit_offsets(driver, err);
    case WORKLOAD_HOLD:
        scheduler_hold(&driver->scheduler, driver->scenario->phases[step->phase].service,
                       step->time_ms);
        return 0;
    case WORKLOAD_PAUSE:
        return scheduler_pass(&driver->scheduler, step->time_ms, err);
    case WORKLOAD_TRUNCATE:
        return truncate_step(driver, step, err);
    case WORKLOAD_EXPIRE:
        scheduler_expire(&driver->scheduler, step->time_ms);
        return 0;
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
    int r = target_stop(&driver->target, NULL);
    if (r == 0 && atomic_load(&driver->is_commit_open)) {
        note_persisted(driver);
    }
    note(driver, TRACE_NOTE_CLOSED, 0, 0);
}

/* SIGTERM was asked for: the store is to stop cleanly within its grace. */
static bool must_stop(const struct driver *driver)
{
    return atomic_load(&driver->shared->arm.term_requested) != 0;
}

/* next_step is moved on before the step is done: a round that was killed in it goes on behind
 * it, for the step may have been done. */
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
        scheduler_release(&driver->scheduler);
        int r = run_step(driver, step, err);
        if (r < 0) {
            return shared_exit_of(r);
        }
        if (is_stepped(driver)) {
            scheduler_run_background(&driver->scheduler);
        }
        if (must_stop(driver)) {
            stop_clean(driver);
            return SHARED_EXIT_TERMINATED;
        }
    }
    scheduler_release(&driver->scheduler);
    stop_clean(driver);
    return SHARED_EXIT_DONE;
}
