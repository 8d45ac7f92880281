/* A cause gets the line of its simplest case. */
#include "harness/cli/run/cause_lines.h"
#include "harness/testkit/test.h"

static void the_simplest_case_has_a_line(void **state)
{
    static struct scenario scenario;
    static struct campaign_cause causes[2];
    (void)state;
    struct err err = ERR_INIT;
    test_ok(scenario_load(TEST_SOURCE_DIR "/scenarios/defects/dledger-dup-info-8032.yaml",
                          &scenario, &err),
            err);
    causes[0].mechanism = MECHANISM_UNIT_MISSING;
    (void)snprintf(causes[0].simplest.token, sizeof(causes[0].simplest.token),
                   "dledger-dup-info-8032.%06x@5eed:dledger/append:6=kill-after",
                   (unsigned)scenario.hash24);
    causes[1].mechanism = MECHANISM_UNIT_MISSING;
    (void)snprintf(causes[1].simplest.token, sizeof(causes[1].simplest.token),
                   "no-such-scenario.000000@5eed:");
    cause_lines_find(&scenario, 1, causes, 2);
    test_contains(causes[0].source.file, "store/queue/");
    assert_true(causes[0].source.line > 0);
    test_contains(causes[0].caller.file, "store/recovery/");
    assert_int_equal(causes[1].source.line, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_simplest_case_has_a_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
