/* The harness's observer of a store's disk: tells the ledger of log syncs, order-durable of all,
 * and, during a recovery that the oracle watches, finds writes below the durable mark. */
#ifndef HARNESS_RUN_WATCH_H
#define HARNESS_RUN_WATCH_H

#include "harness/judge/judge.h"
#include "harness/judge/order.h"
#include "store/disk.h"

struct watch {
    struct ledger *ledger;
    _Atomic uint32_t *enospc_seen;
    /* bounded-recovery: set while a store opens; NULL otherwise. */
    const struct judge_state *crashed;
    struct judge_report *report;
    struct order *order;       /* NULL: not judged */
    struct disk_observer next; /* called after; may be empty */
};

struct disk_observer watch_observer(struct watch *watch);
/* Whether the ledger is told of operations at this point. */
bool watch_is_log_sync(enum point point);

#endif
