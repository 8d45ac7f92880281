/* Tests of store/format/message.c against golden bytes, Java's rules and damaged records. */
#include "harness/testkit/golden.h"
#include "harness/testkit/test.h"
#include "store/base/bytes.h"
#include "store/base/crc32.h"
#include "store/format/message.h"
#include "store/format/message_tags.h"

#define GOLDEN_PATH_SIZE_BYTES 512
#define BORN_MS                INT64_C(1767225600000)
#define STORE_MS               INT64_C(1767225600007)

static const struct env_host host_born = {{10, 1, 2, 3}, 4, 40000};
static const struct env_host host_store = {{127, 0, 0, 1}, 4, 10911};
static const struct env_host host_born_v6 = {
    {0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 16, 40000};
static const struct env_host host_store_v6 = {
    {0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x42}, 16, 10911};
static const struct message_check check_nothing = {0};
static const struct message_check check_all = {
    .body_crc = true, .property_crc = true, .properties_parse = true};

/* A message with the defaults of golden/README.md. */
static struct store_message plain_message(void)
{
    return (struct store_message){
        .topic = "TopicTest",
        .born_timestamp_ms = BORN_MS,
        .born_host = host_born,
        .body = "hello",
        .body_size_bytes = 5,
    };
}

static void set_properties(struct store_message *message, const char *properties)
{
    message->properties = properties;
    message->properties_size_bytes = strlen(properties);
}

/* Encodes and places; the caller ends with buffer_done. */
static void encode(const struct store_message *message, bool v2, bool with_crc,
                   struct buffer *ret_record)
{
    buffer_init(ret_record, MESSAGE_SIZE_BYTES_MAX);
    assert_int_equal(message_encode(message, &host_store, v2, with_crc, ret_record), 0);
    message_set_place(ret_record->data, (uint32_t)ret_record->size_bytes, 5, 1000, STORE_MS,
                      with_crc);
}

/* One golden record: what to encode and where it stands. */
struct golden_row {
    const char *name;
    struct store_message message;
    const struct env_host *store_host;
    bool v2;
    bool with_crc;
    int64_t queue_offset;
    uint64_t physical_offset;
    int64_t tags_code;
};

static void fill_simple_rows(struct golden_row *rows)
{
    rows[0] = (struct golden_row){.name = "message_v1", .message = plain_message()};
    rows[1] = (struct golden_row){.name = "message_v1_ipv6",
                                  .message = plain_message(),
                                  .store_host = &host_store_v6,
                                  .queue_offset = 7,
                                  .physical_offset = UINT64_C(123456789012)};
    rows[1].message.queue_id = 3;
    rows[1].message.flag = -2;
    rows[1].message.sys_flag = MESSAGE_SYSFLAG_COMMIT;
    rows[1].message.born_host = host_born_v6;
    rows[1].message.reconsume_times = 16;
    rows[1].message.prepared_transaction_offset = 987654321;
    rows[1].message.body = "\x00\xff\x80";
    rows[1].message.body_size_bytes = 3;
    rows[1].message.topic = "t";
    rows[2] = (struct golden_row){.name = "message_v1_born_ipv6", .message = plain_message()};
    rows[2].message.born_host = host_born_v6;
    rows[2].message.body = NULL;
    rows[2].message.body_size_bytes = 0;
    rows[3] = (struct golden_row){.name = "message_compressed", .message = plain_message()};
    rows[3].message.sys_flag = MESSAGE_SYSFLAG_COMPRESSED | MESSAGE_SYSFLAG_LZ4;
    rows[3].message.body = "\x04\x22\x4d\x18\x60\x40\x73\x05\x00\x00\x80hello\x00\x00\x00\x00";
    rows[3].message.body_size_bytes = 20;
}

static void fill_property_rows(struct golden_row *rows)
{
    static char long_topic[201];
    memset(long_topic, 'L', 200);
    rows[0] = (struct golden_row){.name = "message_v2",
                                  .message = plain_message(),
                                  .v2 = true,
                                  .queue_offset = 2,
                                  .physical_offset = 4096};
    rows[0].message.queue_id = 1;
    rows[0].message.topic = long_topic;
    set_properties(&rows[0].message, "KEYS\1k1\2");
    rows[1] = (struct golden_row){.name = "message_properties",
                                  .message = plain_message(),
                                  .queue_offset = 41,
                                  .physical_offset = 1073741824,
                                  .tags_code = 2598919};
    rows[1].message.queue_id = 2;
    set_properties(&rows[1].message, "TAGS\1TagA\2KEYS\1key-1 key-2\2UNIQ_KEY\1"
                                     "0A010203000018B4AAC2000000000001\2WAIT\1true\2a\1"
                                     "1\2");
    rows[2] = (struct golden_row){
        .name = "message_delayed", .message = plain_message(), .tags_code = STORE_MS + 10000};
    rows[2].message.queue_id = 2;
    rows[2].message.topic = "SCHEDULE_TOPIC_XXXX";
    set_properties(&rows[2].message, "DELAY\1"
                                     "3\2REAL_TOPIC\1TopicTest\2REAL_QID\1"
                                     "0\2");
    rows[3] = (struct golden_row){.name = "message_dup_info", .message = plain_message()};
    set_properties(&rows[3].message, "DUP_INFO\1"
                                     "1_2\2");
}

static void fill_crc_rows(struct golden_row *rows)
{
    rows[0] = (struct golden_row){.name = "message_crc",
                                  .message = plain_message(),
                                  .with_crc = true,
                                  .queue_offset = 42,
                                  .physical_offset = 777,
                                  .tags_code = 2598919};
    rows[0].message.queue_id = 2;
    set_properties(&rows[0].message, "TAGS\1TagA\2");
    rows[1] = rows[0];
    rows[1].name = "message_crc_separator";
    rows[1].queue_offset = 43;
    rows[1].physical_offset = 888;
    set_properties(&rows[1].message, "TAGS\1TagA");
    rows[2] = (struct golden_row){.name = "message_crc_only",
                                  .message = plain_message(),
                                  .with_crc = true,
                                  .queue_offset = 44,
                                  .physical_offset = 999};
}

#define GOLDEN_ROW_COUNT 11

static void fill_rows(struct golden_row rows[GOLDEN_ROW_COUNT])
{
    fill_simple_rows(rows);
    fill_property_rows(rows + 4);
    fill_crc_rows(rows + 8);
    for (size_t i = 0; i < GOLDEN_ROW_COUNT; i++) {
        if (rows[i].store_host == NULL) {
            rows[i].store_host = &host_store;
        }
    }
}

static void path_of(const char *name, char path[GOLDEN_PATH_SIZE_BYTES])
{
    snprintf(path, GOLDEN_PATH_SIZE_BYTES, "%s/store/tests/golden/%s.hex", TEST_SOURCE_DIR, name);
}

static void encodes_golden_records(void **state)
{
    (void)state;
    struct golden_row rows[GOLDEN_ROW_COUNT];
    fill_rows(rows);
    for (size_t i = 0; i < GOLDEN_ROW_COUNT; i++) {
        const struct golden_row *row = &rows[i];
        struct buffer record;
        buffer_init(&record, MESSAGE_SIZE_BYTES_MAX);
        assert_int_equal(
            message_encode(&row->message, row->store_host, row->v2, row->with_crc, &record), 0);
        message_set_place(record.data, (uint32_t)record.size_bytes, row->queue_offset,
                          row->physical_offset, STORE_MS, row->with_crc);
        char path[GOLDEN_PATH_SIZE_BYTES];
        path_of(row->name, path);
        golden_assert_equal(path, record.data, record.size_bytes);
        buffer_done(&record);
    }
}

static void assert_fields(const struct golden_row *row, const struct message_view *view)
{
    const struct store_message *message = &row->message;
    int32_t host_bits = (message->born_host.address_size_bytes == 16 ? 0x10 : 0) |
                        (row->store_host->address_size_bytes == 16 ? 0x20 : 0);
    assert_int_equal(view->is_v2, row->v2);
    assert_int_equal(view->queue_id, message->queue_id);
    assert_int_equal(view->flag, message->flag);
    assert_true(view->queue_offset == row->queue_offset);
    assert_true(view->physical_offset == row->physical_offset);
    assert_int_equal(view->sys_flag, message->sys_flag | host_bits);
    assert_true(view->born_timestamp_ms == BORN_MS && view->store_timestamp_ms == STORE_MS);
    assert_int_equal(view->reconsume_times, message->reconsume_times);
    assert_true(view->prepared_transaction_offset == message->prepared_transaction_offset);
    assert_int_equal(view->body_size_bytes, message->body_size_bytes);
    if (message->body_size_bytes > 0) {
        assert_memory_equal(view->body, message->body, message->body_size_bytes);
    }
    assert_int_equal(view->topic_size_bytes, strlen(message->topic));
    assert_memory_equal(view->topic, message->topic, view->topic_size_bytes);
    assert_true(view->properties_size_bytes >= message->properties_size_bytes);
    if (message->properties_size_bytes > 0) {
        assert_memory_equal(view->properties, message->properties, message->properties_size_bytes);
    }
    assert_true(message_tags_code(view) == row->tags_code);
}

static void parses_golden_records(void **state)
{
    (void)state;
    struct golden_row rows[GOLDEN_ROW_COUNT];
    fill_rows(rows);
    for (size_t i = 0; i < GOLDEN_ROW_COUNT; i++) {
        char path[GOLDEN_PATH_SIZE_BYTES];
        path_of(rows[i].name, path);
        struct buffer golden;
        golden_load(path, &golden);
        struct message_check check = check_all;
        check.require_property_crc = rows[i].with_crc;
        struct message_view view;
        assert_int_equal(message_parse(golden.data, golden.size_bytes, &check, &view),
                         MESSAGE_RECORD);
        assert_int_equal(view.size_bytes, golden.size_bytes);
        assert_fields(&rows[i], &view);
        buffer_done(&golden);
    }
}

static void blank_is_golden_in_both_directions(void **state)
{
    (void)state;
    uint8_t blank[MESSAGE_BLANK_SIZE_BYTES];
    message_put_blank(blank, 100);
    golden_assert_equal(TEST_SOURCE_DIR "/store/tests/golden/blank.hex", blank, sizeof(blank));
    struct message_view view;
    assert_int_equal(message_parse(blank, sizeof(blank), &check_all, &view), MESSAGE_BLANK);
    assert_int_equal(view.size_bytes, 100);
    assert_int_equal(message_parse(blank, sizeof(blank) - 1, &check_all, &view), MESSAGE_BROKEN);
}

static void refuses_what_the_format_cannot_hold(void **state)
{
    (void)state;
    struct buffer record;
    buffer_init(&record, MESSAGE_SIZE_BYTES_MAX);
    char *big = calloc(1, STORE_BODY_SIZE_BYTES_MAX + 1);
    assert_non_null(big);
    char topic[257];
    memset(topic, 'T', sizeof(topic));
    topic[128] = '\0';

    struct store_message message = plain_message();
    message.body = big;
    message.body_size_bytes = STORE_BODY_SIZE_BYTES_MAX;
    assert_int_equal(message_encode(&message, &host_store, false, false, &record), 0);
    message.body_size_bytes++;
    assert_int_equal(message_encode(&message, &host_store, false, false, &record), -EMSGSIZE);

    message = plain_message();
    message.topic = topic;
    assert_int_equal(message_encode(&message, &host_store, false, false, &record), -EMSGSIZE);
    assert_int_equal(message_encode(&message, &host_store, true, false, &record), 0);

    message = plain_message();
    message.properties = big;
    message.properties_size_bytes = STORE_PROPERTIES_SIZE_BYTES_MAX;
    assert_int_equal(message_encode(&message, &host_store, false, false, &record), 0);
    assert_int_equal(message_encode(&message, &host_store, false, true, &record), -E2BIG);
    message.properties_size_bytes++;
    assert_int_equal(message_encode(&message, &host_store, false, false, &record), -E2BIG);
    free(big);
    buffer_done(&record);
}

static void a_record_cut_anywhere_is_broken(void **state)
{
    (void)state;
    struct store_message message = plain_message();
    set_properties(&message, "TAGS\1TagA\2");
    struct buffer record;
    encode(&message, false, true, &record);
    struct message_view view;
    for (size_t size_bytes = 0; size_bytes < record.size_bytes; size_bytes++) {
        /* A copy of exactly that size, so that a sanitizer sees one byte too many. */
        uint8_t *cut = malloc(size_bytes + 1);
        assert_non_null(cut);
        memcpy(cut + 1, record.data, size_bytes);
        assert_int_equal(message_parse(cut + 1, size_bytes, &check_nothing, &view), MESSAGE_BROKEN);
        free(cut);
    }
    assert_int_equal(message_parse(record.data, record.size_bytes, &check_nothing, &view),
                     MESSAGE_RECORD);
    buffer_done(&record);
}

static void a_torn_record_with_zeros_behind_is_never_a_record(void **state)
{
    (void)state;
    struct store_message message = plain_message();
    set_properties(&message, "TAGS\1TagA\2KEYS\1key\2");
    for (int with_crc = 0; with_crc <= 1; with_crc++) {
        struct buffer record;
        encode(&message, false, with_crc == 1, &record);
        uint8_t torn[512];
        for (size_t size_bytes = 0; size_bytes < record.size_bytes; size_bytes++) {
            memset(torn, 0, sizeof(torn));
            memcpy(torn, record.data, size_bytes);
            struct message_view view;
            assert_int_not_equal(message_parse(torn, sizeof(torn), &check_all, &view),
                                 MESSAGE_RECORD);
        }
        buffer_done(&record);
    }
}

static void the_property_crc_covers_every_bit(void **state)
{
    (void)state;
    struct store_message message = plain_message();
    set_properties(&message, "TAGS\1TagA\2");
    struct buffer record;
    encode(&message, false, true, &record);
    static const struct message_check check = {.property_crc = true, .require_property_crc = true};
    struct message_view view;
    for (size_t bit = 0; bit < record.size_bytes * 8; bit++) {
        record.data[bit / 8] = (uint8_t)(record.data[bit / 8] ^ 1u << bit % 8);
        assert_int_not_equal(message_parse(record.data, record.size_bytes, &check, &view),
                             MESSAGE_RECORD);
        record.data[bit / 8] = (uint8_t)(record.data[bit / 8] ^ 1u << bit % 8);
    }
    assert_int_equal(message_parse(record.data, record.size_bytes, &check, &view), MESSAGE_RECORD);
    buffer_done(&record);
}

static void a_record_without_a_crc_is_broken_only_where_it_is_required(void **state)
{
    (void)state;
    struct store_message message = plain_message();
    struct buffer record;
    encode(&message, false, false, &record);
    struct message_check check = {.property_crc = true};
    struct message_view view;
    assert_int_equal(message_parse(record.data, record.size_bytes, &check, &view), MESSAGE_RECORD);
    check.require_property_crc = true;
    assert_int_equal(message_parse(record.data, record.size_bytes, &check, &view), MESSAGE_BROKEN);
    buffer_done(&record);
}

static void the_crc_is_taken_after_the_place_is_set(void **state)
{
    (void)state;
    struct store_message message = plain_message();
    struct buffer record;
    encode(&message, false, true, &record);
    static const struct message_check check = {.require_property_crc = true};
    struct message_view view;
    message_set_place(record.data, (uint32_t)record.size_bytes, 99, UINT64_C(1) << 40, STORE_MS + 1,
                      true);
    assert_int_equal(message_parse(record.data, record.size_bytes, &check, &view), MESSAGE_RECORD);
    assert_true(view.queue_offset == 99 && view.physical_offset == UINT64_C(1) << 40);
    /* Moving the record without a new CRC breaks it. */
    message_set_place(record.data, (uint32_t)record.size_bytes, 99, 0, STORE_MS + 1, false);
    assert_int_equal(message_parse(record.data, record.size_bytes, &check, &view), MESSAGE_BROKEN);
    buffer_done(&record);
}

static void the_body_crc_has_no_top_bit_and_covers_the_body(void **state)
{
    (void)state;
    struct store_message message = plain_message();
    /* crc32("123456789") is 0xCBF43926: its top bit is set. */
    message.body = "123456789";
    message.body_size_bytes = 9;
    struct buffer record;
    encode(&message, false, false, &record);
    static const struct message_check check = {.body_crc = true};
    struct message_view view;
    assert_int_equal(message_parse(record.data, record.size_bytes, &check, &view), MESSAGE_RECORD);
    assert_int_equal(view.body_crc, 0x4BF43926);
    record.data[88] ^= 1;
    assert_int_equal(message_parse(record.data, record.size_bytes, &check, &view), MESSAGE_BROKEN);
    assert_int_equal(message_parse(record.data, record.size_bytes, &check_nothing, &view),
                     MESSAGE_RECORD);
    buffer_done(&record);
}

static void totalsize_that_disagrees_is_a_mismatch(void **state)
{
    (void)state;
    struct store_message message = plain_message();
    struct buffer record;
    encode(&message, false, false, &record);
    assert_int_equal(buffer_append(&record, "\0\0\0\0\0\0\0\0", 8), 0);
    bytes_put_be32(record.data, (uint32_t)record.size_bytes - 7);
    struct message_view view;
    assert_int_equal(message_parse(record.data, record.size_bytes, &check_all, &view),
                     MESSAGE_MISMATCH);
    assert_int_equal(view.size_bytes, record.size_bytes - 7);
    static const uint32_t wild_sizes[] = {0, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};
    for (size_t i = 0; i < TEST_COUNT(wild_sizes); i++) {
        bytes_put_be32(record.data, wild_sizes[i]);
        assert_int_equal(message_parse(record.data, record.size_bytes, &check_all, &view),
                         MESSAGE_BROKEN);
    }
    buffer_done(&record);
}

static void a_v1_topic_length_is_signed(void **state)
{
    (void)state;
    char topic[201];
    memset(topic, 'T', 200);
    topic[200] = '\0';
    struct store_message message = plain_message();
    message.topic = topic;
    struct buffer record;
    encode(&message, true, false, &record);
    /* The same record as V1: the two length bytes become one, whose top bit is its sign. */
    bytes_put_be32(record.data + 4, MESSAGE_MAGIC_V1);
    record.data[93] = 200;
    memmove(record.data + 94, record.data + 95, record.size_bytes - 95);
    bytes_put_be32(record.data, (uint32_t)--record.size_bytes);
    struct message_view view;
    assert_int_equal(message_parse(record.data, record.size_bytes, &check_nothing, &view),
                     MESSAGE_BROKEN);
    buffer_done(&record);
}

struct property_row {
    const char *properties;
    const char *name;
    const char *value; /* NULL: absent */
    bool does_parse;
};

static void finds_properties_as_java_does(void **state)
{
    (void)state;
    static const struct property_row rows[] = {
        {"a\1b\2", "a", "b", true},
        {"a\1b", "a", "b", true}, /* missing last separator */
        {"a\1b\2a\1c\2", "a", "c", true},
        {"a\1b\2a\1\2", "a", "b", true}, /* an empty value is no property */
        {"a\1\2", "a", NULL, true},
        {"a\1b\1c\2", "a", "b\1c", true},
        {"ab\1c\2", "a", NULL, true},
        {"b\1a\2", "a", NULL, true},
        {"\1b\2", "", NULL, false},
        {"a\2", "a", NULL, false},
        {"a\1b\2\2c\1d\2", "c", "d", true},
        {"a\1b\2xyz", "a", "b", false},
        {"", "a", NULL, true},
    };
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        struct store_message message = plain_message();
        set_properties(&message, rows[i].properties);
        struct buffer record;
        encode(&message, false, false, &record);
        struct message_view view;
        assert_int_equal(message_parse(record.data, record.size_bytes, &check_nothing, &view),
                         MESSAGE_RECORD);
        uint32_t size_bytes = 0;
        const char *value = message_property(&view, rows[i].name, &size_bytes);
        assert_int_equal(value != NULL, rows[i].value != NULL);
        if (value != NULL && rows[i].value != NULL) {
            assert_int_equal(size_bytes, strlen(rows[i].value));
            assert_memory_equal(value, rows[i].value, size_bytes);
        }
        assert_int_equal(message_parse(record.data, record.size_bytes, &check_all, &view),
                         rows[i].does_parse ? MESSAGE_RECORD : MESSAGE_BROKEN);
        buffer_done(&record);
    }
}

struct code_row {
    const char *topic;
    const char *properties;
    int64_t code;
};

static void tags_codes_are_javas(void **state)
{
    (void)state;
    static const struct code_row rows[] = {
        {"T", "", 0},
        {"T", "KEYS\1k\2", 0},
        {"T", "TAGS\1TagA\2", 2598919},
        {"T", "TAGS\1polygenelubricants\2", INT32_MIN},
        {"T", "TAGS\1Z\xc3\xbcrich\2", -1482116162},
        {"T", "TAGS\1\xe6\xa0\x87\xe7\xad\xbe\2", 857175},
        {"T", "TAGS\1\xf0\x9f\x9a\x80\2", 1773027},
        /* Malformed UTF-8 is U+FFFD for Java: a lone continuation byte, a cut-off character
         * (one), and an encoded surrogate (one). */
        {"T", "TAGS\1\x80\2", 0xFFFD},
        {"T", "TAGS\1\xe6\xa0\2", 0xFFFD},
        {"T", "TAGS\1\xed\xa0\x80\2", 0xFFFD},
        {"T", "TAGS\1\xc0\x80\2", 0xFFFD * 31 + 0xFFFD},
        {"T",
         "DELAY\1"
         "3\2",
         0},
        {"SCHEDULE_TOPIC_XXXX",
         "DELAY\1"
         "1\2",
         STORE_MS + 1000},
        {"SCHEDULE_TOPIC_XXXX",
         "DELAY\1"
         "18\2",
         STORE_MS + 7200000},
        {"SCHEDULE_TOPIC_XXXX",
         "DELAY\1"
         "99999999999\2",
         STORE_MS + 7200000},
        {"SCHEDULE_TOPIC_XXXX",
         "DELAY\1"
         "0\2TAGS\1TagA\2",
         2598919},
        {"SCHEDULE_TOPIC_XXXX", "DELAY\1-1\2TAGS\1TagA\2", 2598919},
    };
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        struct store_message message = plain_message();
        message.topic = rows[i].topic;
        set_properties(&message, rows[i].properties);
        struct buffer record;
        encode(&message, false, false, &record);
        struct message_view view;
        assert_int_equal(message_parse(record.data, record.size_bytes, &check_nothing, &view),
                         MESSAGE_RECORD);
        if (message_tags_code(&view) != rows[i].code) {
            fail_msg("row %zu: %lld, expected %lld", i, (long long)message_tags_code(&view),
                     (long long)rows[i].code);
        }
        buffer_done(&record);
    }
}

struct dup_row {
    const char *properties;
    enum message_kind kind;
};

static void the_dup_info_check_is_the_trap_of_issue_8032(void **state)
{
    (void)state;
    static const struct dup_row rows[] = {
        {"", MESSAGE_RECORD}, /* no properties: never asked */
        {"TAGS\1TagA\2", MESSAGE_BROKEN},
        {"DUP_INFO\1a_b\2", MESSAGE_RECORD},
        {"DUP_INFO\1_b\2", MESSAGE_RECORD},
        {"DUP_INFO\1a_\2", MESSAGE_BROKEN},
        {"DUP_INFO\1a_b_\2", MESSAGE_RECORD},
        {"DUP_INFO\1a__b\2", MESSAGE_BROKEN},
        {"DUP_INFO\1ab\2", MESSAGE_BROKEN},
        {"DUP_INFO\1_\2", MESSAGE_BROKEN},
    };
    static const struct message_check check = {.dup_info = true};
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        struct store_message message = plain_message();
        set_properties(&message, rows[i].properties);
        struct buffer record;
        encode(&message, false, false, &record);
        struct message_view view;
        assert_int_equal(message_parse(record.data, record.size_bytes, &check, &view),
                         rows[i].kind);
        buffer_done(&record);
    }
}

/* RocketMQ 5.2.0 and 5.3.0 (#8350): 20 bytes of anything behind a multi-dispatch record's last
 * separator. */
static void slack_is_taken_behind_multi_dispatch_alone(void **state)
{
    (void)state;
#define ZEROS "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define ROW(text, is_whole)                  \
    {                                        \
        (text), sizeof(text) - 1, (is_whole) \
    }
    static const struct {
        const char *text;
        size_t size_bytes;
        bool is_whole;
    } rows[] = {
        ROW("INNER_MULTI_DISPATCH\1%LMQ%a\2" ZEROS, true),
        ROW("INNER_MULTI_DISPATCH\1%LMQ%a\2rest of another record", false), /* 22 bytes */
        ROW("INNER_MULTI_DISPATCH\1%LMQ%a\2rest of another reco", true),
        ROW("INNER_MULTI_DISPATCH\1%LMQ%a" ZEROS, false),
        ROW("INNER_MULTI_DISPATCH\1%LMQ%a\2" ZEROS "\0", false),
        ROW("INNER_MULTI_DISPATCX\1%LMQ%a\2" ZEROS, false),
        ROW("INNER_MULTI_DISPATCH\1\2" ZEROS, false),
        ROW(ZEROS, false),
    };
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        struct store_message message = plain_message();
        message.properties = rows[i].text;
        message.properties_size_bytes = rows[i].size_bytes;
        struct buffer record;
        encode(&message, false, false, &record);
        for (int multi_slack = 0; multi_slack < 2; multi_slack++) {
            struct message_check check = {.properties_parse = true, .multi_slack = multi_slack};
            struct message_view view;
            assert_int_equal(message_parse(record.data, record.size_bytes, &check, &view),
                             rows[i].is_whole && multi_slack ? MESSAGE_RECORD : MESSAGE_BROKEN);
        }
        buffer_done(&record);
    }
#undef ROW
#undef ZEROS
}

static void only_finished_transactions_are_indexed(void **state)
{
    (void)state;
    static const int32_t flags[] = {0, MESSAGE_SYSFLAG_PREPARED, MESSAGE_SYSFLAG_COMMIT,
                                    MESSAGE_SYSFLAG_ROLLBACK};
    for (size_t i = 0; i < TEST_COUNT(flags); i++) {
        struct message_view view = {.sys_flag = flags[i] | 0x331};
        assert_int_equal(message_is_indexable(&view), i % 2 == 0);
        view.sys_flag |= MESSAGE_SYSFLAG_INNER_BATCH;
        assert_false(message_is_indexable(&view));
    }
}

static void boundaries_are_where_the_golden_file_says(void **state)
{
    (void)state;
    struct buffer golden;
    golden_load(TEST_SOURCE_DIR "/store/tests/golden/message_crc.hex", &golden);
    static const uint32_t expected[] = {4,  8,  12, 16, 20, 28, 36, 40,  48,  56,
                                        64, 72, 76, 84, 88, 93, 94, 103, 105, 115};
    uint32_t offsets[32];
    size_t count = message_boundaries(golden.data, golden.size_bytes, offsets, TEST_COUNT(offsets));
    assert_int_equal(count, TEST_COUNT(expected));
    assert_memory_equal(offsets, expected, sizeof(expected));
    uint32_t few[2] = {0, 77};
    assert_int_equal(message_boundaries(golden.data, golden.size_bytes, few, 1), count);
    assert_int_equal(few[0], 4);
    assert_int_equal(few[1], 77);
    buffer_done(&golden);
}

static void boundaries_ascend_inside_every_golden_record(void **state)
{
    (void)state;
    struct golden_row rows[GOLDEN_ROW_COUNT];
    fill_rows(rows);
    for (size_t i = 0; i < GOLDEN_ROW_COUNT; i++) {
        char path[GOLDEN_PATH_SIZE_BYTES];
        path_of(rows[i].name, path);
        struct buffer golden;
        golden_load(path, &golden);
        uint32_t offsets[32];
        size_t count = message_boundaries(golden.data, golden.size_bytes, offsets, 32);
        assert_in_range(count, 15, 32);
        for (size_t k = 0; k < count; k++) {
            assert_true(offsets[k] > (k == 0 ? 0 : offsets[k - 1]));
            assert_true(offsets[k] < golden.size_bytes);
        }
        buffer_done(&golden);
    }
}

/* A generator of its own, so that a failure repeats: xorshift64. */
static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void mutate(uint8_t *bytes, size_t size_bytes, uint64_t *seed)
{
    static const uint8_t nasty[] = {0, 1, 2, 0x7F, 0x80, 0xFF};
    for (uint64_t count = next_random(seed) % 4 + 1; count > 0; count--) {
        uint64_t value = next_random(seed);
        size_t at = (size_t)(value >> 8) % size_bytes;
        bytes[at] = (value & 0x80) != 0 ? nasty[value % TEST_COUNT(nasty)] : (uint8_t)value;
    }
}

/* Uses every byte that a view points to. */
static void use_view(const struct message_view *view)
{
    uint32_t size_bytes = 0;
    crc32_of(view->body, view->body_size_bytes);
    crc32_of(view->topic, view->topic_size_bytes);
    crc32_of(view->properties, view->properties_size_bytes);
    message_property(view, "KEYS", &size_bytes);
    message_tags_code(view);
    assert_true(view->topic + view->topic_size_bytes <=
                (const char *)view->record + view->size_bytes);
}

static void never_reads_outside_whatever_the_bytes(void **state)
{
    (void)state;
    uint64_t seed = UINT64_C(0x5EED5EED5EED5EED);
    struct golden_row rows[GOLDEN_ROW_COUNT];
    fill_rows(rows);
    for (size_t i = 0; i < GOLDEN_ROW_COUNT; i++) {
        char path[GOLDEN_PATH_SIZE_BYTES];
        path_of(rows[i].name, path);
        struct buffer golden;
        golden_load(path, &golden);
        for (unsigned round = 0; round < 20000; round++) {
            size_t size_bytes = golden.size_bytes - (round % 8 == 0 ? round % 97 % 90 : 0);
            uint8_t *bytes = malloc(size_bytes);
            assert_non_null(bytes);
            memcpy(bytes, golden.data, size_bytes);
            mutate(bytes, size_bytes, &seed);
            struct message_check check = {.body_crc = round % 5 == 0,
                                          .property_crc = round % 3 == 0,
                                          .properties_parse = round % 7 == 0,
                                          .dup_info = round % 11 == 0};
            struct message_view view;
            if (message_parse(bytes, size_bytes, &check, &view) == MESSAGE_RECORD) {
                use_view(&view);
            }
            uint32_t offsets[32];
            assert_true(message_boundaries(bytes, size_bytes, offsets, 32) <= 32);
            free(bytes);
        }
        buffer_done(&golden);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodes_golden_records),
        cmocka_unit_test(parses_golden_records),
        cmocka_unit_test(blank_is_golden_in_both_directions),
        cmocka_unit_test(refuses_what_the_format_cannot_hold),
        cmocka_unit_test(a_record_cut_anywhere_is_broken),
        cmocka_unit_test(a_torn_record_with_zeros_behind_is_never_a_record),
        cmocka_unit_test(the_property_crc_covers_every_bit),
        cmocka_unit_test(a_record_without_a_crc_is_broken_only_where_it_is_required),
        cmocka_unit_test(the_crc_is_taken_after_the_place_is_set),
        cmocka_unit_test(the_body_crc_has_no_top_bit_and_covers_the_body),
        cmocka_unit_test(totalsize_that_disagrees_is_a_mismatch),
        cmocka_unit_test(a_v1_topic_length_is_signed),
        cmocka_unit_test(finds_properties_as_java_does),
        cmocka_unit_test(tags_codes_are_javas),
        cmocka_unit_test(the_dup_info_check_is_the_trap_of_issue_8032),
        cmocka_unit_test(slack_is_taken_behind_multi_dispatch_alone),
        cmocka_unit_test(only_finished_transactions_are_indexed),
        cmocka_unit_test(boundaries_are_where_the_golden_file_says),
        cmocka_unit_test(boundaries_ascend_inside_every_golden_record),
        cmocka_unit_test(never_reads_outside_whatever_the_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
