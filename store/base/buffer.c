/* A growing byte buffer with a maximum. */
#include "store/base/buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_CAPACITY_BYTES_MIN 256

void buffer_init(struct buffer *buffer, size_t size_bytes_max)
{
    *buffer = (struct buffer){.size_bytes_max = size_bytes_max};
}

void buffer_done(struct buffer *buffer)
{
    free(buffer->data);
    buffer_init(buffer, buffer->size_bytes_max);
}

void buffer_clear(struct buffer *buffer)
{
    buffer->size_bytes = 0;
}

int buffer_reserve(struct buffer *buffer, size_t size_bytes)
{
    if (size_bytes > buffer->size_bytes_max) {
        return -EMSGSIZE;
    }
    if (size_bytes <= buffer->capacity_bytes) {
        return 0;
    }
    size_t capacity_bytes = buffer->capacity_bytes;
    if (capacity_bytes < BUFFER_CAPACITY_BYTES_MIN) {
        capacity_bytes = BUFFER_CAPACITY_BYTES_MIN;
    }
    while (capacity_bytes < size_bytes && capacity_bytes <= SIZE_MAX / 2) {
        capacity_bytes *= 2;
    }
    if (capacity_bytes < size_bytes || capacity_bytes > buffer->size_bytes_max) {
        capacity_bytes = buffer->size_bytes_max;
    }
    uint8_t *data = realloc(buffer->data, capacity_bytes);
    if (data == NULL) {
        return -ENOMEM;
    }
    buffer->data = data;
    buffer->capacity_bytes = capacity_bytes;
    return 0;
}

int buffer_append(struct buffer *buffer, const void *data, size_t size_bytes)
{
    if (size_bytes == 0) {
        return 0;
    }
    if (size_bytes > buffer->size_bytes_max - buffer->size_bytes) {
        return -EMSGSIZE;
    }
    int r = buffer_reserve(buffer, buffer->size_bytes + size_bytes);
    if (r != 0) {
        return r;
    }
    memcpy(buffer->data + buffer->size_bytes, data, size_bytes);
    buffer->size_bytes += size_bytes;
    return 0;
}
