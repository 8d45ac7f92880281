/* A message's tags as a number: Java's hash, and Java's reading of UTF-8. */
#include "store/format/message_tags.h"

#include <string.h>

#define SCHEDULE_TOPIC "SCHEDULE_TOPIC_XXXX"
#define CODE_POINT_BAD 0xFFFDu

/* What a first byte of UTF-8 asks for: bytes in all and the range of the second. */
struct utf8_lead {
    unsigned size_bytes; /* 0: cannot be first */
    uint8_t second_min;
    uint8_t second_max;
};

static struct utf8_lead utf8_lead_of(uint8_t byte)
{
    if (byte < 0x80) {
        return (struct utf8_lead){1, 0, 0};
    }
    if (byte >= 0xC2 && byte <= 0xDF) {
        return (struct utf8_lead){2, 0x80, 0xBF};
    }
    if (byte >= 0xE0 && byte <= 0xEF) {
        return (struct utf8_lead){3, byte == 0xE0 ? 0xA0 : 0x80, 0xBF};
    }
    if (byte >= 0xF0 && byte <= 0xF4) {
        return (struct utf8_lead){4, byte == 0xF0 ? 0x90 : 0x80, byte == 0xF4 ? 0x8F : 0xBF};
    }
    return (struct utf8_lead){0, 0, 0};
}

/* Decodes one code point as Java does: what is malformed becomes U+FFFD, one for the longest part
 * that could have begun a character.  Returns the bytes used. */
static size_t utf8_next(const uint8_t *at, size_t left_bytes, uint32_t *ret_code_point)
{
    struct utf8_lead lead = utf8_lead_of(at[0]);
    *ret_code_point = CODE_POINT_BAD;
    if (lead.size_bytes <= 1) {
        if (lead.size_bytes == 1) {
            *ret_code_point = at[0];
        }
        return 1;
    }
    uint32_t code_point = at[0] & (0x7Fu >> lead.size_bytes);
    for (unsigned i = 1; i < lead.size_bytes; i++) {
        uint8_t min = i == 1 ? lead.second_min : 0x80;
        uint8_t max = i == 1 ? lead.second_max : 0xBF;
        if (i >= left_bytes || at[i] < min || at[i] > max) {
            return i;
        }
        code_point = code_point << 6 | (at[i] & 0x3Fu);
    }
    if (code_point < 0xD800 || code_point > 0xDFFF) {
        *ret_code_point = code_point;
    }
    return lead.size_bytes;
}

/* Java's String.hashCode: over UTF-16 units, wrapping at 32 bits. */
static int32_t java_hash(const char *text, size_t size_bytes)
{
    const uint8_t *at = (const uint8_t *)text;
    uint32_t hash = 0;
    for (size_t offset = 0; offset < size_bytes;) {
        uint32_t code_point;
        offset += utf8_next(at + offset, size_bytes - offset, &code_point);
        if (code_point >= 0x10000) {
            hash = hash * 31 + (0xD800 + ((code_point - 0x10000) >> 10));
            code_point = 0xDC00 + (code_point & 0x3FF);
        }
        hash = hash * 31 + code_point;
    }
    return (int32_t)hash;
}

/* The DELAY level of a scheduled message, capped to the highest; 0 when there is none. */
static int64_t delay_of(const struct message_view *view)
{
    static const int32_t delays_s[] = {1,   5,   10,  30,  60,  120,  180,  240,  300,
                                       360, 420, 480, 540, 600, 1200, 1800, 3600, 7200};
    static const uint32_t level_max = sizeof(delays_s) / sizeof(delays_s[0]);
    uint32_t size_bytes;
    const char *value = NULL;
    if (view->topic_size_bytes == sizeof(SCHEDULE_TOPIC) - 1 &&
        memcmp(view->topic, SCHEDULE_TOPIC, sizeof(SCHEDULE_TOPIC) - 1) == 0) {
        value = message_property(view, "DELAY", &size_bytes);
    }
    if (value == NULL) {
        return 0;
    }
    uint32_t level = 0;
    for (uint32_t i = value[0] == '+' ? 1 : 0; i < size_bytes; i++) {
        if (value[i] < '0' || value[i] > '9') {
            return 0;
        }
        level = level * 10 + (uint32_t)(value[i] - '0');
        level = level > level_max ? level_max : level;
    }
    return level == 0 ? 0 : (int64_t)delays_s[level - 1] * 1000;
}

int64_t message_tags_code(const struct message_view *view)
{
    int64_t delay_ms = delay_of(view);
    if (delay_ms > 0) {
        /* The timestamp comes from the disk: wrap as Java does. */
        return (int64_t)((uint64_t)view->store_timestamp_ms + (uint64_t)delay_ms);
    }
    uint32_t size_bytes;
    const char *tags = message_property(view, "TAGS", &size_bytes);
    return tags != NULL ? java_hash(tags, size_bytes) : 0;
}
