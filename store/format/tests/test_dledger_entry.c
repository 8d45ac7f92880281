/* Tests of store/format/dledger_entry.c against golden bytes. */
#include "harness/testkit/golden.h"
#include "harness/testkit/test.h"
#include "store/base/bytes.h"
#include "store/format/dledger_entry.h"
#include "store/format/message.h"

#define GOLDEN(name) TEST_SOURCE_DIR "/store/tests/golden/" name ".hex"

/* The entry of dledger_entry.hex. */
static struct dledger_entry golden_entry(uint32_t body_size_bytes)
{
    return (struct dledger_entry){
        .magic = DLEDGER_ENTRY_MAGIC,
        .size_bytes = DLEDGER_ENTRY_HEADER_SIZE_BYTES + body_size_bytes,
        .index = 11,
        .term = 4,
        .position = UINT64_C(5000000000),
        .body_size_bytes = body_size_bytes,
    };
}

static void header_is_golden_in_both_directions(void **state)
{
    (void)state;
    struct buffer golden;
    golden_load(GOLDEN("dledger_entry"), &golden);
    uint32_t body_size_bytes = (uint32_t)golden.size_bytes - DLEDGER_ENTRY_HEADER_SIZE_BYTES;
    struct dledger_entry entry = golden_entry(body_size_bytes);
    uint8_t header[DLEDGER_ENTRY_HEADER_SIZE_BYTES];
    dledger_entry_put(&entry, header);
    assert_memory_equal(header, golden.data, sizeof(header));

    struct dledger_entry parsed;
    dledger_entry_get(golden.data, &parsed);
    assert_int_equal(parsed.magic, entry.magic);
    assert_int_equal(parsed.size_bytes, golden.size_bytes);
    assert_true(parsed.index == 11 && parsed.term == 4);
    assert_true(parsed.position == UINT64_C(5000000000));
    assert_int_equal(parsed.channel, 0);
    assert_int_equal(parsed.chain_crc, 0);
    assert_int_equal(parsed.body_crc, 0);
    assert_int_equal(parsed.body_size_bytes, body_size_bytes);
    buffer_done(&golden);
}

static void body_is_a_message_that_knows_its_place(void **state)
{
    (void)state;
    struct buffer golden;
    golden_load(GOLDEN("dledger_entry"), &golden);
    static const struct message_check check = {.body_crc = true, .properties_parse = true};
    struct message_view view;
    assert_int_equal(message_parse(golden.data + DLEDGER_ENTRY_HEADER_SIZE_BYTES,
                                   golden.size_bytes - DLEDGER_ENTRY_HEADER_SIZE_BYTES, &check,
                                   &view),
                     MESSAGE_RECORD);
    assert_true(view.physical_offset == UINT64_C(5000000000) + DLEDGER_ENTRY_HEADER_SIZE_BYTES);
    assert_true(view.queue_offset == 9);
    buffer_done(&golden);
}

static void every_header_field_survives_a_round_trip(void **state)
{
    (void)state;
    uint8_t bytes[DLEDGER_ENTRY_HEADER_SIZE_BYTES];
    uint8_t again[DLEDGER_ENTRY_HEADER_SIZE_BYTES];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(0xFF - 5 * i);
    }
    struct dledger_entry entry;
    dledger_entry_get(bytes, &entry);
    dledger_entry_put(&entry, again);
    assert_memory_equal(bytes, again, sizeof(bytes));
}

static void index_unit_is_golden_and_matches_its_entry(void **state)
{
    (void)state;
    struct buffer golden;
    golden_load(GOLDEN("dledger_entry"), &golden);
    struct dledger_entry entry;
    dledger_entry_get(golden.data, &entry);
    buffer_done(&golden);
    uint8_t unit[DLEDGER_ENTRY_INDEX_SIZE_BYTES];
    dledger_entry_put_index(&entry, unit);
    golden_assert_equal(GOLDEN("dledger_index"), unit, sizeof(unit));
    assert_true(dledger_entry_index_matches(&entry, unit));
}

static void an_index_unit_with_any_bit_flipped_does_not_match(void **state)
{
    (void)state;
    struct dledger_entry entry = golden_entry(100);
    uint8_t unit[DLEDGER_ENTRY_INDEX_SIZE_BYTES];
    dledger_entry_put_index(&entry, unit);
    for (size_t bit = 0; bit < sizeof(unit) * 8; bit++) {
        unit[bit / 8] = (uint8_t)(unit[bit / 8] ^ 1u << bit % 8);
        assert_false(dledger_entry_index_matches(&entry, unit));
        unit[bit / 8] = (uint8_t)(unit[bit / 8] ^ 1u << bit % 8);
    }
    assert_true(dledger_entry_index_matches(&entry, unit));
}

static void blank_is_the_head_of_the_golden_one(void **state)
{
    (void)state;
    struct buffer golden;
    golden_load(GOLDEN("dledger_blank"), &golden);
    uint8_t blank[DLEDGER_ENTRY_BLANK_SIZE_BYTES];
    dledger_entry_put_blank(blank, 100);
    assert_int_equal(golden.size_bytes, 100);
    assert_memory_equal(golden.data, blank, sizeof(blank));
    assert_true(bytes_is_zero(golden.data + sizeof(blank), golden.size_bytes - sizeof(blank)));
    buffer_done(&golden);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_is_golden_in_both_directions),
        cmocka_unit_test(body_is_a_message_that_knows_its_place),
        cmocka_unit_test(every_header_field_survives_a_round_trip),
        cmocka_unit_test(index_unit_is_golden_and_matches_its_entry),
        cmocka_unit_test(an_index_unit_with_any_bit_flipped_does_not_match),
        cmocka_unit_test(blank_is_the_head_of_the_golden_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
