/* Cutting the log on request, as a DLedger follower does when a new leader knows better. */
#ifndef STORE_SERVICE_TRUNCATION_H
#define STORE_SERVICE_TRUNCATION_H

#include "store/service/engine.h"

/* Cuts the log at a record's start (or at the end: nothing to do) and the queues with it.  The mark
 * is lowered before anything below it is cut; all is synced when it returns 0.  ERR_USAGE: no
 * record begins there.  After another failure the cut may be half done; a restart finishes or
 * undoes it. */
int truncation_run(struct engine *engine, uint64_t physical_offset, struct err *err);

#endif
