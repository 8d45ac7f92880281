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

/* Tells, for scenarios that ask, of a scan that leaves files out. */
void recovery_bound_tell(const struct engine *engine, uint64_t from);
/* RocketMQ 5.3.2 and later, a plain log after a clean stop: the scan begins by the queues' maximum,
 * which is known only when they are recovered. */
bool recovery_bound_is_by_queues(const struct engine *engine, const struct recovery_found *found);
int recovery_bound_choose_by_queues(struct engine *engine, int64_t max_physic, uint64_t *ret_from,
                                    struct err *err);

/* Chooses where the scan begins: at the mark when it is sound and its queues are those there, else
 * as RocketMQ does by the times of its checkpoint. */
int recovery_bound_choose(struct engine *engine, const struct recovery_found *found,
                          struct recovery_bound *ret_bound, struct err *err);

#endif
