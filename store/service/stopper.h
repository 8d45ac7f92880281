/* The clean stop, and what of it decides whether the abort file may go. */
#ifndef STORE_SERVICE_STOPPER_H
#define STORE_SERVICE_STOPPER_H

#include "store/service/engine.h"

/* Finishes waiting puts, dispatches (unless the dispatcher is held), syncs all, removes the abort
 * file when everything is in place.  Returns 0, or ERR_REFUSED when it was kept for a failure. */
int stopper_run(struct engine *engine, bool is_dispatch_held, struct err *err);

#endif
