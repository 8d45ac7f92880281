/* What is not durable yet, operation by operation. */
#include "harness/oracle/order/order_files.h"
#include "harness/testkit/test.h"
#include "store/base/bytes.h"

#include <inttypes.h>

#define LOG   "commitlog/00000000000000004096"
#define QUEUE "consumequeue/t/0/00000000000000000000"

struct fixture {
    struct order_files *files;
    char text[1024];
};

static void set_up(struct fixture *fixture)
{
    fixture->files = calloc(1, sizeof *fixture->files);
    assert_non_null(fixture->files);
}

static void tear_down(struct fixture *fixture)
{
    free(fixture->files);
}

static struct disk_call op_of(enum point point, const char *path, uint64_t offset,
                              uint64_t size_bytes)
{
    return (struct disk_call){.point = point,
                              .op = point_op(point),
                              .path = path,
                              .offset = offset,
                              .size_bytes = size_bytes};
}

/* One whole operation that succeeds. */
static void run(struct fixture *fixture, enum point point, const char *path, uint64_t offset,
                uint64_t size_bytes)
{
    const struct disk_call op = op_of(point, path, offset, size_bytes);
    int64_t result = op.op == POINT_OP_WRITE ? (int64_t)size_bytes : 0;
    assert_non_null(order_files_begin(fixture->files, &op, &op));
    assert_true(order_files_end(fixture->files, &op, result, false));
}

static void on(struct fixture *fixture, enum point point, const char *path)
{
    run(fixture, point, path, 0, 0);
}

/* One that returns an error. */
static void fail_on(struct fixture *fixture, enum point point, const char *path)
{
    const struct disk_call op = op_of(point, path, 0, 10);
    assert_non_null(order_files_begin(fixture->files, &op, &op));
    assert_true(order_files_end(fixture->files, &op, -EIO, false));
}

static void rename_to(struct fixture *fixture, const char *path, const char *target)
{
    struct disk_call op = op_of(POINT_OFFSETS_RENAME, path, 0, 0);
    op.target = target;
    assert_non_null(order_files_begin(fixture->files, &op, &op));
    assert_true(order_files_end(fixture->files, &op, 0, false));
}

/* What of a file is not durable: "data[FROM,TO) ", newest first; '!' failed, '~' in flight; "name "
 * or "gone " when its entry is not. */
static const char *loose(struct fixture *fixture, const char *path)
{
    static const char *const kinds[] = {"data", "zeros", "size"};
    const struct order_file *file = order_files_find(fixture->files, path);
    size_t used = 0;
    fixture->text[0] = '\0';
    if (file == NULL) {
        return "unknown";
    }
    for (const struct order_span *span = file->spans; span != NULL; span = span->next) {
        used += (size_t)snprintf(fixture->text + used, sizeof fixture->text - used,
                                 "%s%s[%" PRIu64 ",%" PRIu64 ")%s ", span->is_failed ? "!" : "",
                                 kinds[span->kind], span->from, span->to,
                                 span->ended == ORDER_IN_FLIGHT ? "~" : "");
    }
    if (file->entry_ended != 0) {
        snprintf(fixture->text + used, sizeof fixture->text - used, "%s",
                 file->exists ? "name " : "gone ");
    }
    return fixture->text;
}

/* The files of a class of which something is not durable. */
static const char *dirty(struct fixture *fixture, enum order_class class)
{
    size_t used = 0;
    fixture->text[0] = '\0';
    for (const struct order_file *file = fixture->files->dirty[class]; file != NULL;
         file = file->dirty_next) {
        used +=
            (size_t)snprintf(fixture->text + used, sizeof fixture->text - used, "%s ", file->path);
    }
    return fixture->text;
}

static void knows_what_a_path_belongs_to(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        enum order_class class;
        uint64_t start;
    } cases[] = {
        {LOG, ORDER_LOG, 4096},
        {"commitlog", ORDER_LOG, 0},
        {"commitlogs", ORDER_REST, 0},
        {"dledger-n0", ORDER_LOG, 0},
        {"dledger-n0/data", ORDER_LOG, 0},
        {"dledger-n0/data/00000000000000000512", ORDER_LOG, 512},
        {"dledger-n0/database", ORDER_REST, 0},
        {"dledger-n0/index/00000000000000000512", ORDER_REST, 512},
        {"dledger-n0/currterm", ORDER_REST, 0},
        {"dledger", ORDER_REST, 0},
        {QUEUE, ORDER_QUEUE, 0},
        {"consumequeue/t", ORDER_QUEUE, 0},
        {"consumequeues/t", ORDER_REST, 0},
        {"checkpoint", ORDER_REST, 0},
        {"00000000000000000007", ORDER_REST, 7},
        {"0000000000000000007", ORDER_REST, 0},
    };
    struct fixture fixture;
    set_up(&fixture);
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        test_row(cases[i].path);
        on(&fixture, POINT_QUEUE_SYNC, cases[i].path);
        const struct order_file *file = order_files_find(fixture.files, cases[i].path);
        assert_non_null(file);
        assert_int_equal(file->class, cases[i].class);
        assert_int_equal(file->start, cases[i].start);
    }
    tear_down(&fixture);
}

/* A store is there before anything is seen of it, and all of it is durable. */
static void takes_what_it_meets_for_durable_with_the_directories_above(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    assert_null(order_files_find(fixture.files, QUEUE));
    on(&fixture, POINT_QUEUE_SYNC, QUEUE);
    const struct order_file *file = order_files_find(fixture.files, QUEUE);
    assert_true(file->exists);
    assert_false(file->is_dir);
    assert_string_equal(loose(&fixture, QUEUE), "");
    static const char *const above[] = {"consumequeue/t/0", "consumequeue/t", "consumequeue", ""};
    for (size_t i = 0; i < TEST_COUNT(above); i++) {
        file = file->parent;
        assert_ptr_equal(file, order_files_find(fixture.files, above[i]));
        assert_true(file->is_dir);
        assert_string_equal(loose(&fixture, above[i]), "");
    }
    assert_null(file->parent);
    assert_int_equal(fixture.files->file_count, 5);
    assert_null(order_files_find(fixture.files, "consumequeue/t/"));
    tear_down(&fixture);
}

static void holds_what_was_written_until_a_sync_covers_it(void **state)
{
    (void)state;
    struct fixture fixture;
    const struct disk_call write = op_of(POINT_COMMITLOG_APPEND, LOG, 100, 50);
    const struct disk_call sync = op_of(POINT_COMMITLOG_SYNC, LOG, 0, 0);
    set_up(&fixture);
    order_files_begin(fixture.files, &write, &write);
    assert_string_equal(loose(&fixture, LOG), "data[100,150)~ ");
    assert_string_equal(dirty(&fixture, ORDER_LOG), LOG " ");
    order_files_begin(fixture.files, &sync, &sync);
    assert_true(order_files_end(fixture.files, &write, 50, false));
    assert_string_equal(loose(&fixture, LOG), "data[100,150) ");
    /* It began before the write had ended. */
    assert_true(order_files_end(fixture.files, &sync, 0, false));
    assert_string_equal(loose(&fixture, LOG), "data[100,150) ");
    on(&fixture, POINT_COMMITLOG_SYNC, LOG);
    assert_string_equal(loose(&fixture, LOG), "");
    assert_string_equal(dirty(&fixture, ORDER_LOG), "");
    assert_true(order_files_find(fixture.files, LOG)->has_data);
    tear_down(&fixture);
}

static void counts_of_a_write_what_was_written(void **state)
{
    (void)state;
    struct fixture fixture;
    const struct disk_call write = op_of(POINT_COMMITLOG_APPEND, LOG, 100, 50);
    set_up(&fixture);
    order_files_begin(fixture.files, &write, &write);
    assert_true(order_files_end(fixture.files, &write, 7, false));
    assert_string_equal(loose(&fixture, LOG), "data[100,107) ");
    fail_on(&fixture, POINT_COMMITLOG_APPEND, "commitlog/x");
    assert_string_equal(loose(&fixture, "commitlog/x"), "");
    assert_false(order_files_find(fixture.files, "commitlog/x")->has_data);
    assert_string_equal(dirty(&fixture, ORDER_LOG), LOG " ");
    tear_down(&fixture);
}

static void tells_zeroed_tails_and_sizes_from_data(void **state)
{
    (void)state;
    static const struct {
        enum point point;
        const char *loose;
    } cases[] = {
        {POINT_COMMITLOG_APPEND, "data[10,30) "},
        {POINT_COMMITLOG_ZERO_TAIL, "zeros[10,30) "},
        {POINT_DLEDGER_ZERO_TAIL, "zeros[10,30) "},
        {POINT_DLEDGER_INDEX_ZERO_TAIL, "zeros[10,30) "},
        {POINT_QUEUE_CUT_TAIL, "zeros[10,30) "},
        {POINT_QUEUE_HEAL, "data[10,30) "},
        {POINT_COMMITLOG_EXTEND, "size[0,20) "},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct fixture fixture;
        set_up(&fixture);
        run(&fixture, cases[i].point, QUEUE, 10, 20);
        assert_string_equal(loose(&fixture, QUEUE), cases[i].loose);
        assert_int_equal(order_files_find(fixture.files, QUEUE)->has_data,
                         cases[i].point != POINT_COMMITLOG_EXTEND);
        tear_down(&fixture);
    }
}

static void tells_writes_of_adjoining_pages_as_one(void **state)
{
    (void)state;
    static const struct {
        uint64_t from, size_bytes; /* of the second; the first is [4096, 8192) */
        const char *loose;
    } cases[] = {
        {8191, 10, "data[4096,8201) "},
        {8192, 10, "data[4096,8202) "},
        {12287, 1, "data[4096,12288) "}, /* still in the page that adjoins */
        {12288, 1, "data[12288,12289) data[4096,8192) "},
        {5000, 10, "data[4096,8192) "},
        {0, 20000, "data[0,20000) "},
        {0, 4096, "data[0,8192) "},
        {0, 4095, "data[0,4095) data[4096,8192) "},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct fixture fixture;
        set_up(&fixture);
        run(&fixture, POINT_COMMITLOG_APPEND, LOG, 4096, 4096);
        run(&fixture, POINT_COMMITLOG_APPEND, LOG, cases[i].from, cases[i].size_bytes);
        assert_string_equal(loose(&fixture, LOG), cases[i].loose);
        tear_down(&fixture);
    }
}

static void keeps_apart_what_a_sync_may_tell_apart(void **state)
{
    (void)state;
    struct fixture fixture;
    const struct disk_call sync = op_of(POINT_COMMITLOG_SYNC, LOG, 0, 0);
    set_up(&fixture);
    run(&fixture, POINT_COMMITLOG_APPEND, LOG, 0, 10);
    order_files_begin(fixture.files, &sync, &sync);
    run(&fixture, POINT_COMMITLOG_APPEND, LOG, 10, 10);
    assert_string_equal(loose(&fixture, LOG), "data[10,20) data[0,10) ");
    assert_true(order_files_end(fixture.files, &sync, 0, false));
    assert_string_equal(loose(&fixture, LOG), "data[10,20) ");
    /* Nor of two kinds. */
    run(&fixture, POINT_COMMITLOG_ZERO_TAIL, LOG, 20, 10);
    assert_string_equal(loose(&fixture, LOG), "zeros[20,30) data[10,20) ");
    /* Nor with one that has not ended: the older of two in flight ends first. */
    on(&fixture, POINT_COMMITLOG_SYNC, LOG);
    const struct disk_call first = op_of(POINT_COMMITLOG_APPEND, LOG, 0, 10);
    const struct disk_call second = op_of(POINT_COMMITLOG_APPEND, LOG, 10, 10);
    order_files_begin(fixture.files, &first, &first);
    order_files_begin(fixture.files, &second, &second);
    assert_true(order_files_end(fixture.files, &first, 10, false));
    assert_string_equal(loose(&fixture, LOG), "data[10,20)~ data[0,10) ");
    assert_true(order_files_end(fixture.files, &second, 10, false));
    assert_string_equal(loose(&fixture, LOG), "data[0,20) ");
    tear_down(&fixture);
}

static void believes_no_void_sync(void **state)
{
    (void)state;
    struct fixture fixture;
    const struct disk_call sync = op_of(POINT_COMMITLOG_SYNC, LOG, 0, 0);
    const struct disk_call sync_dir = op_of(POINT_COMMITLOG_SYNC_DIR, "commitlog", 0, 0);
    set_up(&fixture);
    on(&fixture, POINT_COMMITLOG_CREATE, LOG);
    run(&fixture, POINT_COMMITLOG_APPEND, LOG, 0, 10);
    order_files_begin(fixture.files, &sync, &sync);
    assert_int_equal(order_files_find(fixture.files, LOG)->sync_count, 1);
    assert_true(order_files_end(fixture.files, &sync, 0, true));
    assert_int_equal(order_files_find(fixture.files, LOG)->sync_count, 0);
    order_files_begin(fixture.files, &sync_dir, &sync_dir);
    assert_true(order_files_end(fixture.files, &sync_dir, 0, true));
    assert_string_equal(loose(&fixture, LOG), "data[0,10) name ");
    fail_on(&fixture, POINT_COMMITLOG_SYNC_DIR, "commitlog");
    assert_string_equal(loose(&fixture, LOG), "data[0,10) name ");
    tear_down(&fixture);
}

/* The pages are clean in the cache, and the disk has not got them. */
static void believes_no_sync_after_one_that_failed(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    on(&fixture, POINT_COMMITLOG_CREATE, LOG);
    run(&fixture, POINT_COMMITLOG_EXTEND, LOG, 0, 4096);
    run(&fixture, POINT_COMMITLOG_APPEND, LOG, 0, 10);
    fail_on(&fixture, POINT_COMMITLOG_SYNC, LOG);
    assert_string_equal(loose(&fixture, LOG), "!data[0,10) size[0,4096) name ");
    /* A size is no page: the next sync has it. */
    on(&fixture, POINT_COMMITLOG_SYNC, LOG);
    assert_string_equal(loose(&fixture, LOG), "!data[0,10) name ");
    /* Small files are written whole again, under another name. */
    run(&fixture, POINT_CHECKPOINT_WRITE, "checkpoint", 0, 10);
    fail_on(&fixture, POINT_CHECKPOINT_SYNC, "checkpoint");
    assert_string_equal(loose(&fixture, "checkpoint"), "data[0,10) ");
    on(&fixture, POINT_CHECKPOINT_SYNC, "checkpoint");
    assert_string_equal(loose(&fixture, "checkpoint"), "");
    tear_down(&fixture);
}

static void gives_pages_another_chance_when_they_are_written_again(void **state)
{
    (void)state;
    static const struct {
        uint64_t from, size_bytes;
        const char *loose; /* of failed [5000, 15000) */
        const char *synced;
    } cases[] = {
        {0, 10, "data[0,10) !data[5000,15000) ", "!data[5000,15000) "},
        {0, 4096, "data[0,4096) !data[5000,15000) ", "!data[5000,15000) "},
        {0, 4097, "data[0,8192) !data[8192,15000) ", "!data[8192,15000) "},
        {6000, 1, "data[5000,8192) !data[8192,15000) ", "!data[8192,15000) "},
        {9000, 1, "!data[12288,15000) data[8192,12288) !data[5000,8192) ",
         "!data[12288,15000) !data[5000,8192) "},
        {13000, 1, "data[12288,15000) !data[5000,12288) ", "!data[5000,12288) "},
        {16383, 1, "data[12288,16384) !data[5000,12288) ", "!data[5000,12288) "},
        {16384, 1, "data[16384,16385) !data[5000,15000) ", "!data[5000,15000) "},
        {4096, 12288, "data[4096,16384) ", ""},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct fixture fixture;
        set_up(&fixture);
        run(&fixture, POINT_COMMITLOG_APPEND, LOG, 5000, 10000);
        fail_on(&fixture, POINT_COMMITLOG_SYNC, LOG);
        run(&fixture, POINT_COMMITLOG_REWRITE, LOG, cases[i].from, cases[i].size_bytes);
        assert_string_equal(loose(&fixture, LOG), cases[i].loose);
        /* What is failed still stays so. */
        on(&fixture, POINT_COMMITLOG_SYNC, LOG);
        assert_string_equal(loose(&fixture, LOG), cases[i].synced);
        tear_down(&fixture);
    }
}

static void holds_a_name_until_its_directory_is_synced(void **state)
{
    (void)state;
    struct fixture fixture;
    const struct disk_call sync = op_of(POINT_COMMITLOG_SYNC_DIR, "commitlog", 0, 0);
    set_up(&fixture);
    on(&fixture, POINT_STORE_MKDIR, "commitlog");
    on(&fixture, POINT_COMMITLOG_CREATE, LOG);
    assert_string_equal(loose(&fixture, "commitlog"), "name ");
    assert_string_equal(loose(&fixture, LOG), "name ");
    assert_true(order_files_find(fixture.files, "commitlog")->is_dir);
    on(&fixture, POINT_STORE_SYNC_DIR, "");
    assert_string_equal(loose(&fixture, "commitlog"), "");
    assert_string_equal(loose(&fixture, LOG), "name ");
    /* A sync that began before the name was made has not got it. */
    order_files_begin(fixture.files, &sync, &sync);
    on(&fixture, POINT_COMMITLOG_CREATE, "commitlog/later");
    assert_true(order_files_end(fixture.files, &sync, 0, false));
    assert_string_equal(loose(&fixture, LOG), "");
    assert_string_equal(loose(&fixture, "commitlog/later"), "name ");
    /* Opened again it is no new name. */
    on(&fixture, POINT_COMMITLOG_CREATE, LOG);
    assert_string_equal(loose(&fixture, LOG), "");
    fail_on(&fixture, POINT_COMMITLOG_CREATE, "commitlog/failed");
    assert_string_equal(loose(&fixture, "commitlog/failed"), "");
    tear_down(&fixture);
}

static void forgets_a_file_whose_removal_is_durable(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    run(&fixture, POINT_COMMITLOG_APPEND, LOG, 0, 10);
    fail_on(&fixture, POINT_COMMITLOG_EXPIRE, LOG);
    assert_string_equal(loose(&fixture, LOG), "data[0,10) ");
    on(&fixture, POINT_COMMITLOG_EXPIRE, LOG);
    assert_string_equal(loose(&fixture, LOG), "gone ");
    assert_true(order_files_find(fixture.files, LOG)->is_expired);
    on(&fixture, POINT_COMMITLOG_SYNC_DIR, "commitlog");
    assert_string_equal(loose(&fixture, LOG), "unknown");
    assert_string_equal(dirty(&fixture, ORDER_LOG), "");
    /* Its room is used again. */
    uint32_t count = fixture.files->file_count;
    on(&fixture, POINT_COMMITLOG_CUT_FILE, "commitlog");
    on(&fixture, POINT_STORE_SYNC_DIR, "");
    assert_non_null(order_files_find(fixture.files, "commitlog")); /* still somebody's parent */
    on(&fixture, POINT_COMMITLOG_CREATE, "commitlog/next");
    assert_int_equal(fixture.files->file_count, count);
    assert_string_equal(loose(&fixture, "commitlog/next"), "name ");
    assert_false(order_files_find(fixture.files, "commitlog/next")->is_expired);
    tear_down(&fixture);
}

static void knows_a_removal_by_retention_from_others(void **state)
{
    (void)state;
    static const struct {
        enum point point;
        bool is_expired;
    } cases[] = {
        {POINT_COMMITLOG_EXPIRE, true},
        {POINT_DLEDGER_EXPIRE, true},
        {POINT_COMMITLOG_CUT_FILE, false},
        {POINT_QUEUE_EXPIRE, false},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct fixture fixture;
        set_up(&fixture);
        on(&fixture, cases[i].point, LOG);
        assert_int_equal(order_files_find(fixture.files, LOG)->is_expired, cases[i].is_expired);
        assert_false(order_files_find(fixture.files, LOG)->exists);
        /* Made again before that was durable, it is a new one. */
        on(&fixture, POINT_COMMITLOG_CREATE, LOG);
        assert_string_equal(loose(&fixture, LOG), "name ");
        assert_false(order_files_find(fixture.files, LOG)->is_expired);
        assert_false(order_files_find(fixture.files, LOG)->has_data);
        tear_down(&fixture);
    }
}

static void moves_what_is_loose_with_a_rename(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    run(&fixture, POINT_OFFSETS_WRITE, "config/a", 0, 5);
    run(&fixture, POINT_OFFSETS_WRITE, "config/a.tmp", 0, 7);
    rename_to(&fixture, "config/a.tmp", "config/a");
    assert_string_equal(loose(&fixture, "config/a"), "data[0,7) name ");
    assert_string_equal(loose(&fixture, "config/a.tmp"), "gone ");
    assert_true(order_files_find(fixture.files, "config/a")->has_data);
    on(&fixture, POINT_OFFSETS_SYNC, "config/a");
    on(&fixture, POINT_OFFSETS_SYNC_DIR, "config");
    assert_string_equal(loose(&fixture, "config/a"), "");
    assert_string_equal(loose(&fixture, "config/a.tmp"), "unknown");
    assert_string_equal(dirty(&fixture, ORDER_REST), "");
    tear_down(&fixture);
}

/* Units: physical offset and size; the tags hash is nobody's concern here. */
struct unit {
    uint64_t offset;
    uint32_t size_bytes;
};

static void write_units(struct fixture *fixture, uint64_t at, const struct unit *units,
                        size_t from_bytes, size_t to_bytes)
{
    uint8_t data[200] = {0};
    for (size_t i = 0; i * 20 < to_bytes; i++) {
        bytes_put_be64(data + i * 20, units[i].offset);
        bytes_put_be32(data + i * 20 + 8, units[i].size_bytes);
    }
    struct disk_call op = op_of(POINT_QUEUE_APPEND, QUEUE, at + from_bytes, to_bytes - from_bytes);
    op.data = data + from_bytes;
    assert_non_null(order_files_begin(fixture->files, &op, &op));
    assert_true(order_files_end(fixture->files, &op, (int64_t)op.size_bytes, false));
}

static void knows_the_lowest_record_that_a_write_has_a_unit_of(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct unit units[3];
        size_t from_bytes, to_bytes;
        uint64_t lowest, last;
    } cases[] = {
        {"ascending", {{100, 9}, {200, 9}, {300, 9}}, 0, 60, 100, 300},
        {"descending", {{300, 9}, {200, 9}, {100, 9}}, 0, 60, 100, 100},
        {"the record at 0", {{0, 9}, {200, 9}, {300, 9}}, 0, 60, 0, 300},
        {"zeros", {{0, 0}, {0, 0}, {0, 0}}, 0, 60, ORDER_NO_UNIT, ORDER_NO_UNIT},
        {"pre-blanks", {{0, 0x7FFFFFFF}, {0, 0x7FFFFFFF}, {300, 9}}, 0, 60, 300, 300},
        {"a large record", {{100, 0x7FFFFFFF}, {0, 0}, {0, 0}}, 0, 60, 100, 100},
        {"an offset alone", {{100, 9}, {50, 9}, {0, 0}}, 0, 28, 50, 50},
        {"an offset and a size of 0", {{100, 9}, {0, 0}, {0, 0}}, 0, 32, 100, 100},
        {"an offset of 0 alone", {{100, 9}, {0, 9}, {0, 0}}, 0, 28, 0, 0},
        {"less than an offset", {{100, 9}, {50, 9}, {0, 0}}, 0, 27, 100, 100},
        {"the rest of a unit unknown",
         {{100, 9}, {0, 0}, {0, 0}},
         9,
         20,
         ORDER_NO_UNIT,
         ORDER_NO_UNIT},
        {"from inside a unit", {{100, 9}, {200, 9}, {300, 9}}, 9, 60, 200, 300},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct fixture fixture;
        test_row(cases[i].name);
        set_up(&fixture);
        write_units(&fixture, 40, cases[i].units, cases[i].from_bytes, cases[i].to_bytes);
        const struct order_file *file = order_files_find(fixture.files, QUEUE);
        assert_true(file->spans->lowest_unit == cases[i].lowest);
        assert_true(file->last_unit == cases[i].last);
        /* So do the directories above: they lead to it. */
        for (; file->class == ORDER_QUEUE; file = file->parent) {
            assert_true(file->lowest_unit == cases[i].lowest);
        }
        assert_true(file->lowest_unit == ORDER_NO_UNIT);
        tear_down(&fixture);
    }
}

static void joins_the_rest_of_a_unit_with_its_beginning(void **state)
{
    (void)state;
    static const struct unit units[] = {{500, 9}, {400, 9}};
    struct fixture fixture;
    set_up(&fixture);
    write_units(&fixture, 0, units, 0, 9);
    on(&fixture, POINT_QUEUE_SYNC, QUEUE);
    write_units(&fixture, 0, units, 9, 20);
    const struct order_file *file = order_files_find(fixture.files, QUEUE);
    assert_int_equal(file->spans->lowest_unit, 500);
    write_units(&fixture, 0, units, 20, 40);
    /* Told as one span, it has the lower of the two. */
    assert_string_equal(loose(&fixture, QUEUE), "data[9,40) ");
    assert_int_equal(file->spans->lowest_unit, 400);
    on(&fixture, POINT_QUEUE_SYNC, QUEUE);
    write_units(&fixture, 0, units, 0, 20);
    assert_int_equal(file->spans->lowest_unit, 500);
    assert_int_equal(file->lowest_unit, 400);
    tear_down(&fixture);
}

/* A span that takes failed pages over has their units, too. */
static void takes_the_units_of_failed_pages_over(void **state)
{
    (void)state;
    static const struct unit units[] = {{500, 9}, {700, 9}};
    struct fixture fixture;
    set_up(&fixture);
    write_units(&fixture, 0, units, 0, 20);
    fail_on(&fixture, POINT_QUEUE_SYNC, QUEUE);
    write_units(&fixture, 0, units, 20, 40);
    assert_string_equal(loose(&fixture, QUEUE), "data[0,40) ");
    assert_int_equal(order_files_find(fixture.files, QUEUE)->spans->lowest_unit, 500);
    tear_down(&fixture);
}

/* The process is gone: what it had begun may have happened. */
static void ends_what_was_in_flight_with_the_round(void **state)
{
    (void)state;
    struct fixture fixture;
    const struct disk_call write = op_of(POINT_COMMITLOG_APPEND, LOG, 0, 10);
    const struct disk_call sync = op_of(POINT_COMMITLOG_SYNC, LOG, 0, 0);
    const struct disk_call create = op_of(POINT_COMMITLOG_CREATE, "commitlog/new", 0, 0);
    const struct disk_call unlink = op_of(POINT_COMMITLOG_EXPIRE, "commitlog/old", 0, 0);
    const struct disk_call sync_dir = op_of(POINT_COMMITLOG_SYNC_DIR, "commitlog", 0, 0);
    set_up(&fixture);
    on(&fixture, POINT_COMMITLOG_CREATE, "commitlog/made");
    order_files_begin(fixture.files, &write, &write);
    order_files_begin(fixture.files, &sync, &sync);
    order_files_begin(fixture.files, &create, &create);
    order_files_begin(fixture.files, &unlink, &unlink);
    order_files_begin(fixture.files, &sync_dir, &sync_dir);
    order_files_round(fixture.files);
    assert_int_equal(fixture.files->flight_count, 0);
    assert_string_equal(loose(&fixture, LOG), "data[0,10) ");
    assert_int_equal(order_files_find(fixture.files, LOG)->sync_count, 0);
    assert_string_equal(loose(&fixture, "commitlog/new"), "name ");
    assert_string_equal(loose(&fixture, "commitlog/old"), "gone ");
    assert_string_equal(loose(&fixture, "commitlog/made"), "name ");
    assert_false(order_files_end(fixture.files, &write, 10, false));
    tear_down(&fixture);
}

static void pairs_begin_and_end_by_their_id(void **state)
{
    (void)state;
    struct fixture fixture;
    int first = 0;
    int second = 0;
    struct disk_call op = op_of(POINT_COMMITLOG_APPEND, LOG, 0, 10);
    set_up(&fixture);
    assert_false(order_files_end(fixture.files, &op, 10, false));
    order_files_begin(fixture.files, &first, &op);
    op.offset = 100;
    order_files_begin(fixture.files, &second, &op);
    assert_true(order_files_end(fixture.files, &first, 3, false));
    assert_string_equal(loose(&fixture, LOG), "data[100,110)~ data[0,3) ");
    assert_false(order_files_end(fixture.files, &first, 3, false));
    tear_down(&fixture);
}

/* A file may go, for good, while an operation on it is in flight. */
static void passes_over_an_operation_on_a_file_that_is_forgotten(void **state)
{
    (void)state;
    for (int is_round = 0; is_round < 2; is_round++) {
        struct fixture fixture;
        const struct disk_call write = op_of(POINT_COMMITLOG_APPEND, LOG, 0, 10);
        set_up(&fixture);
        order_files_begin(fixture.files, &write, &write);
        on(&fixture, POINT_COMMITLOG_EXPIRE, LOG);
        on(&fixture, POINT_COMMITLOG_SYNC_DIR, "commitlog");
        assert_string_equal(loose(&fixture, LOG), "unknown");
        if (is_round) {
            order_files_round(fixture.files);
        } else {
            assert_true(order_files_end(fixture.files, &write, 10, false));
        }
        assert_string_equal(loose(&fixture, LOG), "unknown");
        assert_int_equal(fixture.files->flight_count, 0);
        tear_down(&fixture);
    }
}

/* Its removal alone is known: its bytes are nobody's any more. */
static void ends_a_write_to_a_file_that_was_unlinked_meanwhile(void **state)
{
    (void)state;
    struct fixture fixture;
    const struct disk_call write = op_of(POINT_COMMITLOG_APPEND, LOG, 0, 10);
    set_up(&fixture);
    order_files_begin(fixture.files, &write, &write);
    on(&fixture, POINT_COMMITLOG_EXPIRE, LOG);
    assert_true(order_files_end(fixture.files, &write, 10, false));
    assert_string_equal(loose(&fixture, LOG), "gone ");
    tear_down(&fixture);
}

static void says_when_there_is_no_room_for_more(void **state)
{
    (void)state;
    struct fixture fixture;
    struct disk_call op = op_of(POINT_COMMITLOG_APPEND, LOG, 0, 10);
    char ids[ORDER_FLIGHTS_MAX + 1];
    set_up(&fixture);
    for (size_t i = 0; i < ORDER_FLIGHTS_MAX; i++) {
        assert_non_null(order_files_begin(fixture.files, &ids[i], &op));
    }
    assert_false(fixture.files->is_full);
    assert_null(order_files_begin(fixture.files, &ids[ORDER_FLIGHTS_MAX], &op));
    assert_true(fixture.files->is_full);
    order_files_clear(fixture.files);
    assert_false(fixture.files->is_full);
    assert_string_equal(loose(&fixture, LOG), "unknown");
    assert_string_equal(dirty(&fixture, ORDER_LOG), "");
    /* Files: the root and the directory are two. */
    char path[DISK_PATH_SIZE_BYTES + 8];
    for (size_t i = 2; i < ORDER_FILES_MAX; i++) {
        snprintf(path, sizeof path, "commitlog/%zu", i);
        on(&fixture, POINT_COMMITLOG_SYNC, path);
    }
    assert_false(fixture.files->is_full);
    op = op_of(POINT_COMMITLOG_SYNC, LOG, 0, 0);
    assert_null(order_files_begin(fixture.files, &op, &op));
    assert_true(fixture.files->is_full);
    assert_int_equal(fixture.files->flight_count, 0);
    /* A path: as long as one may be, and longer. */
    order_files_clear(fixture.files);
    memset(path, 'x', sizeof path);
    path[DISK_PATH_SIZE_BYTES - 1] = '\0';
    on(&fixture, POINT_COMMITLOG_SYNC, path);
    assert_false(fixture.files->is_full);
    path[DISK_PATH_SIZE_BYTES - 1] = 'x';
    path[DISK_PATH_SIZE_BYTES] = '\0';
    op = op_of(POINT_COMMITLOG_SYNC, path, 0, 0);
    assert_null(order_files_begin(fixture.files, &op, &op));
    assert_true(fixture.files->is_full);
    tear_down(&fixture);
}

static void says_when_there_is_no_room_for_more_spans_and_gives_room_back(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    for (uint64_t i = 0; i < ORDER_SPANS_MAX; i++) {
        run(&fixture, POINT_COMMITLOG_APPEND, LOG, i * 3 * 4096, 1);
    }
    assert_false(fixture.files->is_full);
    on(&fixture, POINT_COMMITLOG_SYNC, LOG);
    for (uint64_t i = 0; i < ORDER_SPANS_MAX; i++) {
        run(&fixture, POINT_COMMITLOG_APPEND, LOG, i * 3 * 4096, 1);
    }
    assert_false(fixture.files->is_full);
    assert_int_equal(fixture.files->span_count, ORDER_SPANS_MAX);
    run(&fixture, POINT_COMMITLOG_APPEND, LOG, UINT64_C(1) << 40, 1);
    assert_true(fixture.files->is_full);
    tear_down(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_what_a_path_belongs_to),
        cmocka_unit_test(takes_what_it_meets_for_durable_with_the_directories_above),
        cmocka_unit_test(holds_what_was_written_until_a_sync_covers_it),
        cmocka_unit_test(counts_of_a_write_what_was_written),
        cmocka_unit_test(tells_zeroed_tails_and_sizes_from_data),
        cmocka_unit_test(tells_writes_of_adjoining_pages_as_one),
        cmocka_unit_test(keeps_apart_what_a_sync_may_tell_apart),
        cmocka_unit_test(believes_no_void_sync),
        cmocka_unit_test(believes_no_sync_after_one_that_failed),
        cmocka_unit_test(gives_pages_another_chance_when_they_are_written_again),
        cmocka_unit_test(holds_a_name_until_its_directory_is_synced),
        cmocka_unit_test(forgets_a_file_whose_removal_is_durable),
        cmocka_unit_test(knows_a_removal_by_retention_from_others),
        cmocka_unit_test(moves_what_is_loose_with_a_rename),
        cmocka_unit_test(knows_the_lowest_record_that_a_write_has_a_unit_of),
        cmocka_unit_test(joins_the_rest_of_a_unit_with_its_beginning),
        cmocka_unit_test(takes_the_units_of_failed_pages_over),
        cmocka_unit_test(ends_what_was_in_flight_with_the_round),
        cmocka_unit_test(pairs_begin_and_end_by_their_id),
        cmocka_unit_test(passes_over_an_operation_on_a_file_that_is_forgotten),
        cmocka_unit_test(ends_a_write_to_a_file_that_was_unlinked_meanwhile),
        cmocka_unit_test(says_when_there_is_no_room_for_more),
        cmocka_unit_test(says_when_there_is_no_room_for_more_spans_and_gives_room_back),
    };
    return cmocka_run_group_tests_name("harness.judge.order_files", tests, NULL, NULL);
}
