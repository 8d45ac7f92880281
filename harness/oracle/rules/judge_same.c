/* `idempotent`: two readings of a store with a restart between them and no traffic. */
#include "harness/oracle/rules/disk_reader.h"
#include "harness/oracle/rules/judge.h"
#include "harness/oracle/rules/judge_queue.h"

#include <inttypes.h>
#include <string.h>

/* The first difference is told alone: all that follows is shifted by it. */
static void same_records(const struct judge_state *before, const struct judge_state *after,
                         struct judge_report *report)
{
    uint32_t count =
        before->record_count < after->record_count ? before->record_count : after->record_count;
    char path[DISK_LOG_PATH_SIZE_BYTES];
    char expected[JUDGE_QUEUE_RECORD_SIZE_BYTES];
    char found[JUDGE_QUEUE_RECORD_SIZE_BYTES];
    for (uint32_t i = 0; i < count; i++) {
        const struct disk_record *was = &before->records[i];
        const struct disk_record *is = &after->records[i];
        if (was->offset == is->offset && was->size_bytes == is->size_bytes &&
            memcmp(disk_reader_bytes(before, was), disk_reader_bytes(after, is), was->size_bytes) ==
                0) {
            continue;
        }
        disk_log_path(&after->log, is->file, path);
        judge_queue_describe(&before->queues, was, expected, sizeof expected);
        judge_queue_describe(&after->queues, is, found, sizeof found);
        judge_report_add(report, MECHANISM_AGAIN_RECORDS, path,
                         is->offset - after->log.files[is->file].start,
                         "a second restart changed record %" PRIu32 ", expected %s, found %s", i,
                         expected, found);
        return;
    }
    if (before->record_count != after->record_count) {
        judge_report_add(
            report, MECHANISM_AGAIN_RECORDS, after->log.directory, after->log.end_offset,
            "a second restart changed the number of records, expected %" PRIu32 ", found %" PRIu32,
            before->record_count, after->record_count);
    } else if (before->log.min_offset != after->log.min_offset ||
               before->log.end_offset != after->log.end_offset) {
        judge_report_add(report, MECHANISM_AGAIN_RECORDS, after->log.directory,
                         after->log.end_offset,
                         "a second restart moved the log's bounds, expected %" PRIu64 " to %" PRIu64
                         ", found %" PRIu64 " to %" PRIu64,
                         before->log.min_offset, before->log.end_offset, after->log.min_offset,
                         after->log.end_offset);
    }
}

/* The bytes of [min, max); what stands in front of min is expired, and may differ. */
static const uint8_t *units_of(const struct disk_queues *queues, const struct disk_queue *queue)
{
    return queues->bytes + queue->bytes_at +
           (size_t)(queue->min_index - queue->first_index) * DISK_QUEUE_UNIT_SIZE_BYTES;
}

/* A queue that vanished is compared with one that has nothing. */
static void same_queue(const struct disk_queues *before, const struct disk_queue *was,
                       const struct disk_queues *after, struct judge_report *report)
{
    static const struct disk_queue none;
    const char *topic = disk_queue_topic(before, was);
    uint32_t found = disk_queue_lookup(after, topic, was->topic_size_bytes, was->queue_id);
    const struct disk_queue *is = found == UINT32_MAX ? &none : &after->queues[found];
    size_t size = (size_t)(was->max_index - was->min_index) * DISK_QUEUE_UNIT_SIZE_BYTES;
    bool is_moved = was->min_index != is->min_index || was->max_index != is->max_index;
    if (!is_moved && (size == 0 || memcmp(units_of(before, was), units_of(after, is), size) == 0)) {
        return;
    }
    char path[DISK_QUEUE_PATH_SIZE_BYTES];
    uint64_t at = disk_queue_path(before, was, was->min_index, path);
    if (is_moved) {
        judge_report_add(report, MECHANISM_AGAIN_QUEUES, path, at,
                         "a second restart moved the queue's bounds, expected [%" PRIu64
                         ", %" PRIu64 "), found [%" PRIu64 ", %" PRIu64 ")",
                         was->min_index, was->max_index, is->min_index, is->max_index);
    } else {
        judge_report_add(report, MECHANISM_AGAIN_QUEUES, path, at,
                         "a second restart changed units of topic %.64s queue %" PRId32, topic,
                         was->queue_id);
    }
}

/* Both ways: a queue may vanish, and one may come up that the first restart had not found. */
static void same_queues(const struct judge_state *before, const struct judge_state *after,
                        struct judge_report *report)
{
    for (uint32_t i = 0; i < before->queues.queue_count; i++) {
        same_queue(&before->queues, &before->queues.queues[i], &after->queues, report);
    }
    for (uint32_t i = 0; i < after->queues.queue_count; i++) {
        const struct disk_queue *is = &after->queues.queues[i];
        const char *topic = disk_queue_topic(&after->queues, is);
        if (is->max_index != 0 && disk_queue_lookup(&before->queues, topic, is->topic_size_bytes,
                                                    is->queue_id) == UINT32_MAX) {
            judge_report_add(report, MECHANISM_AGAIN_QUEUES, "consumequeue", 0,
                             "a second restart made a queue, expected none, found topic %.64s "
                             "queue %" PRId32 " with max %" PRIu64,
                             topic, is->queue_id, is->max_index);
        }
    }
}

/* Looked up by name: the order of a rewritten file is nothing. */
static void same_offsets(const struct disk_offsets *before, const struct disk_offsets *after,
                         struct judge_report *report)
{
    for (uint32_t i = 0; i < before->count; i++) {
        const struct disk_offset *was = &before->entries[i];
        const char *key = disk_offsets_key(before, was);
        int64_t is = disk_offsets_find(after, key, was->queue_id);
        if (is != was->offset) {
            judge_report_add(report, MECHANISM_AGAIN_OFFSETS, after->path, 0,
                             "a second restart moved a committed offset, %.96s queue %" PRId32
                             ", expected %" PRId64 ", found %" PRId64,
                             key, was->queue_id, was->offset, is);
        }
    }
    if (after->count > before->count) {
        judge_report_add(report, MECHANISM_AGAIN_OFFSETS, after->path, 0,
                         "a second restart made committed offsets, expected %" PRIu32
                         ", found %" PRIu32,
                         before->count, after->count);
    }
}

/* Stale bytes behind the ends are not state, but the next crash can make them so: an append that
 * ends where old bytes go on lets a scan walk into them. */
static void zero_tails(const struct judge_state *after, struct judge_report *report)
{
    if (!after->log.is_tail_zero) {
        judge_report_add(report, MECHANISM_STALE_TAIL, after->log.directory, after->log.end_offset,
                         "bytes past the end of the log, expected zeros: %s", after->log.end_why);
    }
    if (after->index.has_stale_units) {
        char path[DISK_LOG_PATH_SIZE_BYTES];
        uint64_t at = disk_index_stale_path(&after->index, path);
        judge_report_add(report, MECHANISM_STALE_TAIL, path, at,
                         "bytes past the unit of the last entry, expected zeros from %" PRIu64
                         " on, found others at %" PRIu64,
                         after->index.end, after->index.stale_at);
    }
}

void judge_same(const struct judge_state *before, const struct judge_state *after,
                struct judge_report *report)
{
    same_records(before, after, report);
    same_queues(before, after, report);
    same_offsets(&before->offsets, &after->offsets, report);
    if (quirk_has_guard(&after->options.quirks, QUIRK_GUARD_TAIL_ZERO)) {
        zero_tails(after, report);
    }
}

static bool are_records_extended(const struct judge_state *before, const struct judge_state *after,
                                 uint32_t added)
{
    if (after->record_count != before->record_count + added ||
        before->log.min_offset != after->log.min_offset) {
        return false;
    }
    for (uint32_t i = 0; i < before->record_count; i++) {
        const struct disk_record *was = &before->records[i];
        const struct disk_record *is = &after->records[i];
        if (was->offset != is->offset || was->size_bytes != is->size_bytes ||
            was->entry_index != is->entry_index || was->entry_term != is->entry_term ||
            memcmp(disk_reader_bytes(before, was), disk_reader_bytes(after, is), was->size_bytes) !=
                0) {
            return false;
        }
    }
    return true;
}

/* A queue without units must only not shrink: its first unit may come anywhere. */
static bool is_queue_extended(const struct disk_queues *before, const struct disk_queue *was,
                              const struct disk_queues *after)
{
    uint32_t found = disk_queue_lookup(after, disk_queue_topic(before, was), was->topic_size_bytes,
                                       was->queue_id);
    if (found == UINT32_MAX) {
        return false;
    }
    const struct disk_queue *is = &after->queues[found];
    size_t size = (size_t)(was->max_index - was->min_index) * DISK_QUEUE_UNIT_SIZE_BYTES;
    if (size == 0) {
        return is->max_index >= was->max_index;
    }
    return is->min_index == was->min_index && is->max_index >= was->max_index &&
           memcmp(units_of(before, was), units_of(after, is), size) == 0;
}

static bool are_offsets_same(const struct disk_offsets *before, const struct disk_offsets *after)
{
    for (uint32_t i = 0; i < before->count; i++) {
        const struct disk_offset *was = &before->entries[i];
        if (disk_offsets_find(after, disk_offsets_key(before, was), was->queue_id) != was->offset) {
            return false;
        }
    }
    return before->count == after->count;
}

/* Damage on either side says no: what was found in it may hang on what follows. */
bool judge_same_is_extended(const struct judge_state *before, const struct judge_state *after,
                            uint32_t added)
{
    for (uint32_t i = 0; i < before->queues.queue_count; i++) {
        if (!is_queue_extended(&before->queues, &before->queues.queues[i], &after->queues)) {
            return false;
        }
    }
    return before->damage_count == 0 && after->damage_count == 0 &&
           are_records_extended(before, after, added) &&
           are_offsets_same(&before->offsets, &after->offsets);
}
