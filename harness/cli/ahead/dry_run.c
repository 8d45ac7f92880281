/* Counts instead of running. */
#include "harness/cli/ahead/dry_run.h"

#include "reports/left_out_text.h"
#include "reports/result_text.h"

#include <inttypes.h>
#include <stdlib.h>

/* A live case on one worker, where no earlier run tells. */
#define CASE_US 1000

/* Of one scenario. */
struct plan_row {
    char name[CAMPAIGN_NAME_SIZE_BYTES];
    uint64_t live;
    uint64_t images;
    uint64_t worker_us;
    bool is_known;    /* by an earlier run; else `live` is what its run without a fault has */
    bool is_explored; /* and how many images, nobody knows before it was run */
    bool is_of_table;
    char verdict[SCREEN_CELL_SIZE_BYTES]; /* why it cannot be planned, or "" */
};

struct dry_run {
    struct screen screen;
    const struct forecast *forecast;
    uint32_t workers;
    struct plan_row *rows;
    uint32_t row_count;
    bool is_incomplete; /* no memory for all rows */
};

struct dry_run *dry_run_new(const struct screen *screen, const struct forecast *forecast,
                            uint32_t workers)
{
    struct dry_run *dry_run = calloc(1, sizeof(*dry_run));

    if (dry_run != NULL) {
        dry_run->screen = *screen;
        dry_run->forecast = forecast;
        dry_run->workers = workers == 0 ? 1 : workers;
    }
    return dry_run;
}

struct dry_run *dry_run_free(struct dry_run *dry_run)
{
    if (dry_run != NULL) {
        free(dry_run->rows);
        free(dry_run);
    }
    return NULL;
}

static void on_scenario_ended(void *arg, const struct campaign_scenario *scenario)
{
    struct dry_run *dry_run = arg;
    const struct past_run *known = forecast_find(dry_run->forecast, scenario->name);
    struct plan_row *rows =
        realloc(dry_run->rows, (dry_run->row_count + 1) * sizeof(*dry_run->rows));
    struct plan_row *row;

    if (rows == NULL) {
        dry_run->is_incomplete = true;
        return;
    }
    dry_run->rows = rows;
    row = &rows[dry_run->row_count++];
    *row =
        (struct plan_row){.live = scenario->planned,
                          .worker_us = scenario->planned * CASE_US,
                          .is_known = known != NULL,
                          .is_explored = forecast_is_explored(dry_run->forecast, scenario->name)};
    (void)snprintf(row->name, sizeof(row->name), "%s", scenario->name);
    (void)snprintf(row->verdict, sizeof(row->verdict), "%.*s", (int)sizeof(row->verdict) - 1,
                   scenario->verdict);
    if (known != NULL) {
        row->live = known->cases > known->images ? known->cases - known->images : 0;
        row->images = known->images;
        row->worker_us = known->worker_us;
        row->is_of_table = known->is_of_table;
    }
}

enum column { SCENARIO, LIVE, IMAGES, TIME, NOTE, COLUMN_COUNT };

static void cell(const void *arg, uint32_t index, uint32_t column,
                 char text[SCREEN_CELL_SIZE_BYTES])
{
    const struct dry_run *dry_run = arg;
    const struct plan_row *row = &dry_run->rows[index];

    if (column == SCENARIO) {
        (void)snprintf(text, SCREEN_CELL_SIZE_BYTES, "%s", row->name);
    } else if (column == LIVE) {
        (void)paint_count(row->live, text);
    } else if ((column == IMAGES || column == TIME) && row->is_explored && !row->is_known) {
        (void)snprintf(text, SCREEN_CELL_SIZE_BYTES, "?");
    } else if (column == IMAGES && row->images > 0) {
        (void)paint_count(row->images, text);
    } else if (column == TIME) {
        (void)paint_duration(row->worker_us / dry_run->workers, text);
    } else if (column == NOTE) {
        (void)snprintf(text, SCREEN_CELL_SIZE_BYTES, "%s",
                       *row->verdict != '\0' ? row->verdict
                       : row->is_known       ? ""
                                             : "never run: depth 1 only");
    }
}

/* What the sum stands on, and what is not in it. */
static void put_source(struct screen *screen, uint32_t count, uint32_t of_table, uint32_t unknown)
{
    uint32_t of_runs = count - of_table - unknown;

    screen_begin(screen, PAINT_PLAIN, "BY");
    if (of_runs > 0) {
        screen_say(screen, "the last runs of %" PRIu32 " scenario%s%s", of_runs,
                   paint_plural(of_runs), of_table + unknown > 0 ? ", " : "");
    }
    if (of_table > 0) {
        screen_say(screen, "scenarios/expected.json (another machine's times) of %" PRIu32 "%s",
                   of_table, unknown > 0 ? ", " : "");
    }
    if (unknown > 0) {
        screen_say(screen,
                   "the run without a fault of %" PRIu32
                   ", never run here: their images, and faults in recoveries, are not counted",
                   unknown);
    }
    screen_end(screen);
}

static void put_sum(struct dry_run *dry_run, uint32_t scenario_count)
{
    struct screen *screen = &dry_run->screen;
    struct plan_row sum = {0};
    uint32_t of_table = 0;
    uint32_t unknown = 0;
    char words[PAINT_DURATION_SIZE_BYTES];

    for (uint32_t i = 0; i < dry_run->row_count; i++) {
        sum.live += dry_run->rows[i].live;
        sum.images += dry_run->rows[i].images;
        sum.worker_us += dry_run->rows[i].worker_us;
        unknown += !dry_run->rows[i].is_known;
        of_table += dry_run->rows[i].is_of_table;
    }
    put_source(screen, dry_run->row_count, of_table, unknown);
    (void)fprintf(screen->stream, "planned: %s%s", unknown > 0 ? "at least " : "about ",
                  paint_count(sum.live + sum.images, words));
    (void)fprintf(screen->stream, " case%s (%s live)", paint_plural(sum.live + sum.images),
                  paint_count(sum.live, words));
    (void)fprintf(screen->stream,
                  " in %" PRIu32 " scenario%s, about %s with %" PRIu32 " worker%s; none was run\n",
                  scenario_count, paint_plural(scenario_count),
                  paint_duration(sum.worker_us / dry_run->workers, words), dry_run->workers,
                  paint_plural(dry_run->workers));
}

static void on_campaign_ended(void *arg, const struct campaign_summary *summary)
{
    static const char *const heads[COLUMN_COUNT] = {"SCENARIO", "live cases", "images", "time", ""};
    struct dry_run *dry_run = arg;
    struct screen *screen = &dry_run->screen;

    if (screen->is_verbose || dry_run->row_count <= RESULT_TEXT_FEW) {
        screen_table(
            screen, &(struct screen_table){heads, COLUMN_COUNT, dry_run->row_count, cell, dry_run});
    }
    if (dry_run->is_incomplete) {
        screen_line(screen, PAINT_BAD, "PROBLEM", "no memory for all scenarios: some are missing");
    }
    left_out_text_lines(screen, &summary->left_out, summary->scenario_count);
    put_sum(dry_run, summary->scenario_count);
    (void)fflush(screen->stream);
}

struct listener dry_run_listener(struct dry_run *dry_run)
{
    return (struct listener){
        .arg = dry_run, .scenario_ended = on_scenario_ended, .campaign_ended = on_campaign_ended};
}
