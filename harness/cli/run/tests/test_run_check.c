/* Mistakes in a call of `run` are told before anything runs. */
#include "harness/cli/run/run_check.h"
#include "harness/testkit/test.h"

static void options_that_contradict_are_refused(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct supervisor_options campaign = {.budget_ms = 1000};
    test_ok(run_check_options(&campaign, &err), err);
    campaign.seed_count = 2;
    test_code(run_check_options(&campaign, &err), ERR_USAGE);
    test_contains(err.text, "--seeds");
    campaign = (struct supervisor_options){.dir = "/nowhere/at/all"};
    test_code(run_check_options(&campaign, &err), ERR_USAGE);
    test_contains(err.text, "/nowhere/at/all");
    campaign.dir = "/dev/null";
    test_code(run_check_options(&campaign, &err), ERR_USAGE);
    test_contains(err.text, "is not a directory");
}

static void words_must_fit_the_scenarios(void **state)
{
    static const char text[] =
        "name: a\nsummary: s\nworkload: { topics: 1, phases: [ { put: 1 } ] }\n"
        "faults: [ { point: \"*\", fault: [kill] } ]\n";
    (void)state;
    struct err err = ERR_INIT;
    struct scenario *scenario = calloc(1, sizeof(*scenario));
    struct supervisor_options campaign = {.switches = {"no-dir-sync"}, .switch_count = 1};
    assert_non_null(scenario);
    test_ok(scenario_parse(text, strlen(text), "a", scenario, &err), err);
    struct scenario_files files = {.scenarios = scenario, .count = 1};
    uint32_t hash24 = scenario->hash24;
    test_ok(run_check_scenarios(&files, NULL, &campaign, &err), err);
    assert_int_equal(scenario->hash24, hash24);
    campaign.switches[0] = "no-such";
    test_code(run_check_scenarios(&files, NULL, &campaign, &err), ERR_USAGE);
    test_contains(err.text, "scenario 'a'");
    test_code(run_check_scenarios(&files, "no-such", &campaign, &err), ERR_USAGE);
    scenario_files_done(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_that_contradict_are_refused),
        cmocka_unit_test(words_must_fit_the_scenarios),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
