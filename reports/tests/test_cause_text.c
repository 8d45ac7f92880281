/* The last screen of a campaign that failed. */
#include "harness/testkit/test.h"
#include "reports/cause_text.h"

#define LINES_MAX 24u

static void set_cause(struct campaign_cause *cause, enum mechanism mechanism)
{
    cause->mechanism = mechanism;
    cause->place = MECHANISM_PLACE_LOG;
    cause->case_count = 1234;
    cause->scenario_count = 99;
    cause->kinds[FAULT_POWER_LOSS] = 1000;
    cause->kinds[FAULT_KIND_COUNT] = 234;
    cause->points[POINT_COMMITLOG_APPEND] = 700;
    cause->points[POINT_COMMITLOG_SYNC] = 200;
    cause->points[POINT_QUEUE_APPEND] = 100;
    cause->simplest.fault_count = 1;
    cause->simplest.message_count = 3;
    (void)snprintf(cause->simplest.scenario, sizeof(cause->simplest.scenario), "plain-sync");
    (void)snprintf(cause->simplest.token, sizeof(cause->simplest.token), "plain-sync.aaaaaa@1:x");
    for (size_t i = 0; i < 900; i += 5) {
        memcpy(cause->simplest.detail + i, "dddd ", 6);
    }
    cause->source = (struct campaign_source){"store/service/flusher.c", 88, "flusher_step"};
}

/* What is put, in `*ret_text`, which the caller frees; how many lines that is. */
static unsigned put(const struct campaign_summary *summary, char **ret_text)
{
    size_t size = 0;
    FILE *stream = open_memstream(ret_text, &size);
    struct screen screen = {.stream = stream, .width = 100, .command = "./run.sh"};
    unsigned lines = 0;
    assert_non_null(stream);
    cause_text_put(&screen, summary, LINES_MAX);
    (void)fclose(stream);
    for (size_t i = 0; i < size; i++) {
        lines += (*ret_text)[i] == '\n';
    }
    return lines;
}

static void a_cause_is_told_with_where_to_start(void **state)
{
    struct campaign_summary *summary = calloc(1, sizeof(*summary));
    char *text = NULL;
    (void)state;
    assert_non_null(summary);
    assert_int_equal(put(summary, &text), 0);
    free(text);
    summary->cause_count = 1;
    set_cause(&summary->causes[0], MECHANISM_LOG_BEFORE_ACK);
    assert_true(put(summary, &text) <= LINES_MAX);
    test_contains(text, "log-before-acknowledgement is broken in the log: 99 scenarios");
    test_contains(text, "under power-loss 1,000, no fault 234; at commitlog/append 700");
    test_contains(text, "simplest case: plain-sync, 1 fault, 3 messages: dddd");
    test_contains(text, "store/service/flusher.c:88 in flusher_step");
    test_contains(text, "./run.sh replay plain-sync.aaaaaa@1:x\n");
    test_contains(text, "./run.sh why plain-sync.aaaaaa@1:x\n");
    free(text);
    free(summary);
}

/* A screen has no more lines for thirty causes than for one. */
static void many_causes_stay_on_the_screen(void **state)
{
    struct campaign_summary *summary = calloc(1, sizeof(*summary));
    (void)state;
    assert_non_null(summary);
    for (uint32_t i = 0; i < CAMPAIGN_CAUSES_MAX; i++) {
        char *text = NULL;
        set_cause(&summary->causes[i], (enum mechanism)i);
        summary->cause_count = i + 1;
        unsigned lines = put(summary, &text);
        if (lines > LINES_MAX) {
            fail_msg("%u causes take %u lines:\n%s", i + 1, lines, text);
        }
        test_contains(text, "CAUSE 1");
        if (i + 1 == CAMPAIGN_CAUSES_MAX) {
            test_contains(text, "more causes");
        }
        free(text);
    }
    free(summary);
}

static void an_outcome_is_told_by_its_name(void **state)
{
    struct campaign_cause *cause = calloc(1, sizeof(*cause));
    char text[CAUSE_TEXT_SIZE_BYTES];
    (void)state;
    assert_non_null(cause);
    set_cause(cause, MECHANISM_COUNT);
    cause->case_count = 1;
    cause->scenario_count = 1;
    cause->outcome = OUTCOME_CRASHED;
    cause->signal = 11;
    (void)snprintf(cause->function, sizeof(cause->function), "queue_put");
    (void)cause_text_headline(cause, text, sizeof(text));
    assert_string_equal(text, "crashed by SIGSEGV in queue_put: 1 scenario, 1 case");
    free(cause);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cause_is_told_with_where_to_start),
        cmocka_unit_test(many_causes_stay_on_the_screen),
        cmocka_unit_test(an_outcome_is_told_by_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
