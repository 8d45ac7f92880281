/* Arming libfiu: every point is registered once a process, with a callback that counts hits and
 * fires the faults of the round's plan.
 *
 * struct arm lies in shared memory: the counters survive the kill, and the supervisor sees what
 * fired.  libfiu itself has no "n-th hit"; the callback does it (exact names only, since libfiu
 * hands the callback the registered name, not the one that was hit). */
#ifndef HARNESS_PLAN_ARM_H
#define HARNESS_PLAN_ARM_H

#include "harness/case/plan.h"
#include "store/base/err.h"
#include "store/disk/point.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* A planned fault, and whether it has fired: written before the process dies by it. */
struct arm_fault {
    struct plan_hit planned;
    _Atomic uint32_t fired;
};

struct arm {
    _Atomic uint32_t is_active;        /* hits count and faults fire */
    _Atomic uint32_t hits[POINTS_MAX]; /* of this round */
    struct arm_fault faults[PLAN_HITS_MAX];
    uint32_t fault_count;
    /* An errno fault with :on or :K in force: its kind + 1, and how many operations are left. */
    _Atomic uint32_t lasting_kind;
    _Atomic uint32_t lasting_left;
    _Atomic uint32_t lasting_op;      /* :K strikes operations of this kind only */
    _Atomic uint32_t enospc_injected; /* since the owner last cleared it */
    /* pod-kill: SIGTERM was sent; operations until SIGKILL. */
    _Atomic uint32_t term_requested;
    _Atomic uint32_t grace_left;
    /* replay --gdb: SIGSTOP the process just before a fault fires. */
    uint32_t stop_before_fault;
};

struct arm_registration;

/* Registers all points with libfiu for `arm`, which must outlive the registration.  Children that
 * are forked later inherit it.  Call before any thread starts.  ERR_BROKEN when the build has no
 * libfiu or a probe does not fire. */
int arm_register(struct arm *arm, struct arm_registration **ret_registration, struct err *err);
/* Takes all points from libfiu and frees the registration; NULL is nothing to do. Returns NULL. */
struct arm_registration *arm_unregister(struct arm_registration *registration);

/* Sets the faults of a round and clears what the last one left; NULL: none.  Counting goes on from
 * zero. Inactive until arm_set_active. */
void arm_round(struct arm *arm, const struct plan_round *round);
/* Whether hits count and faults fire: off before the round's first operation and after its last. */
void arm_set_active(struct arm *arm, bool active);
/* Of a point that the harness itself sees and libfiu does not: its hits have come to `count` by
 * now. The fault that was planned for one of them and has not fired, which has now; NULL: none. */
const struct fault *arm_reach(struct arm *arm, uint32_t point, uint32_t count);
/* The end of this process, as a kill in the plan wants it. */
_Noreturn void arm_die(void);
/* Faults of the round that fired. Asked by the supervisor once the process is dead: fewer than
 * planned is `not-fired`. */
uint32_t arm_fired_count(const struct arm *arm);
/* Whether an errno fault is still in force or fired at all: a refusal is then excused. */
bool arm_has_errno_fired(const struct arm *arm);

#endif
