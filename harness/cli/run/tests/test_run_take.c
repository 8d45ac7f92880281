/* The words of a campaign's options. */
#include "harness/campaign/supervisor_options.h"
#include "harness/cli/run/run_take.h"
#include "harness/testkit/test.h"

#include <string.h>

static void depth_is_a_number_or_full(void **state)
{
    struct supervisor_options campaign = {0};
    struct err err = ERR_INIT;

    (void)state;
    test_ok(run_take_depth(&campaign, "2", &err), err);
    assert_int_equal(campaign.depth_override, 2);
    test_ok(run_take_depth(&campaign, "full", &err), err);
    assert_true(campaign.depth_full);
    assert_int_equal(run_take_depth(&campaign, "4", &err), ERR_USAGE);
    assert_int_equal(run_take_depth(&campaign, "deep", &err), ERR_USAGE);
}

static void switches_are_kept_in_order_and_bounded(void **state)
{
    struct supervisor_options campaign = {0};
    struct err err = ERR_INIT;
    char long_word[TOKEN_SWITCH_SIZE_BYTES + 1];

    (void)state;
    memset(long_word, 'a', sizeof(long_word) - 1);
    long_word[sizeof(long_word) - 1] = '\0';
    assert_int_equal(run_take_switch(&campaign, long_word, &err), ERR_USAGE);
    assert_int_equal(run_take_profile(&campaign, "rocketmq-1.0", &err), ERR_USAGE);
    assert_int_equal(campaign.switch_count, 0);
    test_ok(run_take_profile(&campaign, "rocketmq-5.2.0", &err), err);
    while (campaign.switch_count < TOKEN_SWITCHES_MAX) {
        test_ok(run_take_switch(&campaign, "queue-heal", &err), err);
    }
    assert_int_equal(run_take_switch(&campaign, "queue-heal", &err), ERR_USAGE);
    assert_string_equal(campaign.switches[0], "rocketmq-5.2.0");
}

static void what_is_broken_adds_up_and_the_last_word_on_failures_counts(void **state)
{
    struct supervisor_options campaign = {.failures_max = 7};
    struct err err = ERR_INIT;

    (void)state;
    test_ok(run_take_break(&campaign, "image", &err), err);
    assert_false(campaign.break_memo);
    test_ok(run_take_break(&campaign, "memo", &err), err);
    assert_true(campaign.break_image && campaign.break_memo);
    assert_int_equal(run_take_break(&campaign, "oracle", &err), ERR_USAGE);
    test_ok(run_take_keep_going(&campaign.failures_max, NULL, &err), err);
    assert_int_equal(campaign.failures_max, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(depth_is_a_number_or_full),
        cmocka_unit_test(switches_are_kept_in_order_and_bounded),
        cmocka_unit_test(what_is_broken_adds_up_and_the_last_word_on_failures_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
