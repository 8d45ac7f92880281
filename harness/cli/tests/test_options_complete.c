/* A table in, candidates out. */
#include "harness/cli/options_complete.h"
#include "harness/testkit/test.h"

#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 5

struct session {
    bool flag;
    const char *text;
};

static const struct options_row rows[] = {
    {'q', "quiet", NULL, "say little", OPTIONS_FLAG(struct session, flag)},
    {0, "color", "WHEN", "when", OPTIONS_TEXT(struct session, text)},
    {'p', "profile", "NAME", "which", OPTIONS_TEXT(struct session, text)},
    {0, "depth", "N|full", "how far", OPTIONS_TEXT(struct session, text)},
    {0, "switch", "WORD", "a switch", OPTIONS_TEXT(struct session, text)},
    {'o', "output", "FILE", "where", OPTIONS_TEXT(struct session, text)},
    {0, "odd", "OTHER", "nobody knows it", OPTIONS_TEXT(struct session, text)},
};

static const struct options_command many = {
    .name = "many", .operands = "[WHAT...]", .rows = rows, .row_count = TEST_COUNT(rows)};
static const struct options_command one = {
    .name = "one", .operands = "DIR|CAPSULE", .one = "one", .rows = rows, .row_count = 1};

static char *complete(const struct options_command *command, const char *const words[WORDS_MAX])
{
    char copies[WORDS_MAX][64];
    char *given[WORDS_MAX];
    char *text = NULL;
    size_t size = 0;
    int count = 0;
    FILE *stream = open_memstream(&text, &size);

    assert_non_null(stream);
    for (; count < WORDS_MAX && words[count] != NULL; count++) {
        (void)snprintf(copies[count], sizeof(copies[count]), "%s", words[count]);
        given[count] = copies[count];
    }
    options_complete(command, count, given, stream);
    assert_int_equal(fclose(stream), 0);
    return text;
}

static void each_place_gets_what_fits_it(void **state)
{
    static const struct {
        const struct options_command *command;
        const char *words[WORDS_MAX];
        const char *says;
    } table[] = {
        {&many, {"--q"}, "--quiet\tsay little\n"},
        {&many, {"--h"}, "--help\tshow what the command takes\n"},
        {&many, {"--color", ""}, "auto\nalways\nnever\n"},
        {&many, {"--color", "a"}, "auto\nalways\n"},
        {&many, {"--color=al"}, "--color=always\n"},
        {&many, {"-p", "fi"}, "fixed\tprofile\n"},
        {&many, {"--depth", "f"}, "full\n"},
        {&many,
         {"--switch", "skip/commitlog/sync-"},
         "skip/commitlog/sync-dir\tthis sync does nothing\n"},
        {&many, {"--output", "x"}, ":files\n"},
        {&many, {"--odd", ""}, ":unknown OTHER\n"},
        /* An operand, whatever stands before it. */
        {&many, {"defects", "prof"}, "profiles\n"},
        {&many, {"--quiet", "prof"}, "profiles\n"},
        {&many, {"--color=auto", "prof"}, "profiles\n"},
        {&many, {"--", "--q"}, ""},
        {&one, {""}, ":dirs\n:files\n"},
        {&one, {"here", ""}, ""},
        {&one, {"here", "--q"}, "--quiet\tsay little\n"},
    };

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(table); i++) {
        char *text = complete(table[i].command, table[i].words);

        test_row(table[i].says);
        assert_string_equal(text, table[i].says);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_place_gets_what_fits_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
