/* All queues of a store that was read, walked once (judge_queue.h). */
#ifndef HARNESS_ORACLE_RULES_JUDGE_WALK_H
#define HARNESS_ORACLE_RULES_JUDGE_WALK_H

#include "harness/oracle/decode/disk_sink.h"
#include "harness/oracle/rules/disk_reader.h"

/* Hands to `sink` what is wrong with the queues and their files.  Not const: each queue keeps the
 * walk's cursor. */
void judge_walk(struct judge_state *state, const struct disk_sink *sink);

#endif
