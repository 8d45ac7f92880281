/* The JSON document parses, begins with its version, and has an object a line in its lists. */
#include "harness/testkit/test.h"
#include "reports/json.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

static struct collect *campaign(void)
{
    struct collect *collect = collect_new();
    struct listener listener = collect_listener(collect);
    struct campaign_scenario scenario;
    struct campaign_case ended;
    struct err err = ERR_INIT;

    memset(&scenario, 0, sizeof(scenario));
    (void)snprintf(scenario.name, sizeof(scenario.name), "torn-tail");
    scenario.reached = UINT64_C(1) << EVENT_LOG_CUT;
    scenario.coverage[POINT_QUEUE_APPEND].hits = 3;
    scenario.explore = (struct campaign_explore){
        .traces = 2, .judged = 500, .distinct = 510, .duration_us = 10000};
    listener.campaign_began(listener.arg, 1, UINT64_MAX, 1);
    for (int i = 0; i < 3; i++) {
        memset(&ended, 0, sizeof(ended));
        assert_int_equal(plan_parse("queue/append:1=torn:4", &points_engine, &ended.plan, &err), 0);
        ended.role = CAMPAIGN_ROLE_FAULT;
        ended.end.outcome = i == 0 ? OUTCOME_VIOLATED : OUTCOME_INTACT;
        ended.passed = i != 0;
        ended.end.violated = i == 0 ? PROPERTY_BIT(BOUNDS) : 0;
        (void)snprintf(ended.end.detail, sizeof(ended.end.detail), "bounds: \"quoted\" \xff\n");
        listener.case_ended(listener.arg, &scenario, &ended, "s.aaaaaa@1:token");
    }
    listener.scenario_ended(listener.arg, &scenario);
    return collect;
}

static char *written(struct campaign_summary *summary)
{
    struct collect *collect = campaign();
    struct err err = ERR_INIT;
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    assert_int_equal(json_write(stream, collect, summary, &err), 0);
    (void)fclose(stream);
    collect_free(collect);
    return text;
}

static void document_parses_and_says_what_was_run(void **state)
{
    struct campaign_summary *summary = calloc(1, sizeof(*summary));
    json_error_t error;
    json_t *root;
    json_t *cell;
    json_t *cause;
    char *text;

    (void)state;
    assert_non_null(summary);
    summary->passed = 2;
    summary->failed = 1;
    summary->cause_count = 1;
    summary->causes[0].merged = MECHANISM_BIT(STALE_TAIL);
    summary->causes[0].kinds[FAULT_KIND_COUNT] = 4;
    text = written(summary);
    assert_ptr_equal(strstr(text, "{\n\"schema_version\": 3,"), text);
    root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    assert_non_null(root);
    assert_string_equal(json_string_value(json_object_get(root, "seed")), "ffffffffffffffff");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(root, "totals"), "passed")),
                     2);
    cell = json_array_get(json_object_get(root, "cells"), 0);
    assert_int_equal(json_array_size(json_object_get(root, "cells")), 1);
    assert_string_equal(json_string_value(json_object_get(cell, "point")), "queue/append");
    assert_string_equal(json_string_value(json_object_get(cell, "fault")), "torn");
    assert_int_equal(json_integer_value(json_object_get(cell, "cases")), 3);
    assert_int_equal(json_array_size(json_object_get(root, "failures")), 1);
    assert_int_equal(json_array_size(json_object_get(root, "causes")), 1);
    cause = json_array_get(json_object_get(root, "causes"), 0);
    assert_string_equal(json_string_value(json_object_get(cause, "mechanism")),
                        mechanism_name((enum mechanism)0));
    assert_string_equal(json_string_value(json_array_get(json_object_get(cause, "merged"), 0)),
                        "stale-tail");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(cause, "faults"), "none")),
                     4);
    assert_true(json_is_null(json_object_get(cause, "source")));
    assert_int_equal(json_object_size(json_object_get(root, "coverage")), POINT_COUNT);
    json_decref(root);
    free(text);
    free(summary);
}

/* Two tables are not added up: the whole is of the engine, each scenario of its own. */
static void each_scenario_is_counted_by_its_target_s_table(void **state)
{
    struct campaign_summary *summary = calloc(1, sizeof(*summary));
    struct collect *collect = campaign();
    struct listener listener = collect_listener(collect);
    struct campaign_scenario scenario = {.name = "outside", .target = "program:example"};
    struct campaign_case ended = {.role = CAMPAIGN_ROLE_FAULT};
    struct err err = ERR_INIT;
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    (void)state;
    assert_non_null(summary);
    scenario.coverage[0].hits = 99;
    assert_int_equal(plan_parse("put/acknowledged:1=kill", &points_program, &ended.plan, &err), 0);
    listener.case_ended(listener.arg, &scenario, &ended, "outside.aaaaaa@1@program/example:");
    listener.scenario_ended(listener.arg, &scenario);
    assert_int_equal(json_write(stream, collect, summary, &err), 0);
    (void)fclose(stream);
    collect_free(collect);

    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    const json_t *both = json_object_get(root, "scenarios");
    const json_t *own = json_object_get(json_array_get(both, 1), "coverage");
    assert_string_equal(json_string_value(json_object_get(json_array_get(both, 0), "target")),
                        "engine");
    assert_string_equal(json_string_value(json_object_get(json_array_get(both, 1), "target")),
                        "program:example");
    assert_int_equal(json_object_size(own), 1);
    assert_non_null(json_object_get(own, "put/acknowledged"));
    const json_t *whole = json_object_get(root, "coverage");
    assert_int_equal(json_object_size(whole), POINT_COUNT);
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(whole, "store/mkdir"), "hits")), 0);
    const json_t *cell = json_array_get(json_object_get(root, "cells"), 1);
    assert_string_equal(json_string_value(json_object_get(cell, "point")), "put/acknowledged");
    json_decref(root);
    free(text);
    free(summary);
}

/* A scenario that fails everywhere leaves room for the words of the next; what it shows first of a
 * property is kept all the same. */
static void words_of_a_scenario_s_failures_are_few(void **state)
{
    struct collect *collect = collect_new();
    struct listener listener = collect_listener(collect);
    struct campaign_scenario scenario = {.name = "all-fail"};
    struct campaign_case ended = {.role = CAMPAIGN_ROLE_FAULT};

    (void)state;
    assert_int_equal(plan_parse("queue/append:1=kill", &points_engine, &ended.plan, NULL), 0);
    ended.end.outcome = OUTCOME_VIOLATED;
    ended.end.violated = PROPERTY_BIT(BOUNDS);
    for (unsigned i = 0; i < COLLECT_SCENARIO_FAILURES_MAX + 5; i++) {
        listener.case_ended(listener.arg, &scenario, &ended, "s.aaaaaa@1:token");
    }
    const struct collect_scenario *seen = collect_scenario_at(collect, 0);
    assert_int_equal(seen->failure_count, COLLECT_SCENARIO_FAILURES_MAX);
    assert_int_equal(seen->failed, COLLECT_SCENARIO_FAILURES_MAX + 5);
    assert_int_equal(collect_failures_dropped(collect), 5);
    ended.end.violated = PROPERTY_BIT(STARTS);
    listener.case_ended(listener.arg, &scenario, &ended, "s.aaaaaa@1:token");
    ended.end.violated = PROPERTY_BIT(BOUNDS);
    assert_int_equal(plan_parse("queue/sync:1=kill", &points_engine, &ended.plan, NULL), 0);
    listener.case_ended(listener.arg, &scenario, &ended, "s.aaaaaa@1:token");
    seen = collect_scenario_at(collect, 0);
    assert_int_equal(seen->failure_count, COLLECT_SCENARIO_FAILURES_MAX + 2);
    collect_free(collect);
}

/* As the campaign says, with the list of what it left out. */
static void what_is_left_out_stands_in_totals_and_scenario(void **state)
{
    struct campaign_summary *summary = calloc(1, sizeof(*summary));
    struct campaign_scenario *scenario = calloc(1, sizeof(*scenario));
    struct collect *collect = collect_new();
    struct listener listener = collect_listener(collect);
    struct err err = ERR_INIT;

    (void)state;
    assert_non_null(summary);
    assert_non_null(scenario);
    for (int i = 0; i < 2; i++) {
        char *text = NULL;
        size_t size = 0;
        FILE *stream = open_memstream(&text, &size);

        summary->is_complete = i == 0;
        if (i == 1) {
            left_out_add(&scenario->left_out, LEFT_OUT_CASES, LEFT_OUT_UNIT_CASE, 5, "a sample");
            left_out_add_uncounted(&scenario->left_out, LEFT_OUT_CAPPED, LEFT_OUT_UNIT_POSITION,
                                   "");
            left_out_merge(&summary->left_out, &scenario->left_out);
        }
        listener.scenario_ended(listener.arg, scenario);
        assert_int_equal(json_write(stream, collect, summary, &err), 0);
        (void)fclose(stream);
        json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
        json_t *totals = json_object_get(root, "totals");
        json_t *seen = json_array_get(json_object_get(root, "scenarios"), 0);
        char *left_out = json_dumps(json_object_get(totals, "left_out"), JSON_COMPACT);

        assert_int_equal(json_is_true(json_object_get(totals, "complete")), i == 0);
        assert_true(
            json_equal(json_object_get(totals, "left_out"), json_object_get(seen, "left_out")));
        assert_string_equal(left_out,
                            i == 0 ? "[]"
                                   : "[{\"reason\":\"cases\",\"unit\":\"case\",\"count\":5,"
                                     "\"uncounted\":false,\"scenarios\":1,\"text\":\"a sample\"},"
                                     "{\"reason\":\"capped\",\"unit\":\"crash position\","
                                     "\"count\":0,\"uncounted\":true,\"scenarios\":1,\"text\":"
                                     "\"past the bound: families and samples only\"}]");
        free(left_out);
        json_decref(root);
        free(text);
    }
    collect_free(collect);
    free(scenario);
    free(summary);
}

static int64_t count_of(const json_t *object, const char *key)
{
    const json_t *found = json_object_get(object, key);

    assert_true(json_is_integer(found));
    return json_integer_value(found);
}

static void explored_counts_are_there_for_scenarios_that_explored_and_for_the_whole(void **state)
{
    struct campaign_summary *summary = calloc(1, sizeof(*summary));
    const json_t *explore;
    json_t *root;
    char *text;

    (void)state;
    assert_non_null(summary);
    text = written(summary);
    root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    assert_true(json_is_null(json_object_get(root, "explore")));
    explore = json_object_get(json_array_get(json_object_get(root, "scenarios"), 0), "explore");
    assert_int_equal(count_of(explore, "judged"), 500);
    assert_int_equal(count_of(explore, "not_judged"), 10);
    assert_int_equal(count_of(explore, "images_per_second"), 50000);
    assert_int_equal(count_of(explore, "capped"), 0);
    json_decref(root);
    free(text);
    summary->explore = (struct campaign_explore){.traces = 1, .digest = 0xfeed};
    text = written(summary);
    root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(root, "explore"), "digest")),
        "000000000000feed");
    json_decref(root);
    free(text);
    free(summary);
}

static void each_cell_is_a_line_of_its_own(void **state)
{
    struct campaign_summary *summary = calloc(1, sizeof(*summary));
    const char *line;
    char *text;

    (void)state;
    assert_non_null(summary);
    text = written(summary);
    line = strstr(text, "\"cells\": [\n");
    assert_non_null(line);
    line = strchr(line, '\n') + 1;
    assert_int_equal(line[0], '{');
    line += strcspn(line, "\n");
    assert_int_equal(line[-1], '}');
    free(text);
    free(summary);
}

static void full_device_is_an_error_and_not_silence(void **state)
{
    struct campaign_summary *summary = calloc(1, sizeof(*summary));
    struct collect *collect = campaign();
    struct err err = ERR_INIT;
    FILE *stream = fopen("/dev/full", "w");

    (void)state;
    assert_non_null(summary);
    assert_non_null(stream);
    assert_true(json_write(stream, collect, summary, &err) < 0);
    assert_non_null(strstr(err.text, "JSON"));
    (void)fclose(stream);
    collect_free(collect);
    free(summary);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(document_parses_and_says_what_was_run),
        cmocka_unit_test(each_scenario_is_counted_by_its_target_s_table),
        cmocka_unit_test(explored_counts_are_there_for_scenarios_that_explored_and_for_the_whole),
        cmocka_unit_test(each_cell_is_a_line_of_its_own),
        cmocka_unit_test(words_of_a_scenario_s_failures_are_few),
        cmocka_unit_test(what_is_left_out_stands_in_totals_and_scenario),
        cmocka_unit_test(full_device_is_an_error_and_not_silence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
