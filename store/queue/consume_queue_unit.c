/* The bytes of a unit: docs/FORMAT.md, "Consume queue". */
#include "store/queue/consume_queue_unit.h"

#include "store/base/bytes.h"

void consume_queue_unit_encode(const struct consume_queue_unit *unit, uint8_t *at)
{
    bytes_put_be64(at, (uint64_t)unit->physical_offset);
    bytes_put_be32(at + 8, (uint32_t)unit->size_bytes);
    bytes_put_be64(at + 12, (uint64_t)unit->tags_code);
}

void consume_queue_unit_decode(const uint8_t *at, struct consume_queue_unit *ret_unit)
{
    ret_unit->physical_offset = (int64_t)bytes_get_be64(at);
    ret_unit->size_bytes = (int32_t)bytes_get_be32(at + 8);
    ret_unit->tags_code = (int64_t)bytes_get_be64(at + 12);
}

bool consume_queue_unit_is_pre_blank(const struct consume_queue_unit *unit)
{
    return unit->physical_offset == 0 && unit->size_bytes == CONSUME_QUEUE_PRE_BLANK_SIZE_BYTES &&
           unit->tags_code == 0;
}

bool consume_queue_unit_is_valid(const struct consume_queue_unit *unit)
{
    return unit->physical_offset >= 0 && unit->size_bytes > 0;
}

bool consume_queue_unit_is_below(const struct consume_queue_unit *unit, uint64_t physical_offset)
{
    return consume_queue_unit_is_valid(unit) && (uint64_t)unit->physical_offset < physical_offset;
}
