/* `reads-agree` and `bounds`: what the open store serves against the files. */
#include "harness/oracle/rules/disk_reader.h"
#include "harness/oracle/rules/judge.h"
#include "harness/oracle/rules/judge_queue.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

struct reads {
    const struct judge_state *state;
    const struct disk_queue *queue;
    const char *topic;
    const struct served *store;
    struct judge_report *report;
};

/* Whether the unit is exactly the record's own: only then does the store have to serve it. */
static bool is_own(const struct reads *reads, const struct disk_queue_unit *unit, uint64_t index,
                   const struct disk_record *record)
{
    return record != NULL && record->is_indexable &&
           &reads->state->queues.queues[record->queue] == reads->queue &&
           record->queue_offset == (int64_t)index && record->size_bytes == unit->size_bytes &&
           record->tags_code == unit->tags_code;
}

/* A unit that the store does not serve. */
static void judge_refused(const struct reads *reads, uint64_t index,
                          const struct disk_queue_unit *unit, const struct err *err)
{
    char path[DISK_QUEUE_PATH_SIZE_BYTES];
    uint64_t at = disk_queue_path(&reads->state->queues, reads->queue, index, path);
    judge_report_add(reads->report, MECHANISM_READ_REFUSED, path, at,
                     "store_get of topic %.64s queue %" PRId32 " offset %" PRIu64
                     " fails, expected the record at %" PRIu64 ", found %s: %.160s",
                     reads->topic, reads->queue->queue_id, index, unit->offset, err_name(err->code),
                     err->text);
}

/* A unit for which the store serves `served`, and the files have another record or none. */
static void judge_other(const struct reads *reads, uint64_t index,
                        const struct disk_queue_unit *unit, const struct disk_record *record,
                        const struct store_record *served)
{
    char what[192];
    char path[DISK_QUEUE_PATH_SIZE_BYTES];
    uint64_t at = disk_queue_path(&reads->state->queues, reads->queue, index, path);
    if (record == NULL) {
        judge_report_add(reads->report, MECHANISM_READ_OTHER, path, at,
                         "store_get of topic %.64s queue %" PRId32 " offset %" PRIu64
                         " serves a record, expected none at %" PRIu64,
                         reads->topic, reads->queue->queue_id, index, unit->offset);
        return;
    }
    judge_queue_describe(&reads->state->queues, record, what, sizeof what);
    judge_report_add(reads->report, MECHANISM_READ_OTHER, path, at,
                     "store_get of offset %" PRIu64
                     " serves another record than the files hold, expected %s, found %" PRIu32
                     " bytes at %" PRIu64,
                     index, what, served->size_bytes, served->physical_offset);
}

/* One unit against one read. The bytes are compared, and not only the place: a store that serves
 * from a stale mapping gives the right offset and the wrong bytes. */
static void judge_served(const struct reads *reads, uint64_t index,
                         const struct disk_queue_unit *unit)
{
    const struct disk_record *record = disk_reader_find(reads->state, unit->offset);
    struct store_record served = {0};
    struct err err = ERR_INIT;
    int r = reads->store->get(reads->store->arg, reads->topic, reads->queue->queue_id,
                              (int64_t)index, &served, &err);
    if (r < 0) {
        /* A unit that is no record's is queue-true's matter: not to serve it is right. */
        if (is_own(reads, unit, index, record)) {
            err.code = r;
            judge_refused(reads, index, unit, &err);
        }
        return;
    }
    if (record == NULL || served.physical_offset != record->offset ||
        served.size_bytes != record->size_bytes || served.tags_code != unit->tags_code ||
        memcmp(served.record, disk_reader_bytes(reads->state, record), record->size_bytes) != 0) {
        judge_other(reads, index, unit, record, &served);
    }
}

/* What the store keeps in memory against the files: a max that lags behind would be given out
 * twice, one that runs ahead would leave a hole. */
static void judge_range(const struct reads *reads)
{
    const struct disk_queue *queue = reads->queue;
    const struct served *store = reads->store;
    struct served_range range = {0, 0};
    struct err err = ERR_INIT;
    char path[DISK_QUEUE_PATH_SIZE_BYTES];
    uint64_t at = disk_queue_path(&reads->state->queues, queue, queue->max_index, path);
    if (store->offsets(store->arg, reads->topic, queue->queue_id, &range, &err) < 0) {
        judge_report_add(
            reads->report, MECHANISM_READ_REFUSED, path, at,
            "topic %.64s queue %" PRId32 ": the store does not say its bounds, expected [%" PRIu64
            ", %" PRIu64 "), found %.160s",
            reads->topic, queue->queue_id, queue->min_index, queue->max_index, err.text);
        return;
    }
    if (range.min > range.max) {
        judge_report_add(reads->report, MECHANISM_SERVED_BOUNDS, path, at,
                         "topic %.64s queue %" PRId32
                         ": min is beyond max, expected min <= max, found %" PRId64 " and %" PRId64,
                         reads->topic, queue->queue_id, range.min, range.max);
    }
    if (range.min != (int64_t)queue->min_index || range.max != (int64_t)queue->max_index) {
        judge_report_add(reads->report, MECHANISM_SERVED_BOUNDS, path, at,
                         "topic %.64s queue %" PRId32
                         ": the store's bounds are not the files', expected [%" PRIu64 ", %" PRIu64
                         "), found [%" PRId64 ", %" PRId64 ")",
                         reads->topic, queue->queue_id, queue->min_index, queue->max_index,
                         range.min, range.max);
    }
    struct store_record served = {0};
    if (store->get(store->arg, reads->topic, queue->queue_id, (int64_t)queue->max_index, &served,
                   NULL) == 0) {
        judge_report_add(reads->report, MECHANISM_READ_OTHER, path, at,
                         "store_get beyond max of topic %.64s queue %" PRId32
                         " serves a record, expected none at offset %" PRIu64,
                         reads->topic, queue->queue_id, queue->max_index);
    }
}

/* A queue that is known by a record alone may have a topic that no store takes; there is nothing
 * to ask for. */
void judge_reads(const struct judge_state *state, const struct served *store,
                 struct judge_report *report)
{
    const struct disk_queues *queues = &state->queues;
    for (uint32_t i = 0; i < queues->queue_count; i++) {
        const struct disk_queue *queue = &queues->queues[i];
        const struct reads reads = {state, queue, disk_queue_topic(queues, queue), store, report};
        if (!queue->has_files && queue->max_index == 0 &&
            queue->topic_size_bytes > STORE_TOPIC_SIZE_BYTES_MAX) {
            continue;
        }
        judge_range(&reads);
        for (uint64_t index = queue->min_index; index < queue->max_index; index++) {
            size_t at = (size_t)(index - queue->first_index) * DISK_QUEUE_UNIT_SIZE_BYTES;
            struct disk_queue_unit unit;
            disk_queue_decode(queues->bytes + queue->bytes_at + at, &unit);
            judge_served(&reads, index, &unit);
        }
    }
}
