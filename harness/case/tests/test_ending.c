#include "harness/case/ending.h"
#include "harness/testkit/test.h"

#include <string.h>

static const uint8_t places[MECHANISM_COUNT] = {
    [MECHANISM_UNIT_ZERO] = MECHANISM_PLACE_QUEUES,
};

static void what_was_noted_before_stays(void **state)
{
    (void)state;
    struct ending ending = {.violated = PROPERTY_BIT(BOUNDS), .detail = "bounds: of a round\n"};
    ending_judge(&ending, MECHANISM_BIT(UNIT_DANGLING) | MECHANISM_BIT(UNIT_ZERO),
                 MECHANISM_BIT(UNIT_ZERO), places, "queue-true: of the restart\n", true);
    assert_int_equal(ending.outcome, OUTCOME_VIOLATED);
    assert_int_equal(ending.violated, PROPERTY_BIT(BOUNDS) | PROPERTY_BIT(QUEUE_TRUE));
    assert_int_equal(ending.mechanisms, MECHANISM_BIT(UNIT_DANGLING) | MECHANISM_BIT(UNIT_ZERO));
    assert_int_equal(ending.first, MECHANISM_BIT(UNIT_ZERO));
    assert_int_equal(ending.places[MECHANISM_UNIT_ZERO], MECHANISM_PLACE_QUEUES);
    assert_string_equal(ending.detail, "bounds: of a round\n");
}

static void a_store_that_never_opened_is_refused(void **state)
{
    (void)state;
    static const struct {
        uint64_t mechanisms;
        bool has_opened;
        enum outcome outcome;
    } rows[] = {
        {MECHANISM_BIT(OPEN_REFUSED), false, OUTCOME_REFUSED},
        {MECHANISM_BIT(OPEN_REFUSED), true, OUTCOME_VIOLATED},
        {MECHANISM_BIT(NEXT_OFFSET), false, OUTCOME_VIOLATED},
        {0, false, OUTCOME_INTACT},
    };
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        struct ending ending = {0};
        ending_judge(&ending, rows[i].mechanisms, 0, places, "", rows[i].has_opened);
        assert_int_equal(ending.outcome, rows[i].outcome);
    }
}

static void a_failure_is_the_outcome(void **state)
{
    (void)state;
    struct ending ending = {0};
    ending_judge(&ending, MECHANISM_BIT(OFFSET_GAP), 0, places, "bounds: wrong\n", true);
    ending_fail(&ending, OUTCOME_CRASHED, 11, "died");
    assert_int_equal(ending.outcome, OUTCOME_CRASHED);
    assert_int_equal(ending.signal, 11);
    assert_string_equal(ending.detail, "died");
    ending_clear(&ending);
    assert_int_equal(ending.outcome, OUTCOME_INTACT);
    assert_int_equal(ending.violated, 0);
    assert_int_equal(ending.mechanisms, 0);
    assert_string_equal(ending.detail, "");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_noted_before_stays),
        cmocka_unit_test(a_store_that_never_opened_is_refused),
        cmocka_unit_test(a_failure_is_the_outcome),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
