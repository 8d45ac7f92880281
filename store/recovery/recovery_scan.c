/* The walk over the log: see recovery_scan.h. */
#include "store/recovery/recovery_scan.h"

#include "store/recovery/recovery_open.h"

/* Looks again when a record failed: was it only the question for DUP_INFO? RocketMQ logs that line,
 * and it is by the event that a scenario knows the defect was met and not another break in the log
 * (issue #8032). */
static void tell_dup_info(struct engine *engine, const struct recovery_scan *scan,
                          uint64_t position)
{
    struct record_log_check check = scan->check;
    struct record_log_item item;
    check.message.dup_info = false;
    int r =
        record_log_read(engine->log, position, record_log_end(engine->log), &check, &item, NULL);
    if (r == 0 && item.kind == MESSAGE_RECORD) {
        event_emit(&engine->sink, EVENT_DUP_INFO_CHECK, position,
                   "DupInfo in properties check failed. dupInfo=null");
    }
}

/* Whether a DLedger entry follows the one before: no index is left out, no term goes back. What
 * stands past a cut may be whole entries of an earlier life; their place in the file is right, and
 * only index and term give them away. */
static bool follows(const struct engine *engine, const struct recovery_scan *scan,
                    const struct record_log_item *item)
{
    return engine->dledger == NULL ||
           ((scan->last_index < 0 || item->index == scan->last_index + 1) &&
            item->term >= scan->last_term);
}

/* Whether RocketMQ up to 4.3.1 takes what is no record for one: it asked for a size alone, so one
 * whose length disagrees with what is inside was passed over as if it were whole. */
static bool is_half_accepted(const struct engine *engine, const struct record_log_item *item)
{
    return item->kind == MESSAGE_MISMATCH && engine->dledger == NULL &&
           engine_has_defect(engine, QUIRK_DEFECT_HALF_RECORD_ACCEPTED) &&
           !engine_has_guard(engine, QUIRK_GUARD_RECORD_CRC);
}

/* Whether the blank is followed by a file: one before a file that is missing ends the log. */
static bool is_passable_blank(const struct engine *engine, const struct record_log_item *item)
{
    return item->kind == MESSAGE_BLANK &&
           segment_list_find(record_log_files(engine->log), item->position + item->size_bytes) >= 0;
}

/* Takes note of the record before anyone else does: storeTimestamp and the DLedger position go by
 * what the log holds, whether or not a queue takes the record. */
static int accept(struct engine *engine, struct recovery_scan *scan,
                  const struct record_log_item *item, struct err *err)
{
    if (item->view.store_timestamp_ms > engine->last_store_ms) {
        engine->last_store_ms = item->view.store_timestamp_ms;
    }
    engine->is_all_crc = engine->is_all_crc && message_has_crc(&item->view);
    scan->last_index = item->index;
    scan->last_term = item->term;
    scan->last_start = item->position;
    scan->message_sum += item->view.size_bytes;
    return scan->accept == NULL ? 0 : scan->accept(scan->arg, item, err);
}

/* The scan ends at the first thing that is no record, and never jumps over one: whatever stands
 * behind it may be older than the hole in front of it. */
int recovery_scan_run(struct engine *engine, struct recovery_scan *scan, struct err *err)
{
    uint64_t position = scan->from;
    scan->last_start = position;
    scan->file_start = position - position % segment_list_file_size(record_log_files(engine->log));
    for (;;) {
        struct record_log_item item;
        int r = record_log_read(engine->log, position, record_log_end(engine->log), &scan->check,
                                &item, err);
        if (r < 0) {
            r = recovery_open_read_failed(engine, r, err);
        }
        if (r < 0) {
            return r;
        }
        if (is_passable_blank(engine, &item)) {
            position += item.size_bytes;
            scan->file_start = position;
            scan->message_sum = 0;
            continue;
        }
        if (is_half_accepted(engine, &item)) {
            position += item.size_bytes;
            continue;
        }
        if (item.kind != MESSAGE_RECORD || !follows(engine, scan, &item)) {
            if (item.kind == MESSAGE_BROKEN && scan->check.message.dup_info) {
                tell_dup_info(engine, scan, position);
            }
            scan->end = position;
            return 0;
        }
        r = accept(engine, scan, &item, err);
        if (r < 0) {
            return r;
        }
        position += item.size_bytes;
    }
}
