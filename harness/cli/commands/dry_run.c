/* Counts instead of running. */
#include "harness/cli/commands/dry_run.h"

#include "reports/left_out_text.h"
#include "reports/paint.h"

#include <inttypes.h>

/* A live case in memory on one worker, as `killpoint bench` finds it on a plain machine. */
#define CASE_US 1000

/* ", 12 traces and 1,204 crash positions to explore"; nothing where nothing is known of it. */
static void put_explored(FILE *stream, const struct campaign_explore *explore)
{
    char traces[PAINT_DURATION_SIZE_BYTES];
    char positions[PAINT_DURATION_SIZE_BYTES];

    if (campaign_explore_is_any(explore)) {
        (void)fprintf(stream, ", %s trace%s and %s crash position%s to explore",
                      paint_count(explore->traces, traces), paint_plural(explore->traces),
                      paint_count(explore->positions, positions), paint_plural(explore->positions));
    }
}

static void on_scenario_ended(void *arg, const struct campaign_scenario *scenario)
{
    struct dry_run *dry_run = arg;

    dry_run->planned += scenario->planned;
    left_out_merge(&dry_run->left_out, &scenario->left_out);
    (void)fprintf(dry_run->stream, "%-32s %8" PRIu64 " case%s", scenario->name, scenario->planned,
                  paint_plural(scenario->planned));
    for (uint32_t i = 0; i < scenario->left_out.entry_count; i++) {
        const struct left_out_entry *entry = &scenario->left_out.entries[i];

        char count[LEFT_OUT_COUNT_SIZE_BYTES];

        (void)fprintf(dry_run->stream, ", %s left out: %s", left_out_text_count(entry, count),
                      left_out_entry_text(entry));
    }
    put_explored(dry_run->stream, &scenario->explore);
    campaign_explore_add(&dry_run->explore, &scenario->explore);
    if (scenario->verdict[0] != '\0') {
        (void)fprintf(dry_run->stream, "  (%s)", scenario->verdict);
    }
    (void)fputc('\n', dry_run->stream);
}

static void on_campaign_ended(void *arg, const struct campaign_summary *summary)
{
    struct dry_run *dry_run = arg;
    uint64_t workers = dry_run->workers == 0 ? 1 : dry_run->workers;
    char duration[PAINT_DURATION_SIZE_BYTES];
    bool is_uncounted = false;
    uint64_t left_out = left_out_count(&dry_run->left_out, LEFT_OUT_UNIT_CASE, &is_uncounted);

    (void)fprintf(dry_run->stream,
                  "\n%" PRIu64 " case%s in %" PRIu32 " scenario%s, %s%" PRIu64 " left out",
                  dry_run->planned, paint_plural(dry_run->planned), summary->scenario_count,
                  paint_plural(summary->scenario_count), is_uncounted ? "at least " : "", left_out);
    put_explored(dry_run->stream, &dry_run->explore);
    (void)fprintf(dry_run->stream,
                  "; about %s with %" PRIu64 " worker%s at 1000 cases per second each\n"
                  "cases: 0 passed, 0 failed, 0 skipped\n",
                  paint_duration(dry_run->planned * CASE_US / workers, duration), workers,
                  paint_plural(workers));
    (void)fflush(dry_run->stream);
}

struct listener dry_run_listener(struct dry_run *dry_run, FILE *stream, uint32_t workers)
{
    *dry_run = (struct dry_run){.stream = stream, .workers = workers};
    return (struct listener){
        .arg = dry_run, .scenario_ended = on_scenario_ended, .campaign_ended = on_campaign_ended};
}
