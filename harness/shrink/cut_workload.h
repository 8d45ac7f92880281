/* A smaller workload, over smaller files, that fails the same way: after each change the failing
 * fault is looked for anew (replan.h). */
#ifndef HARNESS_SHRINK_CUT_WORKLOAD_H
#define HARNESS_SHRINK_CUT_WORKLOAD_H

#include "harness/shrink/trial.h"

/* Shrinks the scenario of a candidate that fails as it should, and moves its plan along, until
 * nothing more can be left out: messages first, for which files may become smaller and bodies
 * larger; then phases, queues, topics, producers; then what each message has.  Afterwards the
 * candidate, whose scenario is settled, fails as it should.  Whether anything became smaller. 0, 1,
 * or -ENOMEM. */
int cut_workload_run(struct trial *trial, struct candidate *candidate, struct err *err);

#endif
