/* run.json says which run it was, results.jsonl which of its cases failed. */
#include "harness/archive/last_run.h"

#include "harness/archive/results_file.h"
#include "harness/archive/run_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

/* The last name is the newest; one without a run.json is not over. */
static int find(const char *root, struct last_run *run, json_t **ret_object, struct err *err)
{
    char **names = NULL;
    size_t count = 0;
    int r = run_file_list(root, &names, &count, err);
    for (size_t i = count; i-- > 0;) {
        char path[LAST_RUN_PATH_SIZE_BYTES * 2];
        (void)snprintf(path, sizeof(path), "%s/%s/run.json", root, names[i]);
        if (*ret_object == NULL) {
            *ret_object = json_load_file(path, 0, NULL);
            (void)snprintf(run->path, sizeof(run->path), "%s/%s", root, names[i]);
        }
    }
    run_file_list_free(names, count);
    if (*ret_object == NULL) {
        run->path[0] = '\0';
    }
    return r;
}

/* The scenario's place, made when it is new; LAST_RUN_SCENARIOS_MAX: there is no room. */
static uint32_t place_of(struct last_run *run, const char *name, size_t length)
{
    uint32_t i = 0;
    while (i < run->scenario_count &&
           (strncmp(run->scenarios[i], name, length) != 0 || run->scenarios[i][length] != '\0')) {
        i++;
    }
    if (i == run->scenario_count && i < LAST_RUN_SCENARIOS_MAX && length < TOKEN_NAME_SIZE_BYTES) {
        memcpy(run->scenarios[i], name, length);
        run->scenarios[i][length] = '\0';
        run->scenario_count++;
    }
    return i;
}

static void take_path(struct last_run *run, uint32_t place, const char *path)
{
    if (place < run->scenario_count && path != NULL) {
        (void)snprintf(run->paths[place], sizeof(run->paths[place]), "%s", path);
    }
}

/* A defect that was not caught, a scenario that plans nothing: no case of them failed. */
static void take_unexpected(const json_t *object, struct last_run *run)
{
    const json_t *rows = json_object_get(object, "unexpected");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const char *name = json_string_value(json_object_get(row, "name"));
        if (name != NULL) {
            take_path(run, place_of(run, name, strlen(name)),
                      json_string_value(json_object_get(row, "path")));
        }
    }
}

static void take_run(const json_t *object, struct last_run *run)
{
    const json_t *totals = json_object_get(object, "totals");
    const char *seed = json_string_value(json_object_get(object, "seed"));
    json_int_t failed = json_integer_value(json_object_get(totals, "failed"));
    run->seed = seed == NULL ? 0 : strtoull(seed, NULL, 16);
    run->failed = failed > 0 ? (uint64_t)failed : 0;
    run->is_interrupted = json_is_true(json_object_get(totals, "interrupted"));
    take_unexpected(object, run);
}

/* The canary is no scenario of anybody's. */
static bool is_failure(const json_t *object)
{
    const char *outcome = json_string_value(json_object_get(object, "outcome"));
    const char *role = json_string_value(json_object_get(object, "role"));
    return json_is_false(json_object_get(object, "passed")) && outcome != NULL &&
           strcmp(outcome, "skipped") != 0 && role != NULL && strcmp(role, "canary") != 0;
}

static void take_result(const json_t *object, struct last_run *run)
{
    const char *token = json_string_value(json_object_get(object, "token"));
    if (token == NULL || !is_failure(object)) {
        return;
    }
    const char *path = json_string_value(json_object_get(object, "path"));
    const char *role = json_string_value(json_object_get(object, "role"));
    uint32_t place = place_of(run, token, strcspn(token, ".@:"));
    take_path(run, place, path);
    if (place < run->scenario_count && run->token_count < LAST_RUN_TOKENS_MAX &&
        run->token_counts[place] < LAST_RUN_TOKENS_PER_SCENARIO &&
        strlen(token) < TOKEN_TEXT_SIZE_BYTES) {
        memcpy(run->tokens[run->token_count], token, strlen(token) + 1);
        run->is_control[run->token_count++] = strcmp(role, "control") == 0;
        run->token_counts[place]++;
    }
}

/* Most lines are of cases that passed: those are not parsed. */
static int take_results(struct last_run *run, struct err *err)
{
    char path[LAST_RUN_PATH_SIZE_BYTES + 32];
    char *line = NULL;
    size_t capacity = 0;
    uint64_t number = 0;
    FILE *file = NULL;
    (void)snprintf(path, sizeof(path), "%s/results.jsonl", run->path);
    int r = results_file_open(run->path, &file, err);
    if (r < 0) {
        return r;
    }
    while (r == 0 && getline(&line, &capacity, file) >= 0) {
        number++;
        if (strstr(line, "\"passed\":false") == NULL) {
            continue;
        }
        json_t *object = json_loads(line, 0, NULL);
        if (object == NULL) {
            r = err_set(err, ERR_CORRUPT, "%s:%" PRIu64 ": no JSON", path, number);
        }
        take_result(object, run);
        json_decref(object);
    }
    if (r == 0 && ferror(file)) {
        r = err_set(err, -EIO, "read '%s': it is damaged, or cannot be read", path);
    }
    free(line);
    (void)fclose(file); /* it was only read */
    return r;
}

int last_run_read(const char *root, struct last_run *ret_run, struct err *err)
{
    json_t *object = NULL;
    memset(ret_run, 0, sizeof(*ret_run));
    int r = find(root, ret_run, &object, err);
    if (r < 0 || object == NULL) {
        return r;
    }
    take_run(object, ret_run);
    json_decref(object);
    return take_results(ret_run, err);
}
