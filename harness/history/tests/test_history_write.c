/* What a report becomes in the tables. */
#include "harness/history/history_sql.h"
#include "harness/history/history_write.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>

#define ID "2026-11-27T020304Z-000001"

static json_t *parse(const char *text)
{
    json_error_t where;
    json_t *json = json_loads(text, 0, &where);

    if (json == NULL) {
        fail_msg("%d: %s", where.line, where.text);
    }
    return json;
}

static const char report_text[] =
    "{\"schema_version\": 3, \"seed\": \"5eed\", \"version\": \"1\","
    " \"totals\": {\"causes\": 0, \"passed\": 9, \"scenarios\": 2, \"duration_us\": 1000000},"
    " \"identity\": {\"worker_hash\": \"ab\", \"revision\": \"12\", \"dirty\": true},"
    " \"canary\": {\"run\": true, \"caught\": true}, \"explore\": {\"judged\": 70},"
    " \"scenarios\": ["
    "  {\"name\": \"one\", \"switches\": \"@x\", \"ended\": true, \"as_expected\": true,"
    "   \"run\": 5, \"duration_us\": 10, \"expect\": [\"starts\"], \"first_catch_token\": \"t\","
    "   \"first_catch_cases\": 3, \"first_catch_us\": 4, \"hash\": \"aaaaaa\"},"
    "  {\"name\": \"two\", \"switches\": \"@x\", \"ended\": true, \"as_expected\": true,"
    "   \"run\": 4, \"duration_us\": 30, \"first_catch_token\": null},"
    "  {\"name\": \"one\", \"switches\": \"@x\", \"ended\": false, \"as_expected\": true, \"pass\": 1,"
    "   \"run\": 2, \"duration_us\": 7}],"
    " \"cells\": ["
    "  {\"scenario\": \"one\", \"role\": \"fault\", \"point\": \"log/put\", \"fault\": \"kill\","
    "   \"cases\": 4, \"passed\": 3, \"failed\": 1, \"duration_us\": 77},"
    "  {\"scenario\": \"one\", \"role\": \"trace\", \"point\": null, \"fault\": null, \"cases\": 1,"
    "   \"passed\": 1},"
    "  {\"scenario\": \"two\", \"role\": \"trace\", \"point\": null, \"fault\": null, \"cases\": 1}],"
    " \"causes\": []}";

static const char run_text[] =
    "{\"schema_version\": 3, \"began\": \"2026-11-27T02:03:04Z\", \"state\": \"ended\","
    " \"usual\": true, \"host\": {\"workers\": 4}, \"scenarios\": ["
    "  {\"name\": \"two\", \"switches\": \"@x\", \"cases\": 4, \"images\": 0, \"worker_us\": 120}]}";

static int write(struct history_db *db, const char *id, const json_t *report, const json_t *run,
                 struct err *err)
{
    assert_int_equal(history_db_begin(db, NULL), 0);
    int r = history_write_run(db, id, report, run, err);
    if (r < 0) {
        history_db_rollback(db);
        return r;
    }
    return history_db_commit(db, err);
}

/* The first row of `sql`, its columns joined. */
static void assert_row(struct history_db *db, const char *sql, const char *expected)
{
    sqlite3_stmt *statement = NULL;
    char text[1024] = "";
    size_t used = 0;

    assert_int_equal(history_sql_prepare(history_db_handle(db), sql, &statement, NULL), 0);
    assert_int_equal(history_sql_step(statement, NULL), 1);
    for (int i = 0; i < sqlite3_column_count(statement); i++) {
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", i == 0 ? "" : "|",
                                 sqlite3_column_type(statement, i) == SQLITE_NULL
                                     ? "null"
                                     : history_sql_text(statement, i));
    }
    (void)sqlite3_finalize(statement);
    assert_string_equal(text, expected);
}

static void a_report_is_taken_in(void **state)
{
    struct history_db *db = NULL;
    struct err err = ERR_INIT;
    json_t *report = parse(report_text);
    json_t *run = parse(run_text);

    (void)state;
    assert_int_equal(history_db_open_memory(&db, NULL), 0);
    assert_int_equal(write(db, ID, report, run, &err), 0);
    assert_int_equal(write(db, "2026-11-28T020304Z-000001", report, NULL, &err), 0);
    assert_row(db,
               "SELECT began, state, is_judged, revision, is_dirty, program, switches, workers,"
               " scenarios, passed, images FROM run WHERE key = 1",
               "2026-11-27T02:03:04Z|ended|1|12|1|ab@x|@x|4|2|9|70");
    assert_row(db, "SELECT began, workers FROM run WHERE key = 2", "2026-11-28T02:03:04Z|0");
    /* Passes are summed up; a time is kept where it says something of another run. */
    assert_row(db,
               "SELECT is_whole, is_catch, cases, duration_us, worker_us, catch_cases, catch_us"
               " FROM scenario WHERE name = 'one' AND run = 1",
               "1|1|7|17|null|3|4");
    assert_row(db, "SELECT worker_us, catch_cases FROM scenario WHERE name = 'two' AND run = 1",
               "120|null");
    /* The same counts of two nights stand there once, in an order of their own. */
    assert_row(db, "SELECT count(*) FROM cells", "2");
    assert_row(db,
               "SELECT rows FROM cells JOIN scenario s ON s.cells = cells.key WHERE s.name = 'one'",
               "[[\"fault\",\"log/put\",\"kill\",4,3,1,0,0],[\"trace\",null,null,1,1,0,0,0]]");
    json_decref(report);
    json_decref(run);
    db = history_db_close(db);
}

static void self_tests_and_shards_are_no_nights(void **state)
{
    static const char *const rows[] = {
        "{\"totals\": {\"self_test\": true}, \"causes\": []}",
        "{\"totals\": {}, \"causes\": [], \"shard\": {\"i\": 1, \"n\": 2}}",
    };
    struct history_db *db = NULL;

    (void)state;
    assert_int_equal(history_db_open_memory(&db, NULL), 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_t *report = parse(rows[i]);

        assert_int_equal(write(db, ID, report, NULL, NULL), 0);
        json_decref(report);
    }
    assert_row(db, "SELECT count(*) FROM run", "0");
    db = history_db_close(db);
}

/* Nothing of it is taken in. */
static void a_report_that_is_none_is_refused(void **state)
{
    static const char *const rows[] = {
        "{\"totals\": {}, \"scenarios\": [{\"run\": 1}], \"causes\": []}",
        "{\"totals\": {}, \"causes\": [{\"text\": \"x\"}]}",
        "{\"totals\": {}, \"causes\": [{\"fingerprint\": \"x\"}]}",
        "{\"totals\": {}, \"causes\": [], \"cells\": [7]}",
    };
    struct history_db *db = NULL;

    (void)state;
    assert_int_equal(history_db_open_memory(&db, NULL), 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_t *report = parse(rows[i]);
        struct err err = ERR_INIT;

        assert_int_equal(write(db, ID, report, NULL, &err), ERR_USAGE);
        assert_true(err.text[0] != '\0');
        json_decref(report);
    }
    assert_row(db, "SELECT count(*) FROM run", "0");
    db = history_db_close(db);
}

static void put(const struct tmpdir *tmp, const char *id, const char *name, const char *text)
{
    char path[TMPDIR_PATH_SIZE_BYTES + 128];

    (void)snprintf(path, sizeof(path), "%s/%s", tmp->path, id);
    (void)mkdir(path, 0777);
    (void)snprintf(path, sizeof(path), "%s/%s/%s", tmp->path, id, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    (void)fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

/* Of a run that was killed before it could, or of a history that was lost. */
static void runs_that_are_missing_are_found(void **state)
{
    struct history_db *db = NULL;
    struct tmpdir tmp;
    uint32_t count = 0;

    (void)state;
    tmpdir_make(&tmp);
    put(&tmp, ID, "report.json", report_text);
    put(&tmp, ID, "run.json", run_text);
    put(&tmp, "2026-11-28T020304Z-000002", "report.json", report_text); /* not over yet */
    put(&tmp, "2026-11-28T020304Z-000003", "run.json", run_text);       /* was killed */
    put(&tmp, "2026-11-28T020304Z-000004", "report.json", "{\"totals\": 7}");
    put(&tmp, "2026-11-28T020304Z-000004", "run.json", run_text);
    assert_int_equal(history_db_open(tmp.path, &db, NULL), 0);
    assert_int_equal(history_write_missing(db, tmp.path, &count, NULL), 0);
    assert_int_equal(count, 1);
    assert_row(db, "SELECT id FROM run", ID);
    assert_int_equal(history_write_missing(db, tmp.path, &count, NULL), 0);
    assert_int_equal(count, 0);
    db = history_db_close(db);
    tmpdir_remove(&tmp);
}

static void figures_are_kept_by_their_time(void **state)
{
    struct history_db *db = NULL;
    json_t *figures = parse("[{\"name\": \"put\", \"value\": 1.5, \"unit\": \"us\", \"floor\": 3,"
                            " \"ratio\": 0.5, \"has_target\": true, \"met\": true}]");

    (void)state;
    assert_int_equal(history_db_open_memory(&db, NULL), 0);
    assert_int_equal(history_write_bench(db, "2026-11-22T02:00:01Z", "12", "here", figures, NULL),
                     0);
    assert_row(db,
               "SELECT at, revision, system, name, value, unit, floor, ratio, is_met FROM bench",
               "2026-11-22T02:00:01Z|12|here|put|1.5|us|3.0|0.5|1");
    json_decref(figures);
    db = history_db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_is_taken_in),
        cmocka_unit_test(self_tests_and_shards_are_no_nights),
        cmocka_unit_test(a_report_that_is_none_is_refused),
        cmocka_unit_test(runs_that_are_missing_are_found),
        cmocka_unit_test(figures_are_kept_by_their_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
