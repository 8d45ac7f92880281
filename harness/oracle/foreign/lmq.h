/* Which light message queues a multi-dispatch record is in, besides its own queue.
 *
 * INNER_MULTI_DISPATCH names them and INNER_MULTI_QUEUE_OFFSET has the offset in each, both with
 * commas between (docs/FORMAT.md, "LMQ"; ConsumeQueue.multiDispatchLmqQueue of 5.2.0 and 5.5.1). */
#ifndef HARNESS_ORACLE_FOREIGN_LMQ_H
#define HARNESS_ORACLE_FOREIGN_LMQ_H

#include "harness/oracle/decode/disk_queue.h"
#include "harness/oracle/decode/disk_record.h"

/* A walk over the places of one record; its bytes must outlive it. */
struct lmq {
    const struct disk_record *record;
    const char *names; /* what is left of them; NULL: nothing */
    uint32_t names_size_bytes;
    const char *offsets;
    uint32_t offsets_size_bytes;
};

struct lmq_place {
    const char *name; /* without a NUL */
    uint32_t name_size_bytes;
    int32_t queue_id;
    int64_t queue_offset;
};

/* Begins a walk.  It is empty for a record that RocketMQ does not dispatch further: of a topic that
 * is exempt, or whose names and offsets are not as many. */
void lmq_begin(struct lmq *lmq, const struct disk_record *record, const uint8_t *bytes);
/* Takes the next place; false: there is none. */
bool lmq_next(struct lmq *lmq, struct lmq_place *ret_place);

/* Makes `record` what it is in queue number `queue`, if that is one of its light queues; else
 * leaves it as it is. */
void lmq_see_from(const struct disk_queues *queues, uint32_t queue, const uint8_t *bytes,
                  struct disk_record *record);

#endif
