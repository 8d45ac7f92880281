#include "harness/base/process.h"
#include "harness/testkit/test.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include <sys/wait.h>

static void test_reap(void **state)
{
    (void)state;
    pid_t pid = process_fork(1);
    if (pid == 0) {
        _exit(7);
    }
    int status = process_reap(pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);
    assert_int_equal(waitpid(pid, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void test_wait(void **state)
{
    (void)state;
    int status = 0;
    pid_t pid = process_fork(1);
    if (pid == 0) {
        _exit(3);
    }
    assert_true(process_wait(pid, 60000, &status));
    assert_int_equal(WEXITSTATUS(status), 3);
    pid = process_fork(1);
    if (pid == 0) {
        for (;;) {
            (void)pause();
        }
    }
    assert_false(process_wait(pid, 20, &status));
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);
    assert_int_equal(kill(pid, 0), -1);
}

/* The grandchild holds the pipe open until it dies with its parent. */
static void test_dies_with_parent(void **state)
{
    (void)state;
    int ends[2];
    char byte = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = process_fork(1);
    if (pid == 0) {
        if (process_fork(1) == 0) {
            if (write(ends[1], "x", 1) != 1) {
                _exit(1);
            }
            for (;;) {
                (void)pause();
            }
        }
        for (;;) {
            (void)pause();
        }
    }
    (void)close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 1); /* it is there */
    assert_int_equal(kill(pid, SIGKILL), 0);
    (void)process_reap(pid);
    assert_int_equal(read(ends[0], &byte, 1), 0);
    (void)close(ends[0]);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reap),
        cmocka_unit_test(test_wait),
        cmocka_unit_test(test_dies_with_parent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
