/* Signals to the command line as flags: Ctrl-C asks to stop and finish the reports, a second one
 * leaves at once; SIGUSR1 asks what runs now. */
#ifndef HARNESS_CLI_INTERRUPT_H
#define HARNESS_CLI_INTERRUPT_H

#include <signal.h>

/* What a second SIGINT or SIGTERM exits with. */
#define INTERRUPT_EXIT_CODE 130

void interrupt_install(void);
/* Non-zero from the first SIGINT or SIGTERM on. */
const volatile sig_atomic_t *interrupt_flag(void);
/* Non-zero from a SIGUSR1 until the reader clears it. */
volatile sig_atomic_t *interrupt_status_flag(void);

#endif
