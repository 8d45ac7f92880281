/* Ten lines are all that GitHub shows, and only what is new is worth one. */
#include "harness/testkit/test.h"
#include "reports/ci/annotations.h"

#include <stdlib.h>
#include <string.h>

static char *written(const struct campaign_summary *summary)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    assert_non_null(stream);
    annotations_write(stream, summary, "killpoint");
    assert_int_equal(fclose(stream), 0);
    return text;
}

static unsigned count_lines(const char *text)
{
    unsigned count = 0;

    for (; *text != '\0'; text++) {
        count += *text == '\n';
    }
    return count;
}

/* `count` causes, each in the state. */
static struct campaign_summary *summary_of(uint32_t count, enum campaign_state state)
{
    struct campaign_summary *summary = calloc(1, sizeof(*summary));

    assert_non_null(summary);
    summary->cause_count = count;
    for (uint32_t i = 0; i < count; i++) {
        summary->causes[i].mechanism = MECHANISM_COUNT;
        summary->causes[i].outcome = OUTCOME_HUNG;
        summary->causes[i].state = state;
    }
    return summary;
}

static void ten_fit_and_of_more_the_last_line_counts_the_rest(void **state)
{
    struct campaign_summary *summary = summary_of(10, CAMPAIGN_STATE_NEW);
    char *text = written(summary);

    (void)state;
    assert_int_equal(count_lines(text), 10);
    assert_null(strstr(text, "more cause"));
    free(text);
    free(summary);
    summary = summary_of(12, CAMPAIGN_STATE_NEW);
    summary->causes_dropped = 5;
    text = written(summary);
    assert_int_equal(count_lines(text), ANNOTATIONS_MAX);
    test_contains(text, "\n::error title=8 more causes::and 8 more: ");
    free(text);
    free(summary);
}

static void what_was_seen_before_gets_none_and_without_history_all_is_new(void **state)
{
    struct campaign_summary *summary = summary_of(3, CAMPAIGN_STATE_ONGOING);
    char *text;

    (void)state;
    summary->causes[1].state = CAMPAIGN_STATE_RARE;
    text = written(summary);
    assert_string_equal(text, "");
    free(text);
    free(summary);
    summary = summary_of(3, CAMPAIGN_STATE_NONE);
    text = written(summary);
    assert_int_equal(count_lines(text), 3);
    free(text);
    free(summary);
}

/* GitHub shows it with the job then. */
static void cause_without_a_line_names_no_file(void **state)
{
    struct campaign_summary *summary = summary_of(1, CAMPAIGN_STATE_NEW);
    char *text = written(summary);

    (void)state;
    assert_ptr_equal(strstr(text, "::error title=hung%3A "), text);
    assert_null(strstr(text, "file="));
    free(text);
    free(summary);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_fit_and_of_more_the_last_line_counts_the_rest),
        cmocka_unit_test(what_was_seen_before_gets_none_and_without_history_all_is_new),
        cmocka_unit_test(cause_without_a_line_names_no_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
