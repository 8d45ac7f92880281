/* A scenario that has no file is checked as one, and counted. */
#include "harness/shrink/candidate.h"
#include "harness/shrink/tests/shrink_case.h"

static void settles_as_its_text_would(void **state)
{
    struct candidate *candidate = shrink_case_make(SHRINK_CASE_EMPTIED, "");
    struct err err = ERR_INIT;
    uint32_t before = candidate->scenario.hash24;
    (void)state;
    test_ok(candidate_settle(candidate, &err), err);
    assert_int_equal(candidate->scenario.hash24, before);
    candidate->scenario.phases[0].count = 3;
    (void)snprintf(candidate->scenario.name, sizeof(candidate->scenario.name), "smaller");
    test_ok(candidate_settle(candidate, &err), err);
    assert_int_not_equal(candidate->scenario.hash24, before);
    assert_int_equal(candidate->token.hash24, candidate->scenario.hash24);
    assert_string_equal(candidate->token.scenario, "smaller");
    free(candidate);
}

/* What no file could say is refused here too. */
static void refuses_what_a_file_could_not_say(void **state)
{
    struct candidate *candidate = shrink_case_make(SHRINK_CASE_EMPTIED, "");
    struct err err = ERR_INIT;
    (void)state;
    candidate->scenario.phases[0].body_size_bytes_max = 70000;
    test_code(candidate_settle(candidate, &err), ERR_USAGE);
    test_contains(err.text, "do not fit a log file");
    free(candidate);
}

static void counts_what_people_count(void **state)
{
    struct candidate *candidate = shrink_case_make(
        SHRINK_CASE_LOST,
        "commitlog/append:1=kill+clock-jump:-1h,queue/append:3=power-loss:all:d2k1d4");
    const struct candidate_size size = candidate_size(candidate);
    (void)state;
    assert_int_equal(size.rounds, 2);
    assert_int_equal(size.faults, 2);
    assert_int_equal(size.steps, 1);
    assert_int_equal(size.messages, 12);
    assert_int_equal(size.phases, 6);
    assert_int_equal(size.queues, 1);
    assert_int_equal(size.dropped, 6);
    free(candidate);
}

static void applies_the_switches_of_the_token(void **state)
{
    struct candidate *candidate = shrink_case_make(SHRINK_CASE_TORN, "");
    struct scenario *applied = malloc(sizeof(*applied));
    struct err err = ERR_INIT;
    (void)state;
    assert_non_null(applied);
    (void)snprintf(candidate->token.switches[0], TOKEN_SWITCH_SIZE_BYTES, "weave/3");
    candidate->token.switch_count = 1;
    test_ok(candidate_apply(candidate, applied, &err), err);
    assert_int_equal(applied->weave, 3);
    assert_int_equal(candidate->scenario.weave, 0);
    (void)snprintf(candidate->token.switches[0], TOKEN_SWITCH_SIZE_BYTES, "nonsense");
    test_code(candidate_apply(candidate, applied, &err), ERR_USAGE);
    free(applied);
    free(candidate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settles_as_its_text_would),
        cmocka_unit_test(refuses_what_a_file_could_not_say),
        cmocka_unit_test(counts_what_people_count),
        cmocka_unit_test(applies_the_switches_of_the_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
