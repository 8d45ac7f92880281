/* From a report's JSON into the tables (history_write.h). */
#include "harness/history/history_write.h"

#include "harness/archive/run_file.h"
#include "harness/history/history_sql.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TIME_SIZE_BYTES 32
#define CELL_SIZE_BYTES 256

struct writing {
    sqlite3 *handle;
    const json_t *report;
    const json_t *run; /* NULL: none */
    const char *id;
    int64_t key;
};

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static int64_t number_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static int64_t is_set(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

/* "2026-11-22T020001Z-3f9a1c" began at "2026-11-22T02:00:01Z". */
static void began_of(const struct writing *writing, char text[TIME_SIZE_BYTES])
{
    const char *began = text_of(writing->run, "began");
    const char *id = writing->id;

    if (began != NULL || strlen(id) < 18) {
        (void)snprintf(text, TIME_SIZE_BYTES, "%.24s", began != NULL ? began : id);
    } else {
        (void)snprintf(text, TIME_SIZE_BYTES, "%.13s:%.2s:%.3s", id, id + 13, id + 15);
    }
}

/* Whether what it did not see was not there: of a harness that misses what it removed itself
 * nothing is believed, and of causes that found no room nobody knows which they were. */
static bool is_judged(const json_t *report)
{
    const json_t *totals = json_object_get(report, "totals");
    const json_t *canary = json_object_get(report, "canary");
    bool is_missed = is_set(canary, "run") != 0 && is_set(canary, "caught") == 0 &&
                     is_set(canary, "engine_failed") == 0;

    return !is_missed && is_set(totals, "interrupted") == 0 &&
           is_set(totals, "harness_broken") == 0 &&
           number_of(totals, "causes") ==
               (int64_t)json_array_size(json_object_get(report, "causes"));
}

static const char *switches_of(const json_t *report)
{
    const json_t *first = json_array_get(json_object_get(report, "scenarios"), 0);
    const char *switches = text_of(first, "switches");

    return switches == NULL ? "" : switches;
}

static int write_head(struct writing *writing, struct err *err)
{
    static const char sql[] =
        "INSERT INTO run(id, began, state, is_judged, version, revision, is_dirty, program,"
        " switches, seed, is_complete, is_whole_suite, workers, scenarios, passed, failed, skipped,"
        " images, unexpected, unreached, causes, duration_us, exit_code) VALUES(?,?,?,?,?,?,?,?,?,"
        "?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
    const json_t *report = writing->report;
    const json_t *totals = json_object_get(report, "totals");
    const json_t *identity = json_object_get(report, "identity");
    const char *worker = text_of(identity, "worker_hash");
    const char *state = text_of(writing->run, "state");
    const char *switches = switches_of(report);
    char began[TIME_SIZE_BYTES];
    char program[512] = "";

    began_of(writing, began);
    if (worker != NULL) {
        (void)snprintf(program, sizeof(program), "%.64s%.400s", worker, switches);
    }
    if (state == NULL) {
        state = is_set(totals, "interrupted") != 0 ? "interrupted" : "ended";
    }
    int r = history_sql_run(
        writing->handle, err, sql, "tttittitttiiiiiiiiiiiii", writing->id, began, state,
        (int64_t)is_judged(report), text_of(report, "version"), text_of(identity, "revision"),
        is_set(identity, "dirty"), program, switches, text_of(report, "seed"),
        is_set(totals, "complete"), is_set(totals, "whole_suite"),
        number_of(json_object_get(writing->run, "host"), "workers"), number_of(totals, "scenarios"),
        number_of(totals, "passed"), number_of(totals, "failed"), number_of(totals, "skipped"),
        number_of(json_object_get(report, "explore"), "judged"),
        number_of(totals, "unexpected_scenarios"), number_of(totals, "unreached_points"),
        number_of(totals, "causes"), number_of(totals, "duration_us"),
        number_of(totals, "exit_code"));
    writing->key = sqlite3_last_insert_rowid(writing->handle);
    return r;
}

/* Where another run of it would take as long: run.json has a row then. */
static const json_t *usual_row(const struct writing *writing, const char *name)
{
    const json_t *rows = json_object_get(writing->run, "scenarios");

    for (size_t i = 0; is_set(writing->run, "usual") != 0 && i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const char *called = text_of(row, "name");

        if (called != NULL && strcmp(called, name) == 0) {
            return row;
        }
    }
    return NULL;
}

/* A scenario of several passes is one row: the first's, with the sums of all. */
static int write_scenario(const struct writing *writing, sqlite3_stmt *insert, const json_t *row,
                          struct err *err)
{
    const char *name = text_of(row, "name");
    const char *caught = text_of(row, "first_catch_token");
    bool is_whole =
        is_set(row, "ended") != 0 && is_set(row, "cut_short") == 0 && is_set(row, "sympathy") == 0;
    const json_t *usual = name == NULL ? NULL : usual_row(writing, name);

    if (name == NULL) {
        return err_set(err, ERR_USAGE, "the report has a scenario without a name");
    }
    int r = history_sql_bind(
        insert, err, "itttiiiiiiippp", writing->key, name, text_of(row, "target"),
        text_of(row, "hash"), (int64_t)is_whole, is_set(row, "as_expected"),
        (int64_t)(json_array_size(json_object_get(row, "expect")) > 0), number_of(row, "run"),
        number_of(json_object_get(row, "explore"), "judged"), number_of(row, "failed"),
        number_of(row, "duration_us"), usual == NULL ? -1 : number_of(usual, "worker_us"),
        caught == NULL ? -1 : number_of(row, "first_catch_cases"),
        caught == NULL ? -1 : number_of(row, "first_catch_us"));
    return r < 0 ? r : history_sql_step(insert, err);
}

static int write_scenarios(const struct writing *writing, struct err *err)
{
    static const char sql[] =
        "INSERT INTO scenario(run, name, target, hash, is_whole, is_expected, is_catch, cases,"
        " images, failed, duration_us, worker_us, catch_cases, catch_us)"
        " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT(name, run) DO UPDATE SET"
        " is_expected = is_expected AND excluded.is_expected, cases = cases + excluded.cases,"
        " images = images + excluded.images, failed = failed + excluded.failed,"
        " duration_us = duration_us + excluded.duration_us";
    const json_t *rows = json_object_get(writing->report, "scenarios");
    sqlite3_stmt *insert = NULL;
    int r = history_sql_prepare(writing->handle, sql, &insert, err);

    for (size_t i = 0; r == 0 && i < json_array_size(rows); i++) {
        r = write_scenario(writing, insert, json_array_get(rows, i), err);
    }
    (void)sqlite3_finalize(insert);
    return r;
}

static int by_text(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

/* As one JSON text in an order of its own: workers end in any. */
static char *join_cells(char **cells, size_t count)
{
    size_t size_bytes = 3;
    size_t used = 0;
    char *text;

    qsort(cells, count, sizeof(*cells), by_text);
    for (size_t i = 0; i < count; i++) {
        size_bytes += strlen(cells[i]) + 1;
    }
    text = malloc(size_bytes);
    for (size_t i = 0; text != NULL && i < count; i++) {
        used +=
            (size_t)snprintf(text + used, size_bytes - used, "%c%s", i == 0 ? '[' : ',', cells[i]);
    }
    if (text != NULL) {
        (void)snprintf(text + used, size_bytes - used, "%s", count == 0 ? "[]" : "]");
    }
    return text;
}

/* All but times, which are never the same: most scenarios do every night what they did before. */
static char *print_cell(const json_t *cell)
{
    const char *point = text_of(cell, "point");
    const char *fault = text_of(cell, "fault");
    const char *role = text_of(cell, "role");
    json_t *row =
        json_pack("[s s? s? I I I I I]", role == NULL ? "" : role, point, fault,
                  (json_int_t)number_of(cell, "cases"), (json_int_t)number_of(cell, "passed"),
                  (json_int_t)number_of(cell, "failed"), (json_int_t)number_of(cell, "broken"),
                  (json_int_t)number_of(cell, "skipped"));
    char *text = row == NULL ? NULL : json_dumps(row, JSON_COMPACT | JSON_ENSURE_ASCII);

    json_decref(row);
    return text;
}

static int64_t hash_of(const char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (; *text != '\0'; text++) {
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    }
    return (int64_t)(hash >> 1);
}

/* The row of cells that says the same, made where there is none. */
static int find_cells(const struct writing *writing, const char *text, int64_t *ret_key,
                      struct err *err)
{
    sqlite3_stmt *find = NULL;
    int64_t hash = hash_of(text);
    int r = history_sql_prepare(writing->handle,
                                "SELECT key FROM cells WHERE hash = ? AND rows = ?", &find, err);

    if (r < 0) {
        return r;
    }
    r = history_sql_bind(find, err, "it", hash, text);
    if (r == 0) {
        r = history_sql_step(find, err);
    }
    if (r == 1) {
        *ret_key = sqlite3_column_int64(find, 0);
    }
    (void)sqlite3_finalize(find);
    if (r != 0) {
        return r < 0 ? r : 0;
    }
    r = history_sql_run(writing->handle, err, "INSERT INTO cells(hash, rows) VALUES(?,?)", "it",
                        hash, text);
    *ret_key = sqlite3_last_insert_rowid(writing->handle);
    return r;
}

static int write_cells_of(const struct writing *writing, const char *name, char **cells,
                          size_t count, struct err *err)
{
    int64_t key = 0;
    char *text = join_cells(cells, count);

    if (text == NULL) {
        return err_set(err, -ENOMEM, "no memory for the counts of a scenario");
    }
    int r = find_cells(writing, text, &key, err);
    free(text);
    return r < 0 ? r
                 : history_sql_run(writing->handle, err,
                                   "UPDATE scenario SET cells = ? WHERE name = ? AND run = ?",
                                   "iti", key, name, writing->key);
}

/* The report has a scenario's cells one after the other. */
static int write_cells(const struct writing *writing, struct err *err)
{
    const json_t *rows = json_object_get(writing->report, "cells");
    size_t all = json_array_size(rows);
    char **cells = calloc(all + 1, sizeof(*cells));
    size_t count = 0;
    int r = cells == NULL ? err_set(err, -ENOMEM, "no memory for the counts of a run") : 0;

    for (size_t i = 0; r == 0 && i < all; i++) {
        const char *name = text_of(json_array_get(rows, i), "scenario");
        const char *next = text_of(json_array_get(rows, i + 1), "scenario");

        cells[count] = print_cell(json_array_get(rows, i));
        if (cells[count] == NULL || name == NULL) {
            r = err_set(err, ERR_USAGE, "the report has a cell that is none");
        }
        count++;
        if (r == 0 && (next == NULL || strcmp(name, next) != 0)) {
            r = write_cells_of(writing, name, cells, count, err);
            while (count > 0) {
                free(cells[--count]);
            }
        }
    }
    while (count > 0) {
        free(cells[--count]);
    }
    free(cells);
    return r;
}

static char *dump(const json_t *value)
{
    return value == NULL || json_is_null(value)
               ? NULL
               : json_dumps(value, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY);
}

/* Where it was seen: the first scenarios, and that of the simplest case. */
static char *dump_scenarios(const json_t *cause)
{
    json_t *all = json_copy(json_object_get(cause, "scenarios"));
    const char *simplest = text_of(json_object_get(cause, "simplest"), "scenario");
    bool has = simplest == NULL;

    for (size_t i = 0; !has && i < json_array_size(all); i++) {
        const char *name = json_string_value(json_array_get(all, i));

        has = name != NULL && strcmp(name, simplest) == 0;
    }
    if (!has) {
        (void)json_array_append_new(all, json_string(simplest));
    }
    char *text = dump(all);
    json_decref(all);
    return text;
}

/* Older words of a cause do not replace newer ones: runs may come in any order. */
static int write_cause(const struct writing *writing, const json_t *cause, struct err *err)
{
    static const char sql[] =
        "INSERT INTO cause(fingerprint, text, mechanism, property, place, last_id)"
        " VALUES(?,?,?,?,?,?) ON CONFLICT(fingerprint) DO UPDATE SET text = excluded.text,"
        " mechanism = excluded.mechanism, property = excluded.property, place = excluded.place,"
        " last_id = excluded.last_id WHERE excluded.last_id > last_id";
    const char *print = text_of(cause, "fingerprint");
    const char *text = text_of(cause, "text");

    if (print == NULL) {
        return err_set(err, ERR_USAGE, "the report has a cause without a fingerprint");
    }
    return history_sql_run(writing->handle, err, sql, "tttttt", print, text == NULL ? "" : text,
                           text_of(cause, "mechanism"), text_of(cause, "property"),
                           text_of(cause, "place"), writing->id);
}

static int write_sighting(const struct writing *writing, const json_t *cause, struct err *err)
{
    static const char sql[] =
        "INSERT OR IGNORE INTO sighting(cause, run, cases, scenario_count, scenarios, faults,"
        " points, token, detail, source, capsule) VALUES(?,?,?,?,?,?,?,?,?,?,?)";
    const json_t *simplest = json_object_get(cause, "simplest");
    char *scenarios = dump_scenarios(cause);
    char *faults = dump(json_object_get(cause, "faults"));
    char *points = dump(json_object_get(cause, "points"));
    char *source = dump(json_object_get(cause, "source"));
    int r = scenarios == NULL ? err_set(err, ERR_USAGE, "the report has a cause of no scenario")
                              : write_cause(writing, cause, err);

    if (r == 0) {
        r = history_sql_run(writing->handle, err, sql, "tiiittttttt", text_of(cause, "fingerprint"),
                            writing->key, number_of(cause, "cases"),
                            number_of(cause, "scenario_count"), scenarios, faults, points,
                            text_of(simplest, "token"), text_of(simplest, "detail"), source,
                            text_of(cause, "capsule"));
    }
    free(scenarios);
    free(faults);
    free(points);
    free(source);
    return r;
}

static int write_causes(const struct writing *writing, struct err *err)
{
    const json_t *causes = json_object_get(writing->report, "causes");
    int r = 0;

    for (size_t i = 0; r == 0 && i < json_array_size(causes); i++) {
        r = write_sighting(writing, json_array_get(causes, i), err);
    }
    return r;
}

static const char there_sql[] = "SELECT 1 FROM run WHERE id = ?";

/* 1 when the run is there, 0, or negative. */
static int find_run(sqlite3_stmt *find, const char *id, struct err *err)
{
    int r = history_sql_bind(find, err, "t", id);

    if (r < 0) {
        return r;
    }
    r = history_sql_step(find, err);
    (void)sqlite3_reset(find);
    return r;
}

static int is_there(const struct writing *writing, struct err *err)
{
    sqlite3_stmt *find = NULL;
    int r = history_sql_prepare(writing->handle, there_sql, &find, err);

    if (r < 0) {
        return r;
    }
    r = find_run(find, writing->id, err);
    (void)sqlite3_finalize(find);
    return r;
}

/* A part of a suite, or a harness that was told to break itself, is no night. */
static bool is_night(const json_t *report, const json_t *run)
{
    const json_t *totals = json_object_get(report, "totals");

    return is_set(totals, "self_test") == 0 && !json_is_object(json_object_get(run, "shard")) &&
           !json_is_object(json_object_get(report, "shard"));
}

int history_write_run(struct history_db *db, const char *id, const json_t *report,
                      const json_t *run, struct err *err)
{
    struct writing writing = {
        .handle = history_db_handle(db), .report = report, .run = run, .id = id};
    int r = is_night(report, run) ? is_there(&writing, err) : 1;

    if (r != 0) {
        return r < 0 ? r : 0;
    }
    r = write_head(&writing, err);
    if (r < 0) {
        return r;
    }
    r = write_scenarios(&writing, err);
    if (r < 0) {
        return r;
    }
    r = write_cells(&writing, err);
    return r < 0 ? r : write_causes(&writing, err);
}

/* One that cannot be read, or has not what it needs, is passed over and tried again next time. */
static int write_dir(struct history_db *db, const char *root, const char *name, uint32_t *count,
                     struct err *err)
{
    char path[RUN_FILE_PATH_SIZE_BYTES];
    struct run_file file;
    struct err own = ERR_INIT;

    (void)snprintf(path, sizeof(path), "%s/%s", root, name);
    if (run_file_open(root, path, &file, &own) < 0) {
        return 0;
    }
    int r = file.run == NULL ? 0 : history_db_begin(db, err);
    if (r < 0 || file.run == NULL) { /* the latter is not over yet */
        goto out;
    }
    r = history_write_run(db, name, file.report, file.run, &own);
    if (r < 0) {
        history_db_rollback(db);
        r = r == ERR_USAGE ? 0 : err_set(err, r, "%s", own.text);
        goto out;
    }
    r = history_db_commit(db, err);
    *count += r == 0;
out:
    run_file_done(&file);
    return r;
}

static bool has_report(const char *root, const char *name)
{
    char path[RUN_FILE_PATH_SIZE_BYTES];

    return (size_t)snprintf(path, sizeof(path), "%s/%s/report.json", root, name) < sizeof(path) &&
           access(path, F_OK) == 0;
}

static int write_missing(struct history_db *db, const char *root, char *const *names, size_t count,
                         uint32_t *ret_count, struct err *err)
{
    sqlite3_stmt *find = NULL;
    int r = history_sql_prepare(history_db_handle(db), there_sql, &find, err);

    for (size_t i = 0; r == 0 && i < count; i++) {
        r = find_run(find, names[i], err);
        if (r == 0 && has_report(root, names[i])) {
            r = write_dir(db, root, names[i], ret_count, err);
        } else if (r == 1) {
            r = 0;
        }
    }
    (void)sqlite3_finalize(find);
    return r;
}

int history_write_missing(struct history_db *db, const char *root, uint32_t *ret_count,
                          struct err *err)
{
    char **names = NULL;
    size_t count = 0;
    int r = run_file_list(root, &names, &count, err);

    *ret_count = 0;
    if (r == 0) {
        r = write_missing(db, root, names, count, ret_count, err);
    }
    run_file_list_free(names, count);
    return r;
}

static int write_figure(struct history_db *db, const char *at, const char *revision,
                        const char *system, const json_t *figure, struct err *err)
{
    static const char sql[] =
        "INSERT INTO bench(at, revision, system, name, value, unit, floor, floor_name, ratio,"
        " has_target, is_met) VALUES(?,?,?,?,?,?,?,?,?,?,?)";

    return history_sql_run(
        history_db_handle(db), err, sql, "ttttdtdtdii", at, revision, system,
        text_of(figure, "name"), json_number_value(json_object_get(figure, "value")),
        text_of(figure, "unit"), json_number_value(json_object_get(figure, "floor")),
        text_of(figure, "floor_name"), json_number_value(json_object_get(figure, "ratio")),
        is_set(figure, "has_target"), is_set(figure, "met"));
}

int history_write_bench(struct history_db *db, const char *at, const char *revision,
                        const char *system, const json_t *figures, struct err *err)
{
    int r = history_db_begin(db, err);

    for (size_t i = 0; r == 0 && i < json_array_size(figures); i++) {
        r = write_figure(db, at, revision, system, json_array_get(figures, i), err);
    }
    if (r < 0) {
        history_db_rollback(db);
        return r;
    }
    return history_db_commit(db, err);
}
