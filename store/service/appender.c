/* The way of a put into the log: see appender.h. */
#include "store/service/appender.h"

#include "store/format/dledger_entry.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define TOPIC_V1_SIZE_BYTES_MAX 127 /* a longer topic makes a V2 record */

static enum store_put_status status_of(int r)
{
    switch (r) {
    case -EMSGSIZE:
        return STORE_PUT_MESSAGE_ILLEGAL;
    case -E2BIG:
        return STORE_PUT_PROPERTIES_SIZE_EXCEEDED;
    default:
        return STORE_PUT_UNKNOWN_ERROR;
    }
}

static bool is_indexable(const struct store_message *message)
{
    int32_t transaction = message->sys_flag & MESSAGE_SYSFLAG_TRANSACTION_MASK;
    return transaction == 0 || transaction == MESSAGE_SYSFLAG_COMMIT;
}

/* Encodes into engine->record, which does not know its place yet. */
static enum store_put_status encode(struct engine *engine, const struct store_message *message)
{
    size_t topic_size = strlen(message->topic);
    bool is_v2 = engine->options.message_v2 || topic_size > TOPIC_V1_SIZE_BYTES_MAX;
    int r = message_encode(message, &engine->env->store_host, is_v2,
                           engine_has_guard(engine, QUIRK_GUARD_RECORD_CRC), &engine->record);
    if (r < 0) {
        return status_of(r);
    }
    uint64_t size = engine->record.size_bytes + engine_header_size(engine);
    return record_log_fits(engine->log, size) ? STORE_PUT_OK : STORE_PUT_MESSAGE_ILLEGAL;
}

/* After a failed append: was it for want of room, or a failed sync in front of it? A full disk
 * refuses this put alone. A failed sync (of zeros, or of the directory) means that nothing the list
 * says of durability holds any more. */
static void append_failed(struct engine *engine, int r, const struct err *err)
{
    if (r == -ENOSPC) {
        event_emit(&engine->sink, EVENT_DISK_FULL, record_log_end(engine->log), "%s", err->text);
    }
    if (segment_list_has_sync_failed(record_log_files(engine->log))) {
        event_emit(&engine->sink, EVENT_SYNC_FAILED, record_log_end(engine->log), "%s", err->text);
        engine_fail_stop(engine, err->text);
    }
}

/* Header and record in one piece, for one write: between two writes a crash would leave a header
 * whose body is whatever stood there. */
static int make_entry(struct engine *engine, uint64_t position)
{
    uint32_t record_size = (uint32_t)engine->record.size_bytes;
    size_t size = DLEDGER_ENTRY_HEADER_SIZE_BYTES + record_size;
    int r = buffer_reserve(&engine->entry, size);
    if (r < 0) {
        return r;
    }
    dledger_log_put_header(engine->dledger, position, record_size, engine->entry.data);
    memcpy(engine->entry.data + DLEDGER_ENTRY_HEADER_SIZE_BYTES, engine->record.data, record_size);
    engine->entry.size_bytes = size;
    return 0;
}

static int write_item(struct engine *engine, uint64_t position, struct err *err)
{
    const struct buffer *item = &engine->record;
    if (engine->dledger != NULL) {
        int r = make_entry(engine, position);
        if (r < 0) {
            return err_set(err, r, "out of memory");
        }
        item = &engine->entry;
    }
    return record_log_append(engine->log, item->data, (uint32_t)item->size_bytes, err);
}

/* A single replica is its own quorum: what is appended is committed. When its index unit could not
 * be written the entry stands; the mark is frozen, so that the next start scans over the entry and
 * rebuilds the unit. */
static void commit_entry(struct engine *engine, uint64_t position)
{
    struct err err = ERR_INIT;
    if (engine->dledger == NULL) {
        return;
    }
    int r =
        dledger_log_appended(engine->dledger, position, (uint32_t)engine->record.size_bytes, &err);
    if (r < 0) {
        event_emit(&engine->sink, EVENT_SERVICE_FAILED, position,
                   "index unit: %s, continuing: recovery rebuilds it", err.text);
        engine->is_mark_frozen = true;
    }
    engine->committed = UINT64_MAX;
    engine->committed_index = dledger_log_end_index(engine->dledger);
}

/* Room, place, write: the record learns its place only when there is room for it, because a roll
 * moves the place. A failed write leaves the end where it was, and the next append goes to the same
 * place. */
static enum store_put_status append(struct engine *engine, int64_t queue_offset,
                                    struct store_put_result *result)
{
    struct err err = ERR_INIT;
    bool is_create = false;
    uint32_t header_size = engine_header_size(engine);
    uint32_t size = (uint32_t)engine->record.size_bytes;
    int r = record_log_make_room(engine->log, size + header_size, &is_create, &err);
    if (r < 0) {
        append_failed(engine, r, &err);
        return is_create ? STORE_PUT_CREATE_MAPPED_FILE_FAILED : STORE_PUT_UNKNOWN_ERROR;
    }
    int64_t now = engine_now_ms(engine);
    uint64_t position = record_log_end(engine->log);
    result->store_timestamp_ms = now > engine->last_store_ms ? now : engine->last_store_ms;
    message_set_place(engine->record.data, size, queue_offset, position + header_size,
                      result->store_timestamp_ms, engine_has_guard(engine, QUIRK_GUARD_RECORD_CRC));
    r = write_item(engine, position, &err);
    if (r < 0) {
        append_failed(engine, r, &err);
        return STORE_PUT_UNKNOWN_ERROR;
    }
    engine->last_store_ms = result->store_timestamp_ms;
    result->queue_offset = queue_offset;
    result->physical_offset = position + header_size;
    result->size_bytes = size;
    commit_entry(engine, position);
    return STORE_PUT_OK;
}

/* The queue offset is taken for good only when the record is in the log: a hole in the offsets
 * would be a unit that no record fills. The defect offset-before-append takes it first. */
void appender_put(struct engine *engine, const struct store_message *message,
                  struct store_put_result *ret_result, uint64_t *ret_end)
{
    struct consume_queue *queue = NULL;
    bool is_early = engine_has_defect(engine, QUIRK_DEFECT_OFFSET_BEFORE_APPEND);
    size_t topic_size = strlen(message->topic);
    *ret_result =
        (struct store_put_result){.status = STORE_PUT_SERVICE_NOT_AVAILABLE, .queue_offset = -1};
    if (engine->is_fail_stopped) {
        return;
    }
    ret_result->status = STORE_PUT_MESSAGE_ILLEGAL;
    /* A queue that is no batch queue would lack the unit of an inner batch for good. */
    if (!queue_store_is_topic(message->topic, topic_size) || message->queue_id < 0 ||
        (message->sys_flag & MESSAGE_SYSFLAG_INNER_BATCH) != 0) {
        return;
    }
    if (queue_store_get(engine->queues, message->topic, topic_size, message->queue_id, &queue) <
        0) {
        ret_result->status = STORE_PUT_UNKNOWN_ERROR;
        return;
    }
    int64_t offset = is_indexable(message) ? consume_queue_next_offset(queue) : 0;
    if (is_early && is_indexable(message)) {
        consume_queue_set_next_offset(queue, offset + 1);
    }
    ret_result->status = encode(engine, message);
    if (ret_result->status == STORE_PUT_OK) {
        ret_result->status = append(engine, offset, ret_result);
    }
    if (ret_result->status == STORE_PUT_OK && !is_early && is_indexable(message)) {
        consume_queue_set_next_offset(queue, offset + 1);
    }
    *ret_end = record_log_end(engine->log);
}

bool appender_has_preallocation_work(const struct engine *engine)
{
    struct segment_list *files = record_log_files(engine->log);
    uint64_t end = segment_list_end(files);
    uint64_t limit = segment_list_limit(files);
    return engine->dledger == NULL && !engine->is_fail_stopped && segment_list_count(files) > 0 &&
           end < limit && limit - end < segment_list_file_size(files) &&
           engine->preallocate_failed_end != limit;
}

/* A failure is no failure of any put: the file is made again when it is needed, and not tried again
 * before that. */
int appender_preallocate(struct engine *engine, struct err *err)
{
    if (!appender_has_preallocation_work(engine)) {
        return 0;
    }
    struct segment_list *files = record_log_files(engine->log);
    uint64_t limit = segment_list_limit(files);
    struct err own = ERR_INIT;
    err = err == NULL ? &own : err;
    int r = segment_list_ensure(files, limit, err);
    if (r < 0) {
        append_failed(engine, r, err);
        engine->preallocate_failed_end = limit;
        event_emit(&engine->sink, EVENT_SERVICE_FAILED, limit, "preallocate: %s, continuing",
                   err->text);
        return r;
    }
    event_emit(&engine->sink, EVENT_PREALLOCATED, limit, "file at %" PRIu64, limit);
    return 1;
}
