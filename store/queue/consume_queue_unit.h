/* A unit of a consume queue, 20 bytes that point at a record, and what all queues of a store share.
 * Format: docs/FORMAT.md, "Consume queue". */
#ifndef STORE_QUEUE_CONSUME_QUEUE_UNIT_H
#define STORE_QUEUE_CONSUME_QUEUE_UNIT_H

#include "store/base/event.h"
#include "store/disk/disk.h"

#include <stdbool.h>
#include <stdint.h>

#define CONSUME_QUEUE_UNIT_SIZE_BYTES      20
#define CONSUME_QUEUE_PRE_BLANK_SIZE_BYTES 0x7FFFFFFF

struct consume_queue_unit {
    int64_t physical_offset;
    int32_t size_bytes;
    int64_t tags_code;
};

/* Shared by all queues of a store. */
struct consume_queue_options {
    struct disk *disk;
    const struct event_sink *sink;
    uint32_t file_units;
    bool dir_sync;
    bool tail_zero;
    bool second_sync;
    bool is_error_end;           /* a failed read in recovery is the end of the queue */
    bool zero_length_fatal;      /* defect */
    bool no_expect;              /* defect dispatch-no-expect */
    bool pre_blank_max_physic;   /* defect */
    bool flush_lookup_from_zero; /* defect */
    bool empty_file_fatal;       /* defect empty-queue-file-fatal */
    bool zero_unit_accepted;     /* defect */
};

/* The 20 bytes of a unit: physical offset, size, tags code, big-endian. */
void consume_queue_unit_encode(const struct consume_queue_unit *unit, uint8_t *at);
void consume_queue_unit_decode(const uint8_t *at, struct consume_queue_unit *ret_unit);
/* What fills a queue's first file up to its first unit. */
bool consume_queue_unit_is_pre_blank(const struct consume_queue_unit *unit);
/* Whether it can point at a record: an offset not below 0 and a size above 0. RocketMQ asks no
 * more, so a unit torn in its tags passes. */
bool consume_queue_unit_is_valid(const struct consume_queue_unit *unit);
/* Valid, and its record begins below `physical_offset`. */
bool consume_queue_unit_is_below(const struct consume_queue_unit *unit, uint64_t physical_offset);

#endif
