/* The walk over a log: what it takes for a record, for the end, and for damage in between. */
#include "harness/oracle/decode/tests/log_fixture.h"
#include "harness/testkit/golden.h"

#define GOLDEN(name) TEST_SOURCE_DIR "/store/tests/golden/" name ".hex"
#define BODY         LOG_FIXTURE_BODY
#define FILE_SIZE    LOG_FIXTURE_FILE_SIZE

static void walks_records_and_blanks_held_or_through_a_window(void **state)
{
    (void)state;
    for (int keep = 0; keep < 2; keep++) {
        struct log_fixture fixture;
        log_fixture_init(&fixture, false, keep, FILE_SIZE);
        log_fixture_put(&fixture, 7, BODY);
        test_ok(log_fixture_read(&fixture, true), fixture.err);
        assert_string_equal(fixture.seen, "0+100 100+100 200+100 300+100 400+100 blank 0@500+12 "
                                          "512+100 612+100 ");
        assert_int_equal(fixture.log.end_offset, 712);
        assert_string_equal(fixture.log.end_why, "zeros");
        assert_int_equal(fixture.log.end_file, 1);
        assert_true(fixture.log.is_tail_zero);
        log_fixture_done(&fixture);
    }
}

static void walks_the_records_inside_dledger_entries(void **state)
{
    (void)state;
    for (int keep = 0; keep < 2; keep++) {
        struct log_fixture fixture;
        log_fixture_init(&fixture, true, keep, FILE_SIZE);
        log_fixture_put(&fixture, 4, BODY);
        test_ok(log_fixture_read(&fixture, true), fixture.err);
        assert_string_equal(fixture.seen, "48+100 196+100 344+100 blank 0@444+68 560+100 ");
        assert_int_equal(fixture.log.end_offset, 660);
        assert_string_equal(fixture.log.end_why, "zeros");
        assert_int_equal(fixture.log.entry_index, 3);
        assert_int_equal(fixture.log.entry_term, 1);
        log_fixture_done(&fixture);
    }
}

static int keep_record(void *arg, struct disk_record *record, const uint8_t *bytes)
{
    struct disk_record *kept = arg;
    assert_int_equal(bytes_get_be32(bytes), record->size_bytes);
    *kept = *record;
    return 0;
}

static void walks_the_golden_dledger_entry(void **state)
{
    (void)state;
    struct log_fixture fixture;
    struct buffer bytes;
    log_fixture_init(&fixture, true, true, 4096);
    golden_load(GOLDEN("dledger_entry"), &bytes);
    struct storemaker_file *file =
        storemaker_make(&fixture.maker, "dledger-n0/data/00000000005000000000", 4096);
    memcpy(file->data, bytes.data, bytes.size_bytes);
    struct disk_record record = {0};
    const struct disk_log_visitor visitor = {&record, keep_record, NULL, NULL};
    test_ok(disk_log_list(&fixture.log, &fixture.view, &fixture.err), fixture.err);
    test_ok(disk_log_scan(&fixture.log, &fixture.view, &visitor, &fixture.err), fixture.err);
    assert_int_equal(record.entry_index, 11);
    assert_int_equal(record.entry_term, 4);
    assert_int_equal(record.offset, 5000000048);
    assert_int_equal(record.queue_offset, 9);
    assert_int_equal(record.bytes_at, 48);
    assert_int_equal(fixture.log.end_offset, 5000000000 + bytes.size_bytes);
    assert_true(fixture.log.is_tail_zero);
    buffer_done(&bytes);
    log_fixture_done(&fixture);
}

/* How a log was spoiled, and what its walk tells; without `is_resuming` and with. */
struct row {
    const char *name;
    bool is_dledger;
    bool is_lenient;
    void (*spoil)(struct log_fixture *fixture);
    const char *seen;
    uint64_t end_offset;
    const char *why;
    const char *resumed;
};

/* The bytes of the third record of the made log; in DLedger mode of its entry. */
static uint8_t *third(struct log_fixture *fixture)
{
    return storemaker_record_at(&fixture->maker, fixture->maker.is_dledger ? 296 : 200);
}

static void spoil_body(struct log_fixture *fixture)
{
    third(fixture)[(fixture->maker.is_dledger ? 48 : 0) + 88] ^= 1;
}

static void spoil_place(struct log_fixture *fixture)
{
    third(fixture)[28 + 7] ^= 1;
}

static void spoil_magic(struct log_fixture *fixture)
{
    third(fixture)[4] ^= 1;
}

static void spoil_size(struct log_fixture *fixture)
{
    bytes_put_be32(third(fixture), DISK_RECORD_SIZE_BYTES_MIN - 1);
}

static void spoil_size_past_the_file(struct log_fixture *fixture)
{
    bytes_put_be32(third(fixture), 313);
}

static void zero_third(struct log_fixture *fixture)
{
    memset(third(fixture), 0, fixture->maker.is_dledger ? 148 : 100);
}

static void spoil_last(struct log_fixture *fixture)
{
    storemaker_record_at(&fixture->maker, 612)[88] ^= 1;
}

static void spoil_first_of_file(struct log_fixture *fixture)
{
    storemaker_record_at(&fixture->maker, 512)[88] ^= 1;
}

static void spoil_last_of_file(struct log_fixture *fixture)
{
    storemaker_record_at(&fixture->maker, 400)[88] ^= 1;
}

static void spoil_entry_magic(struct log_fixture *fixture)
{
    third(fixture)[3] = 2;
}

static void spoil_entry_size(struct log_fixture *fixture)
{
    bytes_put_be32(third(fixture) + 4, 149);
}

static void spoil_entry_size_below_a_record(struct log_fixture *fixture)
{
    bytes_put_be32(third(fixture) + 4, 48 + 90);
    bytes_put_be32(third(fixture) + 44, 90);
}

static void spoil_entry_size_past_the_file(struct log_fixture *fixture)
{
    bytes_put_be32(third(fixture) + 4, 217);
    bytes_put_be32(third(fixture) + 44, 217 - 48);
}

static void spoil_entry_size_beyond_its_record(struct log_fixture *fixture)
{
    bytes_put_be32(third(fixture) + 4, 216);
    bytes_put_be32(third(fixture) + 44, 216 - 48);
}

static void spoil_entry_place(struct log_fixture *fixture)
{
    third(fixture)[31] ^= 1;
}

static void lower_entry_place(struct log_fixture *fixture)
{
    bytes_put_be64(third(fixture) + 24, 148);
}

static void spoil_first_entry_index(struct log_fixture *fixture)
{
    bytes_put_be64(storemaker_record_at(&fixture->maker, 0) + 8, UINT64_MAX);
}

static void repeat_entry_index(struct log_fixture *fixture)
{
    bytes_put_be64(third(fixture) + 8, 1);
}

static void jump_entry_index(struct log_fixture *fixture)
{
    bytes_put_be64(third(fixture) + 8, 3);
}

static void lower_entry_term(struct log_fixture *fixture)
{
    bytes_put_be64(third(fixture) + 16, 0);
}

static void raise_entry_term(struct log_fixture *fixture)
{
    bytes_put_be64(third(fixture) + 16, 9);
}

static void spoil_entry_record_place(struct log_fixture *fixture)
{
    third(fixture)[48 + 28 + 7] ^= 1;
}

static void spoil_two_bodies(struct log_fixture *fixture)
{
    storemaker_record_at(&fixture->maker, 148)[48 + 88] ^= 1;
    third(fixture)[48 + 88] ^= 1;
}

#define PLAIN_HEAD   "0+100 100+100 "
#define PLAIN_TAIL   "300+100 400+100 512+100 612+100 "
#define DLEDGER_HEAD "48+100 196+100 "
#define DLEDGER_TAIL "560+100 708+100 856+100 1072+100 "
#define BODY_CRC     "the body's CRC does not match"

static const struct row rows[] = {
    {"body", false, false, spoil_body, PLAIN_HEAD, 200, BODY_CRC,
     PLAIN_HEAD "damage 200..300 (" BODY_CRC ") " PLAIN_TAIL},
    {"place", false, false, spoil_place, PLAIN_HEAD, 200, "it says that it stands elsewhere",
     PLAIN_HEAD "damage 200..300 (it says that it stands elsewhere) " PLAIN_TAIL},
    {"place, lenient", false, true, spoil_place, PLAIN_HEAD, 200,
     "it says that it stands elsewhere",
     PLAIN_HEAD "damage 200..300 (it says that it stands elsewhere) " PLAIN_TAIL},
    {"magic", false, false, spoil_magic, PLAIN_HEAD, 200, "no magic code",
     PLAIN_HEAD "damage 200..300 (no magic code) " PLAIN_TAIL},
    {"size", false, false, spoil_size, PLAIN_HEAD, 200, "its size is impossible",
     PLAIN_HEAD "damage 200..300 (its size is impossible) " PLAIN_TAIL},
    {"size past the file", false, false, spoil_size_past_the_file, PLAIN_HEAD, 200,
     "it does not fit in its file",
     PLAIN_HEAD "damage 200..300 (it does not fit in its file) " PLAIN_TAIL},
    {"zeros", false, false, zero_third, PLAIN_HEAD, 200, "zeros",
     PLAIN_HEAD "damage 200..300 (zeros) " PLAIN_TAIL},
    {"the last record", false, false, spoil_last, PLAIN_HEAD "200+100 300+100 400+100 512+100 ",
     612, BODY_CRC, PLAIN_HEAD "200+100 300+100 400+100 512+100 "},
    {"the first of a file", false, false, spoil_first_of_file,
     PLAIN_HEAD "200+100 300+100 400+100 ", 512, BODY_CRC,
     PLAIN_HEAD "200+100 300+100 400+100 damage 512..612 (" BODY_CRC ") 612+100 "},
    /* Nothing follows it in its file: whether the log goes on, the next file says. */
    {"the last of a file", false, false, spoil_last_of_file, PLAIN_HEAD "200+100 300+100 ", 400,
     BODY_CRC, PLAIN_HEAD "200+100 300+100 damage 400..512 (" BODY_CRC ") 512+100 612+100 "},
    {"entry: body", true, false, spoil_body, DLEDGER_HEAD, 296, BODY_CRC,
     DLEDGER_HEAD "damage 296..512 (" BODY_CRC ") " DLEDGER_TAIL},
    /* The library itself looks at headers only. */
    {"entry: body, lenient", true, true, spoil_two_bodies, "48+100 damage 148..296 (" BODY_CRC ") ",
     296, BODY_CRC,
     "48+100 damage 148..296 (" BODY_CRC ") damage 296..512 (" BODY_CRC ") " DLEDGER_TAIL},
    {"entry: magic", true, false, spoil_entry_magic, DLEDGER_HEAD, 296, "no entry magic",
     DLEDGER_HEAD "damage 296..512 (no entry magic) " DLEDGER_TAIL},
    {"entry: magic, lenient", true, true, spoil_entry_magic, DLEDGER_HEAD, 296, "no entry magic",
     DLEDGER_HEAD "damage 296..512 (no entry magic) " DLEDGER_TAIL},
    {"entry: sizes differ", true, false, spoil_entry_size, DLEDGER_HEAD, 296,
     "the entry's sizes are impossible",
     DLEDGER_HEAD "damage 296..512 (the entry's sizes are impossible) " DLEDGER_TAIL},
    {"entry: too small", true, false, spoil_entry_size_below_a_record, DLEDGER_HEAD, 296,
     "the entry's sizes are impossible",
     DLEDGER_HEAD "damage 296..512 (the entry's sizes are impossible) " DLEDGER_TAIL},
    {"entry: past the file", true, false, spoil_entry_size_past_the_file, DLEDGER_HEAD, 296,
     "the entry does not fit in its file",
     DLEDGER_HEAD "damage 296..512 (the entry does not fit in its file) " DLEDGER_TAIL},
    {"entry: larger than its record", true, false, spoil_entry_size_beyond_its_record, DLEDGER_HEAD,
     296, "the entry is larger than its record",
     DLEDGER_HEAD "damage 296..512 (the entry is larger than its record) " DLEDGER_TAIL},
    {"entry: place", true, false, spoil_entry_place, DLEDGER_HEAD, 296,
     "the entry says that it stands elsewhere",
     DLEDGER_HEAD "damage 296..512 (the entry says that it stands elsewhere) " DLEDGER_TAIL},
    {"entry: place before it", true, false, lower_entry_place, DLEDGER_HEAD, 296,
     "the entry says that it stands elsewhere",
     DLEDGER_HEAD "damage 296..512 (the entry says that it stands elsewhere) " DLEDGER_TAIL},
    {"entry: index below 0", true, false, spoil_first_entry_index, "", 0,
     "the entry's index does not follow the one before",
     "damage 0..148 (the entry's index does not follow the one before) 196+100 344+100 " DLEDGER_TAIL},
    /* Behind damage any index may follow. */
    {"entry: index again", true, false, repeat_entry_index, DLEDGER_HEAD, 296,
     "the entry's index does not follow the one before",
     DLEDGER_HEAD
     "damage 296..512 (the entry's index does not follow the one before) " DLEDGER_TAIL},
    {"entry: index left out", true, false, jump_entry_index, DLEDGER_HEAD, 296,
     "the entry's index does not follow the one before",
     DLEDGER_HEAD
     "damage 296..512 (the entry's index does not follow the one before) " DLEDGER_TAIL},
    {"entry: lower term", true, false, lower_entry_term, DLEDGER_HEAD, 296,
     "the entry's term is lower than the one before",
     DLEDGER_HEAD "damage 296..512 (the entry's term is lower than the one before) " DLEDGER_TAIL},
    {"entry: higher term", true, false, raise_entry_term, DLEDGER_HEAD "344+100 ", 512,
     "the entry's term is lower than the one before",
     DLEDGER_HEAD "344+100 damage 512..660 (the entry's term is lower than the one before) "
                  "708+100 856+100 1072+100 "},
    {"entry: its record's place", true, false, spoil_entry_record_place, DLEDGER_HEAD, 296,
     "it says that it stands elsewhere",
     DLEDGER_HEAD "damage 296..512 (it says that it stands elsewhere) " DLEDGER_TAIL},
    {"entry: zeros", true, false, zero_third, DLEDGER_HEAD, 296, "zeros",
     DLEDGER_HEAD "damage 296..512 (zeros) " DLEDGER_TAIL},
};

static void tells_row(const struct row *row, bool is_resuming, bool keep)
{
    struct log_fixture fixture;
    test_row(row->name);
    log_fixture_init(&fixture, row->is_dledger, keep, FILE_SIZE);
    log_fixture_put(&fixture, 7, BODY);
    row->spoil(&fixture);
    fixture.log.is_lenient = row->is_lenient;
    fixture.log.is_resuming = is_resuming;
    test_ok(log_fixture_read(&fixture, false), fixture.err);
    assert_string_equal(fixture.seen, is_resuming ? row->resumed : row->seen);
    if (!is_resuming) {
        assert_int_equal(fixture.log.end_offset, row->end_offset);
        assert_string_equal(fixture.log.end_why, row->why);
        assert_int_equal(fixture.log.end_file, row->end_offset / FILE_SIZE);
        assert_int_equal(fixture.log.is_tail_zero, !keep);
    }
    log_fixture_done(&fixture);
}

static void ends_at_the_first_thing_that_is_no_record(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        tells_row(&rows[i], false, true);
        tells_row(&rows[i], false, false);
    }
}

static void goes_on_behind_damage_where_that_is_asked_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        tells_row(&rows[i], true, true);
        tells_row(&rows[i], true, false);
    }
}

static void ends_where_the_visitor_lets_damage_be_the_end(void **state)
{
    (void)state;
    struct log_fixture fixture;
    log_fixture_init(&fixture, false, false, FILE_SIZE);
    log_fixture_put(&fixture, 12, BODY);
    spoil_body(&fixture);
    fixture.log.is_resuming = true;
    fixture.ends_at_damage = true;
    test_ok(log_fixture_read(&fixture, false), fixture.err);
    assert_string_equal(fixture.seen, PLAIN_HEAD "damage 200..300 (" BODY_CRC ") ");
    assert_int_equal(fixture.log.end_offset, 200);
    third(&fixture)[88] ^= 1;
    /* The same where only the next file tells that the log goes on. */
    spoil_last_of_file(&fixture);
    test_ok(log_fixture_read(&fixture, false), fixture.err);
    assert_string_equal(fixture.seen, PLAIN_HEAD "200+100 300+100 damage 400..512 (" BODY_CRC ") ");
    assert_int_equal(fixture.log.end_offset, 400);
    assert_string_equal(fixture.log.end_why, BODY_CRC);
    log_fixture_done(&fixture);
}

static void wants_whole_properties_unless_it_is_lenient(void **state)
{
    (void)state;
    for (int is_lenient = 0; is_lenient < 2; is_lenient++) {
        struct log_fixture fixture;
        log_fixture_init(&fixture, false, true, FILE_SIZE);
        const struct storemaker_message message = {.topic = "t",
                                                   .queue_offset = -1,
                                                   .properties = "TAGS\001a\002broken",
                                                   .properties_size_bytes = 13};
        storemaker_put(&fixture.maker, &message);
        fixture.log.is_lenient = is_lenient;
        test_ok(log_fixture_read(&fixture, false), fixture.err);
        assert_string_equal(fixture.seen, is_lenient ? "0+105 " : "");
        assert_string_equal(fixture.log.end_why,
                            is_lenient ? "zeros" : "its properties are damaged");
        log_fixture_done(&fixture);
    }
}

static void wants_the_record_crc_to_match_unless_it_is_lenient(void **state)
{
    (void)state;
    for (int is_lenient = 0; is_lenient < 2; is_lenient++) {
        struct log_fixture fixture;
        log_fixture_init(&fixture, false, true, FILE_SIZE);
        fixture.maker.with_crc = true;
        log_fixture_put(&fixture, 1, BODY);
        storemaker_record_at(&fixture.maker, 0)[16] ^= 1;
        fixture.log.is_lenient = is_lenient;
        test_ok(log_fixture_read(&fixture, false), fixture.err);
        assert_string_equal(fixture.seen, is_lenient ? "0+120 " : "");
        assert_string_equal(fixture.log.end_why,
                            is_lenient ? "zeros" : "the record's CRC does not match");
        log_fixture_done(&fixture);
    }
}

static void ends_at_a_missing_file_and_passes_over_it_when_resuming(void **state)
{
    (void)state;
    for (int is_dledger = 0; is_dledger < 2; is_dledger++) {
        struct log_fixture fixture;
        char path[STOREMAKER_PATH_SIZE_BYTES];
        log_fixture_init(&fixture, is_dledger, true, FILE_SIZE);
        log_fixture_put(&fixture, is_dledger ? 7 : 11, BODY);
        snprintf(path, sizeof path, "%s/%020d", fixture.log.directory, FILE_SIZE);
        storemaker_remove(&fixture.maker, path);
        test_ok(log_fixture_read(&fixture, false), fixture.err);
        assert_string_equal(fixture.seen, is_dledger ? "48+100 196+100 344+100 "
                                                     : "0+100 100+100 200+100 300+100 400+100 ");
        assert_string_equal(fixture.log.end_why, "a file is missing");
        assert_int_equal(fixture.log.end_file, 0);
        assert_int_equal(fixture.log.end_offset, FILE_SIZE);
        fixture.log.is_resuming = true;
        test_ok(log_fixture_read(&fixture, false), fixture.err);
        assert_string_equal(fixture.seen, is_dledger
                                              ? "48+100 196+100 344+100 1072+100 "
                                              : "0+100 100+100 200+100 300+100 400+100 1024+100 ");
        log_fixture_done(&fixture);
    }
}

static void ends_with_its_files_when_the_last_one_is_full(void **state)
{
    (void)state;
    struct log_fixture fixture;
    log_fixture_init(&fixture, false, true, FILE_SIZE);
    log_fixture_put(&fixture, 5, BODY);
    storemaker_record_at(&fixture.maker, 0);
    log_fixture_file(&fixture, 0)->size_bytes = 500;
    test_ok(log_fixture_read(&fixture, true), fixture.err);
    assert_string_equal(fixture.seen, "0+100 100+100 200+100 300+100 400+100 ");
    assert_null(fixture.log.end_why);
    assert_int_equal(fixture.log.end_offset, 500);
    /* Too little is left for a header: as good as through. */
    log_fixture_file(&fixture, 0)->size_bytes = 507;
    memset(log_fixture_file(&fixture, 0)->data + 500, 0xFF, 7);
    test_ok(log_fixture_read(&fixture, true), fixture.err);
    assert_null(fixture.log.end_why);
    assert_int_equal(fixture.log.end_offset, 507);
    log_fixture_done(&fixture);
}

static void calls_an_entry_header_cut_short_the_end(void **state)
{
    (void)state;
    struct log_fixture fixture;
    log_fixture_init(&fixture, true, true, FILE_SIZE);
    log_fixture_put(&fixture, 3, BODY);
    log_fixture_file(&fixture, 0)->size_bytes = 296 + 47;
    test_ok(log_fixture_read(&fixture, true), fixture.err);
    assert_string_equal(fixture.seen, DLEDGER_HEAD);
    assert_string_equal(fixture.log.end_why, "cut short");
    assert_false(fixture.log.is_tail_zero);
    log_fixture_done(&fixture);
}

static void sees_bytes_behind_the_end_that_are_not_zeros(void **state)
{
    (void)state;
    struct log_fixture fixture;
    log_fixture_init(&fixture, false, true, FILE_SIZE);
    log_fixture_put(&fixture, 1, BODY);
    test_ok(log_fixture_read(&fixture, false), fixture.err);
    assert_true(fixture.log.is_tail_zero);
    log_fixture_file(&fixture, 0)->data[511] = 1;
    test_ok(log_fixture_read(&fixture, false), fixture.err);
    assert_int_equal(fixture.log.end_offset, 100);
    assert_false(fixture.log.is_tail_zero);
    log_fixture_done(&fixture);
}

static void sees_bytes_in_what_it_did_not_load(void **state)
{
    (void)state;
    struct log_fixture fixture;
    const uint32_t size = 3 * DISK_LOG_CHUNK_SIZE_BYTES;
    log_fixture_init(&fixture, false, true, size);
    log_fixture_put(&fixture, 1, BODY);
    test_ok(log_fixture_read(&fixture, false), fixture.err);
    assert_true(fixture.log.is_tail_zero);
    log_fixture_file(&fixture, 0)->data[size - 1] = 1;
    test_ok(log_fixture_read(&fixture, false), fixture.err);
    assert_false(fixture.log.is_tail_zero);
    log_fixture_done(&fixture);
}

static void stops_with_what_the_visitor_returns(void **state)
{
    (void)state;
    struct log_fixture fixture;
    log_fixture_init(&fixture, false, true, FILE_SIZE);
    log_fixture_put(&fixture, 7, BODY);
    fixture.stop_after = 3;
    assert_int_equal(log_fixture_read(&fixture, false), -ECANCELED);
    assert_string_equal(fixture.seen, "0+100 100+100 200+100 ");
    assert_false(fixture.log.is_scanned);
    log_fixture_done(&fixture);
}

static void reports_a_failed_read_and_names_the_place(void **state)
{
    (void)state;
    for (int keep = 0; keep < 2; keep++) {
        struct log_fixture fixture;
        log_fixture_init(&fixture, false, keep, FILE_SIZE);
        log_fixture_put(&fixture, 7, BODY);
        fixture.maker.fault =
            (struct storemaker_fault){"read", "commitlog/00000000000000000512", -EIO};
        test_code(log_fixture_read(&fixture, false), -EIO);
        assert_string_equal(fixture.err.text, "read 'commitlog/00000000000000000512' at 0");
        assert_int_equal(fixture.record_count, 5);
        assert_false(fixture.log.is_scanned);
        log_fixture_done(&fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walks_records_and_blanks_held_or_through_a_window),
        cmocka_unit_test(walks_the_records_inside_dledger_entries),
        cmocka_unit_test(walks_the_golden_dledger_entry),
        cmocka_unit_test(ends_at_the_first_thing_that_is_no_record),
        cmocka_unit_test(goes_on_behind_damage_where_that_is_asked_for),
        cmocka_unit_test(ends_where_the_visitor_lets_damage_be_the_end),
        cmocka_unit_test(wants_whole_properties_unless_it_is_lenient),
        cmocka_unit_test(wants_the_record_crc_to_match_unless_it_is_lenient),
        cmocka_unit_test(ends_at_a_missing_file_and_passes_over_it_when_resuming),
        cmocka_unit_test(ends_with_its_files_when_the_last_one_is_full),
        cmocka_unit_test(calls_an_entry_header_cut_short_the_end),
        cmocka_unit_test(sees_bytes_behind_the_end_that_are_not_zeros),
        cmocka_unit_test(sees_bytes_in_what_it_did_not_load),
        cmocka_unit_test(stops_with_what_the_visitor_returns),
        cmocka_unit_test(reports_a_failed_read_and_names_the_place),
    };
    return cmocka_run_group_tests_name("harness.judge.disk_log_scan", tests, NULL, NULL);
}
