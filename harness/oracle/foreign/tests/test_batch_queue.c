/* Batch queues: units of 46 bytes, one a batch. */
#include "harness/oracle/foreign/tests/foreign_fixture.h"

#define DIRECTORY  "batchconsumequeue/bt/0"
#define UNIT       46u
#define FILE_UNITS 4u
#define RECORDS    6u
#define INNER      0x80

struct batches {
    struct foreign_fixture base;
    struct storemaker_record places[RECORDS];
    int64_t bases[RECORDS + 1];
};

static uint8_t *unit_at(struct batches *batches, uint64_t index)
{
    char path[80];
    uint64_t start = index / FILE_UNITS * FILE_UNITS;
    snprintf(path, sizeof path, DIRECTORY "/%020" PRIu64, start * UNIT);
    return storemaker_make(&batches->base.maker, path, FILE_UNITS * UNIT)->data +
           (index - start) * UNIT;
}

static void put_unit(struct batches *batches, uint64_t index, uint32_t i)
{
    uint8_t *unit = unit_at(batches, index);
    bytes_put_be64(unit, batches->places[i].offset);
    bytes_put_be32(unit + 8, batches->places[i].size_bytes);
    bytes_put_be64(unit + 12, 97);
    bytes_put_be64(unit + 20, (uint64_t)(FOREIGN_FIXTURE_MS + i));
    bytes_put_be64(unit + 28, (uint64_t)batches->bases[i]);
    bytes_put_be16(unit + 36, (uint16_t)(batches->bases[i + 1] - batches->bases[i]));
    bytes_put_be32(unit + 38, UINT32_MAX);
}

/* Batches of three messages; the third record is a single one, which a batch queue takes, too. */
static void set_up_from(struct batches *batches, int64_t base, uint32_t leap_at)
{
    foreign_fixture_init(&batches->base);
    batches->bases[0] = base;
    for (uint32_t i = 0; i < RECORDS; i++) {
        bool is_single = i == 2;
        char text[80];
        batches->bases[i] += i == leap_at ? 5 : 0;
        snprintf(text, sizeof text,
                 is_single ? "TAGS=a;" : "TAGS=a;INNER_NUM=3;INNER_BASE=%" PRId64 ";",
                 batches->bases[i]);
        const struct storemaker_message like = {.queue_offset = batches->bases[i],
                                                .sys_flag = is_single ? 0 : INNER,
                                                .without_unit = true,
                                                .store_timestamp_ms = FOREIGN_FIXTURE_MS + i};
        batches->places[i] = foreign_fixture_put(&batches->base, "bt", text, &like);
        batches->bases[i + 1] = batches->bases[i] + (is_single ? 1 : 3);
        put_unit(batches, i, i);
    }
}

static void set_up(struct batches *batches)
{
    set_up_from(batches, 0, UINT32_MAX);
}

static void tear_down(struct batches *batches)
{
    storemaker_done(&batches->base.maker);
}

static void believes_batches(void **state)
{
    (void)state;
    struct batches batches;
    set_up(&batches);
    foreign_fixture_expect_intact(&batches.base);
    assert_int_equal(batches.base.summary.foreign.batch_unit_count, RECORDS);
    assert_int_equal(batches.base.summary.unjudged_count, 0);
    tear_down(&batches);
}

static void finds_each_wrong_field(void **state)
{
    (void)state;
    static const struct {
        uint32_t at;
        const char *text;
    } cases[] = {
        {11, "has the wrong size"},           {19, "has the wrong tags hash"},
        {27, "has the wrong store time"},     {35, "has the wrong base"},
        {37, "has the wrong number"},         {41, "has the wrong compacted offset"},
        {45, "has the wrong reserved field"},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct batches batches;
        set_up(&batches);
        unit_at(&batches, 1)[cases[i].at] ^= 1;
        foreign_fixture_expect(&batches.base, PROPERTY_BIT(QUEUE_TRUE), cases[i].text);
        tear_down(&batches);
    }
}

static void finds_a_unit_of_no_record(void **state)
{
    (void)state;
    struct batches batches;
    set_up(&batches);
    put_unit(&batches, RECORDS, RECORDS - 1);
    foreign_fixture_expect(&batches.base, PROPERTY_BIT(QUEUE_TRUE),
                           "batch unit 6 of topic bt queue 0 points at no record of its queue");
    tear_down(&batches);
    set_up(&batches);
    memset(unit_at(&batches, 1), 0, UNIT);
    foreign_fixture_expect(&batches.base, PROPERTY_BIT(QUEUE_TRUE) | PROPERTY_BIT(QUEUE_COMPLETE),
                           "no batch unit for the record");
    tear_down(&batches);
}

static void finds_a_missing_unit(void **state)
{
    (void)state;
    struct batches batches;
    set_up(&batches);
    memset(unit_at(&batches, RECORDS - 1), 0, UNIT);
    foreign_fixture_expect(&batches.base, PROPERTY_BIT(QUEUE_COMPLETE),
                           "found a queue that ends there");
    storemaker_remove_under(&batches.base.maker, "batchconsumequeue/");
    foreign_fixture_expect(&batches.base, PROPERTY_BIT(QUEUE_COMPLETE) | PROPERTY_BIT(BOUNDS),
                           "no batch unit for the record at 0");
    tear_down(&batches);
}

static void finds_offsets_that_are_shared_or_left_out(void **state)
{
    (void)state;
    struct batches batches;
    set_up_from(&batches, 0, 3);
    foreign_fixture_expect(&batches.base, PROPERTY_BIT(BOUNDS), "leave some out, expected 7");
    tear_down(&batches);
    set_up(&batches);
    const struct storemaker_message like = {
        .queue_offset = 2, .sys_flag = INNER, .without_unit = true};
    batches.places[0] =
        foreign_fixture_put(&batches.base, "bt", "TAGS=a;INNER_NUM=3;INNER_BASE=2;", &like);
    batches.bases[0] = 2;
    batches.bases[1] = 5;
    put_unit(&batches, RECORDS, 0);
    foreign_fixture_expect(&batches.base, PROPERTY_BIT(OFFSETS_UNIQUE),
                           "the offsets of a batch are not unique, expected 16");
    tear_down(&batches);
}

static void finds_files_that_are_no_row(void **state)
{
    (void)state;
    struct batches batches;
    set_up(&batches);
    storemaker_find(&batches.base.maker, DIRECTORY "/00000000000000000184")->size_bytes -= 1;
    foreign_fixture_expect(&batches.base, PROPERTY_BIT(STARTS),
                           "the file has the wrong size, expected 184, found 183");
    tear_down(&batches);
}

/* A store with a log that begins later, batches that begin later, a queue that lags, and a batch in
 * a queue of single messages. */
static void takes_what_is_legal(void **state)
{
    (void)state;
    struct batches batches;
    set_up_from(&batches, 700, UINT32_MAX);
    foreign_fixture_expect_intact(&batches.base);
    memset(unit_at(&batches, RECORDS - 1), 0, UNIT);
    storemaker_write(&batches.base.maker, "abort", "1", 1);
    test_ok(foreign_fixture_run(&batches.base), batches.base.err);
    assert_int_equal(batches.base.summary.violation_count, 0);
    assert_int_equal(batches.base.summary.pending_count, 1);
    tear_down(&batches);

    foreign_fixture_init(&batches.base);
    const struct storemaker_message like = {.queue_offset = -1, .sys_flag = INNER};
    (void)foreign_fixture_put(&batches.base, "bt", "INNER_NUM=3;", &like);
    foreign_fixture_expect_intact(&batches.base);
    assert_int_equal(batches.base.summary.unjudged_count, 1);
    tear_down(&batches);
}

/* Units of records that have expired are none's concern. */
static void takes_expired_units(void **state)
{
    (void)state;
    struct batches batches;
    set_up(&batches);
    tear_down(&batches); /* what remains is where the records were */
    foreign_fixture_init(&batches.base);
    batches.base.maker.log_start = FOREIGN_FIXTURE_LOG_BYTES;
    storemaker_init(&batches.base.maker);
    put_unit(&batches, 0, 0);
    const struct storemaker_message like = {.queue_offset = 3,
                                            .sys_flag = INNER,
                                            .without_unit = true,
                                            .store_timestamp_ms = FOREIGN_FIXTURE_MS + 1};
    batches.places[1] =
        foreign_fixture_put(&batches.base, "bt", "TAGS=a;INNER_NUM=3;INNER_BASE=3;", &like);
    put_unit(&batches, 1, 1);
    foreign_fixture_expect_intact(&batches.base);
    assert_int_equal(batches.base.summary.foreign.batch_unit_count, 1);
    tear_down(&batches);
}

static void tells_a_read_error(void **state)
{
    (void)state;
    static const char *const calls[] = {"list", "size", "read"};
    for (size_t i = 0; i < TEST_COUNT(calls); i++) {
        struct batches batches;
        set_up(&batches);
        batches.base.maker.fault =
            (struct storemaker_fault){calls[i], "batchconsumequeue/bt", -EIO};
        test_code(foreign_fixture_run(&batches.base), -EIO);
        tear_down(&batches);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(believes_batches),
        cmocka_unit_test(finds_each_wrong_field),
        cmocka_unit_test(finds_a_unit_of_no_record),
        cmocka_unit_test(finds_a_missing_unit),
        cmocka_unit_test(finds_offsets_that_are_shared_or_left_out),
        cmocka_unit_test(finds_files_that_are_no_row),
        cmocka_unit_test(takes_what_is_legal),
        cmocka_unit_test(takes_expired_units),
        cmocka_unit_test(tells_a_read_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
