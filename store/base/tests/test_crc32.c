/* Tests of store/base/crc32.c. */
#include "harness/testkit/test.h"
#include "store/base/crc32.h"

/* The check value of CRC-32/ISO-HDLC, which java.util.zip.CRC32 is. */
static void gives_the_published_check_value(void **state)
{
    (void)state;
    assert_int_equal(crc32_of("123456789", 9), 0xCBF43926);
}

static void no_bytes_give_zero(void **state)
{
    (void)state;
    assert_int_equal(crc32_of(NULL, 0), 0);
    assert_int_equal(crc32_of("", 0), 0);
}

static void any_split_gives_the_same_value(void **state)
{
    (void)state;
    const char text[] = "123456789";
    for (size_t split = 0; split <= 9; split++) {
        uint32_t crc = crc32_update(0, text, split);
        assert_int_equal(crc32_update(crc, text + split, 9 - split), 0xCBF43926);
    }
    assert_int_equal(crc32_update(0xCBF43926, NULL, 0), 0xCBF43926);
}

/* The definition, bit by bit: an independent computation over all lengths up to 300. */
static uint32_t crc_by_definition(const uint8_t *data, size_t size_bytes)
{
    uint32_t crc = 0xFFFFFFFF;
    for (size_t i = 0; i < size_bytes; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
        }
    }
    return ~crc;
}

static void agrees_with_the_definition(void **state)
{
    (void)state;
    uint8_t data[300];
    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)(i * 167 + 13);
    }
    for (size_t size_bytes = 0; size_bytes <= sizeof(data); size_bytes++) {
        assert_int_equal(crc32_of(data, size_bytes), crc_by_definition(data, size_bytes));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_published_check_value),
        cmocka_unit_test(no_bytes_give_zero),
        cmocka_unit_test(any_split_gives_the_same_value),
        cmocka_unit_test(agrees_with_the_definition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
