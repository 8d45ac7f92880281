/* The oracle's decoders against the golden bytes, which a third encoder made. */
#include "harness/oracle/decode/disk_mark.h"
#include "harness/oracle/decode/disk_offsets.h"
#include "harness/oracle/decode/disk_queue.h"
#include "harness/oracle/rules/disk_reader.h"
#include "harness/testkit/golden.h"
#include "harness/testkit/storemaker.h"
#include "harness/testkit/test.h"
#include "store/base/bytes.h"

#define GOLDEN(name) TEST_SOURCE_DIR "/store/tests/golden/" name ".hex"
#define BORN_MS      INT64_C(1767225600000)

struct row {
    const char *path;
    const char *topic;
    int32_t queue_id;
    int64_t queue_offset;
    uint64_t offset;
    int32_t sys_flag;
    int64_t tags_code;
    uint32_t body_size_bytes;
    uint32_t properties_size_bytes; /* without __CRC32# */
    enum disk_record_crc crc;
    bool is_v2;
};

static const struct row rows[] = {
    {GOLDEN("message_v1"), "TopicTest", 0, 0, 0, 0, 0, 5, 0, DISK_RECORD_CRC_ABSENT, false},
    {GOLDEN("message_v1_ipv6"), "t", 3, 7, 123456789012, 0x38, 0, 3, 0, DISK_RECORD_CRC_ABSENT,
     false},
    {GOLDEN("message_v1_born_ipv6"), "TopicTest", 0, 0, 0, 0x10, 0, 0, 0, DISK_RECORD_CRC_ABSENT,
     false},
    {GOLDEN("message_v2"), NULL, 1, 2, 4096, 0, 0, 5, 8, DISK_RECORD_CRC_ABSENT, true},
    {GOLDEN("message_properties"), "TopicTest", 2, 41, 1073741824, 0, 2598919, 5, 83,
     DISK_RECORD_CRC_ABSENT, false},
    {GOLDEN("message_crc"), "TopicTest", 2, 42, 777, 0, 2598919, 5, 10, DISK_RECORD_CRC_OK, false},
    {GOLDEN("message_crc_separator"), "TopicTest", 2, 43, 888, 0, 2598919, 5, 10,
     DISK_RECORD_CRC_OK, false},
    {GOLDEN("message_crc_only"), "TopicTest", 0, 44, 999, 0, 0, 5, 0, DISK_RECORD_CRC_OK, false},
    {GOLDEN("message_compressed"), "TopicTest", 0, 0, 0, 0x101, 0, 20, 0, DISK_RECORD_CRC_ABSENT,
     false},
    {GOLDEN("message_delayed"), "SCHEDULE_TOPIC_XXXX", 2, 0, 0, 0, 1767225610007, 5, 40,
     DISK_RECORD_CRC_ABSENT, false},
    {GOLDEN("message_dup_info"), "TopicTest", 0, 0, 0, 0, 0, 5, 13, DISK_RECORD_CRC_ABSENT, false},
};

static void parse_row(const struct row *row)
{
    struct buffer bytes;
    struct disk_record record;
    const char *why = NULL;
    test_row(row->path);
    golden_load(row->path, &bytes);
    assert_int_equal(disk_record_parse(bytes.data, bytes.size_bytes, &record, &why),
                     DISK_RECORD_WHOLE);
    assert_int_equal(record.size_bytes, bytes.size_bytes);
    assert_int_equal(record.queue_id, row->queue_id);
    assert_int_equal(record.queue_offset, row->queue_offset);
    assert_int_equal(record.stored_offset, row->offset);
    assert_int_equal(record.sys_flag, row->sys_flag);
    assert_int_equal(record.tags_code, row->tags_code);
    assert_int_equal(record.body_size_bytes, row->body_size_bytes);
    assert_int_equal(disk_record_user_properties_size(&record), row->properties_size_bytes);
    assert_int_equal(record.crc, row->crc);
    assert_int_equal(record.is_v2, row->is_v2);
    assert_int_equal(record.born_timestamp_ms, BORN_MS);
    assert_int_equal(record.store_timestamp_ms, BORN_MS + 7);
    assert_true(record.are_properties_whole);
    assert_true(record.is_indexable);
    if (row->topic != NULL) {
        assert_int_equal(record.topic_size_bytes, strlen(row->topic));
        assert_memory_equal(bytes.data + record.topic_at, row->topic, strlen(row->topic));
    } else {
        assert_int_equal(record.topic_size_bytes, 200);
    }
    /* Cut anywhere, it is broken, and nothing past the cut is read. */
    for (size_t size = 0; size < bytes.size_bytes; size++) {
        uint8_t *copy = malloc(size + 1);
        assert_non_null(copy);
        memcpy(copy, bytes.data, size);
        assert_int_equal(disk_record_parse(copy, size, &record, &why), DISK_RECORD_BROKEN);
        free(copy);
    }
    buffer_done(&bytes);
}

static void parses_the_golden_messages(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        parse_row(&rows[i]);
    }
}

static void detects_every_flipped_bit_under_the_record_crc(void **state)
{
    (void)state;
    struct buffer bytes;
    golden_load(GOLDEN("message_crc"), &bytes);
    for (size_t bit = 0; bit < bytes.size_bytes * 8; bit++) {
        struct disk_record record;
        const char *why = NULL;
        bytes.data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        enum disk_record_kind kind = disk_record_parse(bytes.data, bytes.size_bytes, &record, &why);
        assert_true(kind != DISK_RECORD_WHOLE || record.crc != DISK_RECORD_CRC_OK);
        bytes.data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
    buffer_done(&bytes);
}

static void parses_the_golden_blank(void **state)
{
    (void)state;
    struct buffer bytes;
    struct disk_record record;
    const char *why = NULL;
    golden_load(GOLDEN("blank"), &bytes);
    assert_int_equal(disk_record_parse(bytes.data, bytes.size_bytes, &record, &why),
                     DISK_RECORD_BLANK);
    buffer_done(&bytes);
}

/* A record whose TAGS is `tags`, to see the hash that its unit must have. */
static int64_t hash_of(const char *tags)
{
    struct storemaker maker = {.log_file_size_bytes = 4096, .queue_file_units = 4};
    char properties[64];
    int size = snprintf(properties, sizeof properties, "TAGS\001%s\002", tags);
    const struct storemaker_message message = {.topic = "t",
                                               .queue_offset = -1,
                                               .body = "b",
                                               .body_size_bytes = 1,
                                               .properties = properties,
                                               .properties_size_bytes = (size_t)size};
    storemaker_init(&maker);
    storemaker_put(&maker, &message);
    struct disk_record record;
    const char *why = NULL;
    assert_int_equal(disk_record_parse(storemaker_record_at(&maker, 0), 4096, &record, &why),
                     DISK_RECORD_WHOLE);
    storemaker_done(&maker);
    return record.tags_code;
}

static void hashes_tags_as_java_does(void **state)
{
    (void)state;
    assert_int_equal(hash_of("TagA"), 2598919);
    assert_int_equal(hash_of("polygenelubricants"), INT32_MIN);
    assert_int_equal(hash_of("Z\xc3\xbcrich"), -1482116162);
    assert_int_equal(hash_of("\xe6\xa0\x87\xe7\xad\xbe"), 857175);
    assert_int_equal(hash_of("\xf0\x9f\x9a\x80"), 1773027);
}

static void load_file(struct storemaker *maker, const char *path, const char *golden)
{
    struct buffer bytes;
    golden_load(golden, &bytes);
    storemaker_write(maker, path, bytes.data, bytes.size_bytes);
    buffer_done(&bytes);
}

static void put_units(struct storemaker *maker, const char *topic, int32_t queue_id, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct storemaker_record record = {.offset = 100 + i, .size_bytes = 100};
        storemaker_put_unit(maker, topic, queue_id, i, &record, 0);
    }
}

static void reads_the_golden_marks(void **state)
{
    (void)state;
    struct storemaker maker = {.log_file_size_bytes = 4096, .queue_file_units = 20};
    struct disk_mark mark;
    storemaker_init(&maker);
    struct view view = storemaker_view(&maker);
    assert_int_equal(disk_mark_read(&mark, &view, NULL), 0);
    assert_false(mark.has_file);
    load_file(&maker, "checkpoint", GOLDEN("checkpoint_rocketmq"));
    assert_int_equal(disk_mark_read(&mark, &view, NULL), 0);
    assert_true(mark.has_file && mark.why != NULL);
    assert_int_equal(mark.times[0], BORN_MS + 7);
    assert_int_equal(mark.times[4], 123456);
    assert_int_equal(mark.logics_offset, 0);
    storemaker_remove(&maker, "checkpoint");
    load_file(&maker, "checkpoint", GOLDEN("checkpoint_rocketmq_5_5"));
    assert_int_equal(disk_mark_read(&mark, &view, NULL), 0);
    assert_non_null(mark.why);
    assert_int_equal(mark.logics_offset, 123321);
    storemaker_remove(&maker, "checkpoint");
    /* Of the first format nothing is read: its magic lies where the offset is now. */
    load_file(&maker, "checkpoint", GOLDEN("checkpoint_mark_1"));
    assert_int_equal(disk_mark_read(&mark, &view, NULL), 0);
    assert_non_null(mark.why);
    assert_int_equal(mark.logics_offset, 0);
    storemaker_remove(&maker, "checkpoint");
    load_file(&maker, "checkpoint", GOLDEN("checkpoint_mark_dledger"));
    assert_int_equal(disk_mark_read(&mark, &view, NULL), 0);
    assert_null(mark.why);
    assert_int_equal(mark.next_index, 21);
    assert_int_equal(mark.term, 4);
    storemaker_remove(&maker, "checkpoint");
    load_file(&maker, "checkpoint", GOLDEN("checkpoint_mark"));
    assert_int_equal(disk_mark_read(&mark, &view, NULL), 0);
    assert_null(mark.why);
    assert_int_equal(mark.offset, 123456);
    assert_int_equal(mark.logics_offset, 123321);
    assert_true(mark.has_record_crc);
    /* Its hash is that of these queues. */
    put_units(&maker, "TopicTest", 0, 17);
    put_units(&maker, "TopicTest", 1, 3);
    put_units(&maker, "Z\xc3\xbcrich", 12, 1);
    struct disk_queues queues;
    queues = (struct disk_queues){0};
    queues.keep = true;
    queues.file_size_bytes = 400;
    assert_int_equal(disk_queue_list(&queues, &view, NULL), 0);
    assert_int_equal(disk_queue_load(&queues, 0, NULL), 0);
    assert_true(disk_mark_matches(&mark, &queues));
    put_units(&maker, "TopicTest", 1, 4);
    assert_int_equal(disk_queue_list(&queues, &view, NULL), 0);
    assert_int_equal(disk_queue_load(&queues, 0, NULL), 0);
    assert_false(disk_mark_matches(&mark, &queues));
    disk_queue_done(&queues);
    storemaker_done(&maker);
}

static void reads_the_golden_dledger_marks(void **state)
{
    (void)state;
    struct storemaker maker = {.log_file_size_bytes = 4096, .queue_file_units = 4};
    storemaker_init(&maker);
    struct view view = storemaker_view(&maker);
    load_file(&maker, "dledger-n0/checkpoint", GOLDEN("dledger_checkpoint"));
    load_file(&maker, "dledger-n0/currterm", GOLDEN("dledger_currterm"));
    struct disk_reader_dledger dledger;
    assert_int_equal(disk_reader_dledger(&dledger, &view, "dledger-n0", NULL), 0);
    assert_int_equal(dledger.end_index, 11);
    assert_int_equal(dledger.committed_index, 10);
    assert_int_equal(dledger.current_term, 4);
    storemaker_done(&maker);
}

static void reads_offsets_with_unquoted_keys(void **state)
{
    (void)state;
    struct storemaker maker = {.log_file_size_bytes = 4096, .queue_file_units = 4};
    storemaker_init(&maker);
    load_file(&maker, DISK_OFFSETS_PATH, GOLDEN("consumer_offset"));
    struct view view = storemaker_view(&maker);
    struct disk_offsets offsets;
    offsets = (struct disk_offsets){0};
    assert_int_equal(disk_offsets_read(&offsets, &view, NULL), 0);
    assert_int_equal(offsets.count, 4);
    assert_int_equal(disk_offsets_find(&offsets, "TopicTest@group-a", 0), 17);
    assert_int_equal(disk_offsets_find(&offsets, "TopicTest@group-a", 1), 3);
    assert_int_equal(disk_offsets_find(&offsets, "TopicTest@group-b", 0), 5);
    assert_int_equal(disk_offsets_find(&offsets, "Z\xc3\xbcrich@group-a", 12), 1);
    assert_int_equal(disk_offsets_find(&offsets, "TopicTest@group-b", 1), -1);
    /* Cut anywhere it is unparsable, and so is no file at all. */
    const struct storemaker_file *file = storemaker_find(&maker, DISK_OFFSETS_PATH);
    size_t size = file->size_bytes;
    for (size_t cut = 0; cut < size; cut++) {
        storemaker_find(&maker, DISK_OFFSETS_PATH)->size_bytes = cut;
        assert_int_equal(disk_offsets_read(&offsets, &view, NULL), 0);
        assert_int_equal(offsets.count, 0);
        assert_true(offsets.is_unsound);
    }
    disk_offsets_done(&offsets);
    storemaker_done(&maker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_the_golden_messages),
        cmocka_unit_test(detects_every_flipped_bit_under_the_record_crc),
        cmocka_unit_test(parses_the_golden_blank),
        cmocka_unit_test(hashes_tags_as_java_does),
        cmocka_unit_test(reads_the_golden_marks),
        cmocka_unit_test(reads_the_golden_dledger_marks),
        cmocka_unit_test(reads_offsets_with_unquoted_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
