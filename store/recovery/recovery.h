/* From a directory to an engine that can take puts.  With every guard off this is RocketMQ's
 * algorithm, step by step and in its order; each guard is one function called from one place.
 * Format and algorithm: docs/FORMAT.md, "Recovery". */
#ifndef STORE_RECOVERY_RECOVERY_H
#define STORE_RECOVERY_RECOVERY_H

#include "store/service/engine.h"

/* Fills in the engine's parts and positions; its options, disk, env and sink are set.  On failure
 * the caller ends with engine_done.  Returns as store_open does. */
int recovery_run(struct engine *engine, struct err *err);

#endif
