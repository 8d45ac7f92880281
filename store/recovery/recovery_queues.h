/* What recovery does with each queue before, during and after the scan of the log. */
#ifndef STORE_RECOVERY_RECOVERY_QUEUES_H
#define STORE_RECOVERY_RECOVERY_QUEUES_H

#include "store/recovery/recovery_bound.h"

/* RocketMQ looks at every queue before it looks at the log.  *ret_max_physic: the highest physical
 * offset that a queue knows, or -1 (RocketMQ: maxPhyOffsetOfConsumeQueue). */
int recovery_queues_recover(struct engine *engine, const struct recovery_bound *bound,
                            int64_t *ret_max_physic, struct err *err);
/* RocketMQ: every queue is cut at `end`. */
int recovery_queues_truncate(struct engine *engine, uint64_t end, struct err *err);

/* Guard queue-heal: what is known of each queue before the scan ... */
int recovery_queues_heal_begin(struct engine *engine, const struct recovery_bound *bound,
                               struct err *err);
/* ... the record's unit is checked at its own index, and put right ... */
int recovery_queues_heal_unit(struct engine *engine, const struct record_log_item *item,
                              struct err *err);
/* ... and afterwards what is pending is written, units too many are cut. */
int recovery_queues_heal_finish(struct engine *engine, struct err *err);

/* Puts the bytes past each queue's end right or, after a stop that saw to it, takes them for zero.
 */
int recovery_queues_clean_tails(struct engine *engine, bool is_trusted, struct err *err);
/* Next queueOffset = max, and the first readable unit of each queue. */
int recovery_queues_restore_offsets(struct engine *engine, struct err *err);

#endif
