/* The checkpoint file: see checkpoint.h. */
#include "store/log/checkpoint.h"

#include "store/base/bytes.h"
#include "store/base/crc32.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MARK_MAGIC   0x4B504D4Bu
#define MARK_VERSION 2u

enum {
    AT_PHYSIC = 0,
    AT_LOGICS = 8,
    AT_INDEX = 16,
    AT_MASTER = 24,
    AT_CONFIRM = 32,
    AT_LOGICS_OFFSET = 40,
    AT_MAGIC = 64, /* behind a gap: RocketMQ put a sixth field right behind its fifth in 5.5.0 */
    AT_VERSION = 68,
    AT_MARK = 72,
    AT_QUEUE_COUNT = 80,
    AT_FLAGS = 84,
    AT_QUEUE_HASH = 88,
    AT_NEXT_INDEX = 96,
    AT_TERM = 104,
    AT_CRC = 112
};

struct checkpoint {
    struct disk *disk;
    struct disk_file *file; /* NULL until first needed */
    bool is_whole;          /* the file has its size */
    bool is_entry_durable;
};

/* The CRC covers the whole page and not only the mark: a page is written over in place, and torn in
 * the middle it would pair one mark with the times, or the offset for the queues, of another. */
void checkpoint_encode(const struct checkpoint_page *page, uint8_t at[CHECKPOINT_SIZE_BYTES])
{
    memset(at, 0, CHECKPOINT_SIZE_BYTES);
    bytes_put_be64(at + AT_PHYSIC, (uint64_t)page->physic_msg_timestamp_ms);
    bytes_put_be64(at + AT_LOGICS, (uint64_t)page->logics_msg_timestamp_ms);
    bytes_put_be64(at + AT_INDEX, (uint64_t)page->index_msg_timestamp_ms);
    bytes_put_be64(at + AT_MASTER, (uint64_t)page->master_flushed_offset);
    bytes_put_be64(at + AT_CONFIRM, (uint64_t)page->confirm_phy_offset);
    bytes_put_be64(at + AT_LOGICS_OFFSET, (uint64_t)page->logics_physical_offset);
    if (!page->has_mark) {
        return;
    }
    const struct checkpoint_mark *mark = &page->mark;
    bytes_put_be32(at + AT_MAGIC, MARK_MAGIC);
    bytes_put_be32(at + AT_VERSION, MARK_VERSION);
    bytes_put_be64(at + AT_MARK, mark->physical_offset);
    bytes_put_be32(at + AT_QUEUE_COUNT, mark->queue_count);
    bytes_put_be32(at + AT_FLAGS, mark->flags);
    bytes_put_be64(at + AT_QUEUE_HASH, mark->queue_hash);
    bytes_put_be64(at + AT_NEXT_INDEX, (uint64_t)mark->next_index);
    bytes_put_be64(at + AT_TERM, (uint64_t)mark->term);
    bytes_put_be32(at + AT_CRC, crc32_of(at, CHECKPOINT_SIZE_BYTES));
}

/* The CRC of the page with the CRC's own bytes taken as zero. */
static uint32_t crc_of(const uint8_t *at)
{
    static const uint8_t zeros[4];
    uint32_t crc = crc32_of(at, AT_CRC);
    crc = crc32_update(crc, zeros, sizeof(zeros));
    return crc32_update(crc, at + AT_CRC + 4, CHECKPOINT_SIZE_BYTES - AT_CRC - 4);
}

/* The offset for the queues, 0 for unknown. Version 1 of this engine had its magic there, which
 * read as an offset is past the end of any log; and no offset is negative. */
static int64_t logics_offset_of(const uint8_t *at)
{
    int64_t offset = (int64_t)bytes_get_be64(at + AT_LOGICS_OFFSET);
    return bytes_get_be32(at + AT_LOGICS_OFFSET) == MARK_MAGIC || offset < 0 ? 0 : offset;
}

/* Whether RocketMQ, which begins at the one offset, finds there what the mark vouches for. */
static bool is_below_mark(int64_t logics_offset, uint64_t mark)
{
    return logics_offset == 0 || (uint64_t)logics_offset < mark;
}

void checkpoint_decode(const uint8_t at[CHECKPOINT_SIZE_BYTES], struct checkpoint_page *ret_page)
{
    *ret_page = (struct checkpoint_page){
        .physic_msg_timestamp_ms = (int64_t)bytes_get_be64(at + AT_PHYSIC),
        .logics_msg_timestamp_ms = (int64_t)bytes_get_be64(at + AT_LOGICS),
        .index_msg_timestamp_ms = (int64_t)bytes_get_be64(at + AT_INDEX),
        .master_flushed_offset = (int64_t)bytes_get_be64(at + AT_MASTER),
        .confirm_phy_offset = (int64_t)bytes_get_be64(at + AT_CONFIRM),
        .logics_physical_offset = logics_offset_of(at),
        .is_ours = bytes_get_be32(at + AT_MAGIC) == MARK_MAGIC ||
                   bytes_get_be32(at + AT_LOGICS_OFFSET) == MARK_MAGIC,
    };
    if (bytes_get_be32(at + AT_MAGIC) != MARK_MAGIC ||
        bytes_get_be32(at + AT_VERSION) != MARK_VERSION ||
        bytes_get_be64(at + AT_MARK) > INT64_MAX || bytes_get_be32(at + AT_CRC) != crc_of(at) ||
        !is_below_mark(ret_page->logics_physical_offset, bytes_get_be64(at + AT_MARK))) {
        return;
    }
    ret_page->has_mark = true;
    ret_page->mark = (struct checkpoint_mark){
        .physical_offset = bytes_get_be64(at + AT_MARK),
        .queue_count = bytes_get_be32(at + AT_QUEUE_COUNT),
        .flags = bytes_get_be32(at + AT_FLAGS),
        .queue_hash = bytes_get_be64(at + AT_QUEUE_HASH),
        .next_index = (int64_t)bytes_get_be64(at + AT_NEXT_INDEX),
        .term = (int64_t)bytes_get_be64(at + AT_TERM),
    };
}

int checkpoint_new(struct disk *disk, struct checkpoint **ret_checkpoint)
{
    struct checkpoint *checkpoint = calloc(1, sizeof(*checkpoint));
    if (checkpoint == NULL) {
        return -ENOMEM;
    }
    checkpoint->disk = disk;
    *ret_checkpoint = checkpoint;
    return 0;
}

struct checkpoint *checkpoint_free(struct checkpoint *checkpoint)
{
    if (checkpoint != NULL) {
        disk_close(checkpoint->file);
        free(checkpoint);
    }
    return NULL;
}

/* A page that is too short was cut by a crash between making the file and its size: it says as
 * little as none. A file that could not be read is an error, and the caller decides. */
int checkpoint_load(struct checkpoint *checkpoint, struct checkpoint_page *ret_page,
                    struct err *err)
{
    uint8_t at[CHECKPOINT_SIZE_BYTES] = {0};
    uint64_t size_bytes = 0;
    int r = disk_find(checkpoint->disk, POINT_CHECKPOINT_SIZE, CHECKPOINT_PATH, &size_bytes, err);
    if (r == 1 && size_bytes >= CHECKPOINT_SIZE_BYTES) {
        r = disk_open(checkpoint->disk, POINT_CHECKPOINT_OPEN, CHECKPOINT_PATH, &checkpoint->file,
                      err);
        if (r == 0) {
            r = disk_read(checkpoint->file, POINT_CHECKPOINT_READ, 0, at, sizeof(at), err);
        }
        checkpoint->is_whole = r == 0;
    }
    if (r < 0 && r != -ENOENT) {
        return r;
    }
    checkpoint_decode(at, ret_page);
    return 0;
}

bool checkpoint_is_there(const struct checkpoint *checkpoint)
{
    return checkpoint->is_whole;
}

/* Makes the file when there is none, or one that a crash left short. Its entry is synced before the
 * page is written: without it the mark would be durable in a file that has no name. */
static int make_file(struct checkpoint *checkpoint, bool dir_sync, struct err *err)
{
    int r = 0;
    if (checkpoint->file == NULL) {
        r = disk_create(checkpoint->disk, POINT_CHECKPOINT_CREATE, CHECKPOINT_PATH,
                        &checkpoint->file, err);
    }
    if (r == 0 && !checkpoint->is_whole) {
        r = disk_truncate(checkpoint->file, POINT_CHECKPOINT_EXTEND, CHECKPOINT_SIZE_BYTES, err);
        checkpoint->is_whole = r == 0;
    }
    if (r == 0 && dir_sync && !checkpoint->is_entry_durable) {
        r = disk_sync_dir(checkpoint->disk, POINT_CHECKPOINT_SYNC_DIR, "", err);
        checkpoint->is_entry_durable = r == 0;
    }
    return r;
}

int checkpoint_sync_again(struct checkpoint *checkpoint, struct err *err)
{
    return disk_sync(checkpoint->file, POINT_CHECKPOINT_SYNC, err);
}

int checkpoint_save(struct checkpoint *checkpoint, const struct checkpoint_page *page,
                    bool dir_sync, struct err *err)
{
    int r = make_file(checkpoint, dir_sync, err);
    if (r < 0) {
        return r;
    }
    uint8_t at[CHECKPOINT_SIZE_BYTES];
    checkpoint_encode(page, at);
    r = disk_write(checkpoint->file, POINT_CHECKPOINT_WRITE, 0, at, sizeof(at), err);
    return r < 0 ? r : checkpoint_sync_again(checkpoint, err);
}
