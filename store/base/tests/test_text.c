/* Tests of store/base/text.c. */
#include "harness/testkit/test.h"
#include "store/base/text.h"

#include <inttypes.h>

static void pieces_follow_each_other(void **state)
{
    (void)state;
    char text[32] = "?";
    size_t length = text_add(text, sizeof(text), 0, "queue/");
    length = text_add(text, sizeof(text), length, "");
    length = text_add_number(text, sizeof(text), length, 7);
    length = text_add(text, sizeof(text), length, "/x");
    assert_string_equal(text, "queue/7/x");
    assert_int_equal(length, strlen(text));
}

static void numbers_are_as_printf_makes_them(void **state)
{
    (void)state;
    const int64_t numbers[] = {0, 1, 9, 10, -1, -10, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        char text[32];
        char expected[32];
        size_t length = text_add_number(text, sizeof(text), 0, numbers[i]);
        (void)snprintf(expected, sizeof(expected), "%" PRId64, numbers[i]);
        assert_string_equal(text, expected);
        assert_int_equal(length, strlen(expected));
    }
}

static void what_does_not_fit_is_cut(void **state)
{
    (void)state;
    char text[8];
    memset(text, '#', sizeof(text));
    size_t length = text_add(text, 6, 0, "abc");
    length = text_add(text, 6, length, "defg");
    assert_string_equal(text, "abcde");
    assert_int_equal(length, 5);
    assert_int_equal(text_add_number(text, 6, length, 42), 5);
    assert_string_equal(text, "abcde");
    assert_int_equal(text[6], '#');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_follow_each_other),
        cmocka_unit_test(numbers_are_as_printf_makes_them),
        cmocka_unit_test(what_does_not_fit_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
