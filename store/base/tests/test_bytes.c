/* Tests of store/base/bytes.c. */
#include "harness/testkit/test.h"
#include "store/base/bytes.h"

static void integers_are_big_endian_at_any_alignment(void **state)
{
    (void)state;
    uint8_t at[16] = {0};
    bytes_put_be16(at + 1, 0x0102);
    bytes_put_be32(at + 3, 0x03040506);
    bytes_put_be64(at + 7, 0x0708090A0B0C0D0E);
    for (uint8_t i = 0; i < 15; i++) {
        assert_int_equal(at[i], i);
    }
    assert_int_equal(bytes_get_be16(at + 1), 0x0102);
    assert_int_equal(bytes_get_be32(at + 3), 0x03040506);
    assert_true(bytes_get_be64(at + 7) == UINT64_C(0x0708090A0B0C0D0E));
}

static void extremes_survive_a_round_trip(void **state)
{
    (void)state;
    uint8_t at[8];
    bytes_put_be64(at, UINT64_MAX);
    assert_true(bytes_get_be64(at) == UINT64_MAX);
    bytes_put_be64(at, (uint64_t)INT64_MIN);
    assert_int_equal(at[0], 0x80);
    assert_true((int64_t)bytes_get_be64(at) == INT64_MIN);
}

static void one_byte_anywhere_is_not_zero(void **state)
{
    (void)state;
    uint8_t at[67] = {0};
    assert_true(bytes_is_zero(at, 0));
    assert_true(bytes_is_zero(at, sizeof(at)));
    for (size_t i = 0; i < sizeof(at); i++) {
        at[i] = 1;
        assert_false(bytes_is_zero(at, sizeof(at)));
        assert_true(bytes_is_zero(at, i));
        at[i] = 0;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_big_endian_at_any_alignment),
        cmocka_unit_test(extremes_survive_a_round_trip),
        cmocka_unit_test(one_byte_anywhere_is_not_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
