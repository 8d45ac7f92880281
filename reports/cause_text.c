/* Causes on the last screen: see cause_text.h. */
#include "reports/cause_text.h"

#include <inttypes.h>
#include <string.h>

/* Of a cause with all that is known of it, the first detail line and what struck it at most two
 * lines each. */
#define LINES_OF_FULL  12u
#define LINES_OF_SHORT 3u
#define DETAIL_LENGTH  160
#define WORDS_MAX      3
#define RESOLVED_MAX   4

/* "crashed by SIGSEGV in flusher_step" */
static int print_outcome(const struct campaign_cause *cause, char *text, size_t text_size_bytes)
{
    const char *name = cause->signal > 0 ? sigabbrev_np(cause->signal) : NULL;
    bool is_unannounced = cause->outcome == OUTCOME_VIOLATED;

    return snprintf(text, text_size_bytes, "%s%s%s%s%s",
                    is_unannounced ? "a system call went past the points"
                                   : outcome_name(cause->outcome),
                    name != NULL ? " by SIG" : "", name != NULL ? name : "",
                    cause->function[0] == '\0'                 ? ""
                    : cause->outcome == OUTCOME_HARNESS_BROKEN ? ": "
                                                               : " in ",
                    cause->function);
}

int cause_text_name(const struct campaign_cause *cause, char *text, size_t text_size_bytes)
{
    const char *place = mechanism_place_name(cause->place);

    if (cause->mechanism == MECHANISM_COUNT) {
        return print_outcome(cause, text, text_size_bytes);
    }
    return snprintf(text, text_size_bytes, "%s%s%s%s%s", mechanism_name(cause->mechanism),
                    mechanism_is_order(cause->mechanism) ? " is broken" : "",
                    *place == '\0' ? "" : " in ", place,
                    cause->is_name ? " (a name in its directory)" : "");
}

int cause_text_headline(const struct campaign_cause *cause, char *text, size_t text_size_bytes)
{
    char what[128];
    char cases[PAINT_DURATION_SIZE_BYTES];

    (void)cause_text_name(cause, what, sizeof(what));
    return snprintf(text, text_size_bytes, "%s: %" PRIu32 " scenario%s, %s case%s", what,
                    cause->scenario_count, paint_plural(cause->scenario_count),
                    paint_count(cause->case_count, cases), paint_plural(cause->case_count));
}

/* The largest count below `bound`, or `count` when there is none. */
static uint32_t largest(const uint64_t *counts, uint32_t count, uint64_t bound, uint32_t after)
{
    uint32_t best = count;

    for (uint32_t i = 0; i < count; i++) {
        bool is_next = counts[i] < bound || (counts[i] == bound && i > after);

        if (counts[i] > 0 && is_next && (best == count || counts[i] > counts[best])) {
            best = i;
        }
    }
    return best;
}

/* "power-loss 412, kill 9, none 2", "commitlog/append 96, and 12 more". */
static void say_counts(struct screen *screen, const uint64_t *counts, uint32_t count,
                       const char *(*name)(const void *arg, uint32_t index), const void *arg)
{
    char words[PAINT_DURATION_SIZE_BYTES];
    uint64_t bound = UINT64_MAX;
    uint32_t after = 0;
    uint32_t rest = 0;

    for (uint32_t i = 0; i < count; i++) {
        rest += counts[i] > 0;
    }
    for (uint32_t i = 0; i < WORDS_MAX && rest > 0; i++, rest--) {
        after = largest(counts, count, bound, after);
        bound = counts[after];
        screen_say(screen, "%s%s %s", i == 0 ? "" : ", ", name(arg, after),
                   paint_count(bound, words));
    }
    if (rest > 0) {
        screen_say(screen, ", and %" PRIu32 " more", rest);
    }
}

static const char *name_of_kind(const void *arg, uint32_t index)
{
    (void)arg;
    return index == FAULT_KIND_COUNT ? "no fault" : fault_kind_name((enum fault_kind)index);
}

static const char *name_of_point(const void *arg, uint32_t index)
{
    return points_name(arg, index);
}

/* What it takes to see it: of a thousand cases the one with the least in it. */
static void put_simplest(struct screen *screen, const struct campaign_simplest *simplest)
{
    screen_begin(screen, PAINT_PLAIN, "");
    screen_say(screen, "simplest case: %s, ", simplest->scenario);
    if (simplest->fault_count == 0) {
        screen_say(screen, "no fault");
    } else {
        screen_say(screen, "%" PRIu32 " fault%s", simplest->fault_count,
                   paint_plural(simplest->fault_count));
    }
    if (simplest->round_count > 1) {
        screen_say(screen, " in %" PRIu32 " rounds", simplest->round_count);
    }
    if (simplest->lost_count > 0) {
        screen_say(screen, ", %" PRIu32 " item%s lost", simplest->lost_count,
                   paint_plural(simplest->lost_count));
    }
    screen_say(screen, ", %" PRIu32 " message%s:", simplest->message_count,
               paint_plural(simplest->message_count));
    size_t length = strcspn(simplest->detail, "\n");
    screen_say(screen, " %.*s%s", (int)(length < DETAIL_LENGTH ? length : DETAIL_LENGTH),
               simplest->detail, length > DETAIL_LENGTH ? "…" : "");
    screen_end(screen);
}

static void put_where(struct screen *screen, const struct campaign_cause *cause)
{
    const struct points *points = points_of(cause->simplest.target);

    screen_begin(screen, PAINT_PLAIN, "");
    screen_say(screen, "under ");
    say_counts(screen, cause->kinds, FAULT_KIND_COUNT + 1, name_of_kind, NULL);
    if (cause->kinds[FAULT_KIND_COUNT] < cause->case_count) {
        screen_say(screen, "; at ");
        say_counts(screen, cause->points, points->count, name_of_point, points);
    }
    if (cause->source.line > 0) {
        screen_say(screen, "\nsource: %s:%" PRIu32 " in %s", cause->source.file, cause->source.line,
                   cause->source.function);
    }
    if (cause->source.line > 0 && cause->caller.line > 0) {
        screen_say(screen, ", called by %s", cause->caller.function);
    }
    screen_end(screen);
}

/* "NEW  " before the headline, or "  (ongoing since 2026-11-25, 3 runs)" behind it. */
static void print_state(const struct campaign_cause *cause, char *text, size_t text_size_bytes)
{
    int date = (int)strcspn(cause->since, "T");

    text[0] = '\0';
    if (cause->state == CAMPAIGN_STATE_ONGOING) {
        (void)snprintf(text, text_size_bytes, "  (ongoing since %.*s, %" PRIu32 " run%s)", date,
                       cause->since, cause->seen_runs, paint_plural(cause->seen_runs));
    } else if (cause->state == CAMPAIGN_STATE_RARE) {
        (void)snprintf(text, text_size_bytes,
                       "  (rare: in %" PRIu32 " of %" PRIu32 " runs since %.*s)", cause->seen_runs,
                       cause->covered_runs, date, cause->since);
    }
}

static void put_headline(struct screen *screen, const struct campaign_cause *cause, uint32_t number)
{
    char label[16];
    char text[CAUSE_TEXT_SIZE_BYTES];
    char state[96];

    (void)snprintf(label, sizeof(label), "CAUSE %" PRIu32, number);
    (void)cause_text_headline(cause, text, sizeof(text));
    print_state(cause, state, sizeof(state));
    screen_line(screen, PAINT_BAD, label, "%s%s%s",
                cause->state == CAMPAIGN_STATE_NEW ? "NEW  " : "", text, state);
}

static void put_full(struct screen *screen, const struct campaign_cause *cause, uint32_t number)
{
    put_headline(screen, cause, number);
    if (cause->mechanism < MECHANISM_COUNT) {
        screen_line(screen, PAINT_PLAIN, "", "%s: %s",
                    property_name(mechanism_property(cause->mechanism)),
                    mechanism_help(cause->mechanism));
    } else {
        screen_line(screen, PAINT_PLAIN, "", "%s", outcome_help(cause->outcome));
    }
    put_where(screen, cause);
    put_simplest(screen, &cause->simplest);
    screen_line(screen, PAINT_STRONG, "", "start here:");
    screen_token(screen, SCREEN_LABEL_WIDTH, "replay", cause->simplest.token);
    screen_token(screen, SCREEN_LABEL_WIDTH, "why", cause->simplest.token);
    if (cause->capsule[0] != '\0') {
        screen_line(screen, PAINT_PLAIN, "", "all of it in %s", cause->capsule);
    }
}

static void put_short(struct screen *screen, const struct campaign_cause *cause, uint32_t number)
{
    put_headline(screen, cause, number);
    screen_token(screen, SCREEN_LABEL_WIDTH, "why", cause->simplest.token);
}

/* Few causes are told in full.  Of many the screen has room for the first in full and the others by
 * name; what is behind its end is in the reports. */
void cause_text_put(struct screen *screen, const struct campaign_summary *summary,
                    unsigned lines_max)
{
    uint32_t count = summary->cause_count;
    uint32_t shown = 0;
    unsigned left = lines_max;

    while (shown < count) {
        unsigned others = count - shown - 1;
        bool is_full = left >= LINES_OF_FULL + (others > 0 ? LINES_OF_SHORT + 1 : 0);
        unsigned needed = is_full ? LINES_OF_FULL : LINES_OF_SHORT;

        if (left < needed + (others > 0 || summary->causes_dropped > 0)) {
            break;
        }
        (is_full ? put_full : put_short)(screen, &summary->causes[shown], shown + 1);
        left -= needed;
        shown++;
    }
    if (count > shown || summary->causes_dropped > 0) {
        screen_line(screen, PAINT_PLAIN, "",
                    "and %" PRIu32 " more cause%s (`causes` of --json FILE)",
                    count - shown + summary->causes_dropped,
                    paint_plural(count - shown + summary->causes_dropped));
    }
}

static void put_resolved(struct screen *screen, const struct campaign_history *history)
{
    uint32_t shown = 0;

    for (uint32_t i = 0; i < history->past_count && shown < RESOLVED_MAX; i++) {
        const struct campaign_past *past = &history->pasts[i];

        if (past->state != CAMPAIGN_STATE_RESOLVED) {
            continue;
        }
        screen_line(screen, PAINT_GOOD, "RESOLVED", "%s (%s): last seen %.*s", past->text,
                    past->fingerprint, (int)strcspn(past->last_seen, "T"), past->last_seen);
        shown++;
    }
    if (history->past_counts[CAMPAIGN_STATE_RESOLVED] > shown) {
        screen_line(screen, PAINT_PLAIN, "", "and %" PRIu32 " more (`%s history`)",
                    history->past_counts[CAMPAIGN_STATE_RESOLVED] - shown, screen->command);
    }
}

/* Whoever reads that nothing is new should know what was not looked at. */
void cause_text_put_past(struct screen *screen, const struct campaign_history *history)
{
    uint32_t rare = history->past_counts[CAMPAIGN_STATE_RARE];
    uint32_t uncovered = history->past_counts[CAMPAIGN_STATE_NONE];

    put_resolved(screen, history);
    if (rare + uncovered > 0) {
        screen_begin(screen, PAINT_STRONG, "HISTORY");
        if (rare > 0) {
            screen_say(screen, "%" PRIu32 " rare cause%s not seen this time%s", rare,
                       paint_plural(rare), uncovered > 0 ? "; " : "");
        }
        if (uncovered > 0) {
            screen_say(screen, "%" PRIu32 " cause%s of earlier runs not covered by this one",
                       uncovered, paint_plural(uncovered));
        }
        screen_end(screen);
    }
    if (history->note[0] != '\0') {
        screen_line(screen, PAINT_WARNING, "HISTORY", "%s", history->note);
    }
}
