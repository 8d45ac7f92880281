/* The queues: see recovery_queues.h. */
#include "store/recovery/recovery_queues.h"

#include "store/service/dispatcher.h"

int recovery_queues_recover(struct engine *engine, const struct recovery_bound *bound,
                            int64_t *ret_max_physic, struct err *err)
{
    *ret_max_physic = -1;
    if (bound->has_mark && engine_has_guard(engine, QUIRK_GUARD_QUEUE_HEAL)) {
        return 0; /* ended at the mark already */
    }
    for (size_t i = 0; i < queue_store_count(engine->queues); i++) {
        int r = consume_queue_recover(queue_store_at(engine->queues, i), err);
        if (r < 0) {
            return r;
        }
    }
    *ret_max_physic = queue_store_max_physic(engine->queues);
    return 0;
}

int recovery_queues_truncate(struct engine *engine, uint64_t end, struct err *err)
{
    for (size_t i = 0; i < queue_store_count(engine->queues); i++) {
        int r = consume_queue_recover_truncate(queue_store_at(engine->queues, i), end, err);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

/* Index after the last unit of a record below the scan; -1: a full scan believes no unit. */
static int known_units(struct consume_queue *queue, const struct recovery_bound *bound,
                       int64_t *ret_known, struct err *err)
{
    *ret_known = -1;
    if (bound->has_mark) {
        *ret_known = consume_queue_max(queue);
        return 0;
    }
    return bound->is_full ? 0 : consume_queue_units_below(queue, bound->from, ret_known, err);
}

int recovery_queues_heal_begin(struct engine *engine, const struct recovery_bound *bound,
                               struct err *err)
{
    for (size_t i = 0; i < queue_store_count(engine->queues); i++) {
        struct consume_queue *queue = queue_store_at(engine->queues, i);
        int64_t known = -1;
        int r = known_units(queue, bound, &known, err);
        if (r < 0) {
            return r;
        }
        r = consume_queue_heal_begin(queue, known, err);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

/* A queue that only the log knows: the crash took its directory, or came before the dispatcher.
 * Nothing is known of it, so its first record fixes where its units begin. */
static int new_queue(struct engine *engine, const struct message_queue *place,
                     struct consume_queue **ret_queue, struct err *err)
{
    int r = queue_store_get(engine->queues, place->topic, place->topic_size_bytes, place->queue_id,
                            ret_queue);
    if (r < 0) {
        return r;
    }
    r = consume_queue_heal_begin(*ret_queue, -1, err);
    if (r < 0) {
        return r;
    }
    return queue_store_ensure_dir(engine->queues, *ret_queue, err);
}

static int heal_one(struct engine *engine, const struct message_queue *place,
                    const struct consume_queue_unit *unit, struct err *err)
{
    struct consume_queue *queue =
        queue_store_find(engine->queues, place->topic, place->topic_size_bytes, place->queue_id);
    if (queue == NULL) {
        int r = new_queue(engine, place, &queue, err);
        if (r < 0) {
            return r;
        }
    }
    return consume_queue_heal_unit(queue, unit, place->queue_offset, err);
}

/* A scan heals what the dispatcher would have put, and nothing else: a prepared transaction has no
 * unit, and a unit that names one must be one too many. */
int recovery_queues_heal_unit(struct engine *engine, const struct record_log_item *item,
                              struct err *err)
{
    struct message_queues queues;
    struct message_queue place;
    struct consume_queue_unit unit;
    dispatcher_unit(item, &unit);
    message_queues_begin(&queues, &item->view);
    while (dispatcher_next_queue(&queues, &place)) {
        engine->dispatched_store_ms = item->view.store_timestamp_ms;
        engine->dispatched_record = unit.physical_offset;
        int r = heal_one(engine, &place, &unit, err);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

int recovery_queues_heal_finish(struct engine *engine, struct err *err)
{
    uint64_t log_min = record_log_min(engine->log);
    for (size_t i = 0; i < queue_store_count(engine->queues); i++) {
        int r = consume_queue_heal_finish(queue_store_at(engine->queues, i), log_min, err);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

int recovery_queues_clean_tails(struct engine *engine, bool is_trusted, struct err *err)
{
    for (size_t i = 0; i < queue_store_count(engine->queues); i++) {
        struct consume_queue *queue = queue_store_at(engine->queues, i);
        if (is_trusted) {
            segment_list_trust_tail(consume_queue_segments(queue));
            continue;
        }
        int r = consume_queue_clean_tail(queue, err);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

int recovery_queues_restore_offsets(struct engine *engine, struct err *err)
{
    uint64_t log_min = record_log_min(engine->log);
    for (size_t i = 0; i < queue_store_count(engine->queues); i++) {
        struct consume_queue *queue = queue_store_at(engine->queues, i);
        consume_queue_set_next_offset(queue, consume_queue_max(queue));
        int r = consume_queue_correct_min(queue, log_min, err);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}
