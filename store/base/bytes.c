/* Big-endian integers in byte arrays, at any alignment. */
#include "store/base/bytes.h"

#include <endian.h>
#include <string.h>

uint16_t bytes_get_be16(const void *at)
{
    uint16_t value;
    memcpy(&value, at, sizeof(value));
    return be16toh(value);
}

uint32_t bytes_get_be32(const void *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof(value));
    return be32toh(value);
}

uint64_t bytes_get_be64(const void *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof(value));
    return be64toh(value);
}

void bytes_put_be16(void *at, uint16_t value)
{
    value = htobe16(value);
    memcpy(at, &value, sizeof(value));
}

void bytes_put_be32(void *at, uint32_t value)
{
    value = htobe32(value);
    memcpy(at, &value, sizeof(value));
}

void bytes_put_be64(void *at, uint64_t value)
{
    value = htobe64(value);
    memcpy(at, &value, sizeof(value));
}

bool bytes_is_zero(const void *at, size_t size_bytes)
{
    const uint8_t *bytes = at;
    /* The first byte is zero and every byte equals the one before it. */
    return size_bytes == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, size_bytes - 1) == 0);
}
