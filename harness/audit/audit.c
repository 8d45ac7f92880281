/* The audit (audit.h): what the audited process does, and the auditor's loop. The filter is in
 * audit_filter.c, the comparison in audit_match.c. */
#include "harness/audit/audit.h"

#include "harness/audit/audit_filter.h"
#include "harness/audit/audit_match.h"
#include "harness/audit/audit_parts.h"
#include "harness/base/process.h"

#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <inttypes.h>
#include <link.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* Not in the kernel headers of Debian 12: the answer wakes the held thread on the auditor's own
 * processor, which makes a held call ten times cheaper. */
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#    define SECCOMP_IOCTL_NOTIF_SET_FLAGS      SECCOMP_IOW(4, __u64)
#    define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif

#define AUDIT_STACK_WAIT_MS 500
#define AUDIT_LAST_WAIT_MS  100

struct audit {
    struct audit_shared *shared;
    int parent_end; /* the listener comes this way */
    int child_end;
    int listener_fd;
    struct disk_observer next; /* in the child */
    struct audit_report report;
};

static void set_broken(struct audit *audit, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void set_broken(struct audit *audit, const char *format, ...)
{
    va_list arguments;

    if (audit->report.status == 0) {
        audit->report.status = ERR_BROKEN;
        va_start(arguments, format);
        (void)vsnprintf(audit->report.broken, sizeof(audit->report.broken), format, arguments);
        va_end(arguments);
    }
}

static void close_fd(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
        *fd = -1;
    }
}

int audit_begin(struct audit **ret_audit, struct err *err)
{
    int ends[2];
    struct audit *audit = calloc(1, sizeof(*audit));

    if (audit == NULL) {
        return err_set(err, -ENOMEM, "begin an audit: out of memory");
    }
    audit->shared = mmap(NULL, sizeof(*audit->shared), PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (audit->shared == MAP_FAILED) {
        free(audit);
        return err_set(err, -ENOMEM, "begin an audit: out of memory");
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
        int result = -errno;

        (void)munmap(audit->shared, sizeof(*audit->shared));
        free(audit);
        return err_set(err, result, "begin an audit: %s", strerror(-result));
    }
    audit->parent_end = ends[0];
    audit->child_end = ends[1];
    audit->listener_fd = -1;
    atomic_store(&audit->shared->root_fd, -1);
    *ret_audit = audit;
    return 0;
}

struct audit *audit_end(struct audit *audit, struct audit_report *ret_report)
{
    if (audit == NULL) {
        return NULL;
    }
    audit->report.unperformed_count = atomic_load(&audit->shared->unperformed_count);
    memcpy(audit->report.unperformed, audit->shared->unperformed,
           sizeof(audit->report.unperformed));
    audit->report.unperformed[sizeof(audit->report.unperformed) - 1] = '\0';
    audit->report.load_base = audit->shared->load_base;
    if (atomic_load(&audit->shared->is_full)) {
        set_broken(audit, "more threads or nested operations than the audit can follow");
    }
    if (ret_report != NULL) {
        *ret_report = audit->report;
    }
    close_fd(&audit->parent_end);
    close_fd(&audit->child_end);
    close_fd(&audit->listener_fd);
    (void)munmap(audit->shared, sizeof(*audit->shared));
    free(audit);
    return NULL;
}

/* The slot of a thread, taken when it has none; NULL when all are taken. */
static struct audit_slot *slot_of(struct audit_shared *shared, uint32_t tid)
{
    for (uint32_t i = 0; i < AUDIT_THREADS_MAX; i++) {
        struct audit_slot *slot = &shared->slots[(tid + i) % AUDIT_THREADS_MAX];
        unsigned expected = 0;

        if (atomic_load(&slot->tid) == tid ||
            atomic_compare_exchange_strong(&slot->tid, &expected, tid) || expected == tid) {
            return slot;
        }
    }
    atomic_store(&shared->is_full, true);
    return NULL;
}

/* In the audited process. */

/* Where the thread was interrupted, or NULL where we do not know how to tell. */
static void *interrupted_at(const void *context)
{
#ifdef __x86_64__
    const ucontext_t *machine = context;

    return (void *)(uintptr_t)machine->uc_mcontext.gregs[REG_RIP];
#else
    (void)context;
    return NULL;
#endif
}

/* Stores the stack without the frames of the handler itself. */
static void store_stack(struct audit_slot *slot, const void *top)
{
    void *stack[STACK_FRAMES_MAX];
    int count = backtrace(stack, STACK_FRAMES_MAX);
    int first = 0;

    while (first < count && stack[first] != top) {
        first++;
    }
    first = first < count ? first : 0;
    slot->stack_count = 0;
    for (int i = first; i < count; i++) {
        slot->stack[slot->stack_count++] = stack[i];
    }
    atomic_store(&slot->stack_state, AUDIT_STACK_THERE);
}

/* The auditor holds this thread in a system call and asks for its stack: the signal carries the
 * address of the shared memory, so no global is needed. */
static void on_stack_wanted(int number, siginfo_t *info, void *context)
{
    int saved_errno = errno;
    struct audit_slot *slot = NULL;

    (void)number;
    if (info->si_code != SI_QUEUE || info->si_value.sival_ptr == NULL) {
        return;
    }
    slot = slot_of(info->si_value.sival_ptr, (uint32_t)gettid());
    if (slot != NULL && atomic_load(&slot->stack_state) == AUDIT_STACK_ASKED) {
        store_stack(slot, interrupted_at(context));
    }
    errno = saved_errno;
}

static int install_handler(struct err *err)
{
    struct sigaction action = {.sa_sigaction = on_stack_wanted,
                               .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK};
    void *stack[4];
    sigset_t set;

    (void)backtrace(stack, 4); /* the first one loads what it needs: not inside the handler */
    (void)sigemptyset(&action.sa_mask);
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGUSR2);
    if (sigaction(SIGUSR2, &action, NULL) < 0 || sigprocmask(SIG_UNBLOCK, &set, NULL) < 0) {
        return err_set(err, -errno, "install the audit's signal handler: %s", strerror(errno));
    }
    return 0;
}

static int take_first_base(struct dl_phdr_info *info, size_t size_bytes, void *arg)
{
    uintptr_t *base = arg;

    (void)size_bytes;
    *base = (uintptr_t)info->dlpi_addr;
    return 1; /* the program itself comes first */
}

/* Sends the listener; a byte goes with it because nothing can go with no byte. */
static int send_listener(const struct audit *audit, int listener_fd)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr aligned;
    } control = {.bytes = {0}};
    char byte = 1;
    struct iovec data = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);

    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &listener_fd, sizeof(int));
    return sendmsg(audit->child_end, &message, MSG_NOSIGNAL) == 1 ? 0 : -errno;
}

int audit_install(struct audit *audit, int root_fd, struct err *err)
{
    int listener_fd = -1;
    int result = install_handler(err);

    if (result < 0) {
        return result;
    }
    audit_set_root(audit, root_fd);
    (void)dl_iterate_phdr(take_first_base, &audit->shared->load_base);
    close_fd(&audit->parent_end);
    result = audit_filter_load(&listener_fd, err);
    if (result < 0) {
        return result;
    }
    /* From here on only harmless calls, until the auditor has the listener. */
    result = send_listener(audit, listener_fd);
    close_fd(&listener_fd);
    close_fd(&audit->child_end);
    return result < 0 ? err_set(err, result, "hand over the audit's listener") : 0;
}

void audit_set_root(struct audit *audit, int root_fd)
{
    atomic_store(&audit->shared->root_fd, root_fd);
}

void audit_allow_fd(struct audit *audit, int fd)
{
    unsigned index = atomic_fetch_add(&audit->shared->allowed_count, 1U);

    if (index < AUDIT_ALLOWED_MAX) {
        atomic_store(&audit->shared->allowed[index], fd);
    } else {
        atomic_store(&audit->shared->is_full, true);
    }
}

static void copy_path(char *to, const char *from)
{
    (void)snprintf(to, DISK_PATH_SIZE_BYTES, "%s", from != NULL ? from : "");
}

static void on_begin(void *arg, const struct disk_call *call)
{
    struct audit *audit = arg;
    struct audit_slot *slot = NULL;
    struct audit_call *announced = NULL;

    if (audit->next.begin != NULL) {
        audit->next.begin(audit->next.arg, call);
    }
    slot = slot_of(audit->shared, (uint32_t)gettid());
    if (slot == NULL || slot->depth == AUDIT_DEPTH_MAX) {
        atomic_store(&audit->shared->is_full, true);
        return;
    }
    announced = &slot->calls[slot->depth];
    announced->point = call->point;
    announced->op = call->op;
    copy_path(announced->path, call->path);
    copy_path(announced->target, call->target);
    announced->offset = call->offset;
    announced->size_bytes = call->size_bytes;
    announced->matched_count = 0;
    slot->depth++;
}

/* An operation that says it is done without having asked the kernel. */
static void check_performed(struct audit *audit, const struct audit_call *announced, int64_t result)
{
    bool needs_call = announced->op != POINT_OP_READ && announced->op != POINT_OP_LIST &&
                      announced->op != POINT_OP_SIZE;

    if (result < 0 || !needs_call || announced->matched_count > 0) {
        return;
    }
    if (atomic_fetch_add(&audit->shared->unperformed_count, 1U) == 0) {
        (void)snprintf(audit->shared->unperformed, sizeof(audit->shared->unperformed),
                       "%s '%.150s' offset %" PRIu64 " size %" PRIu64, point_name(announced->point),
                       announced->path, announced->offset, announced->size_bytes);
    }
}

static void on_end(void *arg, const struct disk_call *call, int64_t result)
{
    struct audit *audit = arg;
    struct audit_slot *slot = slot_of(audit->shared, (uint32_t)gettid());

    if (slot != NULL && slot->depth > 0) {
        slot->depth--;
        check_performed(audit, &slot->calls[slot->depth], result);
    }
    if (audit->next.end != NULL) {
        audit->next.end(audit->next.arg, call, result);
    }
}

struct disk_observer audit_observer(struct audit *audit, const struct disk_observer *next)
{
    audit->next = next != NULL ? *next : (struct disk_observer){0};
    return (struct disk_observer){.arg = audit, .begin = on_begin, .end = on_end};
}

/* In the auditor. */

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
    int result = poll(fds, pid_fd >= 0 ? 2 : 1, timeout_ms);

    *ret_events = result > 0 ? fds[0].revents : 0;
    return result < 0 && errno != EINTR ? -errno : 0;
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

    close_fd(&audit->child_end);
    while (events == 0 && !is_over) {
        is_over = is_gone(pid_fd);
        if (poll_two(audit->parent_end, pid_fd, is_over ? 0 : AUDIT_LAST_WAIT_MS, &events) < 0) {
            break;
        }
    }
    audit->listener_fd = (events & POLLIN) != 0 ? receive_listener(audit) : -1;
    if (audit->listener_fd < 0) {
        set_broken(audit, "the audited process never loaded the filter");
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
    for (int i = 0; i < AUDIT_STACK_WAIT_MS; i++) {
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
        set_broken(audit, "answer a held call: %s", strerror(errno));
    }
}

static void answer(struct audit *audit, const struct seccomp_notif *notif)
{
    char text[AUDIT_EFFECT_TEXT_SIZE_BYTES] = "";
    struct audit_slot *slot = slot_of(audit->shared, notif->pid);
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
        set_broken(audit, "receive a held call: %s", strerror(errno));
    }
}

static void serve_all(struct audit *audit, int pid_fd)
{
    short events = 0;
    bool is_last = false;

    while (audit->report.status == 0 && !is_last) {
        if (poll_two(audit->listener_fd, pid_fd, -1, &events) < 0) {
            set_broken(audit, "wait for held calls: %s", strerror(errno));
        } else if (events == 0) {
            /* The child is gone: what it forked may have calls held, but nothing waits long. */
            (void)poll_two(audit->listener_fd, -1, AUDIT_LAST_WAIT_MS, &events);
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
    close_fd(&pid_fd);
}

/* Reports. */

/* snprintf onto the end of `text`; returns the length it would have by now. */
static size_t add_text(char *text, size_t size_bytes, size_t length, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static size_t add_text(char *text, size_t size_bytes, size_t length, const char *format, ...)
{
    size_t at = length < size_bytes ? length : size_bytes;
    va_list arguments;
    int added = 0;

    va_start(arguments, format);
    added = vsnprintf(text + at, size_bytes - at, format, arguments);
    va_end(arguments);
    return length + (added > 0 ? (size_t)added : 0);
}

size_t audit_report_text(const struct audit_report *report, char *text, size_t size_bytes)
{
    size_t length = 0;

    if (report->status != 0) {
        length = add_text(text, size_bytes, length, "the audit failed: %s\n", report->broken);
    }
    length = add_text(text, size_bytes, length,
                      "%" PRIu64 " effects announced, %" PRIu64 " not, %" PRIu64
                      " operations without effect\n",
                      report->matched_count, report->unannounced_count, report->unperformed_count);
    if (report->unperformed_count > 0) {
        length = add_text(text, size_bytes, length, "without effect: %s\n", report->unperformed);
    }
    for (uint32_t i = 0; i < report->effect_count; i++) {
        const struct audit_effect *effect = &report->effects[i];

        length = add_text(text, size_bytes, length, "not announced: %s, thread %u\n", effect->text,
                          effect->tid);
        for (uint32_t k = 0; k < effect->stack_count; k++) {
            length = add_text(text, size_bytes, length, "    %#" PRIxPTR "\n", effect->stack[k]);
        }
    }
    return length;
}
