/* Which failures are the same. */
#include "harness/shrink/goal.h"
#include "harness/testkit/test.h"

static struct ending ended(enum outcome outcome, int32_t signal, uint64_t mechanisms)
{
    struct ending ending = {.outcome = outcome, .signal = signal, .mechanisms = mechanisms};
    ending.violated = mechanism_violated(mechanisms);
    return ending;
}

static void the_root_must_stay(void **state)
{
    const uint64_t lost = MECHANISM_BIT(RECORD_LOST);
    const uint64_t missing = MECHANISM_BIT(UNIT_MISSING);
    struct ending ending = ended(OUTCOME_VIOLATED, 0, lost | missing);
    struct goal goal = goal_of(&ending, 0);
    char text[GOAL_TEXT_SIZE_BYTES];
    (void)state;
    assert_true(goal_is_any(&goal));
    assert_true(goal_holds(&goal, &ending));
    assert_string_equal(goal_print(&goal, text), "acked-survives by record-lost");
    ending = ended(OUTCOME_VIOLATED, 0, lost);
    assert_true(goal_holds(&goal, &ending));
    /* Another bug, or more than one. */
    ending = ended(OUTCOME_VIOLATED, 0, missing);
    assert_false(goal_holds(&goal, &ending));
    ending = ended(OUTCOME_VIOLATED, 0, lost | MECHANISM_BIT(LOG_BEFORE_ACK));
    assert_false(goal_holds(&goal, &ending));
    ending = ended(OUTCOME_REFUSED, 0, lost);
    assert_false(goal_holds(&goal, &ending));
    ending = ended(OUTCOME_INTACT, 0, 0);
    assert_false(goal_holds(&goal, &ending));
}

/* What a defect's scenario is to show, whatever else breaks on the way. */
static void of_a_defect_what_it_is_to_show(void **state)
{
    const uint64_t missing = MECHANISM_BIT(UNIT_MISSING);
    struct ending ending = ended(OUTCOME_VIOLATED, 0, missing | MECHANISM_BIT(OFFSET_TWICE));
    struct goal goal = goal_of(&ending, PROPERTY_BIT(QUEUE_COMPLETE));
    (void)state;
    assert_int_equal(goal.mechanism, MECHANISM_UNIT_MISSING);
    ending = ended(OUTCOME_VIOLATED, 0, missing | MECHANISM_BIT(RECORD_LOST));
    assert_true(goal_holds(&goal, &ending));
    /* Nothing of it there: the root of what there is. */
    ending = ended(OUTCOME_VIOLATED, 0, MECHANISM_BIT(LOG_BEFORE_ACK) | missing);
    goal = goal_of(&ending, PROPERTY_BIT(STARTS));
    assert_int_equal(goal.mechanism, MECHANISM_LOG_BEFORE_ACK);
}

static void deaths_are_the_same_by_their_signal(void **state)
{
    struct ending ending = ended(OUTCOME_CRASHED, 11, 0);
    struct goal goal = goal_of(&ending, 0);
    char text[GOAL_TEXT_SIZE_BYTES];
    (void)state;
    assert_true(goal_is_any(&goal));
    assert_true(goal_holds(&goal, &ending));
    assert_string_equal(goal_print(&goal, text), "crashed by signal 11");
    ending.signal = 6;
    assert_false(goal_holds(&goal, &ending));
    ending = ended(OUTCOME_HUNG, 0, 0);
    goal = goal_of(&ending, 0);
    assert_true(goal_is_any(&goal));
    assert_string_equal(goal_print(&goal, text), "hung");
}

static void the_harness_is_no_goal(void **state)
{
    static const enum outcome outcomes[] = {OUTCOME_INTACT, OUTCOME_NOT_FIRED,
                                            OUTCOME_HARNESS_BROKEN, OUTCOME_SKIPPED};
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(outcomes); i++) {
        const struct ending ending = ended(outcomes[i], 0, 0);
        const struct goal goal = goal_of(&ending, 0);
        assert_false(goal_is_any(&goal));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_root_must_stay),
        cmocka_unit_test(of_a_defect_what_it_is_to_show),
        cmocka_unit_test(deaths_are_the_same_by_their_signal),
        cmocka_unit_test(the_harness_is_no_goal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
