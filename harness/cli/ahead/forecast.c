/* Rows of earlier runs, cut to what this campaign asks for. */
#include "harness/cli/ahead/forecast.h"

#include "harness/cli/places.h"

#include <stdlib.h>
#include <string.h>

/* So many images take the time of a live case. */
#define IMAGES_PER_CASE 25

struct forecast {
    struct past_run *rows; /* of a scenario that was never run: its name only, and no cases */
    struct progress_expected *expected;
    const struct scenario *scenarios;
    uint32_t count;
};

bool forecast_is_usual(const struct supervisor_options *campaign)
{
    return campaign->depth_override == 0 && !campaign->depth_full && !campaign->audit &&
           campaign->dir == NULL && campaign->cross_check == 0 && !campaign->break_image &&
           !campaign->break_memo && !campaign->dry_run;
}

/* "@queue-heal@skip/commitlog/sync", as the campaign will call itself. */
static void print_switches(const struct supervisor_options *campaign, char *text,
                           size_t text_size_bytes)
{
    size_t used = 0;

    text[0] = '\0';
    for (uint32_t i = 0; i < campaign->switch_count && used < text_size_bytes; i++) {
        used += (size_t)snprintf(text + used, text_size_bytes - used, "@%s", campaign->switches[i]);
    }
}

/* A sample leaves all images and some of the live cases; a planted defect is not sampled. */
static void cut(struct past_run *row, const struct scenario *scenario, uint64_t cases_max)
{
    uint64_t live = row->cases > row->images ? row->cases - row->images : 0;
    double before = (double)live + (double)row->images / IMAGES_PER_CASE;

    if (cases_max == 0 || scenario->expect != 0 || live <= cases_max) {
        return;
    }
    row->cases = row->images + cases_max;
    row->worker_us =
        (uint64_t)((double)row->worker_us *
                   ((double)cases_max + (double)row->images / IMAGES_PER_CASE) / before);
}

static void fill(struct forecast *forecast, const struct supervisor_options *campaign,
                 const struct past_runs *past)
{
    char switches[sizeof(((struct past_run *)NULL)->switches)];

    print_switches(campaign, switches, sizeof(switches));
    for (uint32_t i = 0; i < forecast->count; i++) {
        const struct scenario *scenario = &campaign->scenarios[i];
        const struct past_run *known = past_runs_find(past, scenario->name, switches);
        struct past_run *row = &forecast->rows[i];

        (void)snprintf(row->name, sizeof(row->name), "%s", scenario->name);
        if (known != NULL) {
            *row = *known;
            cut(row, scenario, campaign->cases_max);
        }
        forecast->expected[i] = (struct progress_expected){row->name, row->cases, row->worker_us};
    }
}

const char *forecast_table(char path[FORECAST_PATH_SIZE_BYTES])
{
    char scenarios[PLACES_PATH_SIZE_BYTES];
    struct err err = ERR_INIT;

    path[0] = '\0';
    if (places_scenarios(scenarios, &err) == 0) {
        (void)snprintf(path, FORECAST_PATH_SIZE_BYTES, "%s/expected.json", scenarios);
    }
    return path;
}

struct forecast *forecast_new(const struct supervisor_options *campaign, const char *runs,
                              const char *table)
{
    struct forecast *forecast = calloc(1, sizeof(*forecast));
    char path[FORECAST_PATH_SIZE_BYTES];
    struct past_runs *past = NULL;

    if (forecast == NULL) {
        return NULL;
    }
    past = past_runs_read(runs, table == NULL ? forecast_table(path) : table);
    forecast->scenarios = campaign->scenarios;
    forecast->count = campaign->scenario_count;
    forecast->rows = calloc(forecast->count + 1, sizeof(*forecast->rows));
    forecast->expected = calloc(forecast->count + 1, sizeof(*forecast->expected));
    if (past == NULL || forecast->rows == NULL || forecast->expected == NULL) {
        (void)past_runs_free(past);
        return forecast_free(forecast);
    }
    fill(forecast, campaign, past);
    (void)past_runs_free(past);
    return forecast;
}

struct forecast *forecast_free(struct forecast *forecast)
{
    if (forecast != NULL) {
        free(forecast->rows);
        free(forecast->expected);
        free(forecast);
    }
    return NULL;
}

const struct progress_expected *forecast_rows(const struct forecast *forecast)
{
    return forecast->expected;
}

const struct past_run *forecast_find(const struct forecast *forecast, const char *name)
{
    for (uint32_t i = 0; i < forecast->count; i++) {
        if (forecast->rows[i].cases > 0 && strcmp(forecast->rows[i].name, name) == 0) {
            return &forecast->rows[i];
        }
    }
    return NULL;
}

bool forecast_is_explored(const struct forecast *forecast, const char *name)
{
    for (uint32_t i = 0; i < forecast->count; i++) {
        if (strcmp(forecast->scenarios[i].name, name) == 0) {
            return forecast->scenarios[i].is_explored;
        }
    }
    return false;
}
