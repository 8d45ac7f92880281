/* Two questions to the tables (history_trend.h). */
#include "harness/history/history_trend.h"

#include "harness/history/history_sql.h"

/* What was called with other options, or on some scenarios only, shows another number of cases. */
static const char runs_sql[] =
    "SELECT * FROM (SELECT r.id, r.began, r.passed + r.failed + r.skipped AS cases, r.failed,"
    " r.causes, r.unexpected, r.duration_us FROM run r, run this WHERE this.id = ?1 AND r.id <= ?1"
    " AND r.switches = this.switches AND r.is_whole_suite IS this.is_whole_suite AND"
    " (r.is_whole_suite OR r.scenarios = this.scenarios) ORDER BY r.id DESC LIMIT ?2) ORDER BY id";

static const char bench_sql[] =
    "SELECT name, value, unit, floor, floor_name, at, has_target AND NOT is_met AS is_missed FROM"
    " bench WHERE key IN (SELECT max(key) FROM bench GROUP BY name) ORDER BY key";

int history_trend_runs(struct history_db *db, const char *id, uint32_t count_max, json_t **ret_rows,
                       struct err *err)
{
    sqlite3_stmt *statement = NULL;
    int r = history_sql_prepare(history_db_handle(db), runs_sql, &statement, err);
    if (r < 0) {
        return r;
    }
    r = history_sql_bind(statement, err, "ti", id, (int64_t)count_max);
    if (r < 0) {
        goto out;
    }
    r = history_sql_rows(statement, ret_rows, err);
out:
    (void)sqlite3_finalize(statement);
    return r;
}

int history_trend_bench(struct history_db *db, json_t **ret_rows, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    int r = history_sql_prepare(history_db_handle(db), bench_sql, &statement, err);
    if (r < 0) {
        return r;
    }
    r = history_sql_rows(statement, ret_rows, err);
    (void)sqlite3_finalize(statement);
    return r;
}
