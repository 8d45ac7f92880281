/* Finds the end of a queue as RocketMQ does, with its defects on request. */
#include "store/queue/consume_queue.h"
#include "store/queue/consume_queue_files.h"

#include <inttypes.h>

#define UNIT CONSUME_QUEUE_UNIT_SIZE_BYTES

/* Counts the valid units of one file; takes note of the last one's end. Valid is what RocketMQ asks
 * for, an offset not below 0 and a size above 0, so a torn unit may pass: no record is looked at. A
 * failed read counts as an invalid unit when errors are ends. */
static int count_valid(struct consume_queue *queue, int64_t first, int64_t *ret_count,
                       struct err *err)
{
    struct consume_queue_block block = {.count = 0};
    int64_t count = 0;
    for (; count < (int64_t)queue->options->file_units; count++) {
        struct consume_queue_unit unit;
        int r = consume_queue_files_read_by_block(queue, first + count, &block, &unit, err);
        if (r < 0 && !queue->options->is_error_end) {
            return r;
        }
        if (r < 0 || !consume_queue_unit_is_valid(&unit)) {
            break;
        }
        if (!consume_queue_unit_is_pre_blank(&unit) || queue->options->pre_blank_max_physic) {
            queue->max_physic = unit.physical_offset + unit.size_bytes;
        }
    }
    *ret_count = count;
    return 0;
}

/* Begins in the third file from the end, goes on while files are full, and ends at the first unit
 * that is not valid. A hole in the row ends the queue before the hole. What lies wholly behind is
 * unlinked, which is how a single bad unit costs all later files of its queue. */
int consume_queue_recover(struct consume_queue *queue, struct err *err)
{
    size_t files = segment_list_count(queue->files);
    int64_t end = consume_queue_first(queue);
    uint64_t hole = segment_list_hole(queue->files);
    for (size_t at = segment_list_recovery_start(queue->files); at < files; at++) {
        int64_t count = 0;
        int64_t first = (int64_t)(segment_list_start(queue->files, at) / UNIT);
        if (segment_list_start(queue->files, at) >= hole) {
            end = (int64_t)(hole / UNIT);
            break;
        }
        int r = count_valid(queue, first, &count, err);
        if (r < 0) {
            return r;
        }
        end = first + count;
        if (count < (int64_t)queue->options->file_units) {
            break;
        }
    }
    if (queue->options->no_expect) {
        queue->max_physic = -1;
    }
    consume_queue_set_max(queue, end);
    int cut = segment_list_cut_files(queue->files, err);
    return cut < 0 ? cut : 0;
}

/* Finds the new end in the last file, unit by unit from its start, as RocketMQ does. Returns 1 when
 * the whole file lies at or past `offset`, which is then told by its first unit alone. */
static int cut_in_last_file(struct consume_queue *queue, uint64_t offset, int64_t *ret_end,
                            struct err *err)
{
    struct consume_queue_block block = {.count = 0};
    size_t last = segment_list_count(queue->files) - 1;
    int64_t first = (int64_t)(segment_list_start(queue->files, last) / UNIT);
    int64_t count = 0;
    for (; count < (int64_t)queue->options->file_units; count++) {
        struct consume_queue_unit unit;
        int r = consume_queue_files_read_by_block(queue, first + count, &block, &unit, err);
        if (r < 0) {
            return r;
        }
        bool is_past = (int64_t)offset <= unit.physical_offset;
        /* RocketMQ does not ask whether the first unit of the file is one. */
        bool is_none = !consume_queue_unit_is_valid(&unit) &&
                       !(count == 0 && queue->options->zero_unit_accepted);
        if (count == 0 && (is_past || is_none)) {
            return 1;
        }
        if (is_past || is_none) {
            break;
        }
        if (!consume_queue_unit_is_pre_blank(&unit) || queue->options->pre_blank_max_physic) {
            queue->max_physic = unit.physical_offset + unit.size_bytes;
        }
    }
    *ret_end = first + count;
    return 0;
}

/* Goes from the last file backwards; a file whose first unit is at or past the offset is unlinked
 * without a look at the others. With a wrong offset (issue #8032: that of the first record) no file
 * remains. max_physic is set first: should no unit remain, the next dispatch begins there. */
int consume_queue_recover_truncate(struct consume_queue *queue, uint64_t physical_offset,
                                   struct err *err)
{
    int64_t before = consume_queue_max(queue);
    queue->max_physic = (int64_t)physical_offset;
    while (consume_queue_has_files(queue)) {
        size_t last = segment_list_count(queue->files) - 1;
        int64_t end = (int64_t)(segment_list_start(queue->files, last) / UNIT);
        int r = cut_in_last_file(queue, physical_offset, &end, err);
        if (r < 0) {
            return r;
        }
        if (r == 0) {
            consume_queue_set_max(queue, end);
            break;
        }
        r = segment_list_cut_last(queue->files, err);
        if (r < 0) {
            return r;
        }
    }
    queue->is_begun = consume_queue_has_files(queue);
    if (consume_queue_max(queue) < before) {
        event_emit(queue->options->sink, EVENT_QUEUE_CUT, (uint64_t)consume_queue_max(queue),
                   "%s: %" PRId64 " units become %" PRId64, segment_list_dir(queue->files), before,
                   consume_queue_max(queue));
    }
    return 0;
}
