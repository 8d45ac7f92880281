/* The DLedger log: the format of its entries, its index, its two text files, and its recovery by
 * headers.  The logs are made by an encoder that shares nothing with the store. */
#include "harness/testkit/calllog.h"
#include "harness/testkit/diskstate.h"
#include "harness/testkit/storemaker.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"
#include "store/base/bytes.h"
#include "store/disk/disk_posix.h"
#include "store/format/dledger_entry.h"
#include "store/log/dledger_log.h"

#include <inttypes.h>

#ifdef FIU_ENABLE
#    include "store/disk/faultpoint.h"

#    include <fiu-control.h>
#    include <fiu.h>
#endif

/* Entries of 148 bytes: three and a blank of 68 fill a file, at 0, 148 and 296 of it. */
#define FILE_SIZE  512
#define ENTRY_SIZE 148
#define UNITS      4 /* in an index file: 128 bytes */
#define CHECKPOINT DLEDGER_LOG_DIR "/checkpoint"
#define CURRTERM   DLEDGER_LOG_DIR "/currterm"

static uint64_t position_of(int64_t index)
{
    return (uint64_t)(index / 3 * FILE_SIZE + index % 3 * ENTRY_SIZE);
}

struct fixture {
    struct storemaker maker;
    struct tmpdir dir;
    struct calllog calls;
    struct disk *disk;
    struct segment_list_options files;
    struct event_sink sink;
    char events[1024]; /* "NAME@OFFSET " */
    struct record_log *data;
    struct dledger_log *log;
    struct err err;
};

static void note_event(void *arg, enum event event, uint64_t offset, const char *text)
{
    struct fixture *fixture = arg;
    size_t length = strlen(fixture->events);
    (void)text;
    snprintf(fixture->events + length, sizeof fixture->events - length, "%s@%" PRIu64 " ",
             event_name(event), offset);
}

static void put_entries(struct fixture *fixture, uint32_t count, int64_t term)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct storemaker_message message = {.topic = "t",
                                                   .queue_offset = -1,
                                                   .body = "12345678",
                                                   .body_size_bytes = 8,
                                                   .entry_term = term};
        storemaker_put(&fixture->maker, &message);
    }
}

/* A log of `count` entries, in memory yet. */
static void set_up(struct fixture *fixture, uint32_t count)
{
    *fixture = (struct fixture){
        .maker = {.is_dledger = true, .log_file_size_bytes = FILE_SIZE, .queue_file_units = UNITS}};
    storemaker_init(&fixture->maker);
    put_entries(fixture, count, 1);
    tmpdir_make(&fixture->dir);
    diskstate_mkdir(fixture->dir.fd, DLEDGER_LOG_DATA_DIR);
    diskstate_mkdir(fixture->dir.fd, DLEDGER_LOG_INDEX_DIR);
}

static void close_log(struct fixture *fixture)
{
    fixture->log = dledger_log_free(fixture->log);
    fixture->data = record_log_free(fixture->data);
    fixture->disk = disk_free(fixture->disk);
}

static void tear_down(struct fixture *fixture)
{
    close_log(fixture);
    storemaker_done(&fixture->maker);
    tmpdir_remove(&fixture->dir);
}

/* Opens what is on the disk. */
static int open_log(struct fixture *fixture)
{
    struct disk_observer observer = calllog_observer(&fixture->calls);
    close_log(fixture);
    assert_int_equal(disk_posix_new(fixture->dir.fd, true, &observer, &fixture->disk), 0);
    fixture->sink = (struct event_sink){.arg = fixture, .emit = note_event};
    fixture->events[0] = '\0';
    struct dledger_log_options options = {.files = {.disk = fixture->disk,
                                                    .sink = &fixture->sink,
                                                    .dir = DLEDGER_LOG_DATA_DIR,
                                                    .file_size_bytes = FILE_SIZE,
                                                    .points = dledger_log_format.points,
                                                    .dir_sync = true},
                                          .index_file_units = UNITS};
    test_ok(record_log_open(&dledger_log_format, &options.files, &fixture->data, &fixture->err),
            fixture->err);
    return dledger_log_open(&options, fixture->data, &fixture->log, &fixture->err);
}

/* Saves what was made and opens it. */
static void start(struct fixture *fixture)
{
    storemaker_save(&fixture->maker, fixture->dir.fd);
    test_ok(open_log(fixture), fixture->err);
}

static struct record_log_item item_of(int64_t index)
{
    return (struct record_log_item){.kind = MESSAGE_RECORD,
                                    .position = position_of(index),
                                    .size_bytes = ENTRY_SIZE,
                                    .index = index,
                                    .term = 1};
}

static int agrees(struct fixture *fixture, int64_t index)
{
    struct record_log_item item = item_of(index);
    return dledger_log_index_agrees(fixture->log, &item, &fixture->err);
}

static uint64_t index_end(struct fixture *fixture)
{
    return segment_list_end(dledger_log_index_files(fixture->log));
}

/* What is written over a made log; size 0: nothing. */
struct patch {
    uint32_t at; /* in the entry or unit */
    uint32_t size_bytes;
    uint64_t value;
};

static void apply(uint8_t *at, const struct patch *patch)
{
    for (uint32_t i = 0; i < patch->size_bytes; i++) {
        at[patch->at + i] = (uint8_t)(patch->value >> 8 * (patch->size_bytes - 1 - i));
    }
}

/* The format */

static void takes_only_a_sound_entry_for_one(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct patch patches[2]; /* of the second entry, at 148 */
        bool body_crc;           /* is looked at */
        bool place;
        enum message_kind kind;
    } cases[] = {
        {"sound", {{0}}, true, true, MESSAGE_RECORD},
        {"magic", {{0, 4, 2}}, false, false, MESSAGE_BROKEN},
        {"zeros", {{0, 8, 0}}, false, false, MESSAGE_BROKEN},
        {"no body", {{4, 4, 48}, {44, 4, 0}}, false, false, MESSAGE_BROKEN},
        {"size", {{4, 4, 149}}, false, false, MESSAGE_BROKEN},
        {"body size", {{44, 4, 101}}, false, false, MESSAGE_BROKEN},
        {"past the file", {{4, 4, 365}, {44, 4, 365 - 48}}, false, false, MESSAGE_BROKEN},
        {"larger than its record", {{4, 4, 149}, {44, 4, 101}}, false, false, MESSAGE_BROKEN},
        {"smaller than its record", {{4, 4, 147}, {44, 4, 99}}, false, false, MESSAGE_BROKEN},
        {"position", {{24, 8, 149}}, false, false, MESSAGE_BROKEN},
        {"index", {{8, 8, UINT64_MAX}}, false, false, MESSAGE_BROKEN},
        {"body, not looked at", {{48 + 88, 1, 0}}, false, false, MESSAGE_RECORD},
        {"body", {{48 + 88, 1, 0}}, true, false, MESSAGE_BROKEN},
        {"place, not looked at", {{48 + 28, 8, 149}}, false, false, MESSAGE_RECORD},
        {"place", {{48 + 28, 8, 149}}, false, true, MESSAGE_BROKEN},
        {"lengths inside", {{48 + 88 + 8, 2, 0}}, false, false, MESSAGE_MISMATCH},
        {"lengths inside, elsewhere",
         {{48 + 88 + 8, 2, 0}, {24, 8, 9}},
         false,
         false,
         MESSAGE_MISMATCH},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct fixture fixture;
        struct record_log_item item;
        test_row(cases[i].name);
        set_up(&fixture, 3);
        uint8_t *entry = storemaker_record_at(&fixture.maker, ENTRY_SIZE);
        apply(entry, &cases[i].patches[0]);
        apply(entry, &cases[i].patches[1]);
        start(&fixture);
        const struct record_log_check check = {.message = {.body_crc = cases[i].body_crc},
                                               .place = cases[i].place};
        test_ok(record_log_read(fixture.data, ENTRY_SIZE, FILE_SIZE, &check, &item, &fixture.err),
                fixture.err);
        assert_int_equal(item.kind, cases[i].kind);
        if (item.kind == MESSAGE_RECORD) {
            assert_int_equal(item.index, 1);
            assert_int_equal(item.term, 1);
            assert_int_equal(item.size_bytes, ENTRY_SIZE);
            assert_int_equal(item.view.queue_offset, 1);
        }
        tear_down(&fixture);
    }
}

static void reads_a_blank_and_nothing_past_the_limit(void **state)
{
    (void)state;
    static const struct record_log_check check;
    struct fixture fixture;
    struct record_log_item item;
    set_up(&fixture, 4);
    start(&fixture);
    test_ok(record_log_read(fixture.data, 444, 2 * FILE_SIZE, &check, &item, &fixture.err),
            fixture.err);
    assert_int_equal(item.kind, MESSAGE_BLANK);
    assert_int_equal(item.size_bytes, 68);
    static const uint64_t limits[] = {0, 3, 8, 47, 48, 147};
    for (size_t i = 0; i < TEST_COUNT(limits); i++) {
        test_ok(record_log_read(fixture.data, 0, limits[i], &check, &item, &fixture.err),
                fixture.err);
        assert_int_equal(item.kind, MESSAGE_BROKEN);
    }
    test_ok(record_log_read(fixture.data, 0, 148, &check, &item, &fixture.err), fixture.err);
    assert_int_equal(item.kind, MESSAGE_RECORD);
    tear_down(&fixture);
}

/* The two text files */

static void reads_committed_index_or_takes_it_for_unknown(void **state)
{
    (void)state;
    static const struct {
        const char *text; /* NULL: no file */
        int64_t committed;
    } cases[] = {
        {NULL, -1},
        {"", -1},
        {"endIndex=5\ncommittedIndex=4\n", 4},
        {"committedIndex=4\r\nendIndex=5", 4},
        {"# of DLedger\nendIndex=5\nx=1\ncommittedIndex=4\n", 4},
        {"committedIndex=4\n", -1},
        {"endIndex=5\n", -1},
        {"endIndex=5\nxcommittedIndex=4\n", -1},
        {"endIndex=5\ncommittedIndex:4\n", -1},
        {"endIndex=5\ncommittedIndex=\n", -1},
        {"endIndex=5\ncommittedIndex=4x\n", -1},
        {"endIndex=5\ncommittedIndex=99999999999999999999\n", -1},
        {"endIndex=five\ncommittedIndex=4\n", -1},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct fixture fixture;
        test_row(cases[i].text == NULL ? "no file" : cases[i].text);
        set_up(&fixture, 1);
        if (cases[i].text != NULL) {
            storemaker_write(&fixture.maker, CHECKPOINT, cases[i].text, strlen(cases[i].text));
        }
        start(&fixture);
        assert_int_equal(dledger_log_saved_committed_index(fixture.log), cases[i].committed);
        tear_down(&fixture);
    }
}

static void reads_the_term_and_refuses_what_is_none(void **state)
{
    (void)state;
    static const struct {
        const char *text;   /* NULL: no file */
        const char *raised; /* what is written then; NULL: it does not open */
    } cases[] = {
        {NULL, "currTerm=1\nvoteLeader=n0\n"},
        {"currTerm=5\nvoteLeader=n7\n", "currTerm=6\nvoteLeader=n0\n"},
        {"currTerm=0\n", "currTerm=1\nvoteLeader=n0\n"},
        {"currTerm=-1\n", "currTerm=1\nvoteLeader=n0\n"},
        {"currTerm=9223372036854775805\n", "currTerm=9223372036854775806\nvoteLeader=n0\n"},
        {"currTerm=9223372036854775806\n", NULL},
        {"currTerm=9223372036854775808\n", NULL},
        {"currTerm=-2\n", NULL},
        {"term=5\n", NULL},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct fixture fixture;
        test_row(cases[i].text == NULL ? "no file" : cases[i].text);
        set_up(&fixture, 1);
        storemaker_remove(&fixture.maker, CURRTERM);
        if (cases[i].text != NULL) {
            storemaker_write(&fixture.maker, CURRTERM, cases[i].text, strlen(cases[i].text));
        }
        storemaker_save(&fixture.maker, fixture.dir.fd);
        if (cases[i].raised == NULL) {
            test_code(open_log(&fixture), ERR_CORRUPT);
            assert_string_equal(fixture.err.text, "file 'dledger-n0/currterm': needs currTerm");
            assert_null(fixture.log);
        } else {
            test_ok(open_log(&fixture), fixture.err);
            test_ok(dledger_log_raise_term(fixture.log, &fixture.err), fixture.err);
            char *text = (char *)diskstate_read(fixture.dir.fd, CURRTERM, NULL);
            assert_string_equal(text, cases[i].raised);
            free(text);
        }
        tear_down(&fixture);
    }
}

static void raises_the_term_above_that_of_the_last_entry(void **state)
{
    (void)state;
    struct fixture fixture;
    uint8_t header[DLEDGER_ENTRY_HEADER_SIZE_BYTES];
    struct dledger_entry entry;
    set_up(&fixture, 1);
    start(&fixture);
    dledger_log_set_last(fixture.log, 0, 7);
    test_ok(dledger_log_raise_term(fixture.log, &fixture.err), fixture.err);
    dledger_log_put_header(fixture.log, ENTRY_SIZE, 100, header);
    dledger_entry_get(header, &entry);
    assert_int_equal(entry.term, 8);
    /* The term that was saved counts as well. */
    dledger_log_set_last(fixture.log, 0, 1);
    test_ok(dledger_log_raise_term(fixture.log, &fixture.err), fixture.err);
    dledger_log_put_header(fixture.log, ENTRY_SIZE, 100, header);
    dledger_entry_get(header, &entry);
    assert_int_equal(entry.term, 9);
    tear_down(&fixture);
}

static void writes_its_checkpoint_when_it_differs(void **state)
{
    (void)state;
    struct fixture fixture;
    struct dledger_log_commit commit = {.end_index = 6, .committed_index = 5};
    set_up(&fixture, 1);
    start(&fixture);
    assert_true(dledger_log_is_checkpoint_due(fixture.log, &commit));
    test_ok(dledger_log_save_checkpoint(fixture.log, &commit, &fixture.err), fixture.err);
    char *text = (char *)diskstate_read(fixture.dir.fd, CHECKPOINT, NULL);
    assert_string_equal(text, "endIndex=6\ncommittedIndex=5\n");
    free(text);
    assert_string_equal(fixture.calls.text,
                        "dledger-checkpoint/create:dledger-n0/checkpoint.tmp "
                        "dledger-checkpoint/truncate:dledger-n0/checkpoint.tmp "
                        "dledger-checkpoint/write:dledger-n0/checkpoint.tmp@0+28 "
                        "dledger-checkpoint/sync:dledger-n0/checkpoint.tmp "
                        "dledger-checkpoint/rename:dledger-n0/checkpoint.tmp "
                        "dledger-checkpoint/sync-dir:dledger-n0 ");
    /* Written is not noted yet: that takes the lock. */
    assert_true(dledger_log_is_checkpoint_due(fixture.log, &commit));
    dledger_log_checkpoint_saved(fixture.log, &commit);
    assert_false(dledger_log_is_checkpoint_due(fixture.log, &commit));
    commit.committed_index = 6;
    assert_true(dledger_log_is_checkpoint_due(fixture.log, &commit));
    commit = (struct dledger_log_commit){.end_index = 7, .committed_index = 5};
    assert_true(dledger_log_is_checkpoint_due(fixture.log, &commit));
    test_ok(open_log(&fixture), fixture.err);
    assert_int_equal(dledger_log_saved_committed_index(fixture.log), 5);
    tear_down(&fixture);
}

/* The index */

static void knows_whether_the_index_has_an_entry(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, 7);
    start(&fixture);
    for (int64_t i = 0; i < 7; i++) {
        assert_int_equal(agrees(&fixture, i), 1);
    }
    assert_int_equal(agrees(&fixture, -1), 0);
    assert_int_equal(agrees(&fixture, 7), 0);
    assert_int_equal(agrees(&fixture, 8), 0);
    struct record_log_item item = item_of(3);
    item.term = 2;
    assert_int_equal(dledger_log_index_agrees(fixture.log, &item, &fixture.err), 0);
    item = item_of(3);
    item.position++;
    assert_int_equal(dledger_log_index_agrees(fixture.log, &item, &fixture.err), 0);
    item = item_of(3);
    item.size_bytes++;
    assert_int_equal(dledger_log_index_agrees(fixture.log, &item, &fixture.err), 0);
    /* Past the end it is garbage, whatever stands there. */
    dledger_log_end_index_at(fixture.log, 4);
    assert_int_equal(agrees(&fixture, 4), 1);
    assert_int_equal(agrees(&fixture, 5), 0);
    tear_down(&fixture);
}

/* Of a short file nothing is left: that is no failure of the disk. */
static void takes_a_short_index_file_for_an_empty_one(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, 7);
    storemaker_find(&fixture.maker, DLEDGER_LOG_INDEX_DIR "/00000000000000000000")->size_bytes = 0;
    start(&fixture);
    assert_int_equal(agrees(&fixture, 0), 0);
    assert_int_equal(agrees(&fixture, 3), 0);
    assert_int_equal(agrees(&fixture, 4), 1);
    tear_down(&fixture);
}

static void writes_units_at_their_place_and_makes_their_files(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, 7);
    storemaker_remove_under(&fixture.maker, DLEDGER_LOG_INDEX_DIR);
    start(&fixture);
    for (int64_t i = 2; i < 6; i++) {
        struct record_log_item item = item_of(i);
        test_ok(dledger_log_write_index(fixture.log, &item, &fixture.err), fixture.err);
        assert_int_equal(index_end(&fixture), (uint64_t)(i + 1) * 32);
    }
    assert_string_equal(fixture.calls.text, "dledger-index/create:dledger-n0/index/0 "
                                            "dledger-index/extend:dledger-n0/index/0 "
                                            "dledger-index/append:dledger-n0/index/0@64+32 "
                                            "dledger-index/append:dledger-n0/index/0@96+32 "
                                            "dledger-index/create:dledger-n0/index/128 "
                                            "dledger-index/extend:dledger-n0/index/128 "
                                            "dledger-index/append:dledger-n0/index/128@0+32 "
                                            "dledger-index/append:dledger-n0/index/128@32+32 ");
    for (int64_t i = 0; i < 7; i++) {
        assert_int_equal(agrees(&fixture, i), i >= 2 && i < 6);
    }
    /* At an earlier place: what was behind it is past the end now. */
    struct record_log_item item = item_of(2);
    test_ok(dledger_log_write_index(fixture.log, &item, &fixture.err), fixture.err);
    assert_int_equal(index_end(&fixture), 96);
    tear_down(&fixture);
}

static void ends_the_index_within_its_files(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, 7);
    start(&fixture);
    dledger_log_end_index_at(fixture.log, 6);
    assert_int_equal(index_end(&fixture), 7 * 32);
    dledger_log_end_index_at(fixture.log, -1);
    assert_int_equal(index_end(&fixture), 0);
    dledger_log_end_index_at(fixture.log, 7);
    assert_int_equal(index_end(&fixture), 256);
    dledger_log_end_index_at(fixture.log, 8);
    assert_int_equal(index_end(&fixture), 256);
    tear_down(&fixture);
}

static void expires_index_files_wholly_below_an_entry(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, 9); /* three index files */
    start(&fixture);
    assert_int_equal(dledger_log_expire_index(fixture.log, -1, &fixture.err), 0);
    assert_int_equal(dledger_log_expire_index(fixture.log, 3, &fixture.err), 0);
    assert_int_equal(dledger_log_expire_index(fixture.log, 4, &fixture.err), 1);
    assert_int_equal(dledger_log_expire_index(fixture.log, 7, &fixture.err), 0);
    assert_int_equal(dledger_log_expire_index(fixture.log, 100, &fixture.err), 1);
    /* The last one stays. */
    assert_int_equal(dledger_log_expire_index(fixture.log, 100, &fixture.err), 0);
    assert_int_equal(segment_list_count(dledger_log_index_files(fixture.log)), 1);
    assert_int_equal(agrees(&fixture, 7), 0);
    assert_int_equal(agrees(&fixture, 8), 1);
    tear_down(&fixture);
}

static void writes_again_the_units_that_it_suspects(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, 7);
    start(&fixture);
    dledger_log_end_index_at(fixture.log, 6);
    dledger_log_suspect_index(fixture.log, 5);
    test_ok(segment_list_rewrite(dledger_log_index_files(fixture.log), &fixture.err), fixture.err);
    assert_string_equal(fixture.calls.text, "dledger-index/rewrite:dledger-n0/index/128@32+64 ");
    tear_down(&fixture);
}

static void says_where_an_entry_ends(void **state)
{
    (void)state;
    struct fixture fixture;
    uint64_t end = 0;
    int64_t term = 0;
    set_up(&fixture, 7);
    bytes_put_be64(storemaker_index_at(&fixture.maker, 2) + 16, 3);
    start(&fixture);
    dledger_log_end_index_at(fixture.log, 6);
    test_ok(dledger_log_entry_end(fixture.log, 4, &end, &term, &fixture.err), fixture.err);
    assert_int_equal(end, 808);
    assert_int_equal(term, 1);
    test_ok(dledger_log_entry_end(fixture.log, 6, &end, &term, &fixture.err), fixture.err);
    test_code(dledger_log_entry_end(fixture.log, 7, &end, &term, &fixture.err), -ENODATA);
    assert_string_equal(fixture.err.text, "no index unit 7");
    test_code(dledger_log_entry_end(fixture.log, -1, &end, &term, &fixture.err), -ENODATA);
    test_code(dledger_log_entry_end(fixture.log, 2, &end, &term, &fixture.err), -ENODATA);
    assert_string_equal(fixture.err.text, "index unit 2 is of another entry");
    assert_int_equal(end, 1172);
    tear_down(&fixture);
}

static void appends_an_entry_after_the_last(void **state)
{
    (void)state;
    struct fixture fixture;
    uint8_t header[DLEDGER_ENTRY_HEADER_SIZE_BYTES];
    struct dledger_entry entry;
    set_up(&fixture, 7);
    start(&fixture);
    test_ok(dledger_log_recover(fixture.log, false, &fixture.err), fixture.err);
    test_ok(dledger_log_raise_term(fixture.log, &fixture.err), fixture.err);
    dledger_log_put_header(fixture.log, position_of(7), 100, header);
    dledger_entry_get(header, &entry);
    assert_int_equal(entry.magic, DLEDGER_ENTRY_MAGIC);
    assert_int_equal(entry.index, 7);
    assert_int_equal(entry.term, 2);
    assert_int_equal(entry.position, position_of(7));
    assert_int_equal(entry.size_bytes, ENTRY_SIZE);
    assert_int_equal(entry.body_size_bytes, 100);
    assert_int_equal(dledger_log_end_index(fixture.log), 6);
    test_ok(dledger_log_appended(fixture.log, position_of(7), 100, &fixture.err), fixture.err);
    assert_int_equal(dledger_log_end_index(fixture.log), 7);
    struct record_log_item item = item_of(7);
    item.term = 2;
    assert_int_equal(dledger_log_index_agrees(fixture.log, &item, &fixture.err), 1);
    tear_down(&fixture);
}

/* Recovery */

static void recovers_a_log_without_files(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, 7);
    storemaker_remove_under(&fixture.maker, DLEDGER_LOG_DATA_DIR);
    start(&fixture);
    test_ok(dledger_log_recover(fixture.log, false, &fixture.err), fixture.err);
    assert_int_equal(dledger_log_end_index(fixture.log), -1);
    assert_int_equal(record_log_end(fixture.data), 0);
    assert_int_equal(index_end(&fixture), 0);
    tear_down(&fixture);
}

/* A log of `count` entries with one of them, and one index unit, spoilt. */
struct state {
    const char *name;
    uint32_t count;
    int64_t entry;
    struct patch patches[2];
    int64_t unit;
    struct patch unit_patch;
    int64_t last;       /* index of the last entry found */
    const char *events; /* NULL: it does not start */
};

static const struct state states[] = {
    {"whole", 7, 0, {{0}}, 0, {0}, 6, ""},
    {"a file filled to its blank", 6, 0, {{0}}, 0, {0}, 5, ""},
    {"one entry", 1, 0, {{0}}, 0, {0}, 0, ""},
    {"no entry", 1, 0, {{0, 8, 0}}, 0, {0}, -1, ""},
    {"magic", 7, 5, {{0, 4, 2}}, 0, {0}, 4, ""},
    {"size 0", 7, 5, {{4, 4, 0}}, 0, {0}, 4, ""},
    {"size past the file", 7, 5, {{4, 4, 217}, {44, 4, 169}}, 0, {0}, 4, ""},
    {"size and body size differ", 7, 5, {{44, 4, 99}}, 0, {0}, 4, ""},
    {"position", 7, 5, {{24, 8, 807}}, 0, {0}, 4, ""},
    {"index below 0", 7, 0, {{8, 8, UINT64_MAX}}, 0, {0}, -1, NULL},
    {"index left out", 7, 5, {{8, 8, 6}}, 0, {0}, 4, ""},
    {"index again", 7, 5, {{8, 8, 4}}, 0, {0}, 4, ""},
    {"lower term", 7, 5, {{16, 8, 0}}, 0, {0}, 4, ""},
    /* Its body is not looked at, and an entry without one is an entry. */
    {"body", 7, 5, {{48 + 88, 1, 0}}, 0, {0}, 6, ""},
    {"size of a header", 7, 6, {{4, 4, 48}, {44, 4, 0}}, 0, {0}, 6, "index-rebuilt@1024 "},
    {"higher term", 7, 6, {{16, 8, 2}}, 0, {0}, 6, "index-rebuilt@1024 "},
    {"a unit of another entry", 7, 0, {{0}}, 4, {16, 8, 9}, 6, "index-rebuilt@660 "},
    {"an empty unit", 7, 0, {{0}}, 6, {0, 8, 0}, 6, "index-rebuilt@1024 "},
    /* Of five files, the last three are read, unless the first unit of those disagrees. */
    {"before the last three files", 14, 4, {{0, 4, 2}}, 0, {0}, 13, ""},
    {"units before the last three files", 14, 0, {{0}}, 4, {16, 8, 9}, 13, ""},
    {"in the third-last file", 14, 7, {{0, 4, 2}}, 0, {0}, 0, NULL},
    {"from a file earlier", 14, 4, {{0, 4, 2}}, 6, {16, 8, 9}, 0, NULL},
    {"the unit of the file earlier, too",
     14,
     1,
     {{0, 4, 2}},
     6,
     {16, 8, 9},
     13,
     "index-rebuilt@1024 "},
    /* A file may be missing from the end on, two may not. */
    {"a file before the last", 9, 3, {{0, 4, 2}}, 0, {0}, 2, ""},
    {"more than a file before the last", 9, 2, {{0, 4, 2}}, 0, {0}, 1, NULL},
};

static void recovers_the_entries_whose_headers_follow(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(states); i++) {
        struct fixture fixture;
        const struct state *now = &states[i];
        test_row(now->name);
        set_up(&fixture, now->count);
        uint8_t *entry = storemaker_record_at(&fixture.maker, position_of(now->entry));
        apply(entry, &now->patches[0]);
        apply(entry, &now->patches[1]);
        uint64_t size = bytes_get_be32(entry + 4);
        apply(storemaker_index_at(&fixture.maker, now->unit), &now->unit_patch);
        start(&fixture);
        int r = dledger_log_recover(fixture.log, false, &fixture.err);
        if (now->events == NULL) {
            test_code(r, ERR_CORRUPT);
            test_contains(fixture.err.text, "more than a file before the last file at");
        } else {
            test_ok(r, fixture.err);
            assert_int_equal(dledger_log_end_index(fixture.log), now->last);
            uint64_t end = now->last < 0 ? 0 : position_of(now->last) + ENTRY_SIZE;
            end = now->last == now->entry && size == 48 ? end - 100 : end;
            /* A blank is passed over. */
            end = end % FILE_SIZE == 444 && (uint64_t)now->last + 1 < now->count
                      ? end + FILE_SIZE - 444
                      : end;
            assert_int_equal(record_log_end(fixture.data), end);
            assert_int_equal(index_end(&fixture), (now->last + 1) * 32);
            assert_string_equal(fixture.events, now->events);
        }
        tear_down(&fixture);
    }
}

static void rebuilds_every_unit_from_the_first_that_disagrees(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, 7);
    bytes_put_be64(storemaker_index_at(&fixture.maker, 3) + 16, 9);
    bytes_put_be64(storemaker_index_at(&fixture.maker, 5) + 16, 9);
    start(&fixture);
    test_ok(dledger_log_recover(fixture.log, false, &fixture.err), fixture.err);
    assert_string_equal(fixture.events, "index-rebuilt@512 ");
    assert_string_equal(fixture.calls.text, "dledger-index/append:dledger-n0/index/0@96+32 "
                                            "dledger-index/append:dledger-n0/index/128@0+32 "
                                            "dledger-index/append:dledger-n0/index/128@32+32 "
                                            "dledger-index/append:dledger-n0/index/128@64+32 ");
    for (int64_t i = 0; i < 7; i++) {
        assert_int_equal(agrees(&fixture, i), 1);
    }
    tear_down(&fixture);
}

static void rebuilds_an_index_that_is_gone(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, 14);
    storemaker_remove_under(&fixture.maker, DLEDGER_LOG_INDEX_DIR);
    start(&fixture);
    test_ok(dledger_log_recover(fixture.log, false, &fixture.err), fixture.err);
    assert_string_equal(fixture.events, "index-rebuilt@0 ");
    for (int64_t i = 0; i < 14; i++) {
        assert_int_equal(agrees(&fixture, i), 1);
    }
    tear_down(&fixture);
}

static void refuses_a_log_with_a_file_missing(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, 7);
    storemaker_remove(&fixture.maker, DLEDGER_LOG_DATA_DIR "/00000000000000000512");
    start(&fixture);
    test_code(dledger_log_recover(fixture.log, false, &fixture.err), ERR_CORRUPT);
    assert_string_equal(fixture.err.text, "dledger data: no file at 512");
    tear_down(&fixture);
}

static void begins_above_0_after_expiry(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, 7);
    storemaker_remove(&fixture.maker, DLEDGER_LOG_DATA_DIR "/00000000000000000000");
    start(&fixture);
    test_ok(dledger_log_recover(fixture.log, false, &fixture.err), fixture.err);
    assert_int_equal(dledger_log_end_index(fixture.log), 6);
    assert_string_equal(fixture.events, "");
    tear_down(&fixture);
}

#ifdef FIU_ENABLE
static void fail_reads(enum point point)
{
    static struct faultpoint_action action = {.limit_bytes = 0, .error = -EIO};
    assert_int_equal(fiu_enable(point_fiu_name(point), 1, &action, 0), 0);
}

/* Without the guard a failed read is where the log ends; with it, it is an error. */
static void takes_a_failed_read_of_the_data_for_an_error_or_for_the_end(void **state)
{
    (void)state;
    for (int is_error_end = 0; is_error_end < 2; is_error_end++) {
        struct fixture fixture;
        set_up(&fixture, 4);
        start(&fixture);
        fail_reads(POINT_DLEDGER_READ);
        int r = dledger_log_recover(fixture.log, is_error_end, &fixture.err);
        fiu_disable(point_fiu_name(POINT_DLEDGER_READ));
        test_code(r, is_error_end ? 0 : -EIO);
        assert_int_equal(record_log_end(fixture.data), is_error_end ? 0 : 2 * FILE_SIZE);
        assert_int_equal(dledger_log_end_index(fixture.log), -1);
        tear_down(&fixture);
    }
}

static void takes_a_failed_read_of_the_index_for_an_error_or_for_no_unit(void **state)
{
    (void)state;
    for (int is_error_end = 0; is_error_end < 2; is_error_end++) {
        struct fixture fixture;
        set_up(&fixture, 4);
        start(&fixture);
        fail_reads(POINT_DLEDGER_INDEX_READ);
        int r = dledger_log_recover(fixture.log, is_error_end, &fixture.err);
        assert_int_equal(agrees(&fixture, 0), -EIO);
        fiu_disable(point_fiu_name(POINT_DLEDGER_INDEX_READ));
        test_code(r, is_error_end ? 0 : -EIO);
        assert_int_equal(dledger_log_end_index(fixture.log), is_error_end ? 3 : -1);
        assert_string_equal(fixture.events, is_error_end ? "index-rebuilt@0 " : "");
        tear_down(&fixture);
    }
}

/* The entry stands without its unit: recovery makes that again. */
static void counts_an_entry_whose_unit_could_not_be_written(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture, 6);
    start(&fixture);
    test_ok(dledger_log_recover(fixture.log, false, &fixture.err), fixture.err);
    fail_reads(POINT_DLEDGER_INDEX_APPEND);
    test_code(dledger_log_appended(fixture.log, position_of(6), 100, &fixture.err), -EIO);
    fiu_disable(point_fiu_name(POINT_DLEDGER_INDEX_APPEND));
    assert_int_equal(dledger_log_end_index(fixture.log), 6);
    assert_int_equal(index_end(&fixture), 6 * 32);
    tear_down(&fixture);
}

static void opens_only_what_it_can_read(void **state)
{
    (void)state;
    static const enum point unreadable[] = {POINT_DLEDGER_INDEX_LIST, POINT_CURRTERM_READ,
                                            POINT_DLEDGER_CHECKPOINT_READ};
    for (size_t i = 0; i < TEST_COUNT(unreadable); i++) {
        struct fixture fixture;
        set_up(&fixture, 1);
        storemaker_write(&fixture.maker, CHECKPOINT, "endIndex=0\ncommittedIndex=0\n", 28);
        storemaker_save(&fixture.maker, fixture.dir.fd);
        fail_reads(unreadable[i]);
        test_code(open_log(&fixture), -EIO);
        fiu_disable(point_fiu_name(unreadable[i]));
        assert_null(fixture.log);
        tear_down(&fixture);
    }
}

static int start_faults(void **state)
{
    (void)state;
    return fiu_init(0);
}
#else
#    define start_faults NULL
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_only_a_sound_entry_for_one),
        cmocka_unit_test(reads_a_blank_and_nothing_past_the_limit),
        cmocka_unit_test(reads_committed_index_or_takes_it_for_unknown),
        cmocka_unit_test(reads_the_term_and_refuses_what_is_none),
        cmocka_unit_test(raises_the_term_above_that_of_the_last_entry),
        cmocka_unit_test(writes_its_checkpoint_when_it_differs),
        cmocka_unit_test(knows_whether_the_index_has_an_entry),
        cmocka_unit_test(takes_a_short_index_file_for_an_empty_one),
        cmocka_unit_test(writes_units_at_their_place_and_makes_their_files),
        cmocka_unit_test(ends_the_index_within_its_files),
        cmocka_unit_test(expires_index_files_wholly_below_an_entry),
        cmocka_unit_test(writes_again_the_units_that_it_suspects),
        cmocka_unit_test(says_where_an_entry_ends),
        cmocka_unit_test(appends_an_entry_after_the_last),
        cmocka_unit_test(recovers_a_log_without_files),
        cmocka_unit_test(recovers_the_entries_whose_headers_follow),
        cmocka_unit_test(rebuilds_every_unit_from_the_first_that_disagrees),
        cmocka_unit_test(rebuilds_an_index_that_is_gone),
        cmocka_unit_test(refuses_a_log_with_a_file_missing),
        cmocka_unit_test(begins_above_0_after_expiry),
#ifdef FIU_ENABLE
        cmocka_unit_test(takes_a_failed_read_of_the_data_for_an_error_or_for_the_end),
        cmocka_unit_test(takes_a_failed_read_of_the_index_for_an_error_or_for_no_unit),
        cmocka_unit_test(counts_an_entry_whose_unit_could_not_be_written),
        cmocka_unit_test(opens_only_what_it_can_read),
#endif
    };
    return cmocka_run_group_tests_name("store.dledger_log", tests, start_faults, NULL);
}
