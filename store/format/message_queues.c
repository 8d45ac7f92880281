/* Two properties, split at their commas in step: see message_queues.h. */
#include "store/format/message_queues.h"

#include <string.h>

#define LMQ_PREFIX      "%LMQ%"
#define LMQ_QUEUE_ID    0
#define DIGIT_COUNT_MAX 18 /* no number of more is asked for, so none wraps */

static bool begins_with(const char *text, uint32_t size_bytes, const char *begin)
{
    return size_bytes >= strlen(begin) && memcmp(text, begin, strlen(begin)) == 0;
}

/* RocketMQ leaves retries, its own topics and delayed messages in the one queue. */
static bool is_topic_left_out(const struct message_view *view)
{
    static const char schedule[] = "SCHEDULE_TOPIC_XXXX";
    return begins_with(view->topic, view->topic_size_bytes, "%RETRY%") ||
           begins_with(view->topic, view->topic_size_bytes, "rmq_sys_") ||
           (view->topic_size_bytes == sizeof(schedule) - 1 &&
            begins_with(view->topic, view->topic_size_bytes, schedule));
}

/* The property's pieces, those that are empty at the end left out, as Java splits; returns how
 * many. */
static uint32_t pieces_of(const struct message_view *view, const char *name,
                          struct message_pieces *ret_pieces)
{
    uint32_t count = 0;
    *ret_pieces = (struct message_pieces){.at = NULL};
    ret_pieces->at = message_property(view, name, &ret_pieces->left_bytes);
    if (ret_pieces->at == NULL) {
        return 0;
    }
    while (ret_pieces->left_bytes > 0 && ret_pieces->at[ret_pieces->left_bytes - 1] == ',') {
        ret_pieces->left_bytes--;
    }
    for (uint32_t i = 0; i < ret_pieces->left_bytes; i++) {
        count += ret_pieces->at[i] == ',' ? 1 : 0;
    }
    return ret_pieces->left_bytes > 0 ? count + 1 : 0;
}

static const char *next_piece(struct message_pieces *pieces, uint32_t *ret_size_bytes)
{
    const char *piece = pieces->at;
    const char *comma = memchr(piece, ',', pieces->left_bytes);
    *ret_size_bytes = comma != NULL ? (uint32_t)(comma - piece) : pieces->left_bytes;
    uint32_t used_bytes = *ret_size_bytes + (comma != NULL ? 1 : 0);
    pieces->at += used_bytes;
    pieces->left_bytes -= used_bytes;
    return piece;
}

static bool parse_offset(const char *text, uint32_t size_bytes, int64_t *ret_offset)
{
    *ret_offset = 0;
    for (uint32_t i = 0; i < size_bytes; i++) {
        if (text[i] < '0' || text[i] > '9' || size_bytes > DIGIT_COUNT_MAX) {
            return false;
        }
        *ret_offset = *ret_offset * 10 + (text[i] - '0');
    }
    return size_bytes > 0;
}

void message_queues_begin(struct message_queues *queues, const struct message_view *view)
{
    *queues = (struct message_queues){.view = view, .is_own_due = message_is_indexable(view)};
    if (!queues->is_own_due || is_topic_left_out(view)) {
        return;
    }
    uint32_t name_count = pieces_of(view, MESSAGE_PROPERTY_MULTI_DISPATCH, &queues->names);
    if (name_count != pieces_of(view, "INNER_MULTI_QUEUE_OFFSET", &queues->offsets)) {
        queues->names.left_bytes = 0;
    }
}

/* RocketMQ passes over a name with a slash and ends at an offset that it cannot parse. */
bool message_queues_next(struct message_queues *queues, struct message_queue *ret_queue)
{
    const struct message_view *view = queues->view;
    if (queues->is_own_due) {
        queues->is_own_due = false;
        *ret_queue = (struct message_queue){view->topic, view->topic_size_bytes, view->queue_id,
                                            view->queue_offset};
        return true;
    }
    while (queues->names.left_bytes > 0) {
        uint32_t offset_size_bytes;
        ret_queue->topic = next_piece(&queues->names, &ret_queue->topic_size_bytes);
        const char *offset = next_piece(&queues->offsets, &offset_size_bytes);
        if (memchr(ret_queue->topic, '/', ret_queue->topic_size_bytes) != NULL) {
            continue;
        }
        bool is_lmq = begins_with(ret_queue->topic, ret_queue->topic_size_bytes, LMQ_PREFIX);
        ret_queue->queue_id = is_lmq ? LMQ_QUEUE_ID : view->queue_id;
        if (parse_offset(offset, offset_size_bytes, &ret_queue->queue_offset)) {
            return true;
        }
        queues->names.left_bytes = 0;
    }
    return false;
}
