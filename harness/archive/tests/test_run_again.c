/* A directory is made ready for its run to go on, and not while that runs. */
#include "harness/archive/run_again.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <fcntl.h>
#include <unistd.h>

#include <sys/file.h>
#include <sys/stat.h>

#define NAME "2026-11-22T020001Z-3f9a1c"

static void touch(const struct tmpdir *dir, const char *path)
{
    int fd = openat(dir->fd, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    (void)close(fd);
}

static bool is_there(const struct tmpdir *dir, const char *path)
{
    return faccessat(dir->fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void make(struct tmpdir *dir)
{
    tmpdir_make(dir);
    assert_int_equal(mkdirat(dir->fd, NAME, 0700), 0);
    assert_int_equal(mkdirat(dir->fd, NAME "/failures", 0700), 0);
    assert_int_equal(mkdirat(dir->fd, NAME "/failures/001-x", 0700), 0);
    touch(dir, NAME "/failures/001-x/TOKEN");
    touch(dir, NAME "/run.json");
    touch(dir, NAME "/report.json");
    touch(dir, NAME "/journal.jsonl");
    touch(dir, NAME "/notes-of-a-person");
}

static void what_is_told_again_goes(void **state)
{
    (void)state;
    struct tmpdir dir;
    struct err err = ERR_INIT;
    time_t began = 0;
    int fd = -1;
    make(&dir);
    test_ok(run_again_open(dir.fd, NAME, &fd, &began, &err), err);
    assert_int_equal(began, 1795312801);
    assert_false(is_there(&dir, NAME "/failures"));
    assert_false(is_there(&dir, NAME "/run.json"));
    assert_false(is_there(&dir, NAME "/report.json"));
    assert_true(is_there(&dir, NAME "/journal.jsonl"));
    assert_true(is_there(&dir, NAME "/notes-of-a-person"));
    (void)close(fd);
    tmpdir_remove(&dir);
}

static void a_run_that_still_runs_is_left_alone(void **state)
{
    (void)state;
    struct tmpdir dir;
    struct err err = ERR_INIT;
    time_t began = 0;
    int fd = -1;
    make(&dir);
    int held = openat(dir.fd, NAME, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(flock(held, LOCK_EX), 0);
    test_code(run_again_open(dir.fd, NAME, &fd, &began, &err), ERR_USAGE);
    test_contains(err.text, "still running");
    assert_true(is_there(&dir, NAME "/run.json"));
    (void)close(held);
    test_code(run_again_open(dir.fd, "no-such", &fd, &began, &err), -ENOENT);
    tmpdir_remove(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_told_again_goes),
        cmocka_unit_test(a_run_that_still_runs_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
