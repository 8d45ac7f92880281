/* What a restart said that was wrong. */
#include "harness/reenact/decision.h"
#include "harness/reenact/tests/fixture.h"

static struct fixture fixture;

static struct decision find(enum mechanism mechanism)
{
    struct finding findings[32];
    struct blame blame;
    struct decision decision;
    size_t count = finding_parse(fixture.reenact->first_detail, findings, TEST_COUNT(findings));
    blame_find(fixture.reenact, mechanism, findings, count, &blame);
    decision_find(fixture.reenact, &blame,
                  finding_of(findings, count, mechanism_property(mechanism)), &decision);
    return decision;
}

static void a_refused_record_comes_before_the_cut(void **state)
{
    (void)state;
    uintptr_t stack[STACK_FRAMES_MAX];
    fixture_run(&fixture, "defects/dledger-dup-info-8032", NULL, "dledger/append:6=kill-after");
    struct decision decision = find(MECHANISM_UNIT_MISSING);
    assert_int_equal(decision.kind, BLAME_DECIDED);
    assert_int_equal(decision.event, EVENT_DUP_INFO_CHECK);
    assert_int_equal(decision.offset, 0);
    assert_true(blame_stack(fixture.reenact, &decision.blame, stack) > 3);
    fixture_done(&fixture);
}

static void a_cut_that_wrote_nothing_is_a_claim(void **state)
{
    (void)state;
    fixture_run(&fixture, "defects/cut-units-return-495", NULL,
                "queue/append:3=power-loss:all:d2k1");
    struct decision decision = find(MECHANISM_UNIT_DANGLING);
    assert_int_equal(decision.kind, BLAME_CLAIMED);
    assert_int_equal(decision.event, EVENT_QUEUE_CUT);
    assert_int_equal(decision.offset, 1);
    assert_string_equal(decision.queue, "topic-0/1");
    fixture_done(&fixture);
}

static void an_early_answer_is_no_decision_of_a_restart(void **state)
{
    (void)state;
    fixture_run(&fixture, "power-plain-sync", "skip/commitlog/sync", "");
    struct decision decision = find(MECHANISM_LOG_BEFORE_ACK);
    assert_int_equal(decision.kind, BLAME_NONE);
    fixture_done(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refused_record_comes_before_the_cut),
        cmocka_unit_test(a_cut_that_wrote_nothing_is_a_claim),
        cmocka_unit_test(an_early_answer_is_no_decision_of_a_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
