/* The queues that have a unit of a record: its own and, when its broker dispatched it to several
 * (LMQ), those as well.  Pure.  Format: docs/FORMAT.md, "LMQ" (RocketMQ MultiDispatchUtils,
 * ConsumeQueue.multiDispatchLmqQueue). */
#ifndef STORE_FORMAT_MESSAGE_QUEUES_H
#define STORE_FORMAT_MESSAGE_QUEUES_H

#include "store/format/message.h"

/* One of a record's queues, as the record has it; the topic lies within the record and need not be
 * a topic at all. */
struct message_queue {
    const char *topic; /* not NUL-terminated */
    uint32_t topic_size_bytes;
    int32_t queue_id;
    int64_t queue_offset;
};

/* What is left of them.  The fields are message_queues' own. */
struct message_queues {
    const struct message_view *view;
    bool is_own_due;
    struct message_pieces {
        const char *at;
        uint32_t left_bytes;
    } names, offsets;
};

/* Begins with the record's own queue; `view` must outlive the walk.  A record that is not indexable
 * has none, and one whose names and offsets are not equally many has its own alone. */
void message_queues_begin(struct message_queues *queues, const struct message_view *view);
/* The next one; false behind the last, or where an offset is no number. */
bool message_queues_next(struct message_queues *queues, struct message_queue *ret_queue);

#endif
