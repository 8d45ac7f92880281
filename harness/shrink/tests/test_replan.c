/* The same moment in a smaller workload. */
#include "harness/shrink/replan.h"
#include "harness/shrink/tests/shrink_case.h"

/* Fewer messages: the sixth write is not there any more. */
static void a_torn_write_moves_along(void **state)
{
    struct candidate *candidate = shrink_case_make(SHRINK_CASE_TORN, "commitlog/append:6=torn:16");
    struct trial trial;
    struct err err = ERR_INIT;
    char text[PLAN_TEXT_SIZE_BYTES];
    (void)state;
    shrink_case_begin(&trial, candidate);
    candidate->scenario.phases[0].count = 2;
    test_ok(candidate_settle(candidate, &err), err);
    assert_false(trial_fails(&trial, candidate));
    assert_true(replan_find(&trial, candidate));
    test_contains(shrink_case_plan(candidate, text), "commitlog/append:2=torn:16");
    assert_true(trial_fails(&trial, candidate));
    trial_done(&trial);
    free(candidate);
}

static void a_power_loss_is_found_anew(void **state)
{
    struct candidate *candidate = shrink_case_make(SHRINK_CASE_LOST, SHRINK_CASE_LOST_PLAN);
    struct trial trial;
    struct err err = ERR_INIT;
    (void)state;
    shrink_case_begin(&trial, candidate);
    memset(candidate->scenario.phases[1].tags, 0, sizeof(candidate->scenario.phases[1].tags));
    candidate->scenario.phases[1].tag_count = 0;
    candidate->scenario.phases[1].body_size_bytes_min = 340;
    candidate->scenario.phases[1].body_size_bytes_max = 340;
    test_ok(candidate_settle(candidate, &err), err);
    assert_true(replan_find(&trial, candidate));
    assert_true(trial_fails(&trial, candidate));
    trial_done(&trial);
    free(candidate);
}

static void says_when_it_fails_no_more(void **state)
{
    struct candidate *candidate = shrink_case_make(SHRINK_CASE_TORN, "commitlog/append:6=torn:16");
    struct trial trial;
    struct err err = ERR_INIT;
    (void)state;
    shrink_case_begin(&trial, candidate);
    candidate->scenario.store.quirks = quirk_of_profile(QUIRK_PROFILE_FIXED);
    test_ok(candidate_settle(candidate, &err), err);
    assert_false(replan_find(&trial, candidate));
    /* Every write, at a few lengths, and not for ever. */
    assert_in_range(trial.count, 6, 80);
    trial_done(&trial);
    free(candidate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_torn_write_moves_along),
        cmocka_unit_test(a_power_loss_is_found_anew),
        cmocka_unit_test(says_when_it_fails_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
