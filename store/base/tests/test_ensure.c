/* Tests of store/base/ensure.c. */
#include "harness/testkit/test.h"
#include "store/base/ensure.h"

#include <signal.h>
#include <unistd.h>

#include <sys/wait.h>

static void a_true_condition_does_nothing(void **state)
{
    (void)state;
    int evaluations = 0;
    ENSURE(++evaluations == 1);
    assert_int_equal(evaluations, 1);
}

/* In a child, whose stderr is a pipe: what is printed and how it dies. */
static void a_false_condition_prints_its_place_and_aborts(void **state)
{
    (void)state;
    int pipe_fds[2];
    assert_int_equal(pipe(pipe_fds), 0);
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        dup2(pipe_fds[1], STDERR_FILENO);
        ensure_failed("1 == 2", "store/x.c", 7, "f");
    }
    close(pipe_fds[1]);
    char text[256] = "";
    assert_true(read(pipe_fds[0], text, sizeof(text) - 1) > 0);
    close(pipe_fds[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    test_contains(text, "store/x.c:7: f: ENSURE(1 == 2) failed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_true_condition_does_nothing),
        cmocka_unit_test(a_false_condition_prints_its_place_and_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
