/* Puts and recovery of the engine, each beside the bare system calls for the same bytes. */
#include "harness/bench/bench_store.h"

#include "harness/power/disk/dir_tree.h"
#include "harness/power/disk/scratch.h"
#include "store/disk/disk_posix.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RECORD_SIZE_BYTES 1024u
/* What a record of this bench holds besides its body: header, topic, empty properties, CRC. */
#define RECORD_FRAME_BYTES 132u
#define ASYNC_MESSAGES     40000u
#define SYNC_PRODUCERS     16u
#define RECOVERY_MESSAGES  200000u
#define LATENCIES_MAX      200000u
#define LOG_FILE_BYTES     (UINT64_C(64) << 20)
#define REPEATS            3u

/* A store on a real directory. */
struct site {
    struct scratch *scratch;
    int dir_fd;
    struct disk *disk;
    struct env env;
    struct store *store;
};

static struct store_options site_options(enum store_flush flush, enum store_services services)
{
    return (struct store_options){
        .mode = STORE_MODE_COMMITLOG,
        .flush = flush,
        .services = services,
        .log_file_size_bytes = LOG_FILE_BYTES,
        .queue_file_units = 300000,
        .index_file_units = 100000,
        .quirks = quirk_of_profile(QUIRK_PROFILE_FIXED),
    };
}

static int site_open(struct site *site, const struct bench_options *options, struct err *err)
{
    memset(site, 0, sizeof(*site));
    site->dir_fd = -1;
    struct scratch_options scratch = {options->dir, 0};
    int r = scratch_open(&scratch, &site->scratch, err);
    env_system(&site->env);
    if (r < 0) {
        return r;
    }
    r = scratch_make(site->scratch, &site->dir_fd, err);
    return r < 0 ? r : disk_posix_new(site->dir_fd, false, NULL, &site->disk);
}

static void site_close(struct site *site)
{
    if (site->store != NULL) {
        (void)store_close(site->store, false, NULL);
    }
    site->disk = disk_free(site->disk);
    if (site->dir_fd >= 0) {
        scratch_drop(site->scratch, site->dir_fd);
    }
    site->scratch = scratch_close(site->scratch);
}

static int site_start(struct site *site, const struct store_options *options, struct err *err)
{
    return store_open(options, site->disk, &site->env, NULL, &site->store, err);
}

static int site_stop(struct site *site, struct err *err)
{
    struct store *store = site->store;
    site->store = NULL;
    return store_close(store, true, err);
}

static struct store_message make_message(const char *topic, const uint8_t *body)
{
    return (struct store_message){
        .topic = topic,
        .born_timestamp_ms = 1,
        .born_host = {{10, 0, 0, 1}, 4, 1},
        .body = body,
        .body_size_bytes = RECORD_SIZE_BYTES - RECORD_FRAME_BYTES,
        .properties = "",
        .wait = true,
    };
}

struct answers {
    _Atomic uint64_t ok;
    _Atomic uint64_t refused;
    _Atomic uint64_t size_bytes;
};

static void on_async_done(void *arg, const struct store_put_result *result)
{
    struct answers *answers = arg;
    if (result->status == STORE_PUT_OK) {
        atomic_fetch_add(&answers->ok, 1);
        atomic_fetch_add(&answers->size_bytes, result->size_bytes);
    } else {
        atomic_fetch_add(&answers->refused, 1);
    }
}

static int put_many(struct site *site, uint32_t count, uint64_t *ret_size_bytes, struct err *err)
{
    static const uint8_t body[RECORD_SIZE_BYTES];
    struct store_message message = make_message("bench", body);
    struct answers answers = {0, 0, 0};
    for (uint32_t i = 0; i < count; i++) {
        message.queue_id = (int32_t)(i % 4);
        (void)store_put(site->store, &message, on_async_done, &answers);
    }
    *ret_size_bytes = atomic_load(&answers.size_bytes);
    return atomic_load(&answers.ok) == count
               ? 0
               : err_set(err, ERR_BROKEN, "%llu of the bench's puts were refused",
                         (unsigned long long)atomic_load(&answers.refused));
}

/* Seconds for the same bytes by bare pwrite, a record at a time, into files of the same size.
 * `batch_bytes`: fdatasync after so many; 0: never. */
static int bare_writes(const struct bench_options *options, uint64_t size_bytes,
                       uint64_t record_bytes, uint64_t batch_bytes, double *ret_s, struct err *err)
{
    static const uint8_t data[1 << 20];
    struct site site;
    int r = site_open(&site, options, err);
    int fd = -1;
    uint64_t file_index = UINT64_MAX;
    uint64_t unsynced_bytes = 0;
    double start_s = bench_rows_now_s();
    for (uint64_t at = 0; r == 0 && at + record_bytes <= size_bytes; at += record_bytes) {
        if (at / LOG_FILE_BYTES != file_index) {
            char name[32];
            (void)(fd >= 0 && close(fd));
            file_index = at / LOG_FILE_BYTES;
            (void)snprintf(name, sizeof(name), "%llu", (unsigned long long)file_index);
            fd = openat(site.dir_fd, name, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
            r = fd < 0 || ftruncate(fd, (off_t)LOG_FILE_BYTES) < 0 ? -errno : 0;
        }
        if (r == 0 && pwrite(fd, data, record_bytes, (off_t)(at % LOG_FILE_BYTES)) < 0) {
            r = -errno;
        }
        unsynced_bytes += record_bytes;
        if (r == 0 && batch_bytes != 0 && unsynced_bytes >= batch_bytes) {
            r = fdatasync(fd) < 0 ? -errno : 0;
            unsynced_bytes = 0;
        }
    }
    *ret_s = bench_rows_now_s() - start_s;
    (void)(fd >= 0 && close(fd));
    site_close(&site);
    return r < 0 ? err_wrap(err, r, "bare writes below '%s'", options->dir) : 0;
}

static int async_once(const struct bench_options *options, double *ret_put_s, double *ret_bare_s,
                      uint64_t *ret_size_bytes, struct err *err)
{
    struct site site;
    struct store_options store_options = site_options(STORE_FLUSH_ASYNC, STORE_SERVICES_MANUAL);
    int r = site_open(&site, options, err);
    if (r == 0) {
        r = site_start(&site, &store_options, err);
    }
    if (r >= 0) {
        double start_s = bench_rows_now_s();
        r = put_many(&site, ASYNC_MESSAGES, ret_size_bytes, err);
        *ret_put_s = bench_rows_now_s() - start_s;
    }
    site_close(&site);
    return r < 0 ? r
                 : bare_writes(options, *ret_size_bytes, *ret_size_bytes / ASYNC_MESSAGES, 0,
                               ret_bare_s, err);
}

int bench_store_async(const struct bench_options *options, struct bench_result *result,
                      struct err *err)
{
    double put_s[REPEATS];
    double bare_s[REPEATS];
    double ratios[REPEATS];
    uint64_t size_bytes = 0;
    for (uint32_t i = 0; i < REPEATS; i++) {
        int r = async_once(options, &put_s[i], &bare_s[i], &size_bytes, err);
        if (r < 0) {
            return r;
        }
        ratios[i] = bare_s[i] / put_s[i];
    }
    double mb = (double)size_bytes / 1e6;
    double ratio = bench_rows_median(ratios, REPEATS);
    struct bench_row *row =
        bench_rows_add(result, "put, async, 1 KiB", "MB/s", mb / bench_rows_median(put_s, REPEATS));
    bench_rows_set_floor_share(row, "bare pwrite of the same bytes",
                               mb / bench_rows_median(bare_s, REPEATS), ratio);
    bench_rows_set_target(row, ">= 60 % of the floor", ratio >= 0.6);
    return 0;
}

/* One of sixteen producers: puts and waits, as a client with one request in flight does. */
struct producer {
    struct store *store;
    char topic[24];
    double until_s;
    pthread_mutex_t mutex;
    pthread_cond_t answered;
    bool is_answered;
    bool is_ok;
    uint64_t size_bytes;
    uint64_t count;
    uint64_t refused;
    double *latencies;
    uint32_t latency_count;
};

static void on_sync_done(void *arg, const struct store_put_result *result)
{
    struct producer *producer = arg;
    (void)pthread_mutex_lock(&producer->mutex);
    producer->is_answered = true;
    producer->is_ok = result->status == STORE_PUT_OK;
    producer->size_bytes += result->size_bytes;
    (void)pthread_cond_signal(&producer->answered);
    (void)pthread_mutex_unlock(&producer->mutex);
}

static void *produce(void *arg)
{
    static const uint8_t body[RECORD_SIZE_BYTES];
    struct producer *producer = arg;
    struct store_message message = make_message(producer->topic, body);
    while (bench_rows_now_s() < producer->until_s) {
        double start_s = bench_rows_now_s();
        producer->is_answered = false;
        (void)store_put(producer->store, &message, on_sync_done, producer);
        (void)pthread_mutex_lock(&producer->mutex);
        while (!producer->is_answered) {
            (void)pthread_cond_wait(&producer->answered, &producer->mutex);
        }
        (void)pthread_mutex_unlock(&producer->mutex);
        producer->count++;
        producer->refused += producer->is_ok ? 0 : 1;
        if (producer->latency_count < LATENCIES_MAX / SYNC_PRODUCERS) {
            producer->latencies[producer->latency_count++] = bench_rows_now_s() - start_s;
        }
    }
    return NULL;
}

/* Counts the log's syncs, to know how large a batch was. */
static void count_sync(void *arg, const struct disk_call *call)
{
    _Atomic uint64_t *count = arg;
    if (call->point == POINT_COMMITLOG_SYNC) {
        atomic_fetch_add(count, 1);
    }
}

struct sync_run {
    double put_s;
    uint64_t size_bytes;
    uint64_t count;
    uint64_t syncs;
    double p99_s;
};

static int run_producers(struct site *site, struct producer *producers, double *latencies,
                         double duration_s, struct err *err)
{
    pthread_t threads[SYNC_PRODUCERS];
    double until_s = bench_rows_now_s() + duration_s;
    uint32_t started = 0;
    uint64_t refused = 0;
    for (uint32_t i = 0; i < SYNC_PRODUCERS; i++) {
        struct producer *producer = &producers[i];
        memset(producer, 0, sizeof(*producer));
        producer->store = site->store;
        (void)snprintf(producer->topic, sizeof(producer->topic), "bench-%u", i);
        producer->until_s = until_s;
        producer->latencies = latencies + (size_t)i * (LATENCIES_MAX / SYNC_PRODUCERS);
        (void)pthread_mutex_init(&producer->mutex, NULL);
        (void)pthread_cond_init(&producer->answered, NULL);
        if (pthread_create(&threads[i], NULL, produce, producer) != 0) {
            break;
        }
        started++;
    }
    for (uint32_t i = 0; i < started; i++) {
        (void)pthread_join(threads[i], NULL);
        refused += producers[i].refused;
    }
    return started == SYNC_PRODUCERS && refused == 0
               ? 0
               : err_set(err, ERR_BROKEN, "%u producers ran, %llu puts were refused", started,
                         (unsigned long long)refused);
}

/* Gathers the producers' latencies in one row and returns the 99th percentile. */
static double gather_p99(const struct producer *producers, double *latencies)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < SYNC_PRODUCERS; i++) {
        memmove(latencies + count, producers[i].latencies,
                producers[i].latency_count * sizeof(*latencies));
        count += producers[i].latency_count;
    }
    (void)bench_rows_median(latencies, count); /* sorts */
    return count == 0 ? 0 : latencies[(size_t)count * 99 / 100];
}

static int sync_once(const struct bench_options *options, struct sync_run *run, struct err *err)
{
    struct site site;
    static struct producer producers[SYNC_PRODUCERS];
    _Atomic uint64_t syncs = 0;
    double *latencies = calloc(LATENCIES_MAX, sizeof(*latencies));
    struct store_options store_options = site_options(STORE_FLUSH_SYNC, STORE_SERVICES_THREADS);
    int r = site_open(&site, options, err);
    if (r == 0 && latencies != NULL) {
        struct disk_observer observer = {&syncs, count_sync, NULL};
        site.disk = disk_free(site.disk);
        r = disk_posix_new(site.dir_fd, false, &observer, &site.disk);
    }
    r = r < 0 || latencies == NULL ? -ENOMEM : site_start(&site, &store_options, err);
    if (r == 0) {
        double start_s = bench_rows_now_s();
        r = run_producers(&site, producers, latencies, options->duration_ms / 1000.0, err);
        run->put_s = bench_rows_now_s() - start_s;
        run->p99_s = gather_p99(producers, latencies);
        run->syncs = atomic_load(&syncs);
        run->size_bytes = 0;
        run->count = 0;
        for (uint32_t i = 0; i < SYNC_PRODUCERS; i++) {
            run->size_bytes += producers[i].size_bytes;
            run->count += producers[i].count;
        }
    }
    site_close(&site);
    free(latencies);
    return r;
}

int bench_store_sync(const struct bench_options *options, struct bench_result *result,
                     struct err *err)
{
    double rates[REPEATS];
    double floors[REPEATS];
    double ratios[REPEATS];
    struct sync_run run = {0, 0, 0, 0, 0};
    for (uint32_t i = 0; i < REPEATS; i++) {
        double bare_s = 0;
        int r = sync_once(options, &run, err);
        if (r == 0 && run.syncs > 0 && run.count > 0) {
            r = bare_writes(options, run.size_bytes, run.size_bytes / run.count,
                            run.size_bytes / run.syncs, &bare_s, err);
        }
        if (r < 0) {
            return r;
        }
        rates[i] = (double)run.count / run.put_s;
        floors[i] = bare_s > 0 ? (double)run.count / bare_s : 0;
        ratios[i] = floors[i] > 0 ? rates[i] / floors[i] : 0;
    }
    double ratio = bench_rows_median(ratios, REPEATS);
    struct bench_row *row =
        bench_rows_add(result, "put, sync, 16 producers", "1/s", bench_rows_median(rates, REPEATS));
    bench_rows_set_floor_share(row, "bare pwrite + fdatasync in batches of the same size",
                               bench_rows_median(floors, REPEATS), ratio);
    bench_rows_set_target(row, ">= 90 % of the floor", ratio >= 0.9);
    (void)snprintf(row->note, sizeof(row->note), "p99 %.2f ms, %.1f puts a sync", run.p99_s * 1e3,
                   run.syncs == 0 ? 0 : (double)run.count / (double)run.syncs);
    return 0;
}

/* Opens the store that lies in `site` and says how long that took. */
static int time_open(struct site *site, const struct store_options *store_options, double *ret_s,
                     struct err *err)
{
    double start_s = bench_rows_now_s();
    int r = site_start(site, store_options, err);
    *ret_s = bench_rows_now_s() - start_s;
    return r < 0 ? r : site_stop(site, err);
}

static void report_recovery(struct bench_result *result, const char *name, double gb_s,
                            double target_gb_s)
{
    char target[BENCH_TEXT_SIZE_BYTES];
    (void)snprintf(target, sizeof(target), ">= %.1f GB/s", target_gb_s);
    bench_rows_set_target(bench_rows_add(result, name, "GB/s", gb_s), target, gb_s >= target_gb_s);
}

/* A store of many records, closed. */
static int fill(struct site *site, const struct store_options *store_options,
                uint64_t *ret_size_bytes, struct err *err)
{
    int r = site_start(site, store_options, err);
    if (r < 0) {
        return r;
    }
    r = put_many(site, RECOVERY_MESSAGES, ret_size_bytes, err);
    if (r < 0) {
        return r;
    }
    return site_stop(site, err);
}

/* Without its mark the store scans the whole log: first with the queues, then without. */
static int time_recovery(struct site *site, const struct store_options *store_options,
                         double *ret_scan_s, double *ret_dispatch_s, struct err *err)
{
    int r = dir_tree_remove(site->dir_fd, "checkpoint", err);
    if (r < 0) {
        return r;
    }
    r = time_open(site, store_options, ret_scan_s, err);
    if (r < 0) {
        return r;
    }
    r = dir_tree_remove(site->dir_fd, "consumequeue", err);
    return r < 0 ? r : time_open(site, store_options, ret_dispatch_s, err);
}

int bench_store_recovery(const struct bench_options *options, struct bench_result *result,
                         struct err *err)
{
    struct site site;
    struct store_options store_options = site_options(STORE_FLUSH_ASYNC, STORE_SERVICES_MANUAL);
    double scan_s[REPEATS];
    double dispatch_s[REPEATS];
    uint64_t size_bytes = 0;
    int r = site_open(&site, options, err);
    if (r < 0) {
        goto out;
    }
    r = fill(&site, &store_options, &size_bytes, err);
    for (uint32_t i = 0; i < REPEATS && r == 0; i++) {
        r = time_recovery(&site, &store_options, &scan_s[i], &dispatch_s[i], err);
    }
    if (r < 0) {
        goto out;
    }
    double gb = (double)size_bytes / 1e9;
    report_recovery(result, "recovery, full scan, 1 KiB records",
                    gb / bench_rows_median(scan_s, REPEATS), 2.0);
    report_recovery(result, "recovery, re-dispatch, 1 KiB records",
                    gb / bench_rows_median(dispatch_s, REPEATS), 0.5);
out:
    site_close(&site);
    return r;
}
