/* killpoint explain: every meaning of a word. */
#include "harness/base/suggest.h"
#include "harness/cli/commands/commands.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"
#include "harness/cli/word_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const examples[] = {"explain commitlog/append", "explain torn",
                                       "explain power-loss:ext4",  "explain dledger-dup-info",
                                       "explain guards_off",       NULL};

static const struct options_command command = {
    .name = "explain",
    .operands = "WORD...",
    .summary =
        "Says what a word means: a point, fault, property, defect, guard, profile, outcome,\n"
        "event or scenario key.  What a word names twice is explained twice.",
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

static bool is_named(const json_t *row, const struct word_table *table, const char *word)
{
    const char *name = json_string_value(json_object_get(row, "name"));

    return strcmp(name, word) == 0 ||
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

/* Adds the names of one table to a list that has room for `*count` more. */
static void add_names(const json_t *rows, const char **words, size_t *count)
{
    for (size_t i = 0; i < json_array_size(rows); i++) {
        words[(*count)++] = json_string_value(json_object_get(json_array_get(rows, i), "name"));
    }
}

static int unknown(const char *word, struct err *err)
{
    json_t *all = json_array();
    const char **words;
    size_t count = 0;
    char hint[128] = "";

    for (const struct word_table *table = word_table_all(); table->name != NULL; table++) {
        json_t *rows = table->make();

        (void)json_array_extend(all, rows);
        json_decref(rows);
    }
    words = calloc(json_array_size(all) + 1, sizeof(*words));
    if (words != NULL) {
        add_names(all, words, &count);
        (void)suggest_phrase(word, words, count, hint, sizeof(hint));
    }
    free(words);
    json_decref(all);
    return err_set(err, ERR_USAGE, "nothing is called '%s'%s (killpoint list WHAT)", word, hint);
}

int cmd_explain(int argc, char **argv)
{
    struct options_words words = {argc, argv, argc};
    struct err err = ERR_INIT;
    unsigned count = 0;
    int r = options_parse(&command, &words, NULL, &err);

    if (r == 0 && words.operand == argc) {
        r = err_set(&err, ERR_USAGE, "explain what? A word, such as commitlog/append or torn");
    }
    for (int i = words.operand; r == 0 && i < argc; i++) {
        unsigned before = count;

        for (const struct word_table *table = word_table_all(); table->name != NULL; table++) {
            explain_in(table, argv[i], &count);
        }
        if (count == before) {
            r = unknown(argv[i], &err);
        }
    }
    return exit_code_end(r, EXIT_CODE_OK, &err);
}
