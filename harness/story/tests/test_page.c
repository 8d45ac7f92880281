/* Rows in sections, wrapped. */
#include "harness/story/page.h"
#include "harness/testkit/test.h"

static struct page page;

static char *print(unsigned width)
{
    static char text[8192];
    memset(text, 0, sizeof(text));
    FILE *stream = fmemopen(text, sizeof(text) - 1, "w");
    assert_non_null(stream);
    page_print(&page, stream, width);
    (void)fclose(stream);
    return text;
}

static void sections_come_in_their_order(void **state)
{
    (void)state;
    memset(&page, 0, sizeof(page));
    page_add(&page, PAGE_SHORT, 0, "last %d", 1);
    page_add(&page, PAGE_VERDICT, 0, "first");
    page_add(&page, PAGE_VERDICT, 0, "second");
    assert_string_equal(print(80), "VERDICT   first\n          second\nIN SHORT  last 1\n");
    assert_int_equal(page_count(&page, PAGE_VERDICT), 2);
    assert_int_equal(page_count(&page, PAGE_FAULT), 0);
}

static void rows_are_wrapped_at_words(void **state)
{
    (void)state;
    memset(&page, 0, sizeof(page));
    page_add(&page, PAGE_FAULT, 2, "one two three four");
    assert_string_equal(print(20), "FAULT     one two\n            three four\n");
    assert_string_equal(print(24), "FAULT     one two three\n            four\n");
}

static void a_word_that_is_too_long_stays_whole(void **state)
{
    (void)state;
    memset(&page, 0, sizeof(page));
    page_add(&page, PAGE_FAULT, 0, "short averyveryverylongword end");
    assert_string_equal(print(20),
                        "FAULT     short\n          averyveryverylongword\n          end\n");
}

static void what_finds_no_room_is_counted(void **state)
{
    (void)state;
    memset(&page, 0, sizeof(page));
    for (unsigned i = 0; i < PAGE_ROWS_MAX + 3; i++) {
        page_add(&page, PAGE_DISK, 0, "x");
    }
    assert_int_equal(page.row_count, PAGE_ROWS_MAX);
    test_contains(print(80), "3 more rows found no room");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_come_in_their_order),
        cmocka_unit_test(rows_are_wrapped_at_words),
        cmocka_unit_test(a_word_that_is_too_long_stays_whole),
        cmocka_unit_test(what_finds_no_room_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
