/* Shards, said and shared out (run_shard.h). */
#include "harness/cli/ahead/run_shard.h"

#include "harness/cli/ahead/forecast.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#define OWN_VARIABLE "KILLPOINT_SHARD"

/* What a system calls the number of a job and how many there are.  By its manual: GitLab counts
 * from 1 ("parallel"), CircleCI ("parallelism"), Buildkite ("parallel") and Kubernetes ("Indexed
 * Job") from 0, Slurm ("job array") from what the array begins with. */
static const struct system {
    const char *index;
    const char *count;
    const char *first; /* a number, or a variable */
} systems[] = {
    {"CI_NODE_INDEX", "CI_NODE_TOTAL", "1"},
    {"CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL", "0"},
    {"BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT", "0"},
    {"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN"},
    {"JOB_COMPLETION_INDEX", "KILLPOINT_SHARD_COUNT", "0"},
};

/* All of the text, digits only. */
static bool take_number(const char *text, size_t length, uint64_t *ret_number)
{
    *ret_number = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9' || *ret_number > UINT32_MAX) {
            return false;
        }
        *ret_number = *ret_number * 10 + (uint64_t)(text[i] - '0');
    }
    return length > 0;
}

static int take_pair(const char *text, const char *from, struct campaign_shard *ret_shard,
                     struct err *err)
{
    size_t length = strcspn(text, "/");
    uint64_t index = 0;
    uint64_t count = 0;

    if (text[length] != '/' || !take_number(text, length, &index) ||
        !take_number(text + length + 1, strlen(text + length + 1), &count)) {
        return err_set(err, ERR_USAGE, "%s: '%.40s' is no shard such as 2/4", from, text);
    }
    if (count < 1 || count > SPLIT_SHARDS_MAX || index < 1 || index > count) {
        return err_set(err, ERR_USAGE,
                       "%s: '%.40s': shards are numbered 1 to N of N, and N is at most %d", from,
                       text, SPLIT_SHARDS_MAX);
    }
    ret_shard->index = (uint32_t)index;
    ret_shard->count = (uint32_t)count;
    (void)snprintf(ret_shard->from, sizeof(ret_shard->from), "%s", from);
    return 0;
}

static const char *value_of(const char *variable)
{
    const char *value = getenv(variable);

    return value == NULL || *value == '\0' ? NULL : value;
}

/* The variable's number; ERR_USAGE when it is not there or none. */
static int take_variable(const char *variable, uint64_t *ret_number, struct err *err)
{
    const char *value = value_of(variable);

    if (value == NULL) {
        return err_set(err, ERR_USAGE,
                       "%s is not set in the environment (" OWN_VARIABLE
                       "=i/n says which shard this is, 1/1 that there is one)",
                       variable);
    }
    if (!take_number(value, strlen(value), ret_number)) {
        return err_set(err, ERR_USAGE, "%s: '%.40s' is no number", variable, value);
    }
    return 0;
}

static int take_system(const struct system *system, struct campaign_shard *ret_shard,
                       struct err *err)
{
    char from[sizeof(ret_shard->from)];
    char pair[64];
    uint64_t index = 0;
    uint64_t count = 0;
    uint64_t first = 0;
    int r = take_variable(system->index, &index, err);

    if (r == 0) {
        r = take_variable(system->count, &count, err);
    }
    if (r == 0 && !take_number(system->first, strlen(system->first), &first)) {
        r = take_variable(system->first, &first, err);
    }
    if (r < 0 || count == 1) {
        return r < 0 ? err_wrap(err, r, "%s", system->index) : 0;
    }
    (void)snprintf(from, sizeof(from), "%s", system->index);
    (void)snprintf(pair, sizeof(pair), "%" PRIu64 "/%" PRIu64,
                   index < first ? 0 : index - first + 1, count);
    return take_pair(pair, from, ret_shard, err);
}

int run_shard_find(const char *given, struct campaign_shard *ret_shard, struct err *err)
{
    const char *own = value_of(OWN_VARIABLE);

    *ret_shard = (struct campaign_shard){0};
    if (given != NULL) {
        return take_pair(given, "--shard", ret_shard, err);
    }
    if (own != NULL) {
        return take_pair(own, OWN_VARIABLE, ret_shard, err);
    }
    for (size_t i = 0; i < sizeof(systems) / sizeof(systems[0]); i++) {
        if (value_of(systems[i].index) != NULL) {
            return take_system(&systems[i], ret_shard, err);
        }
    }
    return 0;
}

static int put_scenario(FILE *stream, const struct scenario *scenario, struct err *err)
{
    char hash[FILE_HASH_TEXT_SIZE_BYTES];
    int r = file_hash_text(scenario->path, hash);

    if (r < 0) {
        return err_set(err, r, "read '%s': %s", scenario->path, strerrordesc_np(-r));
    }
    (void)fprintf(stream, "%s %s %s\n", scenario->name, scenario->target, hash);
    return 0;
}

int run_shard_suite(const struct scenario_files *files, char ret_text[FILE_HASH_TEXT_SIZE_BYTES],
                    struct err *err)
{
    char *text = NULL;
    size_t size_bytes = 0;
    FILE *stream = open_memstream(&text, &size_bytes);
    int r = stream == NULL ? err_set(err, -ENOMEM, "no memory for the hash of the suite") : 0;

    for (uint32_t i = 0; r == 0 && i < files->count; i++) {
        r = put_scenario(stream, &files->scenarios[i], err);
    }
    for (uint32_t i = 0; r == 0 && i < files->unloaded_count; i++) {
        (void)fprintf(stream, "%s\n", files->unloaded[i].name);
    }
    if (stream != NULL && fclose(stream) != 0 && r == 0) {
        r = err_set(err, -ENOMEM, "no memory for the hash of the suite");
    }
    if (r == 0) {
        file_hash_bytes(text, size_bytes, ret_text);
    }
    free(text);
    return r;
}

/* A defect is run until it is caught, with its controls after it, and of threads no two runs are
 * the same: neither can be divided.  A kept plan is one case. */
static bool is_divisible(const struct scenario *scenario)
{
    return scenario->expect == 0 && !scenario->has_plan && !scenario_is_threaded(scenario);
}

static int make_split(const struct forecast *forecast, const struct supervisor_options *campaign,
                      uint32_t shard_count, struct split **ret_split)
{
    uint32_t seeds = campaign->seed_count == 0 ? 1 : campaign->seed_count;
    uint32_t count = seeds * campaign->scenario_count;
    struct split_unit *units = calloc((size_t)count + 1, sizeof(*units));

    if (units == NULL) {
        return -ENOMEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct scenario *scenario = &campaign->scenarios[i % campaign->scenario_count];
        const struct past_run *row = forecast_find(forecast, scenario->name);

        units[i] = (struct split_unit){row == NULL ? 0 : row->worker_us, is_divisible(scenario)};
    }
    int r = split_make(units, count, shard_count, ret_split);
    free(units);
    return r;
}

/* Whose rows nobody can read would silently weigh nothing. */
static int check_table(const char *path, struct err *err)
{
    json_error_t at;
    json_t *table = json_load_file(path, 0, &at);
    bool is_table = json_array_size(json_object_get(table, "scenarios")) > 0;
    int r =
        table == NULL ? err_set(err, ERR_USAGE, "weights '%s': line %d: %s", path, at.line, at.text)
        : is_table    ? 0
                      : err_set(err, ERR_USAGE,
                                "weights '%s': no \"scenarios\" as scenarios/expected.json has", path);

    json_decref(table);
    return r;
}

int run_shard_split(const char *weights, const struct scenario_files *files,
                    struct campaign_shard *shard, struct supervisor_options *campaign,
                    struct split **ret_split, struct err *err)
{
    char path[FORECAST_PATH_SIZE_BYTES];
    const char *table = weights == NULL ? forecast_table(path) : weights;
    int r = file_hash_text(table, shard->weights);

    if (r < 0) {
        return err_set(err, ERR_USAGE, "weights '%s': %s", table, strerrordesc_np(-r));
    }
    r = check_table(table, err);
    if (r < 0) {
        return r;
    }
    r = run_shard_suite(files, shard->suite, err);
    if (r < 0) {
        return r;
    }
    struct forecast *forecast = forecast_new(campaign, NULL, table);
    r = forecast == NULL ? -ENOMEM : make_split(forecast, campaign, shard->count, ret_split);
    (void)forecast_free(forecast);
    if (r < 0) {
        return err_set(err, r, "no memory for %" PRIu32 " shards", shard->count);
    }
    campaign->split = *ret_split;
    campaign->shard = shard->index - 1;
    campaign->shard_words = shard;
    return 0;
}
