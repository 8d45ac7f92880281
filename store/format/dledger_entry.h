/* DLedger's entry header and index unit.  Pure.  Format: docs/FORMAT.md, "DLedger"
 * (DLedgerEntryCoder). */
#ifndef STORE_FORMAT_DLEDGER_ENTRY_H
#define STORE_FORMAT_DLEDGER_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DLEDGER_ENTRY_MAGIC             1
#define DLEDGER_ENTRY_BLANK_MAGIC       0xFFFFFFFFu
#define DLEDGER_ENTRY_HEADER_SIZE_BYTES 48
#define DLEDGER_ENTRY_INDEX_SIZE_BYTES  32
#define DLEDGER_ENTRY_BLANK_SIZE_BYTES  8

struct dledger_entry {
    int32_t magic;
    uint32_t size_bytes; /* 48 + body */
    int64_t index;
    int64_t term;
    uint64_t position; /* of the entry's byte 0 in the data list */
    int32_t channel;
    uint32_t chain_crc;
    uint32_t body_crc;
    uint32_t body_size_bytes;
};

/* Writes the 48 bytes in front of a record; all fields but the body's CRC, which DLedger leaves 0.
 */
void dledger_entry_put(const struct dledger_entry *entry,
                       uint8_t at[DLEDGER_ENTRY_HEADER_SIZE_BYTES]);
/* Reads them as they stand; whether they make sense is the caller's question. */
void dledger_entry_get(const uint8_t at[DLEDGER_ENTRY_HEADER_SIZE_BYTES],
                       struct dledger_entry *ret_entry);
/* The unit of the index list that names this entry. */
void dledger_entry_put_index(const struct dledger_entry *entry,
                             uint8_t at[DLEDGER_ENTRY_INDEX_SIZE_BYTES]);
/* Whether an index unit of 32 bytes says of this entry what its header says: magic, position,
 * size, index, term. */
bool dledger_entry_index_matches(const struct dledger_entry *entry,
                                 const uint8_t at[DLEDGER_ENTRY_INDEX_SIZE_BYTES]);
/* Writes the filler that ends a file: `size_bytes` is all that is left of it. */
void dledger_entry_put_blank(uint8_t at[DLEDGER_ENTRY_BLANK_SIZE_BYTES], uint32_t size_bytes);

#endif
