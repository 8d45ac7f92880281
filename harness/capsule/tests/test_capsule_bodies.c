/* What people wrote is gone from a store, and what the seed makes comes back. */
#include "harness/capsule/capsule_bodies.h"
#include "harness/capsule/capsule_replay.h"
#include "harness/capsule/tests/capsule_case.h"
#include "harness/oracle/decode/disk_record.h"
#include "harness/power/disk/image_tree.h"

#define TORN_TEXT                                                                                  \
    "name: torn\nsummary: s\n"                                                                     \
    "store: { mode: commitlog, flush: sync, log_file_size: 4KiB, queue_file_units: 50 }\n"         \
    "workload: { topics: 2, queues: 2, producers: 2, phases: [ { put: 12, body: 64..900B, every: " \
    "300ms, tags: [a, b], keys: 2, properties: 2 } ] }\n"                                          \
    "faults: [ { point: \"*\", fault: [torn] } ]\n"

struct fixture {
    struct capsule_case made;
    struct capsule *capsule;
    struct workload workload;
    struct capsule_bodies_seed seed;
    struct capsule_manifest_removed removed;
    struct image *image;
    struct err err;
};

static int set_up(void **state)
{
    *state = calloc(1, sizeof(struct fixture));
    return *state == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    image_free(fixture->image);
    capsule_close(fixture->capsule);
    workload_done(&fixture->workload);
    capsule_case_remove(&fixture->made);
    free(fixture);
    return 0;
}

static void open_case(struct fixture *fixture, const char *text, const char *plan)
{
    capsule_case_make(&fixture->made, text, plan);
    test_ok(capsule_open(fixture->made.path, &fixture->capsule, &fixture->err), fixture->err);
    test_ok(workload_make(&fixture->made.scenario, &fixture->workload, &fixture->err),
            fixture->err);
    fixture->seed =
        (struct capsule_bodies_seed){&fixture->made.scenario, &fixture->workload, CASE_SEED};
    fixture->image = image_clone(capsule_rest(fixture->capsule)->place.image);
    assert_non_null(fixture->image);
}

static void remove_bodies(struct fixture *fixture)
{
    test_ok(capsule_bodies_remove(fixture->image, &fixture->seed, &fixture->removed, &fixture->err),
            fixture->err);
}

/* Whether any file of the image has these bytes. */
static bool has_bytes(const struct image *image, const void *bytes, size_t size_bytes)
{
    static uint8_t data[1u << 20];
    for (uint32_t i = 0; i < image->entry_count; i++) {
        if (image_tree_is_dir(&image->entries[i])) {
            continue;
        }
        const struct image_content *content = image->files[image->entries[i].file].content;
        int64_t got = image_content_read(content, 0, data, sizeof(data));
        if (got > 0 && memmem(data, (size_t)got, bytes, size_bytes) != NULL) {
            return true;
        }
    }
    return false;
}

/* The middle of each message's body, and the values that came with it. */
static uint32_t count_bodies(const struct fixture *fixture, const struct image *image)
{
    uint32_t found = 0;
    struct workload_message message;
    workload_message_init(&message);
    for (uint32_t i = 0; i < fixture->workload.message_count; i++) {
        assert_int_equal(workload_message_make(&fixture->made.scenario, &fixture->workload,
                                               CASE_SEED, i, &message),
                         0);
        found += has_bytes(image, message.body.data + 20, 32) ? 1 : 0;
    }
    workload_message_done(&message);
    return found;
}

static void assert_goes_and_comes(const char *text, const char *plan)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    void *left = fixture;
    assert_non_null(fixture);
    test_row(plan);
    open_case(fixture, text, plan);
    uint64_t hash = image_hash(fixture->image);
    assert_true(count_bodies(fixture, fixture->image) > 3);
    remove_bodies(fixture);
    assert_int_equal(count_bodies(fixture, fixture->image), 0);
    assert_true(fixture->removed.bodies > 3);
    assert_true(image_hash(fixture->image) != hash);
    test_ok(capsule_bodies_restore(fixture->image, &fixture->seed, &fixture->err), fixture->err);
    if (fixture->removed.loose_bytes == 0) {
        assert_true(image_hash(fixture->image) == hash);
    }
    (void)tear_down(&left);
}

static void no_body_is_left_and_all_come_back(void **state)
{
    (void)state;
    assert_goes_and_comes(RECOVERY_TEXT, RECOVERY_PLAN);
    assert_goes_and_comes(TORN_TEXT, "commitlog/append:9=torn:300");
    assert_goes_and_comes(TORN_TEXT, "commitlog/append:9=torn:40");
    assert_goes_and_comes(TORN_TEXT, "queue/append:11=kill");
}

/* Another's messages: nobody can put them back, and nothing else is changed. */
static void what_no_seed_makes_is_gone_for_good(void **state)
{
    struct fixture *fixture = *state;
    open_case(fixture, TORN_TEXT, "queue/append:11=kill");
    const struct capsule_bodies_seed none = {NULL, NULL, 0};
    uint8_t before[4096];
    uint8_t after[4096];
    struct disk_record record;
    const char *why = NULL;
    static const char path[] = "commitlog/00000000000000000000";
    const struct image_entry *entry = image_tree_find(fixture->image, path);
    assert_non_null(entry);
    (void)image_content_read(fixture->image->files[entry->file].content, 0, before, 4096);
    test_ok(capsule_bodies_remove(fixture->image, &none, &fixture->removed, &fixture->err),
            fixture->err);
    assert_int_equal(fixture->removed.seeded, 0);
    assert_int_equal(fixture->removed.loose_bytes, 0);
    entry = image_tree_find(fixture->image, path);
    (void)image_content_read(fixture->image->files[entry->file].content, 0, after, 4096);
    assert_int_equal(disk_record_parse(after, 4096, &record, &why), DISK_RECORD_WHOLE);
    assert_int_equal(record.crc, DISK_RECORD_CRC_OK);
    for (uint32_t i = 0; i < record.body_size_bytes; i++) {
        assert_int_equal(after[record.body_at + i], 'y');
    }
    /* Up to the body all but its checksum, and the topic behind it. */
    assert_memory_equal(after, before, 8);
    assert_memory_equal(after + 12, before + 12, record.body_at - 12);
    assert_memory_equal(after + record.topic_at, before + record.topic_at, record.topic_size_bytes);
    uint32_t size = 0;
    const char *tags = disk_record_property(&record, after, "TAGS", &size);
    assert_true(tags != NULL && size == 1 && (*tags == 'a' || *tags == 'b'));
    const char *keys = disk_record_property(&record, after, "KEYS", &size);
    assert_true(keys != NULL && size > 0 && strspn(keys, "y") >= size);
}

/* Units point at records of the same sizes. */
static void files_without_messages_stay(void **state)
{
    static const char *const paths[] = {"consumequeue/topic-0/0/00000000000000000000", "checkpoint",
                                        "abort"};
    struct fixture *fixture = *state;
    open_case(fixture, TORN_TEXT, "queue/append:11=kill");
    const struct image *original = capsule_rest(fixture->capsule)->place.image;
    remove_bodies(fixture);
    for (size_t i = 0; i < TEST_COUNT(paths); i++) {
        const struct image_entry *one = image_tree_find(original, paths[i]);
        const struct image_entry *other = image_tree_find(fixture->image, paths[i]);
        test_row(paths[i]);
        assert_non_null(one);
        assert_non_null(other);
        uint8_t left[8192] = {0};
        uint8_t right[8192] = {0};
        (void)image_content_read(original->files[one->file].content, 0, left, sizeof(left));
        (void)image_content_read(fixture->image->files[other->file].content, 0, right,
                                 sizeof(right));
        assert_memory_equal(left, right, sizeof(left));
    }
}

/* The whole way: made without bodies, opened, replayed. */
static void a_capsule_without_bodies_ends_as_the_case(void **state)
{
    struct fixture *fixture = *state;
    struct capsule_replay *replay = calloc(1, sizeof(*replay));
    const struct capsule_replay_options how = {.timeout_ms = 20000};
    uint32_t identical = 0;
    assert_non_null(replay);
    open_case(fixture, RECOVERY_TEXT, RECOVERY_PLAN);
    capsule_close(fixture->capsule);
    const struct replay_options again = {
        .scenario = &fixture->made.scenario, .token = &fixture->made.token, .timeout_ms = 20000};
    const struct capsule_make_options options = {
        .path = fixture->made.path, .made_by = "a test", .no_bodies = true};
    test_ok(capsule_make(&again, &options, &fixture->made.ended, &identical, &fixture->err),
            fixture->err);
    test_ok(capsule_open(fixture->made.path, &fixture->capsule, &fixture->err), fixture->err);
    const struct capsule_manifest *manifest = capsule_manifest(fixture->capsule);
    assert_true(manifest->removed.is_any);
    assert_true(manifest->removed.bodies > 0);
    assert_int_equal(manifest->removed.seeded, manifest->removed.bodies);
    assert_int_equal(capsule_rest(fixture->capsule)->trace_size_bytes, 0);
    assert_true(manifest->no_recording[0] != '\0');
    test_ok(capsule_replay_run(&how, fixture->capsule, replay, &fixture->err), fixture->err);
    assert_int_equal(replay->restart.verdict, CAPSULE_REPLAY_SAME);
    assert_int_equal(replay->whole.verdict, CAPSULE_REPLAY_SAME);
    assert_int_equal(replay->restart.ended.end.violated, fixture->made.ended.end.violated);
    assert_true(replay->restart.ended.end.recovered_hash == fixture->made.ended.end.recovered_hash);
    free(replay);
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_body_is_left_and_all_come_back),
        ROW(what_no_seed_makes_is_gone_for_good),
        ROW(files_without_messages_stay),
        ROW(a_capsule_without_bodies_ends_as_the_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
