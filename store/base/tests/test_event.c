/* Tests of store/base/event.c. */
#include "harness/testkit/test.h"
#include "store/base/event.h"

struct seen {
    int count;
    enum event event;
    uint64_t offset;
    char text[64];
};

static void remember(void *arg, enum event event, uint64_t offset, const char *text)
{
    struct seen *seen = arg;
    seen->count++;
    seen->event = event;
    seen->offset = offset;
    snprintf(seen->text, sizeof(seen->text), "%s", text);
}

static void a_sink_gets_kind_offset_and_text(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct event_sink sink = {.arg = &seen, .emit = remember};
    event_emit(&sink, EVENT_LOG_CUT, UINT64_C(5000000000), "cut %d bytes", 12);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.event, EVENT_LOG_CUT);
    assert_true(seen.offset == UINT64_C(5000000000));
    assert_string_equal(seen.text, "cut 12 bytes");
}

static void a_sink_may_do_without_text(void **state)
{
    (void)state;
    struct seen seen = {.text = "?"};
    const struct event_sink sink = {.arg = &seen, .emit = remember, .ignores_text = true};
    event_emit(&sink, EVENT_LOG_CUT, 12, "cut %d bytes", 12);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.event, EVENT_LOG_CUT);
    assert_true(seen.offset == 12);
    assert_string_equal(seen.text, "");
}

static void no_sink_is_silence(void **state)
{
    (void)state;
    const struct event_sink sink = {.arg = NULL, .emit = NULL};
    event_emit(NULL, EVENT_OPENED, 0, "nobody hears this");
    event_emit(&sink, EVENT_OPENED, 0, "nor this");
}

static void every_event_is_found_by_its_unique_name(void **state)
{
    (void)state;
    for (unsigned event = 0; event < EVENT_COUNT; event++) {
        assert_int_equal(event_find(event_name((enum event)event)), event);
        assert_true(strlen(event_help((enum event)event)) > 0);
    }
    assert_int_equal(event_find("no-such-event"), EVENT_COUNT);
    assert_string_equal(event_name(EVENT_DUP_INFO_CHECK), "dup-info-check");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sink_gets_kind_offset_and_text),
        cmocka_unit_test(a_sink_may_do_without_text),
        cmocka_unit_test(no_sink_is_silence),
        cmocka_unit_test(every_event_is_found_by_its_unique_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
