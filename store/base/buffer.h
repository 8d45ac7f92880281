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

void buffer_init(struct buffer *buffer, size_t size_bytes_max);
void buffer_done(struct buffer *buffer);
void buffer_clear(struct buffer *buffer);

/* Makes room for `size_bytes` in total.  Returns 0, -EMSGSIZE (over the maximum) or -ENOMEM. */
int buffer_reserve(struct buffer *buffer, size_t size_bytes) __attribute__((warn_unused_result));
int buffer_append(struct buffer *buffer, const void *data, size_t size_bytes)
    __attribute__((warn_unused_result));

#endif
