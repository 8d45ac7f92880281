/* Processes that this one starts, watches and waits for. */
#ifndef HARNESS_BASE_PROCESS_H
#define HARNESS_BASE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/types.h>

#define PROCESS_TEXT_SIZE_BYTES 96

/* How a process ended.  All 0: it exited with 0. */
struct process_end {
    bool is_late; /* past its time; it was killed for that */
    int signal;   /* that it died by; 0: it exited */
    int code;     /* that it exited with */
};

/* As fork(), but nobody outlives the worker, whoever kills it: the child is killed when its parent
 * ends, and exits with `orphan_code` when that is gone already.  It ignores stops, as below. */
pid_t process_fork(int orphan_code);
/* From here on SIGINT, SIGTERM and SIGHUP do nothing to this process and to what it starts: they
 * are sent to whole groups (Ctrl-C, timeout, systemd), and whoever leads decides when the others
 * end.  A program that is to have them again resets them. */
void process_ignore_stops(void);
/* Waits for its end. */
struct process_end process_reap(pid_t pid);
/* The same, but past `timeout_ms` (negative: never) it is killed. */
struct process_end process_wait(pid_t pid, int timeout_ms);
/* The same, but each time that so long has passed `has_more_time` says whether it gets as much
 * again: a process may be slow as long as it goes on. */
struct process_end process_watch(pid_t pid, int timeout_ms, bool (*has_more_time)(void *arg),
                                 void *arg);

/* Whether it came to its end by itself, and said that all went well. */
bool process_is_well(const struct process_end *end);
/* "SIGSEGV (Segmentation fault)", "exit 3", "no end within its time". */
void process_describe(const struct process_end *end, char text[PROCESS_TEXT_SIZE_BYTES]);

/* The processors that this process may run on; 1 when that is not known. */
uint32_t process_cpu_count(void);

#endif
