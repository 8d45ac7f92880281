/* The batch queues that RocketMQ keeps for topics of the type BatchCQ, and this engine does not. */
#ifndef STORE_QUEUE_BATCH_QUEUES_H
#define STORE_QUEUE_BATCH_QUEUES_H

#include "store/disk/disk.h"

/* Refuses a store that has a file of one (docs/FORMAT.md, "BatchConsumeQueue"): records put into it
 * by this engine would be in no batch queue. Changes nothing.  Returns 0, ERR_REFUSED with what to
 * do, -ENOMEM or the disk's error. */
int batch_queues_refuse(struct disk *disk, struct err *err);

#endif
