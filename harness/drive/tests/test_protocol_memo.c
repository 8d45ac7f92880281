/* What was kept is found, nothing else is, and what is due does not depend on anything but seed and
 * order. */
#include "harness/drive/protocol_memo.h"
#include "harness/testkit/test.h"

static void what_was_kept_is_found_and_nothing_else(void **state)
{
    struct protocol_memo *memo = protocol_memo_new(1);
    struct protocol_memo_note note = {0};

    (void)state;
    assert_non_null(memo);
    for (uint64_t key = 0; key < 5000; key++) {
        const struct protocol_memo_note kept = {key, (uint32_t)key + 1, (uint32_t)key + 2};
        protocol_memo_add(memo, key * 1024, &kept);
    }
    for (uint64_t key = 0; key < 5000; key++) {
        assert_true(protocol_memo_find(memo, key * 1024, &note));
        assert_int_equal(note.events, key);
        assert_int_equal(note.found_count, key + 1);
        assert_int_equal(note.recovered_crc, key + 2);
        assert_false(protocol_memo_find(memo, key * 1024 + 1, &note));
    }
    protocol_memo_clear(memo);
    assert_false(protocol_memo_find(memo, 1024, &note));
    protocol_memo_free(memo);
}

static void about_one_in_a_hundred_is_due_as_the_seed_has_it(void **state)
{
    struct protocol_memo *memo = protocol_memo_new(7);
    struct protocol_memo *same = protocol_memo_new(7);
    struct protocol_memo *other = protocol_memo_new(8);
    uint32_t due = 0;
    uint32_t differing = 0;

    (void)state;
    for (uint32_t i = 0; i < 20000; i++) {
        bool is_due = protocol_memo_is_due(memo, 42);
        due += is_due;
        assert_int_equal(is_due, protocol_memo_is_due(same, 42));
        differing += is_due != protocol_memo_is_due(other, 42);
    }
    assert_in_range(due, 120, 300);
    assert_true(differing > 0);
    protocol_memo_free(memo);
    protocol_memo_free(same);
    protocol_memo_free(other);
}

/* Jobs begin with an empty memo, and a key that overlooks something may be the same in all of them:
 * other stores are drawn all the same. */
static void another_store_is_another_draw(void **state)
{
    struct protocol_memo *memo = protocol_memo_new(7);
    uint32_t due = 0;

    (void)state;
    for (uint64_t disk_hash = 0; disk_hash < 20000; disk_hash++) {
        protocol_memo_clear(memo);
        due += protocol_memo_is_due(memo, disk_hash);
    }
    assert_in_range(due, 120, 300);
    protocol_memo_free(memo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_kept_is_found_and_nothing_else),
        cmocka_unit_test(about_one_in_a_hundred_is_due_as_the_seed_has_it),
        cmocka_unit_test(another_store_is_another_draw),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
