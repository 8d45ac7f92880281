/* Lists a queue's ext files when it is first asked for, and reads one unit at a time. */
#include "harness/oracle/foreign/cq_ext.h"

#include "harness/oracle/decode/disk_grow.h"
#include "harness/oracle/decode/disk_log.h"
#include "store/base/bytes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNIT_SIZE_BYTES_MIN 20u
#define PATH_SIZE_BYTES     (2 * DISK_QUEUE_PATH_SIZE_BYTES)

struct cq_ext_queue {
    bool is_listed;
    uint64_t *starts; /* of its files, ascending */
    size_t capacity;
    size_t count;
};

bool cq_ext_is_address(int64_t tags_code)
{
    return tags_code < INT32_MIN;
}

void cq_ext_done(struct cq_ext *ext)
{
    for (uint32_t i = 0; i < ext->queue_count; i++) {
        free(ext->queues[i].starts);
    }
    free(ext->queues);
    memset(ext, 0, sizeof *ext);
}

static int add_file(void *arg, const char *name, bool is_dir)
{
    struct cq_ext_queue *queue = arg;
    uint64_t start = 0;
    if (is_dir || !disk_log_parse_name(name, &start)) {
        return 0;
    }
    int r = disk_grow((void **)&queue->starts, &queue->capacity, queue->count + 1u,
                      sizeof *queue->starts);
    if (r == 0) {
        queue->starts[queue->count++] = start;
    }
    return r;
}

/* The files of queue number `index`, listed once. */
static int list_queue(struct cq_ext *ext, const struct disk_queues *queues, uint32_t index)
{
    if (index >= ext->queue_count) {
        int r =
            disk_grow((void **)&ext->queues, &ext->queue_capacity, index + 1u, sizeof *ext->queues);
        if (r < 0) {
            return r;
        }
        memset(ext->queues + ext->queue_count, 0,
               (index + 1u - ext->queue_count) * sizeof *ext->queues);
        ext->queue_count = index + 1;
    }
    struct cq_ext_queue *queue = &ext->queues[index];
    if (queue->is_listed) {
        return 0;
    }
    char path[PATH_SIZE_BYTES];
    snprintf(path, sizeof path, "consumequeue_ext/%.255s/%" PRId32,
             disk_queue_topic(queues, &queues->queues[index]), queues->queues[index].queue_id);
    int r = ext->view->list(ext->view->arg, path, add_file, queue);
    queue->is_listed = r >= 0 || r == -ENOENT;
    return r == -ENOENT ? 0 : r;
}

/* Reads the fixed part of the unit at `offset`.  How many bytes there are, 0 when no file has the
 * place, or an error. */
static int64_t read_unit(struct cq_ext *ext, const struct disk_queues *queues, uint32_t index,
                         uint64_t offset, uint8_t unit[UNIT_SIZE_BYTES_MIN])
{
    int r = list_queue(ext, queues, index);
    if (r < 0) {
        return r;
    }
    const struct cq_ext_queue *files = &ext->queues[index];
    size_t at = files->count;
    while (at > 0 && files->starts[at - 1] > offset) {
        at--;
    }
    if (at == 0) {
        return 0;
    }
    char path[PATH_SIZE_BYTES];
    snprintf(path, sizeof path, "consumequeue_ext/%.255s/%" PRId32 "/%020" PRIu64,
             disk_queue_topic(queues, &queues->queues[index]), queues->queues[index].queue_id,
             files->starts[at - 1]);
    int64_t size = ext->view->size(ext->view->arg, path);
    uint64_t position = offset - files->starts[at - 1];
    if (size < 0 || position + UNIT_SIZE_BYTES_MIN > (uint64_t)size) {
        return size < 0 ? size : 0;
    }
    int64_t n = ext->view->read(ext->view->arg, path, position, unit, UNIT_SIZE_BYTES_MIN);
    if (n == (int64_t)UNIT_SIZE_BYTES_MIN && position + bytes_get_be16(unit) > (uint64_t)size) {
        return 0;
    }
    return n;
}

/* Whether it is wrong, and `why`; a unit's size is 20 bytes and those of its bit map. */
static bool is_refused(struct cq_ext *ext, const uint8_t unit[UNIT_SIZE_BYTES_MIN],
                       const struct disk_record *record)
{
    uint32_t size = bytes_get_be16(unit);
    int64_t tags_code = (int64_t)bytes_get_be64(unit + 2);
    int64_t store_ms = (int64_t)bytes_get_be64(unit + 10);
    uint32_t bitmap_size = bytes_get_be16(unit + 18);
    if (size < UNIT_SIZE_BYTES_MIN || size > INT16_MAX ||
        bitmap_size != size - UNIT_SIZE_BYTES_MIN) {
        snprintf(ext->why, sizeof ext->why,
                 "leads to no ext unit, expected a size of %" PRIu32
                 " and its bit map, found %" PRIu32 " with a bit map of %" PRIu32,
                 UNIT_SIZE_BYTES_MIN, size, bitmap_size);
    } else if (tags_code != record->tags_code) {
        snprintf(ext->why, sizeof ext->why,
                 "leads to an ext unit with the wrong tags hash, expected %" PRId64
                 ", found %" PRId64,
                 record->tags_code, tags_code);
    } else if (store_ms != record->store_timestamp_ms) {
        snprintf(ext->why, sizeof ext->why,
                 "leads to an ext unit with the wrong store time, expected %" PRId64
                 ", found %" PRId64,
                 record->store_timestamp_ms, store_ms);
    } else {
        return false;
    }
    return true;
}

const char *cq_ext_refuse(struct cq_ext *ext, const struct disk_queues *queues, uint32_t index,
                          int64_t address, const struct disk_record *record)
{
    uint8_t unit[UNIT_SIZE_BYTES_MIN] = {0};
    uint64_t offset = (uint64_t)address - (uint64_t)INT64_MIN;
    int64_t n = read_unit(ext, queues, index, offset, unit);
    if (n < 0 && n != -ENOENT) {
        ext->error = ext->error == 0 ? (int)n : ext->error;
        snprintf(ext->why, sizeof ext->why, "leads to a place that cannot be read");
        return ext->why;
    }
    if (n < (int64_t)UNIT_SIZE_BYTES_MIN) {
        snprintf(ext->why, sizeof ext->why,
                 "leads nowhere, expected an ext unit at byte %" PRIu64
                 " of consumequeue_ext/%.96s/%" PRId32 ", found none",
                 offset, disk_queue_topic(queues, &queues->queues[index]),
                 queues->queues[index].queue_id);
        return ext->why;
    }
    if (is_refused(ext, unit, record)) {
        return ext->why;
    }
    ext->followed_count++;
    return NULL;
}
