/* Compares every unit with the record it must point at, and every record with its unit. */
#include "harness/oracle/rules/judge_queue.h"

#include "store/base/bytes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define UNIT             DISK_QUEUE_UNIT_SIZE_BYTES
#define TAGS_AT          12u /* in a unit */
#define SEARCH_UNITS_MAX 65536u

void judge_queue_describe(const struct disk_queues *queues, const struct disk_record *record,
                          char *text, size_t text_size_bytes)
{
    /* A record that only a unit points at may be of a queue that nothing else knows. */
    const char *topic = record->queue < queues->queue_count
                            ? disk_queue_topic(queues, &queues->queues[record->queue])
                            : "of no queue";
    char number[16] = "";
    if (record->offset >= queues->foreign_end) {
        snprintf(number, sizeof number, " %" PRId32, record->flag - (record->flag > INT32_MIN));
    }
    snprintf(text, text_size_bytes,
             "message%s (topic %.64s, queue %" PRId32 ", queueOffset %" PRId64 ", at %" PRIu64
             ", %" PRIu32 " bytes)",
             number, topic, record->queue_id, record->queue_offset, record->offset,
             record->size_bytes);
}

/* A record of no transaction, or of a commit, has one unit; that of an inner batch is in a queue
 * of another format. */
static bool is_judged(const struct disk_record *record)
{
    return record->is_indexable && !record->is_unjudged;
}

/* The 20 bytes that the record's unit must be; a comparison of bytes leaves out no field. */
static void encode_unit(const struct disk_record *record, uint8_t unit[UNIT])
{
    bytes_put_be64(unit, record->offset);
    bytes_put_be32(unit + 8, record->size_bytes);
    bytes_put_be64(unit + 12, (uint64_t)record->tags_code);
}

/* What is wrong with the tags field of unit `index`, whose other fields are the record's own. NULL:
 * nothing, although it may not be the record's tags code. */
static const char *refuse_tags(const struct judge_queue *walk, struct disk_queue *queue,
                               uint64_t index, const struct disk_record *record)
{
    struct disk_queue_unit unit;
    disk_queue_decode(disk_queue_bytes(walk->queues, queue, index), &unit);
    if (unit.tags_code == record->tags_code) {
        return NULL;
    }
    return walk->refuse_tags == NULL
               ? "is the wrong one"
               : walk->refuse_tags(walk->arg, (uint32_t)(queue - walk->queues->queues),
                                   unit.tags_code, record);
}

/* Whether unit `index` is the record's, byte for byte but for a tags field that stands for its tags
 * code. */
static bool is_unit_of(const struct judge_queue *walk, struct disk_queue *queue, uint64_t index,
                       const struct disk_record *record)
{
    uint8_t right[UNIT];
    encode_unit(record, right);
    const uint8_t *found = disk_queue_bytes(walk->queues, queue, index);
    return memcmp(found, right, UNIT) == 0 ||
           (walk->refuse_tags != NULL && memcmp(found, right, TAGS_AT) == 0 &&
            refuse_tags(walk, queue, index, record) == NULL);
}

/* The queue's last unit, written only in part: the right bytes, then zeros. One that is whole is
 * not torn: it is another queue's, or of another record. */
static enum disk_repair torn_tail(const struct judge_queue *walk, struct disk_queue *queue,
                                  const struct disk_record *record)
{
    uint64_t index = (uint64_t)record->queue_offset;
    if (index + 1 != queue->max_index ||
        record->queue != (uint32_t)(queue - walk->queues->queues)) {
        return DISK_REPAIR_NONE;
    }
    uint8_t right[UNIT];
    encode_unit(record, right);
    const uint8_t *found = disk_queue_bytes(walk->queues, queue, index);
    size_t same = 0;
    while (same < UNIT && found[same] == right[same]) {
        same++;
    }
    if (same == UNIT || !bytes_is_zero(found + same, UNIT - same)) {
        return DISK_REPAIR_NONE;
    }
    return (int32_t)bytes_get_be32(found + 8) > 0 ? DISK_REPAIR_REWRITE : DISK_REPAIR_TORN;
}

/* How many units of the queue point at the record; in a long queue only those near its place. */
static uint32_t count_units_of(const struct judge_queue *walk, struct disk_queue *queue,
                               const struct disk_record *record)
{
    uint64_t first = queue->first_index;
    uint64_t last = queue->max_index;
    if (last - first > SEARCH_UNITS_MAX) {
        uint64_t place = (uint64_t)record->queue_offset;
        place = place < first ? first : place > last ? last : place;
        first = place - first > 64 ? place - 64 : first;
        last = last - place > 64 ? place + 64 : last;
    }
    uint32_t count = 0;
    for (uint64_t index = first; index < last; index++) {
        struct disk_queue_unit unit;
        disk_queue_decode(disk_queue_bytes(walk->queues, queue, index), &unit);
        count += unit.offset == record->offset && unit.size_bytes != 0 && !unit.is_pre_blank;
    }
    return count;
}

/* A finding without its text, which disk_sink_add() makes. */
static struct disk_finding finding_at(enum mechanism mechanism, enum disk_repair repair,
                                      const char *path, uint64_t offset)
{
    return (struct disk_finding){
        .mechanism = mechanism, .repair = repair, .file = path, .offset = offset};
}

/* How a record's missing unit comes back: a torn one whose size is not there yet is written by
 * the dispatch of its record, like one that is not there at all. */
static enum disk_repair missing_repair(const struct judge_queue *walk, struct disk_queue *queue,
                                       const struct disk_record *record)
{
    if (record->queue_offset >= 0 && (uint64_t)record->queue_offset >= queue->counted_end) {
        return DISK_REPAIR_ADD;
    }
    enum disk_repair torn = torn_tail(walk, queue, record);
    return torn == DISK_REPAIR_TORN ? DISK_REPAIR_ADD : torn;
}

/* The record's unit is not at its place: has the queue one at all? */
static void judge_missing(const struct judge_queue *walk, struct disk_queue *queue,
                          const struct disk_record *record)
{
    uint32_t count = count_units_of(walk, queue, record);
    if (count == 1) {
        return;
    }
    char what[JUDGE_QUEUE_RECORD_SIZE_BYTES];
    char path[DISK_QUEUE_PATH_SIZE_BYTES];
    judge_queue_describe(walk->queues, record, what, sizeof what);
    uint64_t index = record->queue_offset < 0 ? 0 : (uint64_t)record->queue_offset;
    uint64_t at = disk_queue_path(walk->queues, queue, index, path);
    bool is_lag = index >= queue->max_index;
    struct disk_finding where = finding_at(
        count > 1 ? MECHANISM_UNIT_TWICE : MECHANISM_UNIT_MISSING, DISK_REPAIR_NONE, path, at);
    where.repair = count == 0 ? missing_repair(walk, queue, record) : DISK_REPAIR_NONE;
    where.place = record->offset;
    if (count > 1) {
        disk_sink_add(walk->sink, &where, "%s has %" PRIu32 " units, expected exactly one", what,
                      count);
    } else if (is_lag) {
        disk_sink_add(walk->sink, &where,
                      "no unit for %s, expected unit %" PRIu64
                      ", found a queue that ends at %" PRIu64,
                      what, index, queue->max_index);
    } else {
        struct disk_queue_unit unit;
        disk_queue_decode(disk_queue_bytes(walk->queues, queue, index), &unit);
        disk_sink_add(walk->sink, &where,
                      "no unit for %s, expected it at unit %" PRIu64
                      ", found one that points at %" PRIu64,
                      what, index, unit.offset);
    }
}

/* Who mends the one but not the other mends not both: the harder repair stands for a queue. */
static enum disk_repair harder_of(enum disk_repair one, enum disk_repair other)
{
    static const enum disk_repair by_hardness[] = {DISK_REPAIR_NONE, DISK_REPAIR_REWRITE,
                                                   DISK_REPAIR_CUT};
    for (size_t i = 0; i < sizeof by_hardness / sizeof by_hardness[0]; i++) {
        if (one == by_hardness[i] || other == by_hardness[i]) {
            return by_hardness[i];
        }
    }
    return one;
}

/* Only a count, the first place and what would mend all: rebuild-equal is one line a queue. */
static void note_untrue(struct disk_queue *queue, uint64_t index, enum disk_repair repair)
{
    queue->untrue_repair =
        queue->untrue_count == 0 ? repair : harder_of(queue->untrue_repair, repair);
    if (queue->untrue_count++ == 0) {
        queue->untrue_index = index;
    }
}

/* A shifted unit of a record that has its own unit, too, is a second one. */
static void judge_double(const struct judge_queue *walk, struct disk_queue *queue, uint64_t index,
                         const struct disk_record *record)
{
    struct disk_queue_unit own;
    disk_queue_decode(disk_queue_bytes(walk->queues, queue, (uint64_t)record->queue_offset), &own);
    if (own.offset != record->offset || own.size_bytes != record->size_bytes) {
        return;
    }
    char what[JUDGE_QUEUE_RECORD_SIZE_BYTES];
    char path[DISK_QUEUE_PATH_SIZE_BYTES];
    judge_queue_describe(walk->queues, record, what, sizeof what);
    uint64_t at = disk_queue_path(walk->queues, queue, index, path);
    const struct disk_finding where = finding_at(MECHANISM_UNIT_TWICE, DISK_REPAIR_NONE, path, at);
    disk_sink_add(walk->sink, &where,
                  "%s has a second unit, expected unit %" PRId64 " alone, found unit %" PRIu64,
                  what, record->queue_offset, index);
}

static enum mechanism wrong_of(const struct disk_record *record, uint32_t queue_number,
                               uint64_t index)
{
    if (record->queue != queue_number || !record->is_indexable) {
        return MECHANISM_UNIT_FOREIGN;
    }
    return (uint64_t)record->queue_offset != index ? MECHANISM_UNIT_SHIFTED
                                                   : MECHANISM_UNIT_ALTERED;
}

/* A unit that points at a record, but not at its own. */
static void judge_wrong_unit(const struct judge_queue *walk, struct disk_queue *queue,
                             uint64_t index, const struct disk_record *record)
{
    uint32_t queue_number = (uint32_t)(queue - walk->queues->queues);
    struct disk_queue_unit unit;
    disk_queue_decode(disk_queue_bytes(walk->queues, queue, index), &unit);
    char what[JUDGE_QUEUE_RECORD_SIZE_BYTES];
    char path[DISK_QUEUE_PATH_SIZE_BYTES];
    judge_queue_describe(walk->queues, record, what, sizeof what);
    uint64_t at = disk_queue_path(walk->queues, queue, index, path);
    enum disk_repair torn =
        index == (uint64_t)record->queue_offset ? torn_tail(walk, queue, record) : DISK_REPAIR_NONE;
    struct disk_finding where = finding_at(wrong_of(record, queue_number, index), torn, path, at);
    where.place = record->offset;
    note_untrue(queue, index, torn);
    if (record->queue != queue_number) {
        disk_sink_add(walk->sink, &where, "unit %" PRIu64 " belongs to another queue, found %s",
                      index, what);
    } else if (!record->is_indexable) {
        disk_sink_add(walk->sink, &where,
                      "unit %" PRIu64 " points at a record that has none, found %s", index, what);
    } else if ((uint64_t)record->queue_offset != index) {
        disk_sink_add(walk->sink, &where,
                      "unit %" PRIu64 " is shifted, expected queueOffset %" PRIu64 ", found %s",
                      index, index, what);
        judge_double(walk, queue, index, record);
    } else if (unit.size_bytes != record->size_bytes) {
        disk_sink_add(walk->sink, &where,
                      "unit %" PRIu64 " has the wrong size, expected %" PRIu32 ", found %" PRIu32
                      ": %s",
                      index, record->size_bytes, unit.size_bytes, what);
    } else if (walk->refuse_tags == NULL) {
        disk_sink_add(walk->sink, &where,
                      "unit %" PRIu64 " has the wrong tags hash, expected %" PRId64
                      ", found %" PRId64 ": %s",
                      index, record->tags_code, unit.tags_code, what);
    } else {
        const char *why = refuse_tags(walk, queue, index, record);
        disk_sink_add(walk->sink, &where, "unit %" PRIu64 ": its tags field %s: %s", index,
                      why != NULL ? why : "is right", what);
    }
}

/* Whether a unit is exactly its own record's. */
static bool is_true_unit(const struct judge_queue *walk, struct disk_queue *queue, uint64_t index,
                         const struct disk_record *record)
{
    uint32_t queue_number = (uint32_t)(queue - walk->queues->queues);
    return record->queue == queue_number && record->is_indexable &&
           (uint64_t)record->queue_offset == index && is_unit_of(walk, queue, index, record);
}

/* A unit that is no record's own as far as the walk knows: what is wrong with it? */
static int judge_unit(const struct judge_queue *walk, struct disk_queue *queue, uint64_t index)
{
    struct disk_queue_unit unit;
    disk_queue_decode(disk_queue_bytes(walk->queues, queue, index), &unit);
    struct disk_record record = {0};
    uint32_t queue_number = (uint32_t)(queue - walk->queues->queues);
    int r = unit.is_zero || unit.is_pre_blank
                ? 0
                : walk->find(walk->arg, queue_number, unit.offset, &record);
    if (r < 0) {
        return r;
    }
    if (r > 0 && (record.is_unjudged || is_true_unit(walk, queue, index, &record))) {
        return 0;
    }
    if (r > 0) {
        judge_wrong_unit(walk, queue, index, &record);
        return 0;
    }
    char path[DISK_QUEUE_PATH_SIZE_BYTES];
    uint64_t at = disk_queue_path(walk->queues, queue, index, path);
    bool is_ahead = !unit.is_zero && unit.offset >= walk->log_end;
    bool is_tail = index + 1 == queue->max_index && unit.size_bytes == 0;
    bool is_empty = unit.is_zero || unit.is_pre_blank;
    struct disk_finding where = finding_at(is_empty ? MECHANISM_UNIT_ZERO : MECHANISM_UNIT_DANGLING,
                                           DISK_REPAIR_NONE, path, at);
    where.place = unit.offset;
    bool is_uncounted = index >= queue->counted_end && (int32_t)unit.size_bytes <= 0;
    where.repair = is_ahead                  ? DISK_REPAIR_CUT
                   : is_tail || is_uncounted ? DISK_REPAIR_TORN
                                             : DISK_REPAIR_NONE;
    note_untrue(queue, index, where.repair);
    const char *topic = disk_queue_topic(walk->queues, queue);
    if (is_empty) {
        disk_sink_add(walk->sink, &where,
                      "unit %" PRIu64 " of topic %.64s queue %" PRId32
                      " is %s, expected a record's",
                      index, topic, queue->queue_id, unit.is_zero ? "all zero" : "a pre-blank");
    } else {
        disk_sink_add(walk->sink, &where,
                      "unit %" PRIu64 " of topic %.64s queue %" PRId32
                      " dangles, expected a record at %" PRIu64 " (%" PRIu32
                      " bytes), found none; the log ends at %" PRIu64,
                      index, topic, queue->queue_id, unit.offset, unit.size_bytes, walk->log_end);
    }
    return 0;
}

/* The units from the cursor to `end`: no record came for them, or not theirs. */
static int judge_units(const struct judge_queue *walk, struct disk_queue *queue, uint64_t end)
{
    end = end < queue->max_index ? end : queue->max_index;
    for (; queue->cursor < end; queue->cursor++) {
        int r = judge_unit(walk, queue, queue->cursor);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

void judge_queue_begin(const struct judge_queue *walk)
{
    for (uint32_t i = 0; i < walk->queues->queue_count; i++) {
        struct disk_queue *queue = &walk->queues->queues[i];
        queue->cursor = queue->min_index;
        queue->last_queue_offset = -1;
        queue->untrue_count = 0;
        queue->untrue_repair = DISK_REPAIR_NONE;
        queue->unjudged_count = 0;
        queue->record_count = 0;
    }
}

/* Uniqueness, order and gaps of queueOffsets; false when the record has no place of its own. */
static bool judge_sequence(const struct judge_queue *walk, struct disk_queue *queue,
                           const struct disk_record *record)
{
    int64_t last = queue->last_queue_offset;
    bool is_next = record->queue_offset == last + 1;
    bool is_new = record->queue_offset > last;
    if (is_next || (last < 0 && is_new) ||
        (is_new && (queue->unjudged_count > 0 || walk->is_gapped))) {
        return true;
    }
    char what[JUDGE_QUEUE_RECORD_SIZE_BYTES];
    char path[DISK_LOG_PATH_SIZE_BYTES];
    judge_queue_describe(walk->queues, record, what, sizeof what);
    disk_log_path(walk->log, record->file, path);
    uint64_t at = record->offset - walk->log->files[record->file].start;
    const struct disk_finding where = finding_at(
        is_new ? MECHANISM_OFFSET_GAP : MECHANISM_OFFSET_TWICE, DISK_REPAIR_NONE, path, at);
    disk_sink_add(walk->sink, &where,
                  is_new ? "the queueOffset given out was not max, expected %" PRId64 ", found %s"
                         : "queueOffset is not unique or does not grow, expected %" PRId64
                           ", found %s",
                  last + 1, what);
    return is_new;
}

/* The usual case comes last and is cheap: 20 bytes that are equal. A record without a place of
 * its own is only asked whether exactly one unit points at it. */
int judge_queue_record(const struct judge_queue *walk, const struct disk_record *record)
{
    struct disk_queue *queue = &walk->queues->queues[record->queue];
    if (!is_judged(record)) {
        queue->unjudged_count += record->is_unjudged;
        return 0;
    }
    queue->record_count++;
    if (!judge_sequence(walk, queue, record)) {
        judge_missing(walk, queue, record);
        return 0;
    }
    uint64_t index = (uint64_t)record->queue_offset;
    int r = judge_units(walk, queue, index);
    if (r < 0) {
        return r;
    }
    queue->last_queue_offset = record->queue_offset;
    if (index < queue->first_index || index >= queue->max_index ||
        !is_unit_of(walk, queue, index, record)) {
        if (index >= queue->min_index) {
            r = judge_units(walk, queue, index + 1);
        }
        judge_missing(walk, queue, record);
        return r;
    }
    queue->cursor = index + 1 > queue->cursor ? index + 1 : queue->cursor;
    return 0;
}

int judge_queue_light(const struct judge_queue *walk, const struct disk_record *record,
                      const struct lmq_place *place, struct disk_record *ret_seen)
{
    *ret_seen = *record;
    ret_seen->queue =
        disk_queue_find(walk->queues, place->name, place->name_size_bytes, place->queue_id);
    ret_seen->queue_offset = place->queue_offset;
    ret_seen->is_unjudged = false;
    if (ret_seen->queue == UINT32_MAX) {
        return -ENOMEM;
    }
    return walk->queues->queues[ret_seen->queue].has_files || !walk->has_lights_elsewhere;
}

/* Units behind the last record, and one line for each queue that is not what the log would
 * rebuild. */
int judge_queue_end(const struct judge_queue *walk)
{
    for (uint32_t i = 0; i < walk->queues->queue_count; i++) {
        struct disk_queue *queue = &walk->queues->queues[i];
        int r = judge_units(walk, queue, queue->max_index);
        if (r < 0) {
            return r;
        }
        if (queue->untrue_count > 0) {
            char path[DISK_QUEUE_PATH_SIZE_BYTES];
            uint64_t at = disk_queue_path(walk->queues, queue, queue->untrue_index, path);
            const struct disk_finding where =
                finding_at(MECHANISM_QUEUE_UNEQUAL, queue->untrue_repair, path, at);
            disk_sink_add(walk->sink, &where,
                          "%" PRIu64 " units of topic %.64s queue %" PRId32 " in [%" PRIu64
                          ", %" PRIu64
                          ") differ from those rebuilt from the log, first unit %" PRIu64,
                          queue->untrue_count, disk_queue_topic(walk->queues, queue),
                          queue->queue_id, queue->min_index, queue->max_index, queue->untrue_index);
        }
    }
    return 0;
}

/* A file of the wrong size refuses RocketMQ's start (docs/FORMAT.md, "Loading a row"). */
static void check_log_files(const struct judge_queue *walk)
{
    const struct disk_log *log = walk->log;
    for (uint32_t i = 0; i < log->file_count; i++) {
        const struct disk_log_file *file = &log->files[i];
        bool is_missing = i > 0 && file->start != log->files[i - 1].start + log->file_size_bytes;
        if (file->size_bytes == log->file_size_bytes && !is_missing) {
            continue;
        }
        char path[DISK_LOG_PATH_SIZE_BYTES];
        disk_log_path(log, i, path);
        struct disk_finding where = finding_at(MECHANISM_FILE_SIZE, DISK_REPAIR_NONE, path, 0);
        if (file->size_bytes != log->file_size_bytes) {
            disk_sink_add(walk->sink, &where,
                          "the file has the wrong size, expected %" PRIu64 ", found %" PRIu64,
                          log->file_size_bytes, file->size_bytes);
        }
        if (is_missing) {
            where.mechanism = MECHANISM_FILE_MISSING;
            disk_sink_add(walk->sink, &where,
                          "a file is missing before it, expected one at %" PRIu64,
                          log->files[i - 1].start + log->file_size_bytes);
        }
    }
}

void judge_queue_files(const struct judge_queue *walk)
{
    check_log_files(walk);
    const struct disk_queues *queues = walk->queues;
    for (uint32_t i = 0; i < queues->listed_count; i++) {
        const struct disk_queue *queue = &queues->queues[i];
        for (uint32_t n = 0; n < queue->file_count; n++) {
            const struct disk_queue_file *file = &queues->files[queue->file_at + n];
            if (file->size_bytes == queues->file_size_bytes) {
                continue;
            }
            char path[DISK_QUEUE_PATH_SIZE_BYTES];
            (void)disk_queue_path(queues, queue, file->start / UNIT, path);
            const struct disk_finding where =
                finding_at(MECHANISM_FILE_SIZE, DISK_REPAIR_NONE, path, 0);
            disk_sink_add(walk->sink, &where,
                          "the file has the wrong size, expected %" PRIu64 ", found %" PRIu64,
                          queues->file_size_bytes, file->size_bytes);
        }
        if (queue->is_hole) {
            const struct disk_queue_file *last =
                &queues->files[queue->file_at + queue->file_count - 1];
            char path[DISK_QUEUE_PATH_SIZE_BYTES];
            (void)disk_queue_path(queues, queue, last->start / UNIT, path);
            const struct disk_finding where =
                finding_at(MECHANISM_FILE_MISSING, DISK_REPAIR_NONE, path, 0);
            disk_sink_add(walk->sink, &where,
                          "a file is missing behind it, expected one at %" PRIu64,
                          last->start + queues->file_size_bytes);
        }
    }
}
