/* The program's only mutable globals: a signal handler has nowhere else to write. */
#include "harness/cli/interrupt.h"

#include "harness/base/monotonic.h"
#include "harness/cli/exit_code.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define SAME_REQUEST_US 1000000
#define REPORTS_TIME_US 10000000

static volatile sig_atomic_t interrupted;
static volatile sig_atomic_t status_wanted;
static volatile sig_atomic_t stop_count;
static volatile int64_t first_us;
static volatile int64_t hurried_us;

static void on_end(int signal_number)
{
    static const char text[] = "killpoint: interrupted\n";
    (void)signal_number;
    (void)!write(STDERR_FILENO, text, sizeof(text) - 1);
    _exit(EXIT_CODE_INTERRUPTED);
}

static void on_stop(int signal_number)
{
    int64_t now_us = monotonic_us();
    (void)signal_number;
    stop_count = stop_count + 1;
    if (stop_count == 1) {
        first_us = now_us;
        interrupted = 1;
    } else if (interrupted > 1 && now_us - hurried_us > REPORTS_TIME_US) {
        _exit(EXIT_CODE_INTERRUPTED);
    } else if (interrupted == 1 && (stop_count > 2 || now_us - first_us > SAME_REQUEST_US)) {
        hurried_us = now_us;
        interrupted = 2;
    }
}

/* The kernel's last warning: one second later it kills.  Whoever waits for the results gets what
 * there is. */
static void on_time_up(int signal_number)
{
    static const char text[] =
        "killpoint: the processor time is used up (ulimit -t): raise the limit\n";
    (void)!write(STDERR_FILENO, text, sizeof(text) - 1);
    on_stop(signal_number);
}

static void on_status(int signal_number)
{
    (void)signal_number;
    status_wanted = 1;
}

/* The stops do not interrupt each other's handler. */
static void install(void (*handler)(int signal_number))
{
    struct sigaction action;
    struct sigaction before;

    memset(&action, 0, sizeof(action));
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    (void)sigaddset(&action.sa_mask, SIGINT);
    (void)sigaddset(&action.sa_mask, SIGTERM);
    (void)sigaddset(&action.sa_mask, SIGHUP);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN) {
        (void)sigaction(SIGHUP, &action, NULL);
    }
}

void interrupt_install_end(void)
{
    install(on_end);
}

void interrupt_install(void)
{
    struct sigaction action;

    install(on_stop);
    memset(&action, 0, sizeof(action));
    action.sa_handler = on_status;
    action.sa_flags = SA_RESTART;
    (void)sigaction(SIGUSR1, &action, NULL);
    action.sa_handler = on_time_up;
    (void)sigaction(SIGXCPU, &action, NULL);
}

const volatile sig_atomic_t *interrupt_flag(void)
{
    return &interrupted;
}

volatile sig_atomic_t *interrupt_status_flag(void)
{
    return &status_wanted;
}
