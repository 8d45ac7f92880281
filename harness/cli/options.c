/* getopt_long fed from a table. */
#include "harness/cli/options.h"

#include "harness/base/suggest.h"
#include "harness/base/units.h"
#include "harness/cli/man_page.h"
#include "harness/cli/options_complete.h"
#include "harness/cli/words/wrapped.h"
#include "store/base/ensure.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SUGGESTION_BYTES 128
#define HELP_COLUMN      26
#define DAY_S            86400

static const struct options_row help_row = {'h', "help", NULL, "show this text", {0}};
/* For whoever writes the manual page: not in the help. */
static const struct options_row man_row = {0, "man", NULL, "", {0}};

/* getopt_long's two forms of the table. */
struct tables {
    struct option longs[OPTIONS_ROWS_MAX + 3];
    char letters[2 * OPTIONS_ROWS_MAX + 8];
    const char *names[OPTIONS_ROWS_MAX + 2];
    size_t name_count;
};

static void add_row(struct tables *tables, const struct options_row *row)
{
    size_t used = strlen(tables->letters);

    /* What getopt_long returns for it: below every letter. */
    tables->longs[tables->name_count] =
        (struct option){row->name, row->argument == NULL ? no_argument : required_argument, NULL,
                        (int)tables->name_count};
    tables->names[tables->name_count++] = row->name;
    if (row->letter != 0) {
        tables->letters[used] = row->letter;
        if (row->argument != NULL) {
            tables->letters[used + 1] = ':';
        }
    }
}

static void make_tables(const struct options_command *command, struct tables *tables)
{
    ENSURE(command->row_count <= OPTIONS_ROWS_MAX);
    memset(tables, 0, sizeof(*tables));
    /* A colon first: a missing value is told apart, and getopt itself prints nothing. */
    tables->letters[0] = ':';
    for (size_t i = 0; i < command->row_count; i++) {
        add_row(tables, &command->rows[i]);
    }
    add_row(tables, &help_row);
    add_row(tables, &man_row);
}

static int unknown_option(const struct options_command *command, const struct tables *tables,
                          const char *word, struct err *err)
{
    char name[64];
    char hint[SUGGESTION_BYTES] = "";
    const char *nearest;

    if (strncmp(word, "--", 2) != 0) {
        return err_set(err, ERR_USAGE, "%s: unknown option '%s' (killpoint %s --help)",
                       command->name, word, command->name);
    }
    (void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(word + 2, "="), word + 2);
    for (size_t i = 0; i < tables->name_count; i++) {
        if (strcmp(tables->names[i], name) == 0) {
            return err_set(err, ERR_USAGE, "%s: option '--%s' takes no value", command->name, name);
        }
    }
    nearest = suggest_nearest(name, tables->names, tables->name_count - 1);
    if (nearest != NULL) {
        (void)snprintf(hint, sizeof(hint), "; did you mean '--%s'?", nearest);
    }
    return err_set(err, ERR_USAGE, "%s: unknown option '--%s'%s", command->name, name, hint);
}

static const struct options_row *row_of(const struct options_command *command, int id)
{
    for (size_t i = 0; i < command->row_count; i++) {
        if ((int)i == id || command->rows[i].letter == id) {
            return &command->rows[i];
        }
    }
    return (size_t)id == command->row_count + 1 ? &man_row : &help_row;
}

static void put_number(const struct options_target *target, void *member, uint64_t value)
{
    const uint32_t small = (uint32_t)value;

    if (target->size_bytes == sizeof(value)) {
        memcpy(member, &value, sizeof(value));
    } else {
        ENSURE(target->size_bytes == sizeof(small));
        memcpy(member, &small, sizeof(small));
    }
}

static int take_value(const struct options_row *row, void *session, const char *value,
                      struct err *err)
{
    const struct options_target *target = &row->target;
    void *member = (char *)session + target->place;
    uint64_t number = 0;
    uint32_t duration_ms = 0;
    int r = 0;

    switch (target->kind) {
    case OPTIONS_KIND_FLAG:
        *(bool *)member = true;
        return 0;
    case OPTIONS_KIND_TEXT:
        *(const char **)member = value;
        return 0;
    case OPTIONS_KIND_TAKEN:
        return target->take(member, value, err);
    case OPTIONS_KIND_COUNT:
        r = options_count(row->name, value, target->least, target->most, &number, err);
        break;
    case OPTIONS_KIND_HEX:
        r = options_hex(row->name, value, &number, err);
        break;
    case OPTIONS_KIND_SECONDS:
        r = options_seconds(row->name, value, target->most, &duration_ms, err);
        number = duration_ms;
        break;
    }
    if (r == 0) {
        put_number(target, member, number);
    }
    return r;
}

static int check_operands(const struct options_command *command, const struct options_words *words,
                          struct err *err)
{
    if (command->one != NULL && words->argc - words->operand != 1) {
        return err_set(err, ERR_USAGE, "%s takes %s (killpoint %s --help)", command->name,
                       command->one, command->name);
    }
    if (command->operands[0] == '\0' && words->operand < words->argc) {
        return err_set(err, ERR_USAGE, "%s takes no '%s' (killpoint %s --help)", command->name,
                       words->argv[words->operand], command->name);
    }
    return 0;
}

int options_parse(const struct options_command *command, struct options_words *words, void *session,
                  struct err *err)
{
    struct tables tables;
    int id;

    if (words->argc > 1 && strcmp(words->argv[1], OPTIONS_COMPLETE) == 0) {
        options_complete(command, words->argc - 2, words->argv + 2, stdout);
        return OPTIONS_HELP_SHOWN;
    }
    make_tables(command, &tables);
    opterr = 0;
    optind = 0; /* GNU: begin afresh */
    // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread
    while ((id = getopt_long(words->argc, words->argv, tables.letters, tables.longs, NULL)) != -1) {
        const struct options_row *row = row_of(command, id == ':' ? optopt : id);
        int r;

        if (id == '?') {
            return unknown_option(command, &tables, words->argv[optind - 1], err);
        }
        if (id == ':') {
            return err_set(err, ERR_USAGE, "%s: option '--%s' needs a value (%s)", command->name,
                           row->name, row->argument == NULL ? "none" : row->argument);
        }
        if (row == &help_row) {
            options_help(command, stdout);
            return OPTIONS_HELP_SHOWN;
        }
        if (row == &man_row) {
            man_page_put(command, stdout);
            return OPTIONS_HELP_SHOWN;
        }
        r = take_value(row, session, optarg, err);
        if (r < 0) {
            return r;
        }
    }
    words->operand = optind;
    return check_operands(command, words, err);
}

static void put_row(FILE *stream, const struct options_row *row)
{
    char left[64];
    char letter[8] = "    ";

    if (row->letter != 0) {
        (void)snprintf(letter, sizeof(letter), "-%c, ", row->letter);
    }
    (void)snprintf(left, sizeof(left), "  %s--%s%s%s", letter, row->name,
                   row->argument == NULL ? "" : " ", row->argument == NULL ? "" : row->argument);
    if (strlen(left) + 2 > HELP_COLUMN) {
        (void)fprintf(stream, "%s\n%*s", left, HELP_COLUMN, "");
    } else {
        (void)fprintf(stream, "%-*s", HELP_COLUMN, left);
    }
    wrapped_put(stream, row->help, HELP_COLUMN);
}

void options_help(const struct options_command *command, FILE *stream)
{
    (void)fprintf(stream, "%s\n\nExamples:\n", command->summary);
    for (const char *const *example = command->examples; *example != NULL; example++) {
        (void)fprintf(stream, "  killpoint %s\n", *example);
    }
    (void)fprintf(stream, "\nUsage: killpoint %s %s%s\n\nOptions:\n", command->name,
                  command->row_count > 0 ? "[OPTION...] " : "", command->operands);
    for (size_t i = 0; i < command->row_count; i++) {
        put_row(stream, &command->rows[i]);
    }
    put_row(stream, &help_row);
}

int options_count(const char *name, const char *value, uint64_t least, uint64_t most,
                  uint64_t *ret_count, struct err *err)
{
    uint64_t count;

    if (!units_parse_count(value, most, &count) || count < least) {
        return err_set(err, ERR_USAGE,
                       "option '--%s': '%s' is not a whole number from %" PRIu64 " to %" PRIu64,
                       name, value, least, most);
    }
    *ret_count = count;
    return 0;
}

int options_hex(const char *name, const char *value, uint64_t *ret_value, struct err *err)
{
    const char *digits = value;

    if (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X')) {
        digits += 2;
    }
    if (!units_parse_hex(digits, ret_value)) {
        return err_set(err, ERR_USAGE, "option '--%s': '%s' is not 1 to 16 hexadecimal digits",
                       name, value);
    }
    return 0;
}

/* "1h30m", "2d": one part after the other, each with its unit. */
static bool parse_parts(const char *text, uint64_t *ret_ms)
{
    uint64_t sum_ms = 0;
    while (*text != '\0') {
        char part[32];
        int64_t part_ms = 0;
        size_t digits = strspn(text, "0123456789");
        size_t length = digits + strspn(text + digits, "dhms");
        bool is_days = length == digits + 1 && text[digits] == 'd';
        if (digits == 0 || length == digits || length >= sizeof(part)) {
            return false;
        }
        (void)snprintf(part, sizeof(part), "%.*s%s", (int)(is_days ? digits : length), text,
                       is_days ? "h" : "");
        if (!units_parse_duration(part, &part_ms)) {
            return false;
        }
        sum_ms += (uint64_t)part_ms * (is_days ? 24 : 1);
        text += length;
    }
    *ret_ms = sum_ms;
    return sum_ms > 0;
}

int options_seconds(const char *name, const char *value, uint64_t most_s, uint32_t *ret_ms,
                    struct err *err)
{
    char *rest = NULL;
    uint64_t parts_ms = 0;
    double seconds = -1;

    if (value[0] >= '0' && value[0] <= '9' && strspn(value, "0123456789.") == strlen(value)) {
        seconds = strtod(value, &rest);
    } else if (parse_parts(value, &parts_ms)) {
        seconds = (double)parts_ms / 1000;
    }
    if (!(seconds >= 0.001 && seconds <= (double)most_s) || (rest != NULL && *rest != '\0')) {
        return err_set(err, ERR_USAGE,
                       "option '--%s': '%s' is not a time up to %" PRIu64
                       " day%s, as in 45s, 1h30m or 0.5 (seconds)",
                       name, value, most_s / DAY_S, most_s == DAY_S ? "" : "s");
    }
    *ret_ms = (uint32_t)(seconds * 1000 + 0.5);
    return 0;
}
