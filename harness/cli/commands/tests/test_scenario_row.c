/* Scenarios in words. */
#include "harness/cli/commands/scenario_row.h"
#include "harness/scenario/scenario.h"
#include "harness/testkit/test.h"

static json_t *row_of(const char *text)
{
    struct scenario *scenario = malloc(sizeof(*scenario));
    struct err err = ERR_INIT;
    assert_non_null(scenario);
    test_ok(scenario_parse(text, strlen(text), "x.yaml", scenario, &err), err);
    json_t *row = scenario_row_long(scenario, "./run.sh");
    free(scenario);
    return row;
}

static const char *text_of(const json_t *row, const char *key, size_t index)
{
    const json_t *value = json_object_get(row, key);
    return json_string_value(json_is_array(value) ? json_array_get(value, index) : value);
}

static void says_what_is_planted_and_struck(void **state)
{
    (void)state;
    json_t *row = row_of("name: x\n"
                         "summary: A unit torn in its tag code is believed.\n"
                         "store: { mode: dledger, flush: async, guards_off: [queue-heal] }\n"
                         "workload: { topics: 1, queues: 1, phases: [ { put: 2 } ] }\n"
                         "faults:\n"
                         "- { point: queue/append, fault: [kill, torn] }\n"
                         "- { point: dledger/sync, fault: [power-loss] }\n"
                         "expect: { violated: [queue-true] }\n");
    assert_string_equal(text_of(row, "name", 0), "x");
    assert_string_equal(text_of(row, "mode", 0), "dledger");
    assert_string_equal(text_of(row, "flush", 0), "async");
    assert_string_equal(text_of(row, "expect", 0), "queue-true");
    assert_string_equal(text_of(row, "plants", 0), "no-queue-heal");
    assert_string_equal(text_of(row, "faults", 0), "queue/append:kill,torn");
    assert_string_equal(text_of(row, "faults", 1), "dledger/sync:power-loss");
    test_contains(text_of(row, "cases", 0), "explored");
    assert_string_equal(text_of(row, "run it", 0), "./run.sh run x");
    json_decref(row);
}

static void says_the_profile_and_its_defects(void **state)
{
    (void)state;
    json_t *row = row_of("name: y\n"
                         "summary: What 5.3.3 does.\n"
                         "store: { mode: commitlog, flush: sync, profile: rocketmq-5.3.3 }\n"
                         "workload: { topics: 1, queues: 1, phases: [ { put: 2 } ] }\n"
                         "faults: [ { point: commitlog/append, fault: [kill] } ]\n");
    assert_string_equal(text_of(row, "expect", 0), "intact");
    assert_string_equal(text_of(row, "plants", 0), "profile rocketmq-5.3.3");
    assert_true(json_array_size(json_object_get(row, "plants")) > 3);
    test_contains(text_of(row, "cases", 0), "in processes");
    json_decref(row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_is_planted_and_struck),
        cmocka_unit_test(says_the_profile_and_its_defects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
