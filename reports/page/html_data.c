/* Sums and lists of a report, cut to a size (html_data.h). */
#include "reports/page/html_data.h"

#include "reports/page/html_page.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Of a page, kept free of stories: what is around them. */
#define RESERVE_BYTES ((size_t)192 << 10)

static json_int_t integer_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "" : text;
}

/* Takes `value` over. */
static void set(json_t *object, const char *key, json_t *value)
{
    (void)json_object_set_new(object, key, value);
}

/* The keys of `from` that there are, shared with it. */
static void copy_keys(json_t *to, const json_t *from, const char *const *keys)
{
    for (; *keys != NULL; keys++) {
        json_t *value = json_object_get(from, *keys);
        if (value != NULL) {
            (void)json_object_set(to, *keys, value);
        }
    }
}

/* Outcomes that occurred. */
static json_t *nonzero(json_t *counts)
{
    json_t *object = json_object();
    const char *key;
    json_t *value;
    json_object_foreach(counts, key, value)
    {
        if (json_integer_value(value) != 0) {
            (void)json_object_set(object, key, value);
        }
    }
    return object;
}

static json_t *scenario_row(const json_t *scenario)
{
    static const char *const keys[] = {
        "name",   "path",    "seed",     "target",  "switches", "as_expected", "ended",
        "run",    "passed",  "failed",   "skipped", "verdict",  "cut_short",   "sympathy",
        "expect", "planned", "left_out", "pass",    "violated", "duration_us", "first_catch_cases",
        NULL};
    json_t *row = json_object();
    copy_keys(row, scenario, keys);
    set(row, "outcomes", nonzero(json_object_get(scenario, "outcomes")));
    set(row, "images", json_integer(integer_of(json_object_get(scenario, "explore"), "judged")));
    return row;
}

/* Adds the images of a scenario that did not end intact, by the point where the power was lost. */
static void add_bad_images(json_t *sums, json_t *coverage)
{
    const char *point;
    json_t *row;
    json_object_foreach(coverage, point, row)
    {
        json_int_t count = integer_of(row, "image_violations");
        if (count > 0) {
            set(sums, point, json_integer(integer_of(sums, point) + count));
        }
    }
}

/* Of scenarios that expect to be violated it is no failure: those stand by themselves. */
static void add_images(json_t *data, const json_t *scenarios)
{
    json_t *failed = json_object();
    json_t *wanted = json_object();
    size_t index;
    const json_t *scenario;
    json_array_foreach(scenarios, index, scenario)
    {
        bool is_wanted = json_array_size(json_object_get(scenario, "expect")) > 0;
        add_bad_images(is_wanted ? wanted : failed, json_object_get(scenario, "coverage"));
    }
    set(data, "images", json_pack("{so so}", "failed", failed, "wanted", wanted));
}

/* Those that did not go as expected first: what is cut is the rest. */
static size_t add_scenarios(json_t *data, const json_t *scenarios)
{
    json_t *rows = json_array();
    size_t index;
    const json_t *scenario;
    for (int pass = 0; pass < 2; pass++) {
        json_array_foreach(scenarios, index, scenario)
        {
            bool is_first = !json_is_true(json_object_get(scenario, "as_expected"));
            if (is_first == (pass == 0) && json_array_size(rows) < HTML_DATA_SCENARIOS_MAX) {
                (void)json_array_append_new(rows, scenario_row(scenario));
            }
        }
    }
    size_t shown = json_array_size(rows);
    set(data, "scenarios", rows);
    return json_array_size(scenarios) - shown;
}

/* The number of a word in a list of words, which grows by it. */
static json_int_t number_of(json_t *words, json_t *index, const char *word)
{
    json_t *known = json_object_get(index, word);
    if (known != NULL) {
        return json_integer_value(known);
    }
    json_int_t number = (json_int_t)json_array_size(words);
    (void)json_array_append_new(words, json_string(word));
    set(index, word, json_integer(number));
    return number;
}

/* Words of the cells, each once. */
struct words {
    json_t *scenarios;
    json_t *scenario_index;
    json_t *points;
    json_t *point_index;
    json_t *faults;
    json_t *fault_index;
};

/* The columns of a cell's row, which page.js takes apart. */
enum column { SCENARIO, POINT, FAULT, ROLE, CASES, FAILED, BROKEN, SKIPPED, OUTCOMES };

static json_t *cell_row(struct words *words, const json_t *cell, const char *scenario)
{
    return json_pack("[IIIsIIIIo]", number_of(words->scenarios, words->scenario_index, scenario),
                     number_of(words->points, words->point_index, text_of(cell, "point")),
                     number_of(words->faults, words->fault_index, text_of(cell, "fault")),
                     text_of(cell, "role"), integer_of(cell, "cases"), integer_of(cell, "failed"),
                     integer_of(cell, "broken"), integer_of(cell, "skipped"),
                     nonzero(json_object_get(cell, "outcomes")));
}

/* Adds what `more` counts. */
static void sum_up(json_t *outcomes, json_t *more)
{
    const char *key;
    json_t *value;
    json_object_foreach(more, key, value)
    {
        set(outcomes, key, json_integer(integer_of(outcomes, key) + json_integer_value(value)));
    }
}

static void add_cell(json_t *rows, json_t *index, json_t *row)
{
    char key[128];
    (void)snprintf(key, sizeof(key), "%lld/%lld/%s", json_integer_value(json_array_get(row, POINT)),
                   json_integer_value(json_array_get(row, FAULT)),
                   json_string_value(json_array_get(row, ROLE)));
    json_t *sum = json_object_get(index, key);
    if (sum == NULL) {
        (void)json_array_append(rows, row);
        (void)json_object_set(index, key, row);
        return;
    }
    for (size_t i = CASES; i < OUTCOMES; i++) {
        (void)json_array_set_new(sum, i,
                                 json_integer(json_integer_value(json_array_get(sum, i)) +
                                              json_integer_value(json_array_get(row, i))));
    }
    sum_up(json_array_get(sum, OUTCOMES), json_array_get(row, OUTCOMES));
}

/* A cell of each scenario, point and fault; where they are too many, one of each point and fault,
 * whose scenario is "". */
static void add_cells(json_t *data, const json_t *cells)
{
    struct words words = {json_array(),  json_object(), json_array(),
                          json_object(), json_array(),  json_object()};
    json_t *rows = json_array();
    json_t *sums = json_object();
    bool is_summed = json_array_size(cells) > HTML_DATA_CELLS_MAX;
    size_t index;
    const json_t *cell;
    json_array_foreach(cells, index, cell)
    {
        json_t *row = cell_row(&words, cell, is_summed ? "" : text_of(cell, "scenario"));
        if (is_summed) {
            add_cell(rows, sums, row);
        } else {
            (void)json_array_append(rows, row);
        }
        json_decref(row);
    }
    set(data, "cells",
        json_pack("{so so so so}", "scenarios", words.scenarios, "points", words.points, "faults",
                  words.faults, "rows", rows));
    json_decref(words.scenario_index);
    json_decref(words.point_index);
    json_decref(words.fault_index);
    json_decref(sums);
}

static size_t add_failures(json_t *data, const json_t *failures)
{
    static const char *const keys[] = {"scenario", "role",  "outcome", "violated",
                                       "point",    "fault", "token",   NULL};
    json_t *rows = json_array();
    size_t index;
    const json_t *failure;
    json_array_foreach(failures, index, failure)
    {
        if (index == HTML_DATA_FAILURES_MAX) {
            break;
        }
        json_t *row = json_object();
        const char *detail = text_of(failure, "detail");
        copy_keys(row, failure, keys);
        /* The first line says it; the document is ASCII or UTF-8, and a line is cut whole. */
        set(row, "detail", json_stringn(detail, strcspn(detail, "\n")));
        (void)json_array_append_new(rows, row);
    }
    size_t shown = json_array_size(rows);
    set(data, "failures", rows);
    return json_array_size(failures) - shown;
}

json_t *html_data_new(const struct html_data_input *input)
{
    static const char *const keys[] = {"schema_version", "version", "seed",  "totals",  "identity",
                                       "stores",         "canary",  "audit", "explore", "coverage",
                                       "causes",         "history", "shard", "merged",  NULL};
    static const char *const run_keys[] = {"argv", "began", "ended", "host", "state", NULL};
    json_t *data = json_object();
    json_t *run = json_object();
    copy_keys(data, input->report, keys);
    copy_keys(run, input->run, run_keys);
    set(data, "run", run);
    set(data, "name", json_string(input->name));
    set(data, "command", json_string(input->command));
    set(data, "base", input->base == NULL ? json_null() : json_string(input->base));
    set(data, "whys", json_object());
    set(data, "trend", input->trend == NULL ? json_null() : json_deep_copy(input->trend));
    set(data, "bench", input->bench == NULL ? json_null() : json_deep_copy(input->bench));
    json_int_t scenarios =
        (json_int_t)add_scenarios(data, json_object_get(input->report, "scenarios"));
    add_images(data, json_object_get(input->report, "scenarios"));
    add_cells(data, json_object_get(input->report, "cells"));
    json_int_t failures =
        (json_int_t)add_failures(data, json_object_get(input->report, "failures"));
    set(data, "cut",
        json_pack("{sI sI si si}", "scenarios", scenarios, "failures", failures, "figures", 0,
                  "stories", 0));
    return data;
}

static size_t dumped_bytes(const json_t *json)
{
    return json_dumpb(json, NULL, 0, JSON_COMPACT | JSON_ENSURE_ASCII);
}

static void count_cut(json_t *data, const char *what)
{
    json_t *cut = json_object_get(data, "cut");
    set(cut, what, json_integer(integer_of(cut, what) + 1));
}

void html_data_add_why(json_t *data, size_t index, json_t *why)
{
    char key[24];
    size_t used = dumped_bytes(data) + html_page_frame_bytes() + RESERVE_BYTES;
    size_t room = used < HTML_PAGE_SIZE_BYTES_MAX ? HTML_PAGE_SIZE_BYTES_MAX - used : 0;
    json_t *copy = json_copy(why);
    (void)snprintf(key, sizeof(key), "%zu", index);
    if (dumped_bytes(copy) > room) {
        set(copy, "figures", json_null());
        count_cut(data, "figures");
    }
    if (dumped_bytes(copy) > room) {
        count_cut(data, "stories");
        json_decref(copy);
        return;
    }
    set(json_object_get(data, "whys"), key, copy);
}
