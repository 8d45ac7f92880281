/* Hits of a trace and the lengths at which writes are torn. */
#include "harness/plan/hits.h"
#include "harness/testkit/test.h"
#include "store/base/bytes.h"
#include "store/format/message.h"

static int set_up(void **state)
{
    struct hits *hits = calloc(1, sizeof(*hits));
    hits_init(hits);
    *state = hits;
    return hits == NULL;
}

static int tear_down(void **state)
{
    hits_done(*state);
    free(*state);
    return 0;
}

static void add(struct hits *hits, uint32_t round, uint32_t point, uint64_t offset,
                const void *data, uint64_t size_bytes)
{
    struct disk_call call = {.point = point,
                             .op = point_op(point),
                             .path = "x",
                             .offset = offset,
                             .data = data,
                             .size_bytes = size_bytes};
    assert_int_equal(hits_add(hits, round, &call), 0);
}

static bool has_torn(const struct hits *hits, size_t index, uint32_t length)
{
    const struct hits_entry *entry = &hits->entries[index];
    for (uint32_t i = 0; i < entry->torn_count; i++) {
        if (hits->torn[entry->torn_first + i] == length) {
            return true;
        }
    }
    return false;
}

static void assert_sorted_inside(const struct hits *hits, size_t index)
{
    const struct hits_entry *entry = &hits->entries[index];
    uint32_t before = 0;
    for (uint32_t i = 0; i < entry->torn_count; i++) {
        uint32_t length = hits->torn[entry->torn_first + i];
        assert_true(length > before && length < entry->size_bytes);
        before = length;
    }
}

static void counts_by_round_and_point(void **state)
{
    struct hits *hits = *state;
    static const uint8_t unit[20] = {1};
    hits_clear(hits);
    add(hits, 0, POINT_QUEUE_APPEND, 0, unit, 20);
    add(hits, 0, POINT_QUEUE_APPEND, 20, unit, 20);
    add(hits, 0, POINT_QUEUE_SYNC, 0, NULL, 0);
    add(hits, 1, POINT_QUEUE_APPEND, 40, unit, 20);
    assert_int_equal(hits->round_count, 2);
    assert_int_equal(hits->counts[0][POINT_QUEUE_APPEND], 2);
    assert_int_equal(hits->counts[1][POINT_QUEUE_APPEND], 1);
    assert_int_equal(hits->entries[1].hit, 2);
    assert_int_equal(hits->entries[3].hit, 1);
    assert_int_equal(hits->entries[3].round, 1);
    assert_int_equal(hits->entries[2].torn_count, 0);
}

static void a_unit_is_torn_around_each_of_its_fields(void **state)
{
    struct hits *hits = *state;
    static const uint8_t unit[20] = {1};
    static const uint32_t lengths[] = {7, 8, 9, 11, 12, 13, 19};
    hits_clear(hits);
    add(hits, 0, POINT_QUEUE_APPEND, 40, unit, 20);
    assert_int_equal(hits->entries[0].torn_count, TEST_COUNT(lengths));
    for (size_t i = 0; i < TEST_COUNT(lengths); i++) {
        assert_int_equal(hits->torn[i], lengths[i]);
    }
}

static void a_write_is_torn_at_the_sectors_of_the_file(void **state)
{
    struct hits *hits = *state;
    static const uint8_t zeros[3000];
    hits_clear(hits);
    /* Begins 412 bytes before a sector and ends past a page. */
    add(hits, 0, POINT_COMMITLOG_ZERO_TAIL, 2148, zeros, sizeof(zeros));
    assert_true(has_torn(hits, 0, 412));
    assert_true(has_torn(hits, 0, 4096 - 2148));
    assert_true(has_torn(hits, 0, 1));
    assert_true(has_torn(hits, 0, 2999));
    assert_sorted_inside(hits, 0);
}

/* A record of topic-0 with a body of ten bytes and a tag. */
static void encode_record(struct buffer *record)
{
    struct env_host host = {{127, 0, 0, 1}, 4, 10911};
    struct store_message message = {.topic = "topic-0",
                                    .born_host = host,
                                    .body = "0123456789",
                                    .body_size_bytes = 10,
                                    .properties = "TAGS\001a",
                                    .properties_size_bytes = 6,
                                    .wait = true};
    buffer_init(record, MESSAGE_SIZE_BYTES_MAX);
    assert_int_equal(message_encode(&message, &host, false, true, record), 0);
}

static void a_record_is_torn_around_each_of_its_fields(void **state)
{
    struct hits *hits = *state;
    struct buffer record;
    encode_record(&record);
    hits_clear(hits);
    add(hits, 0, POINT_COMMITLOG_APPEND, 0, record.data, record.size_bytes);
    /* TOTALSIZE, the magic, and the place where the body begins. */
    assert_true(has_torn(hits, 0, 3) && has_torn(hits, 0, 4) && has_torn(hits, 0, 5));
    assert_true(has_torn(hits, 0, 8));
    assert_true(has_torn(hits, 0, 88));
    assert_true(has_torn(hits, 0, (uint32_t)record.size_bytes - 1));
    assert_true(hits->entries[0].torn_count > 40);
    assert_sorted_inside(hits, 0);
    buffer_done(&record);
}

static void an_entry_is_torn_inside_its_header_and_its_record(void **state)
{
    struct hits *hits = *state;
    uint8_t entry[512] = {0};
    struct buffer record;
    encode_record(&record);
    assert_true(record.size_bytes + 48 <= sizeof(entry));
    memcpy(entry + 48, record.data, record.size_bytes);
    hits_clear(hits);
    add(hits, 0, POINT_DLEDGER_APPEND, 0, entry, 48 + record.size_bytes);
    assert_true(has_torn(hits, 0, 47) && has_torn(hits, 0, 48) && has_torn(hits, 0, 49));
    assert_true(has_torn(hits, 0, 52));
    assert_true(has_torn(hits, 0, 48 + 88));
    assert_sorted_inside(hits, 0);
    buffer_done(&record);
}

static void a_write_of_garbage_is_torn_all_the_same(void **state)
{
    struct hits *hits = *state;
    uint8_t garbage[300];
    memset(garbage, 0xFF, sizeof(garbage));
    hits_clear(hits);
    add(hits, 0, POINT_COMMITLOG_APPEND, 400, garbage, sizeof(garbage));
    add(hits, 0, POINT_DLEDGER_APPEND, 400, garbage, 3);
    add(hits, 0, POINT_CHECKPOINT_WRITE, 0, garbage, sizeof(garbage));
    add(hits, 0, POINT_OFFSETS_WRITE, 0, garbage, 1);
    for (size_t i = 0; i < 4; i++) {
        assert_sorted_inside(hits, i);
    }
    assert_int_equal(hits->entries[3].torn_count, 0);
}

static void a_round_too_many_is_refused(void **state)
{
    struct hits *hits = *state;
    struct disk_call call = {.point = POINT_QUEUE_SYNC, .op = POINT_OP_SYNC, .path = "x"};
    assert_int_equal(hits_add(hits, PLAN_ROUNDS_MAX, &call), -E2BIG);
}

static void packs_and_unpacks_to_the_same(void **state)
{
    struct hits *hits = *state;
    struct hits again;
    uint8_t *data = NULL;
    size_t size = 0;
    static const uint8_t bytes[600] = {1, 2, 3};
    hits_clear(hits);
    hits_init(&again);
    for (uint32_t i = 0; i < 1000; i++) {
        add(hits, i / 400, i % POINT_COUNT, i * 13,
            point_op(i % POINT_COUNT) == POINT_OP_WRITE ? bytes : NULL, i % 600);
    }
    assert_int_equal(hits_pack(hits, &data, &size), 0);
    assert_int_equal(hits_unpack(data, size, &again), 0);
    assert_int_equal(again.entry_count, hits->entry_count);
    assert_int_equal(again.torn_count, hits->torn_count);
    assert_memory_equal(again.entries, hits->entries, hits->entry_count * sizeof(*hits->entries));
    assert_memory_equal(again.torn, hits->torn, hits->torn_count * sizeof(*hits->torn));
    assert_memory_equal(again.counts, hits->counts, sizeof(again.counts));
    assert_int_equal(again.round_count, 3);
    /* A pipe that ended early, or a worker gone mad. */
    for (size_t cut = 0; cut < size; cut += 97) {
        assert_int_equal(hits_unpack(data, cut, &again), -EBADMSG);
    }
    memset(data, 0xFF, 16);
    assert_int_equal(hits_unpack(data, size, &again), -EBADMSG);
    free(data);
    hits_done(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_by_round_and_point),
        cmocka_unit_test(a_unit_is_torn_around_each_of_its_fields),
        cmocka_unit_test(a_write_is_torn_at_the_sectors_of_the_file),
        cmocka_unit_test(a_record_is_torn_around_each_of_its_fields),
        cmocka_unit_test(an_entry_is_torn_inside_its_header_and_its_record),
        cmocka_unit_test(a_write_of_garbage_is_torn_all_the_same),
        cmocka_unit_test(a_round_too_many_is_refused),
        cmocka_unit_test(packs_and_unpacks_to_the_same),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
