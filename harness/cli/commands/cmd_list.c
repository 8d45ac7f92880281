/* killpoint list: the words there are, as a table or as JSON. */
#include "harness/base/suggest.h"
#include "harness/cli/commands/commands.h"
#include "harness/cli/commands/scenario_row.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"
#include "harness/cli/scenario_files.h"
#include "harness/cli/words/word_table.h"

#include <stdio.h>
#include <string.h>

#define NAMES_MAX 20

#define WHAT                                                                        \
    "points, program-points, scenarios, faults, properties, mechanisms, defects,\n" \
    "guards, profiles, ways, outcomes, left-out, events, keys, policy-keys or words."

struct session {
    bool is_json;
    const char *target;
};

static const struct options_row rows[] = {
    {0, "json", NULL, "as JSON, an object a line", OPTIONS_FLAG(struct session, is_json)},
    {0, "target", "NAME", "of `points`: those of `engine`, `program:NAME` or `real-VERSION`",
     OPTIONS_TEXT(struct session, target)},
};

static const char *const examples[] = {"list points", "list defects --json", "list scenarios",
                                       NULL};

static const struct options_note notes[] = {
    {"target", "Without it those of the engine."},
    {NULL,
     "`program-points` are of a target that is a program; `ways` are what one release of "
     "RocketMQ does otherwise than another, and come with profiles; `keys` are those of "
     "scenario files, `policy-keys` those of a gate's policy; `left-out` are the reasons why something was not run or judged; "
     "`words` are those of the glossary."},
    {NULL, NULL},
};

static const struct options_command command = {
    .name = "list",
    .operands = "WHAT",
    .summary = "Lists what there is.\nWHAT: " WHAT,
    .examples = examples,
    .rows = rows,
    .row_count = sizeof(rows) / sizeof(rows[0]),
    .notes = notes,
};

static int make_scenarios(char *const *words, int word_count, json_t **ret_rows, struct err *err)
{
    struct scenario_files files;
    int r = scenario_files_load(&files, words, word_count, err);

    if (r < 0) {
        return r;
    }
    *ret_rows = json_array();
    for (uint32_t i = 0; i < files.count; i++) {
        (void)json_array_append_new(*ret_rows, scenario_row_short(&files.scenarios[i]));
    }
    for (uint32_t i = 0; i < files.unloaded_count; i++) {
        (void)fprintf(stderr, "killpoint: not listed: %s\n", files.unloaded[i].why);
    }
    scenario_files_done(&files);
    return 0;
}

static int unknown(const char *word, struct err *err)
{
    const char *names[NAMES_MAX] = {"scenarios"};
    size_t count = 1;
    char hint[128];

    for (const struct word_table *table = word_table_all(); table->name != NULL; table++) {
        names[count++] = table->name;
    }
    return err_set(err, ERR_USAGE, "list: nothing is called '%s'%s (killpoint list --help)", word,
                   suggest_phrase(word, names, count, hint, sizeof(hint)));
}

/* The table of another target than the engine. */
static int make_points(char *const *words, int word_count, const char *target, json_t **ret_rows,
                       struct err *err)
{
    const struct points *points = points_of(target);

    if (strcmp(words[0], "points") != 0 || word_count > 1) {
        return err_set(err, ERR_USAGE, "option '--target' is for 'list points' alone");
    }
    if (points == NULL) {
        return err_set(err, ERR_USAGE,
                       "'%.64s' is no target: expected engine, program:NAME or real-VERSION",
                       target);
    }
    *ret_rows = word_table_points(points);
    return 0;
}

static int list(const struct session *session, char *const *words, int word_count, struct err *err)
{
    const struct word_table *table = word_table_find(words[0]);
    json_t *found = NULL;
    int r = 0;

    if (session->target != NULL) {
        r = make_points(words, word_count, session->target, &found, err);
    } else if (strcmp(words[0], "scenarios") == 0) {
        r = make_scenarios(words + 1, word_count - 1, &found, err);
    } else if (table == NULL) {
        r = unknown(words[0], err);
    } else if (word_count > 1) {
        r = err_set(err, ERR_USAGE, "list: '%s' is one word too many", words[1]);
    } else {
        found = table->make();
    }
    if (r < 0) {
        return r;
    }
    if (session->is_json) {
        word_table_print_json(words[0], found, stdout);
    } else {
        word_table_print(found, stdout);
    }
    json_decref(found);
    return 0;
}

int cmd_list(int argc, char **argv)
{
    struct options_words words = {argc, argv, argc};
    struct err err = ERR_INIT;
    struct session session = {false, NULL};
    int r = options_parse(&command, &words, &session, &err);

    if (r == 0 && words.operand == argc) {
        r = err_set(&err, ERR_USAGE, "list what? (killpoint list --help names all)");
    }
    if (r == 0) {
        r = list(&session, argv + words.operand, argc - words.operand, &err);
    }
    return exit_code_end(r, EXIT_CODE_OK, &err);
}
