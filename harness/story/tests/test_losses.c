/* What a power loss took, and what of it decides. */
#include "harness/reenact/tests/fixture.h"
#include "harness/story/losses.h"
#include "harness/story/tests/rows.h"

static struct fixture fixture;
static struct page page;

static void begin(const char *name, const char *plan)
{
    memset(&page, 0, sizeof(page));
    fixture_run(&fixture, name, NULL, plan);
}

static void items_are_told_and_one_decides(void **state)
{
    (void)state;
    struct losses losses;
    begin("defects/cut-units-return-495", "queue/append:3=power-loss:all:d2k1");
    losses_tell(fixture.reenact, &page, &losses);
    assert_int_equal(losses.item_count, 3);
    assert_int_equal(losses.dropped_count, 2);
    rows_have(&page, PAGE_DISK, "LOST");
    rows_have(&page, PAGE_DISK, "reached");
    losses_try(fixture.reenact, &page, &losses);
    assert_true(losses.is_decided);
    assert_true(losses.is_intact_if_kept);
    rows_have(&page, PAGE_MATTERS, "had survived, nothing would be wrong");
    fixture_done(&fixture);
}

static void a_kill_loses_nothing(void **state)
{
    (void)state;
    struct losses losses;
    begin("defects/dledger-dup-info-8032", "dledger/append:6=kill-after");
    losses_tell(fixture.reenact, &page, &losses);
    losses_try(fixture.reenact, &page, &losses);
    assert_int_equal(page.row_count, 0);
    assert_int_equal(losses.tried_count, 0);
    fixture_done(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_are_told_and_one_decides),
        cmocka_unit_test(a_kill_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
