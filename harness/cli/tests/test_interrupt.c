/* Signals that stop a command; each in a process of its own, since a handler's flags are for good.
 */
#include "harness/base/process.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/interrupt.h"
#include "harness/testkit/test.h"

#include <signal.h>
#include <unistd.h>

/* What a process exits with that installs `how` and then does `what`. */
static struct process_end end_of(void (*how)(void), int (*what)(void))
{
    pid_t pid = process_fork(99);
    if (pid == 0) {
        (void)signal(SIGHUP, SIG_DFL);
        how();
        _exit(what());
    }
    return process_wait(pid, 60000);
}

static int flag_after(int first, int second, int third)
{
    const int signals[] = {first, second, third};
    for (int i = 0; i < 3 && signals[i] != 0; i++) {
        (void)raise(signals[i]);
    }
    return *interrupt_flag();
}

static int once(void)
{
    return flag_after(SIGHUP, 0, 0);
}

static int twice(void)
{
    return flag_after(SIGTERM, SIGTERM, 0);
}

static int thrice(void)
{
    return flag_after(SIGTERM, SIGHUP, SIGINT);
}

static int twice_with_a_pause(void)
{
    (void)raise(SIGINT);
    (void)usleep(1100000);
    return flag_after(SIGINT, 0, 0);
}

static int hung_up_under_nohup(void)
{
    (void)signal(SIGHUP, SIG_IGN);
    interrupt_install();
    return flag_after(SIGHUP, 0, 0);
}

static void second_signal_within_a_second_is_the_same_request(void **state)
{
    (void)state;
    assert_int_equal(end_of(interrupt_install, once).code, 1);
    assert_int_equal(end_of(interrupt_install, twice).code, 1);
}

static void third_or_later_one_means_at_once(void **state)
{
    (void)state;
    assert_int_equal(end_of(interrupt_install, thrice).code, 2);
    assert_int_equal(end_of(interrupt_install, twice_with_a_pause).code, 2);
}

static void ignored_hangup_stays_ignored(void **state)
{
    (void)state;
    assert_int_equal(end_of(interrupt_install, hung_up_under_nohup).code, 0);
}

static void what_has_nothing_to_finish_ends(void **state)
{
    struct process_end end = end_of(interrupt_install_end, once);

    (void)state;
    assert_int_equal(end.signal, 0);
    assert_int_equal(end.code, EXIT_CODE_INTERRUPTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(second_signal_within_a_second_is_the_same_request),
        cmocka_unit_test(third_or_later_one_means_at_once),
        cmocka_unit_test(ignored_hangup_stays_ignored),
        cmocka_unit_test(what_has_nothing_to_finish_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
