/* One bug's many faces are one cause; two bugs stay two. */
#include "harness/cause/cause_group.h"
#include "harness/cause/tests/cause_fixture.h"

#define KILL "commitlog/append:2=kill"
#define LOSS "commitlog/append:2=power-loss:all:k1d1"

static void nothing_failed_is_no_cause(void **state)
{
    struct cause_fixture fixture;
    (void)state;
    cause_fixture_open(&fixture);
    (void)cause_fixture_group(&fixture, 0);
    cause_fixture_close(&fixture);
}

/* A missing sync of the log: rules in traces, in images what the plug took, in what was derived
 * from it, and over many scenarios. */
static void a_missing_sync_is_one_cause(void **state)
{
    static const char *const names[] = {"plain", "async", "dledger"};
    struct cause_fixture fixture;
    (void)state;
    cause_fixture_open(&fixture);
    for (size_t i = 0; i < TEST_COUNT(names); i++) {
        cause_fixture_scenario(&fixture, names[i], 0);
        if (i != 1) {
            cause_fixture_fail(&fixture, "", MECHANISM_BIT(LOG_BEFORE_ACK), MECHANISM_PLACE_LOG);
        }
        cause_fixture_fail(&fixture, KILL, MECHANISM_BIT(LOG_AND_QUEUES_BEFORE_MARK),
                           MECHANISM_PLACE_LOG);
        if (i != 1) {
            cause_fixture_fail(&fixture, LOSS, MECHANISM_BIT(RECORD_LOST), MECHANISM_PLACE_LOG);
            cause_fixture_fail(&fixture, LOSS,
                               MECHANISM_BIT(UNIT_DANGLING) | MECHANISM_BIT(QUEUE_UNEQUAL),
                               MECHANISM_PLACE_QUEUES);
        }
    }
    const struct campaign_cause *cause = cause_fixture_group(&fixture, 1);
    assert_int_equal(cause->mechanism, MECHANISM_LOG_BEFORE_ACK);
    assert_int_equal(cause->place, MECHANISM_PLACE_LOG);
    assert_int_equal(cause->merged, MECHANISM_BIT(LOG_AND_QUEUES_BEFORE_MARK) |
                                        MECHANISM_BIT(RECORD_LOST) | MECHANISM_BIT(UNIT_DANGLING));
    assert_int_equal(cause->case_count, 9);
    assert_int_equal(cause->scenario_count, 3);
    assert_string_equal(cause->scenarios[2], "dledger");
    assert_string_equal(cause->simplest.token, "plain:");
    assert_int_equal(cause->kinds[FAULT_POWER_LOSS], 4);
    assert_int_equal(cause->points[POINT_COMMITLOG_APPEND], 7);
    cause_fixture_close(&fixture);
}

/* A kill loses nothing of the cache: a record that is gone after it has another cause than a sync
 * that came too late, though both are in one case. */
static void a_loss_without_a_power_loss_is_another_bug(void **state)
{
    struct cause_fixture fixture;
    (void)state;
    cause_fixture_open(&fixture);
    cause_fixture_scenario(&fixture, "plain", 0);
    cause_fixture_fail(&fixture, KILL, MECHANISM_BIT(LOG_BEFORE_ACK) | MECHANISM_BIT(RECORD_LOST),
                       MECHANISM_PLACE_LOG);
    (void)cause_fixture_group(&fixture, 2);
    cause_fixture_close(&fixture);
}

/* One breaks what the other could explain, but elsewhere. */
static void bugs_of_unlike_scenarios_stay_two(void **state)
{
    struct cause_fixture fixture;
    (void)state;
    cause_fixture_open(&fixture);
    cause_fixture_scenario(&fixture, "retention", 0);
    cause_fixture_fail(&fixture, KILL, MECHANISM_BIT(RECORD_LOST), MECHANISM_PLACE_LOG);
    cause_fixture_scenario(&fixture, "tags", 0);
    cause_fixture_fail(&fixture, KILL, MECHANISM_BIT(UNIT_ALTERED), MECHANISM_PLACE_QUEUES);
    (void)cause_fixture_group(&fixture, 2);
    cause_fixture_close(&fixture);
}

static void a_name_and_bytes_are_two_syncs(void **state)
{
    struct cause_fixture fixture;
    (void)state;
    cause_fixture_open(&fixture);
    cause_fixture_scenario(&fixture, "plain", 0);
    cause_fixture_fail(&fixture, "", MECHANISM_BIT(LOG_BEFORE_ACK), MECHANISM_PLACE_LOG);
    cause_fixture_scenario(&fixture, "rolling", 0);
    cause_fixture_fail(&fixture, "", MECHANISM_BIT(LOG_BEFORE_ACK),
                       MECHANISM_PLACE_LOG | ENDING_IS_NAME);
    const struct campaign_cause *causes = cause_fixture_group(&fixture, 2);
    assert_true(causes[0].is_name != causes[1].is_name);
    cause_fixture_close(&fixture);
}

/* Whoever does not heed an error of one call fails in many ways. */
static void faces_of_a_swallowed_error_are_one_cause(void **state)
{
    struct cause_fixture fixture;
    (void)state;
    cause_fixture_open(&fixture);
    cause_fixture_scenario(&fixture, "errors", 0);
    cause_fixture_fail(&fixture, "commitlog/read:1=eio", MECHANISM_BIT(UNIT_ZERO),
                       MECHANISM_PLACE_QUEUES);
    cause_fixture_fail(&fixture, "commitlog/read:2=eio", MECHANISM_BIT(TIME_BACK),
                       MECHANISM_PLACE_LOG);
    cause_fixture_scenario(&fixture, "others", 0);
    cause_fixture_fail(&fixture, "commitlog/read:2=eio", MECHANISM_BIT(RECORD_INVENTED),
                       MECHANISM_PLACE_LOG);
    const struct campaign_cause *cause = cause_fixture_group(&fixture, 1);
    assert_int_equal(cause->mechanism, MECHANISM_RECORD_INVENTED);
    cause_fixture_close(&fixture);
}

static void an_outcome_without_a_property_is_a_cause(void **state)
{
    struct cause_fixture fixture;
    (void)state;
    cause_fixture_open(&fixture);
    cause_fixture_scenario(&fixture, "plain", 0);
    cause_fixture_fail(&fixture, KILL, MECHANISM_BIT(RECORD_LOST), MECHANISM_PLACE_LOG);
    fixture.ended.end.outcome = OUTCOME_HUNG;
    assert_int_equal(cause_book_add(fixture.book, fixture.scenario, &fixture.ended, 1, "t"), 0);
    const struct campaign_cause *causes = cause_fixture_group(&fixture, 2);
    assert_int_equal(causes[1].mechanism, MECHANISM_COUNT);
    assert_int_equal(causes[1].outcome, OUTCOME_HUNG);
    cause_fixture_close(&fixture);
}

/* What a scenario shows that is not judged is no cause; its controls are. */
static void what_is_not_judged_is_no_cause(void **state)
{
    struct cause_fixture fixture;
    (void)state;
    cause_fixture_open(&fixture);
    cause_fixture_scenario(&fixture, "defect", 1);
    cause_fixture_fail(&fixture, KILL, MECHANISM_BIT(UNIT_ZERO), MECHANISM_PLACE_QUEUES);
    cause_fixture_fail(&fixture, KILL, MECHANISM_BIT(LOG_BEFORE_ACK), MECHANISM_PLACE_LOG);
    fixture.ended.role = CAMPAIGN_ROLE_CONTROL;
    assert_int_equal(cause_book_add(fixture.book, fixture.scenario, &fixture.ended, 1, "t"), 0);
    cause_book_leave_out(fixture.book, fixture.scenario);
    const struct campaign_cause *cause = cause_fixture_group(&fixture, 1);
    assert_int_equal(cause->mechanism, MECHANISM_LOG_BEFORE_ACK);
    assert_int_equal(cause->case_count, 1);
    cause_fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_failed_is_no_cause),
        cmocka_unit_test(a_missing_sync_is_one_cause),
        cmocka_unit_test(a_loss_without_a_power_loss_is_another_bug),
        cmocka_unit_test(bugs_of_unlike_scenarios_stay_two),
        cmocka_unit_test(a_name_and_bytes_are_two_syncs),
        cmocka_unit_test(faces_of_a_swallowed_error_are_one_cause),
        cmocka_unit_test(an_outcome_without_a_property_is_a_cause),
        cmocka_unit_test(what_is_not_judged_is_no_cause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
