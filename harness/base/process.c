/* Fork, watch, describe. */
#include "harness/base/process.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

void process_ignore_stops(void)
{
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
}

pid_t process_fork(int orphan_code)
{
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        process_ignore_stops();
        if (getppid() != parent) {
            _exit(orphan_code);
        }
    }
    return pid;
}

struct process_end process_reap(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return (struct process_end){
        .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
        .code = WIFEXITED(status) ? WEXITSTATUS(status) : 0,
    };
}

struct process_end process_watch(pid_t pid, int timeout_ms, bool (*has_more_time)(void *arg),
                                 void *arg)
{
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd waited = {pidfd, POLLIN, 0};
    int ready = 0;
    do {
        ready = poll(&waited, 1, timeout_ms);
    } while ((ready < 0 && errno == EINTR) ||
             (ready == 0 && has_more_time != NULL && has_more_time(arg)));
    if (ready <= 0) {
        (void)kill(pid, SIGKILL);
    }
    (void)close(pidfd);
    struct process_end end = process_reap(pid);
    end.is_late = ready <= 0;
    return end;
}

struct process_end process_wait(pid_t pid, int timeout_ms)
{
    return process_watch(pid, timeout_ms, NULL, NULL);
}

bool process_is_well(const struct process_end *end)
{
    return !end->is_late && end->signal == 0 && end->code == 0;
}

void process_describe(const struct process_end *end, char text[PROCESS_TEXT_SIZE_BYTES])
{
    if (end->is_late) {
        (void)snprintf(text, PROCESS_TEXT_SIZE_BYTES, "no end within its time");
    } else if (end->signal != 0) {
        const char *name = sigabbrev_np(end->signal);
        (void)snprintf(text, PROCESS_TEXT_SIZE_BYTES, "SIG%s (%s)", name == NULL ? "?" : name,
                       strsignal(end->signal));
    } else {
        (void)snprintf(text, PROCESS_TEXT_SIZE_BYTES, "exit %d", end->code);
    }
}

uint32_t process_cpu_count(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof(set), &set) != 0 ? 1 : (uint32_t)CPU_COUNT(&set);
}
