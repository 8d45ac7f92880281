/* A growing byte buffer that must be told its maximum, so that no on-disk length can
 * make the store allocate without bound. */
#ifndef STORE_BASE_BUFFER_H
#define STORE_BASE_BUFFER_H

#include <stddef.h>
#include <stdint.h>

struct buffer {
    uint8_t *data;
    size_t size_bytes;
    size_t capacity_bytes;
    size_t size_bytes_max;
};

/* An empty buffer that allocates nothing yet. `size_bytes_max` bounds it for good: a length read
 * from a disk may be anything. */
void buffer_init(struct buffer *buffer, size_t size_bytes_max);
/* Frees what it holds; it may be initialised again. */
void buffer_done(struct buffer *buffer);
/* Empties it and keeps its memory, for the next record. */
void buffer_clear(struct buffer *buffer);

/* Makes room for `size_bytes` in total.  Returns 0, -EMSGSIZE (over the maximum) or -ENOMEM. */
int buffer_reserve(struct buffer *buffer, size_t size_bytes) __attribute__((warn_unused_result));
/* Copies `size_bytes` to its end. Returns as buffer_reserve; on failure it is as before. */
int buffer_append(struct buffer *buffer, const void *data, size_t size_bytes)
    __attribute__((warn_unused_result));

#endif
