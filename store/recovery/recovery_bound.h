/* Where the scan of the log begins, and what a record must prove to it. */
#ifndef STORE_RECOVERY_RECOVERY_BOUND_H
#define STORE_RECOVERY_RECOVERY_BOUND_H

#include "store/recovery/recovery_open.h"

struct recovery_bound {
    bool has_mark; /* guard durable-mark: the scan begins at a valid mark */
    bool is_full;  /* guard durable-mark: it does not, so all is scanned */
    uint64_t from; /* where the scan begins */
    struct record_log_check check;
    int64_t last_index; /* DLedger: of the entry before the scan, or -1 */
    int64_t last_term;
};

/* Chooses where the scan begins: at the mark when it is sound and its queues are those there, else
 * as RocketMQ does by the times of its checkpoint. */
int recovery_bound_choose(struct engine *engine, const struct recovery_found *found,
                          struct recovery_bound *ret_bound, struct err *err);

#endif
