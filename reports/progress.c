/* The bar, or the counter lines where there is no terminal. */
#include "reports/progress.h"

#include "reports/paint.h"

#include <inttypes.h>
#include <string.h>

#include <sys/ioctl.h>

#define BAR_PERIOD_US     100000 /* at most ten redraws a second */
#define COUNTER_LEAST_US  1000000
#define COUNTER_PERIOD_US 30000000
#define COUNTER_STEPS     20 /* a line every 5 % */
#define BAR_CELLS_MAX     40
#define LINE_SIZE_BYTES   256

void progress_init(struct progress *progress, FILE *stream, bool is_off)
{
    memset(progress, 0, sizeof(*progress));
    progress->stream = stream;
    progress->is_off = is_off;
    progress->is_bar = paint_is_terminal(stream);
}

void progress_begin(struct progress *progress, uint32_t scenario_count, uint64_t now_us)
{
    progress->began_us = now_us;
    progress->drawn_us = now_us;
    progress->scenario_count = scenario_count;
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

/* Images are judged in their hundreds of thousands and not told one by one: `run` counts them.
 * Scenarios that have not begun are taken to be as large as the average so far; better than an ETA
 * that grows all the time. */
struct progress_state progress_state(const struct progress *progress, const struct collect *collect,
                                     uint64_t now_us)
{
    struct progress_state state = {0};
    uint32_t count = collect_scenario_count(collect);
    uint64_t elapsed_us = now_us - progress->began_us;

    state.name = "";
    for (uint32_t i = 0; i < count; i++) {
        const struct collect_scenario *seen = collect_scenario_at(collect, i);
        uint64_t planned = seen->scenario.planned;
        uint64_t done = larger(seen->done, seen->scenario.run);

        /* Ended early (every expected property caught), or more than planned (controls). */
        if (seen->has_ended || planned < done) {
            planned = done;
        }
        state.done += done;
        state.failed += larger(seen->failed, seen->scenario.failed);
        state.planned += planned;
        if (!seen->has_ended && (*state.name == '\0' || done > 0)) {
            state.name = seen->scenario.name;
        }
    }
    if (count > 0 && progress->scenario_count > count) {
        state.planned += state.planned / count * (progress->scenario_count - count);
    }
    if (elapsed_us > 0) {
        state.rate = state.done * 1000000 / elapsed_us;
    }
    if (state.done > 0) {
        state.eta_us = (uint64_t)((double)elapsed_us * (double)(state.planned - state.done) /
                                  (double)state.done);
    }
    state.percent = state.planned == 0 ? 0 : (uint32_t)(state.done * 100 / state.planned);
    if (progress->budget_us != 0) {
        go_by_budget(progress, elapsed_us, &state);
    }
    return state;
}

/* Asked at every redraw: windows change their size. */
static unsigned width_of(FILE *stream)
{
    struct winsize size = {0};

    if (ioctl(fileno(stream), TIOCGWINSZ, &size) != 0 || size.ws_col < 20) {
        return 80;
    }
    return size.ws_col;
}

/* name  [=====>    ]  2641/4845  54%  312/s  2 failed  eta 7 s On a narrow terminal the bar goes
 * first, then the figures are cut: a line that wraps cannot be wiped. */
static void draw_bar(struct progress *progress, const struct progress_state *state)
{
    char tail[LINE_SIZE_BYTES];
    char eta[PAINT_DURATION_SIZE_BYTES];
    unsigned width = width_of(progress->stream) - 1;
    unsigned cells = 0;
    unsigned full;
    int length;

    length = snprintf(tail, sizeof(tail),
                      "%" PRIu64 "/%" PRIu64 "  %" PRIu32 "%%  %" PRIu64 "/s  %" PRIu64
                      " failed  eta %s",
                      state->done, state->planned, state->percent, state->rate, state->failed,
                      paint_duration(state->eta_us, eta));
    if (length > 0 && width > (unsigned)length + strlen(state->name) + 14) {
        cells = width - (unsigned)length - (unsigned)strlen(state->name) - 6;
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
    char eta[PAINT_DURATION_SIZE_BYTES];

    (void)fprintf(progress->stream,
                  "progress  %3" PRIu32 "%%  %" PRIu64 "/%" PRIu64 " case%s  %" PRIu64
                  "/s  %" PRIu64 " failed  eta %s  %s\n",
                  state->percent, state->done, state->planned, paint_plural(state->planned),
                  state->rate, state->failed, paint_duration(state->eta_us, eta), state->name);
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
