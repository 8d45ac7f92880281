/* The seccomp filter of the audit (audit_filter.h). */
#include "harness/audit/audit_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <sys/ioctl.h>
#include <sys/mman.h>

#include <seccomp.h>

/* Calls that change no file. Anything that is not here is held and asked about, so a forgotten
 * name costs time and a name too many costs the proof. */
static const int harmless[] = {
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(pread64),
    SCMP_SYS(preadv),
    SCMP_SYS(close),
    SCMP_SYS(close_range),
    SCMP_SYS(lseek),
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(statx),
    SCMP_SYS(statfs),
    SCMP_SYS(fstatfs),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(getdents64),
    SCMP_SYS(getcwd),
    SCMP_SYS(chdir),
    SCMP_SYS(fchdir),
    SCMP_SYS(umask),
    SCMP_SYS(fadvise64),
    SCMP_SYS(readahead),
    SCMP_SYS(dup),
    SCMP_SYS(dup2),
    SCMP_SYS(dup3),
    SCMP_SYS(pipe),
    SCMP_SYS(pipe2),
    SCMP_SYS(eventfd2),
    SCMP_SYS(signalfd4),
    SCMP_SYS(timerfd_create),
    SCMP_SYS(timerfd_settime),
    SCMP_SYS(memfd_create),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(select),
    SCMP_SYS(pselect6),
    SCMP_SYS(epoll_create1),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(socket),
    SCMP_SYS(socketpair),
    SCMP_SYS(connect),
    SCMP_SYS(shutdown),
    SCMP_SYS(sendto),
    SCMP_SYS(sendmsg),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt),
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(mprotect),
    SCMP_SYS(madvise),
    SCMP_SYS(mincore),
    SCMP_SYS(mlock),
    SCMP_SYS(munlock),
    SCMP_SYS(membarrier),
    SCMP_SYS(futex),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(get_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(set_tid_address),
    SCMP_SYS(arch_prctl),
    SCMP_SYS(prctl),
    SCMP_SYS(prlimit64),
    SCMP_SYS(getrlimit),
    SCMP_SYS(getrusage),
    SCMP_SYS(sysinfo),
    SCMP_SYS(uname),
    SCMP_SYS(times),
    SCMP_SYS(time),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(alarm),
    SCMP_SYS(setitimer),
    SCMP_SYS(getitimer),
    SCMP_SYS(timer_create),
    SCMP_SYS(timer_settime),
    SCMP_SYS(timer_gettime),
    SCMP_SYS(timer_delete),
    SCMP_SYS(pause),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(getrandom),
    SCMP_SYS(getcpu),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sched_setaffinity),
    SCMP_SYS(sched_getparam),
    SCMP_SYS(sched_getscheduler),
    SCMP_SYS(getpid),
    SCMP_SYS(getppid),
    SCMP_SYS(gettid),
    SCMP_SYS(getpgrp),
    SCMP_SYS(getpgid),
    SCMP_SYS(getsid),
    SCMP_SYS(setsid),
    SCMP_SYS(setpgid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(getgroups),
    SCMP_SYS(capget),
    SCMP_SYS(clone),
    SCMP_SYS(clone3),
    SCMP_SYS(fork),
    SCMP_SYS(vfork),
    SCMP_SYS(wait4),
    SCMP_SYS(waitid),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(kill),
    SCMP_SYS(tkill),
    SCMP_SYS(tgkill),
    SCMP_SYS(pidfd_open),
    SCMP_SYS(pidfd_send_signal),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigpending),
    SCMP_SYS(rt_sigtimedwait),
    SCMP_SYS(rt_sigsuspend),
    SCMP_SYS(rt_sigqueueinfo),
    SCMP_SYS(rt_tgsigqueueinfo),
    SCMP_SYS(sigaltstack),
};

/* Calls that are harmless with some arguments. */
struct condition {
    int syscall;
    struct scmp_arg_cmp argument;
};

#define ONLY_IF_MASKED(name, index, mask, value)                                            \
    {                                                                                       \
        SCMP_SYS(name),                                                                     \
        {                                                                                   \
            .arg = (index), .op = SCMP_CMP_MASKED_EQ, .datum_a = (mask), .datum_b = (value) \
        }                                                                                   \
    }
#define ONLY_IF(name, index, value)                                             \
    {                                                                           \
        SCMP_SYS(name),                                                         \
        {                                                                       \
            .arg = (index), .op = SCMP_CMP_EQ, .datum_a = (value), .datum_b = 0 \
        }                                                                       \
    }

#define OPEN_EFFECTS ((scmp_datum_t)(O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY)))

/* How descriptors are asked and set; locks are not among it. */
static const struct condition conditions[] = {
    ONLY_IF_MASKED(open, 1, OPEN_EFFECTS, O_RDONLY),
    ONLY_IF_MASKED(openat, 2, OPEN_EFFECTS, O_RDONLY),
    ONLY_IF_MASKED(mmap, 3, MAP_TYPE, MAP_PRIVATE),
    ONLY_IF_MASKED(mmap, 3, MAP_ANONYMOUS, MAP_ANONYMOUS),
    ONLY_IF(fcntl, 1, F_GETFD),
    ONLY_IF(fcntl, 1, F_SETFD),
    ONLY_IF(fcntl, 1, F_GETFL),
    ONLY_IF(fcntl, 1, F_SETFL),
    ONLY_IF(fcntl, 1, F_DUPFD),
    ONLY_IF(fcntl, 1, F_DUPFD_CLOEXEC),
    ONLY_IF(fcntl, 1, F_GETLK),
    ONLY_IF(fcntl, 1, F_OFD_GETLK),
    ONLY_IF(ioctl, 1, TCGETS),
    ONLY_IF(ioctl, 1, TIOCGWINSZ),
    ONLY_IF(ioctl, 1, FIONREAD),
};

static int add_rules(scmp_filter_ctx context)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < sizeof(harmless) / sizeof(harmless[0]); i++) {
        r = seccomp_rule_add(context, SCMP_ACT_ALLOW, harmless[i], 0);
    }
    for (size_t i = 0; r == 0 && i < sizeof(conditions) / sizeof(conditions[0]); i++) {
        r = seccomp_rule_add_array(context, SCMP_ACT_ALLOW, conditions[i].syscall, 1,
                                   &conditions[i].argument);
    }
    return r;
}

static int load(scmp_filter_ctx context, int *ret_listener_fd, struct err *err)
{
    int r = add_rules(context);

    if (r < 0) {
        return err_set(err, r, "build the audit's filter: %s", strerror(-r));
    }
    /* libseccomp 2.5 keeps one listener for the whole process; with a second filter it would load
     * silently and every held call would fail with ENOSYS. */
    if (seccomp_notify_fd(context) >= 0) {
        return err_set(err, -EBUSY, "this process is audited already");
    }
    r = seccomp_load(context);
    if (r < 0) {
        return err_set(err, r, "load the audit's filter: %s", strerror(-r));
    }
    *ret_listener_fd = seccomp_notify_fd(context);
    return *ret_listener_fd < 0 ? err_set(err, -ENOSYS, "the audit's filter has no listener") : 0;
}

int audit_filter_load(int *ret_listener_fd, struct err *err)
{
    int r = 0;
    scmp_filter_ctx context = seccomp_init(SCMP_ACT_NOTIFY);

    if (context == NULL) {
        return err_set(err, -ENOMEM, "build the audit's filter: out of memory");
    }
    r = load(context, ret_listener_fd, err);
    seccomp_release(context);
    return r;
}
