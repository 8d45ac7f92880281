/* What the files hold, side by side. */
#include "harness/reenact/tests/fixture.h"
#include "harness/story/stock.h"
#include "harness/story/tests/rows.h"

static struct fixture fixture;
static struct page page;

static void begin(const char *name, const char *plan)
{
    memset(&page, 0, sizeof(page));
    fixture_run(&fixture, name, NULL, plan);
}

static void queues_are_counted_before_and_after(void **state)
{
    (void)state;
    struct stock stock;
    begin("defects/dledger-dup-info-8032", "dledger/append:6=kill-after");
    stock_take(fixture.reenact, fixture.reenact->crashed, &stock);
    assert_true(stock.is_there && stock.has_abort);
    assert_int_equal(stock.records, 6);
    assert_int_equal(stock.unit_count, 5);
    assert_int_equal(stock.without_unit_count, 1);
    assert_int_equal(stock.answered_count, 0);
    stock_take(fixture.reenact, fixture.reenact->recovered, &stock);
    assert_int_equal(stock.records, 6);
    assert_int_equal(stock.judged_count, 6);
    assert_int_equal(stock.without_unit_count, 6);
    assert_int_equal(stock.answered_count, 5);
    assert_int_equal(stock.unit_count, 0);
    stock_take(fixture.reenact, NULL, &stock);
    assert_false(stock.is_there);
    stock_tell(fixture.reenact, &page);
    rows_have(&page, PAGE_STORE, "6 records, 0..1883");
    rows_have(&page, PAGE_STORE, "queue topic-0/1");
    fixture_done(&fixture);
}

static void a_power_loss_has_three_stages(void **state)
{
    (void)state;
    begin("defects/cut-units-return-495", "queue/append:3=power-loss:all:d2k1");
    stock_tell(fixture.reenact, &page);
    rows_have(&page, PAGE_STORE, "written by then");
    rows_have(&page, PAGE_STORE, "left on the disk");
    fixture_done(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queues_are_counted_before_and_after),
        cmocka_unit_test(a_power_loss_has_three_stages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
