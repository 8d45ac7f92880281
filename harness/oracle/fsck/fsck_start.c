/* Finds out where each version's next start begins, ends and cuts. */
#include "harness/oracle/fsck/fsck_start.h"

#include "harness/oracle/decode/disk_grow.h"
#include "harness/oracle/decode/disk_log_scan.h"
#include "store/base/bytes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define CHECKPOINT_SIZE_BYTES 48
#define SAFETY_MS             3000 /* StoreCheckpoint.getMinTimestamp() */
#define NEVER                 UINT64_MAX

/* A data file as the scan of an abnormal start sees it. */
struct scanned_file {
    uint64_t sum_bytes;             /* sizes of its records, without the headers of entries */
    uint64_t sum_before_bytes;      /* of those in front of the first with properties */
    uint64_t first_with_properties; /* physical offset; NEVER: none */
};

struct reader {
    const struct fsck_start_facts *facts;
    struct fsck_starts *starts;
    struct err *err;
    int64_t physic_ms;
    int64_t logics_ms;
    int64_t logics_offset; /* RocketMQ's from 5.5.0 on; what others wrote there it takes for that */
    struct scanned_file *scanned; /* of files[first_scanned] on */
    uint32_t first_scanned;
    uint32_t last_scanned;
};

void fsck_start_done(struct fsck_starts *starts)
{
    free(starts->queues);
    memset(starts, 0, sizeof *starts);
}

/* RocketMQ asks no CRC of this page and no magic. A file that is missing or short is zeros. */
static int read_checkpoint(struct reader *reader)
{
    uint8_t page[CHECKPOINT_SIZE_BYTES] = {0};
    const struct view *view = reader->facts->view;
    int64_t n = view->read(view->arg, "checkpoint", 0, page, sizeof page);
    if (n < 0 && n != -ENOENT) {
        return err_set(reader->err, (int)n, "read 'checkpoint'");
    }
    reader->physic_ms = (int64_t)bytes_get_be64(page);
    reader->logics_ms = (int64_t)bytes_get_be64(page + 8);
    reader->logics_offset = (int64_t)bytes_get_be64(page + 40);
    return 0;
}

/* The two rules by which a file's first record lets a scan begin there. */
static bool is_old_enough(const struct reader *reader, const struct fsck_version *version,
                          const struct disk_record *record)
{
    if (record->store_timestamp_ms == 0) {
        return false;
    }
    if (version->starts_by_offset) {
        return reader->logics_offset > 0 ? (int64_t)record->offset <= reader->logics_offset
                                         : record->store_timestamp_ms <= reader->logics_ms;
    }
    int64_t min = reader->physic_ms < reader->logics_ms ? reader->physic_ms : reader->logics_ms;
    min = min > SAFETY_MS ? min - SAFETY_MS : 0;
    return record->store_timestamp_ms <= min;
}

/* Whether the scan of `version` may begin with this file: 1, 0 or an error. In DLedger mode a
 * record of version 2 is not accepted, in no version. */
static int is_beginning(const struct reader *reader, const struct fsck_version *version,
                        uint32_t index)
{
    struct disk_log *log = reader->facts->log;
    struct disk_record record = {0};
    const uint8_t *bytes = NULL;
    uint64_t offset = log->files[index].start + (log->is_dledger ? DISK_LOG_ENTRY_SIZE_BYTES : 0);
    int r = disk_log_read_at(log, reader->facts->view, offset, &record, &bytes);
    if (r <= 0) {
        return r < 0 ? err_set(reader->err, r, "read the first record of a log file") : 0;
    }
    bool is_known = !record.is_v2 || (version->knows_v2 && !log->is_dledger);
    return is_known && is_old_enough(reader, version, &record) ? 1 : 0;
}

/* The file with which the scan of an abnormal start begins; the first, when none is old enough. */
static int find_beginning(const struct reader *reader, const struct fsck_version *version,
                          uint32_t *ret_index)
{
    const struct disk_log *log = reader->facts->log;
    uint32_t tried = 0;
    *ret_index = log->old_count;
    for (uint32_t i = log->file_count; i > log->old_count; i--) {
        int r = is_beginning(reader, version, i - 1);
        if (r < 0) {
            return r;
        }
        bool is_enough = !log->is_dledger && version->scan_files_max == ++tried;
        if (r > 0 || is_enough) {
            *ret_index = i - 1;
            return 0;
        }
    }
    return 0;
}

static int add_scanned(void *arg, struct disk_record *record, const uint8_t *bytes)
{
    struct reader *reader = arg;
    (void)bytes;
    struct scanned_file *file = &reader->scanned[record->file];
    if (file->first_with_properties == NEVER && record->properties_size_bytes > 0) {
        file->first_with_properties = record->offset;
        file->sum_before_bytes = file->sum_bytes;
    }
    file->sum_bytes += record->size_bytes;
    return 0;
}

/* Scans as RocketMQ does: to the first bytes that are no record, without a look at __CRC32#. */
static int scan_again(struct reader *reader)
{
    const struct disk_log *log = reader->facts->log;
    uint32_t count = log->file_count - reader->first_scanned;
    reader->scanned = calloc(count, sizeof *reader->scanned);
    struct disk_log tail = {.is_dledger = log->is_dledger,
                            .is_lenient = true,
                            .file_size_bytes = log->file_size_bytes,
                            .files = calloc(count, sizeof *tail.files),
                            .file_count = count};
    memcpy(tail.directory, log->directory, sizeof tail.directory);
    int r = -ENOMEM;
    if (reader->scanned == NULL || tail.files == NULL) {
        r = err_set(reader->err, r, "scan the log");
        goto out;
    }
    memcpy(tail.files, log->files + reader->first_scanned, count * sizeof *tail.files);
    tail.min_offset = tail.files[0].start;
    for (uint32_t i = 0; i < count; i++) {
        reader->scanned[i].first_with_properties = NEVER;
    }
    const struct disk_log_visitor visitor = {.arg = reader, .record = add_scanned};
    r = disk_log_scan(&tail, reader->facts->view, &visitor, reader->err);
    if (r < 0) {
        r = err_wrap(reader->err, r, "scan the log");
        goto out;
    }
    reader->last_scanned =
        reader->first_scanned + (tail.end_why != NULL ? tail.end_file : count - 1);
out:
    disk_log_done(&tail);
    return r;
}

/* #9084: the sum leaves out the headers of the entries of the last file scanned. #8032: the first
 * record with properties ends the scan, as if the log ended there. */
static void set_dledger_cut(struct reader *reader, enum fsck_version_id id, uint32_t beginning)
{
    const struct disk_log *log = reader->facts->log;
    struct fsck_start *start = &reader->starts->of[id];
    const struct fsck_version *version = fsck_version_get(id);
    uint32_t last = reader->last_scanned < beginning ? beginning : reader->last_scanned;
    uint64_t sum = reader->scanned[last - reader->first_scanned].sum_bytes;
    for (uint32_t i = beginning; version->dledger_scan == FSCK_VERSION_SCAN_DUP_INFO && i <= last;
         i++) {
        const struct scanned_file *file = &reader->scanned[i - reader->first_scanned];
        if (file->first_with_properties != NEVER) {
            start->scan_end = file->first_with_properties;
            sum = file->sum_before_bytes;
            last = i;
        }
    }
    uint64_t end = log->files[last].start + sum;
    start->scan_from = log->files[beginning].start;
    bool is_cut = version->starts_by_offset ? reader->logics_offset >= (int64_t)end
                                            : reader->facts->queues_end >= end;
    start->cut_at = is_cut ? end : NEVER;
    start->cuts_ahead = is_cut;
}

/* The abnormal start in DLedger mode of the versions that scan. */
static int read_dledger_scans(struct reader *reader)
{
    uint32_t beginnings[FSCK_VERSION_COUNT];
    reader->first_scanned = reader->facts->log->file_count;
    for (uint32_t i = 0; i < FSCK_VERSION_ROCKETMQ_COUNT; i++) {
        int r = find_beginning(reader, fsck_version_get((enum fsck_version_id)i), &beginnings[i]);
        if (r < 0) {
            return r;
        }
        bool is_first = beginnings[i] < reader->first_scanned;
        reader->first_scanned = is_first ? beginnings[i] : reader->first_scanned;
    }
    int r = scan_again(reader);
    for (uint32_t i = 0; r >= 0 && i < FSCK_VERSION_ROCKETMQ_COUNT; i++) {
        const struct fsck_version *version = fsck_version_get((enum fsck_version_id)i);
        if (version->dledger_scan != FSCK_VERSION_SCAN_NONE) {
            set_dledger_cut(reader, (enum fsck_version_id)i, beginnings[i]);
        }
    }
    free(reader->scanned);
    return r;
}

/* A plain log after an unclean stop: every version dispatches what it scans. */
static int read_plain_scans(struct reader *reader)
{
    for (uint32_t i = 0; i < FSCK_VERSION_ROCKETMQ_COUNT; i++) {
        uint32_t beginning = 0;
        int r = find_beginning(reader, fsck_version_get((enum fsck_version_id)i), &beginning);
        if (r < 0) {
            return r;
        }
        reader->starts->of[i].scan_from = reader->facts->log->files[beginning].start;
    }
    return 0;
}

/* What needs no look into the log. */
static void set_defaults(struct reader *reader)
{
    const struct fsck_start_facts *facts = reader->facts;
    bool is_dledger = facts->log->is_dledger;
    for (uint32_t i = 0; i < FSCK_VERSION_ROCKETMQ_COUNT; i++) {
        const struct fsck_version *version = fsck_version_get((enum fsck_version_id)i);
        struct fsck_start *start = &reader->starts->of[i];
        *start = (struct fsck_start){NEVER, NEVER, NEVER, NEVER, INT64_MIN, true};
        if (version->reputs_from_queues) {
            start->reput_from = facts->queues_end;
        } else if (is_dledger) {
            start->reput_from = 0;
            start->reput_above = facts->committed_index;
        }
        if (!facts->is_unclean && !is_dledger && version->dispatches_normally) {
            /* Strictly past the maximum, which is -1 without a unit: the record that begins there
             * is left out. */
            start->scan_from = facts->queues_end > 0 ? facts->queues_end + 1 : 0;
        }
    }
    reader->starts->of[FSCK_VERSION_KILLPOINT] =
        (struct fsck_start){0, NEVER, NEVER, NEVER, INT64_MIN, true};
}

int fsck_start_read(struct fsck_starts *starts, const struct fsck_start_facts *facts,
                    struct err *err)
{
    struct reader reader = {.facts = facts, .starts = starts, .err = err};
    set_defaults(&reader);
    starts->refusing = facts->is_refused ? FSCK_VERSION_ROCKETMQ_ALL : 0;
    for (uint32_t i = 0; i < FSCK_VERSION_ROCKETMQ_COUNT && facts->log->has_empty_file; i++) {
        bool is_removed = fsck_version_get((enum fsck_version_id)i)->removes_empty_file;
        starts->refusing |= is_removed && !facts->log->is_dledger ? 0 : UINT32_C(1) << i;
    }
    if (!facts->is_unclean || facts->log->file_count == facts->log->old_count) {
        return 0;
    }
    int r = read_checkpoint(&reader);
    if (r < 0) {
        return r;
    }
    return facts->log->is_dledger ? read_dledger_scans(&reader) : read_plain_scans(&reader);
}

/* Whether a version that dispatches the record now puts its unit where it belongs. */
static bool takes(uint32_t is_short, uint32_t has_units, uint32_t bit)
{
    return (is_short & bit) == 0 || (has_units & bit) == 0;
}

/* In which versions the record has its unit after the scan, and then after the cut. */
static uint32_t units_after_cut(const struct fsck_starts *starts, struct fsck_start_queue *queue,
                                const struct disk_record *record, bool has_unit, bool with_cut)
{
    uint32_t mask = 0;
    for (uint32_t i = 0; i < FSCK_VERSION_COUNT; i++) {
        const struct fsck_start *start = &starts->of[i];
        uint32_t bit = UINT32_C(1) << i;
        bool is_scanned = record->offset >= start->scan_from && record->offset < start->scan_end &&
                          takes(queue->is_short_scanned, queue->has_units_scanned, bit);
        if (!has_unit && !is_scanned) {
            queue->is_short_scanned |= bit;
            continue;
        }
        if ((queue->has_units_scanned & bit) == 0) {
            queue->has_units_scanned |= bit;
            queue->is_short_scanned &= ~bit;
        }
        if (!with_cut || record->offset < start->cut_at) {
            mask |= bit;
        }
    }
    return mask;
}

/* What reput adds: of a queue that the cut left without units, only what lies past the cut. */
static uint32_t units_added(const struct fsck_starts *starts, const struct fsck_start_queue *queue,
                            const struct disk_record *record, bool with_cut)
{
    uint32_t mask = 0;
    for (uint32_t i = 0; i < FSCK_VERSION_COUNT; i++) {
        const struct fsck_start *start = &starts->of[i];
        uint32_t bit = UINT32_C(1) << i;
        bool is_ignored = with_cut && start->cut_at != NEVER && (queue->has_units & bit) == 0 &&
                          record->offset + record->size_bytes <= start->cut_at;
        if (record->offset >= start->reput_from && record->entry_index > start->reput_above &&
            takes(queue->is_short, queue->has_units, bit) && !is_ignored) {
            mask |= bit;
        }
    }
    return mask;
}

/* The versions in which the record has its unit in the end. */
static uint32_t units_then(const struct fsck_starts *starts, struct fsck_start_queue *queue,
                           const struct disk_record *record, bool has_unit, bool with_cut)
{
    if (record->queue_offset <= queue->last_queue_offset) {
        /* Given out again, so the queue had been cut to here before. */
        queue->is_short_scanned = 0;
        queue->is_short = 0;
    }
    queue->last_queue_offset = record->queue_offset;
    uint32_t mask = units_after_cut(starts, queue, record, has_unit, with_cut);
    mask |= units_added(starts, queue, record, with_cut);
    queue->is_short = (queue->is_short & ~(mask & ~queue->has_units)) | ~mask;
    queue->has_units |= mask;
    return mask;
}

/* For a version that does not know it, the log ends at such a record. */
static void end_at(struct fsck_starts *starts, const struct disk_record *record)
{
    for (uint32_t i = 0; i < FSCK_VERSION_COUNT; i++) {
        struct fsck_start *start = &starts->of[i];
        if (!fsck_version_get((enum fsck_version_id)i)->knows_v2 &&
            record->offset >= start->scan_from) {
            starts->not_knowing |= UINT32_C(1) << i;
            start->cut_at = record->offset < start->cut_at ? record->offset : start->cut_at;
            start->reput_from = NEVER;
        }
    }
}

static int need_queue(struct fsck_starts *starts, uint32_t queue)
{
    if (queue < starts->queue_count) {
        return 0;
    }
    size_t count = (size_t)queue + 1;
    int r =
        disk_grow((void **)&starts->queues, &starts->queue_capacity, count, sizeof *starts->queues);
    if (r < 0) {
        return r;
    }
    memset(starts->queues + starts->queue_count, 0,
           (count - starts->queue_count) * sizeof *starts->queues);
    starts->queue_count = queue + 1;
    return 0;
}

int fsck_start_follow(struct fsck_starts *starts, const struct disk_record *record, bool has_unit,
                      bool is_counted, struct fsck_next next[FSCK_VERSION_COUNT])
{
    int r = need_queue(starts, record->queue);
    if (r < 0) {
        return r;
    }
    if (record->is_v2) {
        end_at(starts, record);
    }
    struct fsck_start_queue *queue = starts->queues[record->queue];
    uint32_t mask = units_then(starts, &queue[0], record, has_unit && is_counted, true);
    uint32_t uncut = units_then(starts, &queue[1], record, has_unit && is_counted, false);
    for (uint32_t i = 0; i < FSCK_VERSION_COUNT; i++) {
        bool has_then = (mask & (UINT32_C(1) << i)) != 0;
        bool is_refusing = (starts->refusing & (UINT32_C(1) << i)) != 0;
        next[i].added_count += !has_unit && has_then && !is_refusing;
        next[i].missing_count += !has_unit && (!has_then || is_refusing);
        next[i].cut_count += has_unit && !has_then && !is_refusing;
    }
    starts->record_mask = mask & ~starts->refusing;
    starts->uncut_mask = uncut & ~starts->refusing;
    return 0;
}
