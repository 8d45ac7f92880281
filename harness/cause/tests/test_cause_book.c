/* What is kept of failures as they come. */
#include "harness/cause/cause_book.h"
#include "harness/cause/tests/cause_fixture.h"

#define KILL "commitlog/append:2=kill"
#define LOSS "commitlog/append:2=power-loss:all:k1d1"

static void like_failures_are_one_row(void **state)
{
    struct cause_fixture fixture;
    (void)state;
    cause_fixture_open(&fixture);
    cause_fixture_scenario(&fixture, "one", 0);
    for (int i = 0; i < 3; i++) {
        cause_fixture_fail(&fixture, KILL, MECHANISM_BIT(UNIT_ZERO), MECHANISM_PLACE_QUEUES);
    }
    cause_fixture_fail(&fixture, LOSS, MECHANISM_BIT(UNIT_ZERO), MECHANISM_PLACE_QUEUES);
    assert_int_equal(cause_book_symptom_count(fixture.book), 1);
    assert_int_equal(cause_book_row_count(fixture.book), 2);
    assert_int_equal(cause_book_row(fixture.book, 0)->count, 3);
    assert_int_equal(cause_book_row(fixture.book, 0)->point, POINT_COMMITLOG_APPEND);
    assert_true(cause_book_row(fixture.book, 1)->is_lossy);
    cause_fixture_close(&fixture);
}

static void the_words_of_the_simplest_stay(void **state)
{
    struct cause_fixture fixture;
    (void)state;
    cause_fixture_open(&fixture);
    cause_fixture_scenario(&fixture, "two", 0);
    cause_fixture_fail(&fixture, KILL "+" KILL, MECHANISM_BIT(UNIT_ZERO), MECHANISM_PLACE_QUEUES);
    cause_fixture_scenario(&fixture, "one", 0);
    cause_fixture_fail(&fixture, "", MECHANISM_BIT(UNIT_ZERO), MECHANISM_PLACE_QUEUES);
    cause_fixture_scenario(&fixture, "later", 0);
    cause_fixture_fail(&fixture, KILL, MECHANISM_BIT(UNIT_ZERO), MECHANISM_PLACE_QUEUES);
    const struct campaign_simplest *simplest = &cause_book_symptom(fixture.book, 0)->simplest;
    assert_string_equal(simplest->scenario, "one");
    assert_string_equal(simplest->token, "one:");
    assert_int_equal(simplest->fault_count, 0);
    cause_fixture_close(&fixture);
}

/* The function is that of the engine, and not of the library in which it died. */
static void a_crash_is_known_by_its_function(void **state)
{
    struct cause_fixture fixture;
    (void)state;
    cause_fixture_open(&fixture);
    cause_fixture_scenario(&fixture, "one", 0);
    fixture.ended = (struct campaign_case){.end.outcome = OUTCOME_CRASHED, .end.signal = 11};
    (void)snprintf(fixture.ended.end.detail, sizeof(fixture.ended.end.detail),
                   "died\n  at memcpy at ??:0\n  at queue_put at store/queue/queue.c:12\n");
    for (int i = 0; i < 2; i++) {
        assert_int_equal(cause_book_add(fixture.book, fixture.scenario, &fixture.ended, 5, "one:"),
                         0);
    }
    const struct cause_symptom *symptom = cause_book_symptom(fixture.book, 0);
    assert_int_equal(cause_book_symptom_count(fixture.book), 1);
    assert_int_equal(symptom->mechanism, MECHANISM_COUNT);
    assert_int_equal(symptom->signal, 11);
    assert_string_equal(symptom->function, "queue_put");
    assert_int_equal(cause_book_row(fixture.book, 0)->count, 10);
    cause_fixture_close(&fixture);
}

/* A defect's scenario is bound to fail and says nothing of the engine; what fails without a defect,
 * and every control, does. */
static void what_fails_where_nothing_is_planted_is_unsound(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct cause_fixture fixture;
        cause_fixture_open(&fixture);
        cause_fixture_scenario(&fixture, "defect", 1);
        cause_fixture_fail(&fixture, "", MECHANISM_BIT(LOG_BEFORE_ACK), MECHANISM_PLACE_LOG);
        assert_false(cause_book_is_unsound(fixture.book));
        fixture.ended.role = i == 0 ? CAMPAIGN_ROLE_CONTROL : CAMPAIGN_ROLE_FAULT;
        fixture.ended.end.outcome = i == 2 ? OUTCOME_HARNESS_BROKEN : OUTCOME_VIOLATED;
        cause_fixture_scenario(&fixture, "plain", i == 0 ? 1 : 0);
        assert_int_equal(cause_book_add(fixture.book, fixture.scenario, &fixture.ended, 1, "t"), 0);
        assert_int_equal(cause_book_is_unsound(fixture.book), i < 2);
        cause_fixture_close(&fixture);
    }
}

/* What its own defect breaks is no failure of the scenario: what else breaks is. */
static void what_a_scenario_expects_is_no_symptom(void **state)
{
    struct cause_fixture fixture;
    (void)state;
    cause_fixture_open(&fixture);
    cause_fixture_scenario(&fixture, "defect", PROPERTY_BIT(BOUNDS));
    cause_fixture_fail(&fixture, "", MECHANISM_BIT(LOG_BEFORE_ACK) | MECHANISM_BIT(OFFSET_GAP),
                       MECHANISM_PLACE_LOG);
    assert_int_equal(cause_book_symptom_count(fixture.book), 1);
    assert_int_equal(cause_book_symptom(fixture.book, 0)->mechanism, MECHANISM_LOG_BEFORE_ACK);
    cause_fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(like_failures_are_one_row),
        cmocka_unit_test(the_words_of_the_simplest_stay),
        cmocka_unit_test(a_crash_is_known_by_its_function),
        cmocka_unit_test(what_fails_where_nothing_is_planted_is_unsound),
        cmocka_unit_test(what_a_scenario_expects_is_no_symptom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
