/* The table of mechanisms: names, properties, and which explains which. */
#include "harness/case/mechanism.h"
#include "harness/testkit/test.h"

static void every_mechanism_is_found_by_its_name(void **state)
{
    (void)state;
    for (unsigned i = 0; i < MECHANISM_COUNT; i++) {
        const char *name = mechanism_name((enum mechanism)i);
        assert_int_equal(mechanism_find(name), i);
        assert_true(strlen(mechanism_help((enum mechanism)i)) > strlen(name) / 2);
        assert_true(mechanism_property((enum mechanism)i) < PROPERTY_COUNT);
        /* One word may not mean two things to `explain`. */
        assert_int_equal(property_find(name), PROPERTY_COUNT);
    }
    assert_int_equal(mechanism_find("record-los"), MECHANISM_COUNT);
}

/* A property that no mechanism breaks could never be told. */
static void every_property_is_broken_by_one(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PROPERTY_COUNT; i++) {
        if ((mechanism_violated(~UINT64_C(0)) >> i & 1) == 0) {
            fail_msg("no mechanism breaks %s", property_name((enum property)i));
        }
    }
    assert_int_equal(mechanism_violated(0), 0);
    assert_int_equal(mechanism_violated(MECHANISM_BIT(RECORD_LOST) | MECHANISM_BIT(UNIT_ZERO)),
                     PROPERTY_BIT(ACKED_SURVIVES) | PROPERTY_BIT(QUEUE_TRUE));
}

/* Two that explain each other would both vanish, and with them the bug. */
static void each_explains_later_ones_only(void **state)
{
    (void)state;
    for (unsigned i = 0; i < MECHANISM_COUNT; i++) {
        uint64_t earlier = (UINT64_C(2) << i) - 1;
        if ((mechanism_explained((enum mechanism)i, true) & earlier) != 0) {
            fail_msg("%s explains itself or an earlier one", mechanism_name((enum mechanism)i));
        }
        assert_true(mechanism_explained((enum mechanism)i, true) >> (MECHANISM_COUNT - 1) <= 1);
    }
}

static void a_missing_sync_is_the_root_of_the_loss(void **state)
{
    (void)state;
    uint64_t set = MECHANISM_BIT(LOG_BEFORE_ACK) | MECHANISM_BIT(RECORD_LOST) |
                   MECHANISM_BIT(UNIT_DANGLING) | MECHANISM_BIT(QUEUE_UNEQUAL);
    assert_int_equal(mechanism_root(set), MECHANISM_LOG_BEFORE_ACK);
    assert_int_equal(mechanism_roots(set, true), MECHANISM_BIT(LOG_BEFORE_ACK));
    /* A kill leaves what is in the cache where it is: the loss has another cause. */
    assert_int_equal(mechanism_roots(set, false),
                     MECHANISM_BIT(LOG_BEFORE_ACK) | MECHANISM_BIT(RECORD_LOST));
    assert_int_equal(mechanism_root(0), MECHANISM_COUNT);
    assert_int_equal(mechanism_roots(0, true), 0);
}

/* What one cannot bring about stays a root beside it. */
static void unlike_bugs_are_two_roots(void **state)
{
    (void)state;
    uint64_t set = MECHANISM_BIT(COMMIT_WITHIN_PERIOD) | MECHANISM_BIT(COMMIT_LOST) |
                   MECHANISM_BIT(UNIT_SHIFTED) | MECHANISM_BIT(READ_OTHER);
    assert_int_equal(mechanism_roots(set, true),
                     MECHANISM_BIT(COMMIT_WITHIN_PERIOD) | MECHANISM_BIT(UNIT_SHIFTED));
}

static void a_path_has_a_place(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        enum mechanism_place place;
    } rows[] = {
        {"commitlog/00000000000000000000", MECHANISM_PLACE_LOG},
        {"dledger-n0/data/00000000000000000000", MECHANISM_PLACE_LOG},
        {"dledger-n0/index", MECHANISM_PLACE_INDEX},
        {"consumequeue/topic-0/0/00000000000000000000", MECHANISM_PLACE_QUEUES},
        {"config/consumerOffset.json.tmp", MECHANISM_PLACE_OFFSETS},
        {"", MECHANISM_PLACE_NONE},
        {"elsewhere", MECHANISM_PLACE_NONE},
    };
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        assert_int_equal(mechanism_place_of(rows[i].path), rows[i].place);
    }
    assert_string_equal(mechanism_place_name(MECHANISM_PLACE_LOG), "the log");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mechanism_is_found_by_its_name),
        cmocka_unit_test(every_property_is_broken_by_one),
        cmocka_unit_test(each_explains_later_ones_only),
        cmocka_unit_test(a_missing_sync_is_the_root_of_the_loss),
        cmocka_unit_test(unlike_bugs_are_two_roots),
        cmocka_unit_test(a_path_has_a_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
