/* A locked memory disk under several threads: every thread finds its own work, whole. */
#include "harness/power/disk/image.h"
#include "harness/testkit/test.h"

#include <pthread.h>

#define THREAD_COUNT 4
#define ROUND_COUNT  300
#define DATA_BYTES   5000

struct worker {
    pthread_t thread;
    struct disk *disk;
    unsigned number;
    unsigned failure_count;
};

static void expect(struct worker *worker, bool holds)
{
    worker->failure_count += !holds;
}

/* Writes a file under one name, renames it, reads it under the other; every third one stays. */
static void do_round(struct worker *worker, unsigned round)
{
    uint8_t data[DATA_BYTES];
    uint8_t got[DATA_BYTES];
    char path[64];
    char target[64];
    struct disk_file *file = NULL;
    uint64_t size_bytes = 0;

    (void)snprintf(path, sizeof(path), "d/%u-%u", worker->number, round);
    (void)snprintf(target, sizeof(target), "d/t%u-%u", worker->number, round);
    memset(data, (int)(worker->number * 50 + round % 50), sizeof(data));
    expect(worker, disk_create(worker->disk, POINT_COMMITLOG_CREATE, path, &file, NULL) == 0);
    if (file == NULL) {
        return;
    }
    expect(worker, disk_write(file, POINT_COMMITLOG_APPEND, 100, data, sizeof(data), NULL) == 0);
    expect(worker, disk_rename(worker->disk, POINT_OFFSETS_RENAME, path, target, NULL) == 0);
    expect(worker, disk_read(file, POINT_COMMITLOG_READ, 100, got, sizeof(got), NULL) == 0);
    expect(worker, memcmp(data, got, sizeof(got)) == 0);
    expect(worker, disk_size(worker->disk, POINT_COMMITLOG_SIZE, target, &size_bytes, NULL) == 0);
    expect(worker, size_bytes == DATA_BYTES + 100);
    file = disk_close(file);
    if (round % 3 != 0) {
        expect(worker, disk_unlink(worker->disk, POINT_COMMITLOG_CUT_FILE, target, NULL) == 0);
    }
}

static void *work(void *arg)
{
    struct worker *worker = arg;

    for (unsigned round = 0; round < ROUND_COUNT; round++) {
        do_round(worker, round);
    }
    return NULL;
}

static void test_threads_do_not_meet(void **state)
{
    struct image *image = image_new();
    struct worker workers[THREAD_COUNT];
    struct image_stats stats;
    struct disk *disk = NULL;
    unsigned kept_count = THREAD_COUNT * ((ROUND_COUNT + 2) / 3);

    (void)state;
    assert_non_null(image);
    assert_int_equal(image_disk_locked(image, false, NULL, &disk), 0);
    assert_int_equal(disk_mkdir(disk, POINT_QUEUE_MKDIR, "d", NULL), 0);
    for (unsigned i = 0; i < THREAD_COUNT; i++) {
        workers[i] = (struct worker){.disk = disk, .number = i};
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (unsigned i = 0; i < THREAD_COUNT; i++) {
        assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
        assert_int_equal(workers[i].failure_count, 0);
    }
    image_stats(image, &stats);
    assert_int_equal(stats.entry_count, 1 + kept_count);
    assert_int_equal(stats.page_count, 2 * kept_count);
    (void)disk_free(disk);
    (void)image_free(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads_do_not_meet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
