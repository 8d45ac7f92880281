/* What became of some bytes. */
#include "harness/reenact/history.h"
#include "harness/reenact/tests/fixture.h"

static struct fixture fixture;

static void a_removed_unit_is_found_removed(void **state)
{
    (void)state;
    struct history_change change;
    struct trace_entry entry;
    fixture_run(&fixture, "defects/dledger-dup-info-8032", NULL, "dledger/append:6=kill-after");
    assert_true(history_last(fixture.reenact, "consumequeue/topic-0/0/00000000000000000000", 0, 20,
                             false, &change));
    assert_true(change.is_removal);
    assert_int_equal(change.part, 1);
    trace_get(fixture.reenact->parts[1].trace, change.entry, &entry);
    assert_int_equal(entry.op, POINT_OP_UNLINK);
    assert_int_equal(change.before.bytes[7], 48); /* the record that the unit pointed at */
    fixture_done(&fixture);
}

static void what_nobody_wrote_has_no_history(void **state)
{
    (void)state;
    struct history_change change;
    fixture_run(&fixture, "defects/dledger-dup-info-8032", NULL, "dledger/append:6=kill-after");
    assert_false(history_last(fixture.reenact, "no/such/file", 0, 20, true, &change));
    fixture_done(&fixture);
}

static void a_renamed_file_is_blamed_on_who_wrote_it(void **state)
{
    (void)state;
    struct history_change change;
    struct trace_entry entry;
    fixture_run(&fixture, "defects/dispatch-before-flush-8239", NULL,
                "offsets/rename:1=power-loss:all:d4k1");
    assert_true(history_last(fixture.reenact, "config/consumerOffset.json", 0, 20, false, &change));
    trace_get(fixture.reenact->parts[change.part].trace, change.entry, &entry);
    assert_int_equal(entry.point, POINT_OFFSETS_WRITE);
    fixture_done(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_removed_unit_is_found_removed),
        cmocka_unit_test(what_nobody_wrote_has_no_history),
        cmocka_unit_test(a_renamed_file_is_blamed_on_who_wrote_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
