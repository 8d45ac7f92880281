/* From what is wrong to who did it. */
#include "harness/reenact/blame.h"
#include "harness/reenact/tests/fixture.h"

static struct fixture fixture;

static struct blame find(enum mechanism mechanism)
{
    struct finding findings[32];
    struct blame blame;
    size_t count = finding_parse(fixture.reenact->first_detail, findings, TEST_COUNT(findings));
    blame_find(fixture.reenact, mechanism, findings, count, &blame);
    return blame;
}

static enum point point_of(const struct blame *blame)
{
    struct trace_entry entry;
    assert_true(blame_entry(fixture.reenact, blame, &entry));
    return entry.point;
}

static void a_missing_unit_was_removed(void **state)
{
    (void)state;
    fixture_run(&fixture, "defects/dledger-dup-info-8032", NULL, "dledger/append:6=kill-after");
    struct blame blame = find(MECHANISM_UNIT_MISSING);
    assert_int_equal(blame.kind, BLAME_REMOVED);
    assert_int_equal(point_of(&blame), POINT_QUEUE_CUT_FILE);
    fixture_done(&fixture);
}

static void an_early_answer_is_an_answer(void **state)
{
    (void)state;
    fixture_run(&fixture, "power-plain-sync", "skip/commitlog/sync", "");
    struct blame blame = find(MECHANISM_LOG_BEFORE_ACK);
    struct trace_entry entry;
    uintptr_t stack[STACK_FRAMES_MAX];
    assert_int_equal(blame.kind, BLAME_ACKED);
    assert_true(blame_entry(fixture.reenact, &blame, &entry));
    assert_int_equal(entry.note, TRACE_NOTE_ACKED);
    assert_true(blame_stack(fixture.reenact, &blame, stack) > 3);
    fixture_done(&fixture);
}

static void an_error_that_was_swallowed_is_where_it_struck(void **state)
{
    (void)state;
    fixture_run(&fixture, "guards/no-cut-on-error", NULL, "+commitlog/read:1=eio");
    struct blame blame = find(mechanism_root(fixture.reenact->first_mechanisms));
    assert_int_equal(blame.kind, BLAME_FAILED);
    assert_int_equal(point_of(&blame), POINT_COMMITLOG_READ);
    fixture_done(&fixture);
}

static void a_wrong_unit_was_written(void **state)
{
    (void)state;
    fixture_run(&fixture, "defects/cut-units-return-495", NULL,
                "queue/append:3=power-loss:all:d2k1");
    struct blame blame = find(MECHANISM_UNIT_DANGLING);
    assert_int_equal(blame.kind, BLAME_WROTE);
    assert_int_equal(point_of(&blame), POINT_QUEUE_APPEND);
    fixture_done(&fixture);
}

static void what_stays_behind_is_blamed_on_who_wrote_it(void **state)
{
    (void)state;
    fixture_run(&fixture, "guards/restart-rewrite", NULL, "commitlog/sync:1=sync-eio:clean");
    struct blame blame = find(mechanism_root(fixture.reenact->first_mechanisms));
    assert_true(blame.kind == BLAME_OVERDUE || blame.kind == BLAME_PREMATURE);
    struct trace_entry entry;
    assert_true(blame_entry(fixture.reenact, &blame, &entry));
    assert_false(entry.is_note);
    fixture_done(&fixture);
}

static void a_mark_that_was_believed_is_blamed(void **state)
{
    (void)state;
    fixture_run(&fixture, "defects/checkpoint-ahead-of-queues-10073", NULL,
                "checkpoint/write:15=power-loss:all:d17k1");
    struct blame blame = find(MECHANISM_UNIT_MISSING);
    assert_int_equal(blame.kind, BLAME_MARKED);
    assert_int_equal(point_of(&blame), POINT_CHECKPOINT_WRITE);
    fixture_done(&fixture);
}

static void a_wrong_offset_is_blamed_on_the_last_cut(void **state)
{
    (void)state;
    fixture_run(&fixture, "defects/dledger-dup-info-8032", NULL, "dledger/append:6=kill-after");
    struct finding findings[32];
    struct blame blame;
    size_t count = finding_parse(fixture.reenact->end.detail, findings, TEST_COUNT(findings));
    blame_find(fixture.reenact, MECHANISM_OFFSET_TWICE, findings, count, &blame);
    assert_int_equal(blame.kind, BLAME_CUT);
    assert_int_equal(point_of(&blame), POINT_QUEUE_CUT_FILE);
    fixture_done(&fixture);
}

static void a_refusal_ends_with_the_last_look(void **state)
{
    (void)state;
    fixture_run(&fixture, "defects/zero-length-fatal-6904", NULL, "queue/extend:3=kill");
    struct blame blame = find(MECHANISM_OPEN_REFUSED);
    assert_int_equal(blame.kind, BLAME_LAST);
    assert_int_equal(point_of(&blame), POINT_QUEUE_SIZE);
    fixture_done(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_unit_was_removed),
        cmocka_unit_test(an_early_answer_is_an_answer),
        cmocka_unit_test(an_error_that_was_swallowed_is_where_it_struck),
        cmocka_unit_test(a_wrong_unit_was_written),
        cmocka_unit_test(what_stays_behind_is_blamed_on_who_wrote_it),
        cmocka_unit_test(a_mark_that_was_believed_is_blamed),
        cmocka_unit_test(a_wrong_offset_is_blamed_on_the_last_cut),
        cmocka_unit_test(a_refusal_ends_with_the_last_look),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
