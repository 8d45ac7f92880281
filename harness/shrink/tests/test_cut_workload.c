/* Workloads that get smaller. */
#include "harness/shrink/cut_workload.h"
#include "harness/shrink/tests/shrink_case.h"

struct row {
    const char *text;
    const char *plan;
    uint32_t messages_max;
    uint32_t phases_max;
};

static void few_messages_are_left(void **state)
{
    static const struct row rows[] = {
        {SHRINK_CASE_TORN, "commitlog/append:6=torn:16", 1, 1},
        {SHRINK_CASE_EMPTIED, "dledger/append:6=kill-after", 2, 2},
        /* Needs a second file of the log: the files get smaller. */
        {SHRINK_CASE_LOST, SHRINK_CASE_LOST_PLAN, 4, 4},
    };
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        struct candidate *candidate = shrink_case_make(rows[i].text, rows[i].plan);
        struct trial trial;
        struct err err = ERR_INIT;
        test_row(candidate->scenario.name);
        shrink_case_begin(&trial, candidate);
        test_code(cut_workload_run(&trial, candidate, &err), 1);
        const struct candidate_size size = candidate_size(candidate);
        assert_in_range(size.messages, 0, rows[i].messages_max);
        assert_in_range(size.phases, 1, rows[i].phases_max);
        assert_int_equal(size.queues, 1);
        assert_int_equal(candidate->scenario.producers, 1);
        assert_true(trial_fails(&trial, candidate));
        /* Nothing is left to do. */
        test_code(cut_workload_run(&trial, candidate, &err), 0);
        trial_done(&trial);
        free(candidate);
    }
}

static void stays_as_it_is_without_time(void **state)
{
    struct candidate *candidate = shrink_case_make(SHRINK_CASE_TORN, "commitlog/append:6=torn:16");
    struct trial trial;
    struct err err = ERR_INIT;
    uint32_t before = candidate->scenario.hash24;
    (void)state;
    shrink_case_begin(&trial, candidate);
    trial.end_us = 0;
    test_code(cut_workload_run(&trial, candidate, &err), 0);
    assert_int_equal(candidate->scenario.hash24, before);
    trial_done(&trial);
    free(candidate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_messages_are_left),
        cmocka_unit_test(stays_as_it_is_without_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
