/* Counts and times of earlier runs. */
#include "harness/archive/past_runs.h"

#include "harness/archive/run_file.h"

#include <stdlib.h>
#include <string.h>

#define PATH_SIZE_BYTES 1024

struct past_runs {
    struct past_run *rows; /* the newest first */
    size_t count;
    size_t capacity;
};

static const struct past_run *find(const struct past_runs *past, const char *name,
                                   const char *switches)
{
    for (size_t i = 0; i < past->count; i++) {
        const struct past_run *row = &past->rows[i];

        if (strcmp(row->name, name) == 0 && strcmp(row->switches, switches) == 0) {
            return row;
        }
    }
    return NULL;
}

const struct past_run *past_runs_find(const struct past_runs *past, const char *name,
                                      const char *switches)
{
    const struct past_run *row = find(past, name, switches);

    return row == NULL ? find(past, name, "") : row;
}

/* Without memory for a row it stays unknown, like one that was never run. */
static void add(struct past_runs *past, const struct past_run *row)
{
    if (find(past, row->name, row->switches) != NULL) {
        return;
    }
    if (past->count == past->capacity) {
        size_t capacity = past->capacity == 0 ? 64 : past->capacity * 2;
        struct past_run *rows = realloc(past->rows, capacity * sizeof(*rows));

        if (rows == NULL) {
            return;
        }
        past->rows = rows;
        past->capacity = capacity;
    }
    past->rows[past->count++] = *row;
}

static bool take_text(const json_t *object, const char *key, char *text, size_t text_size_bytes)
{
    const char *value = json_string_value(json_object_get(object, key));

    return value != NULL && (size_t)snprintf(text, text_size_bytes, "%s", value) < text_size_bytes;
}

static bool take_number(const json_t *object, const char *key, uint64_t *ret_number)
{
    const json_t *value = json_object_get(object, key);

    *ret_number = json_integer_value(value) < 0 ? 0 : (uint64_t)json_integer_value(value);
    return json_is_integer(value);
}

/* A file that somebody cut or edited: what is not a row is skipped. */
static void take_row(struct past_runs *past, const json_t *object, bool is_of_table)
{
    struct past_run row = {.is_of_table = is_of_table};

    if (take_text(object, "name", row.name, sizeof(row.name)) &&
        take_text(object, "switches", row.switches, sizeof(row.switches)) &&
        take_number(object, "cases", &row.cases) && take_number(object, "images", &row.images) &&
        take_number(object, "worker_us", &row.worker_us)) {
        add(past, &row);
    }
}

/* Runs with options that make the scenarios another size say so, and tell nothing of the others. */
static void take_file(struct past_runs *past, const char *path, bool is_of_table)
{
    json_t *run = json_load_file(path, 0, NULL);
    const json_t *rows = json_object_get(run, "scenarios");

    for (size_t i = 0; json_is_true(json_object_get(run, "usual")) && i < json_array_size(rows);
         i++) {
        take_row(past, json_array_get(rows, i), is_of_table);
    }
    json_decref(run);
}

/* Runs that cannot be listed are runs that tell nothing. */
static void take_runs(struct past_runs *past, const char *runs)
{
    char **names = NULL;
    size_t count = 0;

    (void)run_file_list(runs, &names, &count, NULL);
    for (size_t i = count; i-- > 0 && i + PAST_RUNS_MAX >= count;) {
        char path[PATH_SIZE_BYTES];

        if ((size_t)snprintf(path, sizeof(path), "%s/%s/run.json", runs, names[i]) < sizeof(path)) {
            take_file(past, path, false);
        }
    }
    run_file_list_free(names, count);
}

struct past_runs *past_runs_read(const char *runs, const char *table_path)
{
    struct past_runs *past = calloc(1, sizeof(*past));

    if (past == NULL) {
        return NULL;
    }
    if (runs != NULL) {
        take_runs(past, runs);
    }
    if (table_path != NULL) {
        take_file(past, table_path, true);
    }
    return past;
}

struct past_runs *past_runs_free(struct past_runs *past)
{
    if (past != NULL) {
        free(past->rows);
        free(past);
    }
    return NULL;
}

/* Whether all of it was run that is run by default. */
static bool is_whole(const struct campaign_scenario *scenario)
{
    static const enum left_out_reason parts[] = {
        LEFT_OUT_CASES,       LEFT_OUT_STOP_ON_TRACE, LEFT_OUT_MAX_FAILURES,
        LEFT_OUT_INTERRUPTED, LEFT_OUT_BUDGET,        LEFT_OUT_BROKEN_OFF,
        LEFT_OUT_SHARD,       LEFT_OUT_HITS,          LEFT_OUT_NOT_LOADED};

    for (uint32_t i = 0; i < scenario->left_out.entry_count; i++) {
        for (size_t k = 0; k < sizeof(parts) / sizeof(parts[0]); k++) {
            if (scenario->left_out.entries[i].reason == parts[k]) {
                return false;
            }
        }
    }
    return !scenario->is_cut_short && scenario->run > 0;
}

json_t *past_runs_row_json(const struct campaign_scenario *scenario, uint32_t workers)
{
    if (!is_whole(scenario) || scenario->pass > 0) {
        return NULL;
    }
    return json_pack("{sssssIsIsI}", "name", scenario->name, "switches", scenario->switches,
                     "cases", (json_int_t)scenario->run, "images",
                     (json_int_t)scenario->explore.judged, "worker_us",
                     (json_int_t)scenario->duration_us * (workers == 0 ? 1 : workers));
}
