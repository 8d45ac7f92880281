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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_an_error_that_was_returned_excuses_a_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
