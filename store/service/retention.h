/* Expiry: log files by the store time of their last record, then the queue and index files that
 * only they needed.  One file a step; the last file of anything never.  Format: docs/FORMAT.md. */
#ifndef STORE_SERVICE_RETENTION_H
#define STORE_SERVICE_RETENTION_H

#include "store/service/engine.h"

/* Whether a log file may be old enough to go, or queues and index have files below the log. */
bool retention_has_work(const struct engine *engine);
/* Removes at most one file.  Returns 1 when it did, 0 when nothing is to go, or a negative code. */
int retention_step(struct engine *engine, struct err *err);

#endif
