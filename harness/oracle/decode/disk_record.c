/* Decodes a message record (docs/FORMAT.md, "Message record") for the oracle. */
#include "harness/oracle/decode/disk_record.h"

#include "store/base/bytes.h"
#include "store/base/crc32.h"

#include <string.h>

#define SYSFLAG_TRANSACTION 0xC
#define SYSFLAG_COMMIT      0x8
#define SYSFLAG_BORN_V6     0x10
#define SYSFLAG_STORE_V6    0x20
#define SYSFLAG_INNER_BATCH 0x80
#define NAME_END            0x01
#define PROPERTY_END        0x02
#define CRC_MASK            0x7FFFFFFFu
#define LEVEL_DIGITS_MAX    9

static const char crc_name[] = "__CRC32#";

/* What one pass over the properties finds. */
struct properties {
    const uint8_t *tags;
    size_t tags_size_bytes;
    const uint8_t *delay;
    size_t delay_size_bytes;
    bool is_multi_dispatch;
    bool is_whole;
};

static bool is_name(const uint8_t *name, size_t size_bytes, const char *expected)
{
    return size_bytes == strlen(expected) && memcmp(name, expected, size_bytes) == 0;
}

/* Of one `name 0x01 value` piece, what the unit's tags code and the judges need. Names that come
 * twice count by their last value, as in RocketMQ's map; an empty value counts as none. */
static void take_property(const uint8_t *piece, size_t size_bytes, struct properties *found)
{
    const uint8_t *name_end = memchr(piece, NAME_END, size_bytes);
    if (name_end == NULL || name_end == piece) {
        found->is_whole = found->is_whole && size_bytes == 0;
        return;
    }
    size_t name_size = (size_t)(name_end - piece);
    const uint8_t *value = name_end + 1;
    size_t value_size = size_bytes - name_size - 1;
    if (value_size == 0) {
        return;
    }
    if (is_name(piece, name_size, "TAGS")) {
        found->tags = value;
        found->tags_size_bytes = value_size;
    } else if (is_name(piece, name_size, "DELAY")) {
        found->delay = value;
        found->delay_size_bytes = value_size;
    } else if (is_name(piece, name_size, "INNER_MULTI_DISPATCH")) {
        found->is_multi_dispatch = true;
    }
}

static void scan_properties(const uint8_t *at, size_t size_bytes, struct properties *found)
{
    memset(found, 0, sizeof *found);
    /* A property with a zero byte in it was not written to its end. */
    found->is_whole = size_bytes == 0 || memchr(at, 0, size_bytes) == NULL;
    size_t position = 0;
    while (position < size_bytes) {
        const uint8_t *piece = at + position;
        const uint8_t *end = memchr(piece, PROPERTY_END, size_bytes - position);
        size_t piece_size = end != NULL ? (size_t)(end - piece) : size_bytes - position;
        take_property(piece, piece_size, found);
        position += piece_size + 1;
    }
}

/* Multi-dispatch records of 5.2.0 and 5.3.0 count 20 bytes more into the properties than they
 * write (RocketMQ #8350): behind the last separator stands whatever the buffer held. */
static bool has_slack(const uint8_t *at, size_t size_bytes, struct properties *found)
{
    if (found->is_whole || !found->is_multi_dispatch ||
        size_bytes <= DISK_RECORD_SLACK_SIZE_BYTES) {
        return false;
    }
    struct properties before;
    size_t rest = size_bytes - DISK_RECORD_SLACK_SIZE_BYTES;
    scan_properties(at, rest, &before);
    if (!before.is_whole || !before.is_multi_dispatch || at[rest - 1] != PROPERTY_END) {
        return false;
    }
    *found = before;
    found->is_whole = false;
    return true;
}

/* Decodes one UTF-8 character; bytes that are none are U+FFFD each, as in Java. */
static size_t decode_utf8(const uint8_t *at, size_t remaining, uint32_t *ret_code)
{
    uint8_t lead = at[0];
    size_t length = lead < 0x80 ? 1 : lead >= 0xF0 && lead < 0xF5 ? 4 : lead >= 0xE0 ? 3 : 2;
    *ret_code = lead;
    if (length == 1) {
        return 1;
    }
    if (lead < 0xC2 || lead >= 0xF5 || length > remaining) {
        *ret_code = 0xFFFD;
        return 1;
    }
    uint32_t code = lead & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xC0) != 0x80) {
            *ret_code = 0xFFFD;
            return 1;
        }
        code = code << 6 | (at[i] & 0x3Fu);
    }
    *ret_code = code;
    return length;
}

uint32_t disk_record_java_hash(uint32_t hash, const void *bytes, size_t size_bytes)
{
    const uint8_t *text = bytes;
    size_t position = 0;
    while (position < size_bytes) {
        uint32_t code = 0;
        position += decode_utf8(text + position, size_bytes - position, &code);
        if (code >= 0x10000) {
            code -= 0x10000;
            hash = hash * 31 + (0xD800 + (code >> 10));
            code = 0xDC00 + (code & 0x3FF);
        }
        hash = hash * 31 + code;
    }
    return hash;
}

/* RocketMQ's default messageDelayLevel, 1 s to 2 h; a level past the last is the last. */
static int64_t delay_ms(uint64_t level)
{
    static const int32_t seconds[] = {1,   5,   10,  30,  60,  120,  180,  240,  300,
                                      360, 420, 480, 540, 600, 1200, 1800, 3600, 7200};
    size_t count = sizeof seconds / sizeof seconds[0];
    size_t last = level < count ? (size_t)level : count;
    return (int64_t)seconds[last - 1] * 1000;
}

/* The delay level of a scheduled message; 0: it is none, as when its delay is no number. */
static uint32_t delay_level(const struct disk_record *record, const uint8_t *bytes,
                            const struct properties *found)
{
    if (found->delay == NULL ||
        !is_name(bytes + record->topic_at, record->topic_size_bytes, DISK_RECORD_SCHEDULE_TOPIC)) {
        return 0;
    }
    uint32_t level = 0;
    for (size_t i = 0; i < found->delay_size_bytes && i < LEVEL_DIGITS_MAX; i++) {
        uint8_t digit = found->delay[i];
        if (digit < '0' || digit > '9') {
            return 0;
        }
        level = level * 10 + (digit - '0');
    }
    return level;
}

/* What ConsumeQueue's third field must hold: the hash of TAGS, but for a scheduled message the
 * time at which it is due. */
static int64_t tags_code(const struct disk_record *record, const struct properties *found)
{
    if (record->delay_level > 0) {
        return (int64_t)((uint64_t)record->store_timestamp_ms +
                         (uint64_t)delay_ms(record->delay_level));
    }
    return found->tags == NULL
               ? 0
               : (int32_t)disk_record_java_hash(0, found->tags, found->tags_size_bytes);
}

/* The trailing __CRC32# covers all bytes before it; its digits stand least significant first. */
static enum disk_record_crc check_crc(const struct disk_record *record, const uint8_t *bytes)
{
    if (record->properties_size_bytes < DISK_RECORD_CRC_SIZE_BYTES) {
        return DISK_RECORD_CRC_ABSENT;
    }
    uint32_t covered = record->size_bytes - DISK_RECORD_CRC_SIZE_BYTES;
    const uint8_t *at = bytes + covered;
    if (memcmp(at, crc_name, 8) != 0 || at[8] != NAME_END || at[19] != PROPERTY_END) {
        return DISK_RECORD_CRC_ABSENT;
    }
    uint64_t value = 0;
    for (int i = 9; i >= 0; i--) {
        uint8_t digit = at[9 + i];
        if (digit < '0' || digit > '9') {
            return DISK_RECORD_CRC_BAD;
        }
        value = value * 10 + (digit - '0');
    }
    uint32_t actual = crc32_of(bytes, covered) & CRC_MASK;
    return value == actual ? DISK_RECORD_CRC_OK : DISK_RECORD_CRC_BAD;
}

/* Takes the fields before the body; false when the record is too short for them. */
static bool take_header(const uint8_t *at, struct disk_record *record)
{
    record->sys_flag = (int32_t)bytes_get_be32(at + 36);
    uint32_t born_size = (record->sys_flag & SYSFLAG_BORN_V6) != 0 ? 20 : 8;
    uint32_t store_size = (record->sys_flag & SYSFLAG_STORE_V6) != 0 ? 20 : 8;
    uint32_t after_hosts = 56 + born_size + store_size;
    if (after_hosts + 16 > record->size_bytes) {
        return false;
    }
    record->queue_id = (int32_t)bytes_get_be32(at + 12);
    record->flag = (int32_t)bytes_get_be32(at + 16);
    record->queue_offset = (int64_t)bytes_get_be64(at + 20);
    record->stored_offset = bytes_get_be64(at + 28);
    record->born_timestamp_ms = (int64_t)bytes_get_be64(at + 40);
    record->born_host_at = 48;
    record->born_host_size_bytes = born_size;
    record->store_timestamp_ms = (int64_t)bytes_get_be64(at + 48 + born_size);
    record->reconsume_times = (int32_t)bytes_get_be32(at + after_hosts);
    record->prepared_transaction_offset = (int64_t)bytes_get_be64(at + after_hosts + 4);
    record->body_size_bytes = bytes_get_be32(at + after_hosts + 12);
    record->body_at = after_hosts + 16;
    return true;
}

/* Takes body, topic and properties; NULL when their lengths add up to the record's size. */
static const char *take_rest(const uint8_t *at, struct disk_record *record)
{
    uint32_t size = record->size_bytes;
    uint32_t topic_field = record->is_v2 ? 2 : 1;
    if (record->body_at > size || record->body_size_bytes > size - record->body_at) {
        return "the body's length leaves the record";
    }
    uint32_t position = record->body_at + record->body_size_bytes;
    if (size - position < topic_field + 2) {
        return "the body's length leaves no room for topic and properties";
    }
    record->topic_size_bytes = record->is_v2 ? bytes_get_be16(at + position) : at[position];
    record->topic_at = position + topic_field;
    if (record->topic_size_bytes > (record->is_v2 ? 32767u : 127u) ||
        record->topic_size_bytes > size - record->topic_at - 2) {
        return "the topic's length leaves the record";
    }
    position = record->topic_at + record->topic_size_bytes;
    record->properties_size_bytes = bytes_get_be16(at + position);
    record->properties_at = position + 2;
    if (record->properties_size_bytes > 32767 ||
        record->properties_size_bytes != size - record->properties_at) {
        return "its size is not the sum of its fields";
    }
    return NULL;
}

/* From the outside to the inside: size, hosts, body, topic, properties, and the body's CRC last.
 * No field is read before the size that bounds it was believed. */
static const char *parse_record(const uint8_t *at, size_t remaining, struct disk_record *record)
{
    uint32_t size = bytes_get_be32(at);
    if (size < DISK_RECORD_SIZE_BYTES_MIN || size > DISK_RECORD_SIZE_BYTES_MAX) {
        return "its size is impossible";
    }
    if (size > remaining) {
        return "it does not fit in its file";
    }
    record->size_bytes = size;
    record->is_v2 = bytes_get_be32(at + 4) == DISK_RECORD_MAGIC_V2;
    if (!take_header(at, record)) {
        return "too short for its hosts";
    }
    const char *why = take_rest(at, record);
    if (why != NULL) {
        return why;
    }
    uint32_t body_crc = bytes_get_be32(at + 8);
    if (record->body_size_bytes > 0 &&
        (crc32_of(at + record->body_at, record->body_size_bytes) & CRC_MASK) != body_crc) {
        return "the body's CRC does not match";
    }
    return NULL;
}

enum disk_record_kind disk_record_parse(const uint8_t *at, size_t remaining_bytes,
                                        struct disk_record *ret_record, const char **ret_why)
{
    *ret_why = "cut short";
    if (remaining_bytes < 8) {
        return DISK_RECORD_BROKEN;
    }
    uint32_t magic = bytes_get_be32(at + 4);
    if (magic == DISK_RECORD_MAGIC_BLANK) {
        return DISK_RECORD_BLANK;
    }
    if (magic == 0 && bytes_get_be32(at) == 0) {
        *ret_why = "zeros";
        return DISK_RECORD_ZERO;
    }
    if (magic != DISK_RECORD_MAGIC_V1 && magic != DISK_RECORD_MAGIC_V2) {
        *ret_why = "no magic code";
        return DISK_RECORD_BROKEN;
    }
    if (remaining_bytes < DISK_RECORD_SIZE_BYTES_MIN) {
        return DISK_RECORD_BROKEN;
    }
    const char *why = parse_record(at, remaining_bytes, ret_record);
    if (why != NULL) {
        *ret_why = why;
        return DISK_RECORD_BROKEN;
    }
    struct properties found;
    scan_properties(at + ret_record->properties_at, ret_record->properties_size_bytes, &found);
    ret_record->has_slack =
        has_slack(at + ret_record->properties_at, ret_record->properties_size_bytes, &found);
    int32_t transaction = ret_record->sys_flag & SYSFLAG_TRANSACTION;
    ret_record->are_properties_whole = found.is_whole;
    ret_record->is_indexable = transaction == 0 || transaction == SYSFLAG_COMMIT;
    ret_record->is_as_sent = false;
    ret_record->is_unjudged = (ret_record->sys_flag & SYSFLAG_INNER_BATCH) != 0;
    ret_record->is_multi_dispatch = found.is_multi_dispatch;
    ret_record->delay_level = delay_level(ret_record, at, &found);
    ret_record->tags_code = tags_code(ret_record, &found);
    ret_record->crc = check_crc(ret_record, at);
    ret_record->entry_index = -1;
    ret_record->entry_term = -1;
    *ret_why = NULL;
    return DISK_RECORD_WHOLE;
}

const char *disk_record_property(const struct disk_record *record, const uint8_t *bytes,
                                 const char *name, uint32_t *ret_size_bytes)
{
    const uint8_t *at = bytes + record->properties_at;
    size_t size = record->properties_size_bytes;
    size_t position = 0;
    while (position < size) {
        const uint8_t *piece = at + position;
        const uint8_t *end = memchr(piece, PROPERTY_END, size - position);
        size_t piece_size = end != NULL ? (size_t)(end - piece) : size - position;
        const uint8_t *name_end = memchr(piece, NAME_END, piece_size);
        if (name_end != NULL && is_name(piece, (size_t)(name_end - piece), name)) {
            *ret_size_bytes = (uint32_t)(piece_size - (size_t)(name_end - piece) - 1);
            return (const char *)(name_end + 1);
        }
        position += piece_size + 1;
    }
    return NULL;
}

uint32_t disk_record_user_properties_size(const struct disk_record *record)
{
    return record->crc == DISK_RECORD_CRC_ABSENT
               ? record->properties_size_bytes
               : record->properties_size_bytes - DISK_RECORD_CRC_SIZE_BYTES;
}
