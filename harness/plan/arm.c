/* libfiu's callback, and what each fault does to an operation. */
#include "harness/plan/arm.h"

#include "store/base/ensure.h"
#include "store/disk/faultpoint.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef FIU_ENABLE
#    include <fiu-control.h>
#    include <fiu.h>
#endif

/* What libfiu holds as failinfo: the action comes first, since that is all the store knows. One a
 * point: libfiu hands the callback the pointer that it was registered with, and no more. */
struct slot {
    struct faultpoint_action action;
    struct arm *arm;
    enum point point;
};

struct arm_registration {
    struct slot slots[POINT_COUNT];
    uint32_t registered;
};

/* Inactive first: a hit of the last round that is still under way must not count for this one. */
void arm_round(struct arm *arm, const struct plan_round *round)
{
    atomic_store(&arm->is_active, 0);
    for (uint32_t i = 0; i < POINT_COUNT; i++) {
        atomic_store(&arm->hits[i], 0);
    }
    arm->fault_count = round == NULL ? 0 : round->hit_count;
    for (uint32_t i = 0; i < arm->fault_count; i++) {
        arm->faults[i].planned = round->hits[i];
        atomic_store(&arm->faults[i].fired, 0);
    }
    atomic_store(&arm->lasting_kind, 0);
    atomic_store(&arm->lasting_left, 0);
    atomic_store(&arm->term_requested, 0);
    atomic_store(&arm->grace_left, 0);
}

void arm_set_active(struct arm *arm, bool active)
{
    atomic_store(&arm->is_active, active ? 1 : 0);
}

uint32_t arm_fired_count(const struct arm *arm)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < arm->fault_count; i++) {
        count += atomic_load(&arm->faults[i].fired);
    }
    return count;
}

/* A kill returns no error, so it excuses no refusal. */
bool arm_has_errno_fired(const struct arm *arm)
{
    for (uint32_t i = 0; i < arm->fault_count; i++) {
        enum fault_kind kind = arm->faults[i].planned.fault.kind;
        /* A lying sync never says so. */
        if (atomic_load(&arm->faults[i].fired) != 0 && !fault_kills(kind) &&
            kind != FAULT_SYNC_LIE) {
            return true;
        }
    }
    return false;
}

const struct fault *arm_reach(struct arm *arm, uint32_t point, uint32_t count)
{
    if (atomic_load(&arm->is_active) == 0 || count <= atomic_load(&arm->hits[point])) {
        return NULL;
    }
    atomic_store(&arm->hits[point], count);
    for (uint32_t i = 0; i < arm->fault_count; i++) {
        const struct plan_hit *planned = &arm->faults[i].planned;
        if (planned->point == point && planned->hit <= count &&
            atomic_exchange(&arm->faults[i].fired, 1) == 0) {
            return &planned->fault;
        }
    }
    return NULL;
}

/* SIGKILL to the whole process, so that neither a handler nor a buffer of stdio gets to do anything
 * more: what an OOM killer leaves. The signal may be delivered a moment later, and until then
 * nothing may run. */
_Noreturn void arm_die(void)
{
    (void)kill(getpid(), SIGKILL);
    for (;;) {
        (void)pause();
    }
}

#ifdef FIU_ENABLE

/* The disk calls it when the operation is done and before anybody is told. */
static void die_after(void *arg)
{
    (void)arg;
    arm_die();
}

/* No byte is done and an error returned. ENOSPC is counted apart: one that nobody injected says
 * that the machine has no room for the case. */
static void set_error(struct slot *slot, enum fault_kind kind)
{
    struct faultpoint_action *action = &slot->action;
    action->limit_bytes = 0;
    action->error = kind == FAULT_ENOSPC ? -ENOSPC : -EIO;
    action->after = NULL;
    action->too_short = NULL;
    atomic_fetch_add(&slot->arm->enospc_injected, kind == FAULT_ENOSPC ? 1 : 0);
}

/* Starts what outlives its hit: disk-wide (`on`) or the next operations. The kind is stored last:
 * another thread that sees it sees the rest too. */
static void begin_lasting(struct arm *arm, enum point point, const struct fault *fault)
{
    if (fault->lasting == FAULT_ONCE) {
        return;
    }
    atomic_store(&arm->lasting_op, (uint32_t)point_op(point));
    atomic_store(&arm->lasting_left, fault->lasting == FAULT_ON ? UINT32_MAX : fault->times - 1);
    atomic_store(&arm->lasting_kind, (uint32_t)fault->kind + 1);
}

/* SIGTERM begins the store's own clean stop. Without any grace there is no time for it, and the
 * case is a kill. */
static void begin_grace(struct arm *arm, uint64_t operations)
{
    if (operations == 0) {
        arm_die();
    }
    atomic_store(&arm->grace_left, (uint32_t)operations);
    atomic_store(&arm->term_requested, 1);
    (void)kill(getpid(), SIGTERM);
}

/* The write was to be cut at its end or behind it: that is no fault, and must not count as one. */
static void take_back(void *arg)
{
    struct arm_fault *planned = arg;
    atomic_store(&planned->fired, 0);
}

/* Returns whether libfiu is to report a failure, with slot->action saying which. It runs under
 * libfiu's lock, and must not enable or disable a point or come to one itself. A kind without an
 * effect here still counts as fired. */
static int fire(struct slot *slot, struct arm_fault *planned)
{
    const struct fault *fault = &planned->planned.fault;
    struct faultpoint_action *action = &slot->action;
    *action = (struct faultpoint_action){.limit_bytes = FAULTPOINT_NO_LIMIT, .arg = planned};
    atomic_store(&planned->fired, 1);
    switch (fault->kind) {
    case FAULT_KILL:
        arm_die();
    case FAULT_KILL_AFTER:
        action->after = die_after;
        return 1;
    case FAULT_TORN:
        action->limit_bytes = fault->arg;
        action->after = die_after;
        action->too_short = take_back;
        return 1;
    case FAULT_SHORT:
        action->limit_bytes = fault->arg;
        action->too_short = take_back;
        return 1;
    case FAULT_EIO:
    case FAULT_ENOSPC:
        begin_lasting(slot->arm, slot->point, fault);
        set_error(slot, fault->kind);
        return 1;
    case FAULT_POD_KILL:
        begin_grace(slot->arm, fault->arg);
        return 0;
    case FAULT_SYNC_EIO:
        if (fault->arg == FAULT_SYNC_LATE) {
            return 0;
        }
        set_error(slot, FAULT_EIO);
        return 1;
    case FAULT_SYNC_LIE:
    case FAULT_POWER_LOSS:
        return 0; /* the memory disk's affair: only the firing counts here */
    case FAULT_KIND_COUNT:
        break;
    }
    return 0;
}

/* Whether `:on` strikes: a full disk all that needs room, a failing one every write and sync. */
static bool on_strikes(enum fault_kind kind, enum point point)
{
    return fault_applies(kind, point_op(point)) && point_is_mutating(point);
}

/* Whether an errno fault that began earlier also strikes this operation. */
static bool lasting_strikes(struct arm *arm, enum point point, enum fault_kind *ret_kind)
{
    uint32_t kind = atomic_load(&arm->lasting_kind);
    if (kind == 0) {
        return false;
    }
    *ret_kind = (enum fault_kind)(kind - 1);
    uint32_t left = atomic_load(&arm->lasting_left);
    if (left == UINT32_MAX) {
        return on_strikes(*ret_kind, point);
    }
    if ((uint32_t)point_op(point) != atomic_load(&arm->lasting_op)) {
        return false;
    }
    atomic_store(&arm->lasting_left, left - 1);
    if (left == 1) {
        atomic_store(&arm->lasting_kind, 0);
    }
    return true;
}

/* Only what changes the disk is counted: with the same grace a store that reads more would get less
 * far otherwise. */
static void spend_grace(struct arm *arm, enum point point)
{
    if (atomic_load(&arm->term_requested) == 0 || !point_is_mutating(point)) {
        return;
    }
    if (atomic_fetch_sub(&arm->grace_left, 1) == 1) {
        arm_die();
    }
}

/* Called for every operation of the store, by any of its threads. A hit is counted before anything
 * can fail or kill, so the counts of a dead process say where it died. */
static int on_hit(const char *name, int *failnum, void **failinfo, unsigned int *flags)
{
    (void)name;
    (void)failnum;
    (void)flags;
    struct slot *slot = *failinfo;
    struct arm *arm = slot->arm;
    if (atomic_load_explicit(&arm->is_active, memory_order_relaxed) == 0) {
        return 0;
    }
    uint32_t hit = atomic_fetch_add(&arm->hits[slot->point], 1) + 1;
    spend_grace(arm, slot->point);
    for (uint32_t i = 0; i < arm->fault_count; i++) {
        const struct plan_hit *planned = &arm->faults[i].planned;
        if (planned->point == slot->point && planned->hit == hit) {
            if (arm->stop_before_fault != 0) {
                (void)raise(SIGSTOP);
            }
            return fire(slot, &arm->faults[i]);
        }
    }
    enum fault_kind kind;
    if (lasting_strikes(arm, slot->point, &kind)) {
        set_error(slot, kind);
        return 1;
    }
    return 0;
}

/* A build whose points do not fire must not report success: fail one on purpose. A library without
 * its points, or one that links a second libfiu, runs every case without a fault, and all of them
 * are intact. */
static int probe(struct arm *arm, struct arm_registration *registration, struct err *err)
{
    struct plan_round round;
    memset(&round, 0, sizeof(round));
    round.hit_count = 1;
    round.hits[0].point = (enum point)0;
    round.hits[0].hit = 1;
    round.hits[0].fault.kind = FAULT_EIO;
    arm_round(arm, &round);
    arm_set_active(arm, true);
    const struct faultpoint_action *action = faultpoint_check((enum point)0);
    arm_round(arm, NULL);
    if (action != &registration->slots[0].action) {
        return err_set(err, ERR_BROKEN, "fault points do not fire: libfiu returned no action");
    }
    return 0;
}

/* The exact names, one by one: a pattern would hide from the callback which point was hit. */
int arm_register(struct arm *arm, struct arm_registration **ret_registration, struct err *err)
{
    if (!faultpoint_is_built_in()) {
        return err_set(err, ERR_BROKEN, "built without libfiu: no fault can be injected");
    }
    struct arm_registration *registration = calloc(1, sizeof(*registration));
    if (registration == NULL) {
        return err_set(err, -ENOMEM, "register fault points: out of memory");
    }
    (void)fiu_init(0);
    for (uint32_t i = 0; i < POINT_COUNT; i++) {
        struct slot *slot = &registration->slots[i];
        slot->arm = arm;
        slot->point = (enum point)i;
        if (fiu_enable_external(point_fiu_name(slot->point), 1, slot, 0, on_hit) != 0) {
            arm_unregister(registration);
            return err_set(err, ERR_BROKEN, "libfiu refuses the point '%s'",
                           point_fiu_name((enum point)i));
        }
        registration->registered = i + 1;
    }
    int r = probe(arm, registration, err);
    if (r < 0) {
        arm_unregister(registration);
        return r;
    }
    *ret_registration = registration;
    return 0;
}

struct arm_registration *arm_unregister(struct arm_registration *registration)
{
    if (registration == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < registration->registered; i++) {
        (void)fiu_disable(point_fiu_name((enum point)i));
    }
    free(registration);
    return NULL;
}
#else
int arm_register(struct arm *arm, struct arm_registration **ret_registration, struct err *err)
{
    (void)arm;
    (void)ret_registration;
    return err_set(err, ERR_BROKEN, "built without libfiu: no fault can be injected");
}

struct arm_registration *arm_unregister(struct arm_registration *registration)
{
    free(registration);
    return NULL;
}
#endif
