/* Writing again what stands there.  A kernel that failed to write a page marks it clean all the
 * same: it reads well until the power fails, and no later sync brings it to the disk.  After a
 * start whose predecessor may have met that, only bytes that are dirtied anew are known to be
 * durable after the next sync. */
#include "store/base/bytes.h"
#include "store/files/segment.h"

#include <errno.h>
#include <stdlib.h>

#define REWRITE_SIZE_BYTES 1048576u

/* Writes [from, to), which lies in one file, as it stands, a MiB at a time. A crash in the middle
 * is harmless: every byte is replaced by itself. A hole has no page that a failed sync could have
 * dropped, and stays one. */
static int rewrite_range(struct segment_list *list, uint64_t from, uint64_t to, struct err *err)
{
    size_t chunk = to - from < REWRITE_SIZE_BYTES ? (size_t)(to - from) : REWRITE_SIZE_BYTES;
    uint8_t *data = malloc(chunk);
    if (data == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    int r = 0;
    while (from < to) {
        r = segment_list_next_data(list, from, &from, err);
        if (r < 0 || from >= to) {
            break;
        }
        size_t size = to - from < chunk ? (size_t)(to - from) : chunk;
        r = segment_list_read(list, from, data, size, err);
        if (r == 0) {
            r = segment_list_write(list, list->options.points->rewrite, from, data, size, err);
        }
        if (r < 0) {
            break;
        }
        from += size;
    }
    free(data);
    return r;
}

/* Nothing below suspect_from is touched, so a start bounded by the mark stays bounded. Files
 * without a byte to rewrite count as written all the same, and are synced: they may hold zeros or a
 * size that no sync has covered. */
int segment_list_rewrite(struct segment_list *list, struct err *err)
{
    list->dir_seq++;
    for (size_t i = 0; i < list->count; i++) {
        struct segment *segment = &list->segments[i];
        uint64_t to = segment->start + list->options.file_size_bytes;
        if (to <= list->suspect_from || segment->is_empty) {
            continue;
        }
        /* Zeros past the end may wait for a sync, too. */
        segment->seq.written++;
        uint64_t from = segment->start;
        from = from > list->suspect_from ? from : list->suspect_from;
        to = to < list->end ? to : list->end;
        int r = from < to ? rewrite_range(list, from, to, err) : 0;
        if (r < 0) {
            return r;
        }
    }
    return 0;
}
