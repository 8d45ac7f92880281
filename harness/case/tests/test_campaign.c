/* Explorations are added up without losing a count. */
#include "harness/case/campaign.h"
#include "harness/testkit/test.h"

static void counts_add_up_and_the_larger_peak_stays(void **state)
{
    struct campaign_explore sum = {.judged = 5, .peak_bytes = 700, .digest = UINT64_MAX};
    struct campaign_explore part = {.judged = 7, .peak_bytes = 300, .digest = 3, .capped = 2};

    (void)state;
    campaign_explore_add(&sum, &part);
    assert_int_equal(sum.judged, 12);
    assert_int_equal(sum.capped, 2);
    assert_int_equal(sum.peak_bytes, 700);
    assert_int_equal(sum.digest, 2);
}

static void order_of_parts_does_not_matter(void **state)
{
    struct campaign_explore parts[3];
    struct campaign_explore forward = {0};
    struct campaign_explore backward = {0};

    (void)state;
    for (uint64_t i = 0; i < 3; i++) {
#define X(name) parts[i].name = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
        CAMPAIGN_EXPLORE_MAP(X)
#undef X
        parts[i].peak_bytes = 100 - i;
        parts[i].digest = i << 63;
    }
    for (int i = 0; i < 3; i++) {
        campaign_explore_add(&forward, &parts[i]);
        campaign_explore_add(&backward, &parts[2 - i]);
    }
    assert_memory_equal(&forward, &backward, sizeof(forward));
    assert_int_equal(forward.duration_us, UINT64_C(0x9e3779b97f4a7c15) * 6);
}

static void a_trace_without_images_counts_as_explored(void **state)
{
    struct campaign_explore explore = {0};

    (void)state;
    assert_false(campaign_explore_is_any(&explore));
    explore.traces = 1;
    assert_true(campaign_explore_is_any(&explore));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_add_up_and_the_larger_peak_stays),
        cmocka_unit_test(order_of_parts_does_not_matter),
        cmocka_unit_test(a_trace_without_images_counts_as_explored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
