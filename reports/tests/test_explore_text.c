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

static char *written(void (*write)(FILE *, const struct campaign_explore *, const char *),
                     const struct campaign_explore *explore)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    assert_non_null(stream);
    write(stream, explore, "> ");
    (void)fclose(stream);
    return text;
}

static void scenario_says_images_speed_and_traces(void **state)
{
    char *text = written(explore_text_scenario, &whole);

    (void)state;
    assert_string_equal(text,
                        "> 123,456 images judged, 61,728 per second and core: 123,456 distinct of "
                        "456,789 generated, 100,000 with an effect\n"
                        "> of them 90,000 judged from step 3 on by an equal recovered store "
                        "(910 run in full all the same)\n"
                        "> 12 traces (3 of recoveries, 4 interleaved), 1,204 crash positions, "
                        "512 recovered states\n");
    free(text);
}

static void capped_overflowed_and_unjudged_are_said_in_words(void **state)
{
    struct campaign_explore less = whole;
    char *text;

    (void)state;
    less.capped = 34;
    less.overflowed = 1;
    less.judged -= 1000;
    text = written(explore_text_scenario, &less);
    test_contains(text, "> 34 capped positions of 1,204: more choices than the bound");
    test_contains(text, "> 1 position with more un-synced effects than a token can name (512)");
    test_contains(text, "> 1,000 distinct images not judged: it stopped before them\n");
    free(text);
}

static void summary_says_caps_checks_memory_and_digest_even_when_zero(void **state)
{
    char *text = written(explore_text_summary, &whole);

    (void)state;
    assert_ptr_equal(strstr(text, "123,456 images judged"), text);
    test_contains(text, "> 0 capped positions of 1,204\n");
    test_contains(text, "> 1,234 checked legal by the second implementation, 1 kill compared with "
                        "live files\n");
    test_contains(text, "> peak memory 45.0 MiB a process, digest 0000000000000abc\n");
    free(text);
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
        cmocka_unit_test(scenario_says_images_speed_and_traces),
        cmocka_unit_test(capped_overflowed_and_unjudged_are_said_in_words),
        cmocka_unit_test(summary_says_caps_checks_memory_and_digest_even_when_zero),
        cmocka_unit_test(unjudged_is_what_is_missing_and_never_below_zero),
        cmocka_unit_test(images_are_told_from_live_cases_by_their_tokens),
        cmocka_unit_test(counts_and_bytes_read_as_people_write_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
