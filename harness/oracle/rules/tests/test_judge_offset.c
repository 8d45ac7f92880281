/* What a restart lowered stays low: committed offsets from one completed open to the next. */
#include "harness/oracle/rules/tests/judge_fixture.h"
#include "harness/testkit/test.h"

#include <stdio.h>

#define LAST (FIXTURE_MESSAGES - 1)

static uint32_t queue_of_last(const struct fixture *fixture)
{
    const struct workload_message *last = &fixture->messages[LAST];
    return last->topic_index * FIXTURE_QUEUES + (uint32_t)last->message.queue_id;
}

/* The max of the last message's queue. */
static int64_t max_of_last(const struct fixture *fixture)
{
    return fixture->places[LAST].queue_offset + 1;
}

static void write_offset(struct fixture *fixture, int64_t offset)
{
    char text[128];
    const struct workload_message *last = &fixture->messages[LAST];
    int size = snprintf(text, sizeof text, "{\"offsetTable\":{\"%s@group-a\":{%d:%lld}}}",
                        last->topic, (int)last->message.queue_id, (long long)offset);
    storemaker_write(&fixture->maker, "config/consumerOffset.json", text, (size_t)size);
}

static uint32_t judged(struct fixture *fixture, int64_t offset)
{
    write_offset(fixture, offset);
    assert_int_equal(fixture_judge(fixture), 0);
    return fixture->report.violated;
}

/* All of the queue was committed and persisted; then a restart found one record less, and the
 * record was put again. */
static struct fixture *make_lowered(void)
{
    struct fixture *fixture = malloc(sizeof *fixture);
    assert_non_null(fixture);
    fixture_init(fixture, false);
    ledger_note_commit(fixture->ledger, queue_of_last(fixture), max_of_last(fixture));
    ledger_note_persisted(fixture->ledger);
    assert_int_equal(judged(fixture, max_of_last(fixture)), 0);
    ledger_note_max(fixture->ledger, queue_of_last(fixture), max_of_last(fixture) - 1);
    return fixture;
}

static void done(struct fixture *fixture)
{
    fixture_done(fixture);
    free(fixture);
}

static void finds_an_offset_back_that_a_restart_lowered(void **state)
{
    (void)state;
    struct fixture *fixture = make_lowered();
    int64_t max = max_of_last(fixture);
    assert_int_equal(judged(fixture, max - 1), 0);
    assert_int_equal(judged(fixture, max), PROPERTY_BIT(CONSUMER_OFFSET));
    assert_non_null(
        strstr(fixture->report.text, "a restart had lowered is back, expected at most"));
    assert_int_equal(fixture->report.line_count, 1);
    done(fixture);
}

static void keeps_the_lowest_of_many_restarts(void **state)
{
    (void)state;
    struct fixture *fixture = make_lowered();
    uint32_t queue = queue_of_last(fixture);
    int64_t max = max_of_last(fixture);
    ledger_note_max(fixture->ledger, queue, max - 2);
    ledger_note_max(fixture->ledger, queue, max);
    assert_int_equal(judged(fixture, max - 2), 0);
    assert_int_equal(judged(fixture, max - 1), PROPERTY_BIT(CONSUMER_OFFSET));
    done(fixture);
}

static void takes_a_later_commit(void **state)
{
    (void)state;
    struct fixture *fixture = make_lowered();
    uint32_t queue = queue_of_last(fixture);
    int64_t max = max_of_last(fixture);
    ledger_note_max(fixture->ledger, queue, max - 3);
    ledger_note_commit(fixture->ledger, queue, max - 1);
    /* Whether it was persisted or not; but no more than it. */
    assert_int_equal(judged(fixture, max - 3), 0);
    assert_int_equal(judged(fixture, max - 1), 0);
    assert_int_equal(judged(fixture, max), PROPERTY_BIT(CONSUMER_OFFSET));
    ledger_note_commit(fixture->ledger, queue, max);
    assert_int_equal(judged(fixture, max), 0);
    done(fixture);
}

static void expects_no_clip_of_a_truncate(void **state)
{
    (void)state;
    struct fixture *fixture = malloc(sizeof *fixture);
    assert_non_null(fixture);
    fixture_init(fixture, false);
    uint32_t queue = queue_of_last(fixture);
    int64_t max = max_of_last(fixture);
    ledger_note_commit(fixture->ledger, queue, max);
    ledger_note_persisted(fixture->ledger);
    ledger_note_cut(fixture->ledger, queue, max);
    ledger_note_max(fixture->ledger, queue, max - 1);
    assert_int_equal(judged(fixture, max), 0);
    /* The next open has clipped, and says what to. */
    ledger_note_opened(fixture->ledger);
    ledger_note_max(fixture->ledger, queue, max - 1);
    assert_int_equal(judged(fixture, max), PROPERTY_BIT(CONSUMER_OFFSET));
    done(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_an_offset_back_that_a_restart_lowered),
        cmocka_unit_test(keeps_the_lowest_of_many_restarts),
        cmocka_unit_test(takes_a_later_commit),
        cmocka_unit_test(expects_no_clip_of_a_truncate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
