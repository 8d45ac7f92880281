/* One queue: RocketMQ's put rule and recovery, and healing unit by unit. */
#include "harness/testkit/diskstate.h"
#include "harness/testkit/golden.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"
#include "store/disk/disk_posix.h"
#include "store/queue/consume_queue.h"

#define DIR_PATH "consumequeue/t/0"
#define FIRST    DIR_PATH "/00000000000000000000"
#define UNITS    10

struct fixture {
    struct tmpdir dir;
    struct disk *disk;
    struct consume_queue_options options;
    struct consume_queue *queue;
    struct err err;
};

static void set_up(struct fixture *fixture)
{
    *fixture = (struct fixture){0};
    tmpdir_make(&fixture->dir);
    diskstate_mkdir(fixture->dir.fd, DIR_PATH);
    assert_int_equal(disk_posix_new(fixture->dir.fd, false, NULL, &fixture->disk), 0);
    fixture->options = (struct consume_queue_options){
        .disk = fixture->disk, .file_units = UNITS, .dir_sync = true, .tail_zero = true};
    assert_int_equal(consume_queue_new(&fixture->options, "t", 0, &fixture->queue), 0);
}

static void reload(struct fixture *fixture)
{
    fixture->queue = consume_queue_free(fixture->queue);
    test_ok(consume_queue_load(&fixture->options, "t", 0, &fixture->queue, &fixture->err),
            fixture->err);
}

static void tear_down(struct fixture *fixture)
{
    consume_queue_free(fixture->queue);
    disk_free(fixture->disk);
    tmpdir_remove(&fixture->dir);
}

/* The unit that test record `index` has. */
static struct consume_queue_unit unit_of(int64_t index)
{
    return (struct consume_queue_unit){1000 + index * 100, 90, index * 7};
}

static void put(struct fixture *fixture, int64_t from, int64_t to)
{
    for (int64_t i = from; i < to; i++) {
        struct consume_queue_unit unit = unit_of(i);
        test_ok(consume_queue_put(fixture->queue, &unit, i, &fixture->err), fixture->err);
    }
}

static void check_units(struct fixture *fixture, int64_t from, int64_t to)
{
    for (int64_t i = from; i < to; i++) {
        struct consume_queue_unit unit;
        struct consume_queue_unit expected = unit_of(i);
        test_ok(consume_queue_read(fixture->queue, i, &unit, &fixture->err), fixture->err);
        assert_int_equal(unit.physical_offset, expected.physical_offset);
        assert_int_equal(unit.size_bytes, expected.size_bytes);
        assert_int_equal(unit.tags_code, expected.tags_code);
    }
}

static void heal(struct fixture *fixture, int64_t known, int64_t from, int64_t to)
{
    test_ok(consume_queue_heal_begin(fixture->queue, known, &fixture->err), fixture->err);
    for (int64_t i = from; i < to; i++) {
        struct consume_queue_unit unit = unit_of(i);
        test_ok(consume_queue_heal_unit(fixture->queue, &unit, i, &fixture->err), fixture->err);
    }
    test_ok(consume_queue_heal_finish(fixture->queue, 0, &fixture->err), fixture->err);
    test_ok(consume_queue_clean_tail(fixture->queue, &fixture->err), fixture->err);
}

static void recovers_what_was_put(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    put(&fixture, 0, 25);
    reload(&fixture);
    test_ok(consume_queue_recover(fixture.queue, &fixture.err), fixture.err);
    assert_int_equal(consume_queue_max(fixture.queue), 25);
    assert_int_equal(consume_queue_max_physic(fixture.queue), 1000 + 2400 + 90);
    check_units(&fixture, 0, 25);
    /* Dispatched again, nothing is added. */
    put(&fixture, 20, 26);
    assert_int_equal(consume_queue_max(fixture.queue), 26);
    check_units(&fixture, 0, 26);
    tear_down(&fixture);
}

static void begins_with_pre_blank_units_above_0(void **state)
{
    (void)state;
    struct fixture fixture;
    struct consume_queue_unit unit;
    set_up(&fixture);
    put(&fixture, 13, 15);
    assert_int_equal(consume_queue_min(fixture.queue), 13);
    assert_int_equal(consume_queue_max(fixture.queue), 15);
    test_ok(consume_queue_read(fixture.queue, 12, &unit, &fixture.err), fixture.err);
    assert_int_equal(unit.size_bytes, CONSUME_QUEUE_PRE_BLANK_SIZE_BYTES);
    reload(&fixture);
    test_ok(consume_queue_recover(fixture.queue, &fixture.err), fixture.err);
    assert_int_equal(consume_queue_max(fixture.queue), 15);
    assert_int_equal(consume_queue_max_physic(fixture.queue), 1000 + 1400 + 90);
    test_ok(consume_queue_correct_min(fixture.queue, 0, &fixture.err), fixture.err);
    assert_int_equal(consume_queue_min(fixture.queue), 13);
    tear_down(&fixture);
}

static void truncates_as_rocketmq_does(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    put(&fixture, 0, 25);
    test_ok(consume_queue_recover_truncate(fixture.queue, 1000 + 700, &fixture.err), fixture.err);
    assert_int_equal(consume_queue_max(fixture.queue), 7);
    test_ok(consume_queue_recover_truncate(fixture.queue, 0, &fixture.err), fixture.err);
    assert_int_equal(consume_queue_max(fixture.queue), 0);
    assert_false(diskstate_exists(fixture.dir.fd, FIRST));
    tear_down(&fixture);
}

static void heals_wrong_missing_and_surplus_units(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    put(&fixture, 0, 25);
    consume_queue_free(fixture.queue);
    fixture.queue = NULL;
    /* Unit 3 torn, unit 5 lost with its page, units 18 to 24 of records that are gone. */
    diskstate_flip_bit(fixture.dir.fd, FIRST, 3 * 20 + 15, 2);
    diskstate_zero_fill(fixture.dir.fd, FIRST, 5 * 20, 20);
    reload(&fixture);
    heal(&fixture, -1, 0, 18);
    assert_int_equal(consume_queue_max(fixture.queue), 18);
    check_units(&fixture, 0, 18);
    reload(&fixture);
    test_ok(consume_queue_recover(fixture.queue, &fixture.err), fixture.err);
    assert_int_equal(consume_queue_max(fixture.queue), 18);
    tear_down(&fixture);
}

static void rebuilds_a_queue_from_any_first_record(void **state)
{
    (void)state;
    static const int64_t firsts[] = {0, 1, 9, 10, 11, 37};
    for (size_t i = 0; i < TEST_COUNT(firsts); i++) {
        struct fixture fixture;
        set_up(&fixture);
        heal(&fixture, -1, firsts[i], firsts[i] + 30);
        assert_int_equal(consume_queue_max(fixture.queue), firsts[i] + 30);
        check_units(&fixture, firsts[i], firsts[i] + 30);
        test_ok(consume_queue_correct_min(fixture.queue, 0, &fixture.err), fixture.err);
        assert_int_equal(consume_queue_min(fixture.queue), firsts[i]);
        tear_down(&fixture);
    }
}

static void finds_units_below_an_offset(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    put(&fixture, 0, 25);
    for (int64_t i = 0; i <= 25; i++) {
        int64_t units = -1;
        test_ok(consume_queue_units_below(fixture.queue, (uint64_t)(1000 + i * 100), &units,
                                          &fixture.err),
                fixture.err);
        assert_int_equal(units, i);
    }
    tear_down(&fixture);
}

static void reads_the_golden_units(void **state)
{
    (void)state;
    struct fixture fixture;
    struct buffer golden;
    uint8_t file[UNITS * CONSUME_QUEUE_UNIT_SIZE_BYTES] = {0};
    struct consume_queue_unit unit;
    set_up(&fixture);
    golden_load(TEST_SOURCE_DIR "/store/tests/golden/queue_units.hex", &golden);
    assert_true(golden.size_bytes <= sizeof(file));
    memcpy(file, golden.data, golden.size_bytes);
    diskstate_write(fixture.dir.fd, FIRST, file, sizeof(file));
    reload(&fixture);
    test_ok(consume_queue_recover(fixture.queue, &fixture.err), fixture.err);
    assert_int_equal(consume_queue_max(fixture.queue), golden.size_bytes / 20);
    test_ok(consume_queue_read(fixture.queue, 4, &unit, &fixture.err), fixture.err);
    assert_int_equal(unit.physical_offset, 1073741824);
    assert_int_equal(unit.size_bytes, 200);
    assert_int_equal(unit.tags_code, INT32_MIN);
    buffer_done(&golden);
    tear_down(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recovers_what_was_put),
        cmocka_unit_test(begins_with_pre_blank_units_above_0),
        cmocka_unit_test(truncates_as_rocketmq_does),
        cmocka_unit_test(heals_wrong_missing_and_surplus_units),
        cmocka_unit_test(rebuilds_a_queue_from_any_first_record),
        cmocka_unit_test(finds_units_below_an_offset),
        cmocka_unit_test(reads_the_golden_units),
    };
    return cmocka_run_group_tests_name("store.consume_queue", tests, NULL, NULL);
}
