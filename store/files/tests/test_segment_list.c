/* The row of files: names, sizes, the end, tails, cuts, syncs. */
#include "harness/testkit/diskstate.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"
#include "store/disk/disk_posix.h"
#include "store/files/segment_list.h"

#include <stdio.h>

#include <sys/stat.h>

#ifdef FIU_ENABLE
#    include "store/disk/faultpoint.h"

#    include <fiu-control.h>
#    include <fiu.h>
#endif

#define FILE_SIZE 64
#define FIRST     "commitlog/00000000000000000000"
#define SECOND    "commitlog/00000000000000000064"

static const struct segment_list_points points = {
    .list = POINT_COMMITLOG_LIST,
    .open = POINT_COMMITLOG_OPEN,
    .size = POINT_COMMITLOG_SIZE,
    .read = POINT_COMMITLOG_READ,
    .seek = POINT_COMMITLOG_SEEK,
    .create = POINT_COMMITLOG_CREATE,
    .extend = POINT_COMMITLOG_EXTEND,
    .append = POINT_COMMITLOG_APPEND,
    .sync = POINT_COMMITLOG_SYNC,
    .sync_dir = POINT_COMMITLOG_SYNC_DIR,
    .rewrite = POINT_COMMITLOG_REWRITE,
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
    char calls[1024]; /* "effect@offset+size " of each that changes the disk */
    uint64_t read_bytes;
};

static void note_call(void *arg, const struct disk_call *call, int64_t result)
{
    struct fixture *fixture = arg;
    size_t used = strlen(fixture->calls);
    fixture->read_bytes += call->op == POINT_OP_READ && result > 0 ? (uint64_t)result : 0;
    if (point_is_mutating(call->point) && result >= 0) {
        const char *effect = strchr(point_name(call->point), '/') + 1;
        bool has_place = call->op == POINT_OP_WRITE;
        const char *name = strrchr(call->path, '/');
        snprintf(fixture->calls + used, sizeof(fixture->calls) - used,
                 has_place ? "%s:%.2s@%u+%u " : "%s:%.2s ", effect, name == NULL ? "" : name + 19,
                 (unsigned)call->offset, (unsigned)call->size_bytes);
    }
}

static void open_disk(struct fixture *fixture, bool faults)
{
    struct disk_observer observer = {.arg = fixture, .end = note_call};
    disk_free(fixture->disk);
    assert_int_equal(disk_posix_new(fixture->dir.fd, faults, &observer, &fixture->disk), 0);
    fixture->options.disk = fixture->disk;
}

static void set_up(struct fixture *fixture)
{
    *fixture = (struct fixture){0};
    tmpdir_make(&fixture->dir);
    diskstate_mkdir(fixture->dir.fd, "commitlog");
    fixture->options = (struct segment_list_options){
        .dir = "commitlog",
        .file_size_bytes = FILE_SIZE,
        .points = &points,
        .dir_sync = true,
        .tail_zero = true,
    };
    open_disk(fixture, false);
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

/* One round of syncs; what it called is in `calls`. */
static void confirm(struct fixture *fixture)
{
    struct sync_batch batch;
    sync_batch_init(&batch, fixture->disk);
    batch.is_confirming = true;
    fixture->calls[0] = '\0';
    test_ok(segment_list_collect(fixture->list, UINT64_MAX, &batch), fixture->err);
    test_ok(sync_batch_run(&batch, &fixture->err), fixture->err);
    segment_list_synced(fixture->list, &batch);
    sync_batch_done(&batch);
}

/* The sync that covered a write may have lied: it takes a second one, and no third. */
static void confirms_with_a_second_sync(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    test_ok(open_list(&fixture), fixture.err);
    append(&fixture, "once");
    test_ok(segment_list_sync(fixture.list, &fixture.err), fixture.err);
    assert_false(segment_list_is_dirty(fixture.list));
    confirm(&fixture);
    assert_string_equal(fixture.calls, "sync:00 ");
    confirm(&fixture);
    assert_string_equal(fixture.calls, "");
    /* A write in between is covered by one of them only. */
    append(&fixture, "again");
    confirm(&fixture);
    append(&fixture, "and again");
    confirm(&fixture);
    assert_string_equal(fixture.calls, "sync:00 ");
    confirm(&fixture);
    assert_string_equal(fixture.calls, "sync:00 ");
    confirm(&fixture);
    assert_string_equal(fixture.calls, "");
    /* What is not asked to confirm takes what is dirty. */
    append(&fixture, "last");
    test_ok(segment_list_sync(fixture.list, &fixture.err), fixture.err);
    fixture.calls[0] = '\0';
    test_ok(segment_list_sync(fixture.list, &fixture.err), fixture.err);
    assert_string_equal(fixture.calls, "");
    tear_down(&fixture);
}

/* Of names and of zeros no later round need come in time. */
static void syncs_names_and_zeros_twice_at_once(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    fixture.options.second_sync = true;
    test_ok(open_list(&fixture), fixture.err);
    append(&fixture, "keep-stale");
    fixture.calls[0] = '\0';
    test_ok(segment_list_sync(fixture.list, &fixture.err), fixture.err);
    assert_string_equal(fixture.calls, "sync-dir: sync-dir: sync:00 ");
    segment_list_set_end(fixture.list, 4);
    fixture.calls[0] = '\0';
    assert_int_equal(segment_list_zero_tail(fixture.list, &fixture.err), 6);
    assert_string_equal(fixture.calls, "zero-tail:00@4+6 sync:00 sync:00 ");
    confirm(&fixture);
    assert_string_equal(fixture.calls, "");
    tear_down(&fixture);
}

#define LARGE_SIZE (64u << 20)

/* Stale bytes near the end of the data and far from it, in a file that is a hole for the rest. */
static void set_up_large(struct fixture *fixture, const uint64_t *places, size_t count)
{
    set_up(fixture);
    fixture->options.file_size_bytes = LARGE_SIZE;
    test_ok(open_list(fixture), fixture->err);
    append(fixture, "0123456789abcdef");
    for (size_t i = 0; i < count; i++) {
        test_ok(segment_list_write(fixture->list, POINT_COMMITLOG_APPEND, places[i], "stale", 5,
                                   &fixture->err),
                fixture->err);
    }
    test_ok(open_list(fixture), fixture->err);
    fixture->calls[0] = '\0';
    fixture->read_bytes = 0;
}

static void zeroes_over_holes_without_reading_them(void **state)
{
    (void)state;
    static const uint64_t places[] = {8192 + 4094, 40u << 20, LARGE_SIZE - 5};
    struct fixture fixture;
    struct stat before;
    struct stat after;
    set_up_large(&fixture, places, TEST_COUNT(places));
    segment_list_set_end(fixture.list, 8);
    assert_int_equal(fstatat(fixture.dir.fd, FIRST, &before, 0), 0);
    assert_int_equal(segment_list_zero_tail(fixture.list, &fixture.err), 8 + 3 * 5);
    assert_string_equal(fixture.calls, "zero-tail:00@8+8 zero-tail:00@12286+2 zero-tail:00@12288+3 "
                                       "zero-tail:00@41943040+5 zero-tail:00@67108859+5 sync:00 ");
    assert_true(fixture.read_bytes < (1u << 20));
    assert_int_equal(fstatat(fixture.dir.fd, FIRST, &after, 0), 0);
    assert_true(after.st_blocks <= before.st_blocks);
    fixture.calls[0] = '\0';
    assert_int_equal(segment_list_zero_tail(fixture.list, &fixture.err), 0);
    assert_string_equal(fixture.calls, "");
    tear_down(&fixture);
}

static void writes_no_hole_again(void **state)
{
    (void)state;
    static const uint64_t places[] = {40u << 20};
    struct fixture fixture;
    struct stat status;
    set_up_large(&fixture, places, TEST_COUNT(places));
    segment_list_set_end(fixture.list, (40u << 20) + 5);
    test_ok(segment_list_rewrite(fixture.list, &fixture.err), fixture.err);
    test_contains(fixture.calls, "rewrite:00@0+");
    test_contains(fixture.calls, "rewrite:00@41943040+5 ");
    assert_true(fixture.read_bytes < (4u << 20));
    assert_int_equal(fstatat(fixture.dir.fd, FIRST, &status, 0), 0);
    assert_true((uint64_t)status.st_blocks * 512 < LARGE_SIZE / 4);
    tear_down(&fixture);
}

/* A failed sync may take a file's size back under its list: no hole, and nothing to be zeroed. */
static void takes_no_missing_bytes_for_a_hole(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up_large(&fixture, NULL, 0);
    diskstate_truncate(fixture.dir.fd, FIRST, 4096);
    segment_list_set_end(fixture.list, 8);
    test_code((int)segment_list_zero_tail(fixture.list, &fixture.err), -ENODATA);
    diskstate_truncate(fixture.dir.fd, FIRST, 4);
    test_code((int)segment_list_zero_tail(fixture.list, &fixture.err), -ENODATA);
    tear_down(&fixture);
}

/* A power loss after kill and restart: what was only in the cache is written again. */
static void writes_again_what_it_suspects(void **state)
{
    (void)state;
    static const struct {
        uint64_t from;
        const char *calls;
    } cases[] = {
        {0, "rewrite:00@0+64 rewrite:64@0+32 sync-dir: sync:00 sync:64 "},
        {33, "rewrite:00@33+31 rewrite:64@0+32 sync-dir: sync:00 sync:64 "},
        {64, "rewrite:64@0+32 sync-dir: sync:64 "},
        {96, "sync-dir: sync:64 "}, /* zeros past the end may wait for it */
    };
    struct fixture fixture;
    char text[33] = "";
    set_up(&fixture);
    test_ok(open_list(&fixture), fixture.err);
    for (int i = 0; i < 3; i++) {
        append(&fixture, "0123456789abcdef0123456789abcdef");
    }
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        test_ok(open_list(&fixture), fixture.err);
        segment_list_set_end(fixture.list, 96);
        segment_list_suspect(fixture.list, cases[i].from);
        assert_false(segment_list_is_dirty(fixture.list));
        fixture.calls[0] = '\0';
        test_ok(segment_list_rewrite(fixture.list, &fixture.err), fixture.err);
        assert_true(segment_list_is_dirty(fixture.list));
        test_ok(segment_list_sync(fixture.list, &fixture.err), fixture.err);
        assert_string_equal(fixture.calls, cases[i].calls);
        assert_false(segment_list_is_dirty(fixture.list));
        test_ok(segment_list_read(fixture.list, 64, text, 32, &fixture.err), fixture.err);
        assert_string_equal(text, "0123456789abcdef0123456789abcdef");
    }
    tear_down(&fixture);
}

/* Of two names the second alone may survive: the log would seem to begin with it. */
static void has_the_name_of_a_file_durable_before_the_next_is_made(void **state)
{
    (void)state;
    struct fixture fixture;
    for (int is_derived = 0; is_derived < 2; is_derived++) {
        set_up(&fixture);
        fixture.options.is_derived = is_derived;
        test_ok(open_list(&fixture), fixture.err);
        for (uint64_t start = 0; start < 3 * FILE_SIZE; start += FILE_SIZE) {
            assert_int_equal(segment_list_ensure(fixture.list, start, &fixture.err), 1);
        }
        assert_string_equal(fixture.calls,
                            is_derived
                                ? "create:00 extend:00 create:64 extend:64 create:28 extend:28 "
                                : "create:00 extend:00 sync-dir: create:64 extend:64 "
                                  "sync-dir: create:28 extend:28 ");
        tear_down(&fixture);
    }
}

/* Of two unlinks the first alone may be undone: a file would be missing in the row. */
static void has_one_unlink_durable_before_the_next(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    test_ok(open_list(&fixture), fixture.err);
    for (uint64_t start = 0; start < 3 * FILE_SIZE; start += FILE_SIZE) {
        assert_int_equal(segment_list_ensure(fixture.list, start, &fixture.err), 1);
    }
    test_ok(segment_list_sync(fixture.list, &fixture.err), fixture.err);
    fixture.calls[0] = '\0';
    test_ok(segment_list_expire_first(fixture.list, &fixture.err), fixture.err);
    test_ok(segment_list_expire_first(fixture.list, &fixture.err), fixture.err);
    assert_string_equal(fixture.calls, "expire:00 sync-dir: expire:64 ");
    tear_down(&fixture);
}

/* A failed sync may take a file's size back, and the next write makes it a short one. */
static void takes_a_short_file_of_a_derived_list_for_none(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    fixture.options.is_derived = true;
    test_ok(open_list(&fixture), fixture.err);
    append(&fixture, "x");
    diskstate_write(fixture.dir.fd, SECOND, "short", 5);
    test_ok(open_list(&fixture), fixture.err);
    assert_int_equal(segment_list_count(fixture.list), 1);
    assert_false(diskstate_exists(fixture.dir.fd, SECOND));
    diskstate_truncate(fixture.dir.fd, FIRST, 5);
    diskstate_write(fixture.dir.fd, SECOND,
                    "0123456789abcdef0123456789abcdef0123456789abcdef"
                    "0123456789abcdef",
                    FILE_SIZE);
    test_ok(open_list(&fixture), fixture.err);
    assert_int_equal(segment_list_count(fixture.list), 2);
    assert_int_equal(segment_list_hole(fixture.list), 0);
    assert_int_equal(segment_list_ensure(fixture.list, 0, &fixture.err), 1);
    assert_int_equal(diskstate_size(fixture.dir.fd, FIRST), FILE_SIZE);
    tear_down(&fixture);
}

#ifdef FIU_ENABLE
/* The zeros are in the cache, the stale bytes on the disk: the next attempt must find some. */
static void spoils_zeros_whose_sync_failed(void **state)
{
    (void)state;
    struct fixture fixture;
    struct faultpoint_action action = {.limit_bytes = 0, .error = -EIO};
    fiu_init(0);
    set_up(&fixture);
    open_disk(&fixture, true);
    test_ok(open_list(&fixture), fixture.err);
    append(&fixture, "0123456789abcdef");
    segment_list_set_end(fixture.list, 8);
    assert_int_equal(fiu_enable(point_fiu_name(POINT_COMMITLOG_SYNC), 1, &action, FIU_ONETIME), 0);
    test_code((int)segment_list_zero_tail(fixture.list, &fixture.err), -EIO);
    assert_true(segment_list_has_sync_failed(fixture.list));
    test_ok(open_list(&fixture), fixture.err);
    segment_list_set_end(fixture.list, 8);
    assert_true(segment_list_zero_tail(fixture.list, &fixture.err) > 0);
    fixture.calls[0] = '\0';
    assert_int_equal(segment_list_zero_tail(fixture.list, &fixture.err), 0);
    assert_string_equal(fixture.calls, "");
    tear_down(&fixture);
}

/* The second hit of the point fails. */
struct second_hit {
    struct faultpoint_action action; /* first: libfiu is given a pointer to it */
    unsigned hits;
};

static int fail_second(const char *name, int *failnum, void **failinfo, unsigned int *flags)
{
    struct second_hit *second = *failinfo;
    (void)name;
    (void)failnum;
    (void)flags;
    return ++second->hits == 2;
}

/* An error while it looks for data is not the end of the data; what it had zeroed by then waits for
 * a sync, though the next attempt finds nothing but zeros. */
static void syncs_the_zeros_of_an_attempt_that_failed(void **state)
{
    (void)state;
    static const uint64_t places[] = {100};
    struct fixture fixture;
    struct second_hit second = {.action = {.limit_bytes = 0, .error = -EIO}};
    const char *seek = point_fiu_name(POINT_COMMITLOG_SEEK);
    fiu_init(0);
    set_up_large(&fixture, places, TEST_COUNT(places));
    open_disk(&fixture, true);
    test_ok(open_list(&fixture), fixture.err);
    segment_list_set_end(fixture.list, 16);
    fixture.calls[0] = '\0';
    assert_int_equal(fiu_enable_external(seek, 1, &second, 0, fail_second), 0);
    test_code((int)segment_list_zero_tail(fixture.list, &fixture.err), -EIO);
    assert_int_equal(fiu_disable(seek), 0);
    assert_string_equal(fixture.calls, "zero-tail:00@100+5 ");
    assert_true(segment_list_is_tail_dirty(fixture.list));
    fixture.calls[0] = '\0';
    test_ok(segment_list_append(fixture.list, "x", 1, &fixture.err), fixture.err);
    assert_string_equal(fixture.calls, "sync:00 append:00@16+1 ");
    tear_down(&fixture);
}
#endif

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
        cmocka_unit_test(confirms_with_a_second_sync),
        cmocka_unit_test(syncs_names_and_zeros_twice_at_once),
        cmocka_unit_test(zeroes_over_holes_without_reading_them),
        cmocka_unit_test(writes_no_hole_again),
        cmocka_unit_test(takes_no_missing_bytes_for_a_hole),
        cmocka_unit_test(writes_again_what_it_suspects),
        cmocka_unit_test(has_the_name_of_a_file_durable_before_the_next_is_made),
        cmocka_unit_test(has_one_unlink_durable_before_the_next),
        cmocka_unit_test(takes_a_short_file_of_a_derived_list_for_none),
#ifdef FIU_ENABLE
        cmocka_unit_test(spoils_zeros_whose_sync_failed),
        cmocka_unit_test(syncs_the_zeros_of_an_attempt_that_failed),
#endif
    };
    return cmocka_run_group_tests_name("store.segment_list", tests, NULL, NULL);
}
