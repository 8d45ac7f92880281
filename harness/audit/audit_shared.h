/* What the files of the audit share: the memory that the audited process and the auditor both see,
 * and what each keeps of an audit.  Private to this folder. */
#ifndef HARNESS_AUDIT_AUDIT_SHARED_H
#define HARNESS_AUDIT_AUDIT_SHARED_H

#include "harness/audit/audit.h"

#include <stdatomic.h>

#include <linux/seccomp.h>

#define AUDIT_THREADS_MAX 512
#define AUDIT_DEPTH_MAX   8

/* An operation that a thread has announced and not withdrawn. */
struct audit_call {
    uint32_t point;
    enum point_op op;
    char path[DISK_PATH_SIZE_BYTES];
    char target[DISK_PATH_SIZE_BYTES];
    uint64_t offset;
    uint64_t size_bytes;
    uint32_t matched_count; /* system calls that the auditor found to belong to it */
};

/* How far the auditor has come with the stack of a thread that it holds. */
enum audit_stack_state { AUDIT_STACK_NONE, AUDIT_STACK_ASKED, AUDIT_STACK_THERE };

/* Written by its thread, read by the auditor only while it holds that thread in a system call.
 * Operations nest where one service runs inside another's disk call. */
struct audit_slot {
    atomic_uint tid; /* 0: free */
    uint32_t depth;
    struct audit_call calls[AUDIT_DEPTH_MAX];
    atomic_uint stack_state;
    uint32_t stack_count;
    void *stack[STACK_FRAMES_MAX];
};

/* Mapped before the fork, at the same address in parent and child. */
struct audit_shared {
    atomic_int root_fd;
    atomic_ullong unperformed_count;
    char unperformed[AUDIT_EFFECT_TEXT_SIZE_BYTES];
    atomic_bool is_full; /* there was no slot, or no place in one: what follows proves nothing */
    uintptr_t load_base;
    struct audit_slot slots[AUDIT_THREADS_MAX];
};

struct audit {
    struct audit_shared *shared;
    int parent_end; /* the listener comes this way */
    int child_end;
    int listener_fd;
    struct disk_observer next; /* in the child */
    struct audit_report report;
};

/* The slot of a thread, taken when it has none; NULL when all are taken. */
struct audit_slot *audit_shared_slot(struct audit_shared *shared, uint32_t tid);
/* The audit itself failed, and proves nothing; the first reason stays. */
void audit_shared_set_broken(struct audit *audit, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Closes it, if it is open, and marks it closed. */
void audit_shared_close(int *fd);

#endif
