/* The oracle's reader of consumequeue_ext/: what the address in a unit's tags field leads to
 * (docs/FORMAT.md, "ConsumeQueueExt").
 *
 * With enableConsumeQueueExt a unit has, in the place of its tags hash, -2^63 + the byte at which
 * the queue's ext file holds hash, store time and a bit map.  No hash is below -2^31. */
#ifndef HARNESS_ORACLE_FOREIGN_CQ_EXT_H
#define HARNESS_ORACLE_FOREIGN_CQ_EXT_H

#include "harness/oracle/decode/disk_queue.h"
#include "harness/oracle/decode/disk_record.h"
#include "harness/oracle/decode/view.h"

#include <stdbool.h>

#define CQ_EXT_WHY_SIZE_BYTES 256

struct cq_ext_queue;

struct cq_ext {
    const struct view *view;
    struct cq_ext_queue *queues; /* by number, as far as they were asked for */
    size_t queue_capacity;
    uint32_t queue_count;
    uint64_t followed_count;
    int error; /* the first of the view's, or -ENOMEM; 0: none */
    char why[CQ_EXT_WHY_SIZE_BYTES];
};

/* Whether a tags field is an address and no hash. */
bool cq_ext_is_address(int64_t tags_code);
/* Frees the listings.  All zeros but `view` is a reader that has listed nothing. */
void cq_ext_done(struct cq_ext *ext);
/* Follows `address` of a unit of queue number `index` of `queues`.  NULL: what stands there is
 * `record`'s hash and store time; else what is wrong, valid until the next call.  What the view
 * could not do is kept in `error`. */
const char *cq_ext_refuse(struct cq_ext *ext, const struct disk_queues *queues, uint32_t index,
                          int64_t address, const struct disk_record *record);

#endif
