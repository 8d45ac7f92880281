/* Big-endian integers in byte arrays, as Java's ByteBuffer writes them. */
#ifndef STORE_BASE_BYTES_H
#define STORE_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Nothing is aligned: fields stand where the format puts them. */
uint16_t bytes_get_be16(const void *at);
uint32_t bytes_get_be32(const void *at);
uint64_t bytes_get_be64(const void *at);
void bytes_put_be16(void *at, uint16_t value);
void bytes_put_be32(void *at, uint32_t value);
void bytes_put_be64(void *at, uint64_t value);

/* Whether all `size_bytes` bytes at `at` are zero. */
bool bytes_is_zero(const void *at, size_t size_bytes);

#endif
