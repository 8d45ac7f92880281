/* Reading a store and judging it: the order of things, and bounded-recovery. */
#include "harness/oracle/rules/judge.h"

#include "harness/oracle/foreign/lmq.h"
#include "harness/oracle/rules/disk_reader.h"
#include "harness/oracle/rules/judge_bounds.h"
#include "harness/oracle/rules/judge_log.h"
#include "harness/oracle/rules/judge_offset.h"
#include "harness/oracle/rules/judge_queue.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int judge_read(struct judge_state *state, const struct view *view,
               const struct store_options *options, struct err *err)
{
    return disk_reader_read(state, view, options, err);
}

uint32_t judge_record_count(const struct judge_state *state)
{
    return state->record_count;
}

uint64_t judge_mark(const struct judge_state *state)
{
    return state->mark_offset;
}

/* A unit's record by binary search; what the scan did not find is no record, even if its bytes
 * would parse. */
static int find_record(void *arg, uint32_t queue, uint64_t offset, struct disk_record *ret_record)
{
    const struct judge_state *state = arg;
    const struct disk_record *record = disk_reader_find(state, offset);
    if (record == NULL) {
        return 0;
    }
    *ret_record = *record;
    if (record->is_multi_dispatch) {
        lmq_see_from(&state->queues, queue, disk_reader_bytes(state, record), ret_record);
    }
    return 1;
}

/* The other queues of a multi-dispatch record. A queue for which there is no memory is not judged:
 * nothing here can fail. */
static void check_lights(struct judge_state *state, const struct judge_queue *walk,
                         const struct disk_record *record)
{
    struct lmq lmq;
    struct lmq_place place;
    struct disk_record seen;
    lmq_begin(&lmq, record, disk_reader_bytes(state, record));
    while (lmq_next(&lmq, &place)) {
        if (judge_queue_light(walk, record, &place, &seen) > 0) {
            (void)judge_queue_record(walk, &seen);
        }
    }
}

/* The walk in memory: files, then every record in order, then what stands behind the last.
 * Nothing here can fail, since `find` reads nothing. */
static void check_queues(struct judge_state *state, const struct disk_sink *sink)
{
    const struct judge_queue walk = {.log = &state->log,
                                     .queues = &state->queues,
                                     .sink = sink,
                                     .log_end = state->log.end_offset,
                                     .is_gapped = state->damage_count > 0,
                                     .arg = state,
                                     .find = find_record};
    judge_queue_files(&walk);
    judge_queue_begin(&walk);
    for (uint32_t i = 0; i < state->record_count; i++) {
        (void)judge_queue_record(&walk, &state->records[i]);
        if (state->records[i].is_multi_dispatch) {
            check_lights(state, &walk, &state->records[i]);
        }
    }
    (void)judge_queue_end(&walk);
}

/* Only messages are made ahead; the rest of a judgement depends on the store. */
int judge_prepare(const struct judge_context *context, struct judge_state *state)
{
    return judge_log_prepare(context, state);
}

/* The ledger noticed it at the moment of the answer (watch_fail_stop() in ledger.c); here it is
 * only told. No file shows it any more. */
static void check_acks(const struct ledger *ledger, const struct disk_sink *sink)
{
    if (atomic_load(&ledger->ack_after_failed_seq) == 0) {
        return;
    }
    uint32_t message = atomic_load(&ledger->ack_after_failed_message);
    const struct disk_finding where = {
        .property = PROPERTY_NO_ACK_AFTER_FAILED_SYNC,
        .file = "log",
        .offset = ledger->messages[message].physical_offset,
    };
    disk_sink_add(sink, &where,
                  "message %" PRIu32
                  " was acknowledged after a sync of the log had failed, expected no PUT_OK that "
                  "no earlier sync covers",
                  message);
}

/* What a clean stop promises; the rest of what a walk finds is judged after the restart. */
static void add_stopped(void *arg, const struct disk_finding *finding)
{
    const struct disk_sink *sink = arg;
    if (finding->property == PROPERTY_QUEUE_TRUE || finding->property == PROPERTY_QUEUE_COMPLETE ||
        finding->property == PROPERTY_REBUILD_EQUAL) {
        disk_sink_add(sink, finding, "without abort, before any recovery: %s", finding->text);
    }
}

/* Whether the crashed store claims a clean stop.  One with a planted defect is judged after the
 * restart alone: its control asks whether recovery heals what the defect left. */
static bool claims_clean_stop(const struct judge_context *context, const struct judge_state *state)
{
    return !state->has_abort && state->record_count > 0 && state->options.quirks.defects == 0 &&
           atomic_load(&context->ledger->was_tampered) == 0;
}

/* Whatever recovery may repair is not judged yet. A clean stop is another matter: RocketMQ's
 * normal start looks at the last files alone, and what is wrong in front of them would stay for
 * good. */
static void check_crashed(const struct judge_context *context, const struct judge_state *state,
                          const struct disk_sink *sink)
{
    /* A disk that lied may have kept the offsets and lost the log that they count. */
    if (state->options.flush == STORE_FLUSH_SYNC && !context->is_lied) {
        judge_offset_check_crashed(context, state, sink);
    }
    if (claims_clean_stop(context, state)) {
        struct disk_sink inner = *sink;
        const struct disk_sink stopped = {.arg = &inner, .add = add_stopped};
        check_queues(state->self, &stopped);
        disk_index_report(&state->index, &stopped);
    }
    check_acks(context->ledger, sink);
}

/* Of a recovered store all is owed. The restart is counted before the log is judged, for what is
 * gone now is noted as gone since this restart. */
void judge_check(const struct judge_context *context, const struct judge_state *state,
                 struct judge_report *report)
{
    struct disk_sink sink = judge_report_sink(report);
    judge_bounds_times(state, &sink);
    if (context->scenario->points == &points_engine) {
        judge_bounds_clock(context, state, &sink);
    }
    if (context->is_crashed) {
        check_crashed(context, state, &sink);
        return;
    }
    context->ledger->restarts++;
    if (judge_log_check(context, state, &sink) < 0) {
        /* Not to have looked must never read as having found nothing. */
        judge_report_add(report, PROPERTY_ACKED_SURVIVES, state->log.directory, 0,
                         "could not be judged: out of memory");
    }
    check_queues(state->self, &sink);
    disk_index_report(&state->index, &sink);
    if (state->log.is_dledger &&
        quirk_has_guard(&state->options.quirks, QUIRK_GUARD_DLEDGER_COMMIT)) {
        judge_bounds_terms(context, state, &sink);
        judge_bounds_committed(state, &sink);
    }
    /* A name whose removal was not durable may be back after a power loss. */
    if (!context->is_promise_bounded && !context->is_lied) {
        judge_bounds_index(state, &sink);
    }
    judge_offset_check(context, state, &sink);
    check_acks(context->ledger, &sink);
}

/* Whether `path` begins with `directory` and a slash; the rest in `*ret_rest`. */
static bool is_under(const char *path, const char *directory, const char **ret_rest)
{
    size_t length = strlen(directory);
    if (strncmp(path, directory, length) != 0 || path[length] != '/') {
        return false;
    }
    *ret_rest = path + length + 1;
    return true;
}

/* consumequeue/TOPIC/QUEUE/FILE */
static bool is_queue_below(struct judge_state *state, const char *rest, uint64_t offset)
{
    const char *slash = strchr(rest, '/');
    uint64_t start = 0;
    char *end = NULL;
    if (slash == NULL) {
        return false;
    }
    long queue_id = strtol(slash + 1, &end, 10);
    if (end == slash + 1 || *end != '/' || !disk_log_parse_name(end + 1, &start)) {
        return false;
    }
    uint32_t queue =
        disk_queue_lookup(&state->queues, rest, (uint32_t)(slash - rest), (int32_t)queue_id);
    if (queue == UINT32_MAX) {
        return false;
    }
    uint64_t units =
        disk_queue_units_below(&state->queues, &state->queues.queues[queue], state->mark_offset);
    return (start + offset) / DISK_QUEUE_UNIT_SIZE_BYTES < units;
}

/* Each row has its own measure of the mark: the log its physical offset, the index list its next
 * entry, a queue its units of records below. Other files have none and may be written. */
bool judge_is_below_mark(const struct judge_state *crashed, const char *path, uint64_t offset)
{
    const char *rest = NULL;
    uint64_t start = 0;
    if (crashed->mark_offset == UINT64_MAX) {
        return false;
    }
    if (is_under(path, crashed->log.directory, &rest)) {
        return disk_log_parse_name(rest, &start) && start + offset < crashed->mark_offset;
    }
    if (is_under(path, DISK_READER_DLEDGER_BASE "/index", &rest)) {
        return crashed->log.is_dledger && disk_log_parse_name(rest, &start) &&
               start + offset < (uint64_t)crashed->mark.next_index * 32;
    }
    return is_under(path, "consumequeue", &rest) && is_queue_below(crashed->self, rest, offset);
}
