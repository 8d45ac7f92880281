/* The message record: RocketMQ's bytes (docs/FORMAT.md, "Message record"). */
#include "store/format/message.h"

#include "store/base/bytes.h"
#include "store/base/crc32.h"
#include "store/base/ensure.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define PROPERTY_NAME_END       '\x01'
#define PROPERTY_VALUE_END      '\x02'
#define CRC_NAME                "__CRC32#"
#define CRC_DIGIT_COUNT         10
#define CRC_MASK                0x7FFFFFFFu /* UtilAll.crc32 clears the top bit */
#define MULTI_SLACK_SIZE_BYTES  20
#define HOST_V4_SIZE_BYTES      8
#define HOST_V6_SIZE_BYTES      20
#define TOPIC_SIZE_BYTES_MAX_V1 127

/* Where the fields before the hosts stand; what follows depends on the hosts' sizes. */
enum {
    AT_TOTAL_SIZE = 0,
    AT_MAGIC = 4,
    AT_BODY_CRC = 8,
    AT_QUEUE_ID = 12,
    AT_FLAG = 16,
    AT_QUEUE_OFFSET = 20,
    AT_PHYSICAL_OFFSET = 28,
    AT_SYS_FLAG = 36,
    AT_BORN_TIMESTAMP = 40,
    AT_BORN_HOST = 48
};

static_assert(sizeof(CRC_NAME) - 1 + 1 + CRC_DIGIT_COUNT + 1 == MESSAGE_CRC_SIZE_BYTES,
              "name, separator, digits, separator");

/* Offsets of the fields behind the hosts. */
struct layout {
    size_t store_timestamp;
    size_t store_host;
    size_t reconsume_times;
    size_t transaction_offset;
    size_t body_length;
    size_t body;
};

static struct layout layout_of(size_t born_host_size_bytes, size_t store_host_size_bytes)
{
    struct layout layout;
    layout.store_timestamp = AT_BORN_HOST + born_host_size_bytes;
    layout.store_host = layout.store_timestamp + 8;
    layout.reconsume_times = layout.store_host + store_host_size_bytes;
    layout.transaction_offset = layout.reconsume_times + 4;
    layout.body_length = layout.transaction_offset + 8;
    layout.body = layout.body_length + 4;
    return layout;
}

static struct layout layout_of_flag(int32_t sys_flag)
{
    return layout_of(
        (sys_flag & MESSAGE_SYSFLAG_BORN_V6) != 0 ? HOST_V6_SIZE_BYTES : HOST_V4_SIZE_BYTES,
        (sys_flag & MESSAGE_SYSFLAG_STORE_V6) != 0 ? HOST_V6_SIZE_BYTES : HOST_V4_SIZE_BYTES);
}

/* Encoding */

/* What message_encode() works out before it writes. */
struct encoding {
    struct layout layout;
    int32_t sys_flag;
    size_t topic_size_bytes;
    size_t topic_length_size_bytes;
    bool has_separator; /* a 0x02 goes between the user's properties and __CRC32# */
    size_t properties_size_bytes;
    size_t size_bytes;
};

static bool is_v6(const struct env_host *host)
{
    return host->address_size_bytes == ENV_ADDRESS_SIZE_BYTES_MAX;
}

static int encoding_of(const struct store_message *message, const struct env_host *store_host,
                       bool v2, bool with_crc, struct encoding *ret_encoding)
{
    struct encoding encoding = {0};
    if (message->properties_size_bytes > STORE_PROPERTIES_SIZE_BYTES_MAX) {
        return -E2BIG;
    }
    encoding.properties_size_bytes = message->properties_size_bytes;
    if (with_crc) {
        encoding.has_separator =
            message->properties_size_bytes > 0 &&
            message->properties[message->properties_size_bytes - 1] != PROPERTY_VALUE_END;
        encoding.properties_size_bytes +=
            (encoding.has_separator ? 1u : 0u) + MESSAGE_CRC_SIZE_BYTES;
    }
    if (encoding.properties_size_bytes > STORE_PROPERTIES_SIZE_BYTES_MAX) {
        return -E2BIG;
    }
    encoding.topic_size_bytes = strlen(message->topic);
    encoding.topic_length_size_bytes = v2 ? 2 : 1;
    if (message->body_size_bytes > STORE_BODY_SIZE_BYTES_MAX ||
        encoding.topic_size_bytes > (v2 ? INT16_MAX : TOPIC_SIZE_BYTES_MAX_V1)) {
        return -EMSGSIZE;
    }
    encoding.sys_flag = message->sys_flag & ~(MESSAGE_SYSFLAG_BORN_V6 | MESSAGE_SYSFLAG_STORE_V6);
    encoding.sys_flag |= is_v6(&message->born_host) ? MESSAGE_SYSFLAG_BORN_V6 : 0;
    encoding.sys_flag |= is_v6(store_host) ? MESSAGE_SYSFLAG_STORE_V6 : 0;
    encoding.layout = layout_of_flag(encoding.sys_flag);
    encoding.size_bytes = encoding.layout.body + message->body_size_bytes +
                          encoding.topic_length_size_bytes + encoding.topic_size_bytes + 2 +
                          encoding.properties_size_bytes;
    if (encoding.size_bytes > MESSAGE_SIZE_BYTES_MAX) {
        return -EMSGSIZE;
    }
    *ret_encoding = encoding;
    return 0;
}

/* memcpy that allows a null source of no bytes; returns the end. */
static uint8_t *put_bytes(uint8_t *at, const void *data, size_t size_bytes)
{
    if (size_bytes > 0) {
        memcpy(at, data, size_bytes);
    }
    return at + size_bytes;
}

static void put_host(uint8_t *at, const struct env_host *host)
{
    size_t address_size_bytes = is_v6(host) ? 16 : 4;
    memcpy(at, host->address, address_size_bytes);
    bytes_put_be32(at + address_size_bytes, (uint32_t)host->port);
}

static uint8_t *put_crc_property(uint8_t *at, uint32_t crc)
{
    at = put_bytes(at, CRC_NAME, sizeof(CRC_NAME) - 1);
    *at++ = PROPERTY_NAME_END;
    /* Least significant digit first: MessageDecoder.createCrc32. */
    for (int i = 0; i < CRC_DIGIT_COUNT; i++) {
        *at++ = (uint8_t)('0' + crc % 10);
        crc /= 10;
    }
    *at++ = PROPERTY_VALUE_END;
    return at;
}

static void put_head(const struct store_message *message, const struct env_host *store_host,
                     bool v2, const struct encoding *encoding, uint8_t *record)
{
    const struct layout *layout = &encoding->layout;
    bytes_put_be32(record + AT_TOTAL_SIZE, (uint32_t)encoding->size_bytes);
    bytes_put_be32(record + AT_MAGIC, v2 ? MESSAGE_MAGIC_V2 : MESSAGE_MAGIC_V1);
    bytes_put_be32(record + AT_BODY_CRC,
                   crc32_of(message->body, message->body_size_bytes) & CRC_MASK);
    bytes_put_be32(record + AT_QUEUE_ID, (uint32_t)message->queue_id);
    bytes_put_be32(record + AT_FLAG, (uint32_t)message->flag);
    bytes_put_be64(record + AT_QUEUE_OFFSET, 0);
    bytes_put_be64(record + AT_PHYSICAL_OFFSET, 0);
    bytes_put_be32(record + AT_SYS_FLAG, (uint32_t)encoding->sys_flag);
    bytes_put_be64(record + AT_BORN_TIMESTAMP, (uint64_t)message->born_timestamp_ms);
    put_host(record + AT_BORN_HOST, &message->born_host);
    bytes_put_be64(record + layout->store_timestamp, 0);
    put_host(record + layout->store_host, store_host);
    bytes_put_be32(record + layout->reconsume_times, (uint32_t)message->reconsume_times);
    bytes_put_be64(record + layout->transaction_offset,
                   (uint64_t)message->prepared_transaction_offset);
    bytes_put_be32(record + layout->body_length, (uint32_t)message->body_size_bytes);
}

int message_encode(const struct store_message *message, const struct env_host *store_host, bool v2,
                   bool with_crc, struct buffer *record)
{
    struct encoding encoding;
    int r = encoding_of(message, store_host, v2, with_crc, &encoding);
    if (r != 0) {
        return r;
    }
    buffer_clear(record);
    r = buffer_reserve(record, encoding.size_bytes);
    if (r != 0) {
        return r;
    }
    put_head(message, store_host, v2, &encoding, record->data);
    uint8_t *at = record->data + encoding.layout.body;
    at = put_bytes(at, message->body, message->body_size_bytes);
    if (v2) {
        bytes_put_be16(at, (uint16_t)encoding.topic_size_bytes);
    } else {
        *at = (uint8_t)encoding.topic_size_bytes;
    }
    at =
        put_bytes(at + encoding.topic_length_size_bytes, message->topic, encoding.topic_size_bytes);
    bytes_put_be16(at, (uint16_t)encoding.properties_size_bytes);
    at = put_bytes(at + 2, message->properties, message->properties_size_bytes);
    if (encoding.has_separator) {
        *at++ = PROPERTY_VALUE_END;
    }
    if (with_crc) {
        at = put_crc_property(at, 0);
    }
    ENSURE(at == record->data + encoding.size_bytes);
    record->size_bytes = encoding.size_bytes;
    return 0;
}

void message_set_place(uint8_t *record, uint32_t size_bytes, int64_t queue_offset,
                       uint64_t physical_offset, int64_t store_timestamp_ms, bool with_crc)
{
    ENSURE(size_bytes >= MESSAGE_SIZE_BYTES_MIN);
    struct layout layout = layout_of_flag((int32_t)bytes_get_be32(record + AT_SYS_FLAG));
    bytes_put_be64(record + AT_QUEUE_OFFSET, (uint64_t)queue_offset);
    bytes_put_be64(record + AT_PHYSICAL_OFFSET, physical_offset);
    bytes_put_be64(record + layout.store_timestamp, (uint64_t)store_timestamp_ms);
    if (with_crc) {
        size_t covered_bytes = size_bytes - MESSAGE_CRC_SIZE_BYTES;
        put_crc_property(record + covered_bytes, crc32_of(record, covered_bytes) & CRC_MASK);
    }
}

void message_put_blank(uint8_t at[MESSAGE_BLANK_SIZE_BYTES], uint32_t size_bytes)
{
    bytes_put_be32(at, size_bytes);
    bytes_put_be32(at + 4, MESSAGE_MAGIC_BLANK);
}

/* Parsing */

/* Bytes still to be read; every length comes from the disk, so every step is checked. */
struct cursor {
    const uint8_t *at;
    size_t left_bytes;
};

/* The next `size_bytes` bytes, or NULL when there are fewer. */
static const uint8_t *take(struct cursor *cursor, size_t size_bytes)
{
    if (size_bytes > cursor->left_bytes) {
        return NULL;
    }
    const uint8_t *at = cursor->at;
    cursor->at += size_bytes;
    cursor->left_bytes -= size_bytes;
    return at;
}

/* Reads a topic length: an int8 in V1, an int16 in V2, both signed as in Java. */
static bool take_topic_length(struct cursor *cursor, bool is_v2, uint32_t *ret_size_bytes)
{
    const uint8_t *at = take(cursor, is_v2 ? 2 : 1);
    if (at == NULL) {
        return false;
    }
    int32_t length = is_v2 ? (int16_t)bytes_get_be16(at) : (int8_t)*at;
    *ret_size_bytes = (uint32_t)length;
    return length >= 0;
}

/* Body, topic and properties; false when a length is negative or leads past the bytes. */
static bool parse_tail(struct cursor *cursor, struct message_view *view)
{
    const uint8_t *at = take(cursor, 4);
    if (at == NULL) {
        return false;
    }
    view->body_size_bytes = bytes_get_be32(at);
    view->body = take(cursor, view->body_size_bytes);
    if (view->body_size_bytes > INT32_MAX || view->body == NULL ||
        !take_topic_length(cursor, view->is_v2, &view->topic_size_bytes)) {
        return false;
    }
    view->topic = (const char *)take(cursor, view->topic_size_bytes);
    at = take(cursor, 2);
    if (view->topic == NULL || at == NULL) {
        return false;
    }
    view->properties_size_bytes = bytes_get_be16(at);
    view->properties = (const char *)take(cursor, view->properties_size_bytes);
    return view->properties_size_bytes <= INT16_MAX && view->properties != NULL;
}

/* All fields of a record, bounded by the bytes there are and not by TOTALSIZE, as RocketMQ's. */
static bool parse_fields(const uint8_t *at, size_t remaining_bytes, struct message_view *view,
                         size_t *ret_length_bytes)
{
    if (remaining_bytes < MESSAGE_SIZE_BYTES_MIN) {
        return false;
    }
    view->record = at;
    view->is_v2 = bytes_get_be32(at + AT_MAGIC) == MESSAGE_MAGIC_V2;
    view->body_crc = bytes_get_be32(at + AT_BODY_CRC);
    view->queue_id = (int32_t)bytes_get_be32(at + AT_QUEUE_ID);
    view->flag = (int32_t)bytes_get_be32(at + AT_FLAG);
    view->queue_offset = (int64_t)bytes_get_be64(at + AT_QUEUE_OFFSET);
    view->physical_offset = bytes_get_be64(at + AT_PHYSICAL_OFFSET);
    view->sys_flag = (int32_t)bytes_get_be32(at + AT_SYS_FLAG);
    view->born_timestamp_ms = (int64_t)bytes_get_be64(at + AT_BORN_TIMESTAMP);
    struct layout layout = layout_of_flag(view->sys_flag);
    if (remaining_bytes < layout.body) {
        return false;
    }
    view->store_timestamp_ms = (int64_t)bytes_get_be64(at + layout.store_timestamp);
    view->reconsume_times = (int32_t)bytes_get_be32(at + layout.reconsume_times);
    view->prepared_transaction_offset = (int64_t)bytes_get_be64(at + layout.transaction_offset);
    struct cursor cursor = {at + layout.body_length, remaining_bytes - layout.body_length};
    if (!parse_tail(&cursor, view)) {
        return false;
    }
    *ret_length_bytes = (size_t)(cursor.at - at);
    return true;
}

/* The trailing __CRC32# property in the form the store writes, or NULL.  The same name further in
 * front is an ordinary property that came with the message. */
static const char *crc_property(const struct message_view *view)
{
    if (view->properties_size_bytes < MESSAGE_CRC_SIZE_BYTES) {
        return NULL;
    }
    size_t front_bytes = view->properties_size_bytes - MESSAGE_CRC_SIZE_BYTES;
    const char *at = view->properties + front_bytes;
    if (memcmp(at, CRC_NAME "\x01", sizeof(CRC_NAME)) != 0 ||
        at[MESSAGE_CRC_SIZE_BYTES - 1] != PROPERTY_VALUE_END ||
        (front_bytes > 0 && at[-1] != PROPERTY_VALUE_END)) {
        return NULL;
    }
    return at;
}

bool message_has_crc(const struct message_view *view)
{
    return crc_property(view) != NULL;
}

static bool is_crc_property_right(const struct message_view *view, const char *property)
{
    uint8_t expected[MESSAGE_CRC_SIZE_BYTES];
    size_t covered_bytes = view->size_bytes - MESSAGE_CRC_SIZE_BYTES;
    put_crc_property(expected, crc32_of(view->record, covered_bytes) & CRC_MASK);
    return memcmp(property, expected, sizeof(expected)) == 0;
}

/* One "name 0x01 value" between separators; value_size_bytes may be 0. */
struct property {
    const char *name;
    size_t name_size_bytes;
    const char *value;
    size_t value_size_bytes;
};

/* The piece at `*offset`, which moves past it.  False at the end; a piece that is no property has
 * no name. */
static bool next_property(const struct message_view *view, size_t *offset,
                          struct property *ret_property)
{
    if (*offset >= view->properties_size_bytes) {
        return false;
    }
    const char *piece = view->properties + *offset;
    size_t left_bytes = view->properties_size_bytes - *offset;
    const char *end = memchr(piece, PROPERTY_VALUE_END, left_bytes);
    size_t piece_bytes = end != NULL ? (size_t)(end - piece) : left_bytes;
    *offset += piece_bytes + (end != NULL ? 1 : 0);
    const char *middle = memchr(piece, PROPERTY_NAME_END, piece_bytes);
    *ret_property =
        (struct property){.name = piece, .value = piece, .value_size_bytes = piece_bytes};
    if (middle != NULL) {
        ret_property->name_size_bytes = (size_t)(middle - piece);
        ret_property->value = middle + 1;
        ret_property->value_size_bytes = piece_bytes - ret_property->name_size_bytes - 1;
    }
    return true;
}

/* Whether every piece is a property.  An empty value or piece is what some clients write; a last
 * byte of 0 is what a lost end looks like. */
static bool do_properties_parse(const struct message_view *view)
{
    if (view->properties_size_bytes > 0 &&
        view->properties[view->properties_size_bytes - 1] == '\0') {
        return false;
    }
    struct property property;
    for (size_t offset = 0; next_property(view, &offset, &property);) {
        if (property.name_size_bytes == 0 && property.value_size_bytes > 0) {
            return false;
        }
    }
    return true;
}

/* Whether they do but for their last bytes: RocketMQ 5.2.0 and 5.3.0 count more bytes into a
 * multi-dispatch record's properties than they write, and behind the last separator stands whatever
 * the buffer held (issue #8350). */
static bool do_properties_parse_but_slack(const struct message_view *view)
{
    struct message_view front = *view;
    uint32_t size_bytes;
    if (view->properties_size_bytes <= MULTI_SLACK_SIZE_BYTES) {
        return false;
    }
    front.properties_size_bytes -= MULTI_SLACK_SIZE_BYTES;
    return front.properties[front.properties_size_bytes - 1] == PROPERTY_VALUE_END &&
           do_properties_parse(&front) &&
           message_property(&front, MESSAGE_PROPERTY_MULTI_DISPATCH, &size_bytes) != NULL;
}

/* "a_b": two parts by Java's String.split, which drops empty parts at the end. */
static bool has_dup_info(const struct message_view *view)
{
    uint32_t left_bytes;
    const char *value = message_property(view, "DUP_INFO", &left_bytes);
    if (value == NULL) {
        return false;
    }
    while (left_bytes > 0 && value[left_bytes - 1] == '_') {
        left_bytes--;
    }
    unsigned separator_count = 0;
    for (uint32_t i = 0; i < left_bytes; i++) {
        separator_count += value[i] == '_' ? 1 : 0;
    }
    return separator_count == 1;
}

static bool passes(const struct message_view *view, const struct message_check *check)
{
    if (check->body_crc && view->body_size_bytes > 0 &&
        (crc32_of(view->body, view->body_size_bytes) & CRC_MASK) != view->body_crc) {
        return false;
    }
    if (check->dup_info && view->properties_size_bytes > 0 && !has_dup_info(view)) {
        return false;
    }
    return !check->properties_parse || do_properties_parse(view) ||
           (check->multi_slack && do_properties_parse_but_slack(view));
}

static bool passes_property_crc(const struct message_view *view, const struct message_check *check)
{
    const char *property = crc_property(view);
    if (property == NULL) {
        return !check->require_property_crc;
    }
    return !(check->property_crc || check->require_property_crc) ||
           is_crc_property_right(view, property);
}

enum message_kind message_parse(const uint8_t *at, size_t remaining_bytes,
                                const struct message_check *check, struct message_view *ret_view)
{
    if (remaining_bytes < MESSAGE_BLANK_SIZE_BYTES) {
        return MESSAGE_BROKEN;
    }
    struct message_view view = {.size_bytes = bytes_get_be32(at + AT_TOTAL_SIZE)};
    uint32_t magic = bytes_get_be32(at + AT_MAGIC);
    if (magic == MESSAGE_MAGIC_BLANK) {
        *ret_view = view;
        return MESSAGE_BLANK;
    }
    size_t length_bytes;
    if ((magic != MESSAGE_MAGIC_V1 && magic != MESSAGE_MAGIC_V2) || view.size_bytes == 0 ||
        view.size_bytes > INT32_MAX || view.size_bytes > remaining_bytes ||
        !parse_fields(at, remaining_bytes, &view, &length_bytes) || !passes(&view, check)) {
        return MESSAGE_BROKEN;
    }
    if (length_bytes != view.size_bytes) {
        *ret_view = view;
        return MESSAGE_MISMATCH;
    }
    if (!passes_property_crc(&view, check)) {
        return MESSAGE_BROKEN;
    }
    *ret_view = view;
    return MESSAGE_RECORD;
}

const char *message_property(const struct message_view *view, const char *name,
                             uint32_t *ret_size_bytes)
{
    size_t name_size_bytes = strlen(name);
    const char *value = NULL;
    struct property property;
    /* The last one wins, as in Java's map; an empty name or value is no property. */
    for (size_t offset = 0; next_property(view, &offset, &property);) {
        bool is_empty = property.name_size_bytes == 0 || property.value_size_bytes == 0;
        if (!is_empty && property.name_size_bytes == name_size_bytes &&
            memcmp(property.name, name, name_size_bytes) == 0) {
            value = property.value;
            *ret_size_bytes = (uint32_t)property.value_size_bytes;
        }
    }
    return value;
}

bool message_is_indexable(const struct message_view *view)
{
    int32_t transaction = view->sys_flag & MESSAGE_SYSFLAG_TRANSACTION_MASK;
    return (transaction == 0 || transaction == MESSAGE_SYSFLAG_COMMIT) &&
           (view->sys_flag & MESSAGE_SYSFLAG_INNER_BATCH) == 0;
}

/* Boundaries */

struct boundaries {
    uint32_t *offsets;
    size_t max;
    size_t count;
    size_t last;
    size_t size_bytes;
};

/* Adds `offset` unless it is 0, the end, or equal to the one before. */
static void add_boundary(struct boundaries *boundaries, size_t offset)
{
    if (offset <= boundaries->last || offset >= boundaries->size_bytes) {
        return;
    }
    boundaries->last = offset;
    if (boundaries->count < boundaries->max) {
        boundaries->offsets[boundaries->count] = (uint32_t)offset;
    }
    boundaries->count++;
}

static void add_tail_boundaries(struct boundaries *boundaries, const struct message_view *view)
{
    size_t topic = (size_t)((const uint8_t *)view->topic - view->record);
    size_t properties = (size_t)((const uint8_t *)view->properties - view->record);
    add_boundary(boundaries, topic - (view->is_v2 ? 2 : 1));
    add_boundary(boundaries, topic);
    add_boundary(boundaries, properties - 2);
    add_boundary(boundaries, properties);
    if (message_has_crc(view)) {
        add_boundary(boundaries, view->size_bytes - MESSAGE_CRC_SIZE_BYTES);
    }
}

size_t message_boundaries(const uint8_t *record, size_t size_bytes, uint32_t *ret_offsets,
                          size_t max)
{
    static const uint32_t head[] = {AT_MAGIC,    AT_BODY_CRC,       AT_QUEUE_ID,
                                    AT_FLAG,     AT_QUEUE_OFFSET,   AT_PHYSICAL_OFFSET,
                                    AT_SYS_FLAG, AT_BORN_TIMESTAMP, AT_BORN_HOST};
    static const struct message_check no_check = {0};
    struct boundaries boundaries = {.offsets = ret_offsets, .max = max, .size_bytes = size_bytes};
    struct message_view view;
    enum message_kind kind = message_parse(record, size_bytes, &no_check, &view);
    if (kind == MESSAGE_BLANK) {
        add_boundary(&boundaries, AT_MAGIC);
    }
    if (kind != MESSAGE_RECORD) {
        return boundaries.count;
    }
    for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++) {
        add_boundary(&boundaries, head[i]);
    }
    struct layout layout = layout_of_flag(view.sys_flag);
    add_boundary(&boundaries, layout.store_timestamp);
    add_boundary(&boundaries, layout.store_host);
    add_boundary(&boundaries, layout.reconsume_times);
    add_boundary(&boundaries, layout.transaction_offset);
    add_boundary(&boundaries, layout.body_length);
    add_boundary(&boundaries, layout.body);
    add_tail_boundaries(&boundaries, &view);
    return boundaries.count;
}
