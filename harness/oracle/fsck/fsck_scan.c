/* Visits each record, with its unit beside it. */
#include "harness/oracle/fsck/fsck_scan.h"

#include "harness/oracle/decode/disk_log_scan.h"
#include "harness/oracle/foreign/lmq.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* A finding at a place of a log file; `path` must outlive it. */
static struct disk_finding in_log(const struct fsck *fsck, uint32_t file, uint64_t position,
                                  char path[DISK_LOG_PATH_SIZE_BYTES])
{
    disk_log_path(&fsck->log, file, path);
    return (struct disk_finding){
        .mechanism = MECHANISM_LOG_DAMAGED, .file = path, .offset = position};
}

/* Behind a cut, RocketMQ leaves stale records in place: what no unit reaches is not the log's. */
static bool on_damage(void *arg, const struct disk_log_damage *damage)
{
    struct fsck *fsck = arg;
    bool is_inside = fsck->units_end == 0 || fsck->units_end > damage->offset;
    if (!is_inside && !fsck->is_pending_possible) {
        return false;
    }
    char path[DISK_LOG_PATH_SIZE_BYTES];
    struct disk_finding where = in_log(fsck, damage->file, damage->position, path);
    where.repair = is_inside ? DISK_REPAIR_NONE : DISK_REPAIR_TAIL;
    where.place = damage->offset;
    disk_sink_add(&fsck->sink, &where,
                  is_inside
                      ? "a damaged record: %s, expected a record, found the next at %" PRIu64
                      : "the log ends here: %s, expected zeros, found a stale record at %" PRIu64,
                  damage->why, damage->resumes_at);
    fsck->walk.is_gapped = true;
    return is_inside;
}

/* The unit of a record as recovery sees it: a last one without a size is none. A record whose place
 * another's unit has taken gets none, from nobody. */
static int follow(struct fsck *fsck, const struct disk_record *record)
{
    fsck->starts.record_mask = 0;
    fsck->starts.uncut_mask = 0;
    if (!record->is_indexable || record->is_unjudged || record->queue_offset < 0) {
        return 0;
    }
    struct disk_queue *queue = &fsck->queues.queues[record->queue];
    uint64_t index = (uint64_t)record->queue_offset;
    bool has_unit = false;
    if (index < queue->max_index) {
        struct disk_queue_unit unit;
        disk_queue_decode(disk_queue_bytes(&fsck->queues, queue, index), &unit);
        bool is_valid = (int32_t)unit.size_bytes > 0;
        has_unit = is_valid && unit.offset == record->offset;
        if (!has_unit && (is_valid || index < queue->counted_end)) {
            return 0;
        }
    }
    return fsck_start_follow(&fsck->starts, record, has_unit, index < queue->counted_end,
                             fsck->summary->next);
}

/* A record whose unit is in a batch queue. */
static int judge_batch(struct fsck *fsck, const struct disk_record *record, const uint8_t *bytes)
{
    if (!record->is_indexable) {
        return 0;
    }
    int r = foreign_seek(&fsck->foreign, record, bytes, fsck->walk.is_gapped);
    if (r < 0) {
        return r;
    }
    r = fsck_start_follow(&fsck->starts, record, r > 0, true, fsck->summary->next);
    return r < 0 ? r : foreign_record(&fsck->foreign, record, bytes);
}

/* The other queues of a multi-dispatch record, which are dispatched with its own. */
static int judge_lights(struct fsck *fsck, const struct disk_record *record, const uint8_t *bytes)
{
    struct lmq lmq;
    struct lmq_place place;
    struct disk_record seen;
    lmq_begin(&lmq, record, bytes);
    while (lmq_next(&lmq, &place)) {
        int r = judge_queue_light(&fsck->walk, record, &place, &seen);
        if (r == 0) {
            continue;
        }
        if (r > 0) {
            r = follow(fsck, &seen);
        }
        if (r == 0) {
            r = judge_queue_record(&fsck->walk, &seen);
        }
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

/* In a store whose mark says that every record has a __CRC32#, one below it without has lost its
 * end, or was put there by another hand.  Behind it RocketMQ may have gone on. */
static int on_record(void *arg, struct disk_record *record, const uint8_t *bytes)
{
    struct fsck *fsck = arg;
    bool is_batch = foreign_take(&fsck->foreign, record, bytes);
    fsck->summary->record_count++;
    fsck->summary->unjudged_count += record->is_unjudged && !is_batch;
    record->queue = disk_queue_find(&fsck->queues, (const char *)(bytes + record->topic_at),
                                    record->topic_size_bytes, record->queue_id);
    if (record->queue == UINT32_MAX) {
        return -ENOMEM;
    }
    if (fsck->summary->has_mark && fsck->mark.has_record_crc &&
        record->offset < (uint64_t)fsck->mark.offset && record->crc == DISK_RECORD_CRC_ABSENT) {
        char path[DISK_LOG_PATH_SIZE_BYTES];
        const struct disk_finding where =
            in_log(fsck, record->file, record->offset - fsck->log.files[record->file].start, path);
        disk_sink_add(&fsck->sink, &where,
                      "a record without __CRC32# in a store where each has one, expected %" PRIu32
                      " more bytes of properties",
                      DISK_RECORD_CRC_SIZE_BYTES);
    }
    int r = record->entry_index < 0 ? 0 : disk_index_compare(&fsck->index, fsck->view, record);
    if (r < 0) {
        return r;
    }
    if (is_batch) {
        return judge_batch(fsck, record, bytes);
    }
    r = follow(fsck, record);
    if (r < 0) {
        return r;
    }
    r = judge_queue_record(&fsck->walk, record);
    return r < 0 || !record->is_multi_dispatch ? r : judge_lights(fsck, record, bytes);
}

/* A unit may point ahead of the scan, so its record is read where it stands; behind the end that
 * a whole scan has found nothing is a record. */
static int read_record(void *arg, uint64_t offset, struct disk_record *ret_record,
                       const uint8_t **ret_bytes)
{
    struct fsck *fsck = arg;
    if (offset < fsck->log.min_offset || (fsck->is_scanned && offset >= fsck->log.end_offset)) {
        return 0;
    }
    int r = disk_log_read_at(&fsck->log, fsck->view, offset, ret_record, ret_bytes);
    if (r > 0) {
        (void)foreign_take(&fsck->foreign, ret_record, *ret_bytes);
    }
    return r;
}

static int find_record(void *arg, uint32_t queue, uint64_t offset, struct disk_record *ret_record)
{
    struct fsck *fsck = arg;
    const uint8_t *bytes = NULL;
    int r = read_record(fsck, offset, ret_record, &bytes);
    if (r > 0) {
        ret_record->queue =
            disk_queue_lookup(&fsck->queues, (const char *)(bytes + ret_record->topic_at),
                              ret_record->topic_size_bytes, ret_record->queue_id);
        lmq_see_from(&fsck->queues, queue, bytes, ret_record);
    }
    return r;
}

static const char *refuse_tags(void *arg, uint32_t queue, int64_t tags_code,
                               const struct disk_record *record)
{
    struct fsck *fsck = arg;
    return foreign_refuse_tags(&fsck->foreign, queue, tags_code, record);
}

int fsck_scan_open(struct fsck *fsck, const char *delay_levels, struct err *err)
{
    const struct foreign_store store = {.view = fsck->view,
                                        .log = &fsck->log,
                                        .queues = &fsck->queues,
                                        .sink = &fsck->sink,
                                        .arg = fsck,
                                        .find = read_record};
    return foreign_open(&fsck->foreign, &store, delay_levels, err);
}

/* Where a recovery of the queue ends: at the first unit of its last three files that is none. What
 * stands behind it is dispatched again, or lost. */
static void find_counted_end(struct fsck *fsck, struct disk_queue *queue)
{
    uint32_t first = queue->file_count > 3 ? queue->file_count - 3 : 0;
    uint64_t index = fsck->queues.files[queue->file_at + first].start / DISK_QUEUE_UNIT_SIZE_BYTES;
    for (; index < queue->max_index; index++) {
        struct disk_queue_unit unit;
        disk_queue_decode(disk_queue_bytes(&fsck->queues, queue, index), &unit);
        if (unit.offset > INT64_MAX || (int32_t)unit.size_bytes <= 0) {
            break;
        }
        uint64_t end = unit.offset + unit.size_bytes;
        if (index + 1 == queue->max_index || !unit.is_pre_blank) {
            fsck->queues_end = end > fsck->queues_end ? end : fsck->queues_end;
        }
    }
    queue->counted_end = index;
}

/* How far the queues reach into the log, by their last units. It tells damage inside the log
 * from stale records that RocketMQ leaves behind a cut. */
void fsck_scan_note_units(struct fsck *fsck)
{
    for (uint32_t i = 0; i < fsck->queues.queue_count; i++) {
        struct disk_queue *queue = &fsck->queues.queues[i];
        if (queue->max_index <= queue->min_index) {
            continue;
        }
        fsck->summary->unit_count += queue->max_index - queue->min_index;
        find_counted_end(fsck, queue);
        struct disk_queue_unit unit;
        disk_queue_decode(disk_queue_bytes(&fsck->queues, queue, queue->max_index - 1), &unit);
        if (!unit.is_pre_blank && unit.offset < INT64_MAX - UINT32_MAX) {
            uint64_t end = unit.offset + unit.size_bytes;
            fsck->units_end = end > fsck->units_end ? end : fsck->units_end;
        }
    }
}

/* What stands behind the log's end, when it is a record that was begun. */
static void judge_tail(struct fsck *fsck)
{
    const struct disk_log *log = &fsck->log;
    if (!fsck->is_pending_possible || log->end_why == NULL || log->file_count == 0 ||
        log->end_file >= log->file_count || strcmp(log->end_why, "zeros") == 0) {
        return;
    }
    char path[DISK_LOG_PATH_SIZE_BYTES];
    struct disk_finding where =
        in_log(fsck, log->end_file, log->end_offset - log->files[log->end_file].start, path);
    where.repair = DISK_REPAIR_TAIL;
    where.place = log->end_offset;
    disk_sink_add(&fsck->sink, &where, "bytes past the end of the log, expected zeros, found: %s",
                  log->end_why);
}

/* A kill between creating and extending a file leaves it. */
static void judge_empty_file(struct fsck *fsck)
{
    if (fsck->log.has_empty_file) {
        char path[DISK_LOG_PATH_SIZE_BYTES];
        struct disk_finding where = in_log(fsck, fsck->log.file_count, 0, path);
        where.mechanism = MECHANISM_FILE_SIZE;
        where.repair = DISK_REPAIR_FILE;
        disk_sink_add(&fsck->sink, &where, "the last file has 0 bytes, expected a whole one");
    }
}

/* A hole in the log's files makes gaps in queue offsets normal, so they are no finding then. */
int fsck_scan_run(struct fsck *fsck, struct err *err)
{
    const struct disk_log_file *files = fsck->log.files;
    uint32_t count = fsck->log.file_count;
    fsck->walk =
        (struct judge_queue){.log = &fsck->log,
                             .queues = &fsck->queues,
                             .sink = &fsck->sink,
                             .has_lights_elsewhere = fsck->foreign.around.has_rocksdb_queues,
                             .arg = fsck,
                             .find = find_record,
                             .refuse_tags = refuse_tags};
    fsck->walk.log_end = count == 0 ? 0 : files[count - 1].start + files[count - 1].size_bytes;
    for (uint32_t i = 1; i < count; i++) {
        fsck->walk.is_gapped = fsck->walk.is_gapped ||
                               files[i].start != files[i - 1].start + fsck->log.file_size_bytes;
    }
    judge_queue_files(&fsck->walk);
    judge_empty_file(fsck);
    judge_queue_begin(&fsck->walk);
    const struct disk_log_visitor visitor = {fsck, on_record, on_damage, NULL};
    int r = disk_index_list(&fsck->index, fsck->view,
                            fsck->log.is_dledger ? fsck->detect.base : NULL, err);
    if (r < 0) {
        return r;
    }
    r = foreign_look(&fsck->foreign, find_record);
    if (r < 0) {
        return err_set(err, r, "read a record that a unit points at");
    }
    r = disk_log_scan(&fsck->log, fsck->view, &visitor, err);
    if (r < 0) {
        return err_wrap(err, r, "scan the log");
    }
    disk_index_report(&fsck->index, &fsck->sink);
    fsck->is_scanned = true;
    fsck->walk.log_end = fsck->log.end_offset;
    r = judge_queue_end(&fsck->walk);
    if (r < 0) {
        return err_set(err, r, "read a record that a unit points at");
    }
    judge_tail(fsck);
    return foreign_end(&fsck->foreign, fsck->mark.has_file ? fsck->mark.times[2] : 0, err);
}
