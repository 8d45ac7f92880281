/* `bounds` of what only grows in a log: store times and DLedger's terms. */
#ifndef HARNESS_JUDGE_JUDGE_BOUNDS_H
#define HARNESS_JUDGE_JUDGE_BOUNDS_H

#include "harness/judge/disk_reader.h"
#include "harness/judge/judge.h"
#include "harness/judge/judge_sink.h"

/* No record of L has an earlier store time than the one before it. */
void judge_bounds_times(const struct judge_state *state, const struct judge_sink *sink);
/* After a restart: currterm is not below the last entry's term, and no two opens of the store wrote
 * entries under one term. */
void judge_bounds_terms(const struct judge_context *context, const struct judge_state *state,
                        const struct judge_sink *sink);

#endif
