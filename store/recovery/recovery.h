/* From a directory to an engine that can take puts.  With every guard off this is RocketMQ's
 * algorithm, step by step and in its order; each guard is one function called from one place.
 * Format and algorithm: docs/FORMAT.md, "Recovery".
 *
 *   recovery_open      the lock, directories and files         -> struct recovery_found
 *   recovery_bound     where the scan begins, what it asks     -> struct recovery_bound
 *   recovery_dledger   the entries, their index and commit
 *   recovery_scan      the walk over the log's records         -> struct recovery_scan
 *   recovery_queues    each queue before, during and after it
 *   recovery_rebuild   queues, log, queues again, in RocketMQ's order
 *   recovery_tail      what stands past the ends
 *   recovery_durable   what of all that is made durable, again if need be
 *   recovery_arm       the positions, and what must be on disk before the first put
 *   recovery_reput     what releases of RocketMQ dispatch in their start */
#ifndef STORE_RECOVERY_RECOVERY_H
#define STORE_RECOVERY_RECOVERY_H

#include "store/service/engine.h"

/* Fills in the engine's parts and positions; its options, disk, env and sink are set.  On failure
 * the caller ends with engine_done.  Returns as store_open does. */
int recovery_run(struct engine *engine, struct err *err);

#endif
