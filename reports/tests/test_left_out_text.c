/* Counts of what was left out, as people read them. */
#include "harness/testkit/test.h"
#include "reports/left_out_text.h"

static void counts_say_whether_there_is_more(void **state)
{
    static const struct {
        struct left_out_entry entry;
        const char *text;
    } rows[] = {
        {{.unit = LEFT_OUT_UNIT_CASE, .count = 1}, "1 case"},
        {{.unit = LEFT_OUT_UNIT_CASE, .count = 2669}, "2,669 cases"},
        {{.unit = LEFT_OUT_UNIT_IMAGE, .count = 7, .is_uncounted = true}, "at least 7 images"},
        {{.unit = LEFT_OUT_UNIT_POSITION, .is_uncounted = true},
         "an unknown number of crash positions"},
    };
    char text[LEFT_OUT_COUNT_SIZE_BYTES];

    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(left_out_text_count(&rows[i].entry, text), rows[i].text);
    }
}

/* A line each; of one scenario alone it goes without saying how many. */
static void list_is_a_line_for_each_reason(void **state)
{
    struct screen screen = {.width = 100};
    struct left_out list = {0};
    char *text = NULL;
    size_t size = 0;

    (void)state;
    screen.stream = open_memstream(&text, &size);
    left_out_text_lines(&screen, &list, 2);
    left_out_add(&list, LEFT_OUT_CASES, LEFT_OUT_UNIT_CASE, 7, "a sample");
    left_out_add(&list, LEFT_OUT_MAX_FAILURES, LEFT_OUT_UNIT_SCENARIO, 1, "enough");
    left_out_text_lines(&screen, &list, 2);
    left_out_text_lines(&screen, &list, 1);
    (void)fclose(screen.stream);
    assert_string_equal(text, "LEFT OUT  7 cases in 1 scenario: a sample\n"
                              "          1 scenario: enough\n"
                              "LEFT OUT  7 cases: a sample\n"
                              "          1 scenario: enough\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_say_whether_there_is_more),
        cmocka_unit_test(list_is_a_line_for_each_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
