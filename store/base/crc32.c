/* CRC-32 of java.util.zip.CRC32, by libdeflate. */
#include "store/base/crc32.h"

#include <libdeflate.h>

uint32_t crc32_of(const void *data, size_t size_bytes)
{
    return crc32_update(0, data, size_bytes);
}

uint32_t crc32_update(uint32_t crc, const void *data, size_t size_bytes)
{
    /* libdeflate takes a null pointer for "give me the initial value", whatever the crc. */
    return size_bytes == 0 ? crc : libdeflate_crc32(crc, data, size_bytes);
}
