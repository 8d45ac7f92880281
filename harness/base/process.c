#include "harness/base/process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

pid_t process_fork(int orphan_code)
{
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) {
            _exit(orphan_code);
        }
    }
    return pid;
}

int process_reap(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

bool process_wait(pid_t pid, int timeout_ms, int *ret_status)
{
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd waited = {pidfd, POLLIN, 0};
    int ready = 0;
    do {
        ready = poll(&waited, 1, timeout_ms);
    } while (ready < 0 && errno == EINTR);
    if (ready <= 0) {
        (void)kill(pid, SIGKILL);
    }
    (void)close(pidfd);
    *ret_status = process_reap(pid);
    return ready > 0;
}
