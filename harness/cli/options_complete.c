/* From a table's words for values (FILE, WHEN, SCENARIO) to what they stand for. */
#include "harness/cli/options_complete.h"

#include "harness/archive/run_file.h"
#include "harness/case/points.h"
#include "harness/cli/places.h"
#include "harness/cli/scenario_files.h"
#include "harness/cli/words/word_table.h"

#include <ctype.h>
#include <string.h>

#define WORD_SIZE_BYTES 32

enum source {
    SOURCE_NOTHING, /* a number, a name that is yet to be given */
    SOURCE_FILES,
    SOURCE_DIRS,
    SOURCE_SCENARIOS, /* by name, or by file */
    SOURCE_RUNS,
    SOURCE_TABLES,    /* what `list` lists */
    SOURCE_ALL_WORDS, /* what `explain` explains */
    SOURCE_TABLE,     /* the words of one table, */
    SOURCE_SWITCHES,
    SOURCE_LITERAL /* or these */
};

/* What a word of a table's `argument` or `operands` stands for. */
struct meaning {
    const char *word;
    const char *option; /* only as that option's value; NULL: everywhere */
    enum source source;
    const char *words; /* of a literal, or the table's name */
};

static const struct meaning meanings[] = {
    {"NAME", "profile", SOURCE_TABLE, "profiles"},
    {"NAME", "target", SOURCE_LITERAL, "engine program:"},
    {"WORD", "switch", SOURCE_SWITCHES, NULL},
    {"VERSION", "as", SOURCE_LITERAL, "4.9.7 5.1.4 5.2.0 5.3.3 5.5.1 killpoint"},
    {"WHEN", NULL, SOURCE_LITERAL, "auto always never"},
    {"MODE", NULL, SOURCE_LITERAL, "commitlog dledger"},
    {"FLUSH", NULL, SOURCE_LITERAL, "sync async"},
    {"FILE", NULL, SOURCE_FILES, NULL},
    {"CAPSULE", NULL, SOURCE_FILES, NULL},
    {"TRACE", NULL, SOURCE_FILES, NULL},
    {"DIR", NULL, SOURCE_DIRS, NULL},
    {"SCENARIO", NULL, SOURCE_SCENARIOS, NULL},
    {"RUN", NULL, SOURCE_RUNS, NULL},
    {"WHAT", NULL, SOURCE_TABLES, NULL},
    {"WORD", NULL, SOURCE_ALL_WORDS, NULL},
    {"I", NULL, SOURCE_NOTHING, NULL},
    {"N", NULL, SOURCE_NOTHING, NULL},
    {"PERCENT", NULL, SOURCE_NOTHING, NULL},
    {"CAUSE", NULL, SOURCE_NOTHING, NULL},
    {"HEX", NULL, SOURCE_NOTHING, NULL},
    {"NAME", NULL, SOURCE_NOTHING, NULL},
    {"SIZE", NULL, SOURCE_NOTHING, NULL},
    {"LIST", NULL, SOURCE_NOTHING, NULL},
    {"TOKEN", NULL, SOURCE_NOTHING, NULL},
    {"SECONDS", NULL, SOURCE_NOTHING, NULL},
    {"DURATION", NULL, SOURCE_NOTHING, NULL},
};

/* Where candidates go, and what they begin with. */
struct out {
    FILE *stream;
    const char *before; /* "--color=" where the option and its value are one word */
    const char *begun;  /* what is typed of the candidate itself */
};

static void put(const struct out *out, const char *candidate, const char *meaning)
{
    if (strncmp(candidate, out->begun, strlen(out->begun)) != 0) {
        return;
    }
    (void)fprintf(out->stream, "%s%s%s%s\n", out->before, candidate, *meaning == '\0' ? "" : "\t",
                  meaning);
}

static void put_scenario(void *arg, const char *name)
{
    put(arg, name, "");
}

/* The words of a table, each behind `before`. */
static void put_table(const struct out *out, const struct word_table *table, const char *before)
{
    json_t *rows = table->make();
    json_t *row;
    size_t i;
    char text[256];

    json_array_foreach(rows, i, row)
    {
        (void)snprintf(text, sizeof(text), "%s%s", before,
                       json_string_value(json_object_get(row, "name")));
        put(out, text, table->singular);
    }
    json_decref(rows);
}

/* As tokens have them. */
static void put_switches(const struct out *out)
{
    static const struct {
        const char *table;
        const char *before;
    } tables[] = {{"defects", ""}, {"guards", "no-"}, {"profiles", ""}};
    char text[128];

    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        put_table(out, word_table_find(tables[i].table), tables[i].before);
    }
    for (uint32_t i = 0; i < points_engine.count; i++) {
        if (strncmp(points_op_name(&points_engine, i), "sync", 4) == 0) {
            (void)snprintf(text, sizeof(text), "skip/%s", points_name(&points_engine, i));
            put(out, text, "this sync does nothing");
        }
    }
}

static void put_runs(const struct out *out)
{
    char **names = NULL;
    size_t count = 0;
    struct err err = ERR_INIT;

    put(out, "latest", "the newest run");
    if (run_file_list(places_runs(), &names, &count, &err) < 0) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        put(out, names[i], "");
    }
    run_file_list_free(names, count);
}

static void put_literal(const struct out *out, const char *words)
{
    char word[WORD_SIZE_BYTES];

    while (*words != '\0') {
        size_t length = strcspn(words, " ");

        (void)snprintf(word, sizeof(word), "%.*s", (int)length, words);
        put(out, word, "");
        words += length;
        words += *words == ' ';
    }
}

static void put_source(struct out *out, const struct meaning *meaning)
{
    const struct word_table *table = word_table_all();

    switch (meaning->source) {
    case SOURCE_NOTHING:
        break;
    case SOURCE_FILES:
        (void)fputs(":files\n", out->stream);
        break;
    case SOURCE_DIRS:
        (void)fputs(":dirs\n", out->stream);
        break;
    case SOURCE_SCENARIOS:
        scenario_files_each_name(put_scenario, out);
        (void)fputs(":files\n", out->stream);
        break;
    case SOURCE_RUNS:
        put_runs(out);
        (void)fputs(":files\n", out->stream);
        break;
    case SOURCE_TABLES:
        put(out, "scenarios", "");
        for (; table->name != NULL; table++) {
            put(out, table->name, "");
        }
        break;
    case SOURCE_ALL_WORDS:
        for (; table->name != NULL; table++) {
            put_table(out, table, "");
        }
        scenario_files_each_name(put_scenario, out);
        break;
    case SOURCE_TABLE:
        put_table(out, word_table_find(meaning->words), "");
        break;
    case SOURCE_SWITCHES:
        put_switches(out);
        break;
    case SOURCE_LITERAL:
        put_literal(out, meaning->words);
        break;
    }
}

static void put_meaning(struct out *out, const char *word, const char *option)
{
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
        const struct meaning *meaning = &meanings[i];

        if (strcmp(meaning->word, word) == 0 &&
            (meaning->option == NULL || (option != NULL && strcmp(meaning->option, option) == 0))) {
            put_source(out, meaning);
            return;
        }
    }
    (void)fprintf(out->stream, ":unknown %s\n", word);
}

/* "[SCENARIO...]", "TOKEN|CAPSULE", "N|full": what is in capitals stands for something, and what is
 * not for itself. */
static void put_words(struct out *out, const char *words, const char *option)
{
    char word[WORD_SIZE_BYTES];

    while (*words != '\0') {
        size_t length = strcspn(words, "|[]/. ");

        if (length == 0) {
            words++;
            continue;
        }
        (void)snprintf(word, sizeof(word), "%.*s", (int)length, words);
        if (isupper((unsigned char)word[0])) {
            put_meaning(out, word, option);
        } else {
            put(out, word, "");
        }
        words += length;
    }
}

/* The row of "--jobs", "--jobs=..." or "-j"; NULL when there is none. */
static const struct options_row *find_row(const struct options_command *command, const char *word)
{
    size_t length = strcspn(word, "=");

    for (size_t i = 0; i < command->row_count; i++) {
        const struct options_row *row = &command->rows[i];
        bool is_long = length > 2 && strncmp(word, "--", 2) == 0 &&
                       strlen(row->name) == length - 2 &&
                       strncmp(word + 2, row->name, length - 2) == 0;

        if (is_long ||
            (row->letter != 0 && word[0] == '-' && word[1] == row->letter && word[2] == '\0')) {
            return row;
        }
    }
    return NULL;
}

static void put_options(const struct out *out, const struct options_command *command)
{
    char name[64];

    for (size_t i = 0; i < command->row_count; i++) {
        (void)snprintf(name, sizeof(name), "--%s", command->rows[i].name);
        put(out, name, command->rows[i].help);
    }
    put(out, "--help", "show what the command takes");
}

/* What the words before the last one leave to be typed. */
struct before {
    const struct options_row *waits; /* for its value; NULL: none does */
    bool has_operand;
    bool is_over; /* behind "--": no more options */
};

static struct before read_before(const struct options_command *command, int count,
                                 char *const *words)
{
    struct before before = {0};

    for (int i = 0; i < count; i++) {
        const struct options_row *row = before.is_over ? NULL : find_row(command, words[i]);

        if (before.waits != NULL) {
            before.waits = NULL;
        } else if (!before.is_over && strcmp(words[i], "--") == 0) {
            before.is_over = true;
        } else if (row != NULL && row->argument != NULL && strchr(words[i], '=') == NULL) {
            before.waits = row;
        } else if (row == NULL && (before.is_over || words[i][0] != '-')) {
            before.has_operand = true;
        }
    }
    return before;
}

void options_complete(const struct options_command *command, int word_count, char *const *words,
                      FILE *stream)
{
    const char *last = word_count == 0 ? "" : words[word_count - 1];
    struct before before = read_before(command, word_count - 1, words);
    const struct options_row *row = find_row(command, last);
    const char *value = strchr(last, '=');
    struct out out = {.stream = stream, .before = "", .begun = last};
    char prefix[64];

    if (before.waits != NULL) {
        put_words(&out, before.waits->argument, before.waits->name);
    } else if (!before.is_over && row != NULL && row->argument != NULL && value != NULL) {
        (void)snprintf(prefix, sizeof(prefix), "--%s=", row->name);
        out = (struct out){.stream = stream, .before = prefix, .begun = value + 1};
        put_words(&out, row->argument, row->name);
    } else if (!before.is_over && last[0] == '-') {
        put_options(&out, command);
    } else if (command->one == NULL || !before.has_operand) {
        put_words(&out, command->operands, NULL);
    }
}
