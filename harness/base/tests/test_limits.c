/* Limits of the shell: told by an error, told apart from a store's own mistakes, and explained. */
#include "harness/base/limits.h"
#include "harness/base/process.h"
#include "harness/testkit/test.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <sys/resource.h>

/* Runs `probe` in a child under one limit, soft and hard. */
static int under(__rlimit_resource_t resource, rlim_t soft, rlim_t hard, int (*probe)(void))
{
    pid_t pid = process_fork(1);
    if (pid == 0) {
        struct rlimit limit = {soft, hard};
        if (setrlimit(resource, &limit) < 0) {
            _exit(100);
        }
        limits_prepare();
        _exit(probe());
    }
    struct process_end end = process_reap(pid);
    return end.signal != 0 ? 1000 + end.signal : end.code;
}

static int probe_file_size(void)
{
    char text[LIMITS_TEXT_SIZE_BYTES];
    char path[] = "/tmp/test_limits.XXXXXX";
    int fd = mkstemp(path);
    bool is_told = ftruncate(fd, 5000) < 0 && errno == EFBIG && limits_is_denial(EFBIG);
    (void)unlink(path);
    (void)limits_explain(EFBIG, text);
    return is_told &&
                   strcmp(text, "a file may not grow further: raise the limit of the size of files "
                                "(ulimit -f, 4 now)") == 0
               ? 0
               : 1;
}

static void file_that_grows_too_long_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(under(RLIMIT_FSIZE, 4096, 4096, probe_file_size), 0);
    /* Without a limit it is the store that wanted an absurd file. */
    assert_false(limits_is_denial(EFBIG));
}

static int probe_few_files(void)
{
    char text[LIMITS_REMEDY_SIZE_BYTES];
    return limits_is_denial(EMFILE) &&
                   strcmp(limits_remedy(EMFILE, text),
                          "raise the limit of open files (ulimit -n, 16 now)") == 0
               ? 0
               : 1;
}

static int probe_raised_files(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur == 1024 &&
                   !limits_is_denial(EMFILE)
               ? 0
               : 1;
}

static void few_open_files_are_the_shells_many_a_leak(void **state)
{
    (void)state;
    assert_int_equal(under(RLIMIT_NOFILE, 16, 16, probe_few_files), 0);
    assert_int_equal(under(RLIMIT_NOFILE, 16, 2048, probe_raised_files), 0);
}

static int probe_time(void)
{
    volatile bool is_over = false;
    while (!is_over) {
    }
    return 0;
}

static void used_up_time_has_a_signal_of_its_own(void **state)
{
    (void)state;
    assert_int_equal(under(RLIMIT_CPU, 2, 2, probe_time), 1000 + SIGXCPU);
}

static void explains_what_has_no_limit(void **state)
{
    char text[LIMITS_TEXT_SIZE_BYTES];
    (void)state;
    assert_string_equal(limits_explain(ENOSPC, text), "no room is left where the stores lie: make "
                                                      "room, or use --dir DIR");
    assert_string_equal(limits_explain(EIO, text), "Input/output error");
    assert_true(limits_is_denial(ENFILE));
    assert_true(limits_is_denial(EDQUOT));
    assert_false(limits_is_denial(EIO));
    /* Who made it is for the caller to know. */
    assert_false(limits_is_denial(ENOSPC));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_that_grows_too_long_is_an_error),
        cmocka_unit_test(few_open_files_are_the_shells_many_a_leak),
        cmocka_unit_test(used_up_time_has_a_signal_of_its_own),
        cmocka_unit_test(explains_what_has_no_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
