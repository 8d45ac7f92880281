/* The states of causes, as history_state.h says. */
#include "harness/history/history_state.h"

#include <string.h>

/* Back twice is no accident of one mended and broken again. */
#define RETURNS_OF_RARE 2

struct window {
    const struct history_state_run *runs;
    size_t count;
};

static bool is_same_program(const struct history_state_run *one,
                            const struct history_state_run *other)
{
    return one->program != NULL && other->program != NULL && one->program[0] != '\0' &&
           strcmp(one->program, other->program) == 0;
}

static size_t first_seen(const struct window *window)
{
    size_t i = 0;

    while (i < window->count && !window->runs[i].is_seen) {
        i++;
    }
    return i;
}

/* Nothing was changed, and it was there once and once not. */
static bool is_flickering(const struct window *window, size_t first)
{
    for (size_t i = first; i < window->count; i++) {
        for (size_t k = first; window->runs[i].is_seen && k < window->count; k++) {
            if (!window->runs[k].is_seen && is_same_program(&window->runs[i], &window->runs[k])) {
                return true;
            }
        }
    }
    return false;
}

/* How often it was back after a run without it; `*ret_last`: where it was so last. */
static uint32_t count_returns(const struct window *window, size_t first, size_t *ret_last)
{
    uint32_t returns = 0;

    *ret_last = first;
    for (size_t i = first + 1; i < window->count; i++) {
        if (window->runs[i].is_seen && !window->runs[i - 1].is_seen) {
            returns++;
            *ret_last = i;
        }
    }
    return returns;
}

static uint32_t count_seen(const struct window *window, size_t from)
{
    uint32_t seen = 0;

    for (size_t i = from; i < window->count; i++) {
        seen += window->runs[i].is_seen;
    }
    return seen;
}

struct history_state history_state_of(const struct history_state_run *runs, size_t count)
{
    size_t skipped = count > HISTORY_STATE_WINDOW ? count - HISTORY_STATE_WINDOW : 0;
    const struct window window = {runs + skipped, count - skipped};
    size_t first = first_seen(&window);
    size_t last = 0;
    struct history_state state = {.state = CAMPAIGN_STATE_NONE};

    if (count == 0) {
        return state;
    }
    if (first == window.count) {
        state.state = CAMPAIGN_STATE_RESOLVED; /* too long ago to be in the window */
        return state;
    }
    uint32_t returns = count_returns(&window, first, &last);
    bool is_seen = window.runs[window.count - 1].is_seen;
    size_t since = last;
    if (returns >= RETURNS_OF_RARE || is_flickering(&window, first)) {
        state.state = CAMPAIGN_STATE_RARE;
        since = first;
    } else if (!is_seen) {
        state.state = CAMPAIGN_STATE_RESOLVED;
    } else {
        state.state = last == window.count - 1 ? CAMPAIGN_STATE_NEW : CAMPAIGN_STATE_ONGOING;
    }
    state.since = (uint32_t)(skipped + since);
    state.seen = count_seen(&window, since);
    state.covered = (uint32_t)(window.count - since);
    return state;
}
