/* The files under a queue. */
#include "store/queue/consume_queue_files.h"

#include <inttypes.h>

#define UNIT CONSUME_QUEUE_UNIT_SIZE_BYTES

int consume_queue_files_read(struct consume_queue *queue, int64_t index,
                             struct consume_queue_unit *ret_unit, struct err *err)
{
    uint8_t at[UNIT];
    int r = segment_list_read(queue->files, (uint64_t)index * UNIT, at, sizeof(at), err);
    if (r < 0) {
        return r;
    }
    consume_queue_unit_decode(at, ret_unit);
    return 0;
}

int consume_queue_files_read_block(struct consume_queue *queue, int64_t index,
                                   struct consume_queue_block *block, struct err *err)
{
    int64_t left = (int64_t)queue->options->file_units - index % queue->options->file_units;
    int64_t count = left < CONSUME_QUEUE_BLOCK_UNITS ? left : CONSUME_QUEUE_BLOCK_UNITS;
    block->count = 0;
    int r = segment_list_read(queue->files, (uint64_t)index * UNIT, block->units,
                              (size_t)count * UNIT, err);
    if (r == 0) {
        block->first = index;
        block->count = count;
    }
    return r;
}

bool consume_queue_files_is_in(const struct consume_queue_block *block, int64_t index)
{
    return index >= block->first && index - block->first < block->count;
}

int consume_queue_files_read_by_block(struct consume_queue *queue, int64_t index,
                                      struct consume_queue_block *block,
                                      struct consume_queue_unit *ret_unit, struct err *err)
{
    if (!consume_queue_files_is_in(block, index)) {
        int r = consume_queue_files_read_block(queue, index, block, err);
        if (r < 0) {
            return r;
        }
    }
    consume_queue_unit_decode(block->units + (index - block->first) * UNIT, ret_unit);
    return 0;
}

/* A binary search whose last steps are done in memory: once what is left fits into a page, it is
 * read at once. Units that cannot point at a record (zeros, torn ones) count as not below: what a
 * crash left past the end looks so, and the search lands in front of it. */
int consume_queue_files_search(struct consume_queue *queue, int64_t low, int64_t high,
                               uint64_t offset, int64_t *ret_index, struct err *err)
{
    struct consume_queue_block block = {.count = 0};
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        /* Few enough to be read at once, when they lie in one file. */
        if (high - low <= CONSUME_QUEUE_BLOCK_UNITS && !consume_queue_files_is_in(&block, low)) {
            int r = consume_queue_files_read_block(queue, low, &block, err);
            if (r < 0) {
                return r;
            }
        }
        struct consume_queue_unit unit = {0};
        int r = 0;
        if (consume_queue_files_is_in(&block, middle)) {
            consume_queue_unit_decode(block.units + (middle - block.first) * UNIT, &unit);
        } else {
            r = consume_queue_files_read(queue, middle, &unit, err);
        }
        if (r < 0) {
            return r;
        }
        if (consume_queue_unit_is_below(&unit, offset)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *ret_index = low;
    return 0;
}

/* One write a unit, as RocketMQ does: a crash in between leaves a head that is filled in part. The
 * guard queue-heal looks for that and fills the head again. */
int consume_queue_files_pre_blank(struct consume_queue *queue, int64_t index, struct err *err)
{
    int64_t first = index - index % queue->options->file_units;
    static const struct consume_queue_unit blank = {0, CONSUME_QUEUE_PRE_BLANK_SIZE_BYTES, 0};
    uint8_t at[UNIT];
    consume_queue_unit_encode(&blank, at);
    if (first < index) {
        event_emit(queue->options->sink, EVENT_PRE_BLANK, (uint64_t)index,
                   "%s: units %" PRId64 " to %" PRId64, segment_list_dir(queue->files), first,
                   index - 1);
    }
    for (int64_t i = first; i < index; i++) {
        int r = segment_list_write(queue->files, POINT_QUEUE_PRE_BLANK, (uint64_t)i * UNIT, at,
                                   UNIT, err);
        if (r < 0) {
            return r;
        }
    }
    segment_list_set_end(queue->files, (uint64_t)index * UNIT);
    return 0;
}

int consume_queue_files_ensure(struct consume_queue *queue, int64_t index, struct err *err)
{
    bool is_roll = segment_list_count(queue->files) > 0;
    int r = segment_list_ensure(queue->files, (uint64_t)index * UNIT, err);
    if (r > 0 && is_roll) {
        event_emit(queue->options->sink, EVENT_QUEUE_ROLLED, (uint64_t)index, "%s at unit %" PRId64,
                   segment_list_dir(queue->files), index);
    }
    return r;
}
