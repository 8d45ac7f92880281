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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_say_whether_there_is_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
