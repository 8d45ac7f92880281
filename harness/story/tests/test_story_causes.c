/* Causes get the line of what their simplest case is blamed for. */
#include "harness/story/story_causes.h"
#include "harness/testkit/test.h"

static struct scenario scenarios[2];

static void set_token(struct campaign_cause *cause, const struct scenario *scenario,
                      const char *switches, const char *plan)
{
    (void)snprintf(cause->simplest.token, sizeof(cause->simplest.token), "%s.%06x@5eed%s:%s",
                   scenario->name, scenario->hash24, switches, plan);
}

static bool at_once(const void *arg)
{
    (void)arg;
    return true;
}

static void a_cause_gets_its_line_where_there_is_one(void **state)
{
    static const char *const names[] = {"power-plain-sync", "threads-plain"};
    struct campaign_summary *summary = calloc(1, sizeof(*summary));
    struct err err = ERR_INIT;
    char path[512];
    (void)state;
    assert_non_null(summary);
    for (size_t i = 0; i < TEST_COUNT(names); i++) {
        (void)snprintf(path, sizeof(path), "%s/scenarios/%s.yaml", TEST_SOURCE_DIR, names[i]);
        test_ok(scenario_load(path, &scenarios[i], &err), err);
    }
    summary->cause_count = 3;
    for (uint32_t i = 0; i < 3; i++) {
        summary->causes[i].mechanism = MECHANISM_LOG_BEFORE_ACK;
    }
    set_token(&summary->causes[0], &scenarios[0], "@skip/commitlog/sync", "");
    set_token(&summary->causes[1], &scenarios[1], "", "");
    (void)snprintf(summary->causes[2].simplest.token, sizeof(summary->causes[2].simplest.token),
                   "gone.000000@5eed:");
    story_causes_find(summary, scenarios, 2, at_once, NULL);
    assert_int_equal(summary->causes[0].source.line, 0);
    story_causes_find(summary, scenarios, 2, NULL, NULL);
    test_contains(summary->causes[0].source.file, "store/service/");
    assert_true(summary->causes[0].source.line > 0 && summary->causes[0].caller.line > 0);
    assert_int_equal(summary->causes[1].source.line, 0);
    assert_int_equal(summary->causes[2].source.line, 0);
    free(summary);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cause_gets_its_line_where_there_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
