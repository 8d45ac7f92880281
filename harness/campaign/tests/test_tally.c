/* What cases did, counted: by the table of the scenario's target, and over scenarios. */
#include "harness/campaign/tally.h"
#include "harness/testkit/test.h"

#include <stdlib.h>

struct fixture {
    struct campaign_summary summary;
    struct campaign_scenario engine;
    struct campaign_scenario program;
};

static int make(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    if (fixture == NULL) {
        return -1;
    }
    (void)strcpy(fixture->engine.target, "engine");
    (void)strcpy(fixture->program.target, "program:example");
    for (uint32_t i = 0; i < points_engine.count; i++) {
        fixture->engine.coverage[i].reached = 1;
    }
    fixture->program.coverage[0].reached = 100;
    fixture->program.coverage[0].kills = 7;
    fixture->engine.passed = 2;
    fixture->program.passed = 3;
    *state = fixture;
    return 0;
}

static int drop(void **state)
{
    free(*state);
    return 0;
}

static void programs_alone_are_summed_by_their_table(void **state)
{
    struct fixture *fixture = *state;
    tally_scenario(&fixture->summary, &fixture->program);
    tally_scenario(&fixture->summary, &fixture->program);
    assert_ptr_equal(fixture->summary.points, &points_program);
    assert_int_equal(fixture->summary.coverage[0].reached, 200);
    assert_int_equal(fixture->summary.coverage[0].kills, 14);
    assert_int_equal(fixture->summary.passed, 6);
}

/* Index 0 is put/acknowledged in the one table and store/mkdir in the other. */
static void with_the_engine_only_its_points_are_summed(void **state)
{
    struct fixture *fixture = *state;
    const struct campaign_scenario *const orders[][3] = {
        {&fixture->program, &fixture->engine, &fixture->engine},
        {&fixture->engine, &fixture->program, &fixture->engine},
        {&fixture->engine, &fixture->engine, &fixture->program},
    };
    for (size_t i = 0; i < TEST_COUNT(orders); i++) {
        memset(&fixture->summary, 0, sizeof(fixture->summary));
        for (size_t k = 0; k < TEST_COUNT(orders[i]); k++) {
            tally_scenario(&fixture->summary, orders[i][k]);
        }
        assert_ptr_equal(fixture->summary.points, &points_engine);
        assert_int_equal(fixture->summary.passed, 7);
        for (uint32_t point = 0; point < points_engine.count; point++) {
            assert_int_equal(fixture->summary.coverage[point].reached, 2);
            assert_int_equal(fixture->summary.coverage[point].kills, 0);
        }
    }
}

/* A program runs by itself: how often its points are hit varies, so no hit is owed a kill. */
static void of_a_program_no_hit_is_owed_a_kill(void **state)
{
    static const char text[] = "name: n\ntarget: program:example\n"
                               "workload: { phases: [ { put: 3 } ] }\n"
                               "faults: [ { point: \"*\", fault: kill } ]\n";
    struct fixture *fixture = *state;
    struct scenario *scenario = calloc(1, sizeof(*scenario));
    struct campaign_case ended = {
        .role = CAMPAIGN_ROLE_FAULT, .fired_count = 1, .end.checked = true};
    struct err err = ERR_INIT;
    struct hits hits;
    assert_non_null(scenario);
    test_ok(scenario_parse(text, strlen(text), "n.yaml", scenario, &err), err);
    memset(&fixture->program.coverage, 0, sizeof(fixture->program.coverage));
    hits_init(&hits);
    hits.counts[0][0] = 3;
    struct tally *tally = tally_new(scenario, &hits, &fixture->program);
    assert_non_null(tally);
    test_ok(plan_parse("put/acknowledged:2=kill", scenario->points, &ended.plan, &err), err);
    uint64_t run = fixture->program.run;
    tally_case(tally, &ended, 4);
    assert_int_equal(fixture->program.run, run + 5);
    tally_finish(tally);
    assert_int_equal(fixture->program.coverage[0].hits, 0);
    assert_int_equal(fixture->program.coverage[0].killed, 0);
    assert_int_equal(fixture->program.coverage[0].kills, 1);
    assert_int_equal(fixture->program.coverage[0].checked, 1);
    tally_free(tally);
    hits_done(&hits);
    free(scenario);
}

/* What no two nights share would make every night another. */
static void images_of_threads_are_not_in_the_digest_of_all(void **state)
{
    struct fixture *fixture = *state;
    struct campaign_scenario *scenario = &fixture->program;

    memset(scenario, 0, sizeof(*scenario));
    scenario->explore.judged = 3;
    scenario->explore.digest = 0x1234;
    tally_scenario(&fixture->summary, scenario);
    scenario->is_threaded = true;
    scenario->explore.digest = 0x777;
    tally_scenario(&fixture->summary, scenario);
    assert_int_equal(fixture->summary.explore.digest, 0x1234);
    assert_int_equal(fixture->summary.explore.judged, 6);
}

/* Whose fault it is when the canary does not sing. */
static void a_canary_that_was_not_struck_speaks_against_the_engine(void **state)
{
    static const struct {
        enum outcome outcome;
        uint32_t fired;
        bool checked;
        uint32_t violated;
        bool is_run, is_caught, is_failed, is_broken;
    } rows[] = {
        {OUTCOME_VIOLATED, 1, true, PROPERTY_BIT(ACKED_SURVIVES), true, true, false, false},
        {OUTCOME_INTACT, 1, true, 0, true, false, false, false},
        {OUTCOME_VIOLATED, 1, true, PROPERTY_BIT(BOUNDS), true, false, false, false},
        {OUTCOME_VIOLATED, 0, true, PROPERTY_BIT(STARTS), false, false, true, false},
        {OUTCOME_REFUSED, 0, false, 0, false, false, true, false},
        {OUTCOME_CRASHED, 0, false, 0, false, false, true, false},
        {OUTCOME_HUNG, 1, false, 0, false, false, true, false},
        {OUTCOME_HARNESS_BROKEN, 0, false, 0, false, false, false, true},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct campaign_summary *summary = calloc(1, sizeof(*summary));
        struct campaign_case ended = {.role = CAMPAIGN_ROLE_CANARY, .fired_count = rows[i].fired};

        assert_non_null(summary);
        ended.end.outcome = rows[i].outcome;
        ended.end.checked = rows[i].checked;
        ended.end.violated = rows[i].violated;
        (void)snprintf(ended.end.detail, sizeof(ended.end.detail), "a put was answered X\nmore");
        tally_canary(summary, &ended);
        assert_int_equal(summary->canary_run, rows[i].is_run);
        assert_int_equal(summary->canary_caught, rows[i].is_caught);
        assert_int_equal(summary->canary_failed, rows[i].is_failed);
        assert_int_equal(summary->harness_broken, rows[i].is_broken);
        if (!rows[i].is_run) {
            char text[128];
            (void)snprintf(text, sizeof(text), "no put was acknowledged; %s: a put was answered X",
                           outcome_name(rows[i].outcome));
            assert_string_equal(summary->canary_text, text);
        }
        free(summary);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(programs_alone_are_summed_by_their_table, make, drop),
        cmocka_unit_test_setup_teardown(with_the_engine_only_its_points_are_summed, make, drop),
        cmocka_unit_test_setup_teardown(of_a_program_no_hit_is_owed_a_kill, make, drop),
        cmocka_unit_test_setup_teardown(images_of_threads_are_not_in_the_digest_of_all, make, drop),
        cmocka_unit_test(a_canary_that_was_not_struck_speaks_against_the_engine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
