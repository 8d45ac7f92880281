/* What is kept of a run, and when nothing is. */
#include "harness/capsule/capsule_make.h"
#include "harness/capsule/tests/capsule_case.h"

static int try_make(struct capsule_case *made, const char *plan)
{
    uint32_t identical = 0;
    const struct replay_options replay = {
        .scenario = &made->scenario, .token = &made->token, .timeout_ms = 20000};
    const struct capsule_make_options options = {.path = made->path, .made_by = "a test"};
    (void)unlink(made->path);
    test_ok(plan_parse(plan, &points_engine, &made->token.plan, &made->err), made->err);
    return capsule_make(&replay, &options, &made->ended, &identical, &made->err);
}

/* The same case is the same capsule, byte for byte. */
static void is_a_function_of_its_case(void **state)
{
    (void)state;
    struct capsule_case made;
    char first[16384];
    char second[16384];
    capsule_case_make(&made, RECOVERY_TEXT, RECOVERY_PLAN);
    int fd = open(made.path, O_RDONLY | O_CLOEXEC);
    ssize_t size = read(fd, first, sizeof(first));
    assert_true(size > 0 && size < (ssize_t)sizeof(first));
    (void)close(fd);
    test_ok(try_make(&made, RECOVERY_PLAN), made.err);
    fd = open(made.path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(read(fd, second, sizeof(second)), size);
    (void)close(fd);
    assert_memory_equal(first, second, (size_t)size);
    capsule_case_remove(&made);
}

/* A plan that never fires still leaves a store. */
static void any_case_with_a_store_has_one(void **state)
{
    static const char *const plans[] = {"", "commitlog/sync:2=eio", "commitlog/append:2=torn:40",
                                        "checkpoint/write:99=kill",
                                        "commitlog/append:2=kill+remove:consumequeue"};
    (void)state;
    struct capsule_case made;
    capsule_case_make(&made, SYNC_TEXT, "");
    for (size_t i = 0; i < TEST_COUNT(plans); i++) {
        struct capsule *capsule = NULL;
        test_row(plans[i]);
        test_ok(try_make(&made, plans[i]), made.err);
        test_ok(capsule_open(made.path, &capsule, &made.err), made.err);
        assert_int_equal(capsule_manifest(capsule)->end.outcome, made.ended.end.outcome);
        assert_string_equal(capsule_manifest(capsule)->end.detail, made.ended.end.detail);
        capsule_close(capsule);
    }
    capsule_case_remove(&made);
}

/* Half a capsule would be worse than none. */
static void what_cannot_be_kept_leaves_nothing(void **state)
{
    (void)state;
    struct capsule_case made;
    capsule_case_make(&made, RECOVERY_TEXT, RECOVERY_PLAN);
    /* Changed since it was loaded. */
    capsule_case_write(made.scenario_path, SYNC_TEXT);
    test_code(try_make(&made, RECOVERY_PLAN), ERR_USAGE);
    test_contains(made.err.text, "was changed");
    assert_int_equal(access(made.path, F_OK), -1);
    assert_int_equal(unlink(made.scenario_path), 0);
    test_code(try_make(&made, RECOVERY_PLAN), -ENOENT);
    assert_int_equal(access(made.path, F_OK), -1);
    /* Nowhere to write it. */
    capsule_case_write(made.scenario_path, RECOVERY_TEXT);
    (void)snprintf(made.path, sizeof(made.path), "%s/no/s.capsule", made.dir.path);
    test_code(try_make(&made, RECOVERY_PLAN), -ENOENT);
    capsule_case_remove(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_a_function_of_its_case),
        cmocka_unit_test(any_case_with_a_store_has_one),
        cmocka_unit_test(what_cannot_be_kept_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
