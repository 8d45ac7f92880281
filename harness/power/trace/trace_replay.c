/* Recorded operations, done once more to a disk (trace.h). */
#include "harness/power/trace/trace.h"

#include <errno.h>
#include <inttypes.h>

/* What an operation on an open file did, done to the file of that name. */
static int replay_on_file(const struct trace_entry *entry, struct disk_file *file,
                          uint64_t size_bytes, struct err *err)
{
    if (entry->op == POINT_OP_SYNC) {
        return disk_sync(file, entry->point, err);
    }
    if (entry->op == POINT_OP_TRUNCATE) {
        return disk_truncate(file, entry->point, size_bytes, err);
    }
    if (size_bytes > 0 && entry->data == NULL) {
        return err_set(err, -ENOBUFS, "the bytes of this write were not kept");
    }
    return disk_write(file, entry->point, entry->offset, entry->data, (size_t)size_bytes, err);
}

static int replay_through_file(struct disk *disk, const struct trace_entry *entry,
                               uint64_t size_bytes, struct err *err)
{
    struct disk_file *file = NULL;
    int r = disk_open(disk, POINT_COMMITLOG_OPEN, entry->path, &file, err);

    if (r == -ENOENT) {
        return 0; /* it was unlinked while open: the bytes went nowhere */
    }
    if (r == 0) {
        r = replay_on_file(entry, file, size_bytes, err);
        (void)disk_close(file);
    }
    return r;
}

static int replay_entry(struct disk *disk, const struct trace_entry *entry, uint64_t size_bytes,
                        struct err *err)
{
    struct disk_file *file = NULL;
    int r = 0;

    switch (entry->op) {
    case POINT_OP_CREATE:
        r = disk_create(disk, entry->point, entry->path, &file, err);
        (void)disk_close(file);
        return r;
    case POINT_OP_WRITE:
    case POINT_OP_TRUNCATE:
    case POINT_OP_SYNC:
        return replay_through_file(disk, entry, size_bytes, err);
    case POINT_OP_RENAME:
        return disk_rename(disk, entry->point, entry->path, entry->target, err);
    case POINT_OP_UNLINK:
        return disk_unlink(disk, entry->point, entry->path, err);
    case POINT_OP_MKDIR:
        r = disk_mkdir(disk, entry->point, entry->path, err);
        return r < 0 ? r : 0;
    case POINT_OP_SYNC_DIR:
        return disk_sync_dir(disk, entry->point, entry->path, err);
    case POINT_OP_OPEN:
    case POINT_OP_READ:
    case POINT_OP_SEEK:
    case POINT_OP_LIST:
    case POINT_OP_SIZE:
    case POINT_OP_LOCK:
    case POINT_OP_COUNT:
        break;
    }
    return 0;
}

static int replay_done(const struct trace *trace, size_t n, struct disk *disk, struct err *err)
{
    struct trace_entry entry;
    uint64_t size_bytes = 0;
    int r = 0;

    trace_get(trace, trace_done_index(trace, n), &entry);
    if (entry.result < 0) {
        return 0;
    }
    size_bytes = entry.op == POINT_OP_WRITE ? (uint64_t)entry.result : entry.size_bytes;
    r = replay_entry(disk, &entry, size_bytes, err);
    return r < 0 ? err_wrap(err, r, "replay of operation %zu", n) : 0;
}

static int replay_torn(const struct trace *trace, const struct trace_span *span, struct disk *disk,
                       struct err *err)
{
    struct trace_entry entry;

    if (span->upto_count >= trace_done_count(trace)) {
        return err_set(err, -EINVAL, "no operation %zu to tear", span->upto_count);
    }
    trace_get(trace, trace_done_index(trace, span->upto_count), &entry);
    if (entry.op != POINT_OP_WRITE || span->torn_bytes > entry.size_bytes) {
        return err_set(err, -EINVAL, "operation %zu cannot be torn at %" PRIu64, span->upto_count,
                       span->torn_bytes);
    }
    return replay_entry(disk, &entry, span->torn_bytes, err);
}

int trace_replay(const struct trace *trace, const struct trace_span *span, struct disk *disk,
                 struct err *err)
{
    int r = 0;

    if (span->upto_count > trace_done_count(trace) || span->from_count > span->upto_count) {
        return err_set(err, -EINVAL, "no operations %zu to %zu in a trace of %zu", span->from_count,
                       span->upto_count, trace_done_count(trace));
    }
    for (size_t n = span->from_count; r == 0 && n < span->upto_count; n++) {
        r = replay_done(trace, n, disk, err);
    }
    if (r == 0 && span->torn_bytes > 0) {
        r = replay_torn(trace, span, disk, err);
    }
    return r;
}
