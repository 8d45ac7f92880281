/* What the restart did, in rows. */
#include "harness/reenact/tests/fixture.h"
#include "harness/story/restart.h"
#include "harness/story/tests/rows.h"

static struct fixture fixture;
static struct page page;

static void begin(const char *name, const char *plan)
{
    memset(&page, 0, sizeof(page));
    fixture_run(&fixture, name, NULL, plan);
}

static void events_and_changes_are_told(void **state)
{
    (void)state;
    begin("defects/dledger-dup-info-8032", "dledger/append:6=kill-after");
    restart_tell(fixture.reenact, &page);
    rows_have(&page, PAGE_RESTART, "said: dup-info-check at byte 0 of the log");
    rows_have(&page, PAGE_RESTART, "2 units become 0");
    rows_have(&page, PAGE_RESTART, "did:  queue topic-0/0 file removed");
    fixture_done(&fixture);
}

static void the_reason_stands_before_the_deed(void **state)
{
    (void)state;
    struct trace_entry reason;
    begin("defects/dledger-dup-info-8032", "dledger/append:6=kill-after");
    const struct reenact_part *part = restart_part(fixture.reenact);
    assert_non_null(part);
    assert_true(restart_reason(part, trace_count(part->trace), &reason));
    assert_false(restart_reason(part, 3, &reason));
    fixture_done(&fixture);
}

static void a_refusal_is_told(void **state)
{
    (void)state;
    begin("defects/zero-length-fatal-6904", "queue/extend:3=kill");
    restart_tell(fixture.reenact, &page);
    rows_have(&page, PAGE_RESTART, "it did not come to be open");
    fixture_done(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_and_changes_are_told),
        cmocka_unit_test(the_reason_stands_before_the_deed),
        cmocka_unit_test(a_refusal_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
