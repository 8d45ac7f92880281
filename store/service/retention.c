/* Expiry: see retention.h. */
#include "store/service/retention.h"

#include "store/service/checkpointer.h"
#include "store/service/dispatcher.h"

#include <inttypes.h>

bool retention_has_work(const struct engine *engine)
{
    const struct engine_retention *retention = &engine->retention;
    uint64_t min = record_log_min(engine->log);
    bool is_ordered = engine_has_guard(engine, QUIRK_GUARD_EXPIRY_ORDER);
    if (retention->reserved_ms < 0 || (is_ordered && engine->is_fail_stopped)) {
        return false;
    }
    return retention->queues_min != min ||
           (engine->dledger != NULL && retention->index_min != min) ||
           retention->idle_end != segment_list_limit(record_log_files(engine->log)) ||
           engine_now_ms(engine) > retention->idle_until_ms;
}

/* One queue file below the log's min: a step is short, for it holds the lock. Afterwards every
 * queue's min is right. */
static int expire_queue(struct engine *engine, uint64_t log_min, struct err *err)
{
    for (size_t i = 0; i < queue_store_count(engine->queues); i++) {
        struct consume_queue *queue = queue_store_at(engine->queues, i);
        int r = consume_queue_expire_one(queue, log_min, err);
        if (r == 0) {
            r = consume_queue_correct_min(queue, log_min, err);
        }
        if (r != 0) {
            return r;
        }
    }
    engine->retention.queues_min = log_min;
    return 0;
}

/* The entry at the log's min tells which index units are still wanted. Where it cannot be read
 * nothing goes. */
static int expire_index(struct engine *engine, uint64_t log_min, struct err *err)
{
    static const struct record_log_check check = {.place = false};
    struct record_log_item item;
    int r = record_log_read(engine->log, log_min, record_log_end(engine->log), &check, &item, err);
    if (r == 0 && item.kind == MESSAGE_RECORD) {
        r = dledger_log_expire_index(engine->dledger, item.index, err);
    }
    if (r == 0) {
        engine->retention.index_min = log_min;
    }
    return r;
}

/* Store time of the last record of the first file; INT64_MAX when it has none. */
/* Store time of the last record of the first file; INT64_MAX when it has none. RocketMQ goes by the
 * file's own time of change, which a copy or a repair would renew. */
static int last_store_ms(struct engine *engine, int64_t *ret_ms, struct err *err)
{
    static const struct record_log_check check = {.place = false};
    uint64_t position = record_log_min(engine->log);
    uint64_t file_end = position + segment_list_file_size(record_log_files(engine->log));
    *ret_ms = INT64_MAX;
    while (position < file_end) {
        struct record_log_item item;
        int r = record_log_read(engine->log, position, file_end, &check, &item, err);
        if (r < 0) {
            return r;
        }
        if (item.kind != MESSAGE_RECORD) {
            break;
        }
        *ret_ms = item.view.store_timestamp_ms;
        position += item.size_bytes;
    }
    return 0;
}

/* Guard expiry-order: what is about to go must not be needed by a restart.  Returns 1 when it is
 * not. */
static int release_log_file(struct engine *engine, uint64_t file_end, struct err *err)
{
    if (engine->dispatched < file_end) {
        return 0;
    }
    if (!engine->has_saved_page || engine->saved_page.mark.physical_offset < file_end) {
        int r = checkpointer_run_to_end(engine, err);
        if (r < 0) {
            return r;
        }
    }
    bool is_synced = engine->flushed >= file_end && !engine->is_mark_frozen &&
                     (engine_has_guard(engine, QUIRK_GUARD_DURABLE_MARK) ||
                      !queue_store_is_dirty(engine->queues));
    bool is_marked = !engine_has_guard(engine, QUIRK_GUARD_DURABLE_MARK) ||
                     (engine->has_saved_page && engine->saved_page.has_mark &&
                      engine->saved_page.mark.physical_offset >= file_end);
    if (is_marked && !is_synced && !engine_has_guard(engine, QUIRK_GUARD_DURABLE_MARK)) {
        int r = flusher_confirm(engine, err);
        return r < 0 ? r : !engine->is_mark_frozen && engine->flushed >= file_end;
    }
    return is_marked && is_synced;
}

/* One log file, the first. It goes when its last record is old enough and, with the guard expiry-
 * order, nothing that a restart needs is in it. Its unlink is synced at once then: the queues'
 * files follow it only when it is gone for good. */
static int expire_log(struct engine *engine, struct err *err)
{
    struct segment_list *files = record_log_files(engine->log);
    uint64_t min = segment_list_min(files);
    uint64_t file_end = min + segment_list_file_size(files);
    bool is_ordered = engine_has_guard(engine, QUIRK_GUARD_EXPIRY_ORDER);
    engine->retention.idle_end = segment_list_limit(files);
    engine->retention.idle_until_ms = INT64_MAX;
    /* The file that holds the end stays, whatever spare file follows it. */
    if (segment_list_count(files) < 2 || record_log_end(engine->log) <= file_end) {
        return 0;
    }
    int64_t last_ms = INT64_MAX;
    int r = last_store_ms(engine, &last_ms, err);
    if (r < 0) {
        return r;
    }
    if (last_ms == INT64_MAX || last_ms > engine_now_ms(engine) - engine->retention.reserved_ms) {
        if (last_ms < INT64_MAX - engine->retention.reserved_ms) {
            engine->retention.idle_until_ms = last_ms + engine->retention.reserved_ms - 1;
        }
        return 0;
    }
    r = is_ordered ? release_log_file(engine, file_end, err) : 1;
    if (r != 1) {
        /* Not yet: looked at again when time has gone on. */
        engine->retention.idle_until_ms = engine_now_ms(engine);
        return r;
    }
    r = segment_list_expire_first(files, err);
    if (r < 0 && segment_list_has_sync_failed(files)) {
        engine_fail_stop(engine, "the directory of the log could not be synced");
    }
    if (r < 0) {
        return r;
    }
    engine->retention.idle_end = 0;
    event_emit(&engine->sink, EVENT_LOG_EXPIRED, min, "file at %" PRIu64, min);
    if (is_ordered) {
        r = flusher_run(engine, true, false, err);
    }
    return r < 0 ? r : 1;
}

int retention_step(struct engine *engine, struct err *err)
{
    struct engine_retention *retention = &engine->retention;
    uint64_t min = record_log_min(engine->log);
    bool is_ordered = engine_has_guard(engine, QUIRK_GUARD_EXPIRY_ORDER);
    /* After a fail-stop the unlink of a log file may not be durable: its units stay. */
    if (retention->reserved_ms < 0 || (is_ordered && engine->is_fail_stopped)) {
        return 0;
    }
    int r = 0;
    if (retention->queues_min != min) {
        r = expire_queue(engine, min, err);
    }
    if (r == 0 && engine->dledger != NULL && retention->index_min != min) {
        r = expire_index(engine, min, err);
    }
    if (r == 0) {
        r = expire_log(engine, err);
    }
    if (r < 0) {
        event_emit(&engine->sink, EVENT_SERVICE_FAILED, min, "retention: %s, continuing",
                   err == NULL ? err_name(r) : err->text);
    }
    return r;
}
