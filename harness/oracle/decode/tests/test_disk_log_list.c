/* Listing a log, and what is known again from the scan before. */
#include "harness/oracle/decode/tests/log_fixture.h"

#define FILE_SIZE 8192
#define BODY      908 /* records of 1000 bytes, eight a file */
#define ALL_SEEN                                                                    \
    "0+1000 1000+1000 2000+1000 3000+1000 4000+1000 5000+1000 6000+1000 7000+1000 " \
    "8192+1000 9192+1000 "

/* Ten records in two files of two pages, scanned once. */
static void set_up(struct log_fixture *fixture)
{
    log_fixture_init(fixture, false, true, FILE_SIZE);
    fixture->view = storemaker_paged_view(&fixture->maker);
    log_fixture_put(fixture, 10, BODY);
    test_ok(log_fixture_read(fixture, false), fixture->err);
    assert_string_equal(fixture->seen, ALL_SEEN);
    fixture->maker.read_count = 0;
    fixture->maker.read_bytes = 0;
}

static void lists_nothing_where_there_is_no_directory(void **state)
{
    (void)state;
    struct log_fixture fixture;
    log_fixture_init(&fixture, false, true, FILE_SIZE);
    test_ok(log_fixture_read(&fixture, false), fixture.err);
    assert_int_equal(fixture.log.file_count, 0);
    assert_int_equal(fixture.log.min_offset, 0);
    assert_int_equal(fixture.log.end_offset, 0);
    assert_null(fixture.log.end_why);
    log_fixture_done(&fixture);
}

static void passes_over_names_that_are_none_of_the_log(void **state)
{
    (void)state;
    struct log_fixture fixture;
    log_fixture_init(&fixture, false, true, FILE_SIZE);
    log_fixture_put(&fixture, 1, BODY);
    storemaker_make(&fixture.maker, "commitlog/notes.txt", 1);
    storemaker_make(&fixture.maker, "commitlog/00000000000000008192/x", 1);
    test_ok(disk_log_list(&fixture.log, &fixture.view, &fixture.err), fixture.err);
    assert_int_equal(fixture.log.file_count, 1);
    assert_int_equal(fixture.log.files[0].size_bytes, FILE_SIZE);
    log_fixture_done(&fixture);
}

static void takes_no_notice_of_an_empty_last_file(void **state)
{
    (void)state;
    struct log_fixture fixture;
    log_fixture_init(&fixture, false, true, FILE_SIZE);
    storemaker_make(&fixture.maker, "commitlog/00000000000000000000", 0);
    test_ok(disk_log_list(&fixture.log, &fixture.view, &fixture.err), fixture.err);
    assert_int_equal(fixture.log.file_count, 0);
    storemaker_make(&fixture.maker, "commitlog/00000000000000008192", 5);
    test_ok(disk_log_list(&fixture.log, &fixture.view, &fixture.err), fixture.err);
    assert_int_equal(fixture.log.file_count, 2);
    storemaker_make(&fixture.maker, "commitlog/00000000000000016384", 0);
    test_ok(disk_log_list(&fixture.log, &fixture.view, &fixture.err), fixture.err);
    assert_int_equal(fixture.log.file_count, 2);
    log_fixture_done(&fixture);
}

static void reports_what_cannot_be_listed(void **state)
{
    (void)state;
    struct log_fixture fixture;
    set_up(&fixture);
    fixture.maker.fault = (struct storemaker_fault){"list", "commitlog", -EACCES};
    test_code(disk_log_list(&fixture.log, &fixture.view, &fixture.err), -EACCES);
    assert_string_equal(fixture.err.text, "list 'commitlog'");
    assert_int_equal(fixture.log.min_offset, 0);
    fixture.maker.fault = (struct storemaker_fault){"size", "commitlog/00000000000000008192", -EIO};
    test_code(disk_log_list(&fixture.log, &fixture.view, &fixture.err), -EIO);
    assert_string_equal(fixture.err.text, "size of 'commitlog/00000000000000008192'");
    fixture.maker.fault.call = NULL;
    test_ok(log_fixture_read(&fixture, false), fixture.err);
    assert_string_equal(fixture.seen, ALL_SEEN);
    log_fixture_done(&fixture);
}

static void delivers_an_unchanged_log_again_without_a_read(void **state)
{
    (void)state;
    struct log_fixture fixture;
    set_up(&fixture);
    for (int i = 0; i < 3; i++) {
        test_ok(log_fixture_read(&fixture, false), fixture.err);
        assert_string_equal(fixture.seen, ALL_SEEN);
        assert_int_equal(fixture.log.end_offset, 10192);
        assert_string_equal(fixture.log.end_why, "zeros");
        assert_int_equal(fixture.maker.read_count, 0);
    }
    fixture.stop_after = 4;
    test_ok(disk_log_list(&fixture.log, &fixture.view, &fixture.err), fixture.err);
    assert_int_equal(log_fixture_scan(&fixture, false), -ECANCELED);
    assert_int_equal(fixture.record_count, 4);
    log_fixture_done(&fixture);
}

static void reads_only_the_pages_that_differ(void **state)
{
    (void)state;
    static const struct {
        uint64_t at; /* where a bit is flipped */
        const char *seen;
        uint64_t end_offset;
    } cases[] = {
        {88, "", 0},
        {3000 + 88, "0+1000 1000+1000 2000+1000 ", 3000},
        {4000 + 120, "0+1000 1000+1000 2000+1000 3000+1000 ", 4000}, /* in the next page */
        {9192 + 88,
         "0+1000 1000+1000 2000+1000 3000+1000 4000+1000 5000+1000 6000+1000 7000+1000 "
         "8192+1000 ",
         9192},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct log_fixture fixture;
        set_up(&fixture);
        uint8_t *at = storemaker_record_at(&fixture.maker, cases[i].at);
        *at ^= 1;
        test_ok(log_fixture_read(&fixture, false), fixture.err);
        assert_string_equal(fixture.seen, cases[i].seen);
        assert_int_equal(fixture.log.end_offset, cases[i].end_offset);
        assert_int_equal(fixture.maker.read_count, 1);
        assert_int_equal(fixture.maker.read_bytes, 4096);
        *at ^= 1;
        test_ok(log_fixture_read(&fixture, false), fixture.err);
        assert_string_equal(fixture.seen, ALL_SEEN);
        assert_int_equal(fixture.maker.read_count, 2);
        log_fixture_done(&fixture);
    }
}

/* One more record where zeros were, then one fewer. */
static void follows_a_log_that_grows_and_shrinks_in_its_file(void **state)
{
    (void)state;
    struct log_fixture fixture;
    set_up(&fixture);
    log_fixture_put(&fixture, 1, BODY);
    test_ok(log_fixture_read(&fixture, false), fixture.err);
    assert_string_equal(fixture.seen, ALL_SEEN "10192+1000 ");
    memset(storemaker_record_at(&fixture.maker, 9192), 0, 2000);
    test_ok(log_fixture_read(&fixture, false), fixture.err);
    assert_int_equal(fixture.record_count, 9);
    assert_int_equal(fixture.log.end_offset, 9192);
    assert_true(fixture.log.is_tail_zero);
    log_fixture_done(&fixture);
}

/* A page past the end was never loaded: it needs no read, but what ends there may not end now. */
static void looks_again_at_a_file_that_it_never_had_to_load(void **state)
{
    (void)state;
    struct log_fixture fixture;
    set_up(&fixture);
    storemaker_record_at(&fixture.maker, 2000)[88] ^= 1;
    test_ok(log_fixture_read(&fixture, false), fixture.err);
    assert_int_equal(fixture.record_count, 2);
    log_fixture_done(&fixture);
    log_fixture_init(&fixture, false, true, FILE_SIZE);
    fixture.view = storemaker_paged_view(&fixture.maker);
    log_fixture_put(&fixture, 10, BODY);
    storemaker_record_at(&fixture.maker, 2000)[88] ^= 1;
    test_ok(log_fixture_read(&fixture, false), fixture.err);
    assert_int_equal(fixture.log.files[1].loaded_bytes, 0);
    storemaker_record_at(&fixture.maker, 8192)[88] ^= 1;
    fixture.maker.read_count = 0;
    test_ok(log_fixture_read(&fixture, false), fixture.err);
    assert_int_equal(fixture.maker.read_count, 0);
    assert_int_equal(fixture.record_count, 2);
    storemaker_record_at(&fixture.maker, 2000)[88] ^= 1;
    test_ok(log_fixture_read(&fixture, false), fixture.err);
    assert_int_equal(fixture.record_count, 8);
    assert_int_equal(fixture.log.end_offset, 8192);
    log_fixture_done(&fixture);
}

static void takes_another_size(struct log_fixture *fixture)
{
    log_fixture_file(fixture, 8192)->size_bytes = 4096;
}

static void takes_another_file(struct log_fixture *fixture)
{
    storemaker_make(&fixture->maker, "commitlog/00000000000000016384", FILE_SIZE);
}

static void takes_another_start(struct log_fixture *fixture)
{
    struct storemaker_file *file = log_fixture_file(fixture, 8192);
    snprintf(file->path, sizeof file->path, "commitlog/00000000000000008193");
}

static void is_lenient(struct log_fixture *fixture)
{
    fixture->log.is_lenient = true;
}

static void is_resuming(struct log_fixture *fixture)
{
    fixture->log.is_resuming = true;
}

static void has_no_pages(struct log_fixture *fixture)
{
    fixture->view.pages = NULL;
}

static void has_other_file_size(struct log_fixture *fixture)
{
    fixture->log.file_size_bytes = FILE_SIZE + 1;
}

/* What makes that a file is read whole again, and how many records are found then. */
static void reads_all_again_where_the_files_or_the_manner_differ(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        void (*change)(struct log_fixture *fixture);
        uint64_t read_bytes;
        uint32_t records;
    } cases[] = {
        {"size", takes_another_size, FILE_SIZE + 4096, 10},
        {"one more file", takes_another_file, 2 * FILE_SIZE, 10},
        {"start", takes_another_start, FILE_SIZE, 8},
        {"lenient", is_lenient, 2 * FILE_SIZE, 10},
        {"resuming", is_resuming, 2 * FILE_SIZE, 10},
        {"no pages", has_no_pages, 2 * FILE_SIZE, 10},
        {"file size", has_other_file_size, FILE_SIZE, 8},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct log_fixture fixture;
        test_row(cases[i].name);
        set_up(&fixture);
        cases[i].change(&fixture);
        test_ok(log_fixture_read(&fixture, false), fixture.err);
        assert_int_equal(fixture.record_count, cases[i].records);
        assert_int_equal(fixture.maker.read_bytes, cases[i].read_bytes);
        log_fixture_done(&fixture);
    }
}

/* After damage, a stop, an error or with blanks to be told, the next scan starts from nothing. */
static void goes_on_only_from_a_scan_that_was_whole(void **state)
{
    (void)state;
    struct log_fixture fixture;
    set_up(&fixture);
    assert_true(fixture.log.is_scanned);
    has_no_pages(&fixture);
    fixture.stop_after = 2;
    assert_int_equal(log_fixture_read(&fixture, false), -ECANCELED);
    assert_false(fixture.log.is_scanned);
    fixture.stop_after = 0;
    test_ok(log_fixture_read(&fixture, true), fixture.err);
    assert_false(fixture.log.is_scanned);
    is_resuming(&fixture);
    test_ok(log_fixture_read(&fixture, false), fixture.err);
    assert_false(fixture.log.is_scanned);
    fixture.log.is_resuming = false;
    test_ok(log_fixture_read(&fixture, false), fixture.err);
    assert_true(fixture.log.is_scanned);
    log_fixture_done(&fixture);
}

static void reads_all_again_when_a_page_cannot_be_read(void **state)
{
    (void)state;
    struct log_fixture fixture;
    set_up(&fixture);
    storemaker_record_at(&fixture.maker, 0)[88] ^= 1;
    storemaker_record_at(&fixture.maker, 8192)[88] ^= 1;
    fixture.maker.fault = (struct storemaker_fault){"read", "commitlog/00000000000000008192", -EIO};
    test_ok(disk_log_list(&fixture.log, &fixture.view, &fixture.err), fixture.err);
    fixture.maker.fault.call = NULL;
    storemaker_record_at(&fixture.maker, 0)[88] ^= 1;
    storemaker_record_at(&fixture.maker, 8192)[88] ^= 1;
    test_ok(log_fixture_scan(&fixture, false), fixture.err);
    assert_string_equal(fixture.seen, ALL_SEEN);
    log_fixture_done(&fixture);
}

/* Without pages the bytes themselves tell, record by record. */
static void knows_a_record_by_its_bytes_where_there_are_no_pages(void **state)
{
    (void)state;
    struct log_fixture fixture;
    set_up(&fixture);
    has_no_pages(&fixture);
    test_ok(disk_log_list(&fixture.log, &fixture.view, &fixture.err), fixture.err);
    assert_int_equal(fixture.log.before.count, 10);
    uint8_t *at = storemaker_record_at(&fixture.maker, 1000);
    const struct disk_record *known = disk_log_list_known(&fixture.log, 1000, at, 1000);
    assert_non_null(known);
    assert_int_equal(known->queue_offset, 1);
    assert_null(disk_log_list_known(&fixture.log, 1000, at, 999));
    assert_null(disk_log_list_known(&fixture.log, 1500, at, 1000));
    at = storemaker_record_at(&fixture.maker, 2000);
    at[999] ^= 1;
    assert_null(disk_log_list_known(&fixture.log, 2000, at, 1000));
    at[999] ^= 1;
    assert_non_null(disk_log_list_known(&fixture.log, 2000, at, 1000));
    assert_null(disk_log_list_known(&fixture.log, 10192, at, 1000));
    test_ok(log_fixture_scan(&fixture, false), fixture.err);
    assert_string_equal(fixture.seen, "0+1000 1000+1000 2000+1000 3000+1000 4000+1000 5000+1000 "
                                      "6000+1000 7000+1000 8192+1000 9192+1000 ");
    log_fixture_done(&fixture);
}

/* A record that lies across pages is as it was only when both are. */
static void knows_a_record_by_all_its_pages(void **state)
{
    (void)state;
    struct log_fixture fixture;
    set_up(&fixture);
    storemaker_record_at(&fixture.maker, 5000)[88] ^= 1; /* page 1 of file 0 */
    test_ok(disk_log_list(&fixture.log, &fixture.view, &fixture.err), fixture.err);
    assert_true(fixture.log.is_patched);
    assert_non_null(disk_log_list_known(&fixture.log, 0, NULL, 0));
    assert_non_null(disk_log_list_known(&fixture.log, 3000, NULL, 0));
    assert_null(disk_log_list_known(&fixture.log, 4000, NULL, 0));
    assert_null(disk_log_list_known(&fixture.log, 5000, NULL, 0));
    assert_null(disk_log_list_known(&fixture.log, 7000, NULL, 0));
    assert_non_null(disk_log_list_known(&fixture.log, 8192, NULL, 0));
    log_fixture_done(&fixture);
}

/* An entry stands for itself only after the one before it: its header is looked at again. */
static void parses_dledger_entries_again_after_a_change(void **state)
{
    (void)state;
    struct log_fixture fixture;
    log_fixture_init(&fixture, true, true, FILE_SIZE);
    fixture.view = storemaker_paged_view(&fixture.maker);
    log_fixture_put(&fixture, 7, BODY);
    test_ok(log_fixture_read(&fixture, false), fixture.err);
    assert_int_equal(fixture.record_count, 7);
    fixture.maker.read_count = 0;
    test_ok(log_fixture_read(&fixture, false), fixture.err);
    assert_int_equal(fixture.record_count, 7);
    assert_int_equal(fixture.log.entry_index, 6);
    assert_int_equal(fixture.maker.read_count, 0);
    /* The second entry's term rises above those that follow, which lie in an untouched page. */
    bytes_put_be64(storemaker_record_at(&fixture.maker, 1048) + 16, 2);
    test_ok(log_fixture_read(&fixture, false), fixture.err);
    assert_int_equal(fixture.maker.read_bytes, 8192 + 4096);
    assert_string_equal(fixture.seen, "48+1000 1096+1000 ");
    assert_string_equal(fixture.log.end_why, "the entry's term is lower than the one before");
    log_fixture_done(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_nothing_where_there_is_no_directory),
        cmocka_unit_test(passes_over_names_that_are_none_of_the_log),
        cmocka_unit_test(takes_no_notice_of_an_empty_last_file),
        cmocka_unit_test(reports_what_cannot_be_listed),
        cmocka_unit_test(delivers_an_unchanged_log_again_without_a_read),
        cmocka_unit_test(reads_only_the_pages_that_differ),
        cmocka_unit_test(follows_a_log_that_grows_and_shrinks_in_its_file),
        cmocka_unit_test(looks_again_at_a_file_that_it_never_had_to_load),
        cmocka_unit_test(reads_all_again_where_the_files_or_the_manner_differ),
        cmocka_unit_test(goes_on_only_from_a_scan_that_was_whole),
        cmocka_unit_test(reads_all_again_when_a_page_cannot_be_read),
        cmocka_unit_test(knows_a_record_by_its_bytes_where_there_are_no_pages),
        cmocka_unit_test(knows_a_record_by_all_its_pages),
        cmocka_unit_test(parses_dledger_entries_again_after_a_change),
    };
    return cmocka_run_group_tests_name("harness.judge.disk_log_list", tests, NULL, NULL);
}
