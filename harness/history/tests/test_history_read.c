/* What is asked of the history. */
#include "harness/history/history_read.h"
#include "harness/history/history_write.h"
#include "harness/testkit/test.h"

#include <string.h>

/* `seen`: whether the cause was; `us`: what the scenario took. */
static void add_night(struct history_db *db, unsigned number, bool is_seen, int us)
{
    char id[64];
    json_t *causes = json_array();
    json_t *report;
    json_t *run;

    if (is_seen) {
        (void)json_array_append_new(causes, json_pack("{ss ss s[s] s{ss ss} s{si}}", "fingerprint",
                                                      "0123456789ab", "text", "it broke",
                                                      "scenarios", "one", "simplest", "scenario",
                                                      "one", "token", "tok", "faults", "kill", 3));
    }
    report = json_pack(
        "{s{si si si} s{ss} s[{ss ss ss sb sb si s[s] ss si si si}] s[{ss ss ss ss si"
        " si si}] so}",
        "totals", "causes", (int)is_seen, "passed", 5, "failed", (int)is_seen, "identity",
        "worker_hash", "a", "scenarios", "name", "one", "hash", "aaaaaa", "switches", "", "ended",
        1, "as_expected", (int)!is_seen, "run", 6, "expect", "starts", "first_catch_token", "t",
        "first_catch_us", us / 10, "first_catch_cases", 2, "duration_us", us, "cells", "scenario",
        "one", "role", "fault", "point", "log/put", "fault", "kill", "cases", 6, "passed", 5,
        "failed", 1, "causes", causes);
    run = json_pack("{sb s[{ss ss si si si}]}", "usual", 1, "scenarios", "name", "one", "switches",
                    "", "cases", 6, "images", 2, "worker_us", us * 2);
    assert_non_null(report);
    assert_non_null(run);
    (void)snprintf(id, sizeof(id), "2026-11-%02uT020000Z-000000", number + 1);
    assert_int_equal(history_db_begin(db, NULL), 0);
    assert_int_equal(history_write_run(db, id, report, run, NULL), 0);
    assert_int_equal(history_db_commit(db, NULL), 0);
    json_decref(report);
    json_decref(run);
}

static struct history_db *make(void)
{
    struct history_db *db = NULL;

    assert_int_equal(history_db_open_memory(&db, NULL), 0);
    add_night(db, 0, false, 100);
    add_night(db, 1, true, 900);
    add_night(db, 2, true, 200);
    return db;
}

static const json_t *at(const json_t *object, const char *list, size_t index)
{
    const json_t *row = json_array_get(json_object_get(object, list), index);

    assert_non_null(row);
    return row;
}

static const char *text(const json_t *object, const char *key)
{
    const char *found = json_string_value(json_object_get(object, key));

    return found == NULL ? "" : found;
}

static int number(const json_t *object, const char *key)
{
    return (int)json_number_value(json_object_get(object, key));
}

static void the_whole_has_its_parts(void **state)
{
    struct history_db *db = make();
    json_t *figures = json_pack("[{ss sf ss}]", "name", "put", "value", 1.5, "unit", "us");
    json_t *all = NULL;

    (void)state;
    assert_int_equal(history_write_bench(db, "2026-11-01T00:00:00Z", "r", "s", figures, NULL), 0);
    json_decref(figures);
    assert_int_equal(history_read_all(db, 2, &all, NULL), 0);
    assert_int_equal(number(all, "runs"), 3);
    assert_string_equal(text(all, "newest"), "2026-11-03T020000Z-000000");
    assert_int_equal(json_array_size(json_object_get(all, "nights")), 2);
    assert_string_equal(text(at(all, "nights", 0), "id"), "2026-11-03T020000Z-000000");
    assert_int_equal(number(at(all, "nights", 0), "first_seen"), 0);
    assert_int_equal(number(at(all, "nights", 1), "first_seen"), 1);
    assert_string_equal(text(at(all, "causes", 0), "state"), "ongoing");
    assert_string_equal(text(at(all, "causes", 0), "first_seen"), "2026-11-02T02:00:00Z");
    assert_string_equal(text(at(all, "causes", 0), "last_run"), "2026-11-03T020000Z-000000");
    assert_int_equal(number(at(all, "causes", 0), "sightings"), 2);
    assert_int_equal(number(at(all, "slowest", 0), "mean_us"), 400);
    assert_int_equal(number(at(all, "catches", 0), "caught"), 3);
    assert_int_equal(number(at(all, "catches", 0), "mean_us"), 40);
    assert_string_equal(text(at(all, "bench", 0), "name"), "put");
    json_decref(all);
    db = history_db_close(db);
}

static void a_cause_is_found_by_its_beginning(void **state)
{
    struct history_db *db = make();
    struct err err = ERR_INIT;
    json_t *cause = NULL;

    (void)state;
    assert_int_equal(history_read_cause(db, "0123", &cause, NULL), 0);
    assert_string_equal(text(cause, "text"), "it broke");
    assert_int_equal(number(json_object_get(cause, "faults"), "kill"), 3);
    assert_int_equal(json_array_size(json_object_get(cause, "sighting_list")), 2);
    assert_string_equal(text(at(cause, "sighting_list", 0), "token"), "tok");
    json_decref(cause);
    assert_int_equal(history_read_cause(db, "99", &cause, &err), ERR_USAGE);
    assert_non_null(strstr(err.text, "99"));
    db = history_db_close(db);
}

static void a_scenario_has_its_counts(void **state)
{
    struct history_db *db = make();
    struct err err = ERR_INIT;
    json_t *scenario = NULL;

    (void)state;
    assert_int_equal(history_read_scenario(db, "one", 2, &scenario, NULL), 0);
    assert_int_equal(number(scenario, "runs"), 3);
    assert_int_equal(json_array_size(json_object_get(scenario, "nights")), 2);
    assert_string_equal(text(at(scenario, "cells", 0), "point"), "log/put");
    assert_int_equal(number(at(scenario, "cells", 0), "cases"), 18);
    assert_int_equal(number(at(scenario, "cells", 0), "failed"), 3);
    assert_int_equal(number(at(scenario, "cells", 0), "runs"), 3);
    json_decref(scenario);
    assert_int_equal(history_read_scenario(db, "none", 2, &scenario, &err), ERR_USAGE);
    db = history_db_close(db);
}

/* One slow night is no weight. */
static void weights_are_medians(void **state)
{
    struct history_db *db = make();
    json_t *rows = NULL;

    (void)state;
    assert_int_equal(history_read_weights(db, &rows, NULL), 0);
    assert_int_equal(json_array_size(rows), 1);
    assert_string_equal(text(json_array_get(rows, 0), "name"), "one");
    assert_int_equal(number(json_array_get(rows, 0), "worker_us"), 400);
    assert_int_equal(number(json_array_get(rows, 0), "cases"), 6);
    json_decref(rows);
    db = history_db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_whole_has_its_parts),
        cmocka_unit_test(a_cause_is_found_by_its_beginning),
        cmocka_unit_test(a_scenario_has_its_counts),
        cmocka_unit_test(weights_are_medians),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
