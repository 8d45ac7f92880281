/* The program's only mutable globals: a signal handler has nowhere else to write. */
#include "harness/cli/interrupt.h"

#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;
static volatile sig_atomic_t status_wanted;

static void on_stop(int signal_number)
{
    (void)signal_number;
    if (interrupted != 0) {
        _exit(INTERRUPT_EXIT_CODE);
    }
    interrupted = 1;
}

static void on_status(int signal_number)
{
    (void)signal_number;
    status_wanted = 1;
}

void interrupt_install(void)
{
    struct sigaction action;

    memset(&action, 0, sizeof(action));
    action.sa_handler = on_stop;
    action.sa_flags = SA_RESTART;
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    action.sa_handler = on_status;
    (void)sigaction(SIGUSR1, &action, NULL);
}

const volatile sig_atomic_t *interrupt_flag(void)
{
    return &interrupted;
}

volatile sig_atomic_t *interrupt_status_flag(void)
{
    return &status_wanted;
}
