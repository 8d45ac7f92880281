/* What is drawn of a case: its operations in order, what covers them, what was answered. */
#include "harness/figures/figures.h"
#include "harness/reenact/tests/fixture.h"

static struct fixture fixture;
static struct figures figures;

static void take(const char *name, const char *plan)
{
    memset(&figures, 0, sizeof(figures));
    fixture_run(&fixture, name, NULL, plan);
    figures_take(fixture.reenact, &figures);
}

static const struct figures_op *find_op(enum point point, uint32_t hit)
{
    for (uint32_t i = 0; i < figures.op_count; i++) {
        if (figures.ops[i].point == point && figures.ops[i].hit == hit &&
            !figures.ops[i].is_restart) {
            return &figures.ops[i];
        }
    }
    fail_msg("no %s:%u", point_name(point), hit);
    return NULL;
}

static void operations_end_where_the_process_is_killed(void **state)
{
    (void)state;
    take("plain-sync", "commitlog/append:4=kill");
    const struct figures_op *append = find_op(POINT_COMMITLOG_APPEND, 3);
    assert_true(figures.is_there);
    assert_int_equal(figures.strike_count, 1);
    assert_int_equal(figures.strikes[0].kind, FAULT_KILL);
    for (uint32_t i = 0; i < figures.op_count; i++) {
        assert_true(figures.ops[i].is_restart == (i >= figures.strikes[0].before_op));
        assert_true(figures.ops[i].file < figures.file_count);
    }
    /* Sync mode: what was answered is covered by a sync of its file that came later. */
    assert_true(append->covered_by < figures.op_count);
    assert_int_equal(figures.ops[append->covered_by].point, POINT_COMMITLOG_SYNC);
    assert_int_equal(figures.ops[append->covered_by].file, append->file);
    fixture_done(&fixture);
}

static void what_never_came_to_pass_is_not_told(void **state)
{
    uint32_t answered = 0;
    (void)state;
    take("plain-sync", "commitlog/append:4=kill");
    assert_int_equal(figures.message_count, 4);
    for (uint32_t i = 0; i < figures.message_count; i++) {
        assert_true(figures.messages[i].is_sent);
        answered += figures.messages[i].is_answered ? 1 : 0;
    }
    assert_int_equal(answered, 3);
    fixture_done(&fixture);
}

static void an_error_strikes_the_operation_itself(void **state)
{
    (void)state;
    take("defects/sync-error-ignored-9713", "commitlog/sync:4=eio");
    const struct figures_op *sync = find_op(POINT_COMMITLOG_SYNC, 4);
    assert_true(sync->result < 0);
    assert_ptr_equal(sync, &figures.ops[figures.strikes[0].before_op]);
    fixture_done(&fixture);
}

static void each_kill_strikes_in_its_round(void **state)
{
    (void)state;
    take("plain-sync", "commitlog/append:4=kill+commitlog/append:1=kill");
    assert_int_equal(figures.strike_count, 2);
    uint32_t first = figures.strikes[0].before_op;
    uint32_t second = figures.strikes[1].before_op;
    assert_true(first > 0 && first < second && second < figures.op_count);
    assert_int_equal(figures.ops[first - 1].round, 0);
    assert_int_equal(figures.ops[first].round, 1);
    assert_true(figures.ops[second].is_restart);
    fixture_done(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operations_end_where_the_process_is_killed),
        cmocka_unit_test(what_never_came_to_pass_is_not_told),
        cmocka_unit_test(each_kill_strikes_in_its_round),
        cmocka_unit_test(an_error_strikes_the_operation_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
