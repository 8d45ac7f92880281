/* Opens a store's files, has them judged and sums up. */
#include "harness/oracle/fsck/fsck.h"

#include "harness/oracle/fsck/fsck_offsets.h"
#include "harness/oracle/fsck/fsck_scan.h"
#include "harness/oracle/fsck/fsck_state.h"
#include "harness/oracle/fsck/fsck_verdict.h"
#include "harness/oracle/rules/disk_reader.h"

#include <inttypes.h>
#include <stdio.h>

/* judge_queue_files() tells each of them. */
static bool has_wrong_size(const struct fsck *fsck)
{
    for (uint32_t i = 0; i < fsck->log.file_count; i++) {
        if (fsck->log.files[i].size_bytes != fsck->log.file_size_bytes) {
            return true;
        }
    }
    for (uint32_t i = 0; i < fsck->queues.file_count; i++) {
        if (fsck->queues.files[i].size_bytes != fsck->queues.file_size_bytes) {
            return true;
        }
    }
    return false;
}

/* Who mends what must be known before the first finding. */
static int read_starts(struct fsck *fsck, struct err *err)
{
    struct disk_reader_dledger dledger = {.committed_index = -1};
    if (fsck->log.is_dledger) {
        int r = disk_reader_dledger(&dledger, fsck->view, fsck->detect.base, err);
        if (r < 0) {
            return r;
        }
    }
    const struct fsck_start_facts facts = {.view = fsck->view,
                                           .log = &fsck->log,
                                           .is_unclean = fsck->summary->has_abort,
                                           .is_refused = has_wrong_size(fsck),
                                           .committed_index = dledger.committed_index,
                                           .queues_end = fsck->queues_end};
    return fsck_start_read(&fsck->starts, &facts, err);
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
    fsck_scan_note_units(fsck);
    r = disk_mark_read(&fsck->mark, fsck->view, err);
    if (r < 0) {
        return r;
    }
    fsck->summary->has_mark =
        fsck->mark.why == NULL && disk_mark_matches(&fsck->mark, &fsck->queues);
    fsck->queues.foreign_end = fsck->summary->has_mark ? 0 : UINT64_MAX;
    fsck->log.takes_slack = !(fsck->summary->has_mark && fsck->mark.has_record_crc);
    r = read_starts(fsck, err);
    if (r < 0) {
        return r;
    }
    r = fsck_scan_run(fsck, err);
    if (r < 0) {
        return r;
    }
    fsck->summary->has_mark =
        fsck->summary->has_mark && (uint64_t)fsck->mark.offset <= fsck->log.end_offset;
    r = fsck_offsets_judge(fsck, err);
    if (r < 0) {
        return r;
    }
    int64_t index_size = disk_index_file_size(&fsck->index, fsck->view);
    if (index_size < 0) {
        return err_set(err, (int)index_size, "size of a file in '%s'", fsck->index.directory);
    }
    fsck->summary->index_file_size_bytes = (uint64_t)index_size;
    fsck_verdict_end(fsck);
    return 0;
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
    foreign_summarize(&fsck->foreign, &summary->foreign);
    summary->has_queue_files = fsck->queues.file_count > 0;
    summary->has_index_files = fsck->index.file_count > 0;
    summary->is_index_loadable = summary->index_file_size_bytes == DISK_INDEX_FILE_SIZE_BYTES;
}

/* What nobody reads must not be taken for judged. */
static void note_what_is_not_read(const struct fsck *fsck)
{
    const struct disk_detect *detect = &fsck->detect;
    char line[FSCK_LINE_SIZE_BYTES];
    if (fsck->listener == NULL || fsck->listener->note == NULL) {
        return;
    }
    if (fsck->log.old_count > 0) {
        snprintf(line, sizeof line,
                 "DLedger took over a plain log: %" PRIu32 " file%s of commitlog/ up to %" PRIu64,
                 fsck->log.old_count, fsck->log.old_count == 1 ? "" : "s",
                 fsck->log.files[fsck->log.old_count].start);
        fsck->listener->note(fsck->listener->arg, line);
    }
    if (detect->ignored_count > 0) {
        snprintf(
            line, sizeof line,
            "not judged: %" PRIu32
            " files of commitlog/ lie past the begin of DLedger's log, where nobody reads them",
            detect->ignored_count);
        fsck->listener->note(fsck->listener->arg, line);
    }
    if (detect->base_count > 1) {
        snprintf(line, sizeof line,
                 "not judged: %" PRIu32 " dledger-NAME directories are there, only %s was read",
                 detect->base_count, detect->base);
        fsck->listener->note(fsck->listener->arg, line);
    }
}

int fsck_run(const struct view *view, const struct fsck_options *options,
             const struct fsck_listener *listener, struct fsck_summary *ret_summary,
             struct err *err)
{
    struct fsck_summary summary = {0};
    struct fsck fsck = {
        .view = view, .listener = listener, .summary = &summary, .options = options};
    fsck.sink = (struct disk_sink){.arg = &fsck, .add = fsck_verdict_add};
    fsck.detect.log_file_size_bytes = options->log_file_size_bytes;
    fsck.detect.queue_file_size_bytes =
        (uint64_t)options->queue_file_units * DISK_QUEUE_UNIT_SIZE_BYTES;
    fsck.log.is_resuming = true;
    int r = disk_detect(&fsck.detect, &fsck.log, &fsck.queues, view, err);
    if (r < 0) {
        goto out;
    }
    note_what_is_not_read(&fsck);
    r = fsck_scan_open(&fsck, options->delay_levels, err);
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
    foreign_done(&fsck.foreign);
    fsck_start_done(&fsck.starts);
    return r;
}
