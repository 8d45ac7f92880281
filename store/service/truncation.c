/* Cutting the log on request: see truncation.h. */
#include "store/service/truncation.h"

#include "store/service/checkpointer.h"
#include "store/service/dispatcher.h"

#include <errno.h>
#include <inttypes.h>

/* The item whose record begins at `physical_offset`. */
static int find_item(struct engine *engine, uint64_t physical_offset,
                     struct record_log_item *ret_item, struct err *err)
{
    static const struct record_log_check check = {.message = {.body_crc = true}, .place = true};
    uint32_t header = engine_header_size(engine);
    uint64_t position = physical_offset - header;
    if (physical_offset < header || position < record_log_min(engine->log) ||
        position >= record_log_end(engine->log)) {
        return err_set(err, ERR_USAGE, "no record begins at %" PRIu64, physical_offset);
    }
    int r =
        record_log_read(engine->log, position, record_log_end(engine->log), &check, ret_item, err);
    if (r == 0 && ret_item->kind != MESSAGE_RECORD) {
        r = err_set(err, ERR_USAGE, "no record begins at %" PRIu64, physical_offset);
    }
    return r;
}

/* Log and queues durable up to the end: the lowered mark speaks of units that were only just
 * written. All is dispatched first: the lowered mark counts every unit below it. */
static int settle(struct engine *engine, struct err *err)
{
    int r = flusher_run(engine, true, false, err);
    while (r >= 0 && dispatcher_has_work(engine)) {
        r = dispatcher_step(engine, SIZE_MAX, err);
    }
    return r < 0 ? r : flusher_confirm(engine, err);
}

/* The term of the last entry that stays.  Where the entry before is not to be had any more, the cut
 * one has followed it in the same term. */
static int term_before(struct engine *engine, const struct record_log_item *item, int64_t *ret_term,
                       struct err *err)
{
    uint64_t before = 0;
    if (engine->dledger == NULL || item->index == 0) {
        return 0;
    }
    int r = dledger_log_entry_end(engine->dledger, item->index - 1, &before, ret_term, err);
    if (r == -ENODATA) {
        *ret_term = item->term;
        return 0;
    }
    return r;
}

/* The mark must not say more than what will be there: after a crash in the middle of the cut a mark
 * above it would have recovery believe in records that are gone. So it is lowered, durably, before
 * anything is cut. */
static int lower_mark(struct engine *engine, const struct record_log_item *item, int64_t term,
                      struct err *err)
{
    bool is_below =
        !engine->has_saved_page || engine->saved_page.mark.physical_offset <= item->position;
    /* What a failed save wrote may come out of the disk later. */
    if (!engine_has_guard(engine, QUIRK_GUARD_DURABLE_MARK) ||
        (is_below && !engine->has_save_failed)) {
        return 0;
    }
    struct queue_store_sum sum;
    int r = queue_store_sum_below(engine->queues, item->position, false, &sum, err);
    if (r < 0) {
        return r;
    }
    struct checkpoint_mark mark = {
        .physical_offset = item->position,
        .queue_count = sum.queue_count,
        .flags = engine->is_all_crc ? CHECKPOINT_FLAG_RECORD_CRC : 0,
        .queue_hash = sum.hash,
        .next_index = item->index,
        .term = term,
    };
    return checkpointer_write_mark(engine, &mark, err);
}

/* Cuts the log, and DLedger's index with it. The positions move even after a failure: what is in
 * memory must not point past the end. */
static int cut_log(struct engine *engine, const struct record_log_item *item, int64_t term,
                   struct err *err)
{
    record_log_set_end(engine->log, item->position);
    if (engine->flushed > item->position &&
        !engine_has_defect(engine, QUIRK_DEFECT_FLUSHED_AFTER_TRUNCATE)) {
        engine->flushed = item->position;
    }
    int64_t r = segment_list_zero_past_end(record_log_files(engine->log), err);
    if (engine->dledger != NULL) {
        dledger_log_set_last(engine->dledger, item->index - 1, term);
        dledger_log_end_index_at(engine->dledger, item->index - 1);
        engine->committed_index = item->index - 1;
        if (r >= 0) {
            r = segment_list_zero_past_end(dledger_log_index_files(engine->dledger), err);
        }
    }
    return r < 0 ? (int)r : 0;
}

static int cut_queues(struct engine *engine, uint64_t position, struct err *err)
{
    for (size_t i = 0; i < queue_store_count(engine->queues); i++) {
        struct consume_queue *queue = queue_store_at(engine->queues, i);
        int r = consume_queue_cut(queue, position, err);
        if (r < 0) {
            return r;
        }
        consume_queue_set_next_offset(queue, consume_queue_max(queue));
    }
    return 0;
}

/* The order makes each step harmless alone: all is durable, then the mark goes down, then the log
 * is cut, then the queues. A restart in between scans from the lowered mark, and finds either the
 * records or their absence. After a failed cut memory and disk may differ, so the store takes no
 * more puts. */
int truncation_run(struct engine *engine, uint64_t physical_offset, struct err *err)
{
    uint64_t end = record_log_end(engine->log);
    if (physical_offset == end) {
        return 0;
    }
    struct record_log_item item;
    int64_t term = -1;
    int r = find_item(engine, physical_offset, &item, err);
    engine->has_next_page = false;
    if (r < 0) {
        return r;
    }
    r = settle(engine, err);
    if (r < 0) {
        return r;
    }
    r = term_before(engine, &item, &term, err);
    if (r < 0) {
        return r;
    }
    /* The page that goes with the lowered mark must name no record that is cut. */
    r = queue_store_last_below(engine->queues, item.position, &engine->dispatched_record, err);
    if (r < 0) {
        return r;
    }
    engine->queues_record = engine->dispatched_record;
    r = lower_mark(engine, &item, term, err);
    if (r < 0) {
        return r;
    }
    r = cut_log(engine, &item, term, err);
    if (r == 0) {
        r = cut_queues(engine, item.position, err);
    }
    if (r < 0) {
        engine_retire(engine, "a truncation failed half-way; a restart finishes or undoes it");
    }
    engine->dispatched = item.position;
    engine->dispatched_index = item.index - 1;
    engine->dispatched_term = term;
    event_emit(&engine->sink, EVENT_TRUNCATED, item.position, "%" PRIu64 " bytes cut",
               end - item.position);
    return r < 0 ? r : flusher_confirm(engine, err);
}
