/* The row of files: names, sizes, the end, tails, cuts, syncs. */
#include "harness/testkit/diskstate.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"
#include "store/disk_posix.h"
#include "store/segment_list.h"

#define FILE_SIZE 64
#define FIRST     "commitlog/00000000000000000000"
#define SECOND    "commitlog/00000000000000000064"

static const struct segment_list_points points = {
    .list = POINT_COMMITLOG_LIST,
    .open = POINT_COMMITLOG_OPEN,
    .size = POINT_COMMITLOG_SIZE,
    .read = POINT_COMMITLOG_READ,
    .create = POINT_COMMITLOG_CREATE,
    .extend = POINT_COMMITLOG_EXTEND,
    .append = POINT_COMMITLOG_APPEND,
    .sync = POINT_COMMITLOG_SYNC,
    .sync_dir = POINT_COMMITLOG_SYNC_DIR,
    .zero_tail = POINT_COMMITLOG_ZERO_TAIL,
    .cut_file = POINT_COMMITLOG_CUT_FILE,
    .expire = POINT_COMMITLOG_EXPIRE,
};

struct fixture {
    struct tmpdir dir;
    struct disk *disk;
    struct segment_list_options options;
    struct segment_list *list;
    struct err err;
};

static void set_up(struct fixture *fixture)
{
    *fixture = (struct fixture){0};
    tmpdir_make(&fixture->dir);
    diskstate_mkdir(fixture->dir.fd, "commitlog");
    assert_int_equal(disk_posix_new(fixture->dir.fd, false, NULL, &fixture->disk), 0);
    fixture->options = (struct segment_list_options){
        .disk = fixture->disk,
        .dir = "commitlog",
        .file_size_bytes = FILE_SIZE,
        .points = &points,
        .dir_sync = true,
        .tail_zero = true,
    };
}

static int open_list(struct fixture *fixture)
{
    fixture->list = segment_list_free(fixture->list);
    return segment_list_open(&fixture->options, &fixture->list, &fixture->err);
}

static void tear_down(struct fixture *fixture)
{
    segment_list_free(fixture->list);
    disk_free(fixture->disk);
    tmpdir_remove(&fixture->dir);
}

static void append(struct fixture *fixture, const char *text)
{
    struct segment_list *list = fixture->list;
    assert_true(segment_list_ensure(list, segment_list_end(list), &fixture->err) >= 0);
    test_ok(segment_list_append(list, text, strlen(text), &fixture->err), fixture->err);
}

static void loads_what_it_wrote(void **state)
{
    (void)state;
    struct fixture fixture;
    char text[33] = "";
    set_up(&fixture);
    test_ok(open_list(&fixture), fixture.err);
    assert_int_equal(segment_list_count(fixture.list), 0);
    for (int i = 0; i < 3; i++) {
        append(&fixture, "0123456789abcdef0123456789abcdef");
    }
    assert_true(segment_list_is_dirty(fixture.list));
    test_ok(segment_list_sync(fixture.list, &fixture.err), fixture.err);
    assert_false(segment_list_is_dirty(fixture.list));
    test_ok(open_list(&fixture), fixture.err);
    assert_int_equal(segment_list_count(fixture.list), 2);
    assert_int_equal(segment_list_end(fixture.list), 2 * FILE_SIZE);
    segment_list_set_end(fixture.list, 96);
    test_ok(segment_list_read(fixture.list, 64, text, 32, &fixture.err), fixture.err);
    assert_string_equal(text, "0123456789abcdef0123456789abcdef");
    test_code(segment_list_read(fixture.list, 120, text, 16, &fixture.err), -ENODATA);
    test_code(segment_list_read(fixture.list, 128, text, 1, &fixture.err), -ENODATA);
    assert_int_equal(segment_list_find(fixture.list, 63), 0);
    assert_int_equal(segment_list_find(fixture.list, 64), 1);
    assert_int_equal(segment_list_find(fixture.list, 128), -1);
    tear_down(&fixture);
}

static void refuses_a_file_of_a_wrong_size_and_names_it(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    diskstate_write(fixture.dir.fd, FIRST, "short", 5);
    diskstate_write(fixture.dir.fd, SECOND, "", 0);
    test_code(open_list(&fixture), ERR_CORRUPT);
    test_contains(fixture.err.text, FIRST);
    test_contains(fixture.err.text, "5 bytes");
    test_contains(fixture.err.text, "64");
    tear_down(&fixture);
}

static void removes_a_last_file_of_length_0(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    test_ok(open_list(&fixture), fixture.err);
    append(&fixture, "x");
    diskstate_write(fixture.dir.fd, SECOND, "", 0);
    test_ok(open_list(&fixture), fixture.err);
    assert_int_equal(segment_list_count(fixture.list), 1);
    assert_false(diskstate_exists(fixture.dir.fd, SECOND));
    diskstate_write(fixture.dir.fd, SECOND, "", 0);
    fixture.options.zero_length_fatal = true;
    test_code(open_list(&fixture), ERR_CORRUPT);
    tear_down(&fixture);
}

static void passes_over_names_that_are_none_of_its(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    diskstate_write(fixture.dir.fd, "commitlog/notes.txt", "x", 1);
    diskstate_write(fixture.dir.fd, "commitlog/99999999999999999999", "x", 1);
    diskstate_mkdir(fixture.dir.fd, "commitlog/00000000000000000000");
    test_ok(open_list(&fixture), fixture.err);
    assert_int_equal(segment_list_count(fixture.list), 0);
    tear_down(&fixture);
}

static void zeroes_the_tail_and_nothing_before_it(void **state)
{
    (void)state;
    struct fixture fixture;
    char text[FILE_SIZE];
    static const char zeros[FILE_SIZE];
    set_up(&fixture);
    test_ok(open_list(&fixture), fixture.err);
    append(&fixture, "keep-stale");
    segment_list_set_end(fixture.list, 4);
    assert_true(segment_list_is_tail_dirty(fixture.list));
    assert_int_equal(segment_list_zero_tail(fixture.list, &fixture.err), 6);
    assert_int_equal(segment_list_zero_tail(fixture.list, &fixture.err), 0);
    test_ok(segment_list_read(fixture.list, 0, text, FILE_SIZE, &fixture.err), fixture.err);
    assert_memory_equal(text, "keep", 4);
    assert_memory_equal(text + 4, zeros, FILE_SIZE - 4);
    /* An append after a cut does the same first. */
    append(&fixture, "+stale");
    segment_list_set_end(fixture.list, 4);
    append(&fixture, "!");
    test_ok(segment_list_read(fixture.list, 0, text, FILE_SIZE, &fixture.err), fixture.err);
    assert_memory_equal(text, "keep!\0\0\0", 8);
    tear_down(&fixture);
}

static void cuts_files_beyond_the_end_and_keeps_one_that_begins_there(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    test_ok(open_list(&fixture), fixture.err);
    for (uint64_t start = 0; start < 4 * FILE_SIZE; start += FILE_SIZE) {
        assert_int_equal(segment_list_ensure(fixture.list, start, &fixture.err), 1);
    }
    segment_list_set_end(fixture.list, FILE_SIZE);
    assert_int_equal(segment_list_cut_files(fixture.list, &fixture.err), 2);
    assert_int_equal(segment_list_count(fixture.list), 2);
    segment_list_set_end(fixture.list, 1);
    assert_int_equal(segment_list_cut_files(fixture.list, &fixture.err), 1);
    assert_false(diskstate_exists(fixture.dir.fd, SECOND));
    assert_true(diskstate_exists(fixture.dir.fd, FIRST));
    tear_down(&fixture);
}

static void sees_a_hole_in_the_row(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    test_ok(open_list(&fixture), fixture.err);
    for (uint64_t start = 0; start < 4 * FILE_SIZE; start += FILE_SIZE) {
        assert_int_equal(segment_list_ensure(fixture.list, start, &fixture.err), 1);
    }
    assert_true(segment_list_hole(fixture.list) == UINT64_MAX);
    diskstate_unlink(fixture.dir.fd, SECOND);
    test_ok(open_list(&fixture), fixture.err);
    assert_int_equal(segment_list_hole(fixture.list), FILE_SIZE);
    tear_down(&fixture);
}

static void counts_as_synced_only_what_was_written_before(void **state)
{
    (void)state;
    struct fixture fixture;
    struct sync_batch batch;
    set_up(&fixture);
    test_ok(open_list(&fixture), fixture.err);
    append(&fixture, "before");
    sync_batch_init(&batch, fixture.disk);
    test_ok(segment_list_collect(fixture.list, UINT64_MAX, &batch), fixture.err);
    append(&fixture, "while");
    test_ok(sync_batch_run(&batch, &fixture.err), fixture.err);
    segment_list_synced(fixture.list, &batch);
    sync_batch_done(&batch);
    assert_true(segment_list_is_dirty(fixture.list));
    test_ok(segment_list_sync(fixture.list, &fixture.err), fixture.err);
    assert_false(segment_list_is_dirty(fixture.list));
    tear_down(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loads_what_it_wrote),
        cmocka_unit_test(refuses_a_file_of_a_wrong_size_and_names_it),
        cmocka_unit_test(removes_a_last_file_of_length_0),
        cmocka_unit_test(passes_over_names_that_are_none_of_its),
        cmocka_unit_test(zeroes_the_tail_and_nothing_before_it),
        cmocka_unit_test(cuts_files_beyond_the_end_and_keeps_one_that_begins_there),
        cmocka_unit_test(sees_a_hole_in_the_row),
        cmocka_unit_test(counts_as_synced_only_what_was_written_before),
    };
    return cmocka_run_group_tests_name("store.segment_list", tests, NULL, NULL);
}
