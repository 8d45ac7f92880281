/* Zeroing past the end of the data.  Records or units that a recovery cut, or that a failed append
 * left, would come back behind shorter new ones (issues #495, #10666): so nothing but zeros may
 * stand there when the next append is durable. */
#include "store/base/bytes.h"
#include "store/files/segment.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ZERO_CHUNK_SIZE_BYTES 4096u
#define READ_CHUNK_SIZE_BYTES 65536u /* at most */
#define PAGE_SIZE_BYTES       4096u
#define SPOILT                0xFF /* no item begins with it */

/* After a failed sync of zeros: the stale bytes are on disk, and the next recovery would find zeros
 * in the cache and leave them. So it finds something in every page and zeroes again. Should the
 * power fail first, the stale bytes are back, and the next recovery cuts them as this one did. */
static void spoil(struct segment_list *list, const struct segment *segment)
{
    static const uint8_t spoilt = SPOILT;
    uint64_t size_bytes = 0;
    int r = disk_size(list->options.disk, list->options.points->size, disk_file_path(segment->file),
                      &size_bytes, NULL);
    if (r < 0 || size_bytes < list->options.file_size_bytes) {
        return; /* the failed sync took even the size back */
    }
    for (uint64_t at = list->zeros.from; at < list->zeros.to;) {
        (void)segment_list_write(list, list->options.points->zero_tail, at, &spoilt, 1, NULL);
        uint64_t inside = at - segment->start;
        at += PAGE_SIZE_BYTES - inside % PAGE_SIZE_BYTES;
    }
}

/* How many bytes at the beginning, and up to the end, are zeros: eight at a time. */
static size_t leading_zeros(const uint8_t *data, size_t size_bytes)
{
    size_t at = 0;
    uint64_t word = 0;
    while (at + sizeof(word) <= size_bytes) {
        memcpy(&word, data + at, sizeof(word));
        if (word != 0) {
            break;
        }
        at += sizeof(word);
    }
    while (at < size_bytes && data[at] == 0) {
        at++;
    }
    return at;
}

static size_t trailing_zeros(const uint8_t *data, size_t size_bytes)
{
    size_t left = size_bytes;
    uint64_t word = 0;
    while (left >= sizeof(word)) {
        memcpy(&word, data + left - sizeof(word), sizeof(word));
        if (word != 0) {
            break;
        }
        left -= sizeof(word);
    }
    while (left > 0 && data[left - 1] == 0) {
        left--;
    }
    return size_bytes - left;
}

static void note_zeros(struct segment_zeros *zeros, uint64_t from, uint64_t to)
{
    zeros->from = zeros->to == 0 || from < zeros->from ? from : zeros->from;
    zeros->to = to > zeros->to ? to : zeros->to;
}

/* Zeroes the pieces of [from, from + size_bytes) of `data`, just read, that are not zero. */
static int64_t zero_pieces(struct segment_list *list, uint64_t from, const uint8_t *data,
                           size_t size_bytes, struct err *err)
{
    static const uint8_t zeros[ZERO_CHUNK_SIZE_BYTES];
    int64_t zeroed = 0;
    for (size_t at = 0; at < size_bytes;) {
        size_t size = ZERO_CHUNK_SIZE_BYTES - (size_t)((from + at) % ZERO_CHUNK_SIZE_BYTES);
        size = size < size_bytes - at ? size : size_bytes - at;
        size_t first = leading_zeros(data + at, size);
        size_t last = size - (first < size ? trailing_zeros(data + at, size) : 0);
        if (first < last) {
            note_zeros(&list->zeros, from + at + first, from + at + last);
            int r = segment_list_write(list, list->options.points->zero_tail, from + at + first,
                                       zeros, last - first, err);
            if (r < 0) {
                return r;
            }
            zeroed += (int64_t)(last - first);
        }
        at += size;
    }
    return zeroed;
}

/* Reads [from, from + size_bytes) and zeroes what is not zero in it. */
static int64_t zero_chunk(struct segment_list *list, uint64_t from, uint8_t *data,
                          size_t size_bytes, struct err *err)
{
    int r = segment_list_read(list, from, data, size_bytes, err);
    if (r < 0 || bytes_is_zero(data, size_bytes)) {
        return r;
    }
    return zero_pieces(list, from, data, size_bytes, err);
}

/* Zeroes what is not zero in [from, to): reading first is what keeps a sparse file sparse, and a
 * tail that is clean without a single write. Holes are not even read: what lies there on the disk
 * is no other thing than zeros, since nothing here ever shortens a file with bytes in it. What is
 * read after a hole begins with a page, because as a rule there is no more of it, and doubles while
 * there is. */
static int64_t zero_range(struct segment_list *list, uint64_t from, uint64_t to, struct err *err)
{
    uint8_t *data = malloc(READ_CHUNK_SIZE_BYTES);
    if (data == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    int64_t zeroed = 0;
    uint64_t chunk = PAGE_SIZE_BYTES;
    for (;;) {
        uint64_t next = from;
        int64_t r = from < to ? segment_list_next_data(list, from, &next, err) : 0;
        if (r < 0 || next >= to) {
            zeroed = r < 0 ? r : zeroed;
            break;
        }
        chunk = next > from ? PAGE_SIZE_BYTES : chunk;
        uint64_t size = chunk - next % chunk;
        size = to - next < size ? to - next : size;
        r = zero_chunk(list, next, data, (size_t)size, err);
        if (r < 0) {
            zeroed = r;
            break;
        }
        zeroed += r;
        from = next + size;
        chunk = chunk < READ_CHUNK_SIZE_BYTES ? 2 * chunk : chunk;
    }
    free(data);
    return zeroed;
}

/* Syncs zeros at once: no later sync of the file need come before the stale bytes do harm. */
static int sync_zeros(struct segment_list *list, struct segment *segment, struct err *err)
{
    int count = list->options.second_sync ? 2 : 1;
    for (int i = 0; i < count; i++) {
        uint64_t written = segment->seq.written;
        int r = disk_sync(segment->file, list->options.points->sync, err);
        if (r < 0) {
            list->has_sync_failed = true;
            spoil(list, segment);
            return r;
        }
        sync_seq_done(&segment->seq, written);
    }
    list->zeros = (struct segment_zeros){0, 0};
    return 0;
}

/* Only the file in which the end lies has a tail: files beyond it were cut. Zeros of an attempt
 * that failed half-way still wait for their sync, although nothing but zeros is found. After a
 * failed append the bound is where that append would have ended; after a recovery it is the end of
 * the file, since nobody knows how far an earlier life had come. */
int64_t segment_list_zero_tail(struct segment_list *list, struct err *err)
{
    int64_t at = segment_list_find(list, list->end);
    if (at < 0 || list->segments[at].is_empty) {
        list->garbage_end = 0;
        return 0;
    }
    struct segment *segment = &list->segments[at];
    if (segment_list_find(list, list->zeros.from) != at) {
        list->zeros = (struct segment_zeros){0, 0};
    }
    uint64_t to = segment->start + list->options.file_size_bytes;
    if (list->garbage_end != 0 && list->garbage_end < to) {
        to = list->garbage_end;
    }
    int64_t zeroed = zero_range(list, list->end, to, err);
    if (zeroed < 0) {
        return zeroed;
    }
    if (list->zeros.to != 0) {
        int r = sync_zeros(list, segment, err);
        if (r < 0) {
            return r;
        }
        event_emit(list->options.sink, EVENT_TAIL_ZEROED, list->end, "%s: %" PRId64 " bytes",
                   list->dir, zeroed);
    }
    list->garbage_end = 0;
    return zeroed;
}

int64_t segment_list_zero_past_end(struct segment_list *list, struct err *err)
{
    int r = segment_list_cut_files(list, err);
    if (r < 0) {
        return r;
    }
    return list->options.tail_zero ? segment_list_zero_tail(list, err) : 0;
}
