/* A policy, written from a run that was good enough: what it reached is what the next must reach.
 */
#ifndef HARNESS_GATE_BASELINE_H
#define HARNESS_GATE_BASELINE_H

#include "harness/gate/evidence.h"
#include "store/base/err.h"

#include <stdio.h>

/* Writes the policy.  Counts have a tenth of room, since threads are not the same twice; each cause
 * of the run is listed, with placeholders where only a person can say what is true.  0, -errno of
 * the stream, or ERR_USAGE when the run is none to go by: a sample, a part, changed by switches, or
 * not ended. */
int baseline_write(FILE *stream, const struct evidence *evidence, struct err *err);

#endif
