/* killpoint bench: has a worker measure and shows each figure beside its floor and target. */
#include "harness/campaign/pool.h"
#include "harness/cli/commands/commands.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"
#include "harness/cli/places.h"
#include "reports/paint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#define DURATION_MS_DEFAULT 1000

enum { OPTION_CHECK = 1, OPTION_DIR, OPTION_TIME, OPTION_JSON, OPTION_COLOR };

static const struct options_row rows[] = {
    {OPTION_CHECK, 'c', "check", NULL, "exit 1 when a target is missed"},
    {OPTION_DIR, 0, "dir", "DIR", "where the put figures write (default: here)"},
    {OPTION_TIME, 0, "time", "SECONDS", "how long each figure is measured (default 1)"},
    {OPTION_JSON, 0, "json", NULL, "as JSON, an object a line"},
    {OPTION_COLOR, 0, "color", "WHEN", "auto, always or never"},
};

static const char *const examples[] = {"bench", "bench --check --dir /var/tmp",
                                       "bench --time 5 --json", NULL};

static const struct options_command command = {
    .name = "bench",
    .operands = "",
    .summary = "Measures what cases, puts and recoveries cost.  Machines are noisy: each figure\n"
               "stands beside a floor that was measured in the same run.",
    .examples = examples,
    .rows = rows,
    .row_count = sizeof(rows) / sizeof(rows[0]),
};

struct session {
    struct bench_options bench;
    bool is_check;
    bool is_json;
    enum paint_when colour;
};

static int take_option(void *arg, int id, const char *value, struct err *err)
{
    struct session *session = arg;
    struct bench_options *bench = &session->bench;

    switch (id) {
    case OPTION_CHECK:
        session->is_check = true;
        return 0;
    case OPTION_DIR:
        if ((size_t)snprintf(bench->dir, sizeof(bench->dir), "%s", value) >= sizeof(bench->dir)) {
            return err_set(err, ERR_USAGE, "option '--dir': the path is too long");
        }
        return 0;
    case OPTION_TIME:
        return options_seconds("time", value, &bench->duration_ms, err);
    case OPTION_COLOR:
        return paint_when_parse(value, &session->colour)
                   ? 0
                   : err_set(err, ERR_USAGE, "option '--color': '%s' is not auto, always or never",
                             value);
    default:
        session->is_json = true;
        return 0;
    }
}

static int measure(const struct bench_options *options, struct bench_result *ret_result,
                   struct err *err)
{
    char worker[PLACES_PATH_SIZE_BYTES];
    struct pool *pool = NULL;
    int r = places_worker(worker, err);

    if (r == 0) {
        r = pool_open(worker, 1, &pool, err);
    }
    if (r == 0) {
        r = pool_bench(pool, options, ret_result, err);
    }
    pool_close(pool);
    return r;
}

/* As many digits as mean something. */
static void number_text(double value, char text[32])
{
    double size = value < 0 ? -value : value;

    (void)snprintf(text, 32, "%.*f", size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3, value);
}

static void print_row(const struct bench_row *row, bool coloured)
{
    const char *word = row->is_met ? "met" : "missed";
    char value[32];
    char floor[32] = "-";
    char ratio[32] = "-";

    number_text(row->value, value);
    if (row->floor != 0) {
        number_text(row->floor, floor);
    }
    if (row->ratio != 0) {
        number_text(row->ratio, ratio);
    }
    (void)printf("%-38s %10s %-8s %10s %7s  ", row->name, value, row->unit, floor, ratio);
    if (row->has_target) {
        (void)printf("%s%s%s (%s)", paint_begin(coloured, row->is_met ? PAINT_GOOD : PAINT_BAD),
                     word, paint_end(coloured, row->is_met ? PAINT_GOOD : PAINT_BAD), row->target);
    }
    (void)printf("\n");
    if (row->floor_name[0] != '\0' || row->note[0] != '\0') {
        (void)printf("    %s%s%s%s\n", row->floor_name[0] == '\0' ? "" : "floor: ", row->floor_name,
                     row->floor_name[0] == '\0' || row->note[0] == '\0' ? "" : "; ", row->note);
    }
}

static unsigned print_text(const struct bench_result *result, bool coloured)
{
    unsigned missed = 0;
    unsigned targets = 0;

    (void)printf("%-38s %10s %-8s %10s %7s  %s\n", "figure", "value", "unit", "floor", "ratio",
                 "target");
    for (uint32_t i = 0; i < result->count; i++) {
        const struct bench_row *row = &result->rows[i];

        print_row(row, coloured);
        targets += row->has_target;
        missed += row->has_target && !row->is_met;
    }
    (void)printf("targets: %u met, %u missed\n", targets - missed, missed);
    return missed;
}

static unsigned print_json(const struct bench_result *result)
{
    unsigned missed = 0;

    (void)fputs("{\n\"schema_version\": 1,\n\"figures\": [", stdout);
    for (uint32_t i = 0; i < result->count; i++) {
        const struct bench_row *row = &result->rows[i];
        json_t *object =
            json_pack("{ss sf ss sf ss sf ss sb sb ss}", "name", row->name, "value", row->value,
                      "unit", row->unit, "floor", row->floor, "floor_name", row->floor_name,
                      "ratio", row->ratio, "target", row->target, "has_target",
                      (int)row->has_target, "met", (int)row->is_met, "note", row->note);

        (void)fputs(i == 0 ? "\n" : ",\n", stdout);
        (void)json_dumpf(object, stdout, JSON_COMPACT);
        json_decref(object);
        missed += row->has_target && !row->is_met;
    }
    (void)fputs("\n]\n}\n", stdout);
    return missed;
}

int cmd_bench(int argc, char **argv)
{
    struct options_words words = {argc, argv, argc};
    struct session session = {.bench = {.dir = ".", .duration_ms = DURATION_MS_DEFAULT}};
    struct bench_result *result = calloc(1, sizeof(*result));
    struct err err = ERR_INIT;
    unsigned missed = 0;
    int r = options_parse(&command, &words, take_option, &session, &err);

    if (r == OPTIONS_HELP_SHOWN || result == NULL) {
        free(result);
        return r == OPTIONS_HELP_SHOWN ? EXIT_CODE_OK : EXIT_CODE_BROKEN;
    }
    if (r == 0 && words.operand < argc) {
        r = err_set(&err, ERR_USAGE, "bench takes no '%s' (killpoint bench --help)",
                    argv[words.operand]);
    }
    if (r == 0) {
        r = measure(&session.bench, result, &err);
    }
    if (r == 0) {
        missed = session.is_json ? print_json(result)
                                 : print_text(result, paint_is_wanted(session.colour, stdout));
    }
    free(result);
    if (r < 0) {
        return (int)exit_code_fail(&err, r);
    }
    return exit_code_flushed(session.is_check && missed > 0 ? EXIT_CODE_FAILED : EXIT_CODE_OK);
}
