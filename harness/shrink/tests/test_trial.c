/* Candidates that are run: how they end, what they cost, what they write. */
#include "harness/shrink/tests/shrink_case.h"

static void runs_and_compares(void **state)
{
    struct candidate *candidate = shrink_case_make(SHRINK_CASE_TORN, "commitlog/append:6=torn:16");
    struct trial trial;
    struct err err = ERR_INIT;
    (void)state;
    shrink_case_begin(&trial, candidate);
    assert_int_equal(trial.count, 2);
    assert_int_equal(trial.goal.mechanism, MECHANISM_RECORD_LOST);
    test_ok(plan_parse("commitlog/append:6=kill", &points_engine, &candidate->token.plan, &err),
            err);
    assert_false(trial_fails(&trial, candidate));
    /* A hit that is not there is no failure of the store. */
    test_ok(plan_parse("commitlog/append:60=torn:16", &points_engine, &candidate->token.plan, &err),
            err);
    assert_false(trial_fails(&trial, candidate));
    trial_done(&trial);
    free(candidate);
}

static void ends_with_its_budget(void **state)
{
    struct candidate *candidate = shrink_case_make(SHRINK_CASE_TORN, "commitlog/append:6=torn:16");
    struct trial trial;
    (void)state;
    shrink_case_begin(&trial, candidate);
    trial.end_us = 0;
    assert_true(trial_is_over(&trial));
    assert_false(trial_fails(&trial, candidate));
    assert_true(trial.is_cut);
    assert_int_equal(trial.count, 2);
    trial_done(&trial);
    free(candidate);
}

static void tells_the_sizes_of_writes(void **state)
{
    struct candidate *candidate = shrink_case_make(SHRINK_CASE_TORN, "commitlog/append:6=torn:16");
    struct trial trial;
    struct err err = ERR_INIT;
    uint64_t sizes[64] = {0};
    uint32_t append = points_find(&points_engine, "commitlog/append");
    (void)state;
    shrink_case_begin(&trial, candidate);
    test_ok(plan_parse("", &points_engine, &candidate->token.plan, &err), err);
    uint32_t count = trial_writes(&trial, candidate, 0, append, sizes, 64);
    assert_in_range(count, 6, 64);
    for (uint32_t i = 0; i < 6; i++) {
        assert_in_range(sizes[i], 64 + 100, 200 + 200);
    }
    assert_int_equal(trial_writes(&trial, candidate, 0, append, sizes, 4), 4);
    uint32_t sync = points_find(&points_engine, "commitlog/sync");
    assert_in_range(trial_writes(&trial, candidate, 0, sync, sizes, 64), 1, 64);
    assert_int_equal(sizes[0], 0);
    trial_done(&trial);
    free(candidate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_and_compares),
        cmocka_unit_test(ends_with_its_budget),
        cmocka_unit_test(tells_the_sizes_of_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
