/* A command's table as roff: nothing of it is lost, and nothing is taken for a request. */
#include "harness/cli/man_page.h"
#include "harness/testkit/test.h"

static const struct options_row rows[] = {
    {'n', "lines-max", "N|full", "a round that takes longer than N is `hung`, 'so'", {0}},
    {0, "json", NULL, ".begins oddly. See --lines-max (--json): NONE", {0}},
};
static const struct options_note notes[] = {
    {NULL, "A paragraph, `of two words` in bold."},
    {"json", "It writes to DIR/file"},
    {NULL, NULL},
};
static const struct options_command command = {
    .name = "look",
    .operands = "DIR|TRACE...",
    .summary = "Looks at DIR\nand says so.",
    .rows = rows,
    .row_count = TEST_COUNT(rows),
    .notes = notes,
};

static void command_becomes_a_section(void **state)
{
    char *text = NULL;
    size_t size_bytes = 0;
    FILE *stream = open_memstream(&text, &size_bytes);
    (void)state;
    man_page_put(&command, stream);
    (void)fclose(stream);
    assert_string_equal(
        text, ".SS killpoint look \\fR[\\fIOPTION\\fR...] \\fIDIR\\fR|\\:\\fITRACE\\fR...\n"
              "Looks at \\fIDIR\\fR and says so.\n"
              ".PP\n"
              "A paragraph, \\fBof\\fR \\fBtwo\\fR \\fBwords\\fR in bold.\n"
              ".TP\n"
              "\\fB\\-n\\fR, \\fB\\-\\-lines\\-max\\fR \\fIN\\fR|\\:full\n"
              "A round that takes longer than \\fIN\\fR is \\fBhung\\fR, 'so'.\n"
              ".TP\n"
              "\\fB\\-\\-json\\fR\n"
              "\\&.begins oddly. See \\fB\\-\\-lines\\-max\\fR (\\fB\\-\\-json\\fR): NONE.\n"
              "It writes to DIR/file.\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(command_becomes_a_section)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
