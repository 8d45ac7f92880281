/* What a run would only note, or find out when all is over, is a mistake with its place. */
#include "harness/scenario/scenario.h"
#include "harness/testkit/test.h"

#include <stdlib.h>
#include <string.h>

#define HEAD "workload: { phases: [ { put: 1 } ] }\n"
#define ROWS "faults: [ { point: \"*\", fault: [kill] } ]\n"

static int lint(const char *text, const char *path, struct err *err)
{
    struct scenario *scenario = calloc(1, sizeof(*scenario));
    int r;

    assert_non_null(scenario);
    r = scenario_lint(text, strlen(text), path, scenario, err);
    free(scenario);
    return r;
}

static void right_file_is_right(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    test_ok(lint("name: mine\n" HEAD ROWS, "some/where/mine.yaml", &err), err);
    test_ok(lint("name: mine\n" HEAD "plan: [ \"commitlog/append:1=kill\" ]\n", "mine.yaml", &err),
            err);
}

static void name_unlike_its_file_is_shown_with_its_place(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    test_code(lint("name: other\n" HEAD ROWS, "a/mine.yaml", &err), ERR_USAGE);
    test_contains(err.text, "a/mine.yaml:1:7: error: the scenario is called 'other' and its file "
                            "'mine'");
    test_contains(err.text, "\n  name: other\n        ^");
}

static void scenario_that_tries_nothing_is_a_mistake(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    test_code(lint("name: mine\n" HEAD, "mine.yaml", &err), ERR_USAGE);
    test_contains(err.text, "mine.yaml:1:1: error: neither 'faults' nor 'plan'");
    test_code(lint("name: mine\n" HEAD "faults: []\n", "mine.yaml", &err), ERR_USAGE);
    test_contains(err.text, "mine.yaml:3:9: error: neither 'faults' nor 'plan'");
}

static void what_no_run_takes_is_told_as_there(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    test_code(lint("name: mine\n" HEAD "faults: [ { point: dledger/append, fault: [kill] } ]\n",
                   "mine.yaml", &err),
              ERR_USAGE);
    test_contains(err.text, "mine.yaml:3:11: error: 'dledger/append' is of the mode dledger");
    test_code(lint("name: mine\nworkload: { phases: [ { put: 1, body: 9..3B } ] }\n" ROWS,
                   "mine.yaml", &err),
              ERR_USAGE);
    test_contains(err.text, "'9..3B' is reversed");
}

static void name_of_a_path(void **state)
{
    char name[TOKEN_NAME_SIZE_BYTES];
    char path[200];

    (void)state;
    assert_string_equal(scenario_file_name("a.b/c.yaml", name), "c");
    assert_string_equal(scenario_file_name("c", name), "c");
    assert_string_equal(scenario_file_name(".yaml", name), ".yaml");
    assert_string_equal(scenario_file_name("x/", name), "");
    memset(path, 'a', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    assert_int_equal(strlen(scenario_file_name(path, name)), TOKEN_NAME_SIZE_BYTES - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_file_is_right),
        cmocka_unit_test(name_unlike_its_file_is_shown_with_its_place),
        cmocka_unit_test(scenario_that_tries_nothing_is_a_mistake),
        cmocka_unit_test(what_no_run_takes_is_told_as_there),
        cmocka_unit_test(name_of_a_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
