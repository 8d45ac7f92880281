/* Reads of a store that has decayed: what is served is compared with what was sent, because the
 * files themselves may be wrong. */
#include "harness/oracle/rules/judge.h"
#include "harness/oracle/rules/judge_log.h"

#include <inttypes.h>
#include <string.h>

/* A decayed unit can make a queue seem endless. */
#define UNITS_READ_MAX 65536

struct reads {
    const struct judge_context *context;
    const struct judge_state *state;
    const struct served *store;
    struct judge_report *report;
    const struct disk_queue *queue;
    const char *topic;
};

/* Whether `record` is the message `sent`, at the place where it was acknowledged. */
static const char *find_fault(const struct reads *reads, int64_t index,
                              const struct store_record *served)
{
    const struct ledger *ledger = reads->context->ledger;
    struct disk_record record = {0};
    const char *why = "";
    if (disk_record_parse(served->record, served->size_bytes, &record, &why) != DISK_RECORD_WHOLE ||
        record.size_bytes != served->size_bytes || record.crc == DISK_RECORD_CRC_BAD) {
        return "no whole record";
    }
    uint32_t message = (uint32_t)record.flag - 1;
    if (message >= reads->context->workload->message_count + WORKLOAD_PROBES ||
        !ledger_was_sent(ledger, message)) {
        return "a record that was never sent";
    }
    const struct ledger_message *entry = &ledger->messages[message];
    if (record.topic_size_bytes != strlen(reads->topic) ||
        memcmp(served->record + record.topic_at, reads->topic, record.topic_size_bytes) != 0 ||
        record.queue_id != reads->queue->queue_id || record.queue_offset != index ||
        (ledger_is_acked(entry) && entry->queue_offset != index)) {
        return "the record of another place";
    }
    if (served->tags_code != record.tags_code) {
        return "a tags hash that is not the record's";
    }
    return judge_log_difference(reads->context, reads->state, &record, served->record, message);
}

static void judge_unit(const struct reads *reads, int64_t index)
{
    struct store_record served = {0};
    struct err err = ERR_INIT;
    if (reads->store->get(reads->store->arg, reads->topic, reads->queue->queue_id, index, &served,
                          &err) < 0) {
        return; /* an error agrees with a file that decayed */
    }
    const char *fault = find_fault(reads, index, &served);
    if (fault != NULL) {
        judge_report_add(reads->report, MECHANISM_READ_OTHER, reads->topic, (uint64_t)index,
                         "store_get of queue %" PRId32 " offset %" PRId64
                         " serves what was not sent (%s), expected the message or an error, found "
                         "%" PRIu32 " bytes at %" PRIu64,
                         reads->queue->queue_id, index, fault, served.size_bytes,
                         served.physical_offset);
    }
}

void judge_rot_reads(const struct judge_context *context, const struct judge_state *state,
                     const struct served *store, struct judge_report *report)
{
    for (uint32_t i = 0; i < state->queues.queue_count; i++) {
        const struct disk_queue *queue = &state->queues.queues[i];
        const struct reads reads = {context, state, store,
                                    report,  queue, disk_queue_topic(&state->queues, queue)};
        if (queue->topic_size_bytes > STORE_TOPIC_SIZE_BYTES_MAX) {
            continue;
        }
        struct served_range range = {0, 0};
        if (store->offsets(store->arg, reads.topic, queue->queue_id, &range, NULL) < 0) {
            continue; /* as in judge_unit() */
        }
        for (int64_t index = range.min; index < range.max && index - range.min < UNITS_READ_MAX;
             index++) {
            judge_unit(&reads, index);
        }
    }
}
