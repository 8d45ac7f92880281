/* Light queues: units of multi-dispatch records in the queues that they name. */
#include "harness/oracle/foreign/tests/foreign_fixture.h"

#define QUEUE_A "%LMQ%a"
#define QUEUE_B "%LMQ%b"
#define RECORDS 4u

struct lights {
    struct foreign_fixture base;
    struct storemaker_record places[RECORDS];
};

static void put_record(struct lights *lights, uint32_t i, const char *names, const char *offsets)
{
    char text[160];
    snprintf(text, sizeof text, "INNER_MULTI_DISPATCH=%s;TAGS=a;INNER_MULTI_QUEUE_OFFSET=%s;",
             names, offsets);
    const struct storemaker_message like = {.queue_offset = -1, .queue_id = 1, .tags_code = 97};
    lights->places[i] = foreign_fixture_put(&lights->base, "t", text, &like);
}

/* All four are in a, the second and third in b, too. */
static void set_up(struct lights *lights)
{
    foreign_fixture_init(&lights->base);
    for (uint32_t i = 0; i < RECORDS; i++) {
        bool is_both = i == 1 || i == 2;
        char offsets[16];
        snprintf(offsets, sizeof offsets, is_both ? "%u,%u" : "%u", i, i - 1);
        put_record(lights, i, is_both ? QUEUE_A "," QUEUE_B : QUEUE_A, offsets);
        storemaker_put_unit(&lights->base.maker, QUEUE_A, 0, i, &lights->places[i], 97);
        if (is_both) {
            storemaker_put_unit(&lights->base.maker, QUEUE_B, 0, i - 1, &lights->places[i], 97);
        }
    }
}

static void tear_down(struct lights *lights)
{
    storemaker_done(&lights->base.maker);
}

static void believes_units_of_other_topics(void **state)
{
    (void)state;
    struct lights lights;
    set_up(&lights);
    foreign_fixture_expect_intact(&lights.base);
    assert_int_equal(lights.base.summary.unit_count, 10);
    assert_int_equal(lights.base.summary.unjudged_count, 0);
    tear_down(&lights);
}

static void finds_a_record_without_its_light_unit(void **state)
{
    (void)state;
    struct lights lights;
    set_up(&lights);
    memset(storemaker_unit_at(&lights.base.maker, QUEUE_A, 0, RECORDS - 1), 0, 20);
    foreign_fixture_expect(&lights.base, PROPERTY_BIT(QUEUE_COMPLETE), "no unit for message");
    storemaker_remove_under(&lights.base.maker, "consumequeue/" QUEUE_B "/");
    foreign_fixture_expect(&lights.base, PROPERTY_BIT(QUEUE_COMPLETE), QUEUE_B "/0/");
    tear_down(&lights);
}

static void finds_a_unit_of_a_record_that_does_not_name_the_queue(void **state)
{
    (void)state;
    struct lights lights;
    set_up(&lights);
    storemaker_put_unit(&lights.base.maker, QUEUE_B, 0, 2, &lights.places[3], 97);
    foreign_fixture_expect(&lights.base, PROPERTY_BIT(QUEUE_TRUE) | PROPERTY_BIT(REBUILD_EQUAL),
                           "unit 2 belongs to another queue");
    tear_down(&lights);
}

static void finds_a_wrong_hash_in_a_light_unit(void **state)
{
    (void)state;
    struct lights lights;
    set_up(&lights);
    storemaker_put_unit(&lights.base.maker, QUEUE_A, 0, 1, &lights.places[1], 98);
    foreign_fixture_expect(&lights.base, PROPERTY_BIT(QUEUE_TRUE) | PROPERTY_BIT(REBUILD_EQUAL),
                           "is the wrong tags hash, expected 97, found 98");
    tear_down(&lights);
}

static void finds_an_offset_given_out_twice(void **state)
{
    (void)state;
    struct lights lights;
    set_up(&lights);
    struct storemaker_record place;
    put_record(&lights, 0, QUEUE_B, "1");
    place = lights.places[0];
    foreign_fixture_expect(&lights.base,
                           PROPERTY_BIT(OFFSETS_UNIQUE) | PROPERTY_BIT(QUEUE_COMPLETE),
                           "queueOffset is not unique");
    storemaker_put_unit(&lights.base.maker, QUEUE_B, 0, 2, &place, 97);
    foreign_fixture_expect(&lights.base,
                           PROPERTY_BIT(OFFSETS_UNIQUE) | PROPERTY_BIT(QUEUE_TRUE) |
                               PROPERTY_BIT(REBUILD_EQUAL),
                           "unit 2 is shifted");
    tear_down(&lights);
}

/* What RocketMQ does not dispatch further has no light unit, and owes none. */
static void asks_no_unit_of_what_is_not_dispatched(void **state)
{
    (void)state;
    static const struct {
        const char *topic;
        const char *text;
    } cases[] = {
        {"%RETRY%g", "INNER_MULTI_DISPATCH=%LMQ%a;INNER_MULTI_QUEUE_OFFSET=0;"},
        {"rmq_sys_x", "INNER_MULTI_DISPATCH=%LMQ%a;INNER_MULTI_QUEUE_OFFSET=0;"},
        {"t", "INNER_MULTI_DISPATCH=%LMQ%a;"},
        {"t", "INNER_MULTI_DISPATCH=%LMQ%a,%LMQ%b;INNER_MULTI_QUEUE_OFFSET=0;"},
        {"t", "INNER_MULTI_DISPATCH=x/y;INNER_MULTI_QUEUE_OFFSET=0;"},
        {"t", "INNER_MULTI_DISPATCH=%LMQ%a;INNER_MULTI_QUEUE_OFFSET=x;"},
        {"t", "INNER_MULTI_DISPATCH=,;INNER_MULTI_QUEUE_OFFSET=,;"},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct lights lights;
        foreign_fixture_init(&lights.base);
        (void)foreign_fixture_put(&lights.base, cases[i].topic, cases[i].text, NULL);
        foreign_fixture_expect_intact(&lights.base);
        tear_down(&lights);
    }
}

/* A multi-dispatch record of 5.2.0 ends in 20 bytes of anything, which its properties count. */
static void put_slack(struct foreign_fixture *fixture, const char *names)
{
    char text[200];
    snprintf(text, sizeof text, "%s=%%LMQ%%a;INNER_MULTI_QUEUE_OFFSET=0;zzzzzzzzzz;zzzzzzzzz",
             names);
    const struct storemaker_record place = foreign_fixture_put(fixture, "t", text, NULL);
    uint8_t *end = storemaker_record_at(&fixture->maker, place.offset) + place.size_bytes;
    memset(end - 20, 0, 20);
    end[-15] = 2;
    storemaker_put_unit(&fixture->maker, QUEUE_A, 0, 0, &place, 0);
}

static void takes_the_slack_of_5_2_0(void **state)
{
    (void)state;
    struct lights lights;
    foreign_fixture_init(&lights.base);
    put_slack(&lights.base, "INNER_MULTI_DISPATCH");
    foreign_fixture_expect_intact(&lights.base);
    assert_int_equal(lights.base.summary.record_count, 1);
    tear_down(&lights);
}

/* Neither of another record, nor in a store whose every record ends in a CRC. */
static void takes_slack_of_no_other(void **state)
{
    (void)state;
    struct lights lights;
    foreign_fixture_init(&lights.base);
    put_slack(&lights.base, "INNER_MULTI_DISPATCX");
    test_ok(foreign_fixture_run(&lights.base), lights.base.err);
    assert_int_equal(lights.base.summary.record_count, 0);
    tear_down(&lights);

    foreign_fixture_init(&lights.base);
    lights.base.maker.with_crc = true;
    (void)foreign_fixture_put(&lights.base, "u", "TAGS=a;", NULL);
    lights.base.maker.with_crc = false;
    put_slack(&lights.base, "INNER_MULTI_DISPATCH");
    lights.base.maker.with_crc = true;
    storemaker_remove_under(&lights.base.maker, "consumequeue/" QUEUE_A "/");
    storemaker_mark(&lights.base.maker, lights.base.maker.log_end, 0);
    test_ok(foreign_fixture_run(&lights.base), lights.base.err);
    assert_int_equal(lights.base.summary.record_count, 1);
    assert_true(lights.base.summary.violation_count > 0);
    tear_down(&lights);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(believes_units_of_other_topics),
        cmocka_unit_test(finds_a_record_without_its_light_unit),
        cmocka_unit_test(finds_a_unit_of_a_record_that_does_not_name_the_queue),
        cmocka_unit_test(finds_a_wrong_hash_in_a_light_unit),
        cmocka_unit_test(finds_an_offset_given_out_twice),
        cmocka_unit_test(asks_no_unit_of_what_is_not_dispatched),
        cmocka_unit_test(takes_the_slack_of_5_2_0),
        cmocka_unit_test(takes_slack_of_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
