/* From the log to the queues (RocketMQ: ReputMessageService). */
#ifndef STORE_SERVICE_DISPATCHER_H
#define STORE_SERVICE_DISPATCHER_H

#include "store/format/message_queues.h"
#include "store/service/engine.h"

/* Whether a committed record has no unit yet. */
bool dispatcher_has_work(const struct engine *engine);
/* Dispatches up to `count_max` records.  Returns 1 when it did something, 0, or a negative code:
 * then the record stays the next one. */
int dispatcher_step(struct engine *engine, size_t count_max, struct err *err);
/* Puts one record's units into its queues; what is not indexable is passed over. */
int dispatcher_put(struct engine *engine, const struct record_log_item *item, struct err *err);
/* The next queue that takes a unit of the record: its topic and offset can be a queue's. */
bool dispatcher_next_queue(struct message_queues *queues, struct message_queue *ret_queue);
/* The unit of a record, the same in all its queues. */
void dispatcher_unit(const struct record_log_item *item, struct consume_queue_unit *ret_unit);

#endif
