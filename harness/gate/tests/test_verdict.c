/* A verdict: one that was asked nothing is not good, and a reason is one line whatever it quotes.
 */
#include "harness/gate/verdict.h"
#include "harness/testkit/test.h"

#include <string.h>

static void is_good_when_all_that_was_asked_holds(void **state)
{
    const struct verdict_asked asked = {"age", "at most 1h", "30m"};
    struct verdict verdict = {.rows = NULL};
    (void)state;
    assert_false(verdict_is_good(&verdict));
    for (int i = 0; i < 100; i++) {
        verdict_hold(&verdict, &asked);
    }
    assert_int_equal(verdict.row_count, 100);
    assert_string_equal(verdict.rows[99].found, "30m");
    assert_true(verdict_is_good(&verdict));
    verdict.is_incomplete = true;
    assert_false(verdict_is_good(&verdict));
    verdict_done(&verdict);
}

static void keeps_a_reason_on_one_line(void **state)
{
    const struct verdict_asked asked = {"a rule with a name that is too long", "", ""};
    struct verdict verdict = {.rows = NULL};
    char much[2 * VERDICT_REASON_SIZE_BYTES];
    (void)state;
    memset(much, 'x', sizeof(much));
    much[sizeof(much) - 1] = '\0';
    verdict_fail(&verdict, &asked, "two\nlines and a \x1b[31mcolour");
    verdict_fail(&verdict, &asked, "%s", much);
    assert_int_equal(verdict.failed_count, 2);
    assert_string_equal(verdict.rows[0].reason, "two lines and a  [31mcolour");
    assert_int_equal(strlen(verdict.rows[1].reason), VERDICT_REASON_SIZE_BYTES - 1);
    assert_int_equal(strlen(verdict.rows[0].rule), VERDICT_RULE_SIZE_BYTES - 1);
    assert_false(verdict_is_good(&verdict));
    verdict_done(&verdict);
    assert_null(verdict.rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_good_when_all_that_was_asked_holds),
        cmocka_unit_test(keeps_a_reason_on_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
