/* From the log to the queues: see dispatcher.h. */
#include "store/service/dispatcher.h"

#include "store/format/message_tags.h"

#include <errno.h>
#include <inttypes.h>

bool dispatcher_has_work(const struct engine *engine)
{
    return engine->dispatched < engine_visible_end(engine);
}

void dispatcher_unit(const struct record_log_item *item, struct consume_queue_unit *ret_unit)
{
    ret_unit->physical_offset = (int64_t)item->view.physical_offset;
    ret_unit->size_bytes = (int32_t)item->view.size_bytes;
    ret_unit->tags_code = message_tags_code(&item->view);
}

bool dispatcher_next_queue(struct message_queues *queues, struct message_queue *ret_queue)
{
    while (message_queues_next(queues, ret_queue)) {
        if (ret_queue->queue_offset >= 0 && ret_queue->queue_id >= 0 &&
            ret_queue->queue_offset <= INT64_MAX / CONSUME_QUEUE_UNIT_SIZE_BYTES - INT32_MAX &&
            queue_store_is_topic(ret_queue->topic, ret_queue->topic_size_bytes)) {
            return true;
        }
    }
    return false;
}

static int put_unit(struct engine *engine, const struct message_queue *place,
                    const struct consume_queue_unit *unit, struct err *err)
{
    struct consume_queue *queue = NULL;
    int r = queue_store_get(engine->queues, place->topic, place->topic_size_bytes, place->queue_id,
                            &queue);
    if (r < 0) {
        return err_set(err, r, "out of memory");
    }
    r = queue_store_ensure_dir(engine->queues, queue, err);
    if (r < 0) {
        return r;
    }
    return engine_has_guard(engine, QUIRK_GUARD_QUEUE_HEAL)
               ? consume_queue_put_exact(queue, unit, place->queue_offset, err)
               : consume_queue_put(queue, unit, place->queue_offset, err);
}

/* The record counts when its last unit is written: a page in between would speak for a queue that
 * lacks one. After a failure the units before are written again, and are the same. */
int dispatcher_put(struct engine *engine, const struct record_log_item *item, struct err *err)
{
    struct message_queues queues;
    struct message_queue place;
    struct consume_queue_unit unit;
    bool is_put = false;
    dispatcher_unit(item, &unit);
    message_queues_begin(&queues, &item->view);
    while (dispatcher_next_queue(&queues, &place)) {
        int r = put_unit(engine, &place, &unit, err);
        if (r < 0) {
            return r;
        }
        is_put = true;
    }
    if (is_put) {
        engine->dispatched_store_ms = item->view.store_timestamp_ms;
        engine->dispatched_record = unit.physical_offset;
    }
    return 0;
}

/* What is no record at run time: RocketMQ leaves out the rest of what can be read. It must not
 * stand still, or no later record would ever be seen by a consumer. */
static void skip(struct engine *engine, const struct record_log_item *item, uint64_t limit)
{
    uint64_t file_size = segment_list_file_size(record_log_files(engine->log));
    uint64_t next = engine->dispatched - engine->dispatched % file_size + file_size;
    if (item->kind == MESSAGE_MISMATCH) {
        next = engine->dispatched + item->size_bytes;
    }
    next = next < limit ? next : limit;
    event_emit(&engine->sink, EVENT_SERVICE_FAILED, engine->dispatched,
               "dispatch: no sound record at %" PRIu64 ", going on at %" PRIu64, engine->dispatched,
               next);
    engine->dispatched = next;
}

/* Dispatches what stands next. The position moves only when the unit is written: after a failure
 * the same record is the next one, and a unit written twice at its index is the same unit. */
static int dispatch_one(struct engine *engine, uint64_t limit, struct err *err)
{
    static const struct record_log_check check = {.place = false};
    struct record_log_item item;
    int r = record_log_read(engine->log, engine->dispatched, limit, &check, &item, err);
    if (r < 0) {
        return r;
    }
    if (item.kind == MESSAGE_BLANK) {
        engine->dispatched += item.size_bytes;
        return 0;
    }
    if (item.kind != MESSAGE_RECORD) {
        skip(engine, &item, limit);
        return 0;
    }
    r = dispatcher_put(engine, &item, err);
    if (r < 0) {
        return r;
    }
    engine->dispatched += item.size_bytes;
    engine->dispatched_index = item.index;
    engine->dispatched_term = item.term;
    return 0;
}

int dispatcher_step(struct engine *engine, size_t count_max, struct err *err)
{
    uint64_t limit = engine_visible_end(engine);
    uint64_t min = record_log_min(engine->log);
    int did = 0;
    if (engine->dispatched < min) {
        engine->dispatched = min;
    }
    for (size_t i = 0; i < count_max && engine->dispatched < limit; i++) {
        int r = dispatch_one(engine, limit, err);
        if (r < 0) {
            event_emit(&engine->sink, EVENT_SERVICE_FAILED, engine->dispatched,
                       "dispatch: %s, continuing", err == NULL ? err_name(r) : err->text);
            return r;
        }
        did = 1;
    }
    return did;
}
