/* DLedger's entry header, index unit and blank: DLedgerEntryCoder's bytes. */
#include "store/format/dledger_entry.h"

#include "store/base/bytes.h"

void dledger_entry_put(const struct dledger_entry *entry,
                       uint8_t at[DLEDGER_ENTRY_HEADER_SIZE_BYTES])
{
    bytes_put_be32(at, (uint32_t)entry->magic);
    bytes_put_be32(at + 4, entry->size_bytes);
    bytes_put_be64(at + 8, (uint64_t)entry->index);
    bytes_put_be64(at + 16, (uint64_t)entry->term);
    bytes_put_be64(at + 24, entry->position);
    bytes_put_be32(at + 32, (uint32_t)entry->channel);
    bytes_put_be32(at + 36, entry->chain_crc);
    bytes_put_be32(at + 40, entry->body_crc);
    bytes_put_be32(at + 44, entry->body_size_bytes);
}

void dledger_entry_get(const uint8_t at[DLEDGER_ENTRY_HEADER_SIZE_BYTES],
                       struct dledger_entry *ret_entry)
{
    *ret_entry = (struct dledger_entry){
        .magic = (int32_t)bytes_get_be32(at),
        .size_bytes = bytes_get_be32(at + 4),
        .index = (int64_t)bytes_get_be64(at + 8),
        .term = (int64_t)bytes_get_be64(at + 16),
        .position = bytes_get_be64(at + 24),
        .channel = (int32_t)bytes_get_be32(at + 32),
        .chain_crc = bytes_get_be32(at + 36),
        .body_crc = bytes_get_be32(at + 40),
        .body_size_bytes = bytes_get_be32(at + 44),
    };
}

void dledger_entry_put_index(const struct dledger_entry *entry,
                             uint8_t at[DLEDGER_ENTRY_INDEX_SIZE_BYTES])
{
    bytes_put_be32(at, (uint32_t)entry->magic);
    bytes_put_be64(at + 4, entry->position);
    bytes_put_be32(at + 12, entry->size_bytes);
    bytes_put_be64(at + 16, (uint64_t)entry->index);
    bytes_put_be64(at + 24, (uint64_t)entry->term);
}

bool dledger_entry_index_matches(const struct dledger_entry *entry,
                                 const uint8_t at[DLEDGER_ENTRY_INDEX_SIZE_BYTES])
{
    return (int32_t)bytes_get_be32(at) == entry->magic &&
           bytes_get_be64(at + 4) == entry->position &&
           bytes_get_be32(at + 12) == entry->size_bytes &&
           (int64_t)bytes_get_be64(at + 16) == entry->index &&
           (int64_t)bytes_get_be64(at + 24) == entry->term;
}

void dledger_entry_put_blank(uint8_t at[DLEDGER_ENTRY_BLANK_SIZE_BYTES], uint32_t size_bytes)
{
    bytes_put_be32(at, DLEDGER_ENTRY_BLANK_MAGIC);
    bytes_put_be32(at + 4, size_bytes);
}
