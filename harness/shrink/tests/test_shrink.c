/* From a token's case to the smallest: end to end, twice the same, and what is refused. */
#include "harness/scenario/scenario_print.h"
#include "harness/shrink/shrink.h"
#include "harness/shrink/tests/shrink_case.h"

static struct shrink_result *shrink(const struct candidate *candidate, uint32_t budget_ms)
{
    const struct trial_options options = {.budget_ms = budget_ms};
    struct shrink_result *result = malloc(sizeof(*result));
    struct err err = ERR_INIT;
    assert_non_null(result);
    test_ok(shrink_run(&options, candidate, result, &err), err);
    return result;
}

/* The scenario as a file would have it, and the token over it: what a user replays. */
static void check_replays(const struct shrink_result *result)
{
    struct candidate *again = calloc(1, sizeof(*again));
    char *text = NULL;
    size_t size = 0;
    char token[TOKEN_TEXT_SIZE_BYTES];
    struct trial trial;
    struct err err = ERR_INIT;
    const struct trial_options options = {0};
    FILE *file = open_memstream(&text, &size);
    assert_non_null(again);
    assert_non_null(file);
    assert_int_equal(scenario_print(&result->candidate.scenario, file), 0);
    (void)fclose(file);
    test_ok(scenario_parse(text, size, "small.yaml", &again->scenario, &err), err);
    (void)token_print(&result->candidate.token, token, sizeof(token));
    test_ok(token_parse(token, &again->token, &err), err);
    assert_int_equal(again->token.hash24, again->scenario.hash24);
    test_ok(trial_init(&options, &trial, &err), err);
    trial.goal = result->goal;
    assert_true(trial_fails(&trial, again));
    trial_done(&trial);
    free(text);
    free(again);
}

struct row {
    const char *text;
    const char *plan;
    uint32_t messages_max;
    bool has_plan; /* in its file */
};

static void a_case_becomes_small_and_replays(void **state)
{
    static const struct row rows[] = {
        {SHRINK_CASE_EMPTIED, "dledger/append:6=kill-after", 2, true},
        {SHRINK_CASE_TORN, "commitlog/append:6=torn:16", 1, true},
        {SHRINK_CASE_LOST, SHRINK_CASE_LOST_PLAN, 4, true},
    };
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        struct candidate *candidate = shrink_case_make(rows[i].text, rows[i].plan);
        struct shrink_result *result = shrink(candidate, 0);
        test_row(candidate->scenario.name);
        assert_true(result->is_workload_changed);
        assert_false(result->is_cut);
        assert_in_range(result->after.size.messages, 0, rows[i].messages_max);
        assert_true(result->after.size.messages < result->before.size.messages);
        assert_int_equal(result->candidate.scenario.has_plan, rows[i].has_plan);
        test_contains(result->candidate.scenario.name, "-shrunk");
        assert_int_equal(result->candidate.scenario.expect, candidate->scenario.expect);
        assert_int_equal(result->candidate.scenario.store.quirks.defects,
                         candidate->scenario.store.quirks.defects);
        check_replays(result);
        free(result);
        free(candidate);
    }
}

/* To the byte, and in as many trials. */
static void the_same_case_shrinks_to_the_same(void **state)
{
    struct candidate *candidate = shrink_case_make(SHRINK_CASE_TORN, "commitlog/append:6=torn:16");
    struct shrink_result *result = shrink(candidate, 0);
    struct shrink_result *again = shrink(candidate, 0);
    (void)state;
    assert_memory_equal(&result->candidate.token, &again->candidate.token,
                        sizeof(result->candidate.token));
    assert_int_equal(result->candidate.scenario.hash24, again->candidate.scenario.hash24);
    assert_int_equal(result->tried, again->tried);
    free(again);
    free(result);
    free(candidate);
}

/* A moment is enough for something that fails. */
static void the_budget_ends_it(void **state)
{
    struct candidate *candidate = shrink_case_make(SHRINK_CASE_LOST, SHRINK_CASE_LOST_PLAN);
    struct shrink_result *result = shrink(candidate, 1);
    (void)state;
    assert_true(result->is_cut);
    check_replays(result);
    free(result);
    free(candidate);
}

static void says_what_it_does_not_shrink(void **state)
{
    static const char threads[] = "name: t\nstore: { services: threads }\n"
                                  "workload: { phases: [ { put: 3 } ] }\n";
    static const char program[] = "name: p\ntarget: program:example\n"
                                  "workload: { phases: [ { put: 3 } ] }\n";
    const struct trial_options options = {0};
    struct shrink_result *result = malloc(sizeof(*result));
    struct err err = ERR_INIT;
    (void)state;
    assert_non_null(result);
    struct candidate *candidate = shrink_case_make(SHRINK_CASE_TORN, "commitlog/append:6=kill");
    test_code(shrink_run(&options, candidate, result, &err), SHRINK_INTACT);
    free(candidate);
    candidate = shrink_case_make(threads, "");
    test_code(shrink_run(&options, candidate, result, &err), ERR_USAGE);
    test_contains(err.text, "threads do not replay exactly");
    free(candidate);
    candidate = shrink_case_make(program, "");
    test_code(shrink_run(&options, candidate, result, &err), ERR_USAGE);
    test_contains(err.text, "a program has its own clock");
    free(candidate);
    /* Not fired: nothing of the store failed. */
    candidate = shrink_case_make(SHRINK_CASE_TORN, "commitlog/append:99=kill");
    test_code(shrink_run(&options, candidate, result, &err), ERR_USAGE);
    test_contains(err.text, "not-fired");
    free(candidate);
    free(result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_case_becomes_small_and_replays),
        cmocka_unit_test(the_same_case_shrinks_to_the_same),
        cmocka_unit_test(the_budget_ends_it),
        cmocka_unit_test(says_what_it_does_not_shrink),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
