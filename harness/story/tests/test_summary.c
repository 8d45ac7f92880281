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
    struct site site = {.count = 1, .frames = {{.function = "f", .file = "store/x.c", .line = 7}}};
    struct losses losses = {0};
    size_t count = finding_parse(fixture.reenact->first_detail, findings, TEST_COUNT(findings));
    blame_find(fixture.reenact, mechanism, findings, count, &blame);
    const struct summary summary = {fixture.reenact, mechanism, &blame, &site, &losses};
    summary_tell(&summary, &page);
}

static void the_incident_is_named(void **state)
{
    (void)state;
    begin("defects/dledger-dup-info-8032", "dledger/append:6=kill-after");
    tell(MECHANISM_UNIT_MISSING);
    rows_have(&page, PAGE_SHORT, "The log that was left is whole: 6 records up to 1883");
    rows_have(&page, PAGE_SHORT, "met no record at all");
    rows_have(&page, PAGE_SHORT, "took 0 for the end of the log");
    rows_have(&page, PAGE_SHORT, "from 5 units to 0");
    rows_have(&page, PAGE_SHORT, "Start at store/x.c:7 (f)");
    fixture_done(&fixture);
}

static void nothing_wrong_is_said_so(void **state)
{
    (void)state;
    begin("plain-sync", "commitlog/append:3=kill");
    const struct blame blame = {0};
    const struct site site = {0};
    const struct losses losses = {0};
    const struct summary summary = {fixture.reenact, MECHANISM_COUNT, &blame, &site, &losses};
    summary_tell(&summary, &page);
    rows_have(&page, PAGE_SHORT, "nothing is wrong");
    fixture_done(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_incident_is_named),
        cmocka_unit_test(nothing_wrong_is_said_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
