/* What tells two causes apart, and what must not. */
#include "harness/cause/cause_fingerprint.h"
#include "harness/testkit/test.h"

static void it_has_twelve_digits_and_stays(void **state)
{
    struct campaign_cause cause = {.mechanism = MECHANISM_RECORD_LOST, .outcome = OUTCOME_VIOLATED};
    struct campaign_cause later;

    (void)state;
    cause_fingerprint_set(&cause);
    assert_int_equal(strlen(cause.fingerprint), CAMPAIGN_FINGERPRINT_SIZE_BYTES - 1);
    assert_int_equal(strspn(cause.fingerprint, "0123456789abcdef"), 12);
    later = cause;
    later.case_count = 7;
    later.source.line = 99;
    later.outcome = OUTCOME_REFUSED;
    (void)snprintf(later.simplest.token, sizeof(later.simplest.token), "other");
    cause_fingerprint_set(&later);
    assert_string_equal(cause.fingerprint, later.fingerprint);
}

static void mechanism_place_and_ending_tell_causes_apart(void **state)
{
    struct campaign_cause causes[] = {
        {.mechanism = MECHANISM_RECORD_LOST},
        {.mechanism = MECHANISM_RECORD_BACK},
        {.mechanism = MECHANISM_RECORD_LOST, .place = (enum mechanism_place)1},
        {.mechanism = MECHANISM_RECORD_LOST, .place = (enum mechanism_place)1, .is_name = true},
        {.mechanism = MECHANISM_COUNT, .outcome = OUTCOME_REFUSED},
        {.mechanism = MECHANISM_COUNT, .outcome = OUTCOME_CRASHED, .signal = 11, .function = "a"},
        {.mechanism = MECHANISM_COUNT, .outcome = OUTCOME_CRASHED, .signal = 6, .function = "a"},
        {.mechanism = MECHANISM_COUNT, .outcome = OUTCOME_CRASHED, .signal = 6, .function = "b"},
    };
    const size_t count = sizeof(causes) / sizeof(causes[0]);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        cause_fingerprint_set(&causes[i]);
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(causes[i].fingerprint, causes[k].fingerprint);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_has_twelve_digits_and_stays),
        cmocka_unit_test(mechanism_place_and_ending_tell_causes_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
