/* What was explored is said with its speed, and whatever was not explored is said too. */
#include "harness/testkit/test.h"
#include "reports/explore_text.h"
#include "reports/paint.h"

#include <stdlib.h>
#include <string.h>

/* All judged. */
static const struct campaign_explore whole = {.traces = 12,
                                              .nested = 3,
                                              .interleaved = 4,
                                              .positions = 1204,
                                              .generated = 456789,
                                              .distinct = 123456,
                                              .effective = 100000,
                                              .judged = 123456,
                                              .reused = 90000,
                                              .rechecked = 910,
                                              .recovered = 512,
                                              .legal = 1234,
                                              .cross = 1,
                                              .peak_bytes = 47185920,
                                              .digest = 0xabc,
                                              .duration_us = 2000000};

static char *written(const struct campaign_explore *explore, unsigned width, bool is_verbose)
{
    struct screen screen = {.width = width, .is_verbose = is_verbose};
    char *text = NULL;
    size_t size = 0;

    screen.stream = open_memstream(&text, &size);
    assert_non_null(screen.stream);
    explore_text_line(&screen, explore, is_verbose);
    (void)fclose(screen.stream);
    return text;
}

static void line_says_images_positions_and_digest(void **state)
{
    char *text = written(&whole, 100, false);

    (void)state;
    assert_string_equal(text, "EXPLORED  123,456 images (100,000 with an effect) at 1,204 crash "
                              "positions of 12 traces; digest\n"
                              "          0000000000000abc\n");
    free(text);
}

static void whole_line_says_what_was_checked_too(void **state)
{
    char *text = written(&whole, 100, true);

    (void)state;
    test_contains(text,
                  "12 traces (3 of\n          recoveries), 1,234 checked legal; 1 equal to live "
                  "files, 45.0 MiB a process; digest");
    free(text);
}

static void nothing_is_said_where_nothing_was_explored(void **state)
{
    struct campaign_explore none = {0};
    char *text = written(&none, 100, true);

    (void)state;
    assert_string_equal(text, "");
    free(text);
}

/* In two blocks on a narrow screen; a scenario that explores nothing has no row. */
static void table_has_a_row_per_explored_scenario(void **state)
{
    struct screen screen = {.width = 80};
    struct campaign_scenario *scenario = calloc(1, sizeof(*scenario));
    struct collect *collect = collect_new();
    struct listener listener = collect_listener(collect);
    char *text = NULL;
    size_t size = 0;

    (void)state;
    assert_non_null(scenario);
    (void)snprintf(scenario->name, sizeof(scenario->name), "plain");
    listener.scenario_ended(listener.arg, scenario);
    (void)snprintf(scenario->name, sizeof(scenario->name), "power");
    scenario->explore = whole;
    listener.scenario_ended(listener.arg, scenario);
    screen.stream = open_memstream(&text, &size);
    explore_text_table(&screen, collect);
    (void)fclose(screen.stream);
    assert_string_equal(
        text, "  EXPLORED   images  generated   effect  reused  rechecked  traces  nested\n"
              "  power     123,456    456,789  100,000  90,000        910      12       3\n"
              "  EXPLORED  woven  positions  capped  recovered\n"
              "  power         4      1,204       0        512\n");
    free(text);
    collect_free(collect);
    free(scenario);
}

static void unjudged_is_what_is_missing_and_never_below_zero(void **state)
{
    struct campaign_explore explore = whole;

    (void)state;
    assert_int_equal(explore_text_unjudged(&explore), 0);
    explore.judged--;
    assert_int_equal(explore_text_unjudged(&explore), 1);
    explore.judged += 100;
    assert_int_equal(explore_text_unjudged(&explore), 0);
    explore.duration_us = 0;
    assert_int_equal(explore_text_rate(&explore), 0);
}

static void images_are_told_from_live_cases_by_their_tokens(void **state)
{
    (void)state;
    assert_true(explore_text_is_image("a.000000@1:commitlog/append:3=power-loss:all:k3d2"));
    assert_true(explore_text_is_image("a.000000@1:+rot:commitlog/0@12.5"));
    assert_true(explore_text_is_image("a.000000@1:x:1=kill+clock-jump:-1h,copy:12-31.2"));
    assert_false(explore_text_is_image("a.000000@1:commitlog/append:3=kill"));
    assert_false(explore_text_is_image("rot.000000@1:commitlog/append:3=kill"));
    assert_false(explore_text_is_image("power-loss.000000@1:queue/append:3=torn:8"));
}

static void counts_and_bytes_read_as_people_write_them(void **state)
{
    char words[PAINT_DURATION_SIZE_BYTES];

    (void)state;
    assert_string_equal(paint_count(0, words), "0");
    assert_string_equal(paint_count(999, words), "999");
    assert_string_equal(paint_count(1000, words), "1,000");
    assert_string_equal(paint_count(UINT64_MAX, words), "18,446,744,073,709,551,615");
    assert_string_equal(paint_bytes(1023, words), "1023 B");
    assert_string_equal(paint_bytes(1536, words), "1.5 KiB");
    assert_string_equal(paint_bytes(UINT64_C(3) << 30, words), "3.0 GiB");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_says_images_positions_and_digest),
        cmocka_unit_test(whole_line_says_what_was_checked_too),
        cmocka_unit_test(nothing_is_said_where_nothing_was_explored),
        cmocka_unit_test(table_has_a_row_per_explored_scenario),
        cmocka_unit_test(unjudged_is_what_is_missing_and_never_below_zero),
        cmocka_unit_test(images_are_told_from_live_cases_by_their_tokens),
        cmocka_unit_test(counts_and_bytes_read_as_people_write_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
