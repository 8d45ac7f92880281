/* Proof that no durable effect happens outside a point: every system call of the audited process
 * that is not known to be harmless is held by the kernel (seccomp user notification) until the
 * auditor has compared it with the operation that its thread announced through store/disk/disk.h.
 *
 *   parent: audit_begin; fork; audit_serve in a thread, until the child is gone; audit_end
 *   child:  audit_install; then a disk whose observer is audit_observer
 *
 * A process can be audited once: a second listener in one task fails (docs/TESTING.md). */
#ifndef HARNESS_AUDIT_AUDIT_H
#define HARNESS_AUDIT_AUDIT_H

#include "harness/base/stack.h"
#include "store/base/err.h"
#include "store/disk/disk.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/types.h>

struct audit;

#define AUDIT_EFFECTS_MAX            32
#define AUDIT_EFFECT_TEXT_SIZE_BYTES 256

/* One effect that no announced operation accounts for. */
struct audit_effect {
    char text[AUDIT_EFFECT_TEXT_SIZE_BYTES]; /* "pwrite64(7 'commitlog/0…', …, 12, 96)" */
    uint32_t pid;
    uint32_t tid;
    uint32_t stack_count; /* 0: the thread gave no stack (it blocks SIGUSR2, or is gone) */
    uintptr_t stack[STACK_FRAMES_MAX]; /* return addresses, innermost first */
};

struct audit_report {
    uint64_t matched_count;     /* effects that an operation accounts for */
    uint64_t unannounced_count; /* effects that none does */
    uint64_t unperformed_count; /* operations that claim success without a system call */
    char unperformed[AUDIT_EFFECT_TEXT_SIZE_BYTES]; /* the first of them */
    uintptr_t load_base;   /* where the child's program was loaded; 0 when it is not PIE */
    uint32_t effect_count; /* of the unannounced ones, how many are in effects[] */
    struct audit_effect effects[AUDIT_EFFECTS_MAX];
    int status; /* 0, or ERR_BROKEN: the audit itself failed and proves nothing */
    char broken[AUDIT_EFFECT_TEXT_SIZE_BYTES];
};

/* Before the fork. */
int audit_begin(struct audit **ret_audit, struct err *err) __attribute__((warn_unused_result));

/* In the child: takes SIGUSR2, loads the filter and hands its listener to the parent. From here
 * on every effect is held until audit_serve has seen it. `root_fd` is the directory of the disk.
 * Returns 0, -ENOSYS and -EPERM where the kernel or a container forbids it, -EBUSY when the
 * process has a listener already. */
int audit_install(struct audit *audit, int root_fd, struct err *err)
    __attribute__((warn_unused_result));
/* In the child: announces operations, around `next` (may be NULL). It announces after next.begin
 * and withdraws before next.end. */
struct disk_observer audit_observer(struct audit *audit, const struct disk_observer *next);
/* In the child: the directory of the disk has changed. */
void audit_set_root(struct audit *audit, int root_fd);

/* In a thread of the parent: answers until `child` is gone. */
void audit_serve(struct audit *audit, pid_t child);

/* Frees; `ret_report` may be NULL. audit_serve must have returned. */
struct audit *audit_end(struct audit *audit, struct audit_report *ret_report);

/* The report as text, addresses as they are. Returns the length that it would take. */
size_t audit_report_text(const struct audit_report *report, char *text, size_t size_bytes);

#endif
