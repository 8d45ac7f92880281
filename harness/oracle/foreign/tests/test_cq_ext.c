/* Units whose tags field is an address into consumequeue_ext/. */
#include "harness/oracle/foreign/tests/foreign_fixture.h"

#define PATH    "consumequeue_ext/t/0/00000000000000000000"
#define RECORDS 6u
#define UNIT    20u
#define SECOND  200u /* where the second file begins */

struct ext {
    struct foreign_fixture base;
    struct storemaker_record places[RECORDS];
};

static uint8_t *make_unit(struct ext *ext, uint64_t at)
{
    uint64_t start = at >= SECOND ? SECOND : 0;
    char path[80];
    snprintf(path, sizeof path, "consumequeue_ext/t/0/%020" PRIu64, start);
    return storemaker_make(&ext->base.maker, path, SECOND)->data + (at - start);
}

/* Units of 20 bytes, the fourth with a bit map; the last two are in a second file. */
static void set_up(struct ext *ext)
{
    foreign_fixture_init(&ext->base);
    uint64_t at = 0;
    for (uint32_t i = 0; i < RECORDS; i++) {
        uint16_t bitmap = i == 3 ? 8 : 0;
        at = i == 4 ? SECOND : at;
        const struct storemaker_message like = {.queue_offset = -1,
                                                .store_timestamp_ms = FOREIGN_FIXTURE_MS + i,
                                                .tags_code = INT64_MIN + (int64_t)at};
        ext->places[i] = foreign_fixture_put(&ext->base, "t", "TAGS=a;", &like);
        uint8_t *unit = make_unit(ext, at);
        bytes_put_be16(unit, (uint16_t)(UNIT + bitmap));
        bytes_put_be64(unit + 2, 97);
        bytes_put_be64(unit + 10, (uint64_t)(FOREIGN_FIXTURE_MS + i));
        bytes_put_be16(unit + 18, bitmap);
        at += UNIT + bitmap;
    }
}

static void tear_down(struct ext *ext)
{
    storemaker_done(&ext->base.maker);
}

static void follows_addresses(void **state)
{
    (void)state;
    struct ext ext;
    set_up(&ext);
    foreign_fixture_expect_intact(&ext.base);
    assert_int_equal(ext.base.summary.foreign.ext_unit_count, RECORDS);
    tear_down(&ext);
}

/* The queue may have been written without ext units before and after. */
static void takes_hashes_beside_addresses(void **state)
{
    (void)state;
    struct ext ext;
    set_up(&ext);
    storemaker_put_unit(&ext.base.maker, "t", 0, 2, &ext.places[2], 97);
    foreign_fixture_expect_intact(&ext.base);
    tear_down(&ext);
}

static void spoil_hash(struct ext *ext)
{
    bytes_put_be64(make_unit(ext, UNIT) + 2, 98);
}

static void spoil_time(struct ext *ext)
{
    make_unit(ext, UNIT)[17] ^= 1;
}

static void spoil_size(struct ext *ext)
{
    make_unit(ext, UNIT)[1] = 19;
}

static void spoil_bitmap(struct ext *ext)
{
    make_unit(ext, UNIT)[19] = 8;
}

static void spoil_address(struct ext *ext)
{
    storemaker_put_unit(&ext->base.maker, "t", 0, 1, &ext->places[1], INT64_MIN + 5000);
}

static void remove_files(struct ext *ext)
{
    storemaker_remove_under(&ext->base.maker, "consumequeue_ext/");
}

static void remove_first(struct ext *ext)
{
    storemaker_remove(&ext->base.maker, PATH);
}

static void spoil_plain_hash(struct ext *ext)
{
    storemaker_put_unit(&ext->base.maker, "t", 0, 1, &ext->places[1], INT32_MIN);
}

static void judges_each_wrong_unit(void **state)
{
    (void)state;
    static const struct {
        void (*spoil)(struct ext *ext);
        const char *text;
    } cases[] = {
        {spoil_hash, "leads to an ext unit with the wrong tags hash, expected 97, found 98"},
        {spoil_time, "leads to an ext unit with the wrong store time"},
        {spoil_size, "leads to no ext unit"},
        {spoil_bitmap, "leads to no ext unit"},
        {spoil_address, "leads nowhere, expected an ext unit at byte 5000"},
        {remove_files, "unit 5: its tags field leads nowhere"},
        {remove_first, "unit 0: its tags field leads nowhere"},
        {spoil_plain_hash, "is the wrong tags hash, expected 97, found -2147483648"},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct ext ext;
        set_up(&ext);
        cases[i].spoil(&ext);
        foreign_fixture_expect(&ext.base, PROPERTY_BIT(QUEUE_TRUE) | PROPERTY_BIT(REBUILD_EQUAL),
                               cases[i].text);
        tear_down(&ext);
    }
}

static void tells_a_read_error(void **state)
{
    (void)state;
    struct ext ext;
    set_up(&ext);
    ext.base.maker.fault = (struct storemaker_fault){"read", "consumequeue_ext", -EIO};
    test_code(foreign_fixture_run(&ext.base), -EIO);
    tear_down(&ext);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_addresses),
        cmocka_unit_test(takes_hashes_beside_addresses),
        cmocka_unit_test(judges_each_wrong_unit),
        cmocka_unit_test(tells_a_read_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
