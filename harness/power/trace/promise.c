/* Ranges of the log between a write and the sync that covers it. */
#include "harness/power/trace/promise.h"

#include "harness/oracle/decode/disk_log.h"
#include "harness/power/trace/replica.h"
#include "store/base/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PART_SIZE_BYTES 4096u

/* Whether `path` is a file of the log; its first physical offset. */
static bool is_log_file(const char *path, uint64_t *ret_start)
{
    static const char *const directories[] = {"commitlog/", "dledger-n0/data/"};
    for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
        size_t length = strlen(directories[i]);
        if (strncmp(path, directories[i], length) == 0) {
            return disk_log_parse_name(path + length, ret_start);
        }
    }
    return false;
}

/* How many of the bytes that the write wrote stood there before. */
static uint64_t count_same(struct image *image, const struct trace_entry *entry)
{
    struct view view = image_view(image);
    uint8_t part[PART_SIZE_BYTES];
    uint64_t size_bytes = (uint64_t)entry->result;
    for (uint64_t at = 0; at < size_bytes; at += PART_SIZE_BYTES) {
        uint64_t left = size_bytes - at;
        size_t part_bytes = left < PART_SIZE_BYTES ? (size_t)left : PART_SIZE_BYTES;
        int64_t got = view.read(view.arg, entry->path, entry->offset + at, part, part_bytes);
        for (size_t i = 0; i < part_bytes; i++) {
            if ((int64_t)i >= got || part[i] != entry->data[at + i]) {
                return at + i;
            }
        }
    }
    return size_bytes;
}

static int read_trace(struct promise *promise, struct replica_walk *walk, struct err *err)
{
    size_t count = trace_done_count(promise->trace);
    for (size_t n = 0; n < count; n++) {
        struct trace_entry entry;
        uint64_t start = 0;
        promise->changed_from[n] = UINT64_MAX;
        int r = replica_walk_seek(walk, n, err);
        if (r < 0) {
            return r;
        }
        trace_get(promise->trace, trace_done_index(promise->trace, n), &entry);
        if (entry.op != POINT_OP_WRITE || entry.result <= 0 || entry.data == NULL ||
            !is_log_file(entry.path, &start)) {
            continue;
        }
        uint64_t same = count_same(walk->replica.image, &entry);
        if (same < (uint64_t)entry.result) {
            promise->changed_from[n] = start + entry.offset + same;
        }
    }
    return 0;
}

int promise_init(struct promise *promise, const struct recording *recording, bool is_tracked,
                 struct err *err)
{
    struct replica_walk walk;
    memset(promise, 0, sizeof(*promise));
    promise->trace = recording->trace;
    promise->changed_from =
        calloc(trace_done_count(recording->trace) + 1, sizeof(promise->changed_from[0]));
    if (promise->changed_from == NULL || replica_walk_init(&walk, recording, is_tracked) < 0) {
        promise_done(promise);
        return err_set(err, -ENOMEM, "out of memory for the promises of a trace");
    }
    int r = read_trace(promise, &walk, err);
    image_free(replica_walk_done(&walk));
    if (r < 0) {
        promise_done(promise);
    }
    return r;
}

void promise_done(struct promise *promise)
{
    free(promise->changed_from);
    free(promise->ranges);
    memset(promise, 0, sizeof(*promise));
}

static int add(struct promise *promise, const struct trace_entry *entry, uint64_t from)
{
    int r = array_grow(&promise->ranges, promise->range_count, &promise->range_capacity,
                       sizeof(promise->ranges[0]));
    if (r == 0) {
        promise->ranges[promise->range_count++] =
            (struct promise_range){entry->path, from, entry->end_sequence};
    }
    return r;
}

/* Takes out what is of the file `path` and ended before `before_sequence`. */
static void remove_of(struct promise *promise, const char *path, uint64_t before_sequence)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < promise->range_count; i++) {
        const struct promise_range *range = &promise->ranges[i];
        if (range->end_sequence >= before_sequence || strcmp(range->path, path) != 0) {
            promise->ranges[kept++] = *range;
        }
    }
    promise->range_count = kept;
}

static int take_end(struct promise *promise, const struct trace_entry *entry)
{
    uint64_t from = promise->changed_from[promise->done];
    if (from != UINT64_MAX) {
        return add(promise, entry, from);
    }
    if (entry->op == POINT_OP_UNLINK && entry->result >= 0) {
        remove_of(promise, entry->path, UINT64_MAX);
    }
    return 0;
}

int promise_seek(struct promise *promise, size_t done,
                 bool (*is_lie)(void *arg, const struct trace_entry *entry), void *arg)
{
    for (; promise->done < done && promise->done < trace_done_count(promise->trace);
         promise->done++) {
        struct trace_entry entry;
        trace_get(promise->trace, trace_done_index(promise->trace, promise->done), &entry);
        if (take_end(promise, &entry) < 0) {
            return -ENOMEM;
        }
        if (entry.op == POINT_OP_SYNC && entry.result >= 0 && !is_lie(arg, &entry)) {
            remove_of(promise, entry.path, entry.begin_sequence);
        }
    }
    return 0;
}

uint64_t promise_end(const struct promise *promise)
{
    uint64_t end = UINT64_MAX;
    for (size_t i = 0; i < promise->range_count; i++) {
        end = promise->ranges[i].from < end ? promise->ranges[i].from : end;
    }
    return end;
}
