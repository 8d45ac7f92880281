/* The harness's observer of a store's disk: tells the ledger of log syncs, order-durable of all,
 * and, during a recovery that the oracle watches, finds writes below the durable mark. */
#ifndef HARNESS_DRIVE_WATCH_H
#define HARNESS_DRIVE_WATCH_H

#include "harness/oracle/order/order.h"
#include "harness/oracle/rules/judge.h"
#include "harness/scenario/scenario.h"
#include "store/disk/disk.h"

struct watch {
    struct ledger *ledger;
    _Atomic uint32_t *enospc_seen;
    _Atomic int32_t *denied; /* shared->denied */
    /* bounded-recovery: set while a store opens; NULL otherwise. */
    const struct judge_state *crashed;
    struct judge_report *report;
    struct order *order;             /* NULL: not judged */
    const struct scenario *scenario; /* the syncs that it skips (skip/POINT) have nothing durable */
    const _Atomic int64_t *now_ms;
    struct disk_observer next; /* called after; may be empty */
};

/* An observer that refers to `watch`, which must outlive the disk it is given to. */
struct disk_observer watch_observer(struct watch *watch);

#endif
