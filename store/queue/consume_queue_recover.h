/* RocketMQ's way of finding a queue's end after a crash. */
#ifndef STORE_QUEUE_CONSUME_QUEUE_RECOVER_H
#define STORE_QUEUE_CONSUME_QUEUE_RECOVER_H

#include "store/base/err.h"

#include <stdint.h>

struct consume_queue;

/* RocketMQ's ConsumeQueue.recover: the last three files; files past the first bad unit are cut. */
int consume_queue_recover(struct consume_queue *queue, struct err *err);
/* RocketMQ's truncateDirtyLogicFiles. */
int consume_queue_recover_truncate(struct consume_queue *queue, uint64_t physical_offset,
                                   struct err *err);

#endif
