/* Walks the records of L in pairs. */
#include "harness/oracle/rules/judge_bounds.h"

#include "harness/oracle/rules/judge_base.h"
#include "harness/oracle/rules/judge_queue.h"

#include <inttypes.h>
#include <stdio.h>

#define DESCRIPTION_SIZE_BYTES 192
#define NO_ROUND               (-1)
#define ROUND_OF_PROBES        INT64_MAX
#define THREADS_SLACK_MS       1000

/* Where the record stands, for a line about it; `path` must outlive the finding. */
static struct disk_finding at_record(const struct judge_state *state, enum mechanism mechanism,
                                     const struct disk_record *record,
                                     char path[DISK_LOG_PATH_SIZE_BYTES])
{
    disk_log_path(&state->log, record->file, path);
    return (struct disk_finding){.mechanism = mechanism,
                                 .file = path,
                                 .offset = record->offset - state->log.files[record->file].start};
}

void judge_bounds_times(const struct judge_state *state, const struct disk_sink *sink)
{
    for (uint32_t i = 1; i < state->record_count; i++) {
        const struct disk_record *record = &state->records[i];
        int64_t before_ms = record[-1].store_timestamp_ms;
        if (record->store_timestamp_ms >= before_ms) {
            continue;
        }
        char path[DISK_LOG_PATH_SIZE_BYTES];
        char what[DESCRIPTION_SIZE_BYTES];
        const struct disk_finding where = at_record(state, MECHANISM_TIME_BACK, record, path);
        judge_queue_describe(&state->queues, record, what, sizeof what);
        disk_sink_add(sink, &where,
                      "store times never go back, expected at least %" PRId64 ", found %" PRId64
                      ": %s",
                      before_ms, record->store_timestamp_ms, what);
    }
}

void judge_bounds_clock(const struct judge_context *context, const struct judge_state *state,
                        const struct disk_sink *sink)
{
    const struct ledger *ledger = context->ledger;
    int64_t latest_ms =
        atomic_load(&ledger->latest_ms) + (ledger->is_threads ? THREADS_SLACK_MS : 0);
    for (uint32_t i = 0; i < state->record_count; i++) {
        const struct disk_record *record = &state->records[i];
        if (record->store_timestamp_ms <= latest_ms ||
            !ledger_was_sent(ledger, (uint32_t)record->flag - 1) || judge_base_has(state, record)) {
            continue;
        }
        char path[DISK_LOG_PATH_SIZE_BYTES];
        char what[DESCRIPTION_SIZE_BYTES];
        const struct disk_finding where = at_record(state, MECHANISM_TIME_AHEAD, record, path);
        judge_queue_describe(&state->queues, record, what, sizeof what);
        disk_sink_add(sink, &where,
                      "a store time that no clock has shown, expected at most %" PRId64
                      ", found %" PRId64 ": %s",
                      latest_ms, record->store_timestamp_ms, what);
    }
}

/* In which life of the store a record was put. */
static int64_t round_of(const struct judge_context *context, const struct judge_state *state,
                        const struct disk_record *record)
{
    uint32_t index = (uint32_t)record->flag - 1;
    const struct ledger *ledger = context->ledger;
    if (!ledger_was_sent(ledger, index) || judge_base_has(state, record)) {
        return NO_ROUND;
    }
    return index < context->workload->message_count ? (int64_t)ledger->messages[index].round
                                                    : ROUND_OF_PROBES;
}

/* Two lives under one term break DLedger's claim that (term, index) names one entry: a replica
 * could take one for the other. */
static void judge_shared_term(const struct judge_state *state, const struct disk_record *record,
                              const struct disk_sink *sink)
{
    char path[DISK_LOG_PATH_SIZE_BYTES];
    char what[DESCRIPTION_SIZE_BYTES];
    const struct disk_finding where = at_record(state, MECHANISM_TERM_REUSED, record, path);
    judge_queue_describe(&state->queues, record, what, sizeof what);
    disk_sink_add(sink, &where,
                  "two starts of the store share a term, expected a term above %" PRId64
                  ", found %" PRId64 ": %s",
                  record[-1].entry_term, record->entry_term, what);
}

void judge_bounds_index(const struct judge_state *state, const struct disk_sink *sink)
{
    const struct disk_index *index = &state->index;
    char path[DISK_LOG_PATH_SIZE_BYTES];
    if (!index->has_outdated) {
        return;
    }
    (void)snprintf(path, sizeof path, "%s/%020" PRIu64, index->directory, index->starts[0]);
    const struct disk_finding where = {.mechanism = MECHANISM_INDEX_OUTDATED, .file = path};
    disk_sink_add(sink, &where,
                  "all its entries have expired, the last of them at %" PRIu64
                  ", and the log begins at %" PRIu64 ": expected no such file",
                  index->last_entry_at, state->log.files[0].start);
}

void judge_bounds_committed(const struct judge_state *state, const struct disk_sink *sink)
{
    const struct disk_reader_dledger *dledger = &state->dledger;
    const struct disk_finding where = {.mechanism = MECHANISM_DLEDGER_CHECKPOINT_AHEAD,
                                       .file = DISK_READER_DLEDGER_BASE "/checkpoint"};
    if (dledger->committed_index > dledger->end_index) {
        disk_sink_add(sink, &where,
                      "committedIndex is beyond endIndex, expected at most %" PRId64
                      ", found %" PRId64,
                      dledger->end_index, dledger->committed_index);
    }
    int64_t last = -1;
    if (disk_reader_last_entry(state, &last) && dledger->end_index > last) {
        disk_sink_add(sink, &where,
                      "endIndex is beyond the last entry, expected at most %" PRId64
                      ", found %" PRId64,
                      last, dledger->end_index);
    }
}

/* Records that the ledger does not know say nothing of a life, and neither do their neighbours.
 * The real DLedger's first vote after a start is for itself in the term that it has, so that its
 * lives share one: that it does so is known (docs/ROCKETMQ.md), and each case would say it again.
 */
void judge_bounds_terms(const struct judge_context *context, const struct judge_state *state,
                        const struct disk_sink *sink)
{
    if (state->record_count == 0) {
        return;
    }
    int64_t last_term = state->records[state->record_count - 1].entry_term;
    if (state->dledger.current_term < last_term) {
        const struct disk_finding where = {.mechanism = MECHANISM_TERM_REUSED,
                                           .file = DISK_READER_DLEDGER_BASE "/currterm"};
        disk_sink_add(sink, &where,
                      "currTerm is below the term of the last entry, expected at least %" PRId64
                      ", found %" PRId64,
                      last_term, state->dledger.current_term);
    }
    if (context->scenario->points == &points_real) {
        return;
    }
    int64_t round_before = round_of(context, state, &state->records[0]);
    for (uint32_t i = 1; i < state->record_count; i++) {
        const struct disk_record *record = &state->records[i];
        int64_t round = round_of(context, state, record);
        if (round != round_before && round != NO_ROUND && round_before != NO_ROUND &&
            record->entry_term <= record[-1].entry_term) {
            judge_shared_term(state, record, sink);
        }
        round_before = round;
    }
}
