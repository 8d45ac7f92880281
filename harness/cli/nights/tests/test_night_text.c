/* Lines about causes of earlier runs. */
#include "harness/cli/nights/night_text.h"
#include "harness/testkit/test.h"

#include <stdlib.h>

static void a_cause_is_two_lines(void **state)
{
    char *text = NULL;
    size_t size_bytes = 0;
    json_t *cause = json_pack("{ss ss ss ss}", "fingerprint", "ab", "text", "it broke", "token",
                              "s.aaaaaa@1:x", "since", "2026-11-22T02:00:01Z");
    FILE *stream = open_memstream(&text, &size_bytes);
    struct screen screen = {.stream = stream, .width = 80, .command = "./run.sh"};
    char date[16];

    (void)state;
    night_text_cause(&screen, "NEW", PAINT_BAD, cause, "1 scenario");
    (void)json_object_del(cause, "token");
    night_text_cause(&screen, "RARE", PAINT_BAD, cause, "");
    assert_int_equal(fclose(stream), 0);
    assert_string_equal(text, "NEW       it broke (ab): 1 scenario\n"
                              "          ./run.sh replay s.aaaaaa@1:x\n"
                              "RARE      it broke (ab)\n");
    night_text_date(cause, "since", date);
    assert_string_equal(date, "2026-11-22");
    assert_string_equal(night_text_of(cause, "nothing"), "");
    assert_int_equal(night_text_number(cause, "nothing"), 0);
    free(text);
    json_decref(cause);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_cause_is_two_lines)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
