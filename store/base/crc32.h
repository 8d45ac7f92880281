/* CRC-32 as java.util.zip.CRC32 computes it (IEEE 802.3, reflected). */
#ifndef STORE_BASE_CRC32_H
#define STORE_BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* CRC-32 with the polynomial of java.util.zip.CRC32: what RocketMQ's body CRC and the DLedger
 * checksum are made of. */
uint32_t crc32_of(const void *data, size_t size_bytes);

/* Continues `crc` over more bytes; start with 0. */
uint32_t crc32_update(uint32_t crc, const void *data, size_t size_bytes);

#endif
