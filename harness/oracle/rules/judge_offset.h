/* `consumer-offset`: the committed offsets in the file against commits and queues. */
#ifndef HARNESS_ORACLE_RULES_JUDGE_OFFSET_H
#define HARNESS_ORACLE_RULES_JUDGE_OFFSET_H

#include "harness/oracle/decode/disk_sink.h"
#include "harness/oracle/rules/disk_reader.h"
#include "harness/oracle/rules/judge.h"

/* What is committed in the file that `state` was read from was so before the first round: as if it
 * had been committed and persisted.  0 or -ENOMEM. */
int judge_offset_begin_with(struct judge_state *state, const struct scenario *scenario);

/* After a restart: committed = min(c, max) for some c between the last completed persist and the
 * last commit. Remembers each queue's max in the ledger. */
void judge_offset_check(const struct judge_context *context, const struct judge_state *state,
                        const struct disk_sink *sink);
/* The crashed store's file: c <= max of what log and queues hold together, or of what they held
 * before a truncate that no completed open has followed. */
void judge_offset_check_crashed(const struct judge_context *context,
                                const struct judge_state *state, const struct disk_sink *sink);

#endif
