/* The public face of the engine: the lock, the threads, the reads.  What the calls do stands in
 * recovery, appender, flusher, dispatcher, checkpointer, retention, truncation and stopper.
 *
 * Lock order: log_sync, queue_sync, state.  The first two are held over a round of syncs, during
 * which `state` is free; whoever unlinks or closes files takes all three. */
#include "store/store.h"

#include "store/format/dledger_entry.h"
#include "store/recovery/recovery.h"
#include "store/service/appender.h"
#include "store/service/checkpointer.h"
#include "store/service/dispatcher.h"
#include "store/service/flusher.h"
#include "store/service/reader.h"
#include "store/service/retention.h"
#include "store/service/schedule.h"
#include "store/service/stopper.h"
#include "store/service/truncation.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOG_FILE_SIZE_BYTES_MIN 1024
#define DISPATCH_COUNT_THREADS  64  /* records a step under one lock */
#define RETRY_PERIOD_MS         100 /* of a service that failed */
#define IDLE_PERIOD_MS          1000

/* One service: its timer and, in threads mode, its thread. */
struct service {
    struct store *store;
    enum store_service id;
    pthread_t thread;
    pthread_cond_t wake;
    bool has_thread;
    bool is_idle; /* waits for work, may be woken */
    bool is_held;
    int64_t last_run_ms;
};

struct store {
    struct engine engine;
    pthread_mutex_t log_sync;
    pthread_mutex_t queue_sync;
    pthread_mutex_t state;
    struct service services[STORE_SERVICE_COUNT];
    struct reader reader;
    bool is_stopping;
};

/* Locks */

/* Threads lock the log's before the queues'.  Stepped by hand, a service may run inside another's
 * sync, in any order; one whose locks are taken is not free (store_is_free()), so that none waits.
 */
static void lock_sync(const struct store *store, pthread_mutex_t *mutex)
{
    bool is_manual = store->engine.options.services == STORE_SERVICES_MANUAL;
    if (!is_manual || pthread_mutex_trylock(mutex) != 0) {
        pthread_mutex_lock(mutex);
    }
}

static void lock_syncs(struct store *store, bool is_log, bool is_queues)
{
    if (is_log) {
        lock_sync(store, &store->log_sync);
    }
    if (is_queues) {
        lock_sync(store, &store->queue_sync);
    }
}

static void unlock_syncs(struct store *store, bool is_log, bool is_queues)
{
    if (is_queues) {
        pthread_mutex_unlock(&store->queue_sync);
    }
    if (is_log) {
        pthread_mutex_unlock(&store->log_sync);
    }
}

static void lock_all(struct store *store)
{
    lock_syncs(store, true, true);
    pthread_mutex_lock(&store->state);
}

static void unlock_all(struct store *store)
{
    pthread_mutex_unlock(&store->state);
    unlock_syncs(store, true, true);
}

/* Wakes a service that waits for work; with the lock held. */
/* Wakes a service that waits for work; with the lock held. A service that runs will look again
 * before it sleeps, so only an idle one needs the signal. */
static void wake(struct store *store, enum store_service id)
{
    struct service *service = &store->services[id];
    if (service->is_idle) {
        service->is_idle = false;
        pthread_cond_signal(&service->wake);
    }
}

/* The services */

/* A round of syncs of the log or of the queues, the state unlocked during the syncs. */
static int step_flush(struct store *store, bool is_log, struct err *err)
{
    struct flusher_round round;
    lock_syncs(store, is_log, !is_log);
    pthread_mutex_lock(&store->state);
    int r = flusher_begin(&store->engine, is_log, !is_log, &round, err);
    pthread_mutex_unlock(&store->state);
    if (r == 0) {
        flusher_sync(&round);
        pthread_mutex_lock(&store->state);
        r = flusher_end(&store->engine, &round, err);
        wake(store, STORE_SERVICE_DISPATCH);
        pthread_mutex_unlock(&store->state);
        flusher_tell(&round);
    }
    unlock_syncs(store, is_log, !is_log);
    return r;
}

/* A round of the checkpointer, in five parts: the lock is free during the syncs and during the
 * write of the page, which takes as long. Both sync locks are held throughout, so that no file of
 * the batch is closed and no other round moves the positions in between. */
static int step_checkpoint(struct store *store, struct err *err)
{
    struct checkpointer_round round;
    lock_syncs(store, true, true);
    pthread_mutex_lock(&store->state);
    int r = checkpointer_begin(&store->engine, &round, err);
    pthread_mutex_unlock(&store->state);
    if (r == 0) {
        checkpointer_sync(&round);
        pthread_mutex_lock(&store->state);
        r = checkpointer_end(&store->engine, &round, err);
        wake(store, STORE_SERVICE_DISPATCH);
        pthread_mutex_unlock(&store->state);
        checkpointer_write(&store->engine, &round);
        pthread_mutex_lock(&store->state);
        r = err_first(r, checkpointer_finish(&store->engine, &round, r < 0 ? NULL : err));
        pthread_mutex_unlock(&store->state);
    }
    unlock_syncs(store, true, true);
    return r;
}

/* The steps that sync nothing hold the lock of the state throughout. */
static int step_locked(struct store *store, enum store_service id, struct err *err)
{
    bool is_manual = store->engine.options.services == STORE_SERVICES_MANUAL;
    pthread_mutex_lock(&store->state);
    int r = id == STORE_SERVICE_DISPATCH
                ? dispatcher_step(&store->engine, is_manual ? 1 : DISPATCH_COUNT_THREADS, err)
                : appender_preallocate(&store->engine, err);
    pthread_mutex_unlock(&store->state);
    return r;
}

static int step_offsets(struct store *store, struct err *err)
{
    struct engine *engine = &store->engine;
    pthread_mutex_lock(&store->state);
    int r = consumer_offsets_save(engine->offsets, engine_now_ms(engine), err);
    enum event event = r < 0 ? EVENT_SERVICE_FAILED : EVENT_OFFSETS_PERSISTED;
    event_emit(&engine->sink, event, 0, "consumer offsets%s", r < 0 ? ", continuing" : "");
    pthread_mutex_unlock(&store->state);
    return r;
}

/* Retention unlinks files that a round of syncs may have open: it takes every lock. */
static int step_retention(struct store *store, struct err *err)
{
    lock_all(store);
    int r = retention_step(&store->engine, err);
    unlock_all(store);
    return r;
}

static int step(struct store *store, enum store_service id, struct err *err)
{
    switch (id) {
    case STORE_SERVICE_LOG_FLUSH:
        return step_flush(store, true, err);
    case STORE_SERVICE_QUEUE_FLUSH:
        return step_flush(store, false, err);
    case STORE_SERVICE_CHECKPOINT:
        return step_checkpoint(store, err);
    case STORE_SERVICE_DISPATCH:
    case STORE_SERVICE_PREALLOCATE:
        return step_locked(store, id, err);
    case STORE_SERVICE_OFFSETS:
        return step_offsets(store, err);
    case STORE_SERVICE_RETENTION:
        return step_retention(store, err);
    case STORE_SERVICE_COUNT:
        break;
    }
    return err_set(err, ERR_USAGE, "no such service");
}

int store_step(struct store *store, enum store_service service, struct err *err)
{
    pthread_mutex_lock(&store->state);
    bool is_due = schedule_has_work(&store->engine, service);
    if ((unsigned)service < STORE_SERVICE_COUNT) {
        store->services[service].last_run_ms = engine_now_ms(&store->engine);
    }
    pthread_mutex_unlock(&store->state);
    if (!is_due) {
        return 0;
    }
    int r = step(store, service, err);
    /* Of these two the result says how much there was to do; the others did what there was. */
    bool is_count = service == STORE_SERVICE_DISPATCH || service == STORE_SERVICE_RETENTION;
    return r < 0 || is_count ? r : 1;
}

bool store_has_work(struct store *store, enum store_service service)
{
    pthread_mutex_lock(&store->state);
    bool has = schedule_has_work(&store->engine, service);
    pthread_mutex_unlock(&store->state);
    return has;
}

static bool is_unlocked(pthread_mutex_t *mutex)
{
    if (pthread_mutex_trylock(mutex) != 0) {
        return false;
    }
    pthread_mutex_unlock(mutex);
    return true;
}

bool store_is_free(struct store *store, enum store_service service)
{
    bool takes_both = service == STORE_SERVICE_CHECKPOINT || service == STORE_SERVICE_RETENTION;
    bool takes_log = takes_both || service == STORE_SERVICE_LOG_FLUSH;
    bool takes_queues = takes_both || service == STORE_SERVICE_QUEUE_FLUSH;
    return is_unlocked(&store->state) && (!takes_log || is_unlocked(&store->log_sync)) &&
           (!takes_queues || is_unlocked(&store->queue_sync));
}

int64_t store_due_ms(struct store *store, enum store_service service)
{
    int64_t due_ms = INT64_MAX;
    pthread_mutex_lock(&store->state);
    if (schedule_has_work(&store->engine, service)) {
        due_ms = store->services[service].last_run_ms + schedule_period_ms(&store->engine, service);
        if (service == STORE_SERVICE_LOG_FLUSH && store->engine.waiters.count > 0) {
            due_ms = store->services[service].last_run_ms; /* woken up by the put */
        }
    }
    pthread_mutex_unlock(&store->state);
    return due_ms;
}

void store_hold(struct store *store, enum store_service service, bool held)
{
    pthread_mutex_lock(&store->state);
    store->services[service].is_held = held;
    if (!held) {
        wake(store, service);
    }
    pthread_mutex_unlock(&store->state);
}

/* Threads */

static void wait_for(struct service *service, int64_t wait_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += wait_ms / 1000;
    until.tv_nsec += (wait_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_cond_timedwait(&service->wake, &service->store->state, &until);
}

/* How long a service sleeps before it looks again: its timer when there is work that no one wakes
 * it for, else until it is woken. */
static int64_t sleep_ms(const struct service *service)
{
    const struct store *store = service->store;
    bool is_timed =
        service->id == STORE_SERVICE_QUEUE_FLUSH || service->id == STORE_SERVICE_CHECKPOINT ||
        service->id == STORE_SERVICE_OFFSETS || service->id == STORE_SERVICE_RETENTION ||
        (service->id == STORE_SERVICE_LOG_FLUSH && store->engine.waiters.count == 0);
    int64_t period = schedule_period_ms(&store->engine, service->id);
    if (is_timed) {
        return period;
    }
    return schedule_has_work(&store->engine, service->id) && !service->is_held ? 0 : IDLE_PERIOD_MS;
}

/* The loop of one service's thread. A step runs without the state's lock and takes those it needs,
 * in their order; a failed one waits before it tries again. */
static void *run_service(void *arg)
{
    struct service *service = arg;
    struct store *store = service->store;
    pthread_mutex_lock(&store->state);
    int64_t wait_ms = sleep_ms(service);
    while (!store->is_stopping) {
        if (wait_ms > 0) {
            service->is_idle = true;
            wait_for(service, wait_ms);
            service->is_idle = false;
        }
        int r = 0;
        if (!store->is_stopping && !service->is_held &&
            schedule_has_work(&store->engine, service->id)) {
            struct err err = ERR_INIT;
            pthread_mutex_unlock(&store->state);
            r = step(store, service->id, &err);
            pthread_mutex_lock(&store->state);
        }
        wait_ms = r < 0 ? RETRY_PERIOD_MS : sleep_ms(service);
    }
    pthread_mutex_unlock(&store->state);
    return NULL;
}

/* Each thread ends after the step it is in: no step is broken off, so what it began on disk is
 * finished. */
static void stop_threads(struct store *store)
{
    pthread_mutex_lock(&store->state);
    store->is_stopping = true;
    for (size_t i = 0; i < STORE_SERVICE_COUNT; i++) {
        pthread_cond_broadcast(&store->services[i].wake);
    }
    pthread_mutex_unlock(&store->state);
    for (size_t i = 0; i < STORE_SERVICE_COUNT; i++) {
        if (store->services[i].has_thread) {
            pthread_join(store->services[i].thread, NULL);
            store->services[i].has_thread = false;
        }
    }
}

static int start_threads(struct store *store, struct err *err)
{
    for (size_t i = 0; i < STORE_SERVICE_COUNT; i++) {
        struct service *service = &store->services[i];
        int r = pthread_create(&service->thread, NULL, run_service, service);
        if (r != 0) {
            stop_threads(store);
            return err_set(err, -r, "start the thread of '%s'", types_service_name(service->id));
        }
        service->has_thread = true;
    }
    return 0;
}

/* Opening and closing */

/* The formats have int32 sizes, and a log file must hold at least a header and a blank. A bad
 * number is the caller's: it is an error, no assertion. */
static int check_options(const struct store_options *options, struct err *err)
{
    if (options->log_file_size_bytes < LOG_FILE_SIZE_BYTES_MIN ||
        options->log_file_size_bytes > INT32_MAX) {
        return err_set(err, ERR_USAGE, "log_file_size %" PRIu64 " is not from 1 KiB to 2 GiB",
                       options->log_file_size_bytes);
    }
    if (options->queue_file_units < 2 || options->queue_file_units > INT32_MAX / 32 ||
        (options->mode == STORE_MODE_DLEDGER &&
         (options->index_file_units < 2 || options->index_file_units > INT32_MAX / 32))) {
        return err_set(err, ERR_USAGE, "a file needs at least 2 units, and less than 2 GiB");
    }
    return 0;
}

static void init(struct store *store, const struct store_options *options, struct disk *disk,
                 const struct env *env, const struct event_sink *sink)
{
    store->reader.engine = &store->engine;
    store->engine.options = *options;
    store->engine.disk = disk;
    store->engine.env = env;
    store->engine.sink = sink == NULL ? (struct event_sink){0} : *sink;
    buffer_init(&store->engine.record, MESSAGE_SIZE_BYTES_MAX);
    buffer_init(&store->engine.entry, MESSAGE_SIZE_BYTES_MAX + DLEDGER_ENTRY_HEADER_SIZE_BYTES);
    pthread_mutex_init(&store->log_sync, NULL);
    pthread_mutex_init(&store->queue_sync, NULL);
    pthread_mutex_init(&store->state, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    for (size_t i = 0; i < STORE_SERVICE_COUNT; i++) {
        store->services[i].store = store;
        store->services[i].id = (enum store_service)i;
        store->services[i].last_run_ms = env->now_ms(env->arg);
        pthread_cond_init(&store->services[i].wake, &monotonic);
    }
    pthread_condattr_destroy(&monotonic);
}

/* The files are closed, the lock's last; nothing is written. */
static void free_store(struct store *store)
{
    engine_done(&store->engine);
    reader_done(&store->reader);
    for (size_t i = 0; i < STORE_SERVICE_COUNT; i++) {
        pthread_cond_destroy(&store->services[i].wake);
    }
    pthread_mutex_destroy(&store->state);
    pthread_mutex_destroy(&store->queue_sync);
    pthread_mutex_destroy(&store->log_sync);
    free(store);
}

/* A failed open frees everything, the lock last, so that another attempt finds nothing held. */
int store_open(const struct store_options *options, struct disk *disk, const struct env *env,
               const struct event_sink *sink, struct store **ret_store, struct err *err)
{
    struct err local;
    err = err == NULL ? &local : err;
    int r = check_options(options, err);
    if (r < 0) {
        return r;
    }
    struct store *store = calloc(1, sizeof(*store));
    if (store == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    init(store, options, disk, env, sink);
    r = recovery_run(&store->engine, err);
    if (r == 0) {
        event_emit(&store->engine.sink, EVENT_OPENED, record_log_end(store->engine.log),
                   "takes messages");
        if (options->services == STORE_SERVICES_THREADS) {
            r = start_threads(store, err);
        }
    }
    if (r < 0) {
        free_store(store);
        return err_wrap(err, r, "open store");
    }
    *ret_store = store;
    return 0;
}

int store_close(struct store *store, bool graceful, struct err *err)
{
    struct err local;
    err = err == NULL ? &local : err;
    stop_threads(store);
    int r = 0;
    if (graceful) {
        r = stopper_run(&store->engine, store->services[STORE_SERVICE_DISPATCH].is_held, err);
        r = r < 0 ? err_wrap(err, r, "close store") : 0;
    }
    free_store(store);
    return r;
}

/* Puts */

int store_put(struct store *store, const struct store_message *message, store_put_done done,
              void *arg)
{
    struct engine_waiter waiter = {.done = done, .arg = arg};
    struct engine *engine = &store->engine;
    bool is_waiting = false;
    pthread_mutex_lock(&store->state);
    appender_put(engine, message, &waiter.result, &waiter.end);
    if (waiter.result.status == STORE_PUT_OK) {
        is_waiting = message->wait && engine->options.flush == STORE_FLUSH_SYNC;
        if (is_waiting && flusher_wait(engine, &waiter) < 0) {
            is_waiting = false;
            waiter.result.status = STORE_PUT_FLUSH_DISK_TIMEOUT;
        }
        if (is_waiting) {
            wake(store, STORE_SERVICE_LOG_FLUSH);
        } else {
            wake(store, STORE_SERVICE_DISPATCH);
        }
        if (appender_has_preallocation_work(engine)) {
            wake(store, STORE_SERVICE_PREALLOCATE);
        }
    }
    pthread_mutex_unlock(&store->state);
    if (!is_waiting) {
        done(arg, &waiter.result);
    }
    return 0;
}

/* Reads */

int store_get(struct store *store, const char *topic, int32_t queue_id, int64_t queue_offset,
              struct store_record *ret_record, struct err *err)
{
    pthread_mutex_lock(&store->state);
    int r = reader_get(&store->reader, topic, queue_id, queue_offset, ret_record, err);
    pthread_mutex_unlock(&store->state);
    return r;
}

/* A number of a queue; 0 for an unknown one. */
static int64_t ask_queue(struct store *store, const char *topic, int32_t queue_id,
                         int64_t (*ask)(const struct consume_queue *queue))
{
    pthread_mutex_lock(&store->state);
    const struct consume_queue *queue =
        queue_store_find(store->engine.queues, topic, strlen(topic), queue_id);
    int64_t answer = queue == NULL ? 0 : ask(queue);
    pthread_mutex_unlock(&store->state);
    return answer;
}

int64_t store_min_offset(struct store *store, const char *topic, int32_t queue_id)
{
    return ask_queue(store, topic, queue_id, consume_queue_min);
}

int64_t store_max_offset(struct store *store, const char *topic, int32_t queue_id)
{
    return ask_queue(store, topic, queue_id, consume_queue_max);
}

static uint64_t ask_log(struct store *store, uint64_t (*ask)(const struct record_log *log))
{
    pthread_mutex_lock(&store->state);
    uint64_t answer = ask(store->engine.log);
    pthread_mutex_unlock(&store->state);
    return answer;
}

uint64_t store_log_min(struct store *store)
{
    return ask_log(store, record_log_min);
}

uint64_t store_log_max(struct store *store)
{
    return ask_log(store, record_log_end);
}

/* Consumer offsets and the rest */

int store_commit_offset(struct store *store, const char *topic, const char *group, int32_t queue_id,
                        int64_t offset, struct err *err)
{
    pthread_mutex_lock(&store->state);
    int r = consumer_offsets_set(store->engine.offsets, topic, group, queue_id, offset, err);
    pthread_mutex_unlock(&store->state);
    return r;
}

int64_t store_committed_offset(struct store *store, const char *topic, const char *group,
                               int32_t queue_id)
{
    pthread_mutex_lock(&store->state);
    int64_t offset = consumer_offsets_get(store->engine.offsets, topic, group, queue_id);
    pthread_mutex_unlock(&store->state);
    return offset;
}

int store_truncate(struct store *store, uint64_t physical_offset, struct err *err)
{
    lock_all(store);
    int r = truncation_run(&store->engine, physical_offset, err);
    unlock_all(store);
    return r;
}

void store_expire(struct store *store, int64_t reserved_ms)
{
    pthread_mutex_lock(&store->state);
    store->engine.retention.reserved_ms = reserved_ms;
    store->engine.retention.idle_end = 0;
    wake(store, STORE_SERVICE_RETENTION);
    pthread_mutex_unlock(&store->state);
}

bool store_is_writable(struct store *store)
{
    pthread_mutex_lock(&store->state);
    bool is_writable = !store->engine.is_fail_stopped;
    pthread_mutex_unlock(&store->state);
    return is_writable;
}
