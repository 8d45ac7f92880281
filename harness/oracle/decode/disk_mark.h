/* The oracle's reader of `checkpoint`: RocketMQ's six values and the durable mark behind them. */
#ifndef HARNESS_ORACLE_DECODE_DISK_MARK_H
#define HARNESS_ORACLE_DECODE_DISK_MARK_H

#include "harness/oracle/decode/disk_queue.h"
#include "harness/oracle/decode/view.h"
#include "store/base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define DISK_MARK_PAGE_SIZE_BYTES 4096

struct disk_mark {
    bool has_file;
    int64_t times[5];      /* physic, logics, index, masterFlushedOffset, confirmPhyOffset */
    int64_t logics_offset; /* logicsPhysicalOffset, as it stands; 0 in the first format of ours */
    const char *why;       /* why there is no mark, NULL: there is a sound one */
    uint32_t version;
    int64_t offset; /* log and queues are synced up to it */
    uint32_t queue_count;
    bool has_record_crc; /* every record carries __CRC32# */
    uint64_t queue_hash;
    int64_t next_index; /* DLedger: index of the first entry at or past the mark */
    int64_t term;
};

/* Decodes a page of `checkpoint`, as it stands on disk or is about to be written; what keeps it
 * from being a mark is told in `why`. */
void disk_mark_decode(struct disk_mark *mark, const uint8_t page[DISK_MARK_PAGE_SIZE_BYTES]);
/* A missing or damaged file is told in `why`. 0 or the view's error. */
int disk_mark_read(struct disk_mark *mark, const struct view *view, struct err *err);
/* Whether the queues are those that the mark was made for. */
bool disk_mark_matches(const struct disk_mark *mark, struct disk_queues *queues);

#endif
