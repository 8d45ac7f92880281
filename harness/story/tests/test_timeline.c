/* What happened, in rows. */
#include "harness/reenact/tests/fixture.h"
#include "harness/story/tests/rows.h"
#include "harness/story/timeline.h"

static struct fixture fixture;
static struct page page;

static void begin(const char *name, const char *plan)
{
    memset(&page, 0, sizeof(page));
    fixture_run(&fixture, name, NULL, plan);
}

static void messages_are_told_in_their_order(void **state)
{
    (void)state;
    begin("defects/dledger-dup-info-8032", "dledger/append:6=kill-after");
    timeline_tell(fixture.reenact, &page);
    rows_have(&page, PAGE_HAPPENED, "round 1: the store is opened");
    rows_have(&page, PAGE_HAPPENED, "messages 1 to 4, each: sent, log written");
    rows_have(&page, PAGE_HAPPENED, "message 5: sent, log written");
    fixture_done(&fixture);
}

static void the_fault_and_its_operation_are_told(void **state)
{
    (void)state;
    begin("defects/dledger-dup-info-8032", "dledger/append:6=kill-after");
    timeline_tell_faults(fixture.reenact, &page);
    rows_have(&page, PAGE_FAULT, "round 1, at dledger/append:6, a write of 290 bytes");
    rows_have(&page, PAGE_FAULT, "SIGKILL right after the operation");
    timeline_tell_files(fixture.reenact, &page);
    rows_have(&page, PAGE_FILES, "consumers find messages");
    fixture_done(&fixture);
}

static void a_hand_in_the_files_breaks_the_timeline(void **state)
{
    (void)state;
    begin("defects/dispatch-no-expect-265", "+remove:consumequeue/topic-0/0,queue/append:7=kill");
    timeline_tell(fixture.reenact, &page);
    rows_have(&page, PAGE_HAPPENED, "a hand touches the files");
    rows_have(&page, PAGE_HAPPENED, "round 2: the store is opened");
    fixture_done(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_told_in_their_order),
        cmocka_unit_test(the_fault_and_its_operation_are_told),
        cmocka_unit_test(a_hand_in_the_files_breaks_the_timeline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
