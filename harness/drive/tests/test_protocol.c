/* The restart protocol says the same of a store wherever it lies, and again with used memory. */
#include "harness/drive/protocol.h"
#include "harness/power/disk/dir_tree.h"
#include "harness/power/disk/image_tree.h"
#include "harness/power/rehearse/rehearse.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef FIU_ENABLE
#    include "store/disk/faultpoint.h"

#    include <fiu-control.h>
#    include <fiu.h>
#endif

#define SEED 0x5eed

static const char plain[] =
    "name: protocol\nsummary: s\n"
    "store: { mode: commitlog, flush: sync, log_file_size: 4KiB, queue_file_units: 20 }\n"
    "workload: { topics: 1, queues: 2, producers: 2, phases: [ { put: 6, body: 64..400B, every: "
    "300ms }, { commit_offsets: all }, { pause: 6s }, { put: 5, body: 300B, every: 10ms } ] }\n"
    "faults: [ { point: \"*\", fault: [kill] } ]\n";

/* The index file has the size that RocketMQ's has. */
static const char dledger[] =
    "name: protocol\nsummary: s\n"
    "store: { mode: dledger, flush: sync, log_file_size: 4KiB, queue_file_units: 20 }\n"
    "workload: { topics: 1, queues: 2, producers: 2, phases: [ { put: 6, body: 64..400B, every: "
    "300ms }, { commit_offsets: all } ] }\n"
    "faults: [ { point: \"*\", fault: [kill] } ]\n";

#define INDEX_FILE  "dledger-n0/index/00000000000000000000"
#define INDEX_BYTES (UINT64_C(5242880) * 32)
#define FAR_AT      (UINT64_C(30001) * 4096 + 5)

struct fixture {
    struct scenario scenario;
    struct workload workload;
    struct rehearsal *rehearsal;
    struct shared *shared;
    struct protocol_memory *memory;
    uint32_t capacity;
};

static void fixture_open(struct fixture *fixture, const char *text)
{
    struct err err = ERR_INIT;
    memset(fixture, 0, sizeof(*fixture));
    if (scenario_parse(text, strlen(text), "protocol", &fixture->scenario, &err) < 0) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(workload_make(&fixture->scenario, &fixture->workload, &err), 0);
    struct rehearse_options options = {
        .scenario = &fixture->scenario, .workload = &fixture->workload, .seed = SEED};
    assert_int_equal(rehearse_new(&options, &fixture->rehearsal, &err), 0);
    fixture->capacity = fixture->workload.message_count + WORKLOAD_PROBES;
    assert_int_equal(shared_map(fixture->capacity, &fixture->shared, &err), 0);
    assert_int_equal(
        protocol_memory_new(&fixture->scenario, &fixture->workload, SEED, &fixture->memory, NULL),
        0);
    struct plan plan;
    memset(&plan, 0, sizeof(plan));
    assert_int_equal(rehearse_run(fixture->rehearsal, &plan, &err), 0);
}

static void fixture_close(struct fixture *fixture)
{
    protocol_memory_free(fixture->memory);
    shared_unmap(fixture->shared, fixture->capacity);
    rehearse_free(fixture->rehearsal);
    workload_done(&fixture->workload);
}

struct found {
    struct shared_restart restart;
    struct ending ending;
};

/* What is found of a place that holds the store as it was after `done` operations. */
static void judge(struct fixture *fixture, size_t done, const struct place *place,
                  struct found *ret_found)
{
    struct rehearse_state known;
    struct err err = ERR_INIT;
    struct shared *shared = fixture->shared;
    assert_int_equal(rehearse_state(fixture->rehearsal, done, &known, shared->ledger, &err), 0);
    atomic_store(&shared->now_ms, known.now_ms);
    atomic_store(&shared->events, known.events);
    ending_clear(&shared->ending);
    shared->round = known.round + 1;
    shared->ledger->round = shared->round;
    ledger_begin_round(shared->ledger);
    const struct protocol protocol = {
        .scenario = &fixture->scenario,
        .workload = &fixture->workload,
        .seed = SEED,
        .shared = shared,
        .place = *place,
        .memory = fixture->memory,
    };
    if (protocol_run(&protocol, &err) < 0) {
        fail_msg("%s", err.text);
    }
    *ret_found = (struct found){shared->restart, shared->ending};
}

/* Overwrites part of the first record, so that there is something to find. */
static void damage(struct image *image)
{
    struct image_content *content = NULL;
    struct image_entry *entry = image_tree_find(image, "commitlog/00000000000000000000");
    assert_non_null(entry);
    assert_int_equal(image_tree_own_content(&image->files[entry->file], &content), 0);
    assert_true(image_content_write(content, 60, (const uint8_t *)"garbage", 7) == 7);
}

static void compare(struct fixture *fixture, size_t done, bool is_damaged)
{
    struct image *image = NULL;
    struct err err = ERR_INIT;
    struct tmpdir tmpdir;
    struct found on_image;
    struct found on_directory;
    tmpdir_make(&tmpdir);
    assert_int_equal(rehearse_state_image(fixture->rehearsal, done, &image, &err), 0);
    if (is_damaged) {
        damage(image);
    }
    int dir_fd = open(tmpdir.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(dir_fd >= 0);
    assert_int_equal(image_store(image, dir_fd, &err), 0);
    judge(fixture, done, &(struct place){.dir_fd = dir_fd}, &on_directory);
    judge(fixture, done, &(struct place){.image = image, .dir_fd = -1}, &on_image);
    assert_int_equal(atomic_load(&on_image.restart.is_complete), 1);
    assert_int_equal(on_image.restart.report.violated, on_directory.restart.report.violated);
    assert_int_equal(on_image.ending.found_count, on_directory.ending.found_count);
    assert_int_equal(on_image.restart.opened, on_directory.restart.opened);
    assert_int_equal(on_image.restart.step, on_directory.restart.step);
    assert_string_equal(on_image.restart.report.text, on_directory.restart.report.text);
    assert_int_equal(on_image.ending.outcome, on_directory.ending.outcome);
    assert_string_equal(on_image.ending.detail, on_image.restart.report.text);
    assert_int_equal(on_image.restart.report.violated != 0, is_damaged);
    uint64_t hash = 0;
    assert_int_equal(dir_tree_hash(dir_fd, &hash), 0);
    assert_true(hash == image_hash(image));
    image_free(image);
    (void)close(dir_fd);
    tmpdir_remove(&tmpdir);
}

static void test_same_verdict(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture, plain);
    size_t count = trace_done_count(rehearse_trace(fixture.rehearsal));
    for (size_t done = 0; done <= count; done += 9) {
        compare(&fixture, done, false);
    }
    compare(&fixture, count, true);
    compare(&fixture, count, false);
    fixture_close(&fixture);
}

/* Bytes of an earlier life, in a page of their own far behind the end. */
static void write_far(struct image *image)
{
    struct image_content *content = NULL;
    struct image_entry *entry = image_tree_find(image, INDEX_FILE);
    assert_non_null(entry);
    assert_int_equal(image->files[entry->file].content->size_bytes, INDEX_BYTES);
    assert_int_equal(image_tree_own_content(&image->files[entry->file], &content), 0);
    assert_true(image_content_write(content, FAR_AT, (const uint8_t *)"stale", 5) == 5);
}

/* A crashed store with such bytes, restarted in both kinds of place: zeroed, and nothing found; or,
 * when the engine was told of no data there, found by who looks for himself. */
static void restart_with_far_bytes(struct fixture *fixture, bool is_lied_to)
{
    struct image *image = NULL;
    struct err err = ERR_INIT;
    struct tmpdir tmpdir;
    struct found found[2];
    size_t done = trace_done_count(rehearse_trace(fixture->rehearsal)) * 2 / 3;
    tmpdir_make(&tmpdir);
    assert_int_equal(rehearse_state_image(fixture->rehearsal, done, &image, &err), 0);
    write_far(image);
    assert_int_equal(image_store(image, tmpdir.fd, &err), 0);
    judge(fixture, done, &(struct place){.dir_fd = tmpdir.fd}, &found[0]);
    judge(fixture, done, &(struct place){.image = image, .dir_fd = -1, .has_faults = true},
          &found[1]);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(atomic_load(&found[i].restart.is_complete), 1);
        if (!is_lied_to) {
            assert_string_equal(found[i].restart.report.text, "");
            continue;
        }
        assert_int_equal(found[i].restart.report.violated, PROPERTY_BIT(IDEMPOTENT));
        test_contains(found[i].restart.report.text, "idempotent " INDEX_FILE "@122884101");
    }
    image_free(image);
    tmpdir_remove(&tmpdir);
}

static void test_far_bytes(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture, dledger);
    restart_with_far_bytes(&fixture, false);
#ifdef FIU_ENABLE
    /* An offset where an error should be: "no data before that". */
    static struct faultpoint_action lie = {.limit_bytes = 0, .error = INT32_MAX};
    const char *seek = point_fiu_name(POINT_DLEDGER_INDEX_SEEK);
    fiu_init(0);
    assert_int_equal(fiu_enable(seek, 1, &lie, 0), 0);
    restart_with_far_bytes(&fixture, true);
    assert_int_equal(fiu_disable(seek), 0);
#endif
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_verdict),
        cmocka_unit_test(test_far_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
