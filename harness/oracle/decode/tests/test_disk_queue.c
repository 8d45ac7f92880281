/* The oracle's reader of consumequeue/: which queues there are, their rows of files, their bounds
 * and units, all held or through a window. */
#include "harness/oracle/decode/disk_queue.h"
#include "harness/testkit/golden.h"
#include "harness/testkit/storemaker.h"
#include "harness/testkit/test.h"
#include "store/base/bytes.h"

#include <inttypes.h>

#define GOLDEN(name) TEST_SOURCE_DIR "/store/tests/golden/" name ".hex"
#define UNITS        4 /* in a file: 80 bytes */

struct fixture {
    struct storemaker maker;
    struct view view;
    struct disk_queues queues;
    struct err err;
};

static void set_up(struct fixture *fixture, bool keep, uint32_t file_units)
{
    *fixture =
        (struct fixture){.maker = {.log_file_size_bytes = 4096, .queue_file_units = file_units}};
    storemaker_init(&fixture->maker);
    fixture->view = storemaker_view(&fixture->maker);
    fixture->queues = (struct disk_queues){0};
    fixture->queues.keep = keep;
    fixture->queues.file_size_bytes = (uint64_t)file_units * DISK_QUEUE_UNIT_SIZE_BYTES;
}

static void tear_down(struct fixture *fixture)
{
    disk_queue_done(&fixture->queues);
    storemaker_done(&fixture->maker);
}

/* The unit of index i points at 1000 + 100 i. */
static void put_units(struct fixture *fixture, const char *topic, int32_t queue_id, uint64_t from,
                      uint64_t to)
{
    for (uint64_t i = from; i < to; i++) {
        const struct storemaker_record record = {.offset = 1000 + 100 * i, .size_bytes = 90};
        storemaker_put_unit(&fixture->maker, topic, queue_id, i, &record, (int64_t)i);
    }
}

static void put_pre_blank(struct fixture *fixture, uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i < to; i++) {
        const struct storemaker_record blank = {.size_bytes = DISK_QUEUE_PRE_BLANK_SIZE};
        storemaker_put_unit(&fixture->maker, "t", 0, i, &blank, 0);
    }
}

static int load(struct fixture *fixture, uint64_t log_min)
{
    int r = disk_queue_list(&fixture->queues, &fixture->view, &fixture->err);
    return r < 0 ? r : disk_queue_load(&fixture->queues, log_min, &fixture->err);
}

static struct disk_queue *queue_of(struct fixture *fixture, const char *topic, int32_t queue_id)
{
    uint32_t at = disk_queue_lookup(&fixture->queues, topic, (uint32_t)strlen(topic), queue_id);
    assert_true(at < fixture->queues.queue_count);
    return &fixture->queues.queues[at];
}

static uint64_t offset_at(struct fixture *fixture, struct disk_queue *queue, uint64_t index)
{
    return bytes_get_be64(disk_queue_bytes(&fixture->queues, queue, index));
}

static void decodes_the_golden_units(void **state)
{
    (void)state;
    static const struct disk_queue_unit expected[] = {
        {0, 0x7FFFFFFF, 0, false, true},
        {0, 0x7FFFFFFF, 0, false, true},
        {0, 96, 0, false, false},
        {96, 120, 2598919, false, false},
        {1073741824, 200, INT32_MIN, false, false},
    };
    struct buffer bytes;
    golden_load(GOLDEN("queue_units"), &bytes);
    for (size_t i = 0; i < TEST_COUNT(expected); i++) {
        struct disk_queue_unit unit;
        disk_queue_decode(bytes.data + i * DISK_QUEUE_UNIT_SIZE_BYTES, &unit);
        assert_int_equal(unit.offset, expected[i].offset);
        assert_int_equal(unit.size_bytes, expected[i].size_bytes);
        assert_int_equal(unit.tags_code, expected[i].tags_code);
        assert_int_equal(unit.is_pre_blank, expected[i].is_pre_blank);
        assert_int_equal(unit.is_zero, expected[i].is_zero);
    }
    buffer_done(&bytes);
}

/* Each field by itself makes a unit that is neither zero nor pre-blank. */
static void calls_only_a_whole_pattern_zero_or_pre_blank(void **state)
{
    (void)state;
    for (uint32_t is_pre_blank = 0; is_pre_blank < 2; is_pre_blank++) {
        for (size_t i = 0; i < DISK_QUEUE_UNIT_SIZE_BYTES; i++) {
            uint8_t bytes[DISK_QUEUE_UNIT_SIZE_BYTES] = {0};
            struct disk_queue_unit unit;
            bytes_put_be32(bytes + 8, is_pre_blank ? DISK_QUEUE_PRE_BLANK_SIZE : 0);
            disk_queue_decode(bytes, &unit);
            assert_int_equal(unit.is_zero, !is_pre_blank);
            assert_int_equal(unit.is_pre_blank, is_pre_blank);
            bytes[i] ^= 1;
            disk_queue_decode(bytes, &unit);
            assert_false(unit.is_zero);
            assert_false(unit.is_pre_blank);
        }
    }
}

static void lists_nothing_where_there_is_no_directory(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, true, UNITS);
    test_ok(load(&fixture, 0), fixture.err);
    assert_int_equal(fixture.queues.queue_count, 0);
    assert_int_equal(disk_queue_lookup(&fixture.queues, "t", 1, 0), UINT32_MAX);
    tear_down(&fixture);
}

static void lists_directories_whose_names_are_ids_and_their_files(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, true, UNITS);
    put_units(&fixture, "a", 0, 0, 5);
    put_units(&fixture, "a", INT32_MAX, 0, 1);
    put_units(&fixture, "b", 10, 2, 3);
    static const char *const others[] = {
        "consumequeue/a/2147483648/00000000000000000000",
        "consumequeue/a/99999999999/00000000000000000000",
        "consumequeue/a/-1/00000000000000000000",
        "consumequeue/a/1x/00000000000000000000",
        /* Beside "0": the same number, and never read. */
        "consumequeue/a/00/00000000000000000000",
        "consumequeue/a/7",
        "consumequeue/file",
        "consumequeue/a/0/notes.txt",
        "consumequeue/a/0/00000000000000000160/x",
    };
    for (size_t i = 0; i < TEST_COUNT(others); i++) {
        storemaker_make(&fixture.maker, others[i], 80);
    }
    test_ok(load(&fixture, 0), fixture.err);
    assert_int_equal(fixture.queues.queue_count, 3);
    assert_int_equal(fixture.queues.listed_count, 3);
    const struct disk_queue *queue = queue_of(&fixture, "a", 0);
    assert_string_equal(disk_queue_topic(&fixture.queues, queue), "a");
    assert_true(queue->has_files);
    assert_int_equal(queue->file_count, 2);
    assert_int_equal(fixture.queues.files[queue->file_at + 1].start, 80);
    assert_int_equal(fixture.queues.files[queue->file_at + 1].size_bytes, 80);
    assert_int_equal(queue_of(&fixture, "a", INT32_MAX)->file_count, 1);
    assert_int_equal(queue_of(&fixture, "b", 10)->max_index, 3);
    /* Listed again, it is the same. */
    test_ok(load(&fixture, 0), fixture.err);
    assert_int_equal(fixture.queues.queue_count, 3);
    assert_int_equal(fixture.queues.file_count, 4);
    assert_int_equal(queue_of(&fixture, "a", 0)->max_index, 5);
    tear_down(&fixture);
}

static void takes_no_notice_of_an_empty_last_file(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, true, UNITS);
    storemaker_make(&fixture.maker, "consumequeue/t/0/00000000000000000000", 0);
    storemaker_make(&fixture.maker, "consumequeue/t/1/00000000000000000000", 0);
    storemaker_make(&fixture.maker, "consumequeue/t/1/00000000000000000080", 80);
    test_ok(load(&fixture, 0), fixture.err);
    assert_int_equal(queue_of(&fixture, "t", 0)->file_count, 0);
    assert_true(queue_of(&fixture, "t", 0)->has_files);
    assert_int_equal(queue_of(&fixture, "t", 1)->file_count, 2);
    tear_down(&fixture);
}

static void finds_queues_by_name_and_adds_those_that_only_the_log_knows(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, true, UNITS);
    put_units(&fixture, "topic", 3, 0, 1);
    test_ok(load(&fixture, 0), fixture.err);
    /* The name is as long as it is said to be. */
    assert_int_equal(disk_queue_lookup(&fixture.queues, "topics", 5, 3), 0);
    assert_int_equal(disk_queue_lookup(&fixture.queues, "topics", 6, 3), UINT32_MAX);
    assert_int_equal(disk_queue_lookup(&fixture.queues, "topic", 4, 3), UINT32_MAX);
    assert_int_equal(disk_queue_lookup(&fixture.queues, "topic", 5, 2), UINT32_MAX);
    assert_int_equal(disk_queue_find(&fixture.queues, "topics", 6, 3), 1);
    assert_string_equal(disk_queue_topic(&fixture.queues, &fixture.queues.queues[1]), "topics");
    assert_false(fixture.queues.queues[1].has_files);
    assert_int_equal(fixture.queues.queues[1].last_queue_offset, -1);
    assert_int_equal(fixture.queues.listed_count, 1);
    assert_int_equal(disk_queue_find(&fixture.queues, "topic", 5, 3), 0);
    assert_int_equal(disk_queue_find(&fixture.queues, "topics", 6, 3), 1);
    /* More than the table has places at first. */
    for (int32_t i = 0; i < 200; i++) {
        assert_int_equal(disk_queue_find(&fixture.queues, "many", 4, i), 2 + i);
    }
    for (int32_t i = 0; i < 200; i++) {
        assert_int_equal(disk_queue_lookup(&fixture.queues, "many", 4, i), 2 + i);
    }
    assert_int_equal(fixture.queues.queue_count, 202);
    test_ok(load(&fixture, 0), fixture.err);
    assert_int_equal(fixture.queues.queue_count, 1);
    assert_int_equal(disk_queue_lookup(&fixture.queues, "many", 4, 7), UINT32_MAX);
    tear_down(&fixture);
}

static void bounds_a_queue_by_what_its_bytes_say(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint64_t blank_from, blank_to, from, to, log_min, first, min, max;
    } cases[] = {
        {"none", 0, 0, 0, 0, 0, 0, 0, 0},
        {"one", 0, 0, 0, 1, 0, 0, 0, 1},
        {"a file", 0, 0, 0, 4, 0, 0, 0, 4},
        {"three files", 0, 0, 0, 9, 0, 0, 0, 9},
        {"from the second file on", 0, 0, 4, 6, 0, 4, 4, 6},
        {"pre-blank", 4, 6, 6, 7, 0, 4, 6, 7},
        {"pre-blank alone", 4, 6, 0, 0, 0, 4, 6, 6},
        {"zeros in front", 0, 0, 6, 7, 0, 4, 4, 7},
        {"zeros in front, a log that expired", 0, 0, 6, 7, 1500, 4, 4, 7},
        {"nothing but zeros", 0, 0, 0, 0, 0, 4, 4, 4},
        {"below the log", 0, 0, 0, 9, 1500, 0, 5, 9},
        {"just below the log", 0, 0, 0, 9, 1501, 0, 6, 9},
        {"all below the log", 0, 0, 0, 9, 9000, 0, 9, 9},
    };
    for (size_t i = 0; i < 2 * TEST_COUNT(cases); i++) {
        struct fixture fixture;
        bool keep = i % 2 != 0;
        test_row(cases[i / 2].name);
        set_up(&fixture, keep, UNITS);
        storemaker_unit_at(&fixture.maker, "t", 0, cases[i / 2].first);
        put_pre_blank(&fixture, cases[i / 2].blank_from, cases[i / 2].blank_to);
        put_units(&fixture, "t", 0, cases[i / 2].from, cases[i / 2].to);
        test_ok(load(&fixture, cases[i / 2].log_min), fixture.err);
        const struct disk_queue *queue = queue_of(&fixture, "t", 0);
        assert_int_equal(queue->first_index, cases[i / 2].first);
        assert_int_equal(queue->min_index, cases[i / 2].min);
        assert_int_equal(queue->max_index, cases[i / 2].max);
        assert_false(queue->is_hole);
        tear_down(&fixture);
    }
}

static void reads_nothing_behind_a_hole_in_the_row(void **state)
{
    (void)state;
    for (int keep = 0; keep < 2; keep++) {
        struct fixture fixture;
        set_up(&fixture, keep, UNITS);
        put_units(&fixture, "t", 0, 0, 12);
        storemaker_remove(&fixture.maker, "consumequeue/t/0/00000000000000000080");
        test_ok(load(&fixture, 0), fixture.err);
        struct disk_queue *queue = queue_of(&fixture, "t", 0);
        assert_true(queue->is_hole);
        assert_int_equal(queue->file_count, 1);
        assert_int_equal(queue->max_index, 4);
        assert_int_equal(offset_at(&fixture, queue, 8), 0);
        tear_down(&fixture);
    }
}

/* What a short file lacks is zeros; what a long one has too much is none of the queue. */
static void reads_no_more_of_a_file_than_the_row_gives_it(void **state)
{
    (void)state;
    for (int keep = 0; keep < 2; keep++) {
        struct fixture fixture;
        set_up(&fixture, keep, UNITS);
        put_units(&fixture, "t", 0, 0, 8);
        storemaker_find(&fixture.maker, "consumequeue/t/0/00000000000000000000")->size_bytes = 50;
        struct storemaker_file *file =
            storemaker_find(&fixture.maker, "consumequeue/t/0/00000000000000000080");
        uint8_t longer[100];
        memcpy(longer, file->data, 80);
        memset(longer + 80, 0xFF, 20);
        storemaker_write(&fixture.maker, "consumequeue/t/0/00000000000000000080", longer, 100);
        test_ok(load(&fixture, 0), fixture.err);
        struct disk_queue *queue = queue_of(&fixture, "t", 0);
        assert_int_equal(queue->max_index, 8);
        assert_int_equal(offset_at(&fixture, queue, 1), 1100);
        assert_int_equal(offset_at(&fixture, queue, 2), 1200); /* 10 bytes of it are there */
        assert_int_equal(bytes_get_be32(disk_queue_bytes(&fixture.queues, queue, 2) + 8), 0);
        assert_int_equal(offset_at(&fixture, queue, 3), 0);
        assert_int_equal(offset_at(&fixture, queue, 4), 1400);
        /* As the last file, a short one has whole units only. */
        storemaker_remove(&fixture.maker, "consumequeue/t/0/00000000000000000080");
        test_ok(load(&fixture, 0), fixture.err);
        assert_int_equal(queue_of(&fixture, "t", 0)->max_index, 2);
        tear_down(&fixture);
    }
}

/* Not what the queues beside it have. */
static void gives_zeros_outside_of_the_bounds(void **state)
{
    (void)state;
    for (int keep = 0; keep < 2; keep++) {
        struct fixture fixture;
        set_up(&fixture, keep, UNITS);
        put_units(&fixture, "s", 0, 0, 4);
        put_units(&fixture, "t", 0, 4, 6);
        put_units(&fixture, "u", 0, 0, 4);
        test_ok(load(&fixture, 0), fixture.err);
        struct disk_queue *queue = queue_of(&fixture, "t", 0);
        static const uint64_t expected[] = {0, 0, 0, 0, 1400, 1500, 0, 0, 0, 0};
        for (uint64_t i = 0; i < TEST_COUNT(expected); i++) {
            assert_int_equal(offset_at(&fixture, queue, i), expected[i]);
        }
        tear_down(&fixture);
    }
}

static void moves_a_window_over_the_units_in_both_directions(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, false, 5000);
    put_units(&fixture, "t", 0, 0, 4000);
    test_ok(load(&fixture, 0), fixture.err);
    struct disk_queue *queue = queue_of(&fixture, "t", 0);
    assert_int_equal(queue->max_index, 4000);
    fixture.maker.read_count = 0;
    for (uint64_t i = 0; i < 4000; i++) {
        assert_int_equal(offset_at(&fixture, queue, i), 1000 + 100 * i);
    }
    assert_int_equal(fixture.maker.read_count, 3); /* the first of 4 was there to find the min */
    for (uint64_t i = 4000; i > 0; i--) {
        assert_int_equal(offset_at(&fixture, queue, i - 1), 1000 + 100 * (i - 1));
    }
    assert_int_equal(fixture.maker.read_count, 6);
    /* Backwards it ends at the unit, but does not begin before the first one. */
    assert_int_equal(offset_at(&fixture, queue, 3000), 301000);
    assert_int_equal(offset_at(&fixture, queue, 700), 71000);
    assert_int_equal(offset_at(&fixture, queue, 0), 1000);
    assert_int_equal(offset_at(&fixture, queue, 1023), 103300);
    assert_int_equal(fixture.maker.read_count, 8);
    tear_down(&fixture);
}

static void looks_for_the_last_unit_a_window_at_a_time(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, false, 5000);
    put_units(&fixture, "t", 0, 0, 1);
    test_ok(load(&fixture, 0), fixture.err);
    assert_int_equal(queue_of(&fixture, "t", 0)->max_index, 1);
    assert_int_equal(fixture.maker.read_count, 6); /* 5 to the front, one for the min */
    put_units(&fixture, "t", 0, 3976, 3977);
    fixture.maker.read_count = 0;
    test_ok(load(&fixture, 0), fixture.err);
    assert_int_equal(queue_of(&fixture, "t", 0)->max_index, 3977);
    assert_int_equal(fixture.maker.read_count, 2);
    tear_down(&fixture);
}

static void counts_the_units_below_an_offset(void **state)
{
    (void)state;
    for (int keep = 0; keep < 2; keep++) {
        struct fixture fixture;
        set_up(&fixture, keep, UNITS);
        put_units(&fixture, "t", 0, 4, 10);
        memset(storemaker_unit_at(&fixture.maker, "t", 0, 8), 0, 20);
        test_ok(load(&fixture, 0), fixture.err);
        struct disk_queue *queue = queue_of(&fixture, "t", 0);
        assert_int_equal(disk_queue_units_below(&fixture.queues, queue, 5000), 10);
        assert_int_equal(disk_queue_units_below(&fixture.queues, queue, 1900), 8);
        assert_int_equal(disk_queue_units_below(&fixture.queues, queue, 1701), 8);
        assert_int_equal(disk_queue_units_below(&fixture.queues, queue, 1700), 7);
        assert_int_equal(disk_queue_units_below(&fixture.queues, queue, 1401), 5);
        assert_int_equal(disk_queue_units_below(&fixture.queues, queue, 1400), 0);
        tear_down(&fixture);
    }
}

static void names_the_file_of_a_unit_and_its_place(void **state)
{
    (void)state;
    struct fixture fixture;
    char path[DISK_QUEUE_PATH_SIZE_BYTES];
    set_up(&fixture, true, UNITS);
    put_units(&fixture, "topic", 12, 0, 1);
    test_ok(load(&fixture, 0), fixture.err);
    const struct disk_queue *queue = queue_of(&fixture, "topic", 12);
    assert_int_equal(disk_queue_path(&fixture.queues, queue, 3, path), 60);
    assert_string_equal(path, "consumequeue/topic/12/00000000000000000000");
    assert_int_equal(disk_queue_path(&fixture.queues, queue, 4, path), 0);
    assert_string_equal(path, "consumequeue/topic/12/00000000000000000080");
    /* Of a store whose size of files could not be told. */
    fixture.queues.file_size_bytes = 19;
    assert_int_equal(disk_queue_path(&fixture.queues, queue, 4, path), 0);
    assert_string_equal(path, "consumequeue/topic/12/00000000000000000080");
    tear_down(&fixture);
}

static void reports_what_cannot_be_listed_or_read(void **state)
{
    (void)state;
    static const struct {
        struct storemaker_fault fault;
        const char *text;
    } cases[] = {
        {{"list", "consumequeue", -EACCES}, "list 'consumequeue'"},
        {{"list", "consumequeue/t", -EACCES}, "list 'consumequeue/t'"},
        {{"list", "consumequeue/t/0", -EACCES}, "list 'consumequeue/t/0'"},
        {{"size", "consumequeue/t/0/00000000000000000080", -EIO},
         "size of 'consumequeue/t/0/00000000000000000080'"},
        {{"read", "consumequeue/t/0/00000000000000000080", -EIO}, "read the queue 't' 0"},
    };
    for (size_t i = 0; i < 2 * TEST_COUNT(cases); i++) {
        struct fixture fixture;
        set_up(&fixture, i % 2 != 0, UNITS);
        put_units(&fixture, "t", 0, 0, 5);
        fixture.maker.fault = cases[i / 2].fault;
        test_code(load(&fixture, 0), cases[i / 2].fault.error);
        assert_string_equal(fixture.err.text, cases[i / 2].text);
        tear_down(&fixture);
    }
}

/* A directory that went between two calls is an empty one. */
static void takes_a_directory_that_is_gone_for_an_empty_one(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, true, UNITS);
    put_units(&fixture, "t", 0, 0, 5);
    fixture.maker.fault = (struct storemaker_fault){"list", "consumequeue/t", -ENOENT};
    test_ok(load(&fixture, 0), fixture.err);
    assert_int_equal(fixture.queues.queue_count, 0);
    fixture.maker.fault.path = "consumequeue/t/0";
    test_ok(load(&fixture, 0), fixture.err);
    assert_int_equal(fixture.queues.queue_count, 0);
    tear_down(&fixture);
}

/* As of a sparse file: the page in which the next byte is that is not zero. */
static int64_t next_page(void *arg, const char *path, uint64_t offset)
{
    const struct storemaker_file *file = storemaker_find(arg, path);
    uint64_t at = offset;
    assert_non_null(file);
    while (at < file->size_bytes && file->data[at] == 0) {
        at++;
    }
    uint64_t page = at - at % VIEW_PAGE_SIZE_BYTES;
    return (int64_t)(at >= file->size_bytes ? file->size_bytes : page > offset ? page : offset);
}

static void passes_over_the_holes_of_large_files(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, true, 300000);
    put_units(&fixture, "t", 0, 0, 3);
    put_units(&fixture, "t", 0, 100000, 100001);
    put_units(&fixture, "t", 0, 300000, 300002);
    put_units(&fixture, "u", 0, 1, 2);
    fixture.view.next = next_page;
    test_ok(load(&fixture, 0), fixture.err);
    struct disk_queue *queue = queue_of(&fixture, "t", 0);
    assert_int_equal(queue->max_index, 300002);
    assert_int_equal(offset_at(&fixture, queue, 2), 1200);
    assert_int_equal(offset_at(&fixture, queue, 3), 0);
    assert_int_equal(offset_at(&fixture, queue, 99999), 0);
    assert_int_equal(offset_at(&fixture, queue, 100000), 1000 + 100 * 100000);
    assert_int_equal(offset_at(&fixture, queue, 300001), 1000 + 100 * 300001);
    queue = queue_of(&fixture, "u", 0);
    assert_int_equal(queue->max_index, 2);
    assert_int_equal(offset_at(&fixture, queue, 1), 1100);
    assert_in_range(fixture.maker.read_bytes, 4, 4 * 16384);
    tear_down(&fixture);
}

static int64_t next_is_far_away(void *arg, const char *path, uint64_t offset)
{
    (void)arg;
    (void)path;
    (void)offset;
    return (int64_t)(UINT64_C(2) << 30);
}

static void refuses_to_hold_more_than_2_gib(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, true, UNITS);
    put_units(&fixture, "t", 0, 0, 1);
    fixture.queues.file_size_bytes = UINT64_C(20) << 30;
    storemaker_find(&fixture.maker, "consumequeue/t/0/00000000000000000000")->size_bytes =
        (size_t)((UINT64_C(2) << 30) + 20);
    fixture.view.next = next_is_far_away;
    test_code(load(&fixture, 0), -EFBIG);
    tear_down(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_the_golden_units),
        cmocka_unit_test(calls_only_a_whole_pattern_zero_or_pre_blank),
        cmocka_unit_test(lists_nothing_where_there_is_no_directory),
        cmocka_unit_test(lists_directories_whose_names_are_ids_and_their_files),
        cmocka_unit_test(takes_no_notice_of_an_empty_last_file),
        cmocka_unit_test(finds_queues_by_name_and_adds_those_that_only_the_log_knows),
        cmocka_unit_test(bounds_a_queue_by_what_its_bytes_say),
        cmocka_unit_test(reads_nothing_behind_a_hole_in_the_row),
        cmocka_unit_test(reads_no_more_of_a_file_than_the_row_gives_it),
        cmocka_unit_test(gives_zeros_outside_of_the_bounds),
        cmocka_unit_test(moves_a_window_over_the_units_in_both_directions),
        cmocka_unit_test(looks_for_the_last_unit_a_window_at_a_time),
        cmocka_unit_test(counts_the_units_below_an_offset),
        cmocka_unit_test(names_the_file_of_a_unit_and_its_place),
        cmocka_unit_test(reports_what_cannot_be_listed_or_read),
        cmocka_unit_test(takes_a_directory_that_is_gone_for_an_empty_one),
        cmocka_unit_test(passes_over_the_holes_of_large_files),
        cmocka_unit_test(refuses_to_hold_more_than_2_gib),
    };
    return cmocka_run_group_tests_name("harness.judge.disk_queue", tests, NULL, NULL);
}
