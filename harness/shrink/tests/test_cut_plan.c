/* Plans that get smaller while their scenario stays. */
#include "harness/shrink/cut_plan.h"
#include "harness/shrink/tests/shrink_case.h"

struct row {
    const char *text;
    const char *plan;
    const char *left; /* by cut_plan_faults */
};

static void leaves_out_what_does_not_matter(void **state)
{
    static const struct row rows[] = {
        /* The kill alone does nothing, the torn write does it. */
        {SHRINK_CASE_TORN, "commitlog/append:6=torn:16", "commitlog/append:6=torn:16"},
        {SHRINK_CASE_TORN, "commitlog/append:2=short:9,commitlog/append:6=torn:16",
         "commitlog/append:6=torn:16"},
        {SHRINK_CASE_TORN, "commitlog/append:2=kill+clock-jump:1h,commitlog/append:3=torn:16",
         "commitlog/append:3=torn:16"},
        /* This defect needs no fault: the restarts of the protocol show it. */
        {SHRINK_CASE_EMPTIED, "dledger/append:6=kill-after", ""},
    };
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        struct candidate *candidate = shrink_case_make(rows[i].text, rows[i].plan);
        struct trial trial;
        char text[PLAN_TEXT_SIZE_BYTES];
        test_row(rows[i].plan);
        shrink_case_begin(&trial, candidate);
        bool is_less = cut_plan_faults(&trial, candidate);
        assert_string_equal(shrink_case_plan(candidate, text), rows[i].left);
        assert_int_equal(is_less, strcmp(rows[i].plan, rows[i].left) != 0);
        assert_true(trial_fails(&trial, candidate));
        trial_done(&trial);
        free(candidate);
    }
}

static void brings_numbers_down(void **state)
{
    struct candidate *candidate = shrink_case_make(SHRINK_CASE_TORN, "commitlog/append:6=torn:16");
    struct trial trial;
    char text[PLAN_TEXT_SIZE_BYTES];
    (void)state;
    shrink_case_begin(&trial, candidate);
    assert_true(cut_plan_numbers(&trial, candidate));
    test_contains(shrink_case_plan(candidate, text), "commitlog/append:1=torn:");
    assert_in_range(candidate->token.plan.rounds[0].hits[0].fault.arg, 1, 16);
    assert_true(trial_fails(&trial, candidate));
    trial_done(&trial);
    free(candidate);
}

static void loses_as_little_as_can_be(void **state)
{
    struct candidate *candidate = shrink_case_make(SHRINK_CASE_LOST, SHRINK_CASE_LOST_PLAN);
    struct trial trial;
    (void)state;
    shrink_case_begin(&trial, candidate);
    assert_true(cut_plan_numbers(&trial, candidate));
    assert_in_range(candidate_size(candidate).dropped, 1, 4);
    assert_true(trial_fails(&trial, candidate));
    trial_done(&trial);
    free(candidate);
}

static void leaves_out_switches(void **state)
{
    struct candidate *candidate = shrink_case_make(SHRINK_CASE_TORN, "commitlog/append:6=torn:16");
    struct trial trial;
    (void)state;
    shrink_case_begin(&trial, candidate);
    (void)snprintf(candidate->token.switches[0], TOKEN_SWITCH_SIZE_BYTES, "no-offset-clip");
    candidate->token.switch_count = 1;
    assert_true(cut_plan_switches(&trial, candidate));
    assert_int_equal(candidate->token.switch_count, 0);
    assert_false(cut_plan_switches(&trial, candidate));
    trial_done(&trial);
    free(candidate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_out_what_does_not_matter),
        cmocka_unit_test(brings_numbers_down),
        cmocka_unit_test(loses_as_little_as_can_be),
        cmocka_unit_test(leaves_out_switches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
