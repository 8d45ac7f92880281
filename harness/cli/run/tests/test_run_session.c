/* What one call of `run` owns: as given, and gone again. */
#include "harness/cli/run/run_session.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <dirent.h>

static uint32_t count_entries(const char *path)
{
    uint32_t count = 0;
    DIR *dir = opendir(path);
    assert_non_null(dir);
    while (readdir(dir) != NULL) {
        count++;
    }
    (void)closedir(dir);
    return count - 2; /* "." and ".." */
}

static void words_are_kept_as_they_were_given(void **state)
{
    char name[] = "run";
    char option[] = "--seeds";
    char *argv[] = {name, option, NULL};
    (void)state;
    struct run_session *session = run_session_new(2, argv);
    assert_non_null(session);
    argv[1] = name;
    assert_int_equal(session->argc, 2);
    assert_string_equal(session->argv[1], "--seeds");
    assert_int_equal(session->campaign.seed, session->seed_default);
    assert_null(run_session_free(session));
    assert_null(run_session_free(NULL));
}

static void a_session_that_runs_nothing_leaves_nothing(void **state)
{
    char name[] = "run";
    char json[TMPDIR_PATH_SIZE_BYTES + 16];
    char *argv[] = {name, NULL};
    struct err err = ERR_INIT;
    struct tmpdir dir;
    (void)state;
    tmpdir_make(&dir);
    (void)snprintf(json, sizeof(json), "%s/out.json", dir.path);
    struct run_session *session = run_session_new(1, argv);
    assert_non_null(session);
    session->runs = dir.path;
    session->json_path = json;
    session->is_quiet = true;
    session->campaign.jobs = 1;
    test_ok(run_session_open(session, &err), err);
    assert_non_null(session->run_dir);
    assert_true(session->listeners.count > 2);
    assert_true(count_entries(dir.path) > 0);
    (void)run_session_free(session);
    assert_int_equal(count_entries(dir.path), 0);
    tmpdir_remove(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_kept_as_they_were_given),
        cmocka_unit_test(a_session_that_runs_nothing_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
