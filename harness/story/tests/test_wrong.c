/* Bytes, expected and found. */
#include "harness/reenact/tests/fixture.h"
#include "harness/story/tests/rows.h"
#include "harness/story/wrong.h"

static struct fixture fixture;
static struct page page;

static void begin(const char *name, const char *plan)
{
    memset(&page, 0, sizeof(page));
    fixture_run(&fixture, name, NULL, plan);
}

static void a_missing_unit_is_shown_as_it_should_be(void **state)
{
    (void)state;
    struct finding findings[8];
    begin("defects/dledger-dup-info-8032", "dledger/append:6=kill-after");
    size_t count = finding_parse(fixture.reenact->first_detail, findings, TEST_COUNT(findings));
    assert_true(count > 0);
    wrong_tell(fixture.reenact, &findings[0], &page);
    rows_have(&page, PAGE_WRONG, "expected  00 00 00 00 00 00 00 30 00 00 00 f7");
    rows_have(&page, PAGE_WRONG, "found     -- --");
    rows_have(&page, PAGE_WRONG, "^^ ^^");
    wrong_tell(fixture.reenact, NULL, &page);
    fixture_done(&fixture);
}

static void only_bytes_that_differ_are_marked(void **state)
{
    (void)state;
    static const uint8_t expected[22] = {1, 2, 3, [21] = 9};
    static const uint8_t found[22] = {1, 7, 3, [21] = 9};
    memset(&page, 0, sizeof(page));
    wrong_tell_bytes(&page, expected, found, 22, 22);
    assert_int_equal(page.row_count, 5); /* the second row of bytes has nothing to mark */
    assert_string_equal(page.rows[0].text,
                        "expected  01 02 03 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00");
    assert_string_equal(page.rows[1].text,
                        "found     01 07 03 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00");
    assert_memory_equal(page.rows[2].text, "             ^^ ", 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_unit_is_shown_as_it_should_be),
        cmocka_unit_test(only_bytes_that_differ_are_marked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
