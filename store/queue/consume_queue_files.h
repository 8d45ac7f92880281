/* The units of a queue in its files: read one by one or by the page, searched, and given a file to
 * stand in.  For the parts of the queue alone; everybody else goes by consume_queue.h. */
#ifndef STORE_QUEUE_CONSUME_QUEUE_FILES_H
#define STORE_QUEUE_CONSUME_QUEUE_FILES_H

#include "store/base/err.h"
#include "store/files/segment_list.h"
#include "store/queue/consume_queue_unit.h"

#define CONSUME_QUEUE_BLOCK_UNITS 204 /* a page's worth */

/* A run of units in memory: [first, first + count). */
struct consume_queue_block {
    int64_t first;
    int64_t count;
    uint8_t units[CONSUME_QUEUE_BLOCK_UNITS * CONSUME_QUEUE_UNIT_SIZE_BYTES];
};

struct consume_queue_heal;

struct consume_queue {
    const struct consume_queue_options *options;
    struct segment_list *files;
    struct consume_queue_heal *heal; /* only while healing */
    int64_t max_physic;
    int64_t min;
    int64_t next_offset;
    int32_t queue_id;
    bool has_dir;
    bool is_begun;      /* its first file is filled up to its first unit */
    bool is_flush_lost; /* defect flush-lookup-from-zero: no sync of this life does anything */
    char topic[];
};

/* Reads unit `index` from its file; -ENODATA when no file holds it. */
int consume_queue_files_read(struct consume_queue *queue, int64_t index,
                             struct consume_queue_unit *ret_unit, struct err *err);
/* Reads units from `index` to at most the end of its file. */
int consume_queue_files_read_block(struct consume_queue *queue, int64_t index,
                                   struct consume_queue_block *block, struct err *err);
/* Whether the block holds unit `index`. */
bool consume_queue_files_is_in(const struct consume_queue_block *block, int64_t index);
/* Reads the unit at `index`, by way of `block`. */
int consume_queue_files_read_by_block(struct consume_queue *queue, int64_t index,
                                      struct consume_queue_block *block,
                                      struct consume_queue_unit *ret_unit, struct err *err);
/* Index of the first unit in [low, high) that is not below `offset`; below ones come first. */
int consume_queue_files_search(struct consume_queue *queue, int64_t low, int64_t high,
                               uint64_t offset, int64_t *ret_index, struct err *err);
/* Makes sure that the file for `index` exists. Returns 1 when it was made. */
int consume_queue_files_ensure(struct consume_queue *queue, int64_t index, struct err *err);
/* Fills the file of `index` before it with pre-blank units, and ends the queue there. */
int consume_queue_files_pre_blank(struct consume_queue *queue, int64_t index, struct err *err);

#endif
