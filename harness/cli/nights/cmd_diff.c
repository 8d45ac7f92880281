/* killpoint diff: what one run has that another had not. */
#include "harness/archive/run_file.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/nights/night_text.h"
#include "harness/cli/nights/nights.h"
#include "harness/cli/options.h"
#include "harness/cli/places.h"
#include "harness/history/history_diff.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define NAMES_SHOWN 12

struct session {
    const char *runs;
    bool is_json;
    enum paint_when colour;
    char command[PLACES_PATH_SIZE_BYTES];
};

static const struct options_row rows[] = {
    {0, "runs", "DIR", "where run directories are (default $KILLPOINT_RUNS, runs)",
     OPTIONS_TEXT(struct session, runs)},
    {0, "json", NULL, "as JSON, all of it", OPTIONS_FLAG(struct session, is_json)},
    {0, "color", "WHEN", "auto, always or never",
     OPTIONS_TAKEN(struct session, colour, paint_when_take)},
};

static const char *const examples[] = {
    "diff last                   the newest run against the one before it",
    "diff runs/2026-11-26T020001Z-3f9a1c latest",
    "diff before.json after.json",
    NULL,
};

static const struct options_note notes[] = {
    {NULL,
     "A run is a directory, a file of --json, an id or as much of it as no other has, `latest` "
     "or `last`. Exit 1 says that the second run has a cause that the first had not. A cause "
     "whose scenarios the second run did not run, or not whole, is not covered, and not "
     "resolved."},
    {NULL, NULL},
};

static const struct options_command command = {
    .name = "diff",
    .operands = "RUN RUN|last",
    .summary = "Says which causes the second run has that the first had not, and the reverse.",
    .examples = examples,
    .rows = rows,
    .row_count = sizeof(rows) / sizeof(rows[0]),
    .notes = notes,
};

struct pair {
    struct run_file before;
    struct run_file after;
};

static const struct {
    const char *list;
    const char *label;
    enum paint_tone tone;
} states[] = {{"new", "NEW", PAINT_BAD},
              {"ongoing", "ONGOING", PAINT_BAD},
              {"rare", "RARE", PAINT_WARNING},
              {"resolved", "RESOLVED", PAINT_GOOD},
              {"not_covered", "UNCOVERED", PAINT_WARNING}};

static void put_run(struct screen *screen, const char *label, const struct run_file *file)
{
    const json_t *totals = json_object_get(file->report, "totals");
    const json_t *identity = json_object_get(file->report, "identity");
    char duration[PAINT_DURATION_SIZE_BYTES];

    screen_line(screen, PAINT_STRONG, label,
                "%s  %.12s%s  %" PRId64 " passed, %" PRId64 " failed; %s",
                file->id[0] == '\0' ? file->path : file->id, night_text_of(identity, "revision"),
                json_is_true(json_object_get(identity, "dirty")) ? "+" : "",
                night_text_number(totals, "passed"), night_text_number(totals, "failed"),
                paint_duration((uint64_t)night_text_number(totals, "duration_us"), duration));
}

static void put_causes(struct screen *screen, const json_t *diff)
{
    char how[64];

    for (size_t k = 0; k < sizeof(states) / sizeof(states[0]); k++) {
        const json_t *list = json_object_get(diff, states[k].list);

        for (size_t i = 0; i < json_array_size(list); i++) {
            const json_t *cause = json_array_get(list, i);
            int64_t scenarios = night_text_number(cause, "scenario_count");

            (void)snprintf(how, sizeof(how), "%" PRId64 " scenario%s, %" PRId64 " cases", scenarios,
                           scenarios == 1 ? "" : "s", night_text_number(cause, "cases"));
            night_text_cause(screen, states[k].label, states[k].tone, cause, how);
        }
    }
}

static void put_names(struct screen *screen, const json_t *diff, const char *list,
                      const char *label)
{
    const json_t *names = json_object_get(diff, list);
    size_t count = json_array_size(names);

    if (count == 0) {
        return;
    }
    screen_begin(screen, PAINT_STRONG, label);
    for (size_t i = 0; i < count && i < NAMES_SHOWN; i++) {
        const char *name = json_string_value(json_array_get(names, i));

        screen_say(screen, "%s%s", i == 0 ? "" : ", ", name == NULL ? "" : name);
    }
    if (count > NAMES_SHOWN) {
        screen_say(screen, ", and %zu more", count - NAMES_SHOWN);
    }
    screen_end(screen);
}

static void put_slower(struct screen *screen, const json_t *list)
{
    char before[PAINT_DURATION_SIZE_BYTES];
    char after[PAINT_DURATION_SIZE_BYTES];

    for (size_t i = 0; i < json_array_size(list) && i < NAMES_SHOWN; i++) {
        const json_t *row = json_array_get(list, i);

        screen_line(screen, PAINT_WARNING, i == 0 ? "SLOWER" : "", "%s: %s, was %s",
                    night_text_of(row, "name"),
                    paint_duration((uint64_t)night_text_number(row, "after_us"), after),
                    paint_duration((uint64_t)night_text_number(row, "before_us"), before));
    }
}

static size_t count_of(const json_t *diff, const char *list)
{
    return json_array_size(json_object_get(diff, list));
}

static void put_all(struct screen *screen, const struct pair *pair, const json_t *diff)
{
    put_run(screen, "BEFORE", &pair->before);
    put_run(screen, "AFTER", &pair->after);
    put_causes(screen, diff);
    put_names(screen, diff, "scenarios_failing", "FAILING");
    put_names(screen, diff, "scenarios_mended", "MENDED");
    put_names(screen, diff, "scenarios_added", "ADDED");
    put_names(screen, diff, "scenarios_gone", "GONE");
    put_names(screen, diff, "points_unreached", "UNREACHED");
    put_slower(screen, json_object_get(diff, "slower"));
    screen_line(screen, count_of(diff, "new") > 0 ? PAINT_BAD : PAINT_GOOD, "CAUSES",
                "%zu new, %zu ongoing, %zu rare, %zu resolved, %zu not covered",
                count_of(diff, "new"), count_of(diff, "ongoing"), count_of(diff, "rare"),
                count_of(diff, "resolved"), count_of(diff, "not_covered"));
}

static int put_json(const struct pair *pair, json_t *diff, struct err *err)
{
    json_t *runs = json_pack("{si ss ss}", "schema_version", 1, "before", pair->before.path,
                             "after", pair->after.path);
    int r = runs == NULL || json_object_update(runs, diff) < 0
                ? err_set(err, -ENOMEM, "no memory for a diff")
                : 0;

    if (r == 0) {
        (void)json_dumpf(runs, stdout, JSON_INDENT(1) | JSON_ENSURE_ASCII);
        (void)putchar('\n');
    }
    json_decref(runs);
    return r;
}

static bool has_report(const char *runs, const char *name)
{
    char path[RUN_FILE_PATH_SIZE_BYTES];

    return (size_t)snprintf(path, sizeof(path), "%s/%s/report.json", runs, name) < sizeof(path) &&
           access(path, F_OK) == 0;
}

/* The newest two that have a report: one that was killed has none. */
static int open_last(const char *runs, struct pair *pair, struct err *err)
{
    const char *found[2] = {NULL, NULL};
    char **names = NULL;
    size_t count = 0;
    int r = run_file_list(runs, &names, &count, err);

    if (r < 0) {
        return r;
    }
    for (size_t i = count; i-- > 0 && found[0] == NULL;) {
        if (has_report(runs, names[i])) {
            found[found[1] == NULL] = names[i];
        }
    }
    if (found[0] == NULL) {
        r = err_set(err, ERR_USAGE, "there are not yet two runs with a report in '%s'", runs);
        goto out;
    }
    r = run_file_open(runs, found[0], &pair->before, err);
    if (r == 0) {
        r = run_file_open(runs, found[1], &pair->after, err);
    }
out:
    run_file_list_free(names, count);
    return r;
}

static int open_pair(const struct session *session, char *const *words, int count,
                     struct pair *pair, struct err *err)
{
    if (count == 1 && strcmp(words[0], "last") == 0) {
        return open_last(session->runs, pair, err);
    }
    if (count != 2) {
        return err_set(err, ERR_USAGE, "diff takes two runs, or `last` (killpoint diff --help)");
    }
    int r = run_file_open(session->runs, words[0], &pair->before, err);
    return r < 0 ? r : run_file_open(session->runs, words[1], &pair->after, err);
}

static int compare(const struct session *session, char *const *words, int count, int *ret_code,
                   struct err *err)
{
    struct screen screen = night_text_screen(session->colour, session->command);
    struct pair pair = {.before = {.report = NULL}};
    json_t *diff = NULL;
    int r = open_pair(session, words, count, &pair, err);

    if (r == 0) {
        r = history_diff(pair.before.report, pair.after.report, &diff, err);
    }
    if (r < 0) {
        goto out;
    }
    *ret_code = count_of(diff, "new") > 0 ? EXIT_CODE_FAILED : EXIT_CODE_OK;
    if (session->is_json) {
        r = put_json(&pair, diff, err);
    } else {
        put_all(&screen, &pair, diff);
    }
    json_decref(diff);
out:
    run_file_done(&pair.before);
    run_file_done(&pair.after);
    return r;
}

int cmd_diff(int argc, char **argv)
{
    struct session session = {.runs = places_runs()};
    struct options_words words = {argc, argv, argc};
    struct err err = ERR_INIT;
    int code = EXIT_CODE_OK;
    int r = options_parse(&command, &words, &session, &err);

    if (r == 0) {
        (void)places_command(session.command);
        r = compare(&session, argv + words.operand, argc - words.operand, &code, &err);
    }
    return exit_code_end(r, code, &err);
}
