/* `bounds` of what only grows in a log: store times, DLedger's terms and indexes. */
#ifndef HARNESS_ORACLE_RULES_JUDGE_BOUNDS_H
#define HARNESS_ORACLE_RULES_JUDGE_BOUNDS_H

#include "harness/oracle/decode/disk_sink.h"
#include "harness/oracle/rules/disk_reader.h"
#include "harness/oracle/rules/judge.h"

/* No record of L has an earlier store time than the one before it. */
void judge_bounds_times(const struct judge_state *state, const struct disk_sink *sink);
/* No record of the case's own messages has a later store time than its clock has shown; a second of
 * slack with services in threads.  Not of a program, whose clock is its own. */
void judge_bounds_clock(const struct judge_context *context, const struct judge_state *state,
                        const struct disk_sink *sink);
/* After a restart: currterm is not below the last entry's term, and no two opens of the store wrote
 * entries under one term. */
void judge_bounds_terms(const struct judge_context *context, const struct judge_state *state,
                        const struct disk_sink *sink);
/* Of DLedger's index list: no file is left whose entries expired with a log file before the last
 * one that did.  Retention takes the index files of one log file before it takes the next. */
void judge_bounds_index(const struct judge_state *state, const struct disk_sink *sink);
/* DLedger's checkpoint after a restart: no more is committed than there is, and no more is there
 * than the log holds. */
void judge_bounds_committed(const struct judge_state *state, const struct disk_sink *sink);

#endif
