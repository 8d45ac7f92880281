/* Where else along a case a crash would have been bad, found by trying. */
#ifndef HARNESS_FIGURES_FIGURES_CRASH_H
#define HARNESS_FIGURES_FIGURES_CRASH_H

#include "harness/figures/figures.h"

/* Pulls the plug at each operation that came before the case's last death, twice: once all that was
 * written survives, once only what had been synced.  An engine that dies of it takes the process
 * with it: `in_flight` says of which. Stops after a few seconds. */
void figures_crash_try(const struct reenact *reenact, struct figures *figures);
/* That one ended like this, says who saw the process die. */
void figures_crash_died(struct figures *figures, enum outcome outcome);

#endif
