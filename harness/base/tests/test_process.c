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
    struct process_end end = process_reap(pid);
    assert_int_equal(end.signal, 0);
    assert_int_equal(end.code, 7);
    assert_false(process_is_well(&end));
    assert_int_equal(waitpid(pid, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void test_wait(void **state)
{
    (void)state;
    char text[PROCESS_TEXT_SIZE_BYTES];
    pid_t pid = process_fork(1);
    if (pid == 0) {
        _exit(3);
    }
    struct process_end end = process_wait(pid, 60000);
    assert_false(end.is_late);
    assert_int_equal(end.signal, 0);
    assert_int_equal(end.code, 3);
    process_describe(&end, text);
    assert_string_equal(text, "exit 3");
    pid = process_fork(1);
    if (pid == 0) {
        for (;;) {
            (void)pause();
        }
    }
    end = process_wait(pid, 20);
    assert_true(end.is_late);
    assert_int_equal(end.signal, SIGKILL);
    assert_false(process_is_well(&end));
    assert_int_equal(kill(pid, 0), -1);
    process_describe(&end, text);
    assert_string_equal(text, "no end within its time");
}

static bool counts_to_three(void *arg)
{
    int *count = arg;
    return ++*count < 3;
}

static void test_watch(void **state)
{
    (void)state;
    int count = 0;
    char text[PROCESS_TEXT_SIZE_BYTES];
    pid_t pid = process_fork(1);
    while (pid == 0) {
        (void)pause();
    }
    struct process_end end = process_watch(pid, 5, counts_to_three, &count);
    assert_true(end.is_late);
    assert_int_equal(count, 3);
    /* One that ends meanwhile is not asked again. */
    pid = process_fork(1);
    if (pid == 0) {
        (void)signal(SIGTERM, SIG_DFL);
        (void)raise(SIGTERM);
    }
    end = process_watch(pid, 60000, counts_to_three, &count);
    assert_false(end.is_late);
    assert_int_equal(end.signal, SIGTERM);
    assert_int_equal(count, 3);
    process_describe(&end, text);
    test_contains(text, "SIGTERM (");
}

/* A child is in the group of whoever started it, and is not to end before that one says so. */
static void test_ignores_stops(void **state)
{
    static const int stops[] = {SIGINT, SIGTERM, SIGHUP};
    (void)state;
    pid_t pid = process_fork(1);
    if (pid == 0) {
        for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
            (void)raise(stops[i]);
        }
        _exit(7);
    }
    struct process_end end = process_wait(pid, 60000);
    assert_int_equal(end.signal, 0);
    assert_int_equal(end.code, 7);
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

static void test_cpu_count(void **state)
{
    (void)state;
    assert_true(process_cpu_count() >= 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reap),          cmocka_unit_test(test_cpu_count),
        cmocka_unit_test(test_wait),          cmocka_unit_test(test_watch),
        cmocka_unit_test(test_ignores_stops), cmocka_unit_test(test_dies_with_parent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
