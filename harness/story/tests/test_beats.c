/* Entries to steps. */
#include "harness/story/beats.h"
#include "harness/testkit/test.h"

static struct beats *beats;
static struct trace *trace;
static struct disk_observer observer;

static void begin(void)
{
    beats = beats_new();
    trace = trace_new(NULL);
    observer = trace_observer(trace, NULL);
    trace_note(trace, TRACE_NOTE_ROUND, 0, 0);
}

static void end(void)
{
    trace_free(trace);
    beats_free(beats);
}

static void operate(enum point point, const char *path, int64_t result)
{
    const struct disk_call call = {
        .point = point, .op = point_op(point), .path = path, .data = "x", .size_bytes = 1};
    observer.begin(observer.arg, &call);
    observer.end(observer.arg, &call, result);
}

static void put(uint32_t message)
{
    trace_note(trace, TRACE_NOTE_STEP, message + 1, 0);
    trace_note(trace, TRACE_NOTE_SENT, message, 0);
    operate(POINT_COMMITLOG_APPEND, "commitlog/00000000000000000000", 1);
    operate(POINT_COMMITLOG_SYNC, "commitlog/00000000000000000000", 0);
    trace_note(trace, TRACE_NOTE_ACKED, message, STORE_PUT_OK);
    operate(POINT_QUEUE_APPEND, "consumequeue/t/0/00000000000000000000", 1);
}

static void puts_that_went_alike_are_one_step(void **state)
{
    (void)state;
    struct beats_step steps[8];
    begin();
    put(0);
    put(1);
    put(2);
    uint32_t count = beats_steps(beats, trace, trace_done_count(trace), steps, TEST_COUNT(steps));
    assert_int_equal(count, 1);
    assert_int_equal(steps[0].repeat, 3);
    assert_int_equal(steps[0].first_message, 0);
    assert_int_equal(steps[0].operation_count, 9);
    assert_int_equal(steps[0].chain_count, 4);
    assert_string_equal(beats_phrase(beats, steps[0].chain[0]), "sent");
    assert_string_equal(beats_phrase(beats, steps[0].chain[1]), "log written");
    assert_string_equal(beats_phrase(beats, steps[0].chain[2]), "log synced");
    assert_string_equal(beats_phrase(beats, steps[0].chain[3]), "answered OK");
    uint32_t behind = 0;
    for (uint32_t i = 0; i < BEATS_PHRASES_MAX; i++) {
        behind += steps[0].behind[i];
    }
    assert_int_equal(behind, 3); /* the queue's */
    end();
}

static void an_answer_before_its_sync_is_another_step(void **state)
{
    (void)state;
    struct beats_step steps[8];
    begin();
    put(0);
    trace_note(trace, TRACE_NOTE_STEP, 2, 0);
    trace_note(trace, TRACE_NOTE_SENT, 1, 0);
    operate(POINT_COMMITLOG_APPEND, "commitlog/00000000000000000000", 1);
    trace_note(trace, TRACE_NOTE_ACKED, 1, STORE_PUT_OK);
    operate(POINT_COMMITLOG_SYNC, "commitlog/00000000000000000000", -5);
    uint32_t count = beats_steps(beats, trace, trace_done_count(trace), steps, TEST_COUNT(steps));
    assert_int_equal(count, 2);
    assert_int_equal(steps[1].chain_count, 3);
    bool has_failed = false;
    for (uint32_t i = 0; i < BEATS_PHRASES_MAX; i++) {
        has_failed |= steps[1].behind[i] > 0 &&
                      strcmp(beats_phrase(beats, i), "log synced FAILED (EIO)") == 0;
    }
    assert_true(has_failed);
    end();
}

static void what_was_undone_is_not_told(void **state)
{
    (void)state;
    struct beats_step steps[8];
    begin();
    put(0);
    assert_int_equal(beats_steps(beats, trace, 1, steps, TEST_COUNT(steps)), 1);
    assert_int_equal(steps[0].operation_count, 1);
    end();
}

static void past_the_room_all_is_added_to_the_last(void **state)
{
    (void)state;
    struct beats_step steps[1];
    begin();
    operate(POINT_LOCK_CREATE, "lock", 0);
    put(0);
    trace_note(trace, TRACE_NOTE_STEP, 2, 0);
    operate(POINT_QUEUE_SYNC, "consumequeue/t/0/00000000000000000000", 0);
    assert_int_equal(beats_steps(beats, trace, trace_done_count(trace), steps, 1), 1);
    assert_int_equal(steps[0].operation_count, 5);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(puts_that_went_alike_are_one_step),
        cmocka_unit_test(an_answer_before_its_sync_is_another_step),
        cmocka_unit_test(what_was_undone_is_not_told),
        cmocka_unit_test(past_the_room_all_is_added_to_the_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
