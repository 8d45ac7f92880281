/* A cause leaves its capsule, or says why it has none. */
#include "harness/capsule/capsule_keep.h"
#include "harness/capsule/tests/capsule_case.h"

struct fixture {
    struct capsule_case made;
    struct capsule_keep_options options;
    struct campaign_cause causes[2];
    char path[1024];
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    capsule_case_make(&fixture->made, RECOVERY_TEXT, RECOVERY_PLAN);
    fixture->options = (struct capsule_keep_options){.scenarios = &fixture->made.scenario,
                                                     .scenario_count = 1,
                                                     .run_dir = fixture->made.dir.path,
                                                     .made_by = "a test",
                                                     .timeout_ms = 20000};
    fixture->causes[0].mechanism = MECHANISM_RECORD_LOST;
    fixture->causes[1].mechanism = MECHANISM_COUNT;
    fixture->causes[1].outcome = OUTCOME_CRASHED;
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    capsule_case_remove(&fixture->made);
    free(fixture);
    return 0;
}

static void set_token(struct fixture *fixture, uint32_t i, const char *plan)
{
    struct campaign_cause *cause = &fixture->causes[i];
    test_ok(plan_parse(plan, &points_engine, &fixture->made.token.plan, &fixture->made.err),
            fixture->made.err);
    (void)token_print(&fixture->made.token, cause->simplest.token, sizeof(cause->simplest.token));
    (void)snprintf(cause->simplest.detail, sizeof(cause->simplest.detail), "what was wrong");
}

static bool is_there(struct fixture *fixture, const char *name)
{
    (void)snprintf(fixture->path, sizeof(fixture->path), "%s/causes/%s", fixture->made.dir.path,
                   name);
    return access(fixture->path, F_OK) == 0;
}

static void each_cause_is_kept_under_its_name(void **state)
{
    struct fixture *fixture = *state;
    struct capsule *capsule = NULL;
    char dir[128];
    set_token(fixture, 0, RECOVERY_PLAN);
    set_token(fixture, 1, "dledger/append:4=kill-after");
    test_ok(capsule_keep(&fixture->options, fixture->causes, 2, &fixture->made.err),
            fixture->made.err);
    (void)snprintf(dir, sizeof(dir), "01-%s/case.capsule", mechanism_name(MECHANISM_RECORD_LOST));
    assert_true(is_there(fixture, dir));
    assert_string_equal(fixture->causes[0].capsule, fixture->path);
    test_ok(capsule_open(fixture->causes[0].capsule, &capsule, &fixture->made.err),
            fixture->made.err);
    assert_string_equal(capsule_token_text(capsule), fixture->causes[0].simplest.token);
    capsule_close(capsule);
    assert_true(is_there(fixture, "02-crashed/case.capsule"));
    assert_true(is_there(fixture, "02-crashed/TOKEN"));
    assert_true(is_there(fixture, "02-crashed/detail.txt"));
}

/* Threads, or a bug that comes and goes. */
static void what_does_not_fail_again_says_so(void **state)
{
    struct fixture *fixture = *state;
    set_token(fixture, 0, "lock/create:1=kill");
    test_ok(capsule_keep(&fixture->options, fixture->causes, 1, &fixture->made.err),
            fixture->made.err);
    assert_string_equal(fixture->causes[0].capsule, "");
    char dir[128];
    (void)snprintf(dir, sizeof(dir), "01-%s/NO-CAPSULE", mechanism_name(MECHANISM_RECORD_LOST));
    assert_true(is_there(fixture, dir));
    (void)snprintf(dir, sizeof(dir), "01-%s/case.capsule", mechanism_name(MECHANISM_RECORD_LOST));
    assert_false(is_there(fixture, dir));
}

static void a_scenario_of_nobodys_says_so(void **state)
{
    struct fixture *fixture = *state;
    (void)snprintf(fixture->made.token.scenario, sizeof(fixture->made.token.scenario), "canary");
    set_token(fixture, 1, "");
    test_ok(capsule_keep(&fixture->options, fixture->causes + 1, 1, &fixture->made.err),
            fixture->made.err);
    assert_true(is_there(fixture, "01-crashed/NO-CAPSULE"));
}

static void no_cause_makes_no_directory(void **state)
{
    struct fixture *fixture = *state;
    test_ok(capsule_keep(&fixture->options, fixture->causes, 0, &fixture->made.err),
            fixture->made.err);
    assert_false(is_there(fixture, ""));
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        ROW(each_cause_is_kept_under_its_name),
        ROW(what_does_not_fail_again_says_so),
        ROW(a_scenario_of_nobodys_says_so),
        ROW(no_cause_makes_no_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
