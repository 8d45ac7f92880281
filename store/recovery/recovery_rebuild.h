/* Queues and log, in RocketMQ's order: queues, log, queues again. */
#ifndef STORE_RECOVERY_RECOVERY_REBUILD_H
#define STORE_RECOVERY_RECOVERY_REBUILD_H

#include "store/recovery/recovery_queues.h"
#include "store/recovery/recovery_scan.h"

/* Scans the log, ends it there and brings the queues up, or down, to it.  `ret_scan` says where. */
int recovery_rebuild_run(struct engine *engine, const struct recovery_found *found,
                         const struct recovery_bound *bound, struct recovery_scan *ret_scan,
                         struct err *err);

#endif
