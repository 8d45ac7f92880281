/* A token replays all that the campaign may have made of it: the case on real files, the image of a
 * power loss, and the trace that goes on behind them. */
#include "harness/campaign/replay.h"
#include "harness/testkit/test.h"

/* The mark is moved over units of which nobody asked whether they are durable: no image need show
 * it, the order of the trace does. */
static const char text[] =
    "name: ahead\n"
    "store: { log_file_size: 4KiB, queue_file_units: 4, defects: [logics-offset-ahead] }\n"
    "workload: { phases: [ { put: 11, body: 300B, every: 1s, tags: [a], properties: 1 },\n"
    "  { pause: 60s }, { put: 2, body: 300B, every: 1s, tags: [a], properties: 1 },\n"
    "  { pause: 2s } ] }\n"
    "faults: [ { point: \"*\", fault: power-loss } ]\n";

static void replay(const char *plan, bool is_mended, struct campaign_case *ended)
{
    struct scenario *scenario = calloc(1, sizeof(*scenario));
    struct token token;
    struct err err = ERR_INIT;
    uint32_t identical = 0;
    assert_non_null(scenario);
    memset(&token, 0, sizeof(token));
    test_ok(scenario_parse(text, strlen(text), "a.yaml", scenario, &err), err);
    if (is_mended) {
        scenario->store.quirks = quirk_of_profile(QUIRK_PROFILE_FIXED);
    }
    token.seed = 0x5eed;
    test_ok(plan_parse(plan, &points_engine, &token.plan, &err), err);
    const struct replay_options options = {.scenario = scenario, .token = &token, .times = 3};
    test_ok(replay_run(&options, ended, &identical, &err), err);
    assert_int_equal(identical, 3);
    free(scenario);
}

static void a_trace_is_judged_behind_what_is_intact(void **state)
{
    static const char *const plans[] = {
        "checkpoint/sync:1=kill",          /* on real files it is intact */
        "store/mkdir:1=power-loss:all:k1", /* and so is this image */
    };
    struct campaign_case ended;
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(plans); i++) {
        test_row(plans[i]);
        replay(plans[i], false, &ended);
        assert_int_equal(ended.end.outcome, OUTCOME_VIOLATED);
        assert_int_equal(ended.end.violated, PROPERTY_BIT(ORDER_DURABLE));
        replay(plans[i], true, &ended);
        assert_int_equal(ended.end.outcome, OUTCOME_INTACT);
        assert_true(ended.end.checked);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trace_is_judged_behind_what_is_intact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
