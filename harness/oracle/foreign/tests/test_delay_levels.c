/* Due times in the units of scheduled messages. */
#include "harness/oracle/foreign/delay_levels.h"
#include "harness/oracle/foreign/tests/foreign_fixture.h"

#define TOPIC "SCHEDULE_TOPIC_XXXX"

/* `count` messages of a level, whose units say that they are due after `delay_ms`. */
static void put_level(struct foreign_fixture *fixture, int32_t level, int64_t delay_ms,
                      uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        char text[32];
        const struct storemaker_message like = {.queue_id = level - 1,
                                                .queue_offset = -1,
                                                .store_timestamp_ms = FOREIGN_FIXTURE_MS + i,
                                                .tags_code = FOREIGN_FIXTURE_MS + i + delay_ms};
        snprintf(text, sizeof text, "DELAY=%" PRId32 ";", level);
        (void)foreign_fixture_put(fixture, TOPIC, text, &like);
    }
}

static void takes_the_levels_of_rocketmq(void **state)
{
    (void)state;
    struct foreign_fixture fixture;
    foreign_fixture_init(&fixture);
    put_level(&fixture, 1, 1000, 3);
    put_level(&fixture, 3, 10000, 1);
    put_level(&fixture, 30, 7200000, 4);
    foreign_fixture_expect_intact(&fixture);
    assert_string_equal(fixture.summary.foreign.delay_levels, "");
    storemaker_done(&fixture.maker);
}

/* Three units of a level make it known; then those of others are believed, too. */
static void finds_own_levels(void **state)
{
    (void)state;
    struct foreign_fixture fixture;
    foreign_fixture_init(&fixture);
    put_level(&fixture, 1, 2000, 3);
    put_level(&fixture, 2, 6000, 1);
    put_level(&fixture, 3, 10000, 2);
    foreign_fixture_expect_intact(&fixture);
    assert_string_equal(fixture.summary.foreign.delay_levels, "level 1 2s, level 2 6s");
    storemaker_done(&fixture.maker);
}

/* Levels that were changed while messages were there. */
static void takes_levels_that_were_changed(void **state)
{
    (void)state;
    struct foreign_fixture fixture;
    foreign_fixture_init(&fixture);
    put_level(&fixture, 1, 1000, 2);
    put_level(&fixture, 1, 2000, 3);
    foreign_fixture_expect_intact(&fixture);
    storemaker_done(&fixture.maker);
}

static void finds_units_that_do_not_agree(void **state)
{
    (void)state;
    static const struct {
        int64_t delay_ms;
        uint32_t count;
    } cases[] = {
        {2000, 2},        /* too few */
        {2001, 4},        /* no whole second */
        {0, 4},           /* at once */
        {-5000, 4},       /* before it was stored */
        {40000000000, 4}, /* in more than a year */
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct foreign_fixture fixture;
        foreign_fixture_init(&fixture);
        put_level(&fixture, 2, 5000, 1);
        put_level(&fixture, 1, cases[i].delay_ms, cases[i].count);
        foreign_fixture_expect(&fixture, PROPERTY_BIT(QUEUE_TRUE) | PROPERTY_BIT(REBUILD_EQUAL),
                               "is the wrong due time, expected 1767225601000");
        storemaker_done(&fixture.maker);
    }
}

static void judges_by_the_levels_that_are_given(void **state)
{
    (void)state;
    struct foreign_fixture fixture;
    foreign_fixture_init(&fixture);
    put_level(&fixture, 1, 2000, 3);
    put_level(&fixture, 2, 60000, 3);
    put_level(&fixture, 9, 86400000, 1);
    fixture.options.delay_levels = "2s 1m  1d";
    foreign_fixture_expect_intact(&fixture);
    fixture.options.delay_levels = "2s 61s 1d";
    foreign_fixture_expect(&fixture, PROPERTY_BIT(QUEUE_TRUE) | PROPERTY_BIT(REBUILD_EQUAL),
                           "is the wrong due time, expected 1767225661000");
    fixture.options.delay_levels = "2s 1m";
    foreign_fixture_expect(&fixture, PROPERTY_BIT(QUEUE_TRUE) | PROPERTY_BIT(REBUILD_EQUAL),
                           "is the wrong due time, expected 1767225660000");
    storemaker_done(&fixture.maker);
}

static void refuses_what_is_no_list_of_levels(void **state)
{
    (void)state;
    static const char *const texts[] = {"",     " ",     "1",   "s",          "1x",
                                        "1s2s", "1s,2s", "-1s", "1234567890s"};
    for (size_t i = 0; i < TEST_COUNT(texts); i++) {
        struct delay_levels levels = {0};
        struct err err = ERR_INIT;
        test_code(delay_levels_parse(&levels, texts[i], &err), ERR_USAGE);
        assert_true(err.text[0] != '\0');
    }
    struct foreign_fixture fixture;
    foreign_fixture_init(&fixture);
    put_level(&fixture, 1, 1000, 1);
    fixture.options.delay_levels = "1y";
    test_code(foreign_fixture_run(&fixture), ERR_USAGE);
    storemaker_done(&fixture.maker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_the_levels_of_rocketmq),
        cmocka_unit_test(finds_own_levels),
        cmocka_unit_test(takes_levels_that_were_changed),
        cmocka_unit_test(finds_units_that_do_not_agree),
        cmocka_unit_test(judges_by_the_levels_that_are_given),
        cmocka_unit_test(refuses_what_is_no_list_of_levels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
