/* What a store held before the first round: somebody else's records, which must stay. */
#ifndef HARNESS_ORACLE_RULES_JUDGE_BASE_H
#define HARNESS_ORACLE_RULES_JUDGE_BASE_H

#include "harness/oracle/decode/disk_sink.h"
#include "harness/oracle/rules/disk_reader.h"

/* Whether `record` is one of the base: where it was, byte for byte. */
bool judge_base_has(const struct judge_state *state, const struct disk_record *record);
/* `acked-survives` of every record of the base: whoever wrote it had been answered. */
void judge_base_check(const struct judge_state *state, const struct disk_sink *sink);

/* Whether the base had `finding` of judge_walk() itself: a store is judged so that nobody has
 * recovered yet.  A unit that is not as wrong as it was is another finding. */
bool judge_base_had(const struct judge_state *state, const struct disk_finding *finding);
/* Whether `finding` comes from the base's log, which no recovery can mend: queueOffsets that it
 * gave out twice (issue 9084 of RocketMQ), or passed over.  Of records with one queueOffset any may
 * have the unit. */
bool judge_base_keeps(const struct judge_state *state, const struct disk_finding *finding);

#endif
