/* Earlier nights of the same suite, and the newest figures. */
#include "harness/history/history_sql.h"
#include "harness/history/history_trend.h"
#include "harness/history/history_write.h"
#include "harness/testkit/test.h"

static struct history_db *db;

static void add_run(const char *id, const char *switches, int is_whole_suite, int failed)
{
    struct err err = ERR_INIT;
    test_ok(history_sql_run(history_db_handle(db), &err,
                            "INSERT INTO run(id, began, state, is_judged, program, switches,"
                            " is_whole_suite, scenarios, passed, failed, skipped, causes) VALUES"
                            " (?1, ?1, 'ended', 1, '', ?2, ?3, 5, 10, ?4, 0, 1)",
                            "ttii", id, switches, (int64_t)is_whole_suite, (int64_t)failed),
            err);
}

static void only_nights_like_this_one_are_its_trend(void **state)
{
    struct err err = ERR_INIT;
    json_t *rows = NULL;
    (void)state;
    test_ok(history_db_open_memory(&db, &err), err);
    add_run("1", "", 1, 1);
    add_run("2", "@other", 1, 2);
    add_run("3", "", 0, 3);
    add_run("4", "", 1, 4);
    add_run("5", "", 1, 5);
    test_ok(history_trend_runs(db, "4", 30, &rows, &err), err);
    assert_int_equal(json_array_size(rows), 2);
    const json_t *last = json_array_get(rows, 1);
    assert_string_equal(json_string_value(json_object_get(last, "began")), "4");
    assert_int_equal(json_integer_value(json_object_get(last, "cases")), 14);
    json_decref(rows);
    test_ok(history_trend_runs(db, "5", 2, &rows, &err), err);
    assert_int_equal(json_array_size(rows), 2);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(rows, 0), "failed")), 4);
    json_decref(rows);
    test_ok(history_trend_runs(db, "nobody", 2, &rows, &err), err);
    assert_int_equal(json_array_size(rows), 0);
    json_decref(rows);
    db = history_db_close(db);
}

static json_t *figure(const char *name, double value, int is_met)
{
    return json_pack("[{ss sf ss sf ss sf ss sb sb}]", "name", name, "value", value, "unit", "us",
                     "floor", 1.5, "floor_name", "fork", "ratio", 2.0, "target", "< 3",
                     "has_target", 1, "is_met", is_met);
}

static void each_figure_is_the_newest_of_its_name(void **state)
{
    struct err err = ERR_INIT;
    json_t *rows = NULL;
    (void)state;
    test_ok(history_db_open_memory(&db, &err), err);
    for (int i = 0; i < 3; i++) {
        json_t *figures = figure(i == 1 ? "put" : "case", i + 1.0, i != 2);
        test_ok(history_write_bench(db, "2026-11-22T02:00:01Z", "rev", "machine", figures, &err),
                err);
        json_decref(figures);
    }
    test_ok(history_trend_bench(db, &rows, &err), err);
    assert_int_equal(json_array_size(rows), 2);
    const json_t *row = json_array_get(rows, 1);
    assert_string_equal(json_string_value(json_object_get(row, "name")), "case");
    assert_true(json_number_value(json_object_get(row, "value")) > 2.9);
    assert_true(json_number_value(json_object_get(row, "floor")) > 1.4);
    json_decref(rows);
    db = history_db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_nights_like_this_one_are_its_trend),
        cmocka_unit_test(each_figure_is_the_newest_of_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
