/* A trace as bytes: what comes back, and what is refused. */
#include "harness/power/trace/trace.h"
#include "harness/power/trace/trace_file.h"
#include "harness/testkit/diskstate.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"
#include "store/base/bytes.h"
#include "store/base/crc32.h"

static void keeps_an_empty_trace(void **state)
{
    struct trace *trace = trace_new(NULL);
    struct trace *loaded = trace_new(NULL);
    struct err err = ERR_INIT;
    uint8_t *data = NULL;
    size_t size_bytes = 0;

    (void)state;
    test_ok(trace_file_pack(trace, &data, &size_bytes, &err), err);
    test_ok(trace_file_unpack(loaded, data, size_bytes, &err), err);
    assert_int_equal(trace_count(loaded), 0);
    assert_int_equal(trace_round_count(loaded), 0);
    free(data);
    (void)trace_free(trace);
    (void)trace_free(loaded);
}

/* A small trace, packed. */
static uint8_t *packed_trace(size_t *ret_size_bytes)
{
    struct trace *trace = trace_new(NULL);
    struct disk_observer observer = trace_observer(trace, NULL);
    struct disk_call call = {.point = POINT_COMMITLOG_APPEND,
                             .op = POINT_OP_WRITE,
                             .path = "commitlog/0",
                             .data = "record",
                             .size_bytes = 6};
    uint8_t *data = NULL;

    observer.begin(observer.arg, &call);
    observer.end(observer.arg, &call, 6);
    assert_int_equal(trace_file_pack(trace, &data, ret_size_bytes, NULL), 0);
    (void)trace_free(trace);
    return data;
}

static void refuses_every_damaged_byte_and_length(void **state)
{
    size_t size_bytes = 0;
    uint8_t *data = packed_trace(&size_bytes);
    struct trace *trace = trace_new(NULL);
    struct err err = ERR_INIT;

    (void)state;
    test_ok(trace_file_unpack(trace, data, size_bytes, &err), err);
    for (size_t i = 0; i < size_bytes; i++) {
        data[i] ^= 0x10;
        assert_true(trace_file_unpack(trace, data, size_bytes, &err) < 0);
        data[i] ^= 0x10;
        /* A copy of the exact length, so that a read past its end is seen. */
        uint8_t *part = malloc(i + 1);

        assert_non_null(part);
        memcpy(part, data, i);
        assert_int_equal(trace_file_unpack(trace, part, i, &err), ERR_CORRUPT);
        free(part);
    }
    assert_int_equal(trace_count(trace), 0);
    data[11]++;
    test_code(trace_file_unpack(trace, data, size_bytes, &err), ERR_USAGE);
    test_contains(err.text, "version");
    free(data);
    (void)trace_free(trace);
}

/* The file of a version whose first point has another name; the operation recorded is of it, or
 * not. */
static int unpacked_with_another_point(enum point point, struct err *err)
{
    struct disk_call call = {.point = point, .op = point_op(point), .path = "dir"};
    struct trace *trace = trace_new(NULL);
    struct disk_observer observer = trace_observer(trace, NULL);
    size_t size_bytes = 0;
    uint8_t *data = NULL;
    uint8_t *name;
    int result;

    observer.begin(observer.arg, &call);
    observer.end(observer.arg, &call, 0);
    test_ok(trace_file_pack(trace, &data, &size_bytes, err), *err);
    name = memmem(data, size_bytes, "store/mkdir", 11);
    assert_non_null(name);
    name[10] = 'x';
    bytes_put_be32(data + 12, crc32_of(data + 16, size_bytes - 16));
    result = trace_file_unpack(trace, data, size_bytes, err);
    assert_int_equal(trace_count(trace), result == 0 ? 1 : 0);
    free(data);
    (void)trace_free(trace);
    return result;
}

static void names_of_another_version_matter_only_where_they_are_used(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    test_code(unpacked_with_another_point(POINT_STORE_MKDIR, &err), ERR_USAGE);
    test_contains(err.text, "made by another version: it has points that are not here");
    test_ok(unpacked_with_another_point(POINT_COMMITLOG_SYNC, &err), err);
}

/* One operation of each shape and a note of every value, to and from memory. */
static void keeps_every_field(void **state)
{
    (void)state;
    static const int64_t values[TRACE_VALUES_MAX] = {1, -2, 3, INT64_MIN, INT64_MAX, -6};
    const struct disk_call calls[] = {
        {.point = POINT_COMMITLOG_APPEND,
         .op = POINT_OP_WRITE,
         .path = "commitlog/0",
         .offset = UINT64_C(1) << 40,
         .data = "record",
         .size_bytes = 6},
        {.point = POINT_OFFSETS_RENAME, .op = POINT_OP_RENAME, .path = "a.tmp", .target = "a"},
        {.point = POINT_COMMITLOG_EXTEND,
         .op = POINT_OP_TRUNCATE,
         .path = "commitlog/0",
         .size_bytes = 4096},
    };
    static const int64_t results[] = {4, -ENOSPC, 0};
    struct trace *trace = trace_new(NULL);
    struct trace *again = trace_new(NULL);
    struct disk_observer observer = trace_observer(trace, NULL);
    struct err err = ERR_INIT;
    uint8_t *data = NULL;
    size_t size_bytes = 0;
    trace_note(trace, TRACE_NOTE_ROUND, 1, 0);
    for (size_t i = 0; i < TEST_COUNT(calls); i++) {
        observer.begin(observer.arg, &calls[i]);
        observer.end(observer.arg, &calls[i], results[i]);
    }
    trace_note_values(trace, TRACE_NOTE_ACKED, values, TRACE_VALUES_MAX);
    observer.begin(observer.arg, &calls[0]); /* in flight when the recording stopped */
    test_ok(trace_file_pack(trace, &data, &size_bytes, &err), err);
    test_ok(trace_file_unpack(again, data, size_bytes, &err), err);
    assert_int_equal(trace_count(again), 6);
    assert_int_equal(trace_done_count(again), 3);
    assert_int_equal(trace_round_count(again), trace_round_count(trace));
    for (size_t i = 0; i < TEST_COUNT(calls); i++) {
        struct trace_entry entry;
        trace_get(again, 1 + i, &entry);
        assert_false(entry.is_note);
        assert_int_equal(entry.point, calls[i].point);
        assert_int_equal(entry.op, calls[i].op);
        assert_int_equal(entry.hit, 1);
        assert_int_equal(entry.offset, calls[i].offset);
        assert_int_equal(entry.size_bytes, calls[i].size_bytes);
        assert_int_equal(entry.result, results[i]);
        assert_string_equal(entry.path, calls[i].path);
        assert_string_equal(entry.target, calls[i].target == NULL ? "" : calls[i].target);
        assert_int_equal(entry.data != NULL, i == 0);
    }
    struct trace_entry entry;
    trace_get(again, 1, &entry);
    assert_memory_equal(entry.data, "record", 6);
    trace_get(again, 4, &entry);
    assert_true(entry.is_note);
    assert_int_equal(entry.note, TRACE_NOTE_ACKED);
    assert_memory_equal(entry.values, values, sizeof values);
    trace_get(again, 5, &entry);
    assert_true(entry.end_sequence == TRACE_NO_SEQUENCE);
    assert_int_equal(entry.hit, 2);
    free(data);
    (void)trace_free(trace);
    (void)trace_free(again);
}

static void loads_only_files_that_are_traces(void **state)
{
    (void)state;
    struct tmpdir dir;
    struct trace *trace = trace_new(NULL);
    struct err err = ERR_INIT;
    char path[TMPDIR_PATH_SIZE_BYTES + 16];
    tmpdir_make(&dir);
    snprintf(path, sizeof path, "%s/trace", dir.path);
    assert_false(trace_file_is_saved(path));
    test_code(trace_file_load(trace, path, &err), -ENOENT);
    diskstate_write(dir.fd, "trace", "KPTRAC", 6);
    assert_false(trace_file_is_saved(path));
    test_code(trace_file_load(trace, path, &err), ERR_CORRUPT);
    test_ok(trace_file_save(trace, path, &err), err);
    assert_true(trace_file_is_saved(path));
    test_ok(trace_file_load(trace, path, &err), err);
    diskstate_flip_bit(dir.fd, "trace", 0, 0);
    assert_false(trace_file_is_saved(path));
    test_code(trace_file_load(trace, path, &err), ERR_CORRUPT);
    (void)trace_free(trace);
    tmpdir_remove(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_an_empty_trace),
        cmocka_unit_test(keeps_every_field),
        cmocka_unit_test(refuses_every_damaged_byte_and_length),
        cmocka_unit_test(names_of_another_version_matter_only_where_they_are_used),
        cmocka_unit_test(loads_only_files_that_are_traces),
    };
    return cmocka_run_group_tests_name("harness.run.trace_file", tests, NULL, NULL);
}
