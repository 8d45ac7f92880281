/* Crashes along a case: a sound store bears all of them, and one that does not sync does not. */
#include "harness/figures/figures_crash.h"
#include "harness/reenact/tests/fixture.h"

static struct fixture fixture;
static struct figures figures;

static uint32_t try_all(const char *name, const char *applied, const char *plan)
{
    uint32_t bad = 0;
    memset(&figures, 0, sizeof(figures));
    fixture_run(&fixture, name, applied, plan);
    figures_take(fixture.reenact, &figures);
    figures_crash_try(fixture.reenact, &figures);
    for (uint32_t i = 0; i < figures.crash_count; i++) {
        bad += figures.crashes[i].outcome != OUTCOME_INTACT ? 1 : 0;
        assert_true(figures.crashes[i].op < figures.op_count);
    }
    fixture_done(&fixture);
    return bad;
}

static void a_sound_store_bears_each(void **state)
{
    (void)state;
    assert_int_equal(try_all("power-plain-sync", NULL, ""), 0);
    assert_true(figures.crash_positions > 50);
    assert_int_equal(figures.crash_count, 2 * figures.crash_positions);
}

static void without_syncs_what_was_answered_is_lost(void **state)
{
    struct plan plan;
    struct err err = ERR_INIT;
    const struct figures_crash *bad = NULL;
    (void)state;
    assert_true(try_all("power-plain-sync", "skip/commitlog/sync", "") > 50);
    for (uint32_t i = 0; i < figures.crash_count; i++) {
        assert_true(figures.crashes[i].outcome == OUTCOME_INTACT || !figures.crashes[i].is_kept);
        bad =
            figures.crashes[i].outcome != OUTCOME_INTACT && bad == NULL ? &figures.crashes[i] : bad;
    }
    /* And its plan is that of a case which ends just so. */
    assert_non_null(bad);
    test_ok(plan_parse(bad->plan, &points_engine, &plan, &err), err);
    fixture_run(&fixture, "power-plain-sync", "skip/commitlog/sync", bad->plan);
    assert_int_equal(fixture.reenact->end.outcome, bad->outcome);
    fixture_done(&fixture);
}

static void only_what_came_before_the_fault_is_tried(void **state)
{
    (void)state;
    assert_int_equal(try_all("power-plain-sync", NULL, "commitlog/append:2=kill"), 0);
    assert_true(figures.crash_count > 0);
    for (uint32_t i = 0; i < figures.crash_count; i++) {
        assert_true(figures.crashes[i].op < figures.strikes[0].before_op);
    }
}

static void one_that_ends_the_process_is_told_by_who_saw_it(void **state)
{
    (void)state;
    memset(&figures, 0, sizeof(figures));
    figures_crash_died(&figures, OUTCOME_CRASHED);
    assert_int_equal(figures.crash_count, 0);
    figures.crashes[3].op = 7;
    figures.in_flight = 4;
    figures_crash_died(&figures, OUTCOME_HUNG);
    assert_int_equal(figures.crash_count, 4);
    assert_int_equal(figures.crashes[3].outcome, OUTCOME_HUNG);
    assert_int_equal(figures.in_flight, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_store_bears_each),
        cmocka_unit_test(without_syncs_what_was_answered_is_lost),
        cmocka_unit_test(only_what_came_before_the_fault_is_tried),
        cmocka_unit_test(one_that_ends_the_process_is_told_by_who_saw_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
