/* Walks log and queues side by side, once. */
#include "harness/oracle/fsck/fsck.h"

#include "harness/oracle/decode/disk_detect.h"
#include "harness/oracle/decode/disk_index.h"
#include "harness/oracle/decode/disk_mark.h"
#include "harness/oracle/decode/disk_offsets.h"
#include "harness/oracle/rules/disk_reader.h"
#include "harness/oracle/rules/judge_queue.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct fsck {
    const struct view *view;
    const struct fsck_listener *listener;
    struct fsck_summary *summary;
    bool is_pending_possible; /* an unclean stop, and recovery has not run yet */
    struct disk_detect detect;
    struct disk_log log;
    struct disk_index index;
    struct disk_queues queues;
    struct disk_mark mark;
    struct disk_offsets offsets;
    struct disk_sink sink;
    struct judge_queue walk;
    uint64_t units_end; /* highest end of a record that a unit points at; 0: there is no unit */
    bool is_scanned;
};

/* A finding that recovery is bound to repair is pending, not a violation, when no recovery has
 * run since the crash. */
static void add_finding(void *arg, const struct disk_finding *finding)
{
    struct fsck *fsck = arg;
    bool is_pending = fsck->is_pending_possible && finding->is_repairable;
    if (is_pending) {
        fsck->summary->pending_count++;
    } else {
        fsck->summary->violation_count++;
        fsck->summary->violated |= UINT32_C(1) << finding->property;
    }
    if (fsck->listener != NULL) {
        char line[FSCK_LINE_SIZE_BYTES];
        snprintf(line, sizeof line, "%s%s %s@%" PRIu64 ": %s", is_pending ? "pending " : "",
                 property_name(finding->property), finding->file, finding->offset, finding->text);
        fsck->listener->found(fsck->listener->arg, finding, is_pending, line);
    }
}

/* A finding at a place of a log file; `path` must outlive it. */
static struct disk_finding in_log(const struct fsck *fsck, uint32_t file, uint64_t position,
                                  char path[DISK_LOG_PATH_SIZE_BYTES])
{
    disk_log_path(&fsck->log, file, path);
    return (struct disk_finding){
        .property = PROPERTY_NOTHING_INVENTED, .file = path, .offset = position};
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
    where.is_repairable = !is_inside;
    disk_sink_add(&fsck->sink, &where,
                  is_inside
                      ? "a damaged record: %s, expected a record, found the next at %" PRIu64
                      : "the log ends here: %s, expected zeros, found a stale record at %" PRIu64,
                  damage->why, damage->resumes_at);
    fsck->walk.is_gapped = true;
    return is_inside;
}

/* In a store whose mark says that every record has a __CRC32#, one without it has lost its end,
 * or was put there by another hand. */
static int on_record(void *arg, struct disk_record *record, const uint8_t *bytes)
{
    struct fsck *fsck = arg;
    fsck->summary->record_count++;
    fsck->summary->unjudged_count += record->is_unjudged;
    record->queue = disk_queue_find(&fsck->queues, (const char *)(bytes + record->topic_at),
                                    record->topic_size_bytes, record->queue_id);
    if (record->queue == UINT32_MAX) {
        return -ENOMEM;
    }
    if (fsck->summary->has_mark && fsck->mark.has_record_crc &&
        record->crc == DISK_RECORD_CRC_ABSENT) {
        char path[DISK_LOG_PATH_SIZE_BYTES];
        const struct disk_finding where =
            in_log(fsck, record->file, record->offset - fsck->log.files[record->file].start, path);
        disk_sink_add(&fsck->sink, &where,
                      "a record without __CRC32# in a store where each has one, expected %" PRIu32
                      " more bytes of properties",
                      DISK_RECORD_CRC_SIZE_BYTES);
    }
    int r = disk_index_compare(&fsck->index, fsck->view, record);
    return r < 0 ? r : judge_queue_record(&fsck->walk, record);
}

/* A unit may point ahead of the scan, so its record is read where it stands; behind the end that
 * a whole scan has found nothing is a record. */
static int find_record(void *arg, uint64_t offset, struct disk_record *ret_record)
{
    struct fsck *fsck = arg;
    const uint8_t *bytes = NULL;
    if (offset < fsck->log.min_offset || (fsck->is_scanned && offset >= fsck->log.end_offset)) {
        return 0;
    }
    int r = disk_log_read_at(&fsck->log, fsck->view, offset, ret_record, &bytes);
    if (r > 0) {
        ret_record->queue =
            disk_queue_lookup(&fsck->queues, (const char *)(bytes + ret_record->topic_at),
                              ret_record->topic_size_bytes, ret_record->queue_id);
    }
    return r;
}

/* Against the larger of what units and records say: without a scenario nobody knows whether the
 * dispatcher had caught up. */
static void judge_offsets(struct fsck *fsck)
{
    for (uint32_t i = 0; i < fsck->offsets.count; i++) {
        const struct disk_offset *entry = &fsck->offsets.entries[i];
        const char *key = disk_offsets_key(&fsck->offsets, entry);
        const char *at = strchr(key, '@');
        uint32_t topic_size = at != NULL ? (uint32_t)(at - key) : entry->key_size_bytes;
        uint32_t index = disk_queue_lookup(&fsck->queues, key, topic_size, entry->queue_id);
        if (index == UINT32_MAX) {
            /* RocketMQ keeps the offsets of deleted topics. */
            continue;
        }
        const struct disk_queue *queue = &fsck->queues.queues[index];
        int64_t max = (int64_t)queue->max_index;
        max = queue->last_queue_offset >= max ? queue->last_queue_offset + 1 : max;
        if (entry->offset > max) {
            const struct disk_finding where = {.property = PROPERTY_CONSUMER_OFFSET,
                                               .file = fsck->offsets.path};
            disk_sink_add(&fsck->sink, &where,
                          "%.96s queue %" PRId32
                          ": the committed offset is beyond max, expected at most %" PRId64
                          ", found %" PRId64,
                          key, entry->queue_id, max, entry->offset);
        }
    }
}

/* How far the queues reach into the log, by their last units. It tells damage inside the log
 * from stale records that RocketMQ leaves behind a cut. */
static void note_units(struct fsck *fsck)
{
    for (uint32_t i = 0; i < fsck->queues.queue_count; i++) {
        struct disk_queue *queue = &fsck->queues.queues[i];
        if (queue->max_index <= queue->min_index) {
            continue;
        }
        fsck->summary->unit_count += queue->max_index - queue->min_index;
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
    where.is_repairable = true;
    disk_sink_add(&fsck->sink, &where, "bytes past the end of the log, expected zeros, found: %s",
                  log->end_why);
}

/* A hole in the log's files makes gaps in queue offsets normal, so they are no finding then. */
static int scan(struct fsck *fsck, struct err *err)
{
    const struct disk_log_file *files = fsck->log.files;
    uint32_t count = fsck->log.file_count;
    fsck->walk = (struct judge_queue){.log = &fsck->log,
                                      .queues = &fsck->queues,
                                      .sink = &fsck->sink,
                                      .arg = fsck,
                                      .find = find_record};
    fsck->walk.log_end = count == 0 ? 0 : files[count - 1].start + files[count - 1].size_bytes;
    for (uint32_t i = 1; i < count; i++) {
        fsck->walk.is_gapped = fsck->walk.is_gapped ||
                               files[i].start != files[i - 1].start + fsck->log.file_size_bytes;
    }
    judge_queue_files(&fsck->walk);
    judge_queue_begin(&fsck->walk);
    const struct disk_log_visitor visitor = {fsck, on_record, on_damage, NULL};
    int r = disk_index_list(&fsck->index, fsck->view,
                            fsck->log.is_dledger ? fsck->detect.base : NULL, err);
    if (r < 0) {
        return r;
    }
    r = disk_log_scan(&fsck->log, fsck->view, &visitor, err);
    if (r < 0) {
        return err_wrap(err, r, "scan the log");
    }
    disk_index_report(&fsck->index, &fsck->sink);
    fsck->is_scanned = true;
    fsck->walk.log_end = fsck->log.end_offset;
    r = judge_queue_end(&fsck->walk);
    return r < 0 ? err_set(err, r, "read a record that a unit points at") : 0;
}

/* The units come first: whether damage lies inside the log is asked while the log is walked. */
static int run(struct fsck *fsck, const struct fsck_options *options, struct err *err)
{
    int r = disk_reader_has_abort(fsck->view, err);
    if (r < 0) {
        return r;
    }
    fsck->summary->has_abort = r > 0;
    fsck->is_pending_possible = r > 0 && !options->recovered;
    r = disk_queue_load(&fsck->queues, fsck->log.min_offset, err);
    if (r < 0) {
        return r;
    }
    note_units(fsck);
    r = disk_mark_read(&fsck->mark, fsck->view, err);
    if (r < 0) {
        return r;
    }
    fsck->summary->has_mark =
        fsck->mark.why == NULL && disk_mark_matches(&fsck->mark, &fsck->queues);
    r = scan(fsck, err);
    if (r < 0) {
        return r;
    }
    judge_tail(fsck);
    fsck->summary->has_mark =
        fsck->summary->has_mark && (uint64_t)fsck->mark.offset <= fsck->log.end_offset;
    r = disk_offsets_read(&fsck->offsets, fsck->view, err);
    if (r == 0) {
        judge_offsets(fsck);
    }
    return r;
}

/* What the readers found, in numbers; of the mark only one that holds. */
static void summarize(const struct fsck *fsck, struct fsck_summary *summary)
{
    summary->is_dledger = fsck->log.is_dledger;
    summary->mark_offset = summary->has_mark ? (uint64_t)fsck->mark.offset : 0;
    summary->log_min = fsck->log.min_offset;
    summary->log_end = fsck->log.end_offset;
    summary->log_file_size_bytes = fsck->detect.log_file_size_bytes;
    summary->queue_file_size_bytes = fsck->queues.file_size_bytes;
    summary->queue_count = fsck->queues.queue_count;
}

int fsck_run(const struct view *view, const struct fsck_options *options,
             const struct fsck_listener *listener, struct fsck_summary *ret_summary,
             struct err *err)
{
    struct fsck_summary summary = {0};
    struct fsck fsck = {.view = view, .listener = listener, .summary = &summary};
    fsck.sink = (struct disk_sink){.arg = &fsck, .add = add_finding};
    fsck.detect.log_file_size_bytes = options->log_file_size_bytes;
    fsck.detect.queue_file_size_bytes =
        (uint64_t)options->queue_file_units * DISK_QUEUE_UNIT_SIZE_BYTES;
    fsck.log.is_resuming = true;
    int r = disk_detect(&fsck.detect, &fsck.log, &fsck.queues, view, err);
    if (r < 0) {
        goto out;
    }
    r = run(&fsck, options, err);
    if (r < 0) {
        goto out;
    }
    summarize(&fsck, &summary);
    *ret_summary = summary;
out:
    disk_log_done(&fsck.log);
    disk_index_done(&fsck.index);
    disk_queue_done(&fsck.queues);
    disk_offsets_done(&fsck.offsets);
    return r;
}
