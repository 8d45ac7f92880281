/* Which line is to blame for a case, found by running it. */
#include "harness/story/story.h"
#include "harness/testkit/test.h"

static struct scenario scenario;

static void load(const char *name, const char *const *switches)
{
    char path[512];
    struct err err = ERR_INIT;
    (void)snprintf(path, sizeof(path), "%s/scenarios/%s.yaml", TEST_SOURCE_DIR, name);
    test_ok(scenario_load(path, &scenario, &err), err);
    for (size_t i = 0; switches != NULL && switches[i] != NULL; i++) {
        test_ok(scenario_apply_switch(&scenario, switches[i], &err), err);
    }
}

static struct token token_of(const char *plan)
{
    struct token token;
    struct err err = ERR_INIT;
    memset(&token, 0, sizeof(token));
    token.seed = 0x5eed;
    test_ok(plan_parse(plan, &points_engine, &token.plan, &err), err);
    return token;
}

static struct story_source source_of(const char *plan, enum mechanism mechanism)
{
    struct story_source source;
    struct err err = ERR_INIT;
    const struct token token = token_of(plan);
    test_ok(story_source(&scenario, &token, mechanism, &source, &err), err);
    return source;
}

static void a_cut_queue_is_blamed_on_who_cut_it(void **state)
{
    (void)state;
    load("defects/dledger-dup-info-8032", NULL);
    struct story_source source = source_of("dledger/append:6=kill-after", MECHANISM_UNIT_MISSING);
    assert_int_equal(source.blame, STORY_BLAME_REMOVED);
    assert_string_equal(source.point, "queue/cut-file");
    test_contains(source.at.file, "store/queue/");
    assert_true(source.at.line > 0 && source.caller.line > 0);
}

static void an_early_answer_is_blamed_on_who_gave_it(void **state)
{
    static const char *const switches[] = {"skip/commitlog/sync", NULL};
    (void)state;
    load("power-plain-sync", switches);
    struct story_source source = source_of("", MECHANISM_LOG_BEFORE_ACK);
    assert_int_equal(source.blame, STORY_BLAME_ACKED);
    assert_string_equal(source.point, "acked");
    test_contains(source.at.file, "store/service/");
}

static void what_cannot_be_run_here_is_refused(void **state)
{
    (void)state;
    struct story_source source;
    struct err err = ERR_INIT;
    load("defects/flush-end-after-sync-threads", NULL);
    const struct token token = token_of("");
    test_code(story_source(&scenario, &token, MECHANISM_LOG_BEFORE_ACK, &source, &err), ERR_USAGE);
    test_contains(err.text, "threads");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cut_queue_is_blamed_on_who_cut_it),
        cmocka_unit_test(an_early_answer_is_blamed_on_who_gave_it),
        cmocka_unit_test(what_cannot_be_run_here_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
