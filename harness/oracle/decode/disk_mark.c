/* Reads the durable mark (docs/FORMAT.md, "checkpoint"). */
#include "harness/oracle/decode/disk_mark.h"

#include "store/base/bytes.h"
#include "store/base/crc32.h"

#include <errno.h>
#include <string.h>

#define MAGIC        0x4B504D4Bu
#define VERSION      2u
#define AT_LOGICS    40
#define AT_MAGIC     64
#define AT_VERSION   68
#define AT_OFFSET    72
#define AT_COUNT     80
#define AT_FLAGS     84
#define AT_HASH      88
#define AT_INDEX     96
#define AT_TERM      104
#define AT_CRC       112
#define FLAG_HAS_CRC 1u

/* The page's CRC, which is taken as if its own field were zeros. */
static uint32_t crc_of(const uint8_t *page)
{
    static const uint8_t zeros[4];
    uint32_t crc = crc32_of(page, AT_CRC);
    crc = crc32_update(crc, zeros, sizeof zeros);
    return crc32_update(crc, page + AT_CRC + sizeof zeros,
                        DISK_MARK_PAGE_SIZE_BYTES - AT_CRC - sizeof zeros);
}

/* The first format had its magic where RocketMQ, since 5.5.0, has the offset of a record: such a
 * page says nothing of either. */
static bool is_first_format(const uint8_t *page)
{
    return bytes_get_be32(page + AT_LOGICS) == MAGIC;
}

/* The CRC is looked at before the version: a torn page must not be taken for a future one. An
 * offset past the mark would make RocketMQ begin behind units that nobody vouches for. */
static const char *decode(struct disk_mark *mark, const uint8_t *page)
{
    if (is_first_format(page)) {
        return "it is of the first format, whose place RocketMQ 5.5.0 took";
    }
    mark->logics_offset = (int64_t)bytes_get_be64(page + AT_LOGICS);
    if (bytes_get_be32(page + AT_MAGIC) != MAGIC) {
        return "no mark was written";
    }
    mark->version = bytes_get_be32(page + AT_VERSION);
    mark->offset = (int64_t)bytes_get_be64(page + AT_OFFSET);
    mark->queue_count = bytes_get_be32(page + AT_COUNT);
    mark->has_record_crc = (bytes_get_be32(page + AT_FLAGS) & FLAG_HAS_CRC) != 0;
    mark->queue_hash = bytes_get_be64(page + AT_HASH);
    mark->next_index = (int64_t)bytes_get_be64(page + AT_INDEX);
    mark->term = (int64_t)bytes_get_be64(page + AT_TERM);
    if (crc_of(page) != bytes_get_be32(page + AT_CRC)) {
        return "its CRC does not match";
    }
    if (mark->version != VERSION) {
        return "its version is unknown";
    }
    if (mark->offset < 0) {
        return "its offset is negative";
    }
    bool is_past = mark->logics_offset > 0 && mark->logics_offset >= mark->offset;
    return is_past ? "logicsPhysicalOffset is not below it" : NULL;
}

void disk_mark_decode(struct disk_mark *mark, const uint8_t page[DISK_MARK_PAGE_SIZE_BYTES])
{
    memset(mark, 0, sizeof *mark);
    mark->has_file = true;
    for (size_t i = 0; i < 5; i++) {
        mark->times[i] = (int64_t)bytes_get_be64(page + i * 8);
    }
    mark->why = decode(mark, page);
}

int disk_mark_read(struct disk_mark *mark, const struct view *view, struct err *err)
{
    *mark = (struct disk_mark){.why = "there is no checkpoint"};
    uint8_t page[DISK_MARK_PAGE_SIZE_BYTES] = {0};
    int64_t n = view->read(view->arg, "checkpoint", 0, page, sizeof page);
    if (n == -ENOENT) {
        return 0;
    }
    if (n < 0) {
        return err_set(err, (int)n, "read 'checkpoint'");
    }
    disk_mark_decode(mark, page);
    if (n < DISK_MARK_PAGE_SIZE_BYTES) {
        mark->why = "the file is too short";
    }
    return 0;
}

/* FNV-1a, 64 bits, as the mark's queue hash is defined. */
static uint64_t fnv_add(uint64_t hash, const void *data, size_t size_bytes)
{
    const uint8_t *at = data;
    for (size_t i = 0; i < size_bytes; i++) {
        hash = (hash ^ at[i]) * UINT64_C(0x100000001B3);
    }
    return hash;
}

/* The hashes are added, so that the order in which a directory lists its queues is nothing. Only
 * queues with files count: one that the log alone knows had no unit when the mark was made. */
bool disk_mark_matches(const struct disk_mark *mark, struct disk_queues *queues)
{
    uint32_t count = 0;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < queues->listed_count; i++) {
        struct disk_queue *queue = &queues->queues[i];
        uint64_t units = disk_queue_units_below(queues, queue, (uint64_t)mark->offset);
        if (units == 0) {
            continue;
        }
        uint8_t tail[12];
        bytes_put_be32(tail, (uint32_t)queue->queue_id);
        bytes_put_be64(tail + 4, units);
        uint64_t hash = fnv_add(UINT64_C(0xCBF29CE484222325), disk_queue_topic(queues, queue),
                                queue->topic_size_bytes);
        sum += fnv_add(hash, tail, sizeof tail);
        count++;
    }
    return count == mark->queue_count && sum == mark->queue_hash;
}
