/* Splits two properties at their commas, in step. */
#include "harness/oracle/foreign/lmq.h"

#include <string.h>

#define SEPARATOR       ','
#define OFFSET_SIZE_MAX 18u

static const char prefix[] = "%LMQ%";

static bool begins_with(const char *text, uint32_t size_bytes, const char *begin)
{
    size_t length = strlen(begin);
    return size_bytes >= length && memcmp(text, begin, length) == 0;
}

/* MultiDispatchUtils.isNeedHandleMultiDispatch: retries, the broker's own and delayed messages
 * stay in their queue. */
static bool is_exempt(const char *topic, uint32_t size_bytes)
{
    static const char schedule[] = DISK_RECORD_SCHEDULE_TOPIC;
    return begins_with(topic, size_bytes, "%RETRY%") ||
           begins_with(topic, size_bytes, "rmq_sys_") ||
           (size_bytes == strlen(schedule) && memcmp(topic, schedule, size_bytes) == 0);
}

/* How many pieces Java's split makes, which drops empty ones at the end. */
static uint32_t count_pieces(const char *text, uint32_t *size_bytes)
{
    while (*size_bytes > 0 && text[*size_bytes - 1] == SEPARATOR) {
        --*size_bytes;
    }
    uint32_t count = *size_bytes > 0;
    for (uint32_t i = 0; i < *size_bytes; i++) {
        count += text[i] == SEPARATOR;
    }
    return count;
}

void lmq_begin(struct lmq *lmq, const struct disk_record *record, const uint8_t *bytes)
{
    *lmq = (struct lmq){.record = record};
    if (!record->is_multi_dispatch ||
        is_exempt((const char *)(bytes + record->topic_at), record->topic_size_bytes)) {
        return;
    }
    uint32_t names_size = 0;
    uint32_t offsets_size = 0;
    const char *names = disk_record_property(record, bytes, "INNER_MULTI_DISPATCH", &names_size);
    const char *offsets =
        disk_record_property(record, bytes, "INNER_MULTI_QUEUE_OFFSET", &offsets_size);
    if (names == NULL || offsets == NULL ||
        count_pieces(names, &names_size) != count_pieces(offsets, &offsets_size)) {
        return;
    }
    lmq->names = names_size > 0 ? names : NULL;
    lmq->names_size_bytes = names_size;
    lmq->offsets = offsets;
    lmq->offsets_size_bytes = offsets_size;
}

/* Cuts the first piece off; `*text` is NULL behind the last. */
static const char *take_piece(const char **text, uint32_t *size_bytes, uint32_t *ret_size_bytes)
{
    const char *piece = *text;
    const char *end = memchr(piece, SEPARATOR, *size_bytes);
    *ret_size_bytes = end != NULL ? (uint32_t)(end - piece) : *size_bytes;
    *text = end != NULL ? end + 1 : NULL;
    *size_bytes -= end != NULL ? *ret_size_bytes + 1 : *size_bytes;
    return piece;
}

/* A number as RocketMQ writes one; -1: it is none. */
static int64_t parse_offset(const char *text, uint32_t size_bytes)
{
    int64_t value = 0;
    if (size_bytes == 0 || size_bytes > OFFSET_SIZE_MAX) {
        return -1;
    }
    for (uint32_t i = 0; i < size_bytes; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

/* A name with a slash is passed over by RocketMQ; an offset that is no number ends its dispatch. */
bool lmq_next(struct lmq *lmq, struct lmq_place *ret_place)
{
    while (lmq->names != NULL && lmq->offsets != NULL) {
        uint32_t offset_size = 0;
        ret_place->name =
            take_piece(&lmq->names, &lmq->names_size_bytes, &ret_place->name_size_bytes);
        const char *offset = take_piece(&lmq->offsets, &lmq->offsets_size_bytes, &offset_size);
        if (memchr(ret_place->name, '/', ret_place->name_size_bytes) != NULL) {
            continue;
        }
        ret_place->queue_offset = parse_offset(offset, offset_size);
        if (ret_place->queue_offset < 0) {
            lmq->names = NULL;
            return false;
        }
        ret_place->queue_id = begins_with(ret_place->name, ret_place->name_size_bytes, prefix)
                                  ? 0
                                  : lmq->record->queue_id;
        return true;
    }
    return false;
}

void lmq_see_from(const struct disk_queues *queues, uint32_t queue, const uint8_t *bytes,
                  struct disk_record *record)
{
    const struct disk_queue *from = &queues->queues[queue];
    struct lmq lmq;
    struct lmq_place place;
    lmq_begin(&lmq, record, bytes);
    while (record->queue != queue && lmq_next(&lmq, &place)) {
        if (place.queue_id == from->queue_id && place.name_size_bytes == from->topic_size_bytes &&
            memcmp(place.name, disk_queue_topic(queues, from), place.name_size_bytes) == 0) {
            record->queue = queue;
            record->queue_offset = place.queue_offset;
            record->is_unjudged = false;
            return;
        }
    }
}
