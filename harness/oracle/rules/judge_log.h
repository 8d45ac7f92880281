/* The log against the ledger: acked-survives, nothing-invented, no-resurrection. */
#ifndef HARNESS_ORACLE_RULES_JUDGE_LOG_H
#define HARNESS_ORACLE_RULES_JUDGE_LOG_H

#include "harness/oracle/decode/disk_sink.h"
#include "harness/oracle/rules/disk_reader.h"
#include "harness/oracle/rules/judge.h"

/* Judges every message and every record, and notes in the ledger which messages are gone.
 * 0 or -ENOMEM. */
int judge_log_check(const struct judge_context *context, const struct judge_state *state,
                    const struct disk_sink *sink);
/* What of the record is not as message `index` was sent: a word, or NULL for nothing; "memory" when
 * it could not be compared. */
const char *judge_log_difference(const struct judge_context *context,
                                 const struct judge_state *state, const struct disk_record *record,
                                 const uint8_t *bytes, uint32_t index);
/* Makes the messages of the workload that judge_log_check() would make, as far as they are small
 * enough to be carried through forks. 0 or -ENOMEM. */
int judge_log_prepare(const struct judge_context *context, const struct judge_state *state);

#endif
