/* A capsule ends as it did, wherever it is; on a mended engine it says so. */
#include "harness/capsule/capsule_replay.h"
#include "harness/capsule/tests/capsule_case.h"

struct fixture {
    struct capsule_case made;
    struct capsule_replay replay;
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

/* Nothing is there but the capsule. */
static void run(struct fixture *fixture)
{
    struct capsule *capsule = NULL;
    struct err err = ERR_INIT;
    const struct capsule_replay_options options = {.timeout_ms = 20000};
    (void)unlink(fixture->made.scenario_path);
    test_ok(capsule_open(fixture->made.path, &capsule, &err), err);
    test_ok(capsule_replay_run(&options, capsule, &fixture->replay, &err), err);
    capsule_close(capsule);
}

static void assert_same(const struct campaign_case *left, const struct campaign_case *right)
{
    assert_int_equal(left->end.outcome, right->end.outcome);
    assert_int_equal(left->end.violated, right->end.violated);
    assert_true(left->end.crashed_hash == right->end.crashed_hash);
    assert_true(left->end.recovered_hash == right->end.recovered_hash);
}

static void a_live_case_ends_as_it_did(void **state)
{
    struct fixture *fixture = *state;
    capsule_case_make(&fixture->made, RECOVERY_TEXT, RECOVERY_PLAN);
    assert_true((fixture->made.ended.end.violated & PROPERTY_BIT(QUEUE_COMPLETE)) != 0);
    run(fixture);
    assert_int_equal(fixture->replay.restart.verdict, CAPSULE_REPLAY_SAME);
    assert_int_equal(fixture->replay.whole.verdict, CAPSULE_REPLAY_SAME);
    assert_same(&fixture->replay.whole.ended, &fixture->made.ended);
    /* The restart alone comes to the same, byte for byte. */
    assert_same(&fixture->replay.restart.ended, &fixture->made.ended);
}

/* The store in the capsule is whole, and recovery no longer breaks it. */
static void mended_recovery_says_so_of_both(void **state)
{
    struct fixture *fixture = *state;
    capsule_case_make(&fixture->made, RECOVERY_TEXT, RECOVERY_PLAN);
    capsule_case_mend(&fixture->made, "dledger-dup-info");
    run(fixture);
    assert_int_equal(fixture->replay.restart.verdict, CAPSULE_REPLAY_INTACT);
    assert_int_equal(fixture->replay.whole.verdict, CAPSULE_REPLAY_INTACT);
}

static void a_case_without_a_crash_ends_as_it_did(void **state)
{
    struct fixture *fixture = *state;
    capsule_case_make(&fixture->made, SYNC_TEXT, SYNC_PLAN);
    assert_true((fixture->made.ended.end.violated & PROPERTY_BIT(ORDER_DURABLE)) != 0);
    run(fixture);
    assert_int_equal(fixture->replay.restart.verdict, CAPSULE_REPLAY_SAME);
    assert_int_equal(fixture->replay.whole.verdict, CAPSULE_REPLAY_SAME);
}

/* The bug was before the crash: what it acknowledged stands in the ledger, whoever restarts. */
static void a_mended_write_path_says_so_of_the_case(void **state)
{
    struct fixture *fixture = *state;
    capsule_case_make(&fixture->made, SYNC_TEXT, "commitlog/sync:2=eio");
    run(fixture);
    assert_int_equal(fixture->replay.whole.verdict, CAPSULE_REPLAY_SAME);
    capsule_case_mend(&fixture->made, "sync-error-ignored");
    run(fixture);
    assert_int_equal(fixture->replay.restart.verdict, CAPSULE_REPLAY_SAME);
    assert_int_equal(fixture->replay.whole.verdict, CAPSULE_REPLAY_INTACT);
}

/* Points go and come with versions: the store is there all the same. */
static void another_versions_plan_leaves_the_restart(void **state)
{
    struct fixture *fixture = *state;
    struct capsule_file file;
    struct err err = ERR_INIT;
    char *text = NULL;
    capsule_case_make(&fixture->made, RECOVERY_TEXT, RECOVERY_PLAN);
    int fd = open(fixture->made.path, O_RDWR | O_CLOEXEC);
    test_ok(capsule_file_read(fd, false, &file, &err), err);
    char *at = strstr(file.manifest.token, "append");
    assert_non_null(at);
    memcpy(at, "attach", 6);
    test_ok(capsule_manifest_print(&file.manifest, &text, &err), err);
    assert_int_equal(capsule_file_set(&file.manifest_text, text), 0);
    free(text);
    const struct view store = image_view(file.image);
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    test_ok(capsule_file_write(fd, &file, &store, &err), err);
    capsule_file_done(&file);
    (void)close(fd);
    run(fixture);
    assert_int_equal(fixture->replay.restart.verdict, CAPSULE_REPLAY_SAME);
    assert_int_equal(fixture->replay.whole.verdict, CAPSULE_REPLAY_NOT_RUN);
    test_contains(fixture->replay.whole.reason, "attach");
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        ROW(a_live_case_ends_as_it_did),
        ROW(mended_recovery_says_so_of_both),
        ROW(a_case_without_a_crash_ends_as_it_did),
        ROW(a_mended_write_path_says_so_of_the_case),
        ROW(another_versions_plan_leaves_the_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
