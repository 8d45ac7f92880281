/* What a round's faults excuse: only an error that the store was given. */
#include "harness/plan/arm.h"
#include "harness/testkit/test.h"

static void only_an_error_that_was_returned_excuses_a_refusal(void **state)
{
    static const struct {
        const char *round;
        bool is_excuse;
    } rows[] = {
        {"commitlog/sync:1=eio", true},
        {"commitlog/append:1=enospc:on", true},
        {"commitlog/sync:1=sync-eio:clean", true},
        {"commitlog/sync:1=sync-eio:late", true},
        {"commitlog/sync:1=sync-lie", false},
        {"commitlog/sync:1=kill", false},
        {"commitlog/sync:1=power-loss:all:k1", false},
        {"commitlog/sync:1=sync-lie,commitlog/sync:2=eio", true},
    };
    struct arm *arm = calloc(1, sizeof(*arm));
    (void)state;
    assert_non_null(arm);
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        struct plan_round round;
        struct err err = ERR_INIT;
        test_row(rows[i].round);
        test_ok(plan_round_parse(rows[i].round, &points_engine, &round, &err), err);
        arm_round(arm, &round);
        assert_int_equal(arm_fired_count(arm), 0);
        assert_false(arm_has_errno_fired(arm));
        for (uint32_t k = 0; k < arm->fault_count; k++) {
            atomic_store(&arm->faults[k].fired, 1);
        }
        assert_int_equal(arm_fired_count(arm), round.hit_count);
        assert_int_equal(arm_has_errno_fired(arm), rows[i].is_excuse);
    }
    arm_round(arm, NULL);
    assert_false(arm_has_errno_fired(arm));
    free(arm);
}

/* The harness counts by itself: acknowledgements one by one, milliseconds in leaps. */
static void a_moment_that_is_reached_fires_its_fault_once(void **state)
{
    static const char plan[] = "put/acknowledged:3=kill,clock/ms:50=pod-kill:7";
    struct arm *arm = calloc(1, sizeof(*arm));
    struct plan_round round;
    struct err err = ERR_INIT;
    (void)state;
    assert_non_null(arm);
    test_ok(plan_round_parse(plan, &points_program, &round, &err), err);
    arm_round(arm, &round);
    /* Nothing counts before the round is on. */
    assert_null(arm_reach(arm, POINTS_CLOCK_MS, 60));
    assert_int_equal(atomic_load(&arm->hits[POINTS_CLOCK_MS]), 0);
    arm_set_active(arm, true);
    for (uint32_t i = 1; i <= 4; i++) {
        const struct fault *fault = arm_reach(arm, POINTS_PUT_ACKNOWLEDGED, i);
        assert_int_equal(fault != NULL, i == 3);
        assert_true(fault == NULL || fault->kind == FAULT_KILL);
    }
    assert_int_equal(atomic_load(&arm->hits[POINTS_PUT_ACKNOWLEDGED]), 4);
    assert_null(arm_reach(arm, POINTS_CLOCK_MS, 49));
    /* A leap over it is its moment, too; going back is none. */
    const struct fault *fault = arm_reach(arm, POINTS_CLOCK_MS, 55);
    assert_non_null(fault);
    assert_int_equal(fault->kind, FAULT_POD_KILL);
    assert_int_equal(fault->arg, 7);
    assert_null(arm_reach(arm, POINTS_CLOCK_MS, 54));
    assert_null(arm_reach(arm, POINTS_CLOCK_MS, 56));
    assert_int_equal(atomic_load(&arm->hits[POINTS_CLOCK_MS]), 56);
    assert_int_equal(arm_fired_count(arm), 2);
    free(arm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_an_error_that_was_returned_excuses_a_refusal),
        cmocka_unit_test(a_moment_that_is_reached_fires_its_fault_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
