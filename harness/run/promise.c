/* Ranges of the log between a write and the sync that covers it. */
#include "harness/run/promise.h"

#include "harness/judge/disk_log.h"
#include "harness/run/replica.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PART_SIZE_BYTES 4096u
/* A flush syncs files and then their directories: so many operations further on it is over. */
#define FLUSH_OPERATIONS_MAX 12

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
        if (entry.op == POINT_OP_CREATE && entry.result >= 0 && is_log_file(entry.path, &start)) {
            struct view view = image_view(walk->replica.image);
            promise->is_made[n] = view.size(view.arg, entry.path) < 0;
        }
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

int promise_init(struct promise *promise, const struct persist_options *options, bool is_tracked,
                 struct err *err)
{
    struct replica_walk walk;
    memset(promise, 0, sizeof(*promise));
    promise->trace = options->trace;
    promise->changed_from =
        calloc(trace_done_count(options->trace) + 1, sizeof(promise->changed_from[0]));
    promise->is_made = calloc(trace_done_count(options->trace) + 1, 1);
    if (promise->changed_from == NULL || promise->is_made == NULL ||
        replica_walk_init(&walk, options, is_tracked) < 0) {
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
    free(promise->is_made);
    free(promise->names);
    free(promise->ranges);
    memset(promise, 0, sizeof(*promise));
}

void promise_rewind(struct promise *promise)
{
    promise->range_count = 0;
    promise->name_count = 0;
    promise->done = 0;
}

static int add(struct promise_range **list, size_t *count, size_t *capacity,
               const struct trace_entry *entry, uint64_t from)
{
    if (*count == *capacity) {
        size_t wanted = 2 * *capacity + 16;
        struct promise_range *grown = reallocarray(*list, wanted, sizeof(**list));
        if (grown == NULL) {
            return -ENOMEM;
        }
        *list = grown;
        *capacity = wanted;
    }
    (*list)[(*count)++] = (struct promise_range){entry->path, from, entry->end_sequence, 0};
    return 0;
}

/* Takes out what is of the file `path` and ended before `before_sequence`. */
static void remove_of(struct promise_range *list, size_t *count, const char *path,
                      uint64_t before_sequence)
{
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        if (list[i].end_sequence >= before_sequence || strcmp(list[i].path, path) != 0) {
            list[kept++] = list[i];
        }
    }
    *count = kept;
}

static bool is_in_directory(const char *path, const char *directory)
{
    size_t length = strlen(directory);
    return strncmp(path, directory, length) == 0 && path[length] == '/' &&
           strchr(path + length + 1, '/') == NULL;
}

static bool is_good_sync(const struct trace_entry *entry, enum point_op op,
                         bool (*is_lie)(void *arg, const struct trace_entry *entry), void *arg)
{
    return entry->op == op && entry->result >= 0 && !is_lie(arg, entry);
}

/* Whether the file's name is not synced yet. */
static bool has_new_name(const struct promise *promise, const char *path)
{
    for (size_t i = 0; i < promise->name_count; i++) {
        if (strcmp(promise->names[i].path, path) == 0) {
            return true;
        }
    }
    return false;
}

/* The end of the sync of the file's directory that follows in the same flush; 0: none does. */
static uint64_t find_name_sync(const struct promise *promise, const char *path)
{
    size_t count = trace_done_count(promise->trace);
    for (size_t n = promise->done + 1; n < count && n <= promise->done + FLUSH_OPERATIONS_MAX;
         n++) {
        struct trace_entry entry;
        trace_get(promise->trace, trace_done_index(promise->trace, n), &entry);
        if (entry.op == POINT_OP_SYNC_DIR && is_in_directory(path, entry.path)) {
            return entry.end_sequence;
        }
    }
    return 0;
}

/* A sync of the file: what it covers is promised at once, or with the file's name. */
static void settle_file(struct promise *promise, const struct trace_entry *sync)
{
    uint64_t settled_at =
        has_new_name(promise, sync->path) ? find_name_sync(promise, sync->path) : 0;
    if (settled_at == 0) {
        remove_of(promise->ranges, &promise->range_count, sync->path, sync->begin_sequence);
        return;
    }
    for (size_t i = 0; i < promise->range_count; i++) {
        struct promise_range *range = &promise->ranges[i];
        if (range->end_sequence < sync->begin_sequence && strcmp(range->path, sync->path) == 0) {
            range->settled_at = settled_at;
        }
    }
}

/* A sync of a directory: the names of its files are durable. */
static void settle_names(struct promise *promise, const struct trace_entry *sync)
{
    size_t kept = 0;
    for (size_t i = 0; i < promise->name_count; i++) {
        const struct promise_range *name = &promise->names[i];
        if (name->end_sequence >= sync->begin_sequence ||
            !is_in_directory(name->path, sync->path)) {
            promise->names[kept++] = *name;
        }
    }
    promise->name_count = kept;
    kept = 0;
    for (size_t i = 0; i < promise->range_count; i++) {
        if (promise->ranges[i].settled_at != sync->end_sequence) {
            promise->ranges[kept++] = promise->ranges[i];
        }
    }
    promise->range_count = kept;
}

static int take_end(struct promise *promise, const struct trace_entry *entry)
{
    uint64_t from = promise->changed_from[promise->done];
    int r = 0;
    if (from != UINT64_MAX) {
        r = add(&promise->ranges, &promise->range_count, &promise->range_capacity, entry, from);
    } else if (promise->is_made[promise->done] != 0) {
        r = add(&promise->names, &promise->name_count, &promise->name_capacity, entry, 0);
    } else if (entry->op == POINT_OP_UNLINK && entry->result >= 0) {
        remove_of(promise->ranges, &promise->range_count, entry->path, UINT64_MAX);
        remove_of(promise->names, &promise->name_count, entry->path, UINT64_MAX);
    }
    return r;
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
        if (is_good_sync(&entry, POINT_OP_SYNC, is_lie, arg)) {
            settle_file(promise, &entry);
        } else if (is_good_sync(&entry, POINT_OP_SYNC_DIR, is_lie, arg)) {
            settle_names(promise, &entry);
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
