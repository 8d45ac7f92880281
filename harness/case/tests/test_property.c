/* The names of properties, outcomes and roles. */
#include "harness/case/campaign.h"
#include "harness/testkit/test.h"

static void every_property_is_found_by_its_name(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PROPERTY_COUNT; i++) {
        assert_int_equal(property_find(property_name((enum property)i)), i);
        assert_true(strlen(property_help((enum property)i)) > 0);
    }
    assert_int_equal(property_find("queue-complet"), PROPERTY_COUNT);
}

static void every_outcome_is_found_by_its_name(void **state)
{
    (void)state;
    for (unsigned i = 0; i < OUTCOME_COUNT; i++) {
        assert_int_equal(outcome_find(outcome_name((enum outcome)i)), i);
        assert_true(strlen(outcome_help((enum outcome)i)) > 0);
    }
    assert_int_equal(outcome_find(""), OUTCOME_COUNT);
}

static void every_role_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(campaign_role_name(CAMPAIGN_ROLE_TRACE), "trace");
    assert_string_equal(campaign_role_name(CAMPAIGN_ROLE_CANARY), "canary");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_property_is_found_by_its_name),
        cmocka_unit_test(every_outcome_is_found_by_its_name),
        cmocka_unit_test(every_role_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
