/* The auditor's loop: answers the kernel for each call that it holds (audit.h). */
#include "harness/audit/audit_match.h"
#include "harness/audit/audit_shared.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

/* Not in the kernel headers of Debian 12: the answer wakes the held thread on the auditor's own
 * processor, which makes a held call ten times cheaper. */
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#    define SECCOMP_IOCTL_NOTIF_SET_FLAGS      SECCOMP_IOW(4, __u64)
#    define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif

#define STACK_WAIT_MS 500
#define LAST_WAIT_MS  100

/* Takes the listener from the message; -1 when the child went away without one. */
static int receive_listener(const struct audit *audit)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr aligned;
    } control = {.bytes = {0}};
    char byte = 0;
    struct iovec data = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    const struct cmsghdr *header = NULL;
    int listener_fd = -1;

    if (recvmsg(audit->parent_end, &message, MSG_CMSG_CLOEXEC) != 1) {
        return -1;
    }
    header = CMSG_FIRSTHDR(&message);
    if (header != NULL && header->cmsg_type == SCM_RIGHTS &&
        header->cmsg_len == CMSG_LEN(sizeof(int))) {
        memcpy(&listener_fd, CMSG_DATA(header), sizeof(int));
    }
    return listener_fd;
}

static int poll_two(int fd, int pid_fd, int timeout_ms, short *ret_events)
{
    struct pollfd fds[2] = {{.fd = fd, .events = POLLIN}, {.fd = pid_fd, .events = POLLIN}};
    int r = poll(fds, pid_fd >= 0 ? 2 : 1, timeout_ms);

    *ret_events = r > 0 ? fds[0].revents : 0;
    return r < 0 && errno != EINTR ? -errno : 0;
}

static bool is_gone(int pid_fd)
{
    short events = 0;

    /* No descriptor: it was gone, and waited for, before we came. */
    return pid_fd < 0 || poll_two(pid_fd, -1, 0, &events) < 0 || events != 0;
}

/* Waits for the child's listener; without one there is nothing to serve. */
static bool wait_for_listener(struct audit *audit, int pid_fd)
{
    short events = 0;
    bool is_over = false;

    audit_shared_close(&audit->child_end);
    while (events == 0 && !is_over) {
        is_over = is_gone(pid_fd);
        if (poll_two(audit->parent_end, pid_fd, is_over ? 0 : LAST_WAIT_MS, &events) < 0) {
            break;
        }
    }
    audit->listener_fd = (events & POLLIN) != 0 ? receive_listener(audit) : -1;
    if (audit->listener_fd < 0) {
        audit_shared_set_broken(audit, "the audited process never loaded the filter");
    }
    return audit->listener_fd >= 0;
}

static pid_t process_of(uint32_t tid)
{
    char path[64];
    char line[256];
    pid_t process = 0;
    FILE *status = NULL;

    (void)snprintf(path, sizeof(path), "/proc/%u/status", tid);
    status = fopen(path, "re");
    if (status == NULL) {
        return 0;
    }
    while (process == 0 && fgets(line, sizeof(line), status) != NULL) {
        if (strncmp(line, "Tgid:", 5) == 0) {
            process = (pid_t)strtol(line + 5, NULL, 10);
        }
    }
    (void)fclose(status);
    return process;
}

static bool is_still_held(const struct audit *audit, uint64_t id)
{
    return ioctl(audit->listener_fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

/* Asks the held thread for its stack. It leaves the system call for the handler and comes back
 * with it, as a new notification. False: it does not listen, or is gone. */
static bool ask_for_stack(struct audit *audit, const struct seccomp_notif *notif,
                          struct audit_slot *slot)
{
    siginfo_t info = {.si_signo = SIGUSR2, .si_code = SI_QUEUE, .si_pid = getpid()};
    pid_t process = process_of(notif->pid);
    struct timespec pause = {.tv_nsec = 1000000};

    info.si_value.sival_ptr = audit->shared;
    atomic_store(&slot->stack_state, AUDIT_STACK_ASKED);
    if (process == 0 || syscall(SYS_rt_tgsigqueueinfo, process, notif->pid, SIGUSR2, &info) < 0) {
        return false;
    }
    for (int i = 0; i < STACK_WAIT_MS; i++) {
        if (!is_still_held(audit, notif->id)) {
            return true;
        }
        (void)nanosleep(&pause, NULL);
    }
    return false;
}

static void record_effect(struct audit *audit, const struct seccomp_notif *notif,
                          const struct audit_slot *slot, const char *text)
{
    struct audit_report *report = &audit->report;
    struct audit_effect *effect = NULL;

    report->unannounced_count++;
    if (report->effect_count == AUDIT_EFFECTS_MAX) {
        return;
    }
    effect = &report->effects[report->effect_count++];
    (void)snprintf(effect->text, sizeof(effect->text), "%s", text);
    effect->tid = notif->pid;
    effect->pid = (uint32_t)process_of(notif->pid);
    if (atomic_load(&slot->stack_state) == AUDIT_STACK_THERE) {
        effect->stack_count = slot->stack_count;
        for (uint32_t i = 0; i < slot->stack_count && i < STACK_FRAMES_MAX; i++) {
            effect->stack[i] = (uintptr_t)slot->stack[i];
        }
    }
}

/* Lets the held call go on. */
static void let_go(struct audit *audit, const struct seccomp_notif *notif)
{
    struct seccomp_notif_resp response = {.id = notif->id,
                                          .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};

    if (ioctl(audit->listener_fd, SECCOMP_IOCTL_NOTIF_SEND, &response) < 0 && errno != ENOENT &&
        errno != EINPROGRESS) {
        audit_shared_set_broken(audit, "answer a held call: %s", strerror(errno));
    }
}

static void answer(struct audit *audit, const struct seccomp_notif *notif)
{
    char text[AUDIT_EFFECT_TEXT_SIZE_BYTES] = "";
    struct audit_slot *slot = audit_shared_slot(audit->shared, notif->pid);
    struct audit_call *call = NULL;
    enum audit_match match = AUDIT_MATCH_HARMLESS;

    if (slot != NULL) {
        match = audit_match_call(audit->shared, notif, slot, &call, text);
        /* What was read may be another process's by now, if this one was killed meanwhile. */
        if (!is_still_held(audit, notif->id)) {
            return;
        }
    }
    if (match == AUDIT_MATCH_ANNOUNCED) {
        call->matched_count++;
        audit->report.matched_count++;
    } else if (match == AUDIT_MATCH_UNANNOUNCED) {
        if (atomic_load(&slot->stack_state) != AUDIT_STACK_THERE &&
            ask_for_stack(audit, notif, slot)) {
            return; /* it comes again, with its stack */
        }
        record_effect(audit, notif, slot, text);
        atomic_store(&slot->stack_state, AUDIT_STACK_NONE);
    }
    let_go(audit, notif);
}

/* Answers one held call, if there is one. */
static void serve_one(struct audit *audit)
{
    struct seccomp_notif notif;

    memset(&notif, 0, sizeof(notif));
    if (ioctl(audit->listener_fd, SECCOMP_IOCTL_NOTIF_RECV, &notif) == 0) {
        answer(audit, &notif);
    } else if (errno != ENOENT && errno != EINTR) {
        audit_shared_set_broken(audit, "receive a held call: %s", strerror(errno));
    }
}

static void serve_all(struct audit *audit, int pid_fd)
{
    short events = 0;
    bool is_last = false;

    while (audit->report.status == 0 && !is_last) {
        if (poll_two(audit->listener_fd, pid_fd, -1, &events) < 0) {
            audit_shared_set_broken(audit, "wait for held calls: %s", strerror(errno));
        } else if (events == 0) {
            /* The child is gone: what it forked may have calls held, but nothing waits long. */
            (void)poll_two(audit->listener_fd, -1, LAST_WAIT_MS, &events);
        }
        if ((events & POLLIN) != 0) {
            serve_one(audit);
            continue;
        }
        is_last = (events & POLLHUP) != 0 || is_gone(pid_fd);
    }
}

void audit_serve(struct audit *audit, pid_t child)
{
    __u64 flags = SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP;
    int pid_fd = (int)syscall(SYS_pidfd_open, child, 0);

    if (wait_for_listener(audit, pid_fd)) {
        /* Kernels before 6.6 refuse it and are only slower. */
        (void)ioctl(audit->listener_fd, SECCOMP_IOCTL_NOTIF_SET_FLAGS, flags);
        serve_all(audit, pid_fd);
    }
    audit_shared_close(&pid_fd);
}
