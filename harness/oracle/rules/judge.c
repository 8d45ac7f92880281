/* Reading a store and judging it: the order of things, and bounded-recovery. */
#include "harness/oracle/rules/judge.h"

#include "harness/oracle/rules/disk_reader.h"
#include "harness/oracle/rules/judge_base.h"
#include "harness/oracle/rules/judge_bounds.h"
#include "harness/oracle/rules/judge_log.h"
#include "harness/oracle/rules/judge_offset.h"
#include "harness/oracle/rules/judge_walk.h"

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
        .mechanism = MECHANISM_ACK_AFTER_FAILED_SYNC,
        .file = "log",
        .offset = ledger->messages[message].physical_offset,
    };
    disk_sink_add(sink, &where,
                  "message %" PRIu32
                  " was acknowledged after a sync of the log had failed, expected no PUT_OK that "
                  "no earlier sync covers",
                  message);
}

/* What the walks find, on its way to `sink`. */
struct filter {
    const struct judge_state *state;
    const struct disk_sink *sink;
    bool is_untaken; /* the store is as the base was, but for what a first recovery began */
};

/* Damage in the base's log is not found again. */
static void add_of_ours(void *arg, const struct disk_finding *finding)
{
    const struct filter *filter = arg;
    if (!judge_base_keeps(filter->state, finding)) {
        filter->sink->add(filter->sink->arg, finding);
    }
}

/* What a clean stop promises; the rest of what a walk finds is judged after the restart.  A base
 * was stopped by others: until we have recovered it once, it may be as wrong as it was, and no
 * worse. */
static void add_stopped(void *arg, const struct disk_finding *finding)
{
    const struct filter *filter = arg;
    enum property property = mechanism_property(finding->mechanism);
    if ((property == PROPERTY_QUEUE_TRUE || property == PROPERTY_QUEUE_COMPLETE ||
         property == PROPERTY_REBUILD_EQUAL) &&
        !judge_base_keeps(filter->state, finding) &&
        !(filter->is_untaken && judge_base_had(filter->state, finding))) {
        disk_sink_add(filter->sink, finding, "without abort, before any recovery: %s",
                      finding->text);
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
        struct filter filter = {state, sink, atomic_load(&context->ledger->is_untaken) != 0};
        const struct disk_sink stopped = {.arg = &filter, .add = add_stopped};
        judge_walk(state->self, &stopped);
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
        judge_report_add(report, MECHANISM_NOT_JUDGED, state->log.directory, 0,
                         "could not be judged: out of memory");
    }
    struct filter filter = {.state = state, .sink = &sink};
    const struct disk_sink of_ours = {.arg = &filter, .add = add_of_ours};
    judge_walk(state->self, &of_ours);
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
