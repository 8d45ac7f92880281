/* A case run again: its parts, the operation that was struck, the verdict. */
#include "harness/reenact/tests/fixture.h"

static struct fixture fixture;

static void a_kill_leaves_rounds_and_a_restart(void **state)
{
    (void)state;
    fixture_run(&fixture, "defects/dledger-dup-info-8032", NULL, "dledger/append:6=kill-after");
    const struct reenact *reenact = fixture.reenact;
    assert_int_equal(reenact->part_count, 2);
    assert_false(reenact->parts[0].is_restart);
    assert_true(reenact->parts[1].is_restart);
    assert_int_equal(reenact->strike_count, 1);
    assert_int_equal(reenact->strikes[0].entry.point, POINT_DLEDGER_APPEND);
    assert_int_equal(reenact->strikes[0].entry.hit, 6);
    assert_true(reenact->strikes[0].stack_count > 3);
    assert_true(reenact->is_judged);
    assert_int_equal(reenact->end.outcome, OUTCOME_VIOLATED);
    /* The cut queues are found first; that offsets are given out twice comes of it. */
    assert_true((reenact->first_mechanisms & MECHANISM_BIT(UNIT_MISSING)) != 0);
    assert_true((reenact->first_mechanisms & MECHANISM_BIT(OFFSET_TWICE)) == 0);
    assert_true((reenact->end.mechanisms & MECHANISM_BIT(OFFSET_TWICE)) != 0);
    fixture_done(&fixture);
}

static void the_restarts_of_the_protocol_are_told_apart(void **state)
{
    (void)state;
    fixture_run(&fixture, "defects/dledger-dup-info-8032", NULL, "dledger/append:6=kill-after");
    const struct reenact_part *part = &fixture.reenact->parts[1];
    size_t first = reenact_restart_done(part, 0);
    size_t second = reenact_restart_done(part, 1);
    assert_true(first > 0 && second > first);
    assert_true(reenact_restart_done(part, 9) == part->done);
    struct image *image = NULL;
    struct err err = ERR_INIT;
    test_ok(reenact_image(part, first, &image, &err), err);
    assert_int_equal(image_hash(image), image_hash(fixture.reenact->recovered));
    image_free(image);
    fixture_done(&fixture);
}

static void a_power_loss_begins_a_part(void **state)
{
    (void)state;
    fixture_run(&fixture, "defects/cut-units-return-495", NULL,
                "queue/append:3=power-loss:all:d2k1");
    const struct reenact *reenact = fixture.reenact;
    assert_int_equal(reenact->part_count, 2);
    assert_true(reenact->parts[0].done < trace_done_count(reenact->parts[0].trace));
    assert_int_equal(reenact->strikes[0].entry.point, POINT_QUEUE_APPEND);
    assert_int_equal(reenact->end.outcome, OUTCOME_VIOLATED);
    fixture_done(&fixture);
}

static void an_error_is_a_strike_too(void **state)
{
    (void)state;
    fixture_run(&fixture, "defects/sync-error-ignored-9713", NULL, "commitlog/sync:4=eio");
    assert_int_equal(fixture.reenact->strike_count, 1);
    assert_true(fixture.reenact->strikes[0].entry.result < 0);
    assert_true((fixture.reenact->end.mechanisms) != 0);
    fixture_done(&fixture);
}

static void what_has_no_second_run_is_refused(void **state)
{
    (void)state;
    static struct scenario scenario;
    struct workload workload;
    struct plan plan;
    struct err err = ERR_INIT;
    struct reenact *reenact = NULL;
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/scenarios/plain-sync.yaml", TEST_SOURCE_DIR);
    test_ok(scenario_load(path, &scenario, &err), err);
    test_ok(workload_make(&scenario, &workload, &err), err);
    assert_null(reenact_refusal(&scenario));
    test_ok(plan_parse("commitlog/sync:4=pod-kill:3", &points_engine, &plan, &err), err);
    const struct reenact_options options = {&scenario, &workload, 0x5eed, &plan};
    test_code(reenact_new(&options, &reenact, &err), ERR_USAGE);
    test_contains(err.text, "pod-kill");
    scenario.store.services = STORE_SERVICES_THREADS;
    test_contains(reenact_refusal(&scenario), "threads");
    workload_done(&workload);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kill_leaves_rounds_and_a_restart),
        cmocka_unit_test(the_restarts_of_the_protocol_are_told_apart),
        cmocka_unit_test(a_power_loss_begins_a_part),
        cmocka_unit_test(an_error_is_a_strike_too),
        cmocka_unit_test(what_has_no_second_run_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
