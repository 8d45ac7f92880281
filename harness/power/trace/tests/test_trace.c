/* The trace: every prefix of what was recorded on a real disk replays to what the directory held.
 */
#include "harness/power/disk/dir_tree.h"
#include "harness/power/disk/dir_view.h"
#include "harness/power/disk/image.h"
#include "harness/power/trace/trace.h"
#include "harness/power/trace/trace_file.h"
#include "harness/testkit/diskstate.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"
#include "store/disk/disk_posix.h"

#define STEP_COUNT     300
#define HASH_COUNT_MAX (4 * STEP_COUNT)

/* A recording, with the hash of the directory after every operation that ended. */
struct recording {
    struct tmpdir dir;
    struct trace *trace;
    struct disk *disk;
    uint64_t hashes[HASH_COUNT_MAX];
    uint64_t random;
};

static const char *const names[] = {"a", "b", "dir/x", "dir/y", "dir/sub/z", "other/x"};
static const char *const dirs[] = {"dir", "dir/sub", "other"};

static uint64_t next_random(struct recording *recording, uint64_t below)
{
    recording->random = recording->random * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (recording->random >> 33) % below;
}

static int64_t fixed_time(void *arg)
{
    const int64_t *time_ms = arg;

    return *time_ms;
}

/* After an operation: the hash of what there is now. */
static void hash_at_end(void *arg, const struct disk_call *call, int64_t result)
{
    struct recording *recording = arg;
    size_t count = trace_done_count(recording->trace);

    (void)call;
    (void)result;
    assert_true(count < HASH_COUNT_MAX);
    assert_int_equal(dir_tree_hash(recording->dir.fd, &recording->hashes[count]), 0);
}

static void step_file(struct recording *recording, const char *name)
{
    struct disk_file *file = NULL;
    char data[10000];
    uint64_t offset = next_random(recording, 20000);
    size_t size_bytes = next_random(recording, sizeof(data));

    memset(data, 'a' + (int)next_random(recording, 26), sizeof(data));
    if (disk_create(recording->disk, POINT_COMMITLOG_CREATE, name, &file, NULL) < 0) {
        return;
    }
    if (next_random(recording, 4) == 0) {
        (void)disk_truncate(file, POINT_COMMITLOG_EXTEND, offset, NULL);
    }
    (void)disk_write(file, POINT_COMMITLOG_APPEND, offset, data, size_bytes, NULL);
    (void)disk_sync(file, POINT_COMMITLOG_SYNC, NULL);
    (void)disk_close(file);
}

static void step(struct recording *recording)
{
    const char *name = names[next_random(recording, TEST_COUNT(names))];
    const char *dir = dirs[next_random(recording, TEST_COUNT(dirs))];
    struct disk *disk = recording->disk;

    switch (next_random(recording, 6)) {
    case 0:
        (void)disk_mkdir(disk, POINT_QUEUE_MKDIR, dir, NULL);
        break;
    case 1:
        (void)disk_unlink(disk, POINT_COMMITLOG_CUT_FILE, name, NULL);
        break;
    case 2:
        (void)disk_rename(disk, POINT_OFFSETS_RENAME, name,
                          names[next_random(recording, TEST_COUNT(names))], NULL);
        break;
    case 3:
        (void)disk_sync_dir(disk, POINT_QUEUE_SYNC_DIR, dir, NULL);
        break;
    default:
        step_file(recording, name);
        break;
    }
}

static void begin_recording(struct recording *recording, const struct trace_options *options)
{
    struct disk_observer after = {.arg = recording, .end = hash_at_end};
    struct disk_observer observer;

    *recording = (struct recording){.random = 4711};
    tmpdir_make(&recording->dir);
    recording->trace = trace_new(options);
    assert_non_null(recording->trace);
    observer = trace_observer(recording->trace, &after);
    assert_int_equal(disk_posix_new(recording->dir.fd, false, &observer, &recording->disk), 0);
    assert_int_equal(dir_tree_hash(recording->dir.fd, &recording->hashes[0]), 0);
}

static void end_recording(struct recording *recording)
{
    (void)disk_free(recording->disk);
    assert_null(trace_free(recording->trace));
    tmpdir_remove(&recording->dir);
}

static void record_random_steps(struct recording *recording)
{
    for (unsigned i = 0; i < STEP_COUNT; i++) {
        if (i % 100 == 0) {
            trace_note(recording->trace, TRACE_NOTE_ROUND, (int64_t)i / 100, 0);
        }
        trace_note(recording->trace, TRACE_NOTE_SENT, (int64_t)i, 0);
        step(recording);
        trace_note(recording->trace, TRACE_NOTE_ACKED, (int64_t)i, -5);
    }
    assert_int_equal(trace_status(recording->trace), 0);
}

/* Replays one operation after the other, and looks at every prefix. */
static void assert_replays(const struct trace *trace, const struct recording *recording)
{
    struct image *image = image_new();
    struct disk *disk = NULL;
    struct err err = ERR_INIT;

    assert_int_equal(image_disk(image, false, NULL, &disk), 0);
    for (size_t n = 0; n < trace_done_count(trace); n++) {
        struct trace_span span = {.from_count = n, .upto_count = n + 1};

        assert_true(image_hash(image) == recording->hashes[n]);
        test_ok(trace_replay(trace, &span, disk, &err), err);
    }
    assert_true(image_hash(image) == recording->hashes[trace_done_count(trace)]);
    (void)disk_free(disk);
    (void)image_free(image);
}

static void replays_every_prefix(void **state)
{
    struct recording recording;

    (void)state;
    begin_recording(&recording, NULL);
    record_random_steps(&recording);
    assert_true(trace_done_count(recording.trace) > STEP_COUNT);
    assert_int_equal(trace_round_count(recording.trace), 3);
    assert_replays(recording.trace, &recording);
    end_recording(&recording);
}

static void tears_the_next_write(void **state)
{
    struct recording recording;
    struct image *image = image_new();
    struct disk *disk = NULL;
    struct disk_file *file = NULL;
    struct trace_span span = {.upto_count = 1, .torn_bytes = 5};
    struct view view = image_view(image);
    struct err err = ERR_INIT;
    char data[16] = "";

    (void)state;
    begin_recording(&recording, NULL);
    assert_int_equal(disk_create(recording.disk, POINT_COMMITLOG_CREATE, "log", &file, NULL), 0);
    assert_int_equal(disk_write(file, POINT_COMMITLOG_APPEND, 0, "whole record", 12, NULL), 0);
    (void)disk_close(file);
    assert_int_equal(image_disk(image, false, NULL, &disk), 0);
    test_ok(trace_replay(recording.trace, &span, disk, &err), err);
    assert_int_equal(view.size(view.arg, "log"), 5);
    assert_int_equal(view.read(view.arg, "log", 0, data, sizeof(data)), 5);
    assert_string_equal(data, "whole");
    span.torn_bytes = 13;
    test_code(trace_replay(recording.trace, &span, disk, &err), -EINVAL);
    span = (struct trace_span){.upto_count = 0, .torn_bytes = 1};
    test_code(trace_replay(recording.trace, &span, disk, &err), -EINVAL);
    span = (struct trace_span){.upto_count = 3};
    test_code(trace_replay(recording.trace, &span, disk, &err), -EINVAL);
    (void)disk_free(disk);
    (void)image_free(image);
    end_recording(&recording);
}

/* What a preemption does: a second operation begins and ends inside the first one's begin. */
static void orders_operations_by_their_ends(void **state)
{
    int64_t time_ms = 1234;
    struct trace_options options = {.now_ms = fixed_time, .now_arg = &time_ms};
    struct trace *trace = trace_new(&options);
    struct disk_observer observer = trace_observer(trace, NULL);
    struct disk_call first = {
        .point = POINT_COMMITLOG_CREATE, .op = POINT_OP_CREATE, .path = "first"};
    struct disk_call second = {
        .point = POINT_COMMITLOG_CREATE, .op = POINT_OP_CREATE, .path = "second"};
    struct disk_call third = {.point = POINT_COMMITLOG_SYNC, .op = POINT_OP_SYNC, .path = "first"};
    struct trace_entry entry;

    (void)state;
    observer.begin(observer.arg, &first);
    observer.begin(observer.arg, &second);
    observer.end(observer.arg, &second, 0);
    observer.end(observer.arg, &first, -EIO);
    observer.begin(observer.arg, &third);
    assert_int_equal(trace_count(trace), 3);
    assert_int_equal(trace_done_count(trace), 2);
    trace_get(trace, trace_done_index(trace, 0), &entry);
    assert_string_equal(entry.path, "second");
    assert_int_equal(entry.hit, 2);
    assert_int_equal(entry.begin_sequence, 1);
    assert_int_equal(entry.end_sequence, 2);
    assert_int_equal(entry.time_ms, 1234);
    trace_get(trace, trace_done_index(trace, 1), &entry);
    assert_string_equal(entry.path, "first");
    assert_int_equal(entry.result, -EIO);
    trace_get(trace, 2, &entry);
    assert_true(entry.end_sequence == TRACE_NO_SEQUENCE);
    (void)trace_free(trace);
}

static void assert_same_entries(const struct trace *left, const struct trace *right)
{
    assert_int_equal(trace_count(left), trace_count(right));
    assert_int_equal(trace_done_count(left), trace_done_count(right));
    for (size_t i = 0; i < trace_count(left); i++) {
        struct trace_entry a;
        struct trace_entry b;

        trace_get(left, i, &a);
        trace_get(right, i, &b);
        assert_int_equal(a.is_note, b.is_note);
        assert_int_equal(a.begin_sequence, b.begin_sequence);
        assert_int_equal(a.end_sequence, b.end_sequence);
        assert_int_equal(a.round, b.round);
        assert_int_equal(a.note, b.note);
        assert_int_equal(a.values[0], b.values[0]);
        assert_int_equal(a.values[1], b.values[1]);
        assert_int_equal(a.point, b.point);
        assert_int_equal(a.hit, b.hit);
        assert_int_equal(a.result, b.result);
        assert_string_equal(a.path, b.path);
        assert_string_equal(a.target, b.target);
        assert_int_equal(a.size_bytes, b.size_bytes);
        assert_int_equal(a.data == NULL, b.data == NULL);
        if (a.data != NULL) {
            assert_memory_equal(a.data, b.data, a.size_bytes);
        }
    }
}

static void comes_back_from_its_file_unchanged(void **state)
{
    struct recording recording;
    struct trace *loaded = trace_new(NULL);
    struct tmpdir dir;
    struct err err = ERR_INIT;
    char path[TMPDIR_PATH_SIZE_BYTES + 16];

    (void)state;
    begin_recording(&recording, NULL);
    record_random_steps(&recording);
    tmpdir_make(&dir);
    (void)snprintf(path, sizeof(path), "%s/trace", dir.path);
    test_ok(trace_file_save(recording.trace, path, &err), err);
    assert_false(diskstate_exists(dir.fd, "trace.tmp"));
    test_ok(trace_file_load(loaded, path, &err), err);
    assert_same_entries(recording.trace, loaded);
    assert_replays(loaded, &recording);
    (void)snprintf(path, sizeof(path), "%s/no/trace", dir.path);
    test_code(trace_file_save(recording.trace, path, &err), -ENOENT);
    test_code(trace_file_load(loaded, path, &err), -ENOENT);
    (void)trace_free(loaded);
    end_recording(&recording);
    tmpdir_remove(&dir);
}

static void keeps_within_its_memory(void **state)
{
    struct trace_options options = {.data_bytes_max = 10, .entry_count_max = 3};
    struct trace *trace = trace_new(&options);
    struct disk_observer observer = trace_observer(trace, NULL);
    struct disk_call create = {
        .point = POINT_COMMITLOG_CREATE, .op = POINT_OP_CREATE, .path = "log"};
    struct disk_call call = {.point = POINT_COMMITLOG_APPEND,
                             .op = POINT_OP_WRITE,
                             .path = "log",
                             .data = "record",
                             .size_bytes = 6};
    struct image *image = image_new();
    struct trace_span span = {.upto_count = 3};
    struct trace_entry entry;
    struct disk *disk = NULL;
    struct err err = ERR_INIT;

    (void)state;
    observer.begin(observer.arg, &create);
    observer.end(observer.arg, &create, 0);
    observer.begin(observer.arg, &call);
    observer.end(observer.arg, &call, 6);
    assert_int_equal(trace_status(trace), 0);
    observer.begin(observer.arg, &call);
    observer.end(observer.arg, &call, 6);
    assert_int_equal(trace_status(trace), -ENOBUFS);
    observer.begin(observer.arg, &call);
    observer.end(observer.arg, &call, 6);
    assert_int_equal(trace_count(trace), 3);
    trace_get(trace, 2, &entry);
    assert_null(entry.data);
    assert_int_equal(image_disk(image, false, NULL, &disk), 0);
    test_code(trace_replay(trace, &span, disk, &err), -ENOBUFS);
    (void)disk_free(disk);
    (void)image_free(image);
    trace_clear(trace);
    assert_int_equal(trace_status(trace), 0);
    assert_int_equal(trace_count(trace), 0);
    (void)trace_free(trace);
}

static void join_lines(void *arg, const char *text)
{
    (void)strcat(strcat(arg, text), "\n");
}

static void prints_a_line_per_entry(void **state)
{
    struct trace *trace = trace_new(NULL);
    struct disk_observer observer = trace_observer(trace, NULL);
    struct disk_call call = {.point = POINT_COMMITLOG_APPEND,
                             .op = POINT_OP_WRITE,
                             .path = "commitlog/0",
                             .data = "record",
                             .size_bytes = 6};
    char text[4096] = "";

    (void)state;
    observer.begin(observer.arg, &call);
    observer.end(observer.arg, &call, 6);
    trace_note(trace, TRACE_NOTE_ACKED, 7, 0);
    trace_print(trace, join_lines, text);
    test_contains(text, "commitlog/append:1         write    -           commitlog/0 @0 +6 = 6  [");
    test_contains(text, "-- acked  message 7, status PUT_OK, queue offset 0");
    (void)trace_free(trace);
}

static void remembers_whose_step_an_operation_is(void **state)
{
    struct trace *trace = trace_new(NULL);
    struct trace *again = trace_new(NULL);
    struct disk_observer observer = trace_observer(trace, NULL);
    struct disk_call call = {.point = POINT_QUEUE_SYNC, .op = POINT_OP_SYNC, .path = "queue/0"};
    static const enum store_service expected[] = {STORE_SERVICE_COUNT, STORE_SERVICE_DISPATCH,
                                                  STORE_SERVICE_RETENTION, STORE_SERVICE_DISPATCH,
                                                  STORE_SERVICE_COUNT};
    uint8_t *data = NULL;
    size_t size_bytes = 0;
    struct err err = ERR_INIT;

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(trace_service(trace, expected[i]),
                         i == 0 ? STORE_SERVICE_COUNT : expected[i - 1]);
        observer.begin(observer.arg, &call);
        observer.end(observer.arg, &call, 0);
    }
    assert_int_equal(trace_file_pack(trace, &data, &size_bytes, NULL), 0);
    test_ok(trace_file_unpack(again, data, size_bytes, &err), err);
    for (size_t i = 0; i < 5; i++) {
        struct trace_entry entry;
        trace_get(again, i, &entry);
        assert_int_equal(entry.service, expected[i]);
    }
    free(data);
    (void)trace_free(trace);
    (void)trace_free(again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replays_every_prefix),
        cmocka_unit_test(tears_the_next_write),
        cmocka_unit_test(orders_operations_by_their_ends),
        cmocka_unit_test(comes_back_from_its_file_unchanged),
        cmocka_unit_test(keeps_within_its_memory),
        cmocka_unit_test(prints_a_line_per_entry),
        cmocka_unit_test(remembers_whose_step_an_operation_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
