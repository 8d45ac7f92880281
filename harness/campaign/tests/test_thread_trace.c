/* The trace of a threads run is kept once, and each failure says where. */
#include "harness/campaign/thread_trace.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <fcntl.h>
#include <unistd.h>

static void without_threads_nothing_is_kept(void **state)
{
    (void)state;
    struct thread_trace trace;
    struct ending failure = {.outcome = OUTCOME_VIOLATED};
    char path[64] = "x";
    assert_int_equal(thread_trace_open(&trace, false), 0);
    thread_trace_name(&trace, path, sizeof(path));
    assert_string_equal(path, "");
    thread_trace_note(&trace, "/nowhere", "a", 1, &failure);
    assert_string_equal(failure.detail, "");
    thread_trace_close(&trace);
}

/* Nothing was recorded here: the file that another process has left is the one. */
static void what_another_process_kept_is_named(void **state)
{
    (void)state;
    struct thread_trace trace;
    struct tmpdir tmp;
    struct ending failure = {.outcome = OUTCOME_VIOLATED};
    tmpdir_make(&tmp);
    assert_int_equal(thread_trace_open(&trace, true), 0);
    thread_trace_note(&trace, tmp.path, "a", 0x5eed, &failure);
    test_contains(failure.detail, "was not kept");
    int fd = openat(tmp.fd, "a-5eed.trace", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    (void)close(fd);
    (void)snprintf(failure.detail, sizeof(failure.detail), "lost");
    thread_trace_note(&trace, tmp.path, "a", 0x5eed, &failure);
    test_contains(failure.detail, "lost\n");
    test_contains(failure.detail, "a-5eed.trace");
    thread_trace_close(&trace);
    tmpdir_remove(&tmp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_threads_nothing_is_kept),
        cmocka_unit_test(what_another_process_kept_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
