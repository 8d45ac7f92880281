/* What was run before is known again, the newest first; whatever is damaged tells less. */
#include "harness/archive/past_runs.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <sys/stat.h>

#define ROW(name, cases) \
    "{\"name\":\"" name "\",\"switches\":\"\",\"cases\":" cases ",\"images\":7,\"worker_us\":2000}"

static void write_run(const struct tmpdir *tmp, const char *name, const char *text)
{
    char path[1024];
    FILE *stream;

    (void)snprintf(path, sizeof(path), "%s/%s", tmp->path, name);
    (void)mkdir(path, 0777);
    (void)snprintf(path, sizeof(path), "%s/%s/run.json", tmp->path, name);
    stream = fopen(path, "w");
    assert_non_null(stream);
    (void)fputs(text, stream);
    (void)fclose(stream);
}

static void newest_run_that_has_a_scenario_tells_of_it(void **state)
{
    struct tmpdir tmp;
    struct past_runs *past;

    (void)state;
    tmpdir_make(&tmp);
    write_run(&tmp, "2026-11-20T020001Z-aaaaaa",
              "{\"usual\":true,\"scenarios\":[" ROW("one", "10") "," ROW("two", "20") "]}");
    write_run(&tmp, "2026-11-22T020001Z-aaaaaa",
              "{\"usual\":true,\"scenarios\":[" ROW("one", "11") "]}");
    write_run(&tmp, "2026-11-23T020001Z-aaaaaa",
              "{\"usual\":false,\"scenarios\":[" ROW("one", "99") "]}");
    past = past_runs_read(tmp.path, NULL);
    assert_non_null(past);
    assert_int_equal(past_runs_find(past, "one", "")->cases, 11);
    assert_int_equal(past_runs_find(past, "two", "")->cases, 20);
    assert_int_equal(past_runs_find(past, "two", "")->images, 7);
    assert_int_equal(past_runs_find(past, "two", "")->worker_us, 2000);
    assert_int_equal(past_runs_find(past, "two", "@queue-heal")->cases, 20);
    assert_null(past_runs_find(past, "three", ""));
    past_runs_free(past);
    tmpdir_remove(&tmp);
}

static void table_tells_what_no_run_does(void **state)
{
    struct tmpdir tmp;
    struct past_runs *past;
    char table[1024];

    (void)state;
    tmpdir_make(&tmp);
    write_run(&tmp, "2026-11-20T020001Z-aaaaaa",
              "{\"usual\":true,\"scenarios\":[" ROW("one", "10") "]}");
    write_run(&tmp, "table",
              "{\"usual\":true,\"scenarios\":[" ROW("one", "5") "," ROW("two", "6") "]}");
    (void)snprintf(table, sizeof(table), "%s/table/run.json", tmp.path);
    past = past_runs_read(tmp.path, table);
    assert_int_equal(past_runs_find(past, "one", "")->cases, 10);
    assert_false(past_runs_find(past, "one", "")->is_of_table);
    assert_int_equal(past_runs_find(past, "two", "")->cases, 6);
    assert_true(past_runs_find(past, "two", "")->is_of_table);
    past_runs_free(past);
    tmpdir_remove(&tmp);
}

static void damaged_and_missing_files_tell_nothing(void **state)
{
    static const char *const damaged[] = {
        "",
        "{\"usual\":true,\"scenarios\":[",
        "[1]",
        "{\"usual\":true,\"scenarios\":7}",
        "{\"usual\":true,\"scenarios\":[1,null,{\"name\":3},{\"name\":\"one\"}]}",
        "{\"usual\":true,\"scenarios\":[{\"name\":\"one\",\"switches\":\"\",\"cases\":\"10\","
        "\"images\":1,\"worker_us\":1}]}",
        "{\"scenarios\":[" ROW("one", "10") "]}",
    };
    struct tmpdir tmp;
    struct past_runs *past;

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(damaged); i++) {
        test_row(damaged[i]);
        tmpdir_make(&tmp);
        write_run(&tmp, "2026-11-20T020001Z-aaaaaa", damaged[i]);
        past = past_runs_read(tmp.path, NULL);
        assert_null(past_runs_find(past, "one", ""));
        past_runs_free(past);
        tmpdir_remove(&tmp);
    }
    past = past_runs_read("/nonexistent/runs", "/nonexistent/table");
    assert_null(past_runs_find(past, "one", ""));
    assert_null(past_runs_free(past));
    assert_null(past_runs_free(NULL));
}

static void row_of_a_scenario_is_taken_back(void **state)
{
    struct campaign_scenario *scenario = calloc(1, sizeof(*scenario));
    struct tmpdir tmp;
    struct past_runs *past;
    json_t *run;
    char *text;

    (void)state;
    assert_non_null(scenario);
    tmpdir_make(&tmp);
    (void)snprintf(scenario->name, sizeof(scenario->name), "torn-tail");
    (void)snprintf(scenario->switches, sizeof(scenario->switches), "@no-queue-heal");
    scenario->run = 2670;
    scenario->explore.judged = 12;
    scenario->duration_us = 1500;
    run = json_pack("{sbs[o]}", "usual", 1, "scenarios", past_runs_row_json(scenario, 4));
    text = json_dumps(run, 0);
    write_run(&tmp, "2026-11-20T020001Z-aaaaaa", text);
    past = past_runs_read(tmp.path, NULL);
    assert_int_equal(past_runs_find(past, "torn-tail", "@no-queue-heal")->cases, 2670);
    assert_int_equal(past_runs_find(past, "torn-tail", "@no-queue-heal")->images, 12);
    assert_int_equal(past_runs_find(past, "torn-tail", "@no-queue-heal")->worker_us, 6000);
    assert_null(past_runs_find(past, "torn-tail", ""));
    scenario->is_cut_short = true;
    assert_null(past_runs_row_json(scenario, 4));
    scenario->is_cut_short = false;
    left_out_add(&scenario->left_out, LEFT_OUT_CASES, LEFT_OUT_UNIT_CASE, 7, "");
    assert_null(past_runs_row_json(scenario, 4));
    memset(&scenario->left_out, 0, sizeof(scenario->left_out));
    scenario->pass = 1;
    assert_null(past_runs_row_json(scenario, 4));
    free(text);
    json_decref(run);
    past_runs_free(past);
    tmpdir_remove(&tmp);
    free(scenario);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(newest_run_that_has_a_scenario_tells_of_it),
        cmocka_unit_test(table_tells_what_no_run_does),
        cmocka_unit_test(damaged_and_missing_files_tell_nothing),
        cmocka_unit_test(row_of_a_scenario_is_taken_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
