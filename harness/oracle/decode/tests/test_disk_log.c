/* The bytes of a log: its names, the file of an offset, and what is readable at a place. */
#include "harness/oracle/decode/tests/log_fixture.h"

#define BODY      LOG_FIXTURE_BODY
#define FILE_SIZE LOG_FIXTURE_FILE_SIZE
#define CHUNK     DISK_LOG_CHUNK_SIZE_BYTES
#define PIECE     65536u

static void parses_names_of_20_digits_and_no_others(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool is_name;
        uint64_t start;
    } cases[] = {
        {"00000000000000000000", true, 0},
        {"00000000000000004096", true, 4096},
        {"04611686018427387904", true, UINT64_C(1) << 62},
        {"0000000000000000409", false, 0},
        {"000000000000000004096", false, 0},
        {"0000000000000000409a", false, 0},
        {"0000000000000000409/", false, 0},
        {"0000000000000000409:", false, 0},
        {"99999999999999999999", false, 0},
        {"", false, 0},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        uint64_t start = 7;
        test_row(cases[i].name);
        assert_int_equal(disk_log_parse_name(cases[i].name, &start), cases[i].is_name);
        if (cases[i].is_name) {
            char name[21];
            assert_int_equal(start, cases[i].start);
            assert_ptr_equal(disk_log_put_name(name, start), name + 20);
            assert_string_equal(name, cases[i].name);
        }
    }
}

static void finds_the_file_of_an_offset(void **state)
{
    (void)state;
    struct log_fixture fixture;
    char path[DISK_LOG_PATH_SIZE_BYTES];
    log_fixture_init(&fixture, false, false, FILE_SIZE);
    fixture.maker.log_start = FILE_SIZE;
    storemaker_init(&fixture.maker);
    log_fixture_put(&fixture, 16, BODY);
    test_ok(disk_log_list(&fixture.log, &fixture.view, &fixture.err), fixture.err);
    assert_int_equal(fixture.log.file_count, 4);
    assert_int_equal(fixture.log.min_offset, FILE_SIZE);
    assert_int_equal(disk_log_find_file(&fixture.log, FILE_SIZE - 1), 4);
    assert_int_equal(disk_log_find_file(&fixture.log, FILE_SIZE), 0);
    assert_int_equal(disk_log_find_file(&fixture.log, 2 * FILE_SIZE - 1), 0);
    assert_int_equal(disk_log_find_file(&fixture.log, 2 * FILE_SIZE), 1);
    assert_int_equal(disk_log_find_file(&fixture.log, 5 * FILE_SIZE - 1), 3);
    assert_int_equal(disk_log_find_file(&fixture.log, 5 * FILE_SIZE), 4);
    /* Past the end of a short file there is none, although the next one follows. */
    fixture.log.files[1].size_bytes = 100;
    assert_int_equal(disk_log_find_file(&fixture.log, 2 * FILE_SIZE + 99), 1);
    assert_int_equal(disk_log_find_file(&fixture.log, 2 * FILE_SIZE + 100), 4);
    disk_log_path(&fixture.log, 1, path);
    assert_string_equal(path, "commitlog/00000000000000001024");
    disk_log_path(&fixture.log, 4, path);
    assert_string_equal(path, "commitlog/00000000000000000000");
    log_fixture_done(&fixture);
}

/* A file of `size_bytes` whose bytes are the low ones of their chunk's number, listed. */
static void make_large(struct log_fixture *fixture, bool keep, size_t size_bytes)
{
    log_fixture_init(fixture, false, keep, size_bytes);
    uint8_t *data =
        storemaker_make(&fixture->maker, "commitlog/00000000000000000000", size_bytes)->data;
    for (size_t i = 0; i < size_bytes; i += 4096) {
        data[i] = (uint8_t)(1 + i / CHUNK);
    }
    test_ok(disk_log_list(&fixture->log, &fixture->view, &fixture->err), fixture->err);
    fixture->maker.read_count = 0;
}

static void moves_a_window_of_a_chunk_over_a_file(void **state)
{
    (void)state;
    struct log_fixture fixture;
    const uint8_t *at = NULL;
    make_large(&fixture, false, CHUNK + 8192);
    const struct disk_log_input input = {&fixture.log, &fixture.view, &fixture.err};
    assert_int_equal(disk_log_need(&input, 0, 4096, 8, &at), CHUNK);
    assert_int_equal(*at, 1);
    /* What lies in it is not read again; what leaves it at either end is. */
    assert_int_equal(disk_log_need(&input, 0, CHUNK, 4096, &at), 4096);
    assert_int_equal(*at, 2);
    assert_int_equal(fixture.maker.read_count, 1);
    assert_int_equal(disk_log_need(&input, 0, CHUNK, 4097, &at), 8192);
    assert_int_equal(fixture.maker.read_count, 2);
    assert_int_equal(disk_log_need(&input, 0, CHUNK - 4096, 8, &at), 8192 + 4096);
    assert_int_equal(*at, 1);
    assert_int_equal(fixture.maker.read_count, 3);
    /* More than there is: what there is. */
    assert_int_equal(disk_log_need(&input, 0, CHUNK + 8191, 100, &at), 1);
    assert_int_equal(fixture.maker.read_count, 3);
    assert_int_equal(disk_log_need(&input, 0, CHUNK + 8192, 1, &at), 0);
    assert_int_equal(fixture.maker.read_bytes, CHUNK + 8192 + 8192 + 4096);
    log_fixture_done(&fixture);
}

static void holds_a_file_of_a_chunk_whole(void **state)
{
    (void)state;
    struct log_fixture fixture;
    const uint8_t *at = NULL;
    make_large(&fixture, true, CHUNK);
    const struct disk_log_input input = {&fixture.log, &fixture.view, &fixture.err};
    assert_int_equal(disk_log_need(&input, 0, 4096, 8, &at), CHUNK - 4096);
    assert_int_equal(*at, 1);
    assert_int_equal(fixture.log.files[0].loaded_bytes, CHUNK);
    assert_int_equal(fixture.maker.read_count, 1);
    log_fixture_done(&fixture);
}

static void holds_pieces_of_a_larger_file_as_far_as_they_are_needed(void **state)
{
    (void)state;
    struct log_fixture fixture;
    const uint8_t *at = NULL;
    make_large(&fixture, true, CHUNK + 4096);
    const struct disk_log_input input = {&fixture.log, &fixture.view, &fixture.err};
    assert_int_equal(disk_log_need(&input, 0, 4096, 8, &at), PIECE - 4096);
    assert_int_equal(*at, 1);
    assert_int_equal(fixture.log.files[0].loaded_bytes, PIECE);
    assert_int_equal(disk_log_need(&input, 0, PIECE - 8, 8, &at), 8);
    assert_int_equal(fixture.maker.read_count, 1);
    assert_int_equal(disk_log_need(&input, 0, PIECE - 8, 9, &at), PIECE + 8);
    assert_int_equal(fixture.maker.read_count, 2);
    assert_int_equal(disk_log_need(&input, 0, CHUNK, 8192, &at), 4096);
    assert_int_equal(*at, 2);
    assert_int_equal(fixture.maker.read_count, CHUNK / PIECE + 1);
    assert_int_equal(disk_log_need(&input, 0, 0, 1, &at), CHUNK + 4096);
    assert_int_equal(fixture.maker.read_count, CHUNK / PIECE + 1);
    log_fixture_done(&fixture);
}

/* A file that became shorter after it was listed. */
static void takes_a_short_read_for_the_end_of_the_file(void **state)
{
    (void)state;
    struct log_fixture fixture;
    const uint8_t *at = NULL;
    for (int keep = 0; keep < 2; keep++) {
        log_fixture_init(&fixture, false, keep, FILE_SIZE);
        log_fixture_put(&fixture, 5, BODY);
        test_ok(disk_log_list(&fixture.log, &fixture.view, &fixture.err), fixture.err);
        log_fixture_file(&fixture, 0)->size_bytes = 300;
        const struct disk_log_input input = {&fixture.log, &fixture.view, &fixture.err};
        assert_int_equal(disk_log_need(&input, 0, 200, 200, &at), 100);
        assert_int_equal(fixture.log.files[0].size_bytes, keep ? 300 : FILE_SIZE);
        log_fixture_done(&fixture);
    }
}

static void refuses_to_hold_more_than_2_gib(void **state)
{
    (void)state;
    struct log_fixture fixture;
    const uint8_t *at = NULL;
    log_fixture_init(&fixture, false, true, FILE_SIZE);
    log_fixture_put(&fixture, 1, BODY);
    test_ok(disk_log_list(&fixture.log, &fixture.view, &fixture.err), fixture.err);
    const struct disk_log_input input = {&fixture.log, &fixture.view, &fixture.err};
    fixture.log.bytes_size = (size_t)(UINT64_C(2) << 30) - FILE_SIZE + 1;
    test_code((int)disk_log_need(&input, 0, 0, 8, &at), -EFBIG);
    test_contains(fixture.err.text, "too large to be judged in memory");
    log_fixture_done(&fixture);
}

static void reads_the_record_at_an_offset(void **state)
{
    (void)state;
    for (int is_dledger = 0; is_dledger < 2; is_dledger++) {
        struct log_fixture fixture;
        struct disk_record record = {0};
        const uint8_t *bytes = NULL;
        uint64_t header = is_dledger ? 48 : 0;
        log_fixture_init(&fixture, is_dledger, false, FILE_SIZE);
        log_fixture_put(&fixture, 7, BODY);
        test_ok(disk_log_list(&fixture.log, &fixture.view, &fixture.err), fixture.err);
        uint64_t offset = FILE_SIZE + header;
        assert_int_equal(disk_log_read_at(&fixture.log, &fixture.view, offset, &record, &bytes), 1);
        assert_int_equal(record.offset, offset);
        assert_int_equal(record.file, 1);
        assert_int_equal(record.queue_offset, is_dledger ? 3 : 5);
        assert_int_equal(bytes[record.body_at], is_dledger ? 'd' : 'f');
        /* Zeros, no file, within a record, one that stands elsewhere. */
        assert_int_equal(
            disk_log_read_at(&fixture.log, &fixture.view, is_dledger ? 1500 : 800, &record, &bytes),
            0);
        assert_int_equal(
            disk_log_read_at(&fixture.log, &fixture.view, 4 * FILE_SIZE, &record, &bytes), 0);
        assert_int_equal(disk_log_read_at(&fixture.log, &fixture.view, offset + 1, &record, &bytes),
                         0);
        assert_int_equal(
            disk_log_read_at(&fixture.log, &fixture.view, FILE_SIZE - 7, &record, &bytes), 0);
        storemaker_record_at(&fixture.maker, offset)[35] ^= 1;
        assert_int_equal(disk_log_read_at(&fixture.log, &fixture.view, offset, &record, &bytes), 0);
        fixture.maker.fault = (struct storemaker_fault){"read", "", -EIO};
        test_code(disk_log_read_at(&fixture.log, &fixture.view, offset, &record, &bytes), -EIO);
        log_fixture_done(&fixture);
    }
}

/* It is read a page at first. */
static void reads_a_record_larger_than_a_page(void **state)
{
    (void)state;
    struct log_fixture fixture;
    struct disk_record record = {0};
    const uint8_t *bytes = NULL;
    log_fixture_init(&fixture, false, false, 20000);
    log_fixture_put(&fixture, 3, 4096 - 92);
    log_fixture_put(&fixture, 1, 4096 - 91);
    test_ok(disk_log_list(&fixture.log, &fixture.view, &fixture.err), fixture.err);
    fixture.maker.read_count = 0;
    assert_int_equal(disk_log_read_at(&fixture.log, &fixture.view, 4096, &record, &bytes), 1);
    assert_int_equal(record.size_bytes, 4096);
    assert_int_equal(fixture.maker.read_count, 1);
    assert_int_equal(disk_log_read_at(&fixture.log, &fixture.view, 3 * 4096, &record, &bytes), 1);
    assert_int_equal(record.size_bytes, 4097);
    assert_int_equal(fixture.maker.read_count, 3);
    log_fixture_done(&fixture);
}

static void refuses_a_record_of_another_place_or_not_whole(void **state)
{
    (void)state;
    struct disk_log log = {.is_lenient = false};
    struct disk_record record = {.offset = 100,
                                 .stored_offset = 100,
                                 .crc = DISK_RECORD_CRC_ABSENT,
                                 .are_properties_whole = true};
    assert_null(disk_log_refuse(&log, &record));
    record.are_properties_whole = false;
    assert_string_equal(disk_log_refuse(&log, &record), "its properties are damaged");
    record.crc = DISK_RECORD_CRC_OK;
    assert_null(disk_log_refuse(&log, &record));
    record.crc = DISK_RECORD_CRC_BAD;
    assert_string_equal(disk_log_refuse(&log, &record), "the record's CRC does not match");
    log.is_lenient = true;
    assert_null(disk_log_refuse(&log, &record));
    record.stored_offset = 101;
    assert_string_equal(disk_log_refuse(&log, &record), "it says that it stands elsewhere");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_names_of_20_digits_and_no_others),
        cmocka_unit_test(finds_the_file_of_an_offset),
        cmocka_unit_test(moves_a_window_of_a_chunk_over_a_file),
        cmocka_unit_test(holds_a_file_of_a_chunk_whole),
        cmocka_unit_test(holds_pieces_of_a_larger_file_as_far_as_they_are_needed),
        cmocka_unit_test(takes_a_short_read_for_the_end_of_the_file),
        cmocka_unit_test(refuses_to_hold_more_than_2_gib),
        cmocka_unit_test(reads_the_record_at_an_offset),
        cmocka_unit_test(reads_a_record_larger_than_a_page),
        cmocka_unit_test(refuses_a_record_of_another_place_or_not_whole),
    };
    return cmocka_run_group_tests_name("harness.judge.disk_log", tests, NULL, NULL);
}
