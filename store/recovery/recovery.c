/* From a directory to an engine: see recovery.h.
 *
 * recovery_run() is the table of contents; the steps stand below in reverse order. */
#include "store/recovery/recovery.h"

#include "store/base/bytes.h"
#include "store/queue/consume_queue_heal.h"
#include "store/queue/consume_queue_recover.h"
#include "store/files/abort_file.h"
#include "store/files/lock_file.h"
#include "store/log/commitlog.h"
#include "store/service/checkpointer.h"
#include "store/service/dispatcher.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TIMESTAMP_SLACK_MS 3000 /* RocketMQ's distrust of its own timestamps */
#define SCAN_FILE_COUNT    3

struct recovery {
    struct engine *engine;
    bool is_normal;  /* no abort file */
    bool is_new;     /* nothing there at all */
    bool is_trusted; /* a clean stop whose mark vouches for all there is */
    bool has_new_dir;
    struct checkpoint_page page;

    bool has_mark;       /* guard durable-mark: the scan begins at a valid mark */
    bool is_full;        /* guard durable-mark: it does not, so all is scanned */
    bool is_healing;     /* guard queue-heal */
    bool is_dispatching; /* RocketMQ: scanned records are dispatched again */

    struct record_log_check check;
    uint64_t scan_from;
    uint64_t scan_limit;  /* nothing at or past it is scanned */
    uint64_t heal_limit;  /* nothing at or past it goes into queues (guard dledger-commit off) */
    uint64_t scan_end;    /* where the scan stopped */
    uint64_t message_sum; /* the defect dledger-message-size: bytes of messages, without headers */
    int64_t max_physic;   /* RocketMQ's maxPhyOffsetOfConsumeQueue */
    int64_t last_index;
    int64_t last_term;
    bool has_met_record;
};

static bool has_guard(const struct recovery *recovery, enum quirk_guard guard)
{
    return engine_has_guard(recovery->engine, guard);
}

static bool has_defect(const struct recovery *recovery, enum quirk_defect defect)
{
    return engine_has_defect(recovery->engine, defect);
}

static struct segment_list *log_files(const struct recovery *recovery)
{
    return record_log_files(recovery->engine->log);
}

/* Guard no-cut-on-error: a failed read refuses the start.  Without it the read counts as the end of
 * what was being read: returns 0 then. */
static int read_failed(const struct recovery *recovery, int r, struct err *err)
{
    if (!has_guard(recovery, QUIRK_GUARD_NO_CUT_ON_ERROR)) {
        return 0;
    }
    return err_wrap(err, r, "the end of the log cannot be told");
}

/* Step 1: directories and files */

static int make_dir(struct recovery *recovery, const char *dir, struct err *err)
{
    int r = disk_mkdir(recovery->engine->disk, POINT_STORE_MKDIR, dir, err);
    recovery->has_new_dir |= r == 0;
    return r < 0 ? r : 0;
}

static int make_dirs(struct recovery *recovery, struct err *err)
{
    static const char *const plain[] = {COMMITLOG_DIR, QUEUE_STORE_DIR, CONSUMER_OFFSETS_DIR};
    static const char *const dledger[] = {QUEUE_STORE_DIR, CONSUMER_OFFSETS_DIR, DLEDGER_LOG_DIR,
                                          DLEDGER_LOG_DATA_DIR, DLEDGER_LOG_INDEX_DIR};
    bool is_dledger = recovery->engine->options.mode == STORE_MODE_DLEDGER;
    const char *const *dirs = is_dledger ? dledger : plain;
    size_t count =
        is_dledger ? sizeof(dledger) / sizeof(dledger[0]) : sizeof(plain) / sizeof(plain[0]);
    for (size_t i = 0; i < count; i++) {
        int r = make_dir(recovery, dirs[i], err);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

/* Guard dir-sync: the tree is durable before anything is in it.  After a crash nobody knows, and no
 * abort file means a clean stop only together with a mark: the first life may have ended before. */
static int sync_dirs(struct recovery *recovery, struct err *err)
{
    bool is_known = recovery->is_normal && !recovery->has_new_dir &&
                    (recovery->has_mark || !has_guard(recovery, QUIRK_GUARD_DURABLE_MARK));
    if (!has_guard(recovery, QUIRK_GUARD_DIR_SYNC) || is_known) {
        return 0;
    }
    static const char *const dirs[] = {"", CONSUMER_OFFSETS_DIR, DLEDGER_LOG_DIR};
    size_t count = recovery->engine->options.mode == STORE_MODE_DLEDGER ? 3 : 2;
    for (size_t i = 0; i < count; i++) {
        int r = sync_batch_dir(recovery->engine->disk, POINT_STORE_SYNC_DIR, dirs[i],
                               has_guard(recovery, QUIRK_GUARD_SECOND_SYNC), err);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

static int open_log(struct recovery *recovery, struct err *err)
{
    struct engine *engine = recovery->engine;
    bool is_dledger = engine->options.mode == STORE_MODE_DLEDGER;
    const struct record_log_format *format = is_dledger ? &dledger_log_format : &commitlog_format;
    struct segment_list_options files = {
        .disk = engine->disk,
        .sink = &engine->sink,
        .dir = is_dledger ? DLEDGER_LOG_DATA_DIR : COMMITLOG_DIR,
        .file_size_bytes = engine->options.log_file_size_bytes,
        .points = format->points,
        .dir_sync = has_guard(recovery, QUIRK_GUARD_DIR_SYNC),
        .tail_zero = has_guard(recovery, QUIRK_GUARD_TAIL_ZERO),
        .second_sync = has_guard(recovery, QUIRK_GUARD_SECOND_SYNC),
        .zero_length_fatal = has_defect(recovery, QUIRK_DEFECT_ZERO_LENGTH_FATAL),
    };
    int r = record_log_open(format, &files, &engine->log, err);
    if (r == 0 && is_dledger) {
        struct dledger_log_options options = {.files = files,
                                              .index_file_units = engine->options.index_file_units};
        r = dledger_log_open(&options, engine->log, &engine->dledger, err);
    }
    return r;
}

static int open_queues(struct recovery *recovery, struct err *err)
{
    struct engine *engine = recovery->engine;
    struct consume_queue_options options = {
        .disk = engine->disk,
        .sink = &engine->sink,
        .file_units = engine->options.queue_file_units,
        .dir_sync = has_guard(recovery, QUIRK_GUARD_DIR_SYNC),
        .tail_zero = has_guard(recovery, QUIRK_GUARD_TAIL_ZERO),
        .second_sync = has_guard(recovery, QUIRK_GUARD_SECOND_SYNC),
        .is_error_end = !has_guard(recovery, QUIRK_GUARD_NO_CUT_ON_ERROR),
        .zero_length_fatal = has_defect(recovery, QUIRK_DEFECT_ZERO_LENGTH_FATAL),
        .no_expect = has_defect(recovery, QUIRK_DEFECT_DISPATCH_NO_EXPECT),
        .pre_blank_max_physic = has_defect(recovery, QUIRK_DEFECT_PRE_BLANK_MAX_PHYSIC),
        .flush_lookup_from_zero = has_defect(recovery, QUIRK_DEFECT_FLUSH_LOOKUP_FROM_ZERO),
        .empty_file_fatal = has_defect(recovery, QUIRK_DEFECT_EMPTY_QUEUE_FILE_FATAL),
        .zero_unit_accepted = has_defect(recovery, QUIRK_DEFECT_ZERO_UNIT_ACCEPTED),
    };
    return queue_store_open(&options, &engine->queues, err);
}

static int load_page(struct recovery *recovery, struct err *err)
{
    struct engine *engine = recovery->engine;
    int r = checkpoint_new(engine->disk, &engine->checkpoint);
    if (r < 0) {
        return err_set(err, r, "out of memory");
    }
    r = checkpoint_load(engine->checkpoint, &recovery->page, err);
    return r < 0 && r != -ENOMEM ? read_failed(recovery, r, err) : r;
}

static int load_offsets(struct recovery *recovery, struct err *err)
{
    struct engine *engine = recovery->engine;
    int r = consumer_offsets_new(engine->disk, has_guard(recovery, QUIRK_GUARD_SECOND_SYNC),
                                 &engine->offsets);
    if (r < 0) {
        return err_set(err, r, "out of memory");
    }
    struct consumer_offsets_defects defects = {
        .delete_rename = has_defect(recovery, QUIRK_DEFECT_OFFSETS_DELETE_RENAME),
        .in_place = has_defect(recovery, QUIRK_DEFECT_OFFSETS_IN_PLACE),
        .backup_pollution = has_defect(recovery, QUIRK_DEFECT_OFFSETS_BACKUP_POLLUTION),
    };
    consumer_offsets_plant(engine->offsets, &defects);
    return consumer_offsets_load(engine->offsets, err);
}

static int load(struct recovery *recovery, struct err *err)
{
    struct engine *engine = recovery->engine;
    bool has_abort = false;
    int r = abort_file_exists(engine->disk, &has_abort, err);
    recovery->is_normal = !has_abort;
    engine->has_abort = has_abort;
    if (r == 0) {
        r = open_log(recovery, err);
    }
    if (r == 0) {
        r = open_queues(recovery, err);
    }
    if (r == 0) {
        r = load_page(recovery, err);
    }
    if (r == 0) {
        r = load_offsets(recovery, err);
    }
    if (r < 0) {
        return r;
    }
    recovery->is_new = !has_abort && segment_list_count(log_files(recovery)) == 0 &&
                       queue_store_count(engine->queues) == 0 && !recovery->page.has_mark;
    enum event event = has_abort ? EVENT_RECOVERY_ABNORMAL : EVENT_RECOVERY_NORMAL;
    event_emit(&engine->sink, event, 0, "%s",
               has_abort ? "abort file found" : "after a clean stop");
    return 0;
}

/* Step 2: where the scan begins */

/* Whether the queues are as the mark says. Each is ended at its units below the mark. */
static int check_queues_at(struct recovery *recovery, uint64_t mark, bool *ret_agree,
                           struct err *err)
{
    struct queue_store *queues = recovery->engine->queues;
    struct queue_store_sum sum = {0};
    for (size_t i = 0; i < queue_store_count(queues); i++) {
        struct consume_queue *queue = queue_store_at(queues, i);
        int64_t units = 0;
        int r = consume_queue_units_below(queue, mark, &units, err);
        if (r < 0) {
            *ret_agree = false;
            return read_failed(recovery, r, err);
        }
        consume_queue_set_max(queue, units);
        if (consume_queue_has_units(queue)) {
            queue_store_add_to_sum(&sum, queue, units);
        }
    }
    *ret_agree = sum.queue_count == recovery->page.mark.queue_count &&
                 sum.hash == recovery->page.mark.queue_hash;
    return 0;
}

/* Guard durable-mark: a valid mark bounds recovery; without one the whole log is scanned. */
static int bound_by_mark(struct recovery *recovery, struct err *err)
{
    struct engine *engine = recovery->engine;
    struct segment_list *files = log_files(recovery);
    uint64_t mark = recovery->page.mark.physical_offset;
    bool is_valid = recovery->page.has_mark && mark >= segment_list_min(files) &&
                    mark <= segment_list_limit(files);
    if (is_valid && segment_list_hole(files) < mark) {
        return err_set(err, ERR_CORRUPT,
                       "'%s': no file at %" PRIu64 ", and the log is whole up to %" PRIu64,
                       segment_list_dir(files), segment_list_hole(files), mark);
    }
    if (is_valid) {
        int r = check_queues_at(recovery, mark, &is_valid, err);
        if (r < 0) {
            return r;
        }
    }
    recovery->has_mark = is_valid;
    recovery->is_full = !is_valid;
    if (is_valid) {
        recovery->scan_from = mark;
        recovery->last_index = recovery->page.mark.next_index - 1;
        recovery->last_term = recovery->page.mark.term;
        event_emit(&engine->sink, EVENT_MARK_USED, mark, "log and queues are whole up to %" PRIu64,
                   mark);
        return 0;
    }
    recovery->scan_from = segment_list_min(files);
    if (!recovery->is_new) {
        event_emit(&engine->sink, EVENT_MARK_REJECTED, mark, "%s",
                   recovery->page.has_mark ? "the mark does not fit what is there" : "no mark");
        event_emit(&engine->sink, EVENT_RECOVERY_FULL_SCAN, recovery->scan_from, "the whole log");
    }
    return 0;
}

/* Whether RocketMQ's abnormal recovery may begin with file `at`: by its first record. */
static int is_start_file(struct recovery *recovery, size_t at, bool *ret_is, struct err *err)
{
    static const struct record_log_check none = {.place = false};
    struct engine *engine = recovery->engine;
    struct record_log_item item;
    uint64_t start = segment_list_start(log_files(recovery), at);
    int r = record_log_read(engine->log, start, UINT64_MAX, &none, &item, err);
    if (r < 0) {
        *ret_is = false;
        return read_failed(recovery, r, err);
    }
    int64_t physic = recovery->page.physic_msg_timestamp_ms;
    int64_t logics = recovery->page.logics_msg_timestamp_ms;
    int64_t slack_ms =
        has_defect(recovery, QUIRK_DEFECT_NO_CHECKPOINT_SLACK) ? 0 : TIMESTAMP_SLACK_MS;
    int64_t min = (physic < logics ? physic : logics) - slack_ms;
    /* DLedger looks for V1 alone. */
    bool is_known = item.kind == MESSAGE_RECORD && !(engine->dledger != NULL && item.view.is_v2);
    *ret_is = is_known && item.view.store_timestamp_ms != 0 &&
              item.view.store_timestamp_ms <= (min < 0 ? 0 : min);
    return 0;
}

/* RocketMQ's start: after a clean stop the last three files, else by the timestamps. */
static int bound_by_files(struct recovery *recovery, struct err *err)
{
    struct segment_list *files = log_files(recovery);
    size_t count = segment_list_count(files);
    if (count == 0) {
        return 0;
    }
    size_t at = count > SCAN_FILE_COUNT ? count - SCAN_FILE_COUNT : 0;
    if (!recovery->is_normal) {
        bool is_start = false;
        for (at = count; at > 0 && !is_start;) {
            int r = is_start_file(recovery, --at, &is_start, err);
            if (r < 0) {
                return r;
            }
        }
    }
    recovery->scan_from = segment_list_start(files, at);
    return 0;
}

/* Guard record-crc: what a record must prove.  A log that we made has the CRC in every record; in
 * any other it is verified where there is one. */
static int choose_check(struct recovery *recovery, struct err *err)
{
    struct engine *engine = recovery->engine;
    bool has_crc = has_guard(recovery, QUIRK_GUARD_RECORD_CRC);
    struct message_check *check = &recovery->check.message;
    recovery->check.place = has_crc;
    if (!has_crc) {
        check->body_crc = true;
        return 0;
    }
    bool is_required = recovery->is_new;
    if (recovery->has_mark) {
        is_required = (recovery->page.mark.flags & CHECKPOINT_FLAG_RECORD_CRC) != 0;
    } else if (!recovery->is_new) {
        struct record_log_check strict = {
            .message = {.property_crc = true, .require_property_crc = true}};
        struct record_log_item item;
        uint64_t min = record_log_min(engine->log);
        int r = record_log_read(engine->log, min, UINT64_MAX, &strict, &item, err);
        if (r < 0) {
            return read_failed(recovery, r, err);
        }
        is_required = item.kind == MESSAGE_RECORD || segment_list_count(log_files(recovery)) == 0;
    }
    engine->is_all_crc =
        is_required && (recovery->has_mark || recovery->is_full || recovery->is_new);
    check->property_crc = true;
    check->require_property_crc = is_required;
    check->body_crc = !is_required; /* the property CRC covers the body */
    check->properties_parse = !is_required;
    return 0;
}

/* Step 3: the scan */

/* Looks again when a record failed: was it only the question for DUP_INFO? (issue #8032) */
static void tell_dup_info(struct recovery *recovery, uint64_t position)
{
    struct record_log_check check = recovery->check;
    struct record_log_item item;
    check.message.dup_info = false;
    int r =
        record_log_read(recovery->engine->log, position, recovery->scan_limit, &check, &item, NULL);
    if (r == 0 && item.kind == MESSAGE_RECORD) {
        event_emit(&recovery->engine->sink, EVENT_DUP_INFO_CHECK, position,
                   "DupInfo in properties check failed. dupInfo=null");
    }
}

/* Whether RocketMQ's scan of 5.2.0 asks every record for DUP_INFO.  It decides over the queues; the
 * log itself DLedger has recovered by its headers.  Our own scan, which decides over the log and
 * heals queues, is another and does not ask. */
static bool asks_for_dup_info(const struct recovery *recovery)
{
    return recovery->engine->dledger != NULL && !recovery->is_normal && !recovery->is_healing &&
           !has_guard(recovery, QUIRK_GUARD_DLEDGER_COMMIT) &&
           has_defect(recovery, QUIRK_DEFECT_DLEDGER_DUP_INFO);
}

/* Whether a DLedger entry follows the one before. */
static bool follows(const struct recovery *recovery, const struct record_log_item *item)
{
    return recovery->engine->dledger == NULL ||
           ((recovery->last_index < 0 || item->index == recovery->last_index + 1) &&
            item->term >= recovery->last_term);
}

/* Guard queue-heal: the record's unit is checked at its own index, and put right. */
static int heal_unit(struct recovery *recovery, const struct record_log_item *item, struct err *err)
{
    struct engine *engine = recovery->engine;
    const struct message_view *view = &item->view;
    struct consume_queue *queue =
        queue_store_find(engine->queues, view->topic, view->topic_size_bytes, view->queue_id);
    if (!dispatcher_takes(item)) {
        return 0;
    }
    int r = 0;
    if (queue == NULL) {
        r = queue_store_get(engine->queues, view->topic, view->topic_size_bytes, view->queue_id,
                            &queue);
        if (r == 0) {
            r = consume_queue_heal_begin(queue, -1, err);
        }
        if (r == 0) {
            r = queue_store_ensure_dir(engine->queues, queue, err);
        }
    }
    if (r < 0) {
        return r;
    }
    struct consume_queue_unit unit;
    dispatcher_unit(item, &unit);
    engine->dispatched_store_ms = view->store_timestamp_ms;
    return consume_queue_heal_unit(queue, &unit, view->queue_offset, err);
}

/* DLedger, guard dledger-commit: data decides, the index unit is put right. */
static int check_index(struct recovery *recovery, const struct record_log_item *item,
                       struct err *err)
{
    struct engine *engine = recovery->engine;
    if (engine->dledger == NULL || !has_guard(recovery, QUIRK_GUARD_DLEDGER_COMMIT)) {
        return 0;
    }
    int r = dledger_log_index_agrees(engine->dledger, item, err);
    if (r < 0) {
        r = read_failed(recovery, r, err);
    }
    if (r == 0) {
        event_emit(&engine->sink, EVENT_INDEX_REBUILT, item->position, "index %" PRId64,
                   item->index);
        r = dledger_log_write_index(engine->dledger, item, err);
    }
    return r < 0 ? r : 0;
}

/* Whether RocketMQ up to 4.3.1 takes what is no record for one: it asked for a size alone. */
static bool is_half_accepted(const struct recovery *recovery, const struct record_log_item *item)
{
    return item->kind == MESSAGE_MISMATCH && recovery->engine->dledger == NULL &&
           has_defect(recovery, QUIRK_DEFECT_HALF_RECORD_ACCEPTED) &&
           !has_guard(recovery, QUIRK_GUARD_RECORD_CRC);
}

static int accept_record(struct recovery *recovery, const struct record_log_item *item,
                         struct err *err)
{
    struct engine *engine = recovery->engine;
    if (!recovery->has_met_record) {
        recovery->has_met_record = true;
        event_emit(&engine->sink, EVENT_RECOVERY_FOUND_RECORDS, item->position, "scan");
    }
    if (item->view.store_timestamp_ms > engine->last_store_ms) {
        engine->last_store_ms = item->view.store_timestamp_ms;
    }
    recovery->last_index = item->index;
    recovery->last_term = item->term;
    recovery->message_sum += item->view.size_bytes;
    int r = check_index(recovery, item, err);
    if (r == 0 && recovery->is_healing && item->position < recovery->heal_limit) {
        r = heal_unit(recovery, item, err);
    } else if (r == 0 && recovery->is_dispatching) {
        r = dispatcher_put(engine, item, err);
    }
    return r;
}

/* Reads records from scan_from to the first thing that is none. */
static int scan(struct recovery *recovery, struct err *err)
{
    struct engine *engine = recovery->engine;
    uint64_t position = recovery->scan_from;
    for (;;) {
        struct record_log_item item;
        int r = record_log_read(engine->log, position, recovery->scan_limit, &recovery->check,
                                &item, err);
        if (r < 0) {
            r = read_failed(recovery, r, err);
            if (r < 0) {
                return r;
            }
        }
        if (item.kind == MESSAGE_BLANK &&
            segment_list_find(log_files(recovery), position + item.size_bytes) >= 0) {
            position += item.size_bytes;
            recovery->message_sum = 0;
            continue;
        }
        if (is_half_accepted(recovery, &item)) {
            position += item.size_bytes;
            continue;
        }
        if (item.kind != MESSAGE_RECORD || !follows(recovery, &item)) {
            if (item.kind == MESSAGE_BROKEN && recovery->check.message.dup_info) {
                tell_dup_info(recovery, position);
            }
            recovery->scan_end = position;
            return 0;
        }
        r = accept_record(recovery, &item, err);
        if (r < 0) {
            return r;
        }
        position += item.size_bytes;
    }
}

/* Step 4: the log */

/* DLedger without the guard dledger-commit: RocketMQ's own recovery of the entries, which looks at
 * headers only; with the guard record-crc the bodies of the last files are looked at too. */
static int recover_entries(struct recovery *recovery, struct err *err)
{
    struct engine *engine = recovery->engine;
    bool is_error_end = !has_guard(recovery, QUIRK_GUARD_NO_CUT_ON_ERROR);
    int r = dledger_log_recover(engine->dledger, is_error_end, err);
    size_t count = segment_list_count(log_files(recovery));
    if (r < 0 || count == 0 || !has_guard(recovery, QUIRK_GUARD_RECORD_CRC)) {
        return r;
    }
    size_t first = count > SCAN_FILE_COUNT ? count - SCAN_FILE_COUNT : 0;
    struct recovery probe = *recovery;
    probe.scan_from = segment_list_start(log_files(recovery), first);
    probe.scan_limit = record_log_end(engine->log);
    probe.last_index = -1;
    probe.last_term = -1;
    probe.is_healing = false;
    probe.is_dispatching = false;
    probe.has_met_record = true;
    r = scan(&probe, err);
    if (r == 0 && probe.scan_end < record_log_end(engine->log)) {
        record_log_set_end(engine->log, probe.scan_end);
        dledger_log_set_last(engine->dledger, probe.last_index, probe.last_term);
        dledger_log_end_index_at(engine->dledger, probe.last_index);
    }
    return r;
}

/* Committed entries as the DLedger checkpoint has them. */
static int restore_committed(struct recovery *recovery, struct err *err)
{
    struct engine *engine = recovery->engine;
    int64_t index = dledger_log_saved_committed_index(engine->dledger);
    int64_t end_index = dledger_log_end_index(engine->dledger);
    uint64_t end = record_log_min(engine->log);
    int64_t term = -1;
    index = index < end_index ? index : end_index;
    int r = 0;
    if (index >= 0) {
        r = dledger_log_entry_end(engine->dledger, index, &end, &term, err);
        if (r == -ENODATA) {
            index = -1;
            r = 0;
        } else if (r < 0) {
            r = read_failed(recovery, r, err);
        }
    }
    engine->committed = index == end_index ? UINT64_MAX : end;
    engine->committed_index = index;
    return r;
}

/* Where the log's scan ends, what goes into the queues, and whether there is a scan at all. */
static int bound_entries(struct recovery *recovery, struct err *err)
{
    struct engine *engine = recovery->engine;
    recovery->scan_limit = segment_list_limit(log_files(recovery));
    recovery->heal_limit = UINT64_MAX;
    if (engine->dledger == NULL || has_guard(recovery, QUIRK_GUARD_DLEDGER_COMMIT)) {
        return 0;
    }
    int r = recover_entries(recovery, err);
    if (r == 0) {
        r = restore_committed(recovery, err);
    }
    recovery->scan_limit = record_log_end(engine->log);
    recovery->heal_limit = engine->committed;
    return r;
}

/* Writes the log again from where nothing is known to be durable, and syncs it. */
static int rewrite_log(struct recovery *recovery, struct err *err)
{
    int r = segment_list_rewrite(log_files(recovery), err);
    return r < 0 ? r : segment_list_sync(log_files(recovery), err);
}

/* Guard dledger-commit: what the scan found is committed, and synced before anything follows it. */
static int commit_entries(struct recovery *recovery, struct err *err)
{
    struct engine *engine = recovery->engine;
    if (engine->dledger == NULL || !has_guard(recovery, QUIRK_GUARD_DLEDGER_COMMIT)) {
        return 0;
    }
    int64_t committed = dledger_log_saved_committed_index(engine->dledger);
    engine->committed_index = recovery->last_index;
    engine->committed = UINT64_MAX;
    if (committed < recovery->last_index) {
        event_emit(&engine->sink, EVENT_COMMITTED_AT_OPEN, recovery->scan_end,
                   "committedIndex %" PRId64 " becomes %" PRId64, committed, recovery->last_index);
    }
    bool is_synced = recovery->is_normal || has_guard(recovery, QUIRK_GUARD_RESTART_REWRITE);
    return is_synced ? 0 : rewrite_log(recovery, err);
}

/* Ends the log where the scan ended. */
static void end_log(struct recovery *recovery)
{
    struct engine *engine = recovery->engine;
    bool is_by_headers =
        engine->dledger != NULL && !has_guard(recovery, QUIRK_GUARD_DLEDGER_COMMIT);
    if (!is_by_headers) {
        record_log_set_end(engine->log, recovery->scan_end);
    }
    if (!is_by_headers && engine->dledger != NULL) {
        dledger_log_set_last(engine->dledger, recovery->last_index, recovery->last_term);
        dledger_log_end_index_at(engine->dledger, recovery->last_index);
    }
}

static bool has_bytes_past_end(struct recovery *recovery)
{
    struct segment_list *files = log_files(recovery);
    uint64_t end = segment_list_end(files);
    uint64_t file_size = segment_list_file_size(files);
    uint8_t at[8] = {0};
    uint64_t left = file_size - end % file_size;
    if (segment_list_find(files, end) < 0) {
        return false;
    }
    int r = segment_list_read(files, end, at, left < sizeof(at) ? (size_t)left : sizeof(at), NULL);
    return r == 0 && !bytes_is_zero(at, sizeof(at));
}

/* Cuts files beyond the log's end and, guard tail-zero, zeroes what stands past it. */
static int clean_log_tail(struct recovery *recovery, struct err *err)
{
    struct engine *engine = recovery->engine;
    struct segment_list *files = log_files(recovery);
    struct segment_list *index =
        engine->dledger == NULL ? NULL : dledger_log_index_files(engine->dledger);
    bool is_zeroing = has_guard(recovery, QUIRK_GUARD_TAIL_ZERO);
    bool is_cut = has_bytes_past_end(recovery);
    int64_t r = segment_list_cut_files(files, err);
    if (r >= 0 && is_zeroing) {
        r = segment_list_zero_tail(files, err);
        is_cut |= r > 0;
    }
    if (is_cut) {
        event_emit(&engine->sink, EVENT_LOG_CUT, segment_list_end(files),
                   "the log ends at %" PRIu64, segment_list_end(files));
    }
    if (r >= 0 && index != NULL) {
        r = segment_list_cut_files(index, err);
    }
    if (r >= 0 && index != NULL && is_zeroing) {
        r = segment_list_zero_tail(index, err);
    }
    return r < 0 ? (int)r : 0;
}

/* Step 5: the queues */

/* RocketMQ looks at every queue before it looks at the log. */
static int recover_queues(struct recovery *recovery, struct err *err)
{
    struct queue_store *queues = recovery->engine->queues;
    recovery->max_physic = -1;
    if (recovery->has_mark && recovery->is_healing) {
        return 0; /* ended at the mark already */
    }
    for (size_t i = 0; i < queue_store_count(queues); i++) {
        int r = consume_queue_recover(queue_store_at(queues, i), err);
        if (r < 0) {
            return r;
        }
    }
    recovery->max_physic = queue_store_max_physic(queues);
    return 0;
}

/* Guard queue-heal, first half: what is known of each queue before the scan. */
static int begin_healing(struct recovery *recovery, struct err *err)
{
    struct queue_store *queues = recovery->engine->queues;
    for (size_t i = 0; i < queue_store_count(queues); i++) {
        struct consume_queue *queue = queue_store_at(queues, i);
        int64_t known = -1;
        int r = 0;
        if (recovery->has_mark) {
            known = consume_queue_max(queue);
        } else if (!recovery->is_full) {
            r = consume_queue_units_below(queue, recovery->scan_from, &known, err);
        }
        if (r == 0) {
            r = consume_queue_heal_begin(queue, known, err);
        }
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

/* Guard queue-heal, second half: what is pending is written, units too many are cut. */
static int finish_healing(struct recovery *recovery, struct err *err)
{
    struct engine *engine = recovery->engine;
    for (size_t i = 0; i < queue_store_count(engine->queues); i++) {
        int r = consume_queue_heal_finish(queue_store_at(engine->queues, i),
                                          record_log_min(engine->log), err);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

/* RocketMQ: queues that know more than the log are cut at the log's end. */
static int truncate_queues(struct recovery *recovery, uint64_t end, struct err *err)
{
    struct queue_store *queues = recovery->engine->queues;
    bool is_left = recovery->is_normal && has_defect(recovery, QUIRK_DEFECT_NORMAL_KEEPS_QUEUES);
    if (is_left || recovery->max_physic < 0 || (uint64_t)recovery->max_physic < end) {
        return 0;
    }
    for (size_t i = 0; i < queue_store_count(queues); i++) {
        int r = consume_queue_recover_truncate(queue_store_at(queues, i), end, err);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

static int clean_queue_tails(struct recovery *recovery, bool is_trusted, struct err *err)
{
    struct queue_store *queues = recovery->engine->queues;
    for (size_t i = 0; i < queue_store_count(queues); i++) {
        struct consume_queue *queue = queue_store_at(queues, i);
        if (is_trusted) {
            consume_queue_trust_tail(queue);
            continue;
        }
        int r = consume_queue_clean_tail(queue, err);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

/* Next queueOffset = max, and the first readable unit of each queue. */
static int restore_offsets(struct recovery *recovery, struct err *err)
{
    struct engine *engine = recovery->engine;
    for (size_t i = 0; i < queue_store_count(engine->queues); i++) {
        struct consume_queue *queue = queue_store_at(engine->queues, i);
        consume_queue_set_next_offset(queue, consume_queue_max(queue));
        int r = consume_queue_correct_min(queue, record_log_min(engine->log), err);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

/* Step 6: consumer offsets */

static int64_t max_of(void *arg, const char *topic, size_t topic_size_bytes, int32_t queue_id)
{
    const struct engine *engine = arg;
    const struct consume_queue *queue =
        queue_store_find(engine->queues, topic, topic_size_bytes, queue_id);
    return queue == NULL ? 0 : consume_queue_max(queue);
}

/* Guard offset-clip: no group is ahead of its queue. */
static int clip_offsets(struct recovery *recovery, struct err *err)
{
    struct engine *engine = recovery->engine;
    if (!has_guard(recovery, QUIRK_GUARD_OFFSET_CLIP)) {
        return 0;
    }
    size_t lowered = consumer_offsets_clip(engine->offsets, max_of, engine);
    if (lowered == 0) {
        return 0;
    }
    event_emit(&engine->sink, EVENT_OFFSETS_CLIPPED, 0, "%zu consumer offsets lowered", lowered);
    return consumer_offsets_save(engine->offsets, engine_now_ms(engine), err);
}

/* The whole */

/* RocketMQ's DLedger recovery after a clean stop scans nothing; before 5.2.0 never (#7355). */
static bool is_scan_left_out(const struct recovery *recovery)
{
    bool is_rocketmq = !has_guard(recovery, QUIRK_GUARD_DURABLE_MARK) && !recovery->is_healing &&
                       !has_guard(recovery, QUIRK_GUARD_DLEDGER_COMMIT);
    return recovery->engine->dledger != NULL && is_rocketmq &&
           (recovery->is_normal || has_defect(recovery, QUIRK_DEFECT_DLEDGER_NO_REDISPATCH));
}

/* Where the queues are cut: where the scan ended, or what the defects make of it. */
static uint64_t queue_cut(const struct recovery *recovery)
{
    bool is_summing = recovery->engine->dledger != NULL && !recovery->is_normal &&
                      has_defect(recovery, QUIRK_DEFECT_DLEDGER_MESSAGE_SIZE);
    if (!is_summing) {
        return recovery->scan_end;
    }
    uint64_t file_size = segment_list_file_size(log_files(recovery));
    uint64_t inside = recovery->scan_end % file_size;
    return recovery->scan_end - inside + (inside == 0 ? 0 : recovery->message_sum);
}

/* Chooses the scan's place and checks. */
static int prepare(struct recovery *recovery, struct err *err)
{
    recovery->is_healing = has_guard(recovery, QUIRK_GUARD_QUEUE_HEAL);
    recovery->last_index = -1;
    recovery->last_term = -1;
    int r = has_guard(recovery, QUIRK_GUARD_DURABLE_MARK) ? bound_by_mark(recovery, err)
                                                          : bound_by_files(recovery, err);
    if (r == 0) {
        r = choose_check(recovery, err);
    }
    if (r == 0) {
        r = bound_entries(recovery, err);
    }
    bool is_marking = has_guard(recovery, QUIRK_GUARD_DURABLE_MARK);
    recovery->is_dispatching = !recovery->is_healing && (is_marking || !recovery->is_normal);
    recovery->check.message.dup_info = asks_for_dup_info(recovery);
    uint64_t min = record_log_min(recovery->engine->log);
    if (recovery->scan_from >= min + segment_list_file_size(log_files(recovery)) &&
        !recovery->is_new) {
        event_emit(&recovery->engine->sink, EVENT_RECOVERY_AFTER_FIRST_FILE, recovery->scan_from,
                   "scan from %" PRIu64, recovery->scan_from);
    }
    return r;
}

/* Queues and log, in RocketMQ's order: queues, log, queues again. */
static int rebuild(struct recovery *recovery, struct err *err)
{
    int r = recover_queues(recovery, err);
    if (r == 0 && recovery->is_healing) {
        r = begin_healing(recovery, err);
    }
    if (r == 0 && is_scan_left_out(recovery)) {
        recovery->scan_end = record_log_end(recovery->engine->log);
    } else if (r == 0) {
        r = scan(recovery, err);
    }
    if (r < 0) {
        return r;
    }
    end_log(recovery);
    return recovery->is_healing ? finish_healing(recovery, err)
                                : truncate_queues(recovery, queue_cut(recovery), err);
}

/* Puts the tails right; after a clean stop that the mark vouches for there is nothing to look at.
 */
static int clean_tails(struct recovery *recovery, struct err *err)
{
    struct engine *engine = recovery->engine;
    struct segment_list *files = log_files(recovery);
    recovery->is_trusted =
        recovery->is_normal && recovery->has_mark && recovery->scan_end == recovery->scan_from &&
        segment_list_limit(files) - recovery->scan_end <= segment_list_file_size(files) &&
        !has_bytes_past_end(recovery);
    if (recovery->is_trusted) {
        segment_list_trust_tail(files);
        if (engine->dledger != NULL) {
            segment_list_trust_tail(dledger_log_index_files(engine->dledger));
        }
        return clean_queue_tails(recovery, true, err);
    }
    int r = clean_log_tail(recovery, err);
    return r < 0 ? r : clean_queue_tails(recovery, false, err);
}

/* From where on nothing is known to be durable: the mark; all of it without one. */
static void suspect(struct recovery *recovery)
{
    struct engine *engine = recovery->engine;
    bool has_mark = recovery->has_mark;
    segment_list_suspect(log_files(recovery), has_mark ? recovery->scan_from : 0);
    if (engine->dledger != NULL) {
        int64_t next = has_mark ? recovery->page.mark.next_index : 0;
        dledger_log_suspect_index(engine->dledger, next < 0 ? 0 : next);
    }
    for (size_t i = 0; i < queue_store_count(engine->queues); i++) {
        struct consume_queue *queue = queue_store_at(engine->queues, i);
        consume_queue_suspect(queue, has_mark ? consume_queue_max(queue) : 0);
    }
}

/* Guard restart-rewrite: after an unclean stop nothing read from the cache is believed durable.  It
 * is written again, since a page that a failed sync dropped is clean, and synced with every
 * directory.  RocketMQ takes all it read for flushed. */
static int restart_rewrite(struct recovery *recovery, struct err *err)
{
    struct engine *engine = recovery->engine;
    bool is_unclean = !recovery->is_normal ||
                      (has_guard(recovery, QUIRK_GUARD_DURABLE_MARK) && !recovery->is_trusted);
    if (!has_guard(recovery, QUIRK_GUARD_RESTART_REWRITE) || !is_unclean || recovery->is_new) {
        return 0;
    }
    int r = 0;
    if (recovery->has_mark) {
        r = checkpointer_save_page(engine, &recovery->page, err);
    }
    if (r == 0) {
        r = rewrite_log(recovery, err);
    }
    if (r == 0 && engine->dledger != NULL) {
        struct segment_list *index = dledger_log_index_files(engine->dledger);
        r = segment_list_rewrite(index, err);
        r = r < 0 ? r : segment_list_sync(index, err);
    }
    return r < 0 ? r : queue_store_rewrite(engine->queues, err);
}

/* The engine's positions, from what was found. */
static void set_positions(struct recovery *recovery)
{
    struct engine *engine = recovery->engine;
    uint64_t end = record_log_end(engine->log);
    bool is_marking = has_guard(recovery, QUIRK_GUARD_DURABLE_MARK);
    bool is_committing = has_guard(recovery, QUIRK_GUARD_DLEDGER_COMMIT);
    engine->flushed = end;
    if (end == record_log_min(engine->log)) {
        /* Whatever the first record lacked, it is gone. */
        engine->is_all_crc = has_guard(recovery, QUIRK_GUARD_RECORD_CRC);
    }
    engine->dispatched = end;
    engine->dispatched_index = recovery->last_index;
    engine->dispatched_term = recovery->last_term;
    if (engine->dledger != NULL && !is_committing && engine->committed < end) {
        engine->dispatched = engine->committed;
        engine->dispatched_index = engine->committed_index;
        if (recovery->has_mark && engine->dispatched < recovery->scan_from) {
            engine->dispatched = recovery->scan_from;
            engine->dispatched_index = recovery->page.mark.next_index - 1;
        }
    }
    const struct checkpoint_page *page = &recovery->page;
    if (recovery->has_mark) {
        int64_t page_ms = page->physic_msg_timestamp_ms > page->logics_msg_timestamp_ms
                              ? page->physic_msg_timestamp_ms
                              : page->logics_msg_timestamp_ms;
        engine->last_store_ms = page_ms > engine->last_store_ms ? page_ms : engine->last_store_ms;
    }
    engine->saved_page = *page;
    engine->has_saved_page = page->has_mark || page->physic_msg_timestamp_ms != 0;
    if (!recovery->has_mark && is_marking) {
        engine->saved_page.has_mark = false;
    }
    engine->flushed_store_ms = engine->last_store_ms;
    engine->retention = (struct engine_retention){.reserved_ms = -1};
}

/* What must be on disk before the first put: offsets lowered, the term
 * raised, abort there. */
static int arm(struct recovery *recovery, struct err *err)
{
    struct engine *engine = recovery->engine;
    int r = clip_offsets(recovery, err);
    if (r == 0 && engine->dledger != NULL) {
        r = dledger_log_raise_term(engine->dledger, err);
    }
    bool dir_sync = has_guard(recovery, QUIRK_GUARD_DIR_SYNC);
    bool is_synced = dir_sync || !has_defect(recovery, QUIRK_DEFECT_ABORT_NOT_DURABLE);
    if (r == 0) {
        int dir_syncs = !dir_sync ? 0 : has_guard(recovery, QUIRK_GUARD_SECOND_SYNC) ? 2 : 1;
        r = abort_file_create(engine->disk, engine->env->pid, is_synced, dir_syncs, err);
    }
    engine->has_abort = r == 0;
    return r;
}

/* Errors of the disk refuse the start; the store's own codes and two that callers act on stay. */
static int refuse(int r, struct err *err)
{
    return r == -EAGAIN || r == -ENOMEM || r == ERR_CORRUPT || r == ERR_REFUSED
               ? r
               : err_wrap(err, ERR_REFUSED, "%s", err_name(r));
}

/* A rejected mark goes before anything is mended: half-mended queues could fit it again.  One that
 * is gone already may be so in the cache only. */
static int drop_mark(struct recovery *recovery, struct err *err)
{
    struct engine *engine = recovery->engine;
    if (!recovery->is_full || !checkpoint_is_there(engine->checkpoint)) {
        return 0;
    }
    recovery->page.has_mark = false;
    return checkpointer_save_page(engine, &recovery->page, err);
}

/* With the directory judged, its mending: from here on errors are those of writes. */
static int mend(struct recovery *recovery, struct err *err)
{
    int r = sync_dirs(recovery, err);
    if (r == 0) {
        r = drop_mark(recovery, err);
    }
    if (r == 0) {
        r = rebuild(recovery, err);
    }
    if (r == 0) {
        r = clean_tails(recovery, err);
    }
    if (r == 0) {
        r = restart_rewrite(recovery, err);
    }
    if (r == 0) {
        r = commit_entries(recovery, err);
    }
    if (r == 0) {
        set_positions(recovery);
        r = restore_offsets(recovery, err);
    }
    return r < 0 ? r : arm(recovery, err);
}

int recovery_run(struct engine *engine, struct err *err)
{
    struct recovery recovery = {.engine = engine};
    engine->committed = UINT64_MAX;
    engine->committed_index = -1;
    int r = lock_file_take(engine->disk, &engine->lock, err);
    if (r == 0) {
        r = make_dirs(&recovery, err);
    }
    if (r < 0) {
        return r;
    }
    r = load(&recovery, err);
    if (r == 0) {
        r = prepare(&recovery, err);
    }
    if (r == 0) {
        suspect(&recovery);
        r = mend(&recovery, err);
    }
    return r < 0 ? refuse(r, err) : 0;
}
