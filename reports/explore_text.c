/* Counts of images as people read them. */
#include "reports/explore_text.h"

#include "reports/paint.h"

#include <inttypes.h>
#include <string.h>

/* Time of processors, not of the clock: the figure is the same with one worker and with eight. */
uint64_t explore_text_rate(const struct campaign_explore *explore)
{
    if (explore->duration_us == 0) {
        return 0;
    }
    return (uint64_t)((double)explore->judged * 1e6 / (double)explore->duration_us);
}

/* An exploration that is cut by a budget, or by a catch, has images left. */
uint64_t explore_text_unjudged(const struct campaign_explore *explore)
{
    return explore->distinct > explore->judged ? explore->distinct - explore->judged : 0;
}

/* A word counts only where a fault or step can begin, or a scenario called "rot" would make every
 * token of it an image. */
bool explore_text_is_image(const char *token)
{
    static const char *const words[] = {"power-loss:", "rot:", "copy:"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        const char *at = strstr(token, words[i]);

        for (; at != NULL; at = strstr(at + 1, words[i])) {
            if (at > token && strchr("=:+,", at[-1]) != NULL) {
                return true;
            }
        }
    }
    return false;
}

/* "1,204 crash positions": a count, its word, and the plural's s. */
static void say_count(struct screen *screen, uint64_t count, const char *word, const char *after)
{
    char digits[PAINT_DURATION_SIZE_BYTES];

    screen_say(screen, "%s %s%s%s", paint_count(count, digits), word, paint_plural(count), after);
}

/* Legal: by the second implementation. */
static void say_checks(struct screen *screen, const struct campaign_explore *explore)
{
    char words[PAINT_DURATION_SIZE_BYTES];

    if (explore->nested > 0) {
        screen_say(screen, " (%s of recoveries)", paint_count(explore->nested, words));
    }
    if (explore->legal > 0) {
        screen_say(screen, ", %s checked legal", paint_count(explore->legal, words));
    }
    if (explore->cross > 0) {
        screen_say(screen, "; %s equal to live files", paint_count(explore->cross, words));
    }
    if (screen->is_verbose) {
        screen_say(screen, ", %s a process", paint_bytes(explore->peak_bytes, words));
    }
}

/* The digest stands last, so that two runs can be held against each other by eye. */
void explore_text_line(struct screen *screen, const struct campaign_explore *explore, bool is_whole)
{
    char words[PAINT_DURATION_SIZE_BYTES];

    if (!campaign_explore_is_any(explore)) {
        return;
    }
    screen_begin(screen, PAINT_STRONG, "EXPLORED");
    say_count(screen, explore->judged, "image", "");
    screen_say(screen, " (%s with an effect) at ", paint_count(explore->effective, words));
    say_count(screen, explore->positions, "crash position", " of ");
    say_count(screen, explore->traces, "trace", "");
    if (is_whole) {
        say_checks(screen, explore);
    }
    screen_say(screen, "; digest %016" PRIx64, explore->digest);
    screen_end(screen);
}

/* The columns behind the scenario's name: X(heading, field). */
#define COLUMN_MAP(X)         \
    X("images", judged)       \
    X("generated", generated) \
    X("effect", effective)    \
    X("reused", reused)       \
    X("rechecked", rechecked) \
    X("traces", traces)       \
    X("nested", nested)       \
    X("woven", interleaved)   \
    X("positions", positions) \
    X("capped", capped)       \
    X("recovered", recovered)

/* Columns of the same words as in results.json. A scenario that explores nothing has no row. */
static void cell(const void *arg, uint32_t row, uint32_t column, char text[SCREEN_CELL_SIZE_BYTES])
{
    const struct campaign_scenario *scenario = &collect_scenario_at(arg, row)->scenario;
    const struct campaign_explore *explore = &scenario->explore;
    const uint64_t counts[] = {0,
#define X(heading, field) explore->field,
                               COLUMN_MAP(X)
#undef X
    };

    if (column > 0 && column < sizeof(counts) / sizeof(counts[0])) {
        (void)paint_count(counts[column], text);
    } else if (campaign_explore_is_any(explore)) {
        (void)snprintf(text, SCREEN_CELL_SIZE_BYTES, "%s", scenario->name);
    }
}

void explore_text_table(const struct screen *screen, const struct collect *collect)
{
    static const char *const heads[] = {"EXPLORED",
#define X(heading, field) heading,
                                        COLUMN_MAP(X)
#undef X
    };

    screen_table(screen, &(struct screen_table){heads, sizeof(heads) / sizeof(heads[0]),
                                                collect_scenario_count(collect), cell, collect});
}
