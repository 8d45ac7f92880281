/* killpoint explain: every meaning of a word. */
#include "harness/base/suggest.h"
#include "harness/cli/commands/commands.h"
#include "harness/cli/commands/scenario_row.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"
#include "harness/cli/places.h"
#include "harness/cli/scenario_files.h"
#include "harness/cli/words/word_table.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JOINED_SIZE_BYTES 128

static const char *const examples[] = {"explain commitlog/append", "explain torn",
                                       "explain power-loss:ext4",  "explain dledger-dup-info",
                                       "explain guards_off",       "explain plain-sync",
                                       "explain canary",           NULL};

static const struct options_command command = {
    .name = "explain",
    .operands = "WORD...",
    .summary =
        "Says what a word means, any that Killpoint prints: a point, fault, property, mechanism,\n"
        "defect, guard, profile, outcome, event, scenario, key, or a word of the glossary.\n"
        "What a word names twice is explained twice.",
    .examples = examples,
};

/* A fault is looked up with its argument ("torn:128", "eio:on"), a model or kind of failed sync
 * alone too ("ext4"). */
static bool is_fault_named(const char *name, const char *word)
{
    const char *colon = strchr(name, ':');
    size_t length = strlen(name);

    return (strncmp(name, word, length) == 0 && word[length] == ':') ||
           (colon != NULL && strcmp(colon + 1, word) == 0);
}

/* "LEFT OUT", as a label has it, is left-out, and the word "left out". */
static bool is_same(const char *name, const char *word)
{
    size_t i = 0;

    for (; name[i] != '\0' && word[i] != '\0'; i++) {
        char a = name[i] == ' ' ? '-' : name[i];
        char b = word[i] == ' ' ? '-' : word[i];

        if ((tolower)((unsigned char)a) != (tolower)((unsigned char)b)) {
            return false;
        }
    }
    /* "traces" are of "trace". */
    return name[i] == word[i] || (name[i] == '\0' && strcmp(word + i, "s") == 0);
}

static bool is_named(const json_t *row, const struct word_table *table, const char *word)
{
    const char *name = json_string_value(json_object_get(row, "name"));

    return is_same(name, word) ||
           (strcmp(table->name, "faults") == 0 && is_fault_named(name, word));
}

/* Prints each meaning in one table; adds to `*ret_count` how many. */
static void explain_in(const struct word_table *table, const char *word, unsigned *ret_count)
{
    json_t *rows = table->make();

    for (size_t i = 0; i < json_array_size(rows); i++) {
        json_t *row = json_array_get(rows, i);

        if (is_named(row, table, word)) {
            if ((*ret_count)++ > 0) {
                (void)putchar('\n');
            }
            word_table_explain(table, row, stdout);
        }
    }
    json_decref(rows);
}

/* The scenario of that name, if there is one. */
static void explain_scenario(const char *word, unsigned *ret_count)
{
    struct scenario *scenario = malloc(sizeof(*scenario));
    char program[PLACES_PATH_SIZE_BYTES];

    if (scenario != NULL && scenario_files_has(word, scenario)) {
        static const struct word_table table = {"scenarios", "scenario", NULL};
        json_t *row = scenario_row_long(scenario, places_command(program));

        if ((*ret_count)++ > 0) {
            (void)putchar('\n');
        }
        word_table_explain(&table, row, stdout);
        json_decref(row);
    }
    free(scenario);
}

/* All meanings of a word; how many. */
static unsigned explain_word(const char *word, unsigned before)
{
    unsigned count = before;

    for (const struct word_table *table = word_table_all(); table->name != NULL; table++) {
        explain_in(table, word, &count);
    }
    explain_scenario(word, &count);
    return count - before;
}

static void add_scenario(void *all, const char *name)
{
    (void)json_array_append_new(all, json_pack("{ss}", "name", name));
}

static int unknown(const char *word, struct err *err)
{
    json_t *all = json_array();
    const char **words;
    char hint[128] = "";

    for (const struct word_table *table = word_table_all(); table->name != NULL; table++) {
        json_t *rows = table->make();

        (void)json_array_extend(all, rows);
        json_decref(rows);
    }
    scenario_files_each_name(add_scenario, all);
    words = calloc(json_array_size(all) + 1, sizeof(*words));
    if (words != NULL) {
        for (size_t i = 0; i < json_array_size(all); i++) {
            words[i] = json_string_value(json_object_get(json_array_get(all, i), "name"));
        }
        (void)suggest_phrase(word, words, json_array_size(all), hint, sizeof(hint));
    }
    free(words);
    json_decref(all);
    return err_set(err, ERR_USAGE, "nothing is called '%s'%s (killpoint list WHAT)", word, hint);
}

/* Words that a shell took apart: "left out".  "" when they are too long for any. */
static void join(char *const *words, int count, char text[JOINED_SIZE_BYTES])
{
    size_t used = 0;

    text[0] = '\0';
    for (int i = 0; i < count && used < JOINED_SIZE_BYTES; i++) {
        used += (size_t)snprintf(text + used, JOINED_SIZE_BYTES - used, "%s%s", i == 0 ? "" : " ",
                                 words[i]);
    }
}

static int explain(char *const *words, int count, struct err *err)
{
    char joined[JOINED_SIZE_BYTES];
    unsigned told = 0;

    join(words, count, joined);
    if (count > 1 && explain_word(joined, 0) > 0) {
        return 0;
    }
    for (int i = 0; i < count; i++) {
        unsigned more = explain_word(words[i], told);

        if (more == 0) {
            return unknown(words[i], err);
        }
        told += more;
    }
    return 0;
}

int cmd_explain(int argc, char **argv)
{
    struct options_words words = {argc, argv, argc};
    struct err err = ERR_INIT;
    int r = options_parse(&command, &words, NULL, &err);

    if (r == 0 && words.operand == argc) {
        r = err_set(&err, ERR_USAGE, "explain what? A word, such as commitlog/append or torn");
    }
    if (r == 0) {
        r = explain(argv + words.operand, argc - words.operand, &err);
    }
    return exit_code_end(r, EXIT_CODE_OK, &err);
}
