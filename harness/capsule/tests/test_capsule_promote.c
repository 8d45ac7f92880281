/* A case becomes a scenario that ends the same, or is not written. */
#include "harness/capsule/capsule_promote.h"
#include "harness/capsule/tests/capsule_case.h"

/* A planted defect by a switch: the scenario itself is to be intact. */
#define FIXED_TEXT                                                                                \
    "name: fixed\nsummary: s\n"                                                                   \
    "store: { mode: dledger, flush: sync, log_file_size: 64KiB, queue_file_units: 50 }\n"         \
    "workload: { topics: 1, queues: 2, producers: 1, phases: [ { put: 6, body: 64..200B, every: " \
    "200ms } ] }\n"                                                                               \
    "faults: [ { point: \"*\", fault: [kill] } ]\n"

static int promote(const struct capsule_case *made, const char *name,
                   struct capsule_promoted *promoted, struct err *err)
{
    struct capsule *capsule = NULL;
    const struct capsule_promote_options options = {.name = name, .timeout_ms = 20000};
    test_ok(capsule_open(made->path, &capsule, err), *err);
    int r = capsule_promote(capsule, &options, promoted, err);
    capsule_close(capsule);
    return r;
}

static void parse(const struct capsule_promoted *promoted, struct scenario *scenario)
{
    struct err err = ERR_INIT;
    test_ok(scenario_parse(promoted->text, strlen(promoted->text), "promoted", scenario, &err),
            err);
}

static void is_one_plan_that_ends_as_it_did(void **state)
{
    (void)state;
    struct capsule_case made;
    struct capsule_promoted promoted;
    struct scenario *scenario = calloc(1, sizeof(*scenario));
    struct err err = ERR_INIT;
    char plan[PLAN_TEXT_SIZE_BYTES];
    assert_non_null(scenario);
    capsule_case_make(&made, RECOVERY_TEXT, RECOVERY_PLAN);
    test_ok(promote(&made, "kept", &promoted, &err), err);
    assert_int_equal(promoted.verdict, CAPSULE_REPLAY_SAME);
    assert_int_equal(promoted.ended.end.violated, made.ended.end.violated);
    parse(&promoted, scenario);
    assert_string_equal(scenario->name, "kept");
    assert_true(scenario->has_plan);
    assert_int_equal(scenario->fault_count, 0);
    assert_int_equal(scenario->seed, CASE_SEED);
    (void)plan_print(&scenario->plan, &points_engine, plan, sizeof(plan));
    assert_string_equal(plan, RECOVERY_PLAN);
    /* It had no expectation: what it found is to be mended. */
    assert_int_equal(scenario->expect, 0);
    free(promoted.text);
    capsule_case_remove(&made);
    free(scenario);
}

static void a_planted_defect_is_expected(void **state)
{
    static const char text[] = RECOVERY_TEXT "expect: { violated: [bounds], also: [queue-true] }\n";
    (void)state;
    struct capsule_case made;
    struct capsule_promoted promoted;
    struct scenario *scenario = calloc(1, sizeof(*scenario));
    struct err err = ERR_INIT;
    assert_non_null(scenario);
    capsule_case_make(&made, text, RECOVERY_PLAN);
    test_ok(promote(&made, "kept", &promoted, &err), err);
    parse(&promoted, scenario);
    assert_int_equal(scenario->expect, made.ended.end.violated);
    assert_int_equal(scenario->also,
                     (PROPERTY_BIT(BOUNDS) | PROPERTY_BIT(QUEUE_TRUE)) & ~made.ended.end.violated);
    free(promoted.text);
    capsule_case_remove(&made);
    free(scenario);
}

static void what_is_mended_is_kept_as_intact(void **state)
{
    (void)state;
    struct capsule_case made;
    struct capsule_promoted promoted;
    struct err err = ERR_INIT;
    capsule_case_make(&made, RECOVERY_TEXT, RECOVERY_PLAN);
    capsule_case_mend(&made, "dledger-dup-info");
    test_ok(promote(&made, "kept", &promoted, &err), err);
    assert_int_equal(promoted.verdict, CAPSULE_REPLAY_INTACT);
    free(promoted.text);
    capsule_case_remove(&made);
}

static void refused(const struct capsule_case *made, const char *name, const char *part)
{
    struct capsule_promoted promoted;
    struct err err = ERR_INIT;
    test_row(part);
    test_code(promote(made, name, &promoted, &err), ERR_USAGE);
    assert_null(promoted.text);
    test_contains(err.text, part);
}

static void what_no_scenario_says_is_refused(void **state)
{
    (void)state;
    struct capsule_case made;
    capsule_case_make(&made, RECOVERY_TEXT, RECOVERY_PLAN);
    refused(&made, "Not a name", "cannot be a scenario's name");
    refused(&made, "", "cannot be a scenario's name");
    capsule_case_remove(&made);
    /* A failed sync is explored only before a power loss. */
    capsule_case_make(&made, SYNC_TEXT, SYNC_PLAN);
    refused(&made, "kept", "power-loss");
    capsule_case_remove(&made);
}

/* The switches of the token stand in the scenario. */
static void switches_become_keys(void **state)
{
    (void)state;
    struct capsule_case made;
    struct capsule_promoted promoted;
    struct err err = ERR_INIT;
    uint32_t identical = 0;
    capsule_case_make(&made, FIXED_TEXT, RECOVERY_PLAN);
    assert_int_equal(made.ended.end.outcome, OUTCOME_INTACT);
    (void)snprintf(made.token.switches[0], sizeof(made.token.switches[0]), "dledger-dup-info");
    made.token.switch_count = 1;
    test_ok(scenario_apply_switch(&made.scenario, "dledger-dup-info", &err), err);
    const struct replay_options replay = {
        .scenario = &made.scenario, .token = &made.token, .timeout_ms = 20000};
    const struct capsule_make_options options = {.path = made.path, .made_by = "a test"};
    test_ok(capsule_make(&replay, &options, &made.ended, &identical, &err), err);
    test_ok(promote(&made, "kept", &promoted, &err), err);
    test_contains(promoted.text, "defects: [dledger-dup-info]");
    assert_int_equal(promoted.ended.end.violated, made.ended.end.violated);
    free(promoted.text);
    capsule_case_remove(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_one_plan_that_ends_as_it_did),
        cmocka_unit_test(a_planted_defect_is_expected),
        cmocka_unit_test(what_is_mended_is_kept_as_intact),
        cmocka_unit_test(what_no_scenario_says_is_refused),
        cmocka_unit_test(switches_become_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
