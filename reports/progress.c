/* The bar, or the counter lines where there is no terminal. */
#include "reports/progress.h"

#include "reports/paint.h"
#include "reports/screen.h"

#include <inttypes.h>
#include <string.h>

#define BAR_PERIOD_US     100000 /* at most ten redraws a second */
#define COUNTER_LEAST_US  1000000
#define COUNTER_PERIOD_US 30000000
#define COUNTER_STEPS     20 /* a line every 5 % */
#define BAR_CELLS_MAX     40
#define LINE_SIZE_BYTES   256
#define ALIKE_US          1000000 /* of a scenario, where no earlier run tells of any */

void progress_init(struct progress *progress, FILE *stream, bool is_off)
{
    memset(progress, 0, sizeof(*progress));
    progress->stream = stream;
    progress->is_off = is_off;
    progress->is_bar = paint_is_terminal(stream);
}

void progress_expect(struct progress *progress, const struct progress_expected *expected,
                     uint32_t count)
{
    uint64_t known_us = 0;
    uint32_t known = 0;

    for (uint32_t i = 0; i < count; i++) {
        known_us += expected[i].worker_us;
        known += expected[i].worker_us > 0;
    }
    progress->expected = expected;
    progress->expected_count = count;
    progress->typical_us = known == 0 ? 0 : known_us / known;
}

/* How much of the whole a scenario is. Without any earlier run all are taken to be alike. */
static uint64_t weight_us(const struct progress *progress, const char *name, uint64_t *ret_cases)
{
    *ret_cases = 0;
    for (uint32_t i = 0; i < progress->expected_count; i++) {
        const struct progress_expected *row = &progress->expected[i];

        if (row->worker_us > 0 && strcmp(row->name, name) == 0) {
            *ret_cases = row->cases;
            return row->worker_us;
        }
    }
    return progress->typical_us == 0 ? ALIKE_US : progress->typical_us;
}

void progress_begin(struct progress *progress, uint32_t scenario_count, uint32_t workers,
                    uint64_t now_us)
{
    uint64_t cases;
    uint32_t passes = progress->expected_count == 0 ? 0 : scenario_count / progress->expected_count;

    progress->began_us = now_us;
    progress->drawn_us = now_us;
    progress->scenario_count = scenario_count;
    progress->workers = workers == 0 ? 1 : workers;
    progress->total_us = passes == 0 ? weight_us(progress, "", &cases) * scenario_count : 0;
    for (uint32_t i = 0; i < progress->expected_count; i++) {
        progress->total_us += weight_us(progress, progress->expected[i].name, &cases) * passes;
    }
}

/* The cursor goes back and the line is wiped, so that what is printed next stands where the bar
 * was. */
void progress_clear(struct progress *progress)
{
    if (progress->is_drawn) {
        (void)fputs("\r\033[K", progress->stream);
        (void)fflush(progress->stream);
        progress->is_drawn = false;
    }
}

/* Two counts of one thing run beside each other: cases that were told, and those that a worker only
 * counts. */
static uint64_t larger(uint64_t one, uint64_t other)
{
    return one > other ? one : other;
}

/* A campaign that ends by the clock is as far as its time is. */
static void go_by_budget(const struct progress *progress, uint64_t elapsed_us,
                         struct progress_state *state)
{
    uint64_t spent_us = elapsed_us > progress->budget_us ? progress->budget_us : elapsed_us;

    state->eta_us = progress->budget_us - spent_us;
    state->percent = (uint32_t)(spent_us * 100 / progress->budget_us);
}

/* Of a scenario: what of its weight is done. One that goes on past what it had the last time is
 * nearly over, nobody knows how nearly. */
static uint64_t done_us(const struct progress *progress, const struct collect_scenario *seen)
{
    uint64_t cases;
    uint64_t weight = weight_us(progress, seen->scenario.name, &cases);
    uint64_t done = larger(seen->done, seen->scenario.run);

    if (seen->has_ended) {
        return weight;
    }
    cases = larger(cases, seen->scenario.planned);
    if (cases == 0) {
        return 0;
    }
    return (uint64_t)((double)weight * 0.99 * (double)(done < cases ? done : cases) /
                      (double)cases);
}

/* At first the earlier runs know better how fast it goes, soon this one does. */
static uint64_t eta_of(const struct progress *progress, uint64_t elapsed_us, uint64_t spent_us)
{
    uint64_t left_us = progress->total_us > spent_us ? progress->total_us - spent_us : 0;

    if (spent_us > progress->total_us / 20) {
        return (uint64_t)((double)elapsed_us * (double)left_us / (double)spent_us);
    }
    return progress->typical_us == 0 ? 0 : left_us / progress->workers;
}

/* Images are judged in their hundreds of thousands and not told one by one: `run` counts them. */
struct progress_state progress_state(const struct progress *progress, const struct collect *collect,
                                     uint64_t now_us)
{
    struct progress_state state = {.name = ""};
    uint64_t elapsed_us = now_us - progress->began_us;
    uint64_t spent_us = 0;

    for (uint32_t i = 0; i < collect_scenario_count(collect); i++) {
        const struct collect_scenario *seen = collect_scenario_at(collect, i);

        state.scenarios_done += seen->has_ended;
        state.done += larger(seen->done, seen->scenario.run);
        state.failed += larger(seen->failed, seen->scenario.failed);
        spent_us += done_us(progress, seen);
        if (!seen->has_ended) {
            state.name = seen->scenario.name;
        }
    }
    state.eta_us = eta_of(progress, elapsed_us, spent_us);
    if (progress->total_us > 0) {
        state.percent =
            (uint32_t)((double)(spent_us < progress->total_us ? spent_us : progress->total_us) *
                       100 / (double)progress->total_us);
    }
    if (progress->budget_us != 0) {
        go_by_budget(progress, elapsed_us, &state);
    }
    return state;
}

/* "45/129 scenarios  35%  220,501 cases  2 failed  eta 7.1 s". A budget goes over the suite again
 * and again: there the scenarios have no number to come to. */
static void print_state(const struct progress *progress, const struct progress_state *state,
                        char text[LINE_SIZE_BYTES])
{
    char cases[PAINT_DURATION_SIZE_BYTES];
    char eta[PAINT_DURATION_SIZE_BYTES];
    char of[PAINT_DURATION_SIZE_BYTES] = "";

    if (progress->budget_us == 0) {
        (void)snprintf(of, sizeof(of), "/%" PRIu32, progress->scenario_count);
    }
    (void)snprintf(
        text, LINE_SIZE_BYTES,
        "%3" PRIu32 "%%  %" PRIu32 "%s scenario%s  %s case%s  %" PRIu64 " failed%s%s",
        state->percent, state->scenarios_done, of,
        paint_plural(progress->budget_us == 0 ? progress->scenario_count : state->scenarios_done),
        paint_count(state->done, cases), paint_plural(state->done), state->failed,
        state->eta_us == 0 ? "" : "  eta ",
        state->eta_us == 0 ? "" : paint_duration(state->eta_us, eta));
}

/* name  [=====>    ]  35%  45/129 scenarios ... On a narrow terminal the bar goes first, then the
 * figures are cut: a line that wraps cannot be wiped. Asked for the width at every redraw: windows
 * change theirs. */
static void draw_bar(struct progress *progress, const struct progress_state *state)
{
    char tail[LINE_SIZE_BYTES];
    unsigned width = screen_terminal_width(progress->stream);
    unsigned cells = 0;
    unsigned full;
    size_t length;

    width = width < 20 ? 79 : width - 1;
    print_state(progress, state, tail);
    length = strlen(tail) + strlen(state->name);
    if (width > length + 14) {
        cells = width - (unsigned)length - 6;
        cells = cells > BAR_CELLS_MAX ? BAR_CELLS_MAX : cells;
    }
    full = state->percent * cells / 100;
    (void)fputs("\r\033[K", progress->stream);
    if (cells > 0) {
        (void)fprintf(progress->stream, "%s  [", state->name);
        for (unsigned i = 0; i < cells; i++) {
            (void)fputc(i < full ? '=' : i == full ? '>' : ' ', progress->stream);
        }
        (void)fputs("]  ", progress->stream);
    }
    (void)fprintf(progress->stream, "%.*s", (int)width, tail);
    (void)fflush(progress->stream);
    progress->is_drawn = true;
}

/* For logs of CI: whole lines, and few. */
static void write_counter(struct progress *progress, const struct progress_state *state)
{
    char text[LINE_SIZE_BYTES];

    print_state(progress, state, text);
    (void)fprintf(progress->stream, "progress  %s%s%s\n", text, *state->name == '\0' ? "" : "  ",
                  state->name);
    (void)fflush(progress->stream);
}

/* Called for every case: the clock decides before anything is
 * counted. */
void progress_tick(struct progress *progress, const struct collect *collect, uint64_t now_us)
{
    uint64_t since_us = now_us - progress->drawn_us;
    struct progress_state state;
    uint32_t steps;

    if (progress->is_off || since_us < (progress->is_bar ? BAR_PERIOD_US : COUNTER_LEAST_US)) {
        return;
    }
    state = progress_state(progress, collect, now_us);
    steps = state.percent * COUNTER_STEPS / 100;
    if (progress->is_bar) {
        draw_bar(progress, &state);
    } else if (steps != progress->drawn_steps || since_us >= COUNTER_PERIOD_US) {
        write_counter(progress, &state);
    } else {
        return;
    }
    progress->drawn_us = now_us;
    progress->drawn_steps = steps;
}
