/* The checkpoint file: one page with RocketMQ's six values and, in bytes that no RocketMQ up
 * to 5.5.1 uses, the durable mark: up to where log and queues are synced.  Format: docs/FORMAT.md,
 * "Checkpoint". */
#ifndef STORE_LOG_CHECKPOINT_H
#define STORE_LOG_CHECKPOINT_H

#include "store/base/err.h"
#include "store/disk/disk.h"

#include <stdbool.h>
#include <stdint.h>

#define CHECKPOINT_SIZE_BYTES 4096
#define CHECKPOINT_PATH       "checkpoint"

#define CHECKPOINT_FLAG_RECORD_CRC 1u /* every record of the log carries __CRC32# */

struct checkpoint_mark {
    uint64_t physical_offset;
    uint32_t queue_count; /* with a unit below the mark */
    uint32_t flags;
    uint64_t queue_hash;
    int64_t next_index; /* DLedger index of the entry at the mark, or -1 */
    int64_t term;       /* of the entry before it, or -1 */
};

struct checkpoint_page {
    int64_t physic_msg_timestamp_ms;
    int64_t logics_msg_timestamp_ms;
    int64_t index_msg_timestamp_ms;
    int64_t master_flushed_offset;
    int64_t confirm_phy_offset;
    /* Since RocketMQ 5.5.0: where the last record begins whose unit is synced; 0: not known. */
    int64_t logics_physical_offset;
    bool is_ours; /* this engine's magic is there, whether or not a mark holds; never written */
    bool has_mark;
    struct checkpoint_mark mark;
};

/* The page as RocketMQ reads it, with the durable mark in bytes that RocketMQ leaves alone, under
 * a CRC of its own: a torn page is no mark. */
void checkpoint_encode(const struct checkpoint_page *page, uint8_t at[CHECKPOINT_SIZE_BYTES]);
/* Takes any bytes: a page without a sound mark has none.  A page of this engine's first format,
 * with the mark where RocketMQ has an offset, has neither. */
void checkpoint_decode(const uint8_t at[CHECKPOINT_SIZE_BYTES], struct checkpoint_page *ret_page);

struct checkpoint;

/* A checkpoint whose file is not looked at yet. -ENOMEM. */
int checkpoint_new(struct disk *disk, struct checkpoint **ret_checkpoint);
/* Closes the file; writes nothing. */
struct checkpoint *checkpoint_free(struct checkpoint *checkpoint);

/* Reads the page; all zero when the file is missing or too short. */
int checkpoint_load(struct checkpoint *checkpoint, struct checkpoint_page *ret_page,
                    struct err *err);
/* Whether the file was there, whole, when the page was read, or was made since. */
bool checkpoint_is_there(const struct checkpoint *checkpoint);
/* Writes the page in place and syncs it; makes the file first when it must (its directory entry is
 * synced too with `dir_sync`).  On failure the old page, the new one or a torn one is there. */
int checkpoint_save(struct checkpoint *checkpoint, const struct checkpoint_page *page,
                    bool dir_sync, struct err *err);
/* Syncs it once more.  A page that says more than the one before may be lost, one that says less
 * must not. */
int checkpoint_sync_again(struct checkpoint *checkpoint, struct err *err);

#endif
