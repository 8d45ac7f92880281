/* Numbers with units, both ways. */
#include "harness/base/units.h"
#include "harness/testkit/test.h"

static void parses_durations_in_every_unit(void **state)
{
    static const struct {
        const char *text;
        int64_t duration_ms;
    } rows[] = {{"200ms", 200},  {"5s", 5000},      {"3m", 180000},
                {"1h", 3600000}, {"-1h", -3600000}, {"0", 0}};
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        int64_t duration_ms = -1;
        test_row(rows[i].text);
        assert_true(units_parse_duration(rows[i].text, &duration_ms));
        assert_int_equal(duration_ms, rows[i].duration_ms);
    }
}

static void refuses_durations_that_are_none(void **state)
{
    static const char *const rows[] = {
        "", "5", "s", "5 s", "5sec", "--1h", "+1h", "1.5s", "99999999999999999999h", "-"};
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        int64_t duration_ms = 7;
        test_row(rows[i]);
        assert_false(units_parse_duration(rows[i], &duration_ms));
        assert_int_equal(duration_ms, 7);
    }
}

static void parses_sizes_in_every_unit(void **state)
{
    static const struct {
        const char *text;
        uint64_t size_bytes;
    } rows[] = {{"400", 400}, {"400B", 400}, {"4KiB", 4096}, {"5MiB", 5242880}, {"1GiB", 1u << 30}};
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        uint64_t size_bytes = 0;
        test_row(rows[i].text);
        assert_true(units_parse_size(rows[i].text, &size_bytes));
        assert_int_equal(size_bytes, rows[i].size_bytes);
    }
}

static void refuses_sizes_that_are_none(void **state)
{
    static const char *const rows[] = {
        "", "B", "-1", "4KB", "4 KiB", "18446744073709551616", "99999999GiB"};
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        uint64_t size_bytes = 0;
        test_row(rows[i]);
        assert_false(units_parse_size(rows[i], &size_bytes));
    }
}

static void prints_what_it_parses_back(void **state)
{
    uint64_t random = 1;
    (void)state;
    for (int i = 0; i < 10000; i++) {
        char text[64];
        int64_t duration_ms = 0;
        uint64_t size_bytes = 0;
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        int64_t wanted = (int64_t)(random >> 30) * (i % 3 == 0 ? 60000 : 1) % 1000000000;
        wanted = i % 2 == 0 ? wanted : -wanted;
        units_print_duration(wanted, text, sizeof(text));
        assert_true(units_parse_duration(text, &duration_ms));
        assert_int_equal(duration_ms, wanted);
        units_print_size(random >> 32 << i % 12, text, sizeof(text));
        assert_true(units_parse_size(text, &size_bytes));
        assert_int_equal(size_bytes, random >> 32 << i % 12);
    }
}

static void counts_keep_to_their_maximum(void **state)
{
    uint64_t count = 0;
    (void)state;
    assert_true(units_parse_count("3", 3, &count));
    assert_int_equal(count, 3);
    assert_false(units_parse_count("4", 3, &count));
    assert_true(units_parse_count("4294967295", UINT32_MAX, &count));
    assert_false(units_parse_count("4294967296", UINT32_MAX, &count));
    assert_false(units_parse_count("1x", 10, &count));
}

static void hex_takes_one_to_sixteen_digits(void **state)
{
    uint64_t value = 0;
    (void)state;
    assert_true(units_parse_hex("5eed", &value));
    assert_int_equal(value, 0x5eed);
    assert_true(units_parse_hex("ffffffffffffffff", &value));
    assert_true(value == UINT64_MAX);
    assert_false(units_parse_hex("", &value));
    assert_false(units_parse_hex("0x5", &value));
    assert_false(units_parse_hex("11111111111111111", &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_durations_in_every_unit),
        cmocka_unit_test(refuses_durations_that_are_none),
        cmocka_unit_test(parses_sizes_in_every_unit),
        cmocka_unit_test(refuses_sizes_that_are_none),
        cmocka_unit_test(prints_what_it_parses_back),
        cmocka_unit_test(counts_keep_to_their_maximum),
        cmocka_unit_test(hex_takes_one_to_sixteen_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
