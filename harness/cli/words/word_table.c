/* Tables of words, and their printing. */
#include "harness/cli/words/word_table.h"

#include "harness/case/left_out.h"
#include "harness/case/mechanism.h"
#include "harness/case/outcome.h"
#include "harness/case/points.h"
#include "harness/case/property.h"
#include "harness/cli/words/glossary.h"
#include "harness/cli/words/wrapped.h"
#include "harness/gate/policy_options.h"
#include "harness/scenario/scenario_options.h"
#include "store/base/event.h"
#include "store/disk/quirk.h"

#include <string.h>

#define CELL_SIZE_BYTES 1024
#define COLUMNS_MAX     12
/* Where what is said of a key begins. */
#define EXPLAINED_COLUMN 16
/* A table wider than this folds its columns that are wider than that. */
#define WIDTH_MAX    150
#define FOLDED_WIDTH 45

static void set(json_t *row, const char *key, const char *value)
{
    (void)json_object_set_new(row, key, json_string(value));
}

/* A fresh row at the end of `rows`. */
static json_t *add(json_t *rows, const char *name)
{
    json_t *row = json_object();

    set(row, "name", name);
    (void)json_array_append_new(rows, row);
    return row;
}

static void push(json_t *row, const char *key, const char *word)
{
    json_t *list = json_object_get(row, key);

    if (list == NULL) {
        (void)json_object_set_new(row, key, json_array());
        list = json_object_get(row, key);
    }
    if (word != NULL) {
        (void)json_array_append_new(list, json_string(word));
    }
}

static json_t *make_table(const struct points *points)
{
    json_t *rows = json_array();

    for (uint32_t i = 0; i < points->count; i++) {
        json_t *row = add(rows, points_name(points, i));

        set(row, "operation", points_op_name(points, i));
        push(row, "faults", NULL);
        for (int k = 0; k < FAULT_KIND_COUNT; k++) {
            if (points_takes(points, i, (enum fault_kind)k)) {
                push(row, "faults", fault_kind_name((enum fault_kind)k));
            }
        }
        set(row, "at stake", points_stake(points, i));
    }
    return rows;
}

json_t *word_table_points(const struct points *points)
{
    return make_table(points);
}

static json_t *make_points(void)
{
    return make_table(&points_engine);
}

static json_t *make_program_points(void)
{
    return make_table(&points_program);
}

/* A kind of fault, or one of its variants with its own name and meaning. */
static void add_fault(json_t *rows, enum fault_kind kind, const char *variant, const char *help)
{
    char name[64];
    char argument[64];
    const char *wanted = variant == NULL ? fault_kind_argument(kind) : "";
    json_t *row;

    (void)snprintf(name, sizeof(name), "%s%s%s", fault_kind_name(kind), variant == NULL ? "" : ":",
                   variant == NULL ? "" : variant);
    (void)snprintf(argument, sizeof(argument), "%s%s", *wanted == '\0' ? "" : ":", wanted);
    row = add(rows, name);
    set(row, "argument", argument);
    set(row, "run", fault_is_explored(kind) ? "explored" : "live");
    set(row, "lasts", fault_can_last(kind) ? "once, or :on, or :K times" : "once");
    push(row, "operations", NULL);
    for (int k = 0; k < POINT_OP_COUNT; k++) {
        if (fault_applies(kind, (enum point_op)k)) {
            push(row, "operations", point_op_name((enum point_op)k));
        }
    }
    set(row, "stands for", help);
}

static json_t *make_faults(void)
{
    json_t *rows = json_array();

    for (int i = 0; i < FAULT_KIND_COUNT; i++) {
        enum fault_kind kind = (enum fault_kind)i;

        add_fault(rows, kind, NULL, fault_kind_help(kind));
        for (int k = 0; kind == FAULT_POWER_LOSS && k < LOSS_MODEL_COUNT; k++) {
            add_fault(rows, kind, loss_model_name((enum loss_model)k),
                      loss_model_help((enum loss_model)k));
        }
        for (int k = 0; kind == FAULT_SYNC_EIO && k < FAULT_SYNC_COUNT; k++) {
            add_fault(rows, kind, fault_sync_name((enum fault_sync)k),
                      fault_sync_help((enum fault_sync)k));
        }
    }
    return rows;
}

static json_t *make_properties(void)
{
    json_t *rows = json_array();

    for (int i = 0; i < PROPERTY_COUNT; i++) {
        set(add(rows, property_name((enum property)i)), "holds when",
            property_help((enum property)i));
    }
    return rows;
}

static json_t *make_outcomes(void)
{
    json_t *rows = json_array();

    for (int i = 0; i < OUTCOME_COUNT; i++) {
        set(add(rows, outcome_name((enum outcome)i)), "means", outcome_help((enum outcome)i));
    }
    return rows;
}

static json_t *make_mechanisms(void)
{
    json_t *rows = json_array();

    for (int i = 0; i < MECHANISM_COUNT; i++) {
        enum mechanism mechanism = (enum mechanism)i;
        json_t *row = add(rows, mechanism_name(mechanism));

        set(row, "property", property_name(mechanism_property(mechanism)));
        set(row, "means", mechanism_help(mechanism));
    }
    return rows;
}

static json_t *make_left_out(void)
{
    json_t *rows = json_array();

    for (int i = 0; i < LEFT_OUT_REASON_COUNT; i++) {
        set(add(rows, left_out_name((enum left_out_reason)i)), "why",
            left_out_help((enum left_out_reason)i));
    }
    return rows;
}

static bool take_word(void *rows, const struct glossary_word *word)
{
    set(add(rows, word->name), "means", word->meaning);
    return true;
}

static json_t *make_words(void)
{
    json_t *rows = json_array();

    glossary_each(take_word, rows);
    return rows;
}

static json_t *make_defects(void)
{
    json_t *rows = json_array();

    for (int i = 0; i < QUIRK_DEFECT_COUNT; i++) {
        const struct quirk_defect_row *defect = quirk_defect_row((enum quirk_defect)i);
        json_t *row = add(rows, defect->name);

        set(row, "issue", defect->issue);
        set(row, "corpus", defect->corpus_id);
        push(row, "profiles", NULL);
        for (int k = 0; k < QUIRK_PROFILE_COUNT; k++) {
            if ((defect->profiles & (UINT32_C(1) << k)) != 0) {
                push(row, "profiles", quirk_profile_row((enum quirk_profile)k)->name);
            }
        }
        push(row, "guards off", NULL);
        for (int k = 0; k < QUIRK_GUARD_COUNT; k++) {
            if ((defect->guards_off & (UINT32_C(1) << k)) != 0) {
                push(row, "guards off", quirk_guard_row((enum quirk_guard)k)->name);
            }
        }
        set(row, "source", defect->source[0] != '\0' ? defect->source : "older releases");
        set(row, "what it does", defect->help);
        char with_guards[256];
        (void)snprintf(with_guards, sizeof(with_guards), "%s: %s",
                       defect->is_healed ? "healed" : "not healed", defect->with_guards);
        set(row, "with guards", with_guards);
        set(row, "faults", defect->faults);
        set(row, "models", defect->models[0] != '\0' ? defect->models : "none needed");
        set(row, "virtual time", defect->time[0] != '\0' ? defect->time : "any");
        set(row, "violates", defect->properties);
        set(row, "caught", "yes");
        if (defect->not_caught[0] != '\0') {
            char reason[256];
            (void)snprintf(reason, sizeof(reason), "not caught: %s", defect->not_caught);
            set(row, "caught", reason);
        }
    }
    return rows;
}

static json_t *make_guards(void)
{
    json_t *rows = json_array();

    for (int i = 0; i < QUIRK_GUARD_COUNT; i++) {
        const struct quirk_guard_row *guard = quirk_guard_row((enum quirk_guard)i);
        json_t *row = add(rows, guard->name);

        set(row, "shown by", guard->is_shown_live ? "live runs" : "power loss only");
        set(row, "protects", guard->help);
    }
    return rows;
}

static json_t *make_profiles(void)
{
    json_t *rows = json_array();

    for (int i = 0; i < QUIRK_PROFILE_COUNT; i++) {
        const struct quirk_profile_row *profile = quirk_profile_row((enum quirk_profile)i);
        struct quirk_set set_of = quirk_of_profile((enum quirk_profile)i);
        json_t *row = add(rows, profile->name);

        push(row, "defects", NULL);
        for (int k = 0; k < QUIRK_DEFECT_COUNT; k++) {
            if (quirk_has_defect(&set_of, (enum quirk_defect)k)) {
                push(row, "defects", quirk_defect_row((enum quirk_defect)k)->name);
            }
        }
        push(row, "ways", NULL);
        for (int k = 0; k < QUIRK_WAY_COUNT; k++) {
            const struct quirk_way_row *way = quirk_way_row((enum quirk_way)k);
            if (quirk_has_way(&set_of, (enum quirk_way)k)) {
                push(row, "ways", way->name);
            }
        }
        set(row, "what it is", profile->help);
    }
    return rows;
}

static json_t *make_ways(void)
{
    json_t *rows = json_array();

    for (int i = 0; i < QUIRK_WAY_COUNT; i++) {
        const struct quirk_way_row *way = quirk_way_row((enum quirk_way)i);
        json_t *row = add(rows, way->name);

        push(row, "profiles", NULL);
        for (int k = 0; k < QUIRK_PROFILE_COUNT; k++) {
            if ((way->profiles & (UINT32_C(1) << k)) != 0) {
                push(row, "profiles", quirk_profile_row((enum quirk_profile)k)->name);
            }
        }
        set(row, "source", way->source);
        set(row, "what it is", way->help);
    }
    return rows;
}

static json_t *make_events(void)
{
    json_t *rows = json_array();

    for (int i = 0; i < EVENT_COUNT; i++) {
        set(add(rows, event_name((enum event)i)), "emitted when", event_help((enum event)i));
    }
    return rows;
}

/* A key of a file that is read by a table. */
static void add_key(json_t *rows, const struct yaml_table_option *option, const char *below)
{
    json_t *row = add(rows, option->key);

    set(row, "below", below);
    set(row, "type", option->type);
    set(row, "range", option->range);
    set(row, "default", option->fallback);
    set(row, "means", option->help);
}

static json_t *make_keys(void)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < scenario_options_count(); i++) {
        struct yaml_table_option option;

        scenario_options_row(i, &option);
        add_key(rows, &option, scenario_options_section_name(option.section));
    }
    return rows;
}

static json_t *make_policy_keys(void)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < policy_options_count(); i++) {
        struct yaml_table_option option;

        policy_options_row(i, &option);
        add_key(rows, &option, policy_options_section_name(option.section));
    }
    return rows;
}

static const struct word_table tables[] = {
    {"points", "point", make_points},
    {"program-points", "point", make_program_points},
    {"faults", "fault", make_faults},
    {"properties", "property", make_properties},
    {"defects", "defect", make_defects},
    {"guards", "guard", make_guards},
    {"profiles", "profile", make_profiles},
    {"ways", "way", make_ways},
    {"outcomes", "outcome", make_outcomes},
    {"events", "event", make_events},
    {"keys", "scenario key", make_keys},
    {"policy-keys", "policy key", make_policy_keys},
    {"mechanisms", "mechanism", make_mechanisms},
    {"left-out", "left out:", make_left_out},
    {"words", "word", make_words},
    {NULL, NULL, NULL},
};

const struct word_table *word_table_all(void)
{
    return tables;
}

const struct word_table *word_table_find(const char *name)
{
    for (const struct word_table *table = tables; table->name != NULL; table++) {
        if (strcmp(table->name, name) == 0) {
            return table;
        }
    }
    return NULL;
}

/* A string, or the strings of an array with a space between; "-" for nothing. */
static void cell_text(const json_t *value, char text[CELL_SIZE_BYTES])
{
    size_t used = 0;

    text[0] = '\0';
    if (json_is_string(value)) {
        (void)snprintf(text, CELL_SIZE_BYTES, "%s", json_string_value(value));
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        int length = snprintf(text + used, CELL_SIZE_BYTES - used, "%s%s", i == 0 ? "" : " ",
                              json_string_value(json_array_get(value, i)));

        if (length < 0 || (size_t)length >= CELL_SIZE_BYTES - used) {
            break;
        }
        used += (size_t)length;
    }
    if (text[0] == '\0') {
        (void)snprintf(text, CELL_SIZE_BYTES, "-");
    }
}

static void widths_of(const json_t *rows, size_t widths[COLUMNS_MAX])
{
    char text[CELL_SIZE_BYTES];

    memset(widths, 0, COLUMNS_MAX * sizeof(widths[0]));
    for (size_t i = 0; i < json_array_size(rows); i++) {
        json_t *row = json_array_get(rows, i);
        size_t column = 0;

        for (void *at = json_object_iter(row); at != NULL && column < COLUMNS_MAX;
             at = json_object_iter_next(row, at), column++) {
            size_t key = strlen(json_object_iter_key(at));
            size_t cell;

            cell_text(json_object_iter_value(at), text);
            cell = strlen(text);
            cell = cell > key ? cell : key;
            widths[column] = cell > widths[column] ? cell : widths[column];
        }
    }
}

/* Too wide for a terminal: the long columns of each row go below it. */
static bool is_folded(const size_t widths[COLUMNS_MAX], size_t column)
{
    size_t total = 0;

    for (size_t i = 0; i < COLUMNS_MAX; i++) {
        total += widths[i] + 2;
    }
    return column > 0 && column < COLUMNS_MAX && total > WIDTH_MAX && widths[column] > FOLDED_WIDTH;
}

static void row_text(void *at, bool is_head, char text[CELL_SIZE_BYTES])
{
    if (is_head) {
        (void)snprintf(text, CELL_SIZE_BYTES, "%s", json_object_iter_key(at));
    } else {
        cell_text(json_object_iter_value(at), text);
    }
}

/* The short columns in one line, no blanks at its end. */
static void print_row(json_t *row, const size_t widths[COLUMNS_MAX], bool is_head, FILE *stream)
{
    char text[CELL_SIZE_BYTES];
    size_t column = 0;
    int blanks = 0;

    for (void *at = json_object_iter(row); at != NULL && column < COLUMNS_MAX;
         at = json_object_iter_next(row, at), column++) {
        if (is_folded(widths, column)) {
            continue;
        }
        row_text(at, is_head, text);
        (void)fprintf(stream, "%*s%s", blanks, "", text);
        blanks = (int)(widths[column] - strlen(text)) + 2;
    }
    (void)fputc('\n', stream);
}

static void print_folded(json_t *row, const size_t widths[COLUMNS_MAX], FILE *stream)
{
    char text[CELL_SIZE_BYTES];
    size_t column = 0;

    for (void *at = json_object_iter(row); at != NULL && column < COLUMNS_MAX;
         at = json_object_iter_next(row, at), column++) {
        row_text(at, false, text);
        if (is_folded(widths, column) && strcmp(text, "-") != 0) {
            (void)fprintf(stream, "    %s: %s\n", json_object_iter_key(at), text);
        }
    }
}

void word_table_print(const json_t *rows, FILE *stream)
{
    size_t widths[COLUMNS_MAX];

    widths_of(rows, widths);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        json_t *row = json_array_get(rows, i);

        if (i == 0) {
            print_row(row, widths, true, stream);
        }
        print_row(row, widths, false, stream);
        print_folded(row, widths, stream);
    }
}

void word_table_print_json(const char *name, const json_t *rows, FILE *stream)
{
    (void)fprintf(stream, "{\n\"schema_version\": 1,\n\"%s\": [", name);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        (void)fputs(i == 0 ? "\n" : ",\n", stream);
        (void)json_dumpf(json_array_get(rows, i), stream, JSON_COMPACT | JSON_ENSURE_ASCII);
    }
    (void)fputs("\n]\n}\n", stream);
}

void word_table_explain(const struct word_table *table, json_t *row, FILE *stream)
{
    char text[CELL_SIZE_BYTES];

    (void)fprintf(stream, "%s %s\n", table->singular,
                  json_string_value(json_object_get(row, "name")));
    for (void *at = json_object_iter(row); at != NULL; at = json_object_iter_next(row, at)) {
        const char *key = json_object_iter_key(at);

        cell_text(json_object_iter_value(at), text);
        if (strcmp(key, "name") != 0 && strcmp(text, "-") != 0) {
            (void)fprintf(stream, "  %-*s", EXPLAINED_COLUMN - 2, key);
            wrapped_put(stream, text, EXPLAINED_COLUMN);
        }
    }
}
