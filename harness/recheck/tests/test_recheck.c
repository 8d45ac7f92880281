/* What the oracle finds in what was kept, nothing run. */
#include "harness/capsule/tests/capsule_case.h"
#include "harness/power/trace/trace_file.h"
#include "harness/recheck/recheck.h"

struct fixture {
    struct capsule_case made;
    struct recheck found;
};

static int set_up(void **state)
{
    *state = calloc(1, sizeof(struct fixture));
    return *state == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    capsule_case_remove(&fixture->made);
    free(fixture);
    return 0;
}

static void recheck(struct fixture *fixture)
{
    struct capsule *capsule = NULL;
    struct err err = ERR_INIT;

    test_ok(capsule_open(fixture->made.path, &capsule, &err), err);
    memset(&fixture->found, 0, sizeof(fixture->found));
    test_ok(recheck_capsule(capsule, &fixture->found, &err), err);
    capsule_close(capsule);
}

/* The engine acknowledged what was not durable: the recording says so for good. */
static void a_broken_order_is_found_again(void **state)
{
    struct fixture *fixture = *state;

    capsule_case_make(&fixture->made, SYNC_TEXT, SYNC_PLAN);
    recheck(fixture);
    assert_true(fixture->found.has_store);
    assert_true(fixture->found.has_recording);
    assert_true((fixture->found.violated & PROPERTY_BIT(ORDER_DURABLE)) != 0);
    assert_true((fixture->found.unseen & PROPERTY_BIT(ORDER_DURABLE)) == 0);
    assert_non_null(strstr(fixture->found.text, "order-durable"));
}

/* Recovery broke it, and recovery is not run. */
static void what_a_restart_shows_is_not_seen(void **state)
{
    struct fixture *fixture = *state;

    capsule_case_make(&fixture->made, RECOVERY_TEXT, RECOVERY_PLAN);
    recheck(fixture);
    assert_true(fixture->found.has_store);
    assert_int_equal(fixture->found.violated, 0);
    assert_true((fixture->found.unseen & PROPERTY_BIT(QUEUE_COMPLETE)) != 0);
    assert_int_equal(fixture->found.added, 0);
}

/* A recording that is taken for another scenario's is no finding. */
static void a_trace_of_another_scenario_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct capsule *capsule = NULL;
    struct err err = ERR_INIT;
    struct scenario *scenario = calloc(1, sizeof(*scenario));
    struct trace *trace = trace_new(NULL);

    capsule_case_make(&fixture->made, SYNC_TEXT, SYNC_PLAN);
    test_ok(capsule_open(fixture->made.path, &capsule, &err), err);
    test_ok(capsule_scenario(capsule, scenario, &err), err);
    const struct rest *rest = capsule_rest(capsule);
    test_ok(trace_file_unpack(trace, rest->trace, rest->trace_size_bytes, &err), err);
    memset(&fixture->found, 0, sizeof(fixture->found));
    test_ok(recheck_trace(scenario, rest->ledger->seed, trace, &fixture->found, &err), err);
    assert_true((fixture->found.violated & PROPERTY_BIT(ORDER_DURABLE)) != 0);
    for (uint32_t i = 0; i < scenario->phase_count; i++) {
        scenario->phases[i].count = 1;
    }
    memset(&fixture->found, 0, sizeof(fixture->found));
    assert_int_equal(recheck_trace(scenario, rest->ledger->seed, trace, &fixture->found, &err),
                     ERR_CORRUPT);
    assert_false(fixture->found.has_recording);
    trace_free(trace);
    capsule_close(capsule);
    free(scenario);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_broken_order_is_found_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_a_restart_shows_is_not_seen, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_trace_of_another_scenario_is_refused, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
