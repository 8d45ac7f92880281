/* Coverage of points by live cases. */
#include "reports/coverage_text.h"

#include <inttypes.h>
#include <string.h>

#define NAME_SIZE_BYTES 80

/* By a trace, or by any recovery. */
static bool is_reached(const struct campaign_coverage *row)
{
    return row->reached > 0 || row->hits > 0;
}

static void add(struct campaign_coverage *sum, const struct campaign_coverage *row)
{
    sum->hits += row->hits;
    sum->killed += row->killed;
    sum->failed += row->failed;
    sum->planned += row->planned;
    sum->fired += row->fired;
    sum->checked += row->checked;
}

/* "all 8,757 writes killed", "1,457 of 1,932 reads failed": a ratio of nothing is not said. */
static void say_ratio(struct screen *screen, uint64_t part, uint64_t all, const char *noun,
                      const char *done)
{
    char words[PAINT_DURATION_SIZE_BYTES];

    if (all == 0) {
        return;
    }
    if (part < all) {
        screen_say(screen, ", %s of ", paint_count(part, words));
    } else {
        screen_say(screen, ", %s", all == 1 ? "" : "all ");
    }
    screen_say(screen, "%s %s%s %s", paint_count(all, words), noun, paint_plural(all), done);
}

void coverage_text_line(struct screen *screen, const struct points *points,
                        const struct campaign_coverage rows[POINTS_MAX])
{
    struct campaign_coverage writes = {0};
    struct campaign_coverage reads = {0};
    uint64_t reached = 0;

    for (uint32_t i = 0; i < points->count; i++) {
        reached += is_reached(&rows[i]);
        add(points_is_mutating(points, i) ? &writes : &reads, &rows[i]);
    }
    if (writes.planned + reads.planned == 0) {
        return;
    }
    screen_begin(screen, PAINT_STRONG, "COVERAGE");
    if (reached < points->count) {
        screen_say(screen, "%" PRIu64 " of ", reached);
    }
    screen_say(screen, "%" PRIu32 " points", points->count);
    say_ratio(screen, writes.killed, writes.hits, "write", "killed");
    say_ratio(screen, reads.failed, reads.hits, "read", "failed");
    add(&writes, &reads);
    say_ratio(screen, writes.checked, writes.planned, "fault", "judged");
    screen_end(screen);
}

/* "dledger/append" is of "dledger". */
static size_t owner_length(const char *name)
{
    return strcspn(name, "/");
}

/* Whether any point with the owner of `point` was reached. */
static bool is_owner_reached(const struct points *points,
                             const struct campaign_coverage rows[POINTS_MAX], uint32_t point)
{
    const char *name = points_name(points, point);
    size_t length = owner_length(name);

    for (uint32_t i = 0; i < points->count; i++) {
        const char *other = points_name(points, i);

        if (owner_length(other) == length && strncmp(other, name, length) == 0 &&
            is_reached(&rows[i])) {
            return true;
        }
    }
    return false;
}

static bool is_first_of_owner(const struct points *points, uint32_t point)
{
    const char *name = points_name(points, point);
    size_t length = owner_length(name);

    for (uint32_t i = 0; i < point; i++) {
        const char *other = points_name(points, i);

        if (owner_length(other) == length && strncmp(other, name, length) == 0) {
            return false;
        }
    }
    return true;
}

/* How an unreached point is named, "" when another one names it: a store without DLedger has none
 * of DLedger's points, and thirty names would say no more than one. */
static void unreached_name(const struct points *points,
                           const struct campaign_coverage rows[POINTS_MAX], uint32_t point,
                           bool is_whole_suite, char name[NAME_SIZE_BYTES])
{
    const char *full = points_name(points, point);

    if (is_whole_suite || is_owner_reached(points, rows, point)) {
        (void)snprintf(name, NAME_SIZE_BYTES, "%s", full);
    } else if (is_first_of_owner(points, point)) {
        (void)snprintf(name, NAME_SIZE_BYTES, "%.*s/*", (int)owner_length(full), full);
    } else {
        name[0] = '\0';
    }
}

void coverage_text_unreached(struct screen *screen, const struct points *points,
                             const struct campaign_coverage rows[POINTS_MAX], bool is_whole_suite)
{
    bool is_begun = false;

    for (uint32_t i = 0; i < points->count; i++) {
        char name[NAME_SIZE_BYTES] = "";

        if (!is_reached(&rows[i])) {
            unreached_name(points, rows, i, is_whole_suite, name);
        }
        if (name[0] == '\0') {
            continue;
        }
        if (!is_begun) {
            screen_begin(screen, is_whole_suite ? PAINT_BAD : PAINT_WARNING,
                         is_whole_suite ? "UNREACHED" : "unreached");
        }
        screen_say(screen, "%s%s", is_begun ? ", " : "", name);
        is_begun = true;
    }
    if (is_begun) {
        screen_end(screen);
    }
}

/* What is missing at a point, in words; "" when nothing is. The worst gap only. A read cannot be
 * killed at, so it wants to have failed instead. Where no trace came, there was nothing to plan. */
static const char *gap_of(const struct campaign_coverage *row, bool is_mutating)
{
    if (row->hits > 0 && (is_mutating ? row->killed : row->failed) == 0) {
        return is_mutating ? "never killed" : "never failed";
    }
    if (row->fired < row->planned) {
        return "not all fired";
    }
    if (row->checked < row->fired) {
        return "not all judged";
    }
    return row->hits == 0 && row->planned == 0 ? "in recoveries" : "";
}

enum column { POINT, HITS, STRUCK, SHARE, PLANNED, FIRED, JUDGED, VIOLATED, GAP, COLUMN_COUNT };

struct table {
    const struct points *points;
    const struct campaign_coverage *rows;
};

/* "21 killed" of 21 hits. A point that only recoveries reach has no hits of a trace: no ratio. */
static void print_struck(const struct campaign_coverage *row, bool is_mutating, bool is_percent,
                         char text[SCREEN_CELL_SIZE_BYTES])
{
    uint64_t struck = is_mutating ? row->killed : row->failed;
    char words[PAINT_DURATION_SIZE_BYTES];

    if (row->hits == 0) {
        return;
    }
    if (is_percent) {
        (void)snprintf(text, SCREEN_CELL_SIZE_BYTES, "%s", paint_percent(struck, row->hits, words));
    } else {
        (void)snprintf(text, SCREEN_CELL_SIZE_BYTES, "%s %s", paint_count(struck, words),
                       is_mutating ? "killed" : "failed");
    }
}

static void cell(const void *arg, uint32_t index, uint32_t column,
                 char text[SCREEN_CELL_SIZE_BYTES])
{
    const struct table *table = arg;
    const struct campaign_coverage *row = &table->rows[index];
    bool is_mutating = points_is_mutating(table->points, index);
    const uint64_t counts[COLUMN_COUNT] = {
        [HITS] = row->hits,
        [PLANNED] = row->planned,
        [FIRED] = row->fired,
        [JUDGED] = row->checked,
        /* Those of images are told by their scenario. */
        [VIOLATED] = row->violations - row->image_violations,
    };

    if (column == POINT) {
        (void)snprintf(text, SCREEN_CELL_SIZE_BYTES, "%s",
                       is_reached(row) ? points_name(table->points, index) : "");
    } else if (column == STRUCK || column == SHARE) {
        print_struck(row, is_mutating, column == SHARE, text);
    } else if (column == GAP) {
        (void)snprintf(text, SCREEN_CELL_SIZE_BYTES, "%s", gap_of(row, is_mutating));
    } else if (column == HITS ? row->hits > 0 : row->planned > 0) {
        (void)paint_count(counts[column], text);
    }
}

void coverage_text_table(const struct screen *screen, const struct points *points,
                         const struct campaign_coverage rows[POINTS_MAX])
{
    static const char *const heads[COLUMN_COUNT] = {
        "LIVE CASES", "hits", "struck", "", "planned", "fired", "judged", "violated", ""};
    const struct table table = {points, rows};

    screen_table(screen, &(struct screen_table){heads, COLUMN_COUNT, points->count, cell, &table});
}
