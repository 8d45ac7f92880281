/* Processes that this one starts, and waits for. */
#ifndef HARNESS_BASE_PROCESS_H
#define HARNESS_BASE_PROCESS_H

#include <stdbool.h>

#include <sys/types.h>

/* As fork(), but nobody outlives the worker, whoever kills it: the child is killed when its parent
 * ends, and exits with `orphan_code` when that is gone already. */
pid_t process_fork(int orphan_code);
/* Waits for its end and returns its status, as waitpid() gives it. */
int process_reap(pid_t pid);
/* The same, but past `timeout_ms` (negative: never) it is killed, and false returned. */
bool process_wait(pid_t pid, int timeout_ms, int *ret_status);

#endif
