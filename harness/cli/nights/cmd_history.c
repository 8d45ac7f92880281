/* killpoint history: what earlier runs had. */
#include "harness/archive/run_file.h"
#include "harness/archive/whole_file.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/nights/night_text.h"
#include "harness/cli/nights/nights.h"
#include "harness/cli/options.h"
#include "harness/cli/places.h"
#include "harness/history/history_read.h"
#include "harness/history/history_write.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define NIGHTS_DEFAULT  10
#define RESOLVED_SHOWN  5
#define SCENARIOS_SHOWN 5
#define CELLS_SHOWN     20

struct session {
    const char *runs;
    const char *output;
    uint64_t nights;
    bool is_json;
    enum paint_when colour;
    char command[PLACES_PATH_SIZE_BYTES];
};

static const struct options_row rows[] = {
    {0, "last", "N", "so many runs, the newest first (default 10)",
     OPTIONS_COUNT(struct session, nights, 1, 1000000)},
    {'o', "output", "FILE", "where the weights go (default: standard output)",
     OPTIONS_TEXT(struct session, output)},
    {0, "runs", "DIR", "where run directories are (default $KILLPOINT_RUNS, runs)",
     OPTIONS_TEXT(struct session, runs)},
    {0, "json", NULL, "as JSON, all of it", OPTIONS_FLAG(struct session, is_json)},
    {0, "color", "WHEN", "auto, always or never",
     OPTIONS_TAKEN(struct session, colour, paint_when_take)},
};

static const char *const examples[] = {
    "history                     causes with their state, the last runs, the slowest scenarios",
    "history b97b                one cause, by the beginning of its fingerprint",
    "history plain-sync          one scenario, and its cases by point and fault",
    "history weights -o w.json   what scenarios cost, for run --weights",
    NULL,
};

static const struct options_note notes[] = {
    {NULL,
     "It is in history.sqlite beside the run directories. A run adds itself when it ends, and "
     "runs that are missing there are taken in from their directories; a damaged file is moved "
     "aside first, and said. A cause is new, ongoing, rare or resolved by the runs that cover "
     "it: they saw it, or ran every scenario in which it was last seen, each to its end and "
     "with at least half as many cases as then. Rare is what came back twice in the last 20 of "
     "them, or what one and the same program had once and once not."},
    {NULL, NULL},
};

static const struct options_command command = {
    .name = "history",
    .operands = "[CAUSE|SCENARIO|weights]",
    .summary = "Shows what earlier runs had: causes and since when, counts, times.",
    .examples = examples,
    .rows = rows,
    .row_count = sizeof(rows) / sizeof(rows[0]),
    .notes = notes,
};

static void put_head(struct screen *screen, const json_t *all)
{
    char first[16];
    char last[16];
    int64_t runs = night_text_number(all, "runs");

    night_text_date(all, "first", first);
    night_text_date(all, "last", last);
    screen_begin(screen, PAINT_STRONG, "HISTORY");
    screen_say(screen, "%s: %" PRId64 " run%s", night_text_of(all, "file"), runs,
               runs == 1 ? "" : "s");
    if (runs > 0) {
        screen_say(screen, " from %s to %s", first, last);
    }
    screen_say(screen, "; %s",
               strcmp(night_text_of(all, "journal"), "wal") == 0 ? "write-ahead log"
                                                                 : "rollback journal");
    screen_end(screen);
}

/* "since 2026-11-25, in 3 of 3 runs; 2 scenarios". */
static void print_how(const json_t *cause, char *text, size_t text_size_bytes)
{
    char since[16];
    char last[16];
    int64_t scenarios = night_text_number(cause, "scenario_count");
    bool is_resolved = strcmp(night_text_of(cause, "state"), "resolved") == 0;

    night_text_date(cause, "since", since);
    night_text_date(cause, "last_seen", last);
    (void)snprintf(text, text_size_bytes,
                   "%s %s, in %" PRId64 " of %" PRId64 " runs since %s, %" PRId64 " scenario%s%s",
                   is_resolved ? "last seen" : "seen", last, night_text_number(cause, "seen_runs"),
                   night_text_number(cause, "covered_runs"), since, scenarios,
                   scenarios == 1 ? "" : "s",
                   is_resolved || json_is_true(json_object_get(cause, "is_covered"))
                       ? ""
                       : "; not covered by the last run");
}

static void put_causes(struct screen *screen, const json_t *all)
{
    static const struct {
        const char *state;
        const char *label;
        enum paint_tone tone;
    } states[] = {{"new", "NEW", PAINT_BAD},
                  {"ongoing", "ONGOING", PAINT_BAD},
                  {"rare", "RARE", PAINT_WARNING},
                  {"resolved", "RESOLVED", PAINT_GOOD}};
    const json_t *causes = json_object_get(all, "causes");
    char how[192];

    for (size_t k = 0; k < sizeof(states) / sizeof(states[0]); k++) {
        uint32_t shown = 0;
        uint32_t count = 0;

        for (size_t i = 0; i < json_array_size(causes); i++) {
            const json_t *cause = json_array_get(causes, i);

            if (strcmp(night_text_of(cause, "state"), states[k].state) == 0 &&
                (count++ < RESOLVED_SHOWN || k < 3)) {
                print_how(cause, how, sizeof(how));
                night_text_cause(screen, states[k].label, states[k].tone, cause, how);
                shown++;
            }
        }
        if (count > shown) {
            screen_line(screen, PAINT_PLAIN, "", "and %" PRIu32 " more (--json)", count - shown);
        }
    }
    if (json_array_size(causes) == 0) {
        screen_line(screen, PAINT_GOOD, "CAUSES", "none");
    }
}

static const char *const night_heads[] = {"run",    "revision", "cases", "failed",
                                          "causes", "new",      "time",  "exit"};

static void night_cell(const void *arg, uint32_t row, uint32_t column,
                       char text[SCREEN_CELL_SIZE_BYTES])
{
    const json_t *night = json_array_get(arg, row);
    static const char *const numbers[] = {"failed", "causes", "first_seen"};
    char duration[PAINT_DURATION_SIZE_BYTES];

    if (column == 0) {
        (void)snprintf(text, SCREEN_CELL_SIZE_BYTES, "%s", night_text_of(night, "id"));
    } else if (column == 1) {
        (void)snprintf(text, SCREEN_CELL_SIZE_BYTES, "%.12s%s", night_text_of(night, "revision"),
                       json_is_true(json_object_get(night, "is_dirty")) ? "+" : "");
    } else if (column == 2) {
        (void)paint_count(
            (uint64_t)(night_text_number(night, "passed") + night_text_number(night, "failed")),
            duration);
        (void)snprintf(text, SCREEN_CELL_SIZE_BYTES, "%s", duration);
    } else if (column < 6) {
        (void)snprintf(text, SCREEN_CELL_SIZE_BYTES, "%" PRId64,
                       night_text_number(night, numbers[column - 3]));
    } else if (column == 6) {
        (void)paint_duration((uint64_t)night_text_number(night, "duration_us"), duration);
        (void)snprintf(text, SCREEN_CELL_SIZE_BYTES, "%s", duration);
    } else {
        (void)snprintf(text, SCREEN_CELL_SIZE_BYTES, "%" PRId64 "%s",
                       night_text_number(night, "exit_code"),
                       strcmp(night_text_of(night, "state"), "ended") == 0 ? "" : " (not ended)");
    }
}

static void put_nights(struct screen *screen, const json_t *nights)
{
    const struct screen_table table = {.heads = night_heads,
                                       .column_count = 8,
                                       .row_count = (uint32_t)json_array_size(nights),
                                       .cell = night_cell,
                                       .arg = nights};

    screen_table(screen, &table);
}

/* "name 3.5 s, name 2.1 s": the first of a list, by one of its times. */
static void put_times(struct screen *screen, const char *label, const json_t *list)
{
    char duration[PAINT_DURATION_SIZE_BYTES];

    if (json_array_size(list) == 0) {
        return;
    }
    screen_begin(screen, PAINT_STRONG, label);
    for (size_t i = 0; i < json_array_size(list) && i < SCENARIOS_SHOWN; i++) {
        const json_t *row = json_array_get(list, i);
        int64_t missed = night_text_number(row, "missed");

        screen_say(screen, "%s%s %s", i == 0 ? "" : ", ", night_text_of(row, "name"),
                   paint_duration((uint64_t)night_text_number(row, "mean_us"), duration));
        if (missed > 0) {
            screen_say(screen, " (missed %" PRId64 " times)", missed);
        }
    }
    screen_end(screen);
}

static void put_bench(struct screen *screen, const json_t *figures)
{
    for (size_t i = 0; i < json_array_size(figures); i++) {
        const json_t *row = json_array_get(figures, i);

        screen_line(screen, PAINT_STRONG, i == 0 ? "BENCH" : "",
                    "%s: %.4g %s; %.4g to %.4g in %" PRId64 " measurements",
                    night_text_of(row, "name"), json_number_value(json_object_get(row, "value")),
                    night_text_of(row, "unit"), json_number_value(json_object_get(row, "least")),
                    json_number_value(json_object_get(row, "most")),
                    night_text_number(row, "times"));
    }
}

static void put_all(struct screen *screen, const json_t *all)
{
    put_head(screen, all);
    put_causes(screen, all);
    put_times(screen, "SLOWEST", json_object_get(all, "slowest"));
    put_times(screen, "CATCHES", json_object_get(all, "catches"));
    put_bench(screen, json_object_get(all, "bench"));
    (void)fputc('\n', screen->stream);
    put_nights(screen, json_object_get(all, "nights"));
}

static void put_sightings(struct screen *screen, const json_t *cause, uint64_t limit)
{
    const json_t *sightings = json_object_get(cause, "sighting_list");
    size_t count = json_array_size(sightings);

    for (size_t i = 0; i < count && i < limit; i++) {
        const json_t *row = json_array_get(sightings, i);

        screen_line(screen, PAINT_PLAIN, i == 0 ? "SEEN" : "",
                    "%s  %.12s%s  %" PRId64 " cases; scenarios: %" PRId64 "%s%s",
                    night_text_of(row, "id"), night_text_of(row, "revision"),
                    json_is_true(json_object_get(row, "is_dirty")) ? "+" : "",
                    night_text_number(row, "cases"), night_text_number(row, "scenario_count"),
                    *night_text_of(row, "switches") == '\0' ? "" : "  ",
                    night_text_of(row, "switches"));
        screen_token(screen, SCREEN_LABEL_WIDTH, "replay", night_text_of(row, "token"));
    }
    if (count > limit) {
        screen_line(screen, PAINT_PLAIN, "", "and %zu more (--last N)", count - (size_t)limit);
    }
}

static void put_counts(struct screen *screen, const char *label, json_t *counts)
{
    const char *key;
    json_t *value;
    const char *comma = "";

    if (!json_is_object(counts)) {
        return;
    }
    screen_begin(screen, PAINT_PLAIN, label);
    json_object_foreach(counts, key, value)
    {
        screen_say(screen, "%s%s %" JSON_INTEGER_FORMAT, comma, key, json_integer_value(value));
        comma = ", ";
    }
    screen_end(screen);
}

static void put_cause(struct screen *screen, const json_t *cause, uint64_t limit)
{
    char how[192];
    char label[16];
    const char *state = night_text_of(cause, "state");

    for (size_t i = 0; i < sizeof(label); i++) {
        label[i] = (char)(state[i] >= 'a' && state[i] <= 'z' ? state[i] - 'a' + 'A' : '\0');
        if (label[i] == '\0') {
            break;
        }
    }
    print_how(cause, how, sizeof(how));
    night_text_cause(screen, label, strcmp(state, "resolved") == 0 ? PAINT_GOOD : PAINT_BAD, cause,
                     how);
    screen_line(screen, PAINT_PLAIN, "FIRST", "seen %s", night_text_of(cause, "first_seen"));
    screen_line(screen, PAINT_PLAIN, "LAST", "%.*s",
                (int)strcspn(night_text_of(cause, "detail"), "\n"), night_text_of(cause, "detail"));
    put_counts(screen, "FAULTS", json_object_get(cause, "faults"));
    put_counts(screen, "POINTS", json_object_get(cause, "points"));
    put_sightings(screen, cause, limit);
}

static void put_scenario(struct screen *screen, const json_t *scenario)
{
    const json_t *nights = json_object_get(scenario, "nights");
    const json_t *cells = json_object_get(scenario, "cells");
    char duration[PAINT_DURATION_SIZE_BYTES];

    for (size_t i = 0; i < json_array_size(nights); i++) {
        const json_t *row = json_array_get(nights, i);

        screen_line(screen,
                    json_is_true(json_object_get(row, "is_expected")) ? PAINT_GOOD : PAINT_BAD,
                    json_is_true(json_object_get(row, "is_expected")) ? "ok" : "FAILED",
                    "%s  %" PRId64 " cases, %" PRId64 " of them images, %" PRId64 " failed; %s%s",
                    night_text_of(row, "id"), night_text_number(row, "cases"),
                    night_text_number(row, "images"), night_text_number(row, "failed"),
                    paint_duration((uint64_t)night_text_number(row, "duration_us"), duration),
                    json_is_true(json_object_get(row, "is_whole")) ? "" : "; not to its end");
    }
    for (size_t i = 0; i < json_array_size(cells) && i < CELLS_SHOWN; i++) {
        const json_t *row = json_array_get(cells, i);
        const char *point = night_text_of(row, "point");
        bool is_plain = *point == '\0' || strcmp(night_text_of(row, "role"), "fault") == 0;

        screen_line(screen, PAINT_PLAIN, i == 0 ? "CASES" : "",
                    "%s%s%s%s%s: %" PRId64 ", %" PRId64 " of them failed",
                    *point == '\0' ? night_text_of(row, "role") : point,
                    *point == '\0' ? "" : " × ", night_text_of(row, "fault"), is_plain ? "" : ", ",
                    is_plain ? "" : night_text_of(row, "role"), night_text_number(row, "cases"),
                    night_text_number(row, "failed"));
    }
    if (json_array_size(cells) > CELLS_SHOWN) {
        screen_line(screen, PAINT_PLAIN, "", "and %zu more points and faults (--json)",
                    json_array_size(cells) - CELLS_SHOWN);
    }
}

/* A row a line, as scenarios/expected.json has them. */
static void put_weights(FILE *stream, const json_t *weights)
{
    (void)fputs("{\"usual\": true, \"scenarios\": [", stream);
    for (size_t i = 0; i < json_array_size(weights); i++) {
        (void)fputs(i == 0 ? "\n" : ",\n", stream);
        (void)json_dumpf(json_array_get(weights, i), stream,
                         JSON_ENSURE_ASCII | JSON_PRESERVE_ORDER);
    }
    (void)fputs("\n]}\n", stream);
}

static int write_weights(const struct session *session, struct history_db *db, struct err *err)
{
    struct whole_file file;
    json_t *weights = NULL;
    int r = history_read_weights(db, &weights, err);

    if (r < 0) {
        return r;
    }
    if (json_array_size(weights) == 0) {
        r = err_set(err, ERR_USAGE,
                    "no run in '%s' ran a scenario whole and as it is: there are no weights",
                    session->runs);
        goto out;
    }
    r = whole_file_begin(&file, AT_FDCWD, session->output == NULL ? "/dev/stdout" : session->output,
                         err);
    if (r < 0) {
        goto out;
    }
    put_weights(file.stream, weights);
    r = whole_file_finish(&file, err);
out:
    json_decref(weights);
    return r;
}

/* A word of hexadecimal digits may be a scenario's name as well: that comes second. */
static int read_word(const struct session *session, struct history_db *db, const char *word,
                     json_t **ret_found, struct err *err)
{
    bool is_print = word[strspn(word, "0123456789abcdef")] == '\0' && strlen(word) <= 12;
    struct err own = ERR_INIT;
    int r = is_print ? history_read_cause(db, word, ret_found, &own) : ERR_USAGE;

    if (r != ERR_USAGE) {
        return r < 0 ? err_set(err, r, "%s", own.text) : 0;
    }
    r = history_read_scenario(db, word, (uint32_t)session->nights, ret_found, err);
    return r == ERR_USAGE && is_print ? err_set(err, r, "%s", own.text) : r;
}

static int show(const struct session *session, struct history_db *db, const char *word,
                struct err *err)
{
    struct screen screen = night_text_screen(session->colour, session->command);
    json_t *found = NULL;
    int r = word == NULL ? history_read_all(db, (uint32_t)session->nights, &found, err)
                         : read_word(session, db, word, &found, err);

    if (r < 0) {
        return r;
    }
    if (session->is_json) {
        (void)json_dumpf(found, stdout, JSON_INDENT(1) | JSON_ENSURE_ASCII);
        (void)putchar('\n');
    } else if (word == NULL) {
        put_all(&screen, found);
    } else if (json_object_get(found, "scenario") != NULL) {
        put_scenario(&screen, found);
    } else {
        put_cause(&screen, found, session->nights);
    }
    json_decref(found);
    return 0;
}

/* Where nothing is, nothing is to be made. */
static int open_history(const struct session *session, struct history_db **ret_db, struct err *err)
{
    char path[PLACES_PATH_SIZE_BYTES + 32];
    char **names = NULL;
    size_t count = 0;
    int r = run_file_list(session->runs, &names, &count, err);

    if (r < 0) {
        return r;
    }
    run_file_list_free(names, count);
    (void)snprintf(path, sizeof(path), "%.1000s/" HISTORY_DB_NAME, session->runs);
    if (count == 0 && access(path, F_OK) != 0) {
        return err_set(err, ERR_USAGE, "no run in '%s' yet, and no history (--runs DIR: elsewhere)",
                       session->runs);
    }
    return history_db_open(session->runs, ret_db, err);
}

static int history(const struct session *session, const char *word, struct err *err)
{
    struct history_db *db = NULL;
    uint32_t added = 0;
    int r = open_history(session, &db, err);

    if (r < 0) {
        return r;
    }
    if (history_db_note(db)[0] != '\0') {
        (void)fprintf(stderr, "killpoint: %s\n", history_db_note(db));
    }
    r = history_write_missing(db, session->runs, &added, err);
    if (r == 0 && added > 0) {
        (void)fprintf(stderr, "killpoint: %" PRIu32 " run%s taken in from '%s'\n", added,
                      added == 1 ? "" : "s", session->runs);
    }
    if (r == 0) {
        r = word != NULL && strcmp(word, "weights") == 0 ? write_weights(session, db, err)
                                                         : show(session, db, word, err);
    }
    db = history_db_close(db);
    return r;
}

int cmd_history(int argc, char **argv)
{
    struct session session = {.runs = places_runs(), .nights = NIGHTS_DEFAULT};
    struct options_words words = {argc, argv, argc};
    struct err err = ERR_INIT;
    int r = options_parse(&command, &words, &session, &err);

    if (r == 0 && argc - words.operand > 1) {
        r = err_set(&err, ERR_USAGE, "history takes one word, not %d", argc - words.operand);
    }
    if (r == 0) {
        (void)places_command(session.command);
        r = history(&session, words.operand < argc ? argv[words.operand] : NULL, &err);
    }
    return exit_code_end(r, EXIT_CODE_OK, &err);
}
