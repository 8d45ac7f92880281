/* A page that is too long is not shown at all: sections go, bytes are never cut. */
#include "harness/testkit/test.h"
#include "reports/ci/step_summary.h"

#include <stdlib.h>
#include <string.h>

static char *written(struct campaign_summary *summary, size_t room)
{
    struct collect *collect = collect_new();
    struct err err = ERR_INIT;
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    assert_non_null(collect);
    assert_non_null(stream);
    test_ok(step_summary_write(stream, collect, summary, "killpoint", room, &err), err);
    assert_int_equal(fclose(stream), 0);
    collect_free(collect);
    assert_in_range(strlen(text), 0, room);
    return text;
}

static struct campaign_summary *full_summary(void)
{
    struct campaign_summary *summary = calloc(1, sizeof(*summary));

    assert_non_null(summary);
    summary->exit_code = 1;
    summary->cause_count = CAMPAIGN_CAUSES_MAX;
    for (uint32_t i = 0; i < CAMPAIGN_CAUSES_MAX; i++) {
        struct campaign_cause *cause = &summary->causes[i];

        memset(cause->simplest.detail, '<', sizeof(cause->simplest.detail) - 1);
        memset(cause->simplest.token, 't', sizeof(cause->simplest.token) - 1);
    }
    left_out_add(&summary->left_out, LEFT_OUT_CASES, LEFT_OUT_UNIT_CASE, 7, "");
    return summary;
}

static void worst_page_fits_githubs_limit(void **state)
{
    struct campaign_summary *summary = full_summary();
    char *text = written(summary, STEP_SUMMARY_SIZE_BYTES_MAX);

    (void)state;
    test_contains(text, "### Causes\n");
    assert_null(strstr(text, "No room"));
    free(text);
    free(summary);
}

static void section_without_room_is_left_out_whole_and_named(void **state)
{
    struct campaign_summary *summary = full_summary();
    char *text = written(summary, 4096);

    (void)state;
    test_contains(text, "## Killpoint: FAILED\n");
    assert_null(strstr(text, "### Causes\n"));
    test_contains(text, "### Not covered\n\n* 7 cases");
    test_contains(text, "\nNo room on this page for: Causes\n");
    free(text);
    /* Others have filled it: nothing is better than what takes theirs away. */
    text = written(summary, 0);
    assert_string_equal(text, "");
    free(text);
    free(summary);
}

static void each_exit_code_has_its_word(void **state)
{
    static const char *const words[] = {"PASSED",           "FAILED",     "INTERRUPTED",
                                        "HARNESS AT FAULT", "NOT USABLE", "NOTHING RAN"};
    struct campaign_summary *summary = full_summary();

    (void)state;
    for (int code = 0; code < 6; code++) {
        char expected[64];

        summary->exit_code = code;
        char *text = written(summary, STEP_SUMMARY_SIZE_BYTES_MAX);
        (void)snprintf(expected, sizeof(expected), "## Killpoint: %s\n", words[code]);
        assert_ptr_equal(strstr(text, expected), text);
        free(text);
    }
    free(summary);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worst_page_fits_githubs_limit),
        cmocka_unit_test(section_without_room_is_left_out_whole_and_named),
        cmocka_unit_test(each_exit_code_has_its_word),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
