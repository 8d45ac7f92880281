/* What releases of RocketMQ dispatch after recovery and before the first put; without the ways of a
 * profile neither does anything. */
#ifndef STORE_RECOVERY_RECOVERY_REPUT_H
#define STORE_RECOVERY_RECOVERY_REPUT_H

#include "store/service/engine.h"

/* 4.5.1 to 4.9: dispatches what lies past the queues' maximum and is committed. */
int recovery_reput_run(struct engine *engine, struct err *err);
/* DLedger: the leader commits what lies past committedIndex; that is dispatched, and the queues'
 * next offsets are taken again.  What lies at or below is never looked at. */
int recovery_reput_commit(struct engine *engine, struct err *err);

#endif
