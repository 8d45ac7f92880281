/* Before, begin, run. */
#include "harness/drive/round.h"

#include "harness/drive/driver.h"
#include "harness/drive/watch.h"
#include "harness/drive/weave.h"

#include <errno.h>

int round_before(struct shared *shared, const struct place *place, const struct plan_before *step,
                 struct err *err)
{
    int r = 0;
    switch (step->kind) {
    case PLAN_BEFORE_CLOCK_JUMP:
        atomic_fetch_add(&shared->now_ms, step->arg_ms);
        return 0;
    case PLAN_BEFORE_REMOVE:
        r = place_remove(place, step->path, err);
        break;
    case PLAN_BEFORE_ROT:
        r = place_rot(place, step, err);
        break;
    case PLAN_BEFORE_COPY:
        return err_set(err, ERR_CORRUPT, "a hot copy is made of a trace, never of real files");
    }
    if (r < 0) {
        return r;
    }
    /* What the oracle owes to files that were touched from outside is less from here on, and what
     * order-durable knows of them is void. */
    if (step->kind == PLAN_BEFORE_ROT) {
        ledger_note_rotten(shared->ledger);
    } else {
        ledger_note_tampered(shared->ledger);
    }
    order_forget(shared->order);
    return 0;
}

void round_begin(struct shared *shared, uint32_t number, const struct plan_round *armed)
{
    shared->round = number;
    shared->ledger->round = number;
    shared->round_err.code = 0;
    shared->round_err.text[0] = '\0';
    arm_round(&shared->arm, armed);
    ledger_begin_round(shared->ledger);
    order_round(shared->order);
}

static enum shared_exit drive(const struct round *round, const struct place *place,
                              struct driver *driver, struct disk *disk, struct err *err)
{
    if (driver_open(driver, place, disk, err) < 0) {
        return SHARED_EXIT_OPEN_FAILED;
    }
    if (!round->is_over) {
        return driver_run(driver, err);
    }
    int r = driver_settle(driver, err);
    return r < 0 ? shared_exit_of(r) : SHARED_EXIT_DONE;
}

int round_run(const struct round *round, const struct place *place, enum shared_exit *ret_exit,
              struct err *err)
{
    struct shared *shared = round->shared;
    struct watch watch = {.ledger = shared->ledger,
                          .enospc_seen = &shared->enospc_seen,
                          .denied = &shared->denied,
                          .order = shared->order,
                          .scenario = round->scenario,
                          .now_ms = &shared->now_ms};
    struct driver driver;
    struct weave weave;
    struct disk *disk = NULL;
    if (round->inner != NULL) {
        watch.next = *round->inner;
    }
    int r = driver_init(&driver, round->scenario, round->workload, round->seed, shared);
    if (r < 0) {
        return err_set(err, r, "out of memory");
    }
    weave_init(&weave, &driver, round->interleaving, round->preemptions);
    weave.inner = watch_observer(&watch);
    struct disk_observer outer = round->preemptions > 0 ? weave_observer(&weave) : weave.inner;
    r = place_disk(place, &outer, &disk);
    if (r < 0) {
        driver_done(&driver);
        return err_set(err, r, "out of memory");
    }
    if (round->journal != NULL) {
        trace_note(round->journal, TRACE_NOTE_ROUND, shared->round, 0);
        driver.scheduler.journal = round->journal;
    }
    arm_set_active(&shared->arm, true);
    *ret_exit = drive(round, place, &driver, disk, err);
    arm_set_active(&shared->arm, false);
    /* A process of its own must be gone before the next round. */
    bool is_left_open = *ret_exit == SHARED_EXIT_RESTART && round->ends_with_process &&
                        target_can(&driver.target, TARGET_CAN_WATCH);
    if (!is_left_open) {
        driver_done(&driver);
        disk_free(disk);
    }
    int fate = driver_fate(&driver, err);
    *ret_exit = fate < 0 ? shared_exit_of(fate) : *ret_exit;
    return 0;
}
