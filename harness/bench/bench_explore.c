/* Images of power losses: recovered, restarted and judged (bench_explore.h).
 *
 * Everything is counted in seconds of the processor, so that a busy machine does not show.  Crash
 * positions are those of a workload's last quarter, where the store has nearly its whole size. */
#include "harness/bench/bench_explore.h"

#include "harness/base/process.h"
#include "harness/power/disk/image_content.h"
#include "harness/power/explore/explore.h"
#include "harness/power/rehearse/rehearse.h"
#include "store/base/bytes.h"
#include "store/base/crc32.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sys/wait.h>

#define SEED            UINT64_C(0xbe7c)
#define STORE_BYTES     65536u
#define LOG_DIR         "commitlog"
#define LOG_FILE        LOG_DIR "/00000000000000000000"
#define RECORD_BYTES    125u /* of a record, besides its body */
#define QUEUES          2u
#define UNIT_BYTES      20u
#define MESSAGES        50u
#define POSITIONS_MAX   240u
#define BOUND           64u
#define RANDOM          16u
#define ALL_MODELS      ((UINT32_C(1) << LOSS_MODEL_COUNT) - 1)
#define CHUNKS          5u
#define IMAGES_MIN      20000.0
#define MEMO_TIMES_MIN  1.05
#define FLOOR_TIMES_MAX 5.0
/* Sixteen times the messages may cost so much more an image, and a KiB. */
#define GROWTH_MAX  2.0
#define WORKERS_MIN 0.9 /* of what the machine's two processes do of one's work */

static double cpu_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* For the optimiser: the value is used. */
static void keep(uint64_t value)
{
    __asm__ volatile("" : : "r"(value));
}

/* What is explored. */
struct subject {
    struct scenario scenario;
    struct workload workload;
    struct explore *explore;
    struct explore_result *result;
    uint32_t position_count;
    uint64_t seed;
    bool in_full; /* without the memo */
};

static void subject_done(struct subject *subject)
{
    subject->explore = explore_free(subject->explore);
    workload_done(&subject->workload);
    free(subject->result);
}

static struct rehearse_options options_of(const struct subject *subject)
{
    return (struct rehearse_options){
        .scenario = &subject->scenario, .workload = &subject->workload, .seed = subject->seed};
}

static int run_job(struct subject *subject, uint32_t from, uint32_t upto, struct err *err)
{
    const struct explore_job job = {.models = ALL_MODELS,
                                    .from = from,
                                    .upto = upto,
                                    .bound = BOUND,
                                    .random = RANDOM,
                                    .in_full = subject->in_full};
    struct plan plan;
    memset(&plan, 0, sizeof(plan));
    int r = explore_run(subject->explore, &job, &plan, subject->result, err);
    if (r == 0 && (subject->result->broken[0] != '\0' || subject->result->failed > 0)) {
        r = err_set(err, ERR_BROKEN, "the bench's own images are not intact: %.400s",
                    subject->result->broken[0] != '\0' ? subject->result->broken
                                                       : subject->result->failures[0].detail);
    }
    return r;
}

/* `messages` of `body` bytes into a log file of `file_bytes`; the trace is made. */
static int subject_init(struct subject *subject, const char *flush, uint32_t messages,
                        uint32_t body, uint32_t file_bytes, struct err *err)
{
    char text[1024];
    memset(subject, 0, sizeof(*subject));
    subject->seed = SEED;
    int length =
        snprintf(text, sizeof(text),
                 "name: bench\nsummary: What an image costs.\n"
                 "store: { mode: commitlog, flush: %s, services: manual, log_file_size: %u,"
                 " queue_file_units: %u }\n"
                 "workload: { topics: 1, queues: %u, producers: 1, phases: [ { put: %u, body: %uB,"
                 " every: 100ms } ] }\n"
                 "faults: [ { point: \"*\", fault: [power-loss] } ]\nexpect: intact\n",
                 flush, file_bytes, messages, QUEUES, messages, body);
    int r = scenario_parse(text, (size_t)length, "bench", &subject->scenario, err);
    if (r < 0) {
        return r;
    }
    r = workload_make(&subject->scenario, &subject->workload, err);
    if (r < 0) {
        goto fail;
    }
    subject->result = calloc(1, sizeof(*subject->result));
    if (subject->result == NULL) {
        r = err_set(err, -ENOMEM, "out of memory");
        goto fail;
    }
    const struct rehearse_options options = options_of(subject);
    r = explore_new(&options, &subject->explore, err);
    if (r < 0) {
        goto fail;
    }
    r = run_job(subject, 0, 0, err);
    if (r < 0) {
        goto fail;
    }
    subject->position_count = subject->result->position_count;
    return 0;
fail:
    subject_done(subject);
    return r;
}

/* Seconds of the processor an image, over the last quarter of the trace. */
static int time_images(struct subject *subject, double *ret_s, struct err *err)
{
    uint32_t from = subject->position_count - subject->position_count / 4;
    double start_s = cpu_s();
    int r = run_job(subject, from, from + POSITIONS_MAX, err);
    if (r == 0 && subject->result->counts.distinct == 0) {
        r = err_set(err, ERR_BROKEN, "the bench's own scenario has no images");
    }
    if (r == 0) {
        *ret_s = (cpu_s() - start_s) / (double)subject->result->counts.distinct;
    }
    return r;
}

/* The store at the end of the trace, file behind file, its log first. */
struct store_bytes {
    uint8_t *bytes;
    uint8_t *copy;
    uint8_t *units; /* of each queue in turn */
    size_t size_bytes;
    size_t log_bytes;
    size_t queue_bytes;
};

static void store_bytes_done(struct store_bytes *store)
{
    free(store->bytes);
    free(store->copy);
    free(store->units);
}

static int read_log(struct image *image, const struct subject *subject, struct store_bytes *store)
{
    const struct view view = image_view(image);
    struct image_stats stats;
    image_stats(image, &stats);
    store->size_bytes = (size_t)stats.page_count * IMAGE_PAGE_SIZE_BYTES;
    store->queue_bytes = (size_t)(subject->workload.message_count + 1) * UNIT_BYTES;
    store->bytes = calloc(1, store->size_bytes);
    store->copy = calloc(1, store->size_bytes);
    store->units = calloc(QUEUES, store->queue_bytes);
    if (store->bytes == NULL || store->copy == NULL || store->units == NULL) {
        return -ENOMEM;
    }
    int64_t n = view.read(view.arg, LOG_FILE, 0, store->bytes, store->size_bytes);
    store->log_bytes = n < 0 ? 0 : (size_t)n;
    return n < 0 ? (int)n : 0;
}

/* All that a fault-free run did, done to an empty memory disk. */
static int replay_all(const struct trace *trace, struct image *image, struct err *err)
{
    const struct trace_span span = {0, trace_done_count(trace), 0};
    struct disk *disk = NULL;
    int r = image_disk(image, false, NULL, &disk);
    if (r < 0) {
        return err_set(err, r, "out of memory");
    }
    r = trace_replay(trace, &span, disk, err);
    (void)disk_free(disk);
    return r;
}

static int store_bytes_init(struct store_bytes *store, const struct subject *subject,
                            struct err *err)
{
    const struct rehearse_options options = options_of(subject);
    struct rehearsal *rehearsal = NULL;
    struct image *image = image_new();
    struct plan plan;
    memset(&plan, 0, sizeof(plan));
    memset(store, 0, sizeof(*store));
    int r = image == NULL ? err_set(err, -ENOMEM, "out of memory")
                          : rehearse_new(&options, &rehearsal, err);
    if (r < 0) {
        goto out;
    }
    r = rehearse_run(rehearsal, &plan, err);
    if (r < 0) {
        goto out;
    }
    r = replay_all(rehearse_trace(rehearsal), image, err);
    if (r == 0 && read_log(image, subject, store) < 0) {
        r = err_set(err, -ENOMEM, "out of memory");
    }
out:
    image_free(image);
    rehearse_free(rehearsal);
    if (r < 0) {
        store_bytes_done(store);
    }
    return r;
}

/* One floor: the bytes copied, each record's CRC made, each record's unit put. */
static uint32_t floor_once(struct store_bytes *store)
{
    uint32_t crc = 0;
    memcpy(store->copy, store->bytes, store->size_bytes);
    for (size_t at = 0; at + RECORD_BYTES < store->log_bytes;) {
        const uint8_t *record = store->copy + at;
        uint32_t size = bytes_get_be32(record);
        uint32_t queue = bytes_get_be32(record + 12);
        uint64_t index = bytes_get_be64(record + 20);
        if (size < RECORD_BYTES / 2 || size > store->log_bytes - at || queue >= QUEUES ||
            (index + 1) * UNIT_BYTES > store->queue_bytes) {
            break;
        }
        crc ^= crc32_of(record, size);
        uint8_t *unit = store->units + queue * store->queue_bytes + index * UNIT_BYTES;
        bytes_put_be64(unit, at);
        bytes_put_be32(unit + 8, size);
        bytes_put_be64(unit + 12, 0);
        at += size;
    }
    return crc;
}

static double time_floor(struct store_bytes *store)
{
    const uint32_t loops = 2000;
    double start_s = cpu_s();
    for (uint32_t i = 0; i < loops; i++) {
        keep(floor_once(store));
    }
    return (cpu_s() - start_s) / loops;
}

/* The middle of several, image and floor in turn. */
static int time_beside_floor(struct subject *subject, struct store_bytes *store, double *ret_s,
                             double *ret_floor_s, struct err *err)
{
    double images[CHUNKS];
    double floors[CHUNKS];
    int r = 0;
    for (uint32_t i = 0; r == 0 && i < CHUNKS; i++) {
        floors[i] = time_floor(store);
        r = time_images(subject, &images[i], err);
    }
    *ret_s = r < 0 ? 0 : bench_rows_median(images, CHUNKS);
    *ret_floor_s = r < 0 ? 0 : bench_rows_median(floors, CHUNKS);
    return r;
}

static uint32_t body_for(uint32_t messages, uint32_t store_bytes)
{
    return (store_bytes - store_bytes / 16) / messages - RECORD_BYTES;
}

/* What the memo is worth: a cache that answers little, or saves no time, is to go. */
static int add_memo(struct subject *subject, const char *flush, double image_s,
                    struct bench_result *result, struct err *err)
{
    const struct campaign_explore *counts = &subject->result->counts;
    double answered = (double)counts->reused / (double)counts->judged;
    double full_s = 0;
    char text[BENCH_TEXT_SIZE_BYTES];
    subject->in_full = true;
    int r = time_images(subject, &full_s, err);
    if (r < 0) {
        return r;
    }
    (void)snprintf(text, sizeof(text), "an image judged without the memo, %s", flush);
    struct bench_row *row = bench_rows_add(result, text, "x", full_s / image_s);
    bench_rows_set_target(row, ">= 1.05, else the memo goes", full_s / image_s >= MEMO_TIMES_MIN);
    (void)snprintf(row->note, sizeof(row->note), "it answers %.0f %% of the images",
                   100 * answered);
    return 0;
}

/* Judged images a second, beside the floor of what no judging can do without. */
static int add_judged(struct subject *subject, const char *flush, double *ret_image_s,
                      struct bench_result *result, struct err *err)
{
    struct store_bytes store;
    double floor_s = 0;
    char text[BENCH_TEXT_SIZE_BYTES];
    int r = store_bytes_init(&store, subject, err);
    if (r < 0) {
        return r;
    }
    r = time_beside_floor(subject, &store, ret_image_s, &floor_s, err);
    if (r < 0) {
        goto out;
    }
    const struct campaign_explore *counts = &subject->result->counts;
    (void)snprintf(text, sizeof(text), "images judged, 64 KiB store, %s", flush);
    struct bench_row *row = bench_rows_add(result, text, "/s/core", 1 / *ret_image_s);
    bench_rows_set_floor(row, "copy its bytes, CRC of each record, its units", 1 / floor_s,
                         *ret_image_s / floor_s);
    bench_rows_set_target(row, ">= 20,000 and <= 5x the floor",
                          1 / *ret_image_s >= IMAGES_MIN &&
                              *ret_image_s / floor_s <= FLOOR_TIMES_MAX);
    (void)snprintf(row->note, sizeof(row->note), "%u distinct, %u reused, %.0f KiB",
                   (unsigned)counts->distinct, (unsigned)counts->reused,
                   (double)store.size_bytes / 1024);
out:
    store_bytes_done(&store);
    return r;
}

static int add_images(struct bench_result *result, const char *flush, struct err *err)
{
    struct subject subject;
    double image_s = 0;
    int r =
        subject_init(&subject, flush, MESSAGES, body_for(MESSAGES, STORE_BYTES), STORE_BYTES, err);
    if (r < 0) {
        return r;
    }
    r = add_judged(&subject, flush, &image_s, result, err);
    if (r == 0) {
        r = add_memo(&subject, flush, image_s, result, err);
    }
    subject_done(&subject);
    return r;
}

int bench_explore_images(const struct bench_options *options, struct bench_result *result,
                         struct err *err)
{
    (void)options;
    int r = add_images(result, "sync", err);
    return r < 0 ? r : add_images(result, "async", err);
}

static const uint32_t lengths[] = {25, 50, 100, 200, 400};
#define LENGTHS (sizeof(lengths) / sizeof(lengths[0]))

/* Seconds an image for a workload of this length; the least of three, as noise only adds. */
static int time_length(uint32_t messages, uint32_t store_bytes, double *ret_s, struct err *err)
{
    struct subject subject;
    int r =
        subject_init(&subject, "sync", messages, body_for(messages, store_bytes), store_bytes, err);
    if (r < 0) {
        return r;
    }
    for (uint32_t i = 0; r == 0 && i < 3; i++) {
        double image_s = 0;
        r = time_images(&subject, &image_s, err);
        *ret_s = i == 0 || image_s < *ret_s ? image_s : *ret_s;
    }
    subject_done(&subject);
    return r;
}

/* Microseconds an image at each length, and, `per_kib`, for each KiB of a store that grows. */
static int add_growth(struct bench_result *result, bool per_kib, struct err *err)
{
    double values[LENGTHS] = {0};
    char note[BENCH_TEXT_SIZE_BYTES] = "";
    size_t used = 0;
    for (size_t i = 0; i < LENGTHS; i++) {
        uint32_t store_bytes = per_kib ? STORE_BYTES / 4 * (lengths[i] / lengths[0]) : STORE_BYTES;
        double image_s = 0;
        int r = time_length(lengths[i], store_bytes, &image_s, err);
        if (r < 0) {
            return r;
        }
        values[i] = image_s * 1e6 / (per_kib ? (double)store_bytes / 1024 : 1);
        int n = snprintf(note + used, sizeof(note) - used, "%s%u: %.*f", i == 0 ? "" : ", ",
                         lengths[i], per_kib ? 2 : 0, values[i]);
        used += n > 0 ? (size_t)n : 0;
    }
    double ratio = values[LENGTHS - 1] / values[0];
    struct bench_row *row =
        bench_rows_add(result, per_kib ? "a growing store, 400 messages" : "64 KiB, 400 messages",
                       per_kib ? "us/KiB" : "us/image", values[LENGTHS - 1]);
    bench_rows_set_floor(row, "25 messages", values[0], ratio);
    bench_rows_set_target(row, per_kib ? "<= 2x: linear in bytes" : "<= 2x: flat in the workload",
                          ratio <= GROWTH_MAX);
    (void)snprintf(row->note, sizeof(row->note), "%s", note);
    return 0;
}

int bench_explore_growth(const struct bench_options *options, struct bench_result *result,
                         struct err *err)
{
    (void)options;
    int r = add_growth(result, false, err);
    return r < 0 ? r : add_growth(result, true, err);
}

/* Does work for `duration_s`; returns how much, in whole units. */
typedef uint64_t (*bench_work)(double duration_s);

static uint64_t work_images(double duration_s)
{
    struct subject subject;
    uint64_t images = 0;
    double start_s = bench_rows_now_s();
    double image_s = 0;
    if (subject_init(&subject, "sync", MESSAGES, body_for(MESSAGES, STORE_BYTES), STORE_BYTES,
                     NULL) < 0) {
        return 0;
    }
    while (bench_rows_now_s() - start_s < duration_s &&
           time_images(&subject, &image_s, NULL) == 0) {
        images += subject.result->counts.distinct;
    }
    subject_done(&subject);
    return images;
}

static uint64_t work_loop(double duration_s)
{
    uint64_t loops = 0;
    double start_s = bench_rows_now_s();
    for (; bench_rows_now_s() - start_s < duration_s; loops++) {
        uint64_t value = loops | 1;
        for (uint32_t i = 0; i < 10000; i++) {
            value = value * UINT64_C(6364136223846793005) + i;
        }
        keep(value);
    }
    return loops;
}

static pid_t start_work(bench_work work, double duration_s, int write_fd)
{
    pid_t pid = process_fork(1);
    if (pid == 0) {
        uint64_t done = work(duration_s);
        _exit(write(write_fd, &done, sizeof(done)) == (ssize_t)sizeof(done) ? 0 : 1);
    }
    return pid;
}

/* What `count` processes do together in that time; 0 when one of them failed. */
static uint64_t work_together(bench_work work, uint32_t count, double duration_s)
{
    int fds[2];
    uint64_t sum = 0;
    uint32_t told = 0;
    if (pipe(fds) < 0) {
        return 0;
    }
    pid_t pids[2] = {-1, -1};
    for (uint32_t i = 0; i < count; i++) {
        pids[i] = start_work(work, duration_s, fds[1]);
    }
    (void)close(fds[1]);
    uint64_t done = 0;
    while (read(fds[0], &done, sizeof(done)) == (ssize_t)sizeof(done)) {
        sum += done;
        told++;
    }
    (void)close(fds[0]);
    for (uint32_t i = 0; i < count; i++) {
        if (pids[i] > 0) {
            (void)waitpid(pids[i], NULL, 0);
        }
    }
    return told == count ? sum : 0;
}

int bench_explore_workers(const struct bench_options *options, struct bench_result *result,
                          struct err *err)
{
    double duration_s = (double)options->duration_ms / 1000;
    double one = (double)work_together(work_images, 1, duration_s);
    double loop_one = (double)work_together(work_loop, 1, duration_s);
    double two = (double)work_together(work_images, 2, duration_s);
    double loop_two = (double)work_together(work_loop, 2, duration_s);
    if (one == 0 || two == 0 || loop_one == 0 || loop_two == 0) {
        return err_set(err, ERR_BROKEN, "the bench's own processes failed");
    }
    double factor = two / one;
    double machine = loop_two / loop_one;
    struct bench_row *row =
        bench_rows_add(result, "images of two workers, as much as one's", "x", factor);
    bench_rows_set_floor_share(row, "a bare loop in two processes", machine, factor / machine);
    bench_rows_set_target(row, ">= 0.9 of the machine's own factor",
                          factor / machine >= WORKERS_MIN);
    return 0;
}
