/* The failing fault of a changed case: in a smaller workload the same moment has another number. */
#ifndef HARNESS_SHRINK_REPLAN_H
#define HARNESS_SHRINK_REPLAN_H

#include "harness/shrink/trial.h"

/* Whether the candidate fails as it should, by its plan or by one that has the same faults at other
 * hits of their points (a torn write at another length, a power loss with other items, another
 * interleaving), which then is its plan.  Tries the same number first, then the same as counted
 * from the last, then all from the first on, up to a bound. */
bool replan_find(struct trial *trial, struct candidate *candidate);

#endif
