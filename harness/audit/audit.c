/* The audit (audit.h): its begin and end, and what the audited process does. The auditor's loop is
 * in audit_serve.c, the filter in audit_filter.c, the comparison in audit_match.c. */
#include "harness/audit/audit.h"

#include "harness/audit/audit_filter.h"
#include "harness/audit/audit_shared.h"
#include "harness/base/printer.h"

#include <errno.h>
#include <execinfo.h>
#include <inttypes.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include <sys/mman.h>
#include <sys/socket.h>

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
        int r = -errno;

        (void)munmap(audit->shared, sizeof(*audit->shared));
        free(audit);
        return err_set(err, r, "begin an audit: %s", strerror(-r));
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
        audit_shared_set_broken(audit,
                                "more threads or nested operations than the audit can follow");
    }
    if (ret_report != NULL) {
        *ret_report = audit->report;
    }
    audit_shared_close(&audit->parent_end);
    audit_shared_close(&audit->child_end);
    audit_shared_close(&audit->listener_fd);
    (void)munmap(audit->shared, sizeof(*audit->shared));
    free(audit);
    return NULL;
}

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
    slot = audit_shared_slot(info->si_value.sival_ptr, (uint32_t)gettid());
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
    int r = install_handler(err);

    if (r < 0) {
        return r;
    }
    audit_set_root(audit, root_fd);
    (void)dl_iterate_phdr(take_first_base, &audit->shared->load_base);
    audit_shared_close(&audit->parent_end);
    r = audit_filter_load(&listener_fd, err);
    if (r < 0) {
        return r;
    }
    /* From here on only harmless calls, until the auditor has the listener. */
    r = send_listener(audit, listener_fd);
    audit_shared_close(&listener_fd);
    audit_shared_close(&audit->child_end);
    return r < 0 ? err_set(err, r, "hand over the audit's listener") : 0;
}

void audit_set_root(struct audit *audit, int root_fd)
{
    atomic_store(&audit->shared->root_fd, root_fd);
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
    slot = audit_shared_slot(audit->shared, (uint32_t)gettid());
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
    bool needs_call = announced->op != POINT_OP_READ && announced->op != POINT_OP_SEEK &&
                      announced->op != POINT_OP_LIST && announced->op != POINT_OP_SIZE;

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
    struct audit_slot *slot = audit_shared_slot(audit->shared, (uint32_t)gettid());

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

size_t audit_report_text(const struct audit_report *report, char *text, size_t size_bytes)
{
    struct printer printer = {.text = text, .capacity_bytes = size_bytes};

    if (report->status != 0) {
        printer_add(&printer, "the audit failed: %s\n", report->broken);
    }
    printer_add(&printer,
                "%" PRIu64 " effects announced, %" PRIu64 " not, %" PRIu64
                " operations without effect\n",
                report->matched_count, report->unannounced_count, report->unperformed_count);
    if (report->unperformed_count > 0) {
        printer_add(&printer, "without effect: %s\n", report->unperformed);
    }
    for (uint32_t i = 0; i < report->effect_count; i++) {
        const struct audit_effect *effect = &report->effects[i];

        printer_add(&printer, "not announced: %s, thread %u\n", effect->text, effect->tid);
        for (uint32_t k = 0; k < effect->stack_count; k++) {
            printer_add(&printer, "    %#" PRIxPTR "\n", effect->stack[k]);
        }
    }
    return printer.size_bytes;
}
