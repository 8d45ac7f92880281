/* All of it in a paragraph. */
#include "harness/reenact/tests/fixture.h"
#include "harness/story/summary.h"
#include "harness/story/tests/rows.h"

static struct fixture fixture;
static struct page page;

static void begin(const char *name, const char *plan)
{
    memset(&page, 0, sizeof(page));
    fixture_run(&fixture, name, NULL, plan);
}

static void tell(enum mechanism mechanism)
{
    struct finding findings[16];
    struct blame blame;
    struct decision decision;
    const struct stack_frame at = {.function = "f", .file = "store/x.c", .line = 7};
    const struct stack_frame from = {.line = 0};
    struct losses losses = {0};
    size_t count = finding_parse(fixture.reenact->first_detail, findings, TEST_COUNT(findings));
    blame_find(fixture.reenact, mechanism, findings, count, &blame);
    decision_find(fixture.reenact, &blame,
                  finding_of(findings, count, mechanism_property(mechanism)), &decision);
    const struct summary summary = {fixture.reenact, mechanism, &blame, "it did it",
                                    &decision,       &at,       &from,  &losses};
    summary_tell(&summary, &page);
}

static void the_incident_is_named(void **state)
{
    (void)state;
    begin("defects/dledger-dup-info-8032", "dledger/append:6=kill-after");
    tell(MECHANISM_UNIT_MISSING);
    rows_have(&page, PAGE_SHORT, "The log that was left is whole: 6 records up to 1883");
    rows_have(&page, PAGE_SHORT, "met no record at all");
    rows_have(&page, PAGE_SHORT, "took byte 0 for the end of the log");
    rows_have(&page, PAGE_SHORT, "from 5 units to 0");
    rows_have(&page, PAGE_SHORT, "(6 of 6 records have no unit, 5 of them answered OK)");
    rows_have(&page, PAGE_SHORT, "The damage was done by queue/cut-file:1");
    rows_have(&page, PAGE_SHORT, "Start at store/x.c:7 (f): the wrong decision was made here.");
    fixture_done(&fixture);
}

static void a_contradiction_is_said_aloud(void **state)
{
    (void)state;
    begin("defects/cut-units-return-495", "queue/append:3=power-loss:all:d2k1");
    tell(MECHANISM_UNIT_DANGLING);
    rows_have(&page, PAGE_SHORT, "2 reached the disk (allowed here: asynchronous flush)");
    rows_have(&page, PAGE_SHORT,
              "said it cut the queue topic-0/1 to 1 unit, but the file still holds 2: it wrote "
              "nothing there");
    fixture_done(&fixture);
}

static void nothing_wrong_is_said_so(void **state)
{
    (void)state;
    begin("plain-sync", "commitlog/append:3=kill");
    const struct blame blame = {0};
    const struct decision decision = {0};
    const struct stack_frame at = {.line = 0};
    const struct losses losses = {0};
    const struct summary summary = {
        fixture.reenact, MECHANISM_COUNT, &blame, "", &decision, &at, &at, &losses};
    summary_tell(&summary, &page);
    rows_have(&page, PAGE_SHORT, "nothing is wrong");
    fixture_done(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_incident_is_named),
        cmocka_unit_test(a_contradiction_is_said_aloud),
        cmocka_unit_test(nothing_wrong_is_said_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
