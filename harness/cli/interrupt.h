/* Signals to the command line: SIGINT, SIGTERM and SIGHUP stop a command, SIGUSR1 asks a campaign
 * what runs now.  A handler only sets flags: reports are written by whoever reads them. */
#ifndef HARNESS_CLI_INTERRUPT_H
#define HARNESS_CLI_INTERRUPT_H

#include <signal.h>

/* For a command with nothing to finish: a signal ends it with EXIT_CODE_INTERRUPTED and a line on
 * stderr; what it started dies with it.  A hangup that was ignored before (nohup) stays so. */
void interrupt_install_end(void);

/* For a campaign: a signal sets the flag.  A second one within a second is the same request (a
 * group is signalled, and `timeout` signals its child too); a later or a third one means at once.
 * One that comes long after that ends the process: then it cannot even write. */
void interrupt_install(void);
/* 0; 1 from the first signal on; 2: at once. */
const volatile sig_atomic_t *interrupt_flag(void);
/* Non-zero from a SIGUSR1 until the reader clears it. */
volatile sig_atomic_t *interrupt_status_flag(void);

#endif
