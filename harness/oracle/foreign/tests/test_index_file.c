/* Index files: entries, chains and headers against the log. */
#include "harness/oracle/foreign/tests/foreign_fixture.h"

#define NAME    "20260101000000123"
#define PATH    "index/" NAME
#define SLOTS   7u
#define ENTRIES 20u /* with number 0, that none has */
#define RECORDS 5u
#define KEYS    2u /* of each record */

struct index {
    struct foreign_fixture base;
    struct storemaker_record places[RECORDS];
    uint32_t count; /* as in the header */
};

/* Of ASCII text. */
static uint32_t hash_of(const char *key)
{
    uint32_t hash = 0;
    for (; *key != '\0'; key++) {
        hash = hash * 31 + (uint8_t)*key;
    }
    hash = hash > INT32_MAX ? 0u - hash : hash;
    return hash > INT32_MAX ? 0 : hash;
}

static uint8_t *file_of(struct index *index)
{
    return storemaker_make(&index->base.maker, PATH, 40 + 4 * SLOTS + 20 * ENTRIES)->data;
}

static uint8_t *entry_of(struct index *index, uint32_t number)
{
    return file_of(index) + 40 + 4 * SLOTS + 20 * number;
}

static uint8_t *slot_of(struct index *index, const char *key)
{
    return file_of(index) + 40 + 4 * (hash_of(key) % SLOTS);
}

/* As IndexFile.putKey does it. */
static void put_key(struct index *index, const char *key, uint64_t offset, int64_t ms)
{
    uint8_t *header = file_of(index);
    uint8_t *entry = entry_of(index, index->count);
    int64_t begin_ms = (int64_t)bytes_get_be64(header);
    bytes_put_be32(entry, hash_of(key));
    bytes_put_be64(entry + 4, offset);
    bytes_put_be32(entry + 12, begin_ms == 0 ? 0 : (uint32_t)((ms - begin_ms) / 1000));
    bytes_put_be32(entry + 16, bytes_get_be32(slot_of(index, key)));
    bytes_put_be32(slot_of(index, key), index->count);
    if (index->count == 1) {
        bytes_put_be64(header, (uint64_t)ms);
        bytes_put_be64(header + 16, offset);
    }
    bytes_put_be64(header + 8, (uint64_t)ms);
    bytes_put_be64(header + 24, offset);
    bytes_put_be32(header + 36, ++index->count);
}

/* Each record has two keys; a second and a half lie between two. */
static void set_up_in(struct index *index, bool is_dledger)
{
    foreign_fixture_init(&index->base);
    index->base.maker.is_dledger = is_dledger;
    index->count = 1;
    for (uint32_t i = 0; i < RECORDS; i++) {
        char text[64];
        char key[32];
        const struct storemaker_message like = {
            .queue_offset = -1, .store_timestamp_ms = FOREIGN_FIXTURE_MS + i * 1500};
        snprintf(text, sizeof text, "UNIQ_KEY=u%" PRIu32 ";KEYS=x k%" PRIu32 ";", i, i);
        index->places[i] = foreign_fixture_put(&index->base, "t", text, &like);
        uint64_t offset = index->places[i].offset;
        snprintf(key, sizeof key, "t#u%" PRIu32, i);
        put_key(index, key, offset, like.store_timestamp_ms);
        snprintf(key, sizeof key, "t#k%" PRIu32, i);
        put_key(index, key, offset, like.store_timestamp_ms);
    }
}

static void set_up(struct index *index)
{
    set_up_in(index, false);
}

static void tear_down(struct index *index)
{
    storemaker_done(&index->base.maker);
}

static void believes_a_file_of_any_size(void **state)
{
    (void)state;
    for (int is_dledger = 0; is_dledger < 2; is_dledger++) {
        struct index index;
        set_up_in(&index, is_dledger != 0);
        foreign_fixture_expect_intact(&index.base);
        assert_int_equal(index.base.summary.foreign.index_entry_count, RECORDS * KEYS);
        assert_int_equal(index.base.summary.foreign.index_unjudged_count, 0);
        tear_down(&index);
    }
}

static void wrong_hash(struct index *index)
{
    entry_of(index, 4)[3] ^= 1;
}

static void wrong_place(struct index *index)
{
    bytes_put_be64(entry_of(index, 4) + 4, index->places[1].offset + 1);
}

static void wrong_time(struct index *index)
{
    entry_of(index, 6)[15] += 1;
}

static void zero_entry(struct index *index)
{
    memset(entry_of(index, 7), 0, 20);
}

static void behind_the_log(struct index *index)
{
    put_key(index, "t#u4", index->base.maker.log_end + 100, FOREIGN_FIXTURE_MS + 6000);
    put_key(index, "t#u4", index->places[4].offset, FOREIGN_FIXTURE_MS + 6000);
}

static void judges_entries(void **state)
{
    (void)state;
    static const struct {
        void (*spoil)(struct index *index);
        uint32_t also;
        const char *text;
    } cases[] = {
        {wrong_hash, PROPERTY_BIT(REBUILD_EQUAL), "entry 4, expected the hash of a key"},
        {wrong_place, 0, "entry 4, expected a record at"},
        {wrong_time, 0, "entry 6, expected the seconds from"},
        {zero_entry, PROPERTY_BIT(REBUILD_EQUAL), "entry 7, expected one of the 10"},
        {behind_the_log, PROPERTY_BIT(REBUILD_EQUAL), "entry 11, expected a record at"},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct index index;
        set_up(&index);
        cases[i].spoil(&index);
        foreign_fixture_expect(&index.base, PROPERTY_BIT(QUEUE_TRUE) | cases[i].also,
                               cases[i].text);
        tear_down(&index);
    }
}

static void wrong_slot(struct index *index)
{
    bytes_put_be32(slot_of(index, "t#u0"), 1);
}

static void wrong_chain(struct index *index)
{
    for (uint32_t i = 2; i < index->count; i++) {
        if (bytes_get_be32(entry_of(index, i) + 16) != 0) {
            bytes_put_be32(entry_of(index, i) + 16, 0);
            return;
        }
    }
    fail();
}

static void chain_ahead(struct index *index)
{
    bytes_put_be32(entry_of(index, 1) + 16, 9);
}

static void wrong_end_time(struct index *index)
{
    file_of(index)[15] ^= 1;
}

static void wrong_begin_time(struct index *index)
{
    file_of(index)[7] ^= 1;
}

static void judges_chains_and_headers(void **state)
{
    (void)state;
    static const struct {
        void (*spoil)(struct index *index);
        uint32_t also; /* the seconds of entries count from the header's begin */
        const char *text;
    } cases[] = {
        {wrong_slot, 0, "slot "},
        {wrong_chain, 0, "before it in its chain, found 0"},
        {chain_ahead, 0, "entry 1, expected entry 0 before it in its chain, found 9"},
        {wrong_end_time, 0, "the header's end, expected time"},
        {wrong_begin_time, PROPERTY_BIT(QUEUE_TRUE), "the header's begin, expected time"},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct index index;
        set_up(&index);
        cases[i].spoil(&index);
        foreign_fixture_expect(&index.base, PROPERTY_BIT(REBUILD_EQUAL) | cases[i].also,
                               cases[i].text);
        tear_down(&index);
    }
}

static void no_entry_at_all(struct index *index)
{
    memset(file_of(index), 0, 40);
    bytes_put_be32(file_of(index) + 36, 1);
}

static void zero_header(struct index *index)
{
    memset(file_of(index), 0, 40);
}

static void empty_file(struct index *index)
{
    (void)file_of(index);
    storemaker_find(&index->base.maker, PATH)->size_bytes = 0;
}

/* What RocketMQ counts from 1 again leaves numbers in the slots. */
static void stale_slots(struct index *index)
{
    for (uint32_t i = 0; i < SLOTS; i++) {
        uint8_t *slot = file_of(index) + 40 + 4 * i;
        if (bytes_get_be32(slot) == 0) {
            bytes_put_be32(slot, 3);
        }
    }
    bytes_put_be32(entry_of(index, 1) + 16, 1);
}

/* A file whose first entries' records have expired. */
static void takes_what_is_legal(void **state)
{
    (void)state;
    static void (*const cases[])(struct index *) = {no_entry_at_all, zero_header, empty_file,
                                                    stale_slots};
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct index index;
        set_up(&index);
        cases[i](&index);
        foreign_fixture_expect_intact(&index.base);
        tear_down(&index);
    }
}

/* A file of a log that begins later; and a file that does not tell its number of slots. */
static void passes_over_what_has_expired(void **state)
{
    (void)state;
    for (int is_known = 0; is_known < 2; is_known++) {
        struct index index;
        foreign_fixture_init(&index.base);
        index.count = 1;
        index.base.maker.log_start = FOREIGN_FIXTURE_LOG_BYTES;
        storemaker_init(&index.base.maker);
        put_key(&index, "t#gone", 100, FOREIGN_FIXTURE_MS - 5000);
        const struct storemaker_record place =
            foreign_fixture_put(&index.base, "t", "KEYS=k;TAGS=a;", NULL);
        *storemaker_unit_at(&index.base.maker, "t", 0, 0) = 0;
        storemaker_put_unit(&index.base.maker, "t", 0, 0, &place, 97);
        if (is_known != 0) {
            put_key(&index, "t#k", place.offset, FOREIGN_FIXTURE_MS);
            put_key(&index, "t#T#a", place.offset, FOREIGN_FIXTURE_MS);
        }
        foreign_fixture_expect_intact(&index.base);
        assert_int_equal(index.base.summary.foreign.index_entry_count, is_known != 0 ? 2 : 0);
        assert_int_equal(index.base.summary.foreign.index_unjudged_count, is_known != 0 ? 0 : 1);
        tear_down(&index);
    }
}

static void finds_more_entries_than_there_is_room_for(void **state)
{
    (void)state;
    struct index index;
    set_up(&index);
    bytes_put_be32(file_of(&index) + 36, ENTRIES + 5);
    test_ok(foreign_fixture_run(&index.base), index.base.err);
    assert_int_equal(index.base.summary.foreign.index_unjudged_count, 1);
    tear_down(&index);
}

/* An unclean start deletes a file that ends behind the checkpoint's index time. */
static void calls_pending_what_a_start_deletes(void **state)
{
    (void)state;
    for (int is_flushed = 0; is_flushed < 2; is_flushed++) {
        uint8_t page[4096] = {0};
        struct index index;
        set_up(&index);
        wrong_place(&index);
        storemaker_write(&index.base.maker, "abort", "1", 1);
        bytes_put_be64(page + 16, is_flushed != 0 ? FOREIGN_FIXTURE_MS + 100000 : 0);
        storemaker_write(&index.base.maker, "checkpoint", page, sizeof page);
        test_ok(foreign_fixture_run(&index.base), index.base.err);
        assert_int_equal(index.base.summary.pending_count, is_flushed != 0 ? 0 : 1);
        assert_int_equal(index.base.summary.violation_count, is_flushed != 0 ? 1 : 0);
        tear_down(&index);
    }
}

static void tells_a_read_error(void **state)
{
    (void)state;
    static const char *const calls[] = {"list", "size", "read"};
    for (size_t i = 0; i < TEST_COUNT(calls); i++) {
        struct index index;
        set_up(&index);
        index.base.maker.fault = (struct storemaker_fault){calls[i], "index", -EIO};
        test_code(foreign_fixture_run(&index.base), -EIO);
        tear_down(&index);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(believes_a_file_of_any_size),
        cmocka_unit_test(judges_entries),
        cmocka_unit_test(judges_chains_and_headers),
        cmocka_unit_test(takes_what_is_legal),
        cmocka_unit_test(passes_over_what_has_expired),
        cmocka_unit_test(finds_more_entries_than_there_is_room_for),
        cmocka_unit_test(calls_pending_what_a_start_deletes),
        cmocka_unit_test(tells_a_read_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
