/* Questions to the tables (history_read.h). */
#include "harness/history/history_read.h"

#include "harness/history/history_recall.h"
#include "harness/history/history_sql.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define TEXT(number)    TEXT_OF(number)
#define TEXT_OF(number) #number

#define RECENT_SQL \
    "run IN (SELECT key FROM run ORDER BY id DESC LIMIT " TEXT(HISTORY_READ_RECENT) ")"

static const char nights_sql[] =
    "SELECT id, began, state, revision, is_dirty, switches, seed, scenarios, passed, failed,"
    " skipped, images, unexpected, causes, duration_us, exit_code, is_complete, is_whole_suite,"
    " (SELECT count(*) FROM sighting s WHERE s.run = r.key AND NOT EXISTS(SELECT 1 FROM sighting e"
    " JOIN run b ON b.key = e.run WHERE e.cause = s.cause AND b.id < r.id)) AS first_seen"
    " FROM run r ORDER BY id DESC LIMIT ?";

static const char slowest_sql[] =
    "SELECT name, count(*) AS runs, avg(duration_us) AS mean_us, max(duration_us) AS most_us"
    " FROM scenario WHERE " RECENT_SQL " GROUP BY name ORDER BY mean_us DESC LIMIT ?";

static const char catches_sql[] =
    "SELECT name, count(catch_us) AS caught, count(*) - count(catch_us) AS missed, avg(catch_us) AS"
    " mean_us, max(catch_us) AS most_us, avg(catch_cases) AS mean_cases FROM scenario WHERE"
    " is_catch AND is_whole AND " RECENT_SQL
    " GROUP BY name ORDER BY missed DESC, mean_us DESC LIMIT ?";

static const char bench_sql[] =
    "SELECT b.name, b.at, b.value, b.unit, b.floor, b.floor_name, b.ratio, b.is_met, b.revision,"
    " times, least, most FROM bench b JOIN (SELECT max(key) AS key, count(*) AS times, min(value) AS"
    " least, max(value) AS most FROM bench GROUP BY name) AS newest ON newest.key = b.key"
    " ORDER BY b.name LIMIT ?";

/* All rows of a question with one number. */
static int ask(struct history_db *db, const char *sql, int64_t limit, json_t *into, const char *key,
               struct err *err)
{
    sqlite3_stmt *statement = NULL;
    json_t *rows = NULL;
    int r = history_sql_prepare(history_db_handle(db), sql, &statement, err);

    if (r < 0) {
        return r;
    }
    r = history_sql_bind(statement, err, "i", limit);
    if (r == 0) {
        r = history_sql_rows(statement, &rows, err);
    }
    (void)sqlite3_finalize(statement);
    return r < 0 ? r
           : json_object_set_new(into, key, rows) == 0
               ? 0
               : err_set(err, -ENOMEM, "no memory for the history");
}

/* Questions with one word. */
static int ask_word(struct history_db *db, const char *sql, const char *word, json_t **ret_rows,
                    struct err *err)
{
    sqlite3_stmt *statement = NULL;
    int r = history_sql_prepare(history_db_handle(db), sql, &statement, err);

    if (r < 0) {
        return r;
    }
    r = history_sql_bind(statement, err, "t", word);
    if (r == 0) {
        r = history_sql_rows(statement, ret_rows, err);
    }
    (void)sqlite3_finalize(statement);
    return r;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text == NULL ? "" : text;
}

/* As of the newest run, which need not cover it. */
static int set_state(struct history_db *db, json_t *cause, const char *newest, struct err *err)
{
    struct history_recall recall;
    int r = history_recall_cause(db, text_of(cause, "fingerprint"), newest, &recall, err);

    if (r < 0) {
        return r;
    }
    json_t *more = json_pack(
        "{ss sb ss ss sI sI}", "state", campaign_state_name(recall.state.state), "is_covered",
        (int)recall.is_covered, "since", recall.since, "last_seen", recall.last_seen, "seen_runs",
        (json_int_t)recall.state.seen, "covered_runs", (json_int_t)recall.state.covered);
    if (json_object_update(cause, more) < 0) {
        r = err_set(err, -ENOMEM, "no memory for the history");
    }
    json_decref(more);
    return r;
}

static int set_states(struct history_db *db, json_t *all, struct err *err)
{
    json_t *causes = json_object_get(all, "causes");
    const char *newest = text_of(all, "newest");
    int r = 0;

    for (size_t i = 0; r == 0 && i < json_array_size(causes); i++) {
        r = set_state(db, json_array_get(causes, i), newest, err);
    }
    return r;
}

#define SEEN_BY_SQL \
    "EXISTS(SELECT 1 FROM sighting e WHERE e.cause = c.fingerprint AND e.run = r.key)"

/* Each with the words of its last sighting. */
#define CAUSES_SQL                                                                                 \
    "SELECT c.fingerprint, c.text, c.mechanism, c.property, c.place, (SELECT r.began FROM run r"   \
    " WHERE " SEEN_BY_SQL " ORDER BY r.id LIMIT 1) AS first_seen, (SELECT id FROM run WHERE key =" \
    " s.run) AS last_run, (SELECT count(*) FROM sighting e WHERE e.cause = c.fingerprint) AS"      \
    " sightings, s.scenario_count, s.cases, s.scenarios AS scenarios_json, s.faults AS"            \
    " faults_json, s.points AS points_json, s.token, s.detail, s.source AS source_json, s.capsule" \
    " FROM cause c JOIN sighting s ON s.cause = c.fingerprint AND s.run = (SELECT r.key FROM run"  \
    " r WHERE " SEEN_BY_SQL " ORDER BY r.id DESC LIMIT 1)"

static int read_head(struct history_db *db, json_t **ret_all, struct err *err)
{
    json_t *rows = NULL;
    int r = ask_word(db,
                     "SELECT count(*) AS runs, min(began) AS first, max(began) AS last, max(id) AS"
                     " newest, ? AS file FROM run",
                     history_db_path(db), &rows, err);

    if (r < 0) {
        return r;
    }
    *ret_all = json_incref(json_array_get(rows, 0));
    json_decref(rows);
    return json_object_set_new(*ret_all, "journal",
                               json_string(history_db_has_log(db) ? "wal" : "rollback"));
}

int history_read_all(struct history_db *db, uint32_t limit, json_t **ret_all, struct err *err)
{
    const struct {
        const char *key;
        const char *sql;
        int64_t limit;
    } parts[] = {
        {"nights", nights_sql, limit},
        {"causes", CAUSES_SQL " ORDER BY c.fingerprint LIMIT ?", -1},
        {"slowest", slowest_sql, limit},
        {"catches", catches_sql, -1},
        {"bench", bench_sql, -1},
    };
    json_t *all = NULL;
    int r = read_head(db, &all, err);

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && r == 0; i++) {
        r = ask(db, parts[i].sql, parts[i].limit, all, parts[i].key, err);
    }
    if (r == 0) {
        r = set_states(db, all, err);
    }
    if (r < 0) {
        json_decref(all);
        return r;
    }
    *ret_all = all;
    return 0;
}

static int find_cause(struct history_db *db, const char *word, json_t **ret_cause, struct err *err)
{
    json_t *rows = NULL;
    int r = ask_word(db, CAUSES_SQL " WHERE substr(c.fingerprint, 1, length(?1)) = ?1", word, &rows,
                     err);

    if (r < 0) {
        return r;
    }
    size_t count = json_array_size(rows);
    *ret_cause = json_incref(json_array_get(rows, 0));
    json_decref(rows);
    if (count == 1) {
        return 0;
    }
    json_decref(*ret_cause);
    *ret_cause = NULL;
    return count == 0
               ? err_set(err, ERR_USAGE,
                         "the history has no cause '%.64s' (`history` lists them, with what their "
                         "fingerprints are)",
                         word)
               : err_set(err, ERR_USAGE, "%zu causes begin with '%.64s': say more", count, word);
}

int history_read_cause(struct history_db *db, const char *word, json_t **ret_cause, struct err *err)
{
    static const char sightings_sql[] =
        "SELECT r.id, r.began, r.revision, r.is_dirty, r.switches, s.cases, s.scenario_count,"
        " s.scenarios AS scenarios_json, s.token, s.capsule FROM sighting s JOIN run r ON"
        " r.key = s.run WHERE s.cause = ? ORDER BY r.id DESC";
    json_t *sightings = NULL;
    json_t *cause = NULL;
    json_t *head = NULL;
    int r = find_cause(db, word, &cause, err);

    if (r < 0) {
        return r;
    }
    r = ask_word(db, sightings_sql, text_of(cause, "fingerprint"), &sightings, err);
    if (r < 0) {
        goto out;
    }
    (void)json_object_set_new(cause, "sighting_list", sightings);
    r = read_head(db, &head, err);
    if (r < 0) {
        goto out;
    }
    r = set_state(db, cause, text_of(head, "newest"), err);
out:
    json_decref(head);
    if (r < 0) {
        json_decref(cause);
        return r;
    }
    *ret_cause = cause;
    return 0;
}

int history_read_scenario(struct history_db *db, const char *name, uint32_t limit,
                          json_t **ret_scenario, struct err *err)
{
    static const char nights[] =
        "SELECT r.id, r.began, r.revision, r.switches, s.hash, s.is_whole, s.is_expected, s.cases,"
        " s.images, s.failed, s.duration_us, s.catch_cases, s.catch_us FROM scenario s JOIN run r ON"
        " r.key = s.run WHERE s.name = ? ORDER BY r.id DESC";
    static const char cells[] =
        "SELECT json_extract(j.value, '$[0]') AS role, json_extract(j.value, '$[1]') AS point, json_extract(j.value, '$[2]') AS fault,"
        " sum(json_extract(j.value, '$[3]')) AS cases, sum(json_extract(j.value, '$[4]')) AS passed, sum(json_extract(j.value, '$[5]')) AS failed,"
        " sum(json_extract(j.value, '$[6]')) AS broken, sum(json_extract(j.value, '$[7]')) AS skipped, count(DISTINCT s.run) AS"
        " runs FROM scenario s JOIN cells c ON c.key = s.cells, json_each(c.rows) j WHERE"
        " s.name = ? GROUP BY 1, 2, 3 ORDER BY failed DESC, cases DESC, point, fault";
    json_t *rows = NULL;
    json_t *counts = NULL;
    int r = ask_word(db, nights, name, &rows, err);

    if (r < 0) {
        return r;
    }
    if (json_array_size(rows) == 0) {
        json_decref(rows);
        return err_set(err, ERR_USAGE,
                       "the history has neither a cause nor a scenario '%.64s' (`history` lists "
                       "causes; `list scenarios` the others)",
                       name);
    }
    r = ask_word(db, cells, name, &counts, err);
    if (r < 0) {
        json_decref(rows);
        return r;
    }
    size_t all = json_array_size(rows);
    while (json_array_size(rows) > limit) {
        (void)json_array_remove(rows, json_array_size(rows) - 1);
    }
    *ret_scenario = json_pack("{ss sI so so}", "scenario", name, "runs", (json_int_t)all, "nights",
                              rows, "cells", counts);
    return *ret_scenario == NULL ? err_set(err, -ENOMEM, "no memory for the history") : 0;
}

int history_read_weights(struct history_db *db, json_t **ret_rows, struct err *err)
{
    /* Of the newest runs of each scenario: cases of the last, the median of the times. */
    static const char sql[] =
        "WITH lately AS (SELECT key, id FROM run WHERE switches = ? ORDER BY id DESC LIMIT 200),"
        " aged AS (SELECT name, cases, images, worker_us, row_number() OVER (PARTITION BY name ORDER"
        " BY l.id DESC) AS age FROM scenario s JOIN lately l ON l.key = s.run WHERE worker_us IS NOT"
        " NULL), ranked AS (SELECT *, row_number() OVER (PARTITION BY name ORDER BY worker_us) AS"
        " rank, count(*) OVER (PARTITION BY name) AS n, first_value(cases) OVER (PARTITION BY name"
        " ORDER BY age) AS c, first_value(images) OVER (PARTITION BY name ORDER BY age) AS i FROM"
        " aged WHERE age <= " TEXT(
            HISTORY_READ_RECENT) ")"
                                 " SELECT name, '' AS switches, c AS cases, i AS images, worker_us FROM ranked WHERE"
                                 " rank = (n + 1) / 2 ORDER BY name";

    return ask_word(db, sql, "", ret_rows, err);
}
