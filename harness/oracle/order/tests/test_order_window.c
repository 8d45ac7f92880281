/* `loss-window` and `offsets-fresh` by virtual time: what is in time and what is overdue. */
#include "harness/oracle/order/order.h"
#include "harness/testkit/test.h"

#include <errno.h>

#define START_MS INT64_C(1000000)
#define LOG      "commitlog/00000000000000000000"
#define LOG2     "commitlog/00000000000000065536"
#define ENTRIES  "dledger-n0/data/00000000000000000000"
#define OFFSETS  "config/consumerOffset.json"
#define TMP      OFFSETS ".tmp"
#define BAK      OFFSETS ".bak"

struct fixture {
    struct order *order;
};

static int setup(void **state)
{
    *state = calloc(1, sizeof(struct fixture));
    assert_non_null(*state);
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    fixture->order = order_free(fixture->order);
    free(fixture);
    return 0;
}

static void at(struct fixture *fixture, int64_t after_ms)
{
    order_clock(fixture->order, START_MS + after_ms);
}

static void open_store(struct fixture *fixture, enum store_mode mode, enum store_flush flush,
                       enum quirk_profile profile)
{
    const struct store_options options = {.mode = mode,
                                          .flush = flush,
                                          .log_file_size_bytes = 65536,
                                          .quirks = quirk_of_profile(profile)};
    fixture->order = order_free(fixture->order);
    fixture->order = order_new(&options, profile);
    assert_non_null(fixture->order);
    order_round(fixture->order);
    at(fixture, 0);
    order_opened(fixture->order);
}

static void open_async(struct fixture *fixture)
{
    open_store(fixture, STORE_MODE_COMMITLOG, STORE_FLUSH_ASYNC, QUIRK_PROFILE_FIXED);
}

static void run(struct fixture *fixture, const struct disk_call *op, int64_t result)
{
    order_begin(fixture->order, op, op);
    order_end(fixture->order, op, op, result, false);
}

static void on(struct fixture *fixture, enum point point, const char *path, int64_t result)
{
    const struct disk_call op = {.point = point, .op = point_op(point), .path = path};
    run(fixture, &op, result);
}

static void write_of(struct fixture *fixture, enum point point, const char *path, uint64_t offset,
                     uint64_t size_bytes)
{
    const struct disk_call op = {.point = point,
                                 .op = POINT_OP_WRITE,
                                 .path = path,
                                 .offset = offset,
                                 .size_bytes = size_bytes};
    run(fixture, &op, (int64_t)size_bytes);
}

static void append(struct fixture *fixture, uint64_t offset)
{
    write_of(fixture, POINT_COMMITLOG_APPEND, LOG, offset, 100);
}

static void expect_none(struct fixture *fixture)
{
    struct judge_report report;
    judge_report_clear(&report);
    if (order_report(fixture->order, &report) != 0) {
        fail_msg("a good sequence has a finding: %s", report.text);
    }
    assert_false(order_is_full(fixture->order));
}

static void expect(struct fixture *fixture, uint32_t properties, const char *text)
{
    struct judge_report report;
    judge_report_clear(&report);
    (void)order_report(fixture->order, &report);
    /* No store is made here, so the append without abort and names is found, too. */
    assert_int_equal(report.violated & ~PROPERTY_BIT(ORDER_DURABLE), properties);
    test_contains(report.text, text);
}

static void expect_in_time(struct fixture *fixture)
{
    struct judge_report report;
    judge_report_clear(&report);
    (void)order_report(fixture->order, &report);
    if ((report.violated & ~PROPERTY_BIT(ORDER_DURABLE)) != 0) {
        fail_msg("in time, and found: %s", report.text);
    }
}

/* Whether a byte of LOG or ENTRIES is overdue after so long, and not a millisecond before. */
static void expect_window(struct fixture *fixture, int64_t window_ms)
{
    at(fixture, window_ms);
    expect_in_time(fixture);
    at(fixture, window_ms + 1);
    expect(fixture, PROPERTY_BIT(LOSS_WINDOW), "are not durable");
}

static void windows_are_those_of_mode_flush_and_profile(void **state)
{
    static const struct {
        enum store_mode mode;
        enum store_flush flush;
        enum quirk_profile profile;
        int64_t window_ms;
    } rows[] = {
        {STORE_MODE_COMMITLOG, STORE_FLUSH_ASYNC, QUIRK_PROFILE_FIXED, 550},
        {STORE_MODE_COMMITLOG, STORE_FLUSH_SYNC, QUIRK_PROFILE_FIXED, 60},
        {STORE_MODE_DLEDGER, STORE_FLUSH_ASYNC, QUIRK_PROFILE_FIXED, 60},
        {STORE_MODE_COMMITLOG, STORE_FLUSH_ASYNC, QUIRK_PROFILE_ROCKETMQ_5_3_3, 10550},
        {STORE_MODE_COMMITLOG, STORE_FLUSH_SYNC, QUIRK_PROFILE_ROCKETMQ_5_2_0, 60},
        {STORE_MODE_DLEDGER, STORE_FLUSH_ASYNC, QUIRK_PROFILE_ROCKETMQ_5_2_0, 60},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        bool is_plain = rows[i].mode == STORE_MODE_COMMITLOG;
        test_row(is_plain ? "plain" : "dledger");
        open_store(fixture, rows[i].mode, rows[i].flush, rows[i].profile);
        write_of(fixture, is_plain ? POINT_COMMITLOG_APPEND : POINT_DLEDGER_APPEND,
                 is_plain ? LOG : ENTRIES, 200, 100);
        expect_window(fixture, rows[i].window_ms);
    }
}

static void a_sync_in_time_is_enough_and_covers_what_came_before_it(void **state)
{
    struct fixture *fixture = *state;
    const struct disk_call sync = {.point = POINT_COMMITLOG_SYNC, .op = POINT_OP_SYNC, .path = LOG};
    open_async(fixture);
    append(fixture, 0);
    at(fixture, 400);
    order_begin(fixture->order, &sync, &sync);
    append(fixture, 100); /* while the sync runs */
    order_end(fixture->order, &sync, &sync, 0, false);
    at(fixture, 950);
    expect_in_time(fixture);
    at(fixture, 951);
    expect(fixture, PROPERTY_BIT(LOSS_WINDOW), "bytes 100..200 were written 551 ms ago");
}

/* The first byte's age is not forgotten for what is written beside it. */
static void appends_that_are_told_as_one_keep_the_age_of_the_first(void **state)
{
    struct fixture *fixture = *state;
    open_async(fixture);
    append(fixture, 0);
    at(fixture, 540);
    append(fixture, 100);
    at(fixture, 551);
    expect(fixture, PROPERTY_BIT(LOSS_WINDOW), "551 ms ago");
}

static void a_sync_that_a_switch_took_out_is_none(void **state)
{
    struct fixture *fixture = *state;
    const struct disk_call sync = {.point = POINT_COMMITLOG_SYNC, .op = POINT_OP_SYNC, .path = LOG};
    open_async(fixture);
    append(fixture, 0);
    order_begin(fixture->order, &sync, &sync);
    order_end(fixture->order, &sync, &sync, 0, true);
    expect_window(fixture, 550);
}

/* It is told once a round, however long it goes on. */
static void what_is_overdue_is_told_once_a_round(void **state)
{
    struct fixture *fixture = *state;
    struct judge_report report;
    open_async(fixture);
    append(fixture, 0);
    judge_report_clear(&report);
    uint32_t before = order_report(fixture->order, &report);
    for (int64_t ms = 600; ms < 700; ms++) {
        at(fixture, ms);
    }
    assert_int_equal(order_report(fixture->order, &report), before + 1);
}

static void a_hold_of_the_flush_service_excuses_its_time(void **state)
{
    struct fixture *fixture = *state;
    open_async(fixture);
    append(fixture, 0);
    order_held(fixture->order, STORE_SERVICE_DISPATCH, START_MS + 9000);
    order_held(fixture->order, STORE_SERVICE_LOG_FLUSH, START_MS + 3000);
    expect_window(fixture, 3550);
}

static void a_failed_sync_ends_it_for_the_round(void **state)
{
    struct fixture *fixture = *state;
    open_async(fixture);
    append(fixture, 0);
    on(fixture, POINT_COMMITLOG_SYNC, LOG, -EIO);
    at(fixture, 60000);
    expect_in_time(fixture);
    order_round(fixture->order);
    order_opened(fixture->order);
    append(fixture, 200);
    at(fixture, 61000);
    expect(fixture, PROPERTY_BIT(LOSS_WINDOW), "are not durable");
}

static void what_a_killed_round_left_counts_from_the_opening(void **state)
{
    struct fixture *fixture = *state;
    open_async(fixture);
    append(fixture, 0);
    at(fixture, 400);
    order_round(fixture->order);
    at(fixture, 100000); /* recovery, and a clock that was set */
    expect_in_time(fixture);
    order_opened(fixture->order);
    expect_window(fixture, 100550);
}

static void what_no_record_needs_is_not_counted(void **state)
{
    struct fixture *fixture = *state;
    const struct disk_call whole = {
        .point = POINT_COMMITLOG_APPEND, .op = POINT_OP_WRITE, .path = LOG, .size_bytes = 100};
    open_async(fixture);
    run(fixture, &whole, 60); /* then the rest fails: no record */
    on(fixture, POINT_COMMITLOG_CREATE, LOG2, 0);
    const struct disk_call extend = {.point = POINT_COMMITLOG_EXTEND,
                                     .op = POINT_OP_TRUNCATE,
                                     .path = LOG2,
                                     .size_bytes = 65536};
    run(fixture, &extend, 0); /* ahead of need */
    at(fixture, 60000);
    expect_in_time(fixture);
    append(fixture, 0);
    write_of(fixture, POINT_COMMITLOG_ZERO_TAIL, LOG, 0, 100); /* cut again */
    at(fixture, 120000);
    expect_in_time(fixture);
}

static void four_whole_pages_make_rocketmqs_window_a_second(void **state)
{
    struct fixture *fixture = *state;
    open_store(fixture, STORE_MODE_COMMITLOG, STORE_FLUSH_ASYNC, QUIRK_PROFILE_ROCKETMQ_5_3_3);
    write_of(fixture, POINT_COMMITLOG_APPEND, LOG, 200, 100);
    at(fixture, 5000);
    write_of(fixture, POINT_COMMITLOG_APPEND, LOG, 8192, 8191);
    at(fixture, 7000);
    expect_in_time(fixture);
    write_of(fixture, POINT_COMMITLOG_APPEND, LOG, 16383, 1);
    expect_window(fixture, 8050);
}

static void a_roll_gives_rocketmq_another_look(void **state)
{
    struct fixture *fixture = *state;
    open_store(fixture, STORE_MODE_COMMITLOG, STORE_FLUSH_ASYNC, QUIRK_PROFILE_ROCKETMQ_5_3_3);
    write_of(fixture, POINT_COMMITLOG_APPEND, LOG, 65000, 100);
    at(fixture, 1000);
    write_of(fixture, POINT_COMMITLOG_APPEND, LOG2, 0, 100);
    on(fixture, POINT_COMMITLOG_SYNC, LOG, 0);
    expect_window(fixture, 12050);
}

static void threads_have_no_virtual_time(void **state)
{
    struct fixture *fixture = *state;
    const struct store_options options = {.flush = STORE_FLUSH_ASYNC,
                                          .services = STORE_SERVICES_THREADS,
                                          .log_file_size_bytes = 65536};
    const struct order_commit commit = {"topic", "group", 0, 5};
    fixture->order = order_new(&options, QUIRK_PROFILE_FIXED);
    at(fixture, 0);
    order_opened(fixture->order);
    append(fixture, 0);
    order_committed(fixture->order, &commit);
    at(fixture, 60000);
    expect_in_time(fixture);
    assert_int_equal(order_rules_used(fixture->order) & (UINT32_C(1) << ORDER_RULE_WINDOW), 0);
}

/* Offsets */

static void commit(struct fixture *fixture, int32_t queue_id, int64_t offset)
{
    const struct order_commit commit = {"topic-0", "group-a", queue_id, offset};
    order_committed(fixture->order, &commit);
}

static void write_text(struct fixture *fixture, const char *path, const char *text)
{
    const struct disk_call op = {.point = POINT_OFFSETS_WRITE,
                                 .op = POINT_OP_WRITE,
                                 .path = path,
                                 .data = text,
                                 .size_bytes = strlen(text)};
    on(fixture, POINT_OFFSETS_CREATE, path, 0);
    on(fixture, POINT_OFFSETS_TRUNCATE, path, 0);
    run(fixture, &op, (int64_t)op.size_bytes);
}

static void rename_tmp(struct fixture *fixture, int64_t result)
{
    const struct disk_call op = {
        .point = POINT_OFFSETS_RENAME, .op = POINT_OP_RENAME, .path = TMP, .target = OFFSETS};
    run(fixture, &op, result);
}

static void persist(struct fixture *fixture, const char *text)
{
    write_text(fixture, TMP, text);
    on(fixture, POINT_OFFSETS_SYNC, TMP, 0);
    rename_tmp(fixture, 0);
}

#define TABLE(queues) "{\"offsetTable\":{\"topic-0@group-a\":{" queues "}}}"

static void a_commit_is_fresh_for_its_period(void **state)
{
    struct fixture *fixture = *state;
    open_async(fixture);
    commit(fixture, 0, 5);
    at(fixture, 5050);
    expect_none(fixture);
    at(fixture, 5051);
    expect(fixture, PROPERTY_BIT(OFFSETS_FRESH),
           "offset 5 of queue 0 was committed 5051 ms ago and is not in the file: topic-0@group-a");
}

static void a_persist_covers_what_it_holds_and_nothing_later(void **state)
{
    struct fixture *fixture = *state;
    open_async(fixture);
    commit(fixture, 0, 5);
    at(fixture, 1000);
    commit(fixture, 0, 7);
    commit(fixture, 1, 3);
    at(fixture, 5000);
    persist(fixture, TABLE("0:5,1:3"));
    at(fixture, 6050);
    expect_none(fixture);
    at(fixture, 6051);
    expect(fixture, PROPERTY_BIT(OFFSETS_FRESH), "offset 7 of queue 0 was committed 5051 ms ago");
}

static void a_later_commit_covers_an_earlier_one(void **state)
{
    struct fixture *fixture = *state;
    open_async(fixture);
    for (int64_t i = 0; i < 40; i++) {
        at(fixture, i * 100);
        commit(fixture, 0, i);
    }
    persist(fixture, TABLE("0:39"));
    at(fixture, 60000);
    expect_none(fixture);
}

/* A text without its rename, one that does not parse, one in the .bak: the file has none of it. */
static void what_is_not_under_the_name_covers_nothing(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < 4; i++) {
        open_async(fixture);
        commit(fixture, 0, 5);
        if (i == 0) {
            write_text(fixture, TMP, TABLE("0:5"));
        } else if (i == 1) {
            write_text(fixture, BAK, TABLE("0:5"));
        } else if (i == 2) {
            persist(fixture, "{\"offsetTable\":{\"topic-0@group-a\":{0:5");
        } else {
            persist(fixture, TABLE("0:4"));
        }
        at(fixture, 5051);
        expect(fixture, PROPERTY_BIT(OFFSETS_FRESH), "is not in the file");
    }
}

/* As RocketMQ did: in place, or deleted and renamed (issues #9705 and #5905). */
static void other_ways_of_writing_are_ways(void **state)
{
    struct fixture *fixture = *state;
    open_async(fixture);
    commit(fixture, 0, 5);
    write_text(fixture, BAK, TABLE("0:1"));
    write_text(fixture, OFFSETS, TABLE("0:5"));
    at(fixture, 6000);
    commit(fixture, 0, 6);
    write_text(fixture, TMP, TABLE("0:6"));
    write_text(fixture, BAK, TABLE("0:5"));
    on(fixture, POINT_OFFSETS_UNLINK, OFFSETS, 0);
    rename_tmp(fixture, 0);
    at(fixture, 60000);
    expect_in_time(fixture);
}

static void a_failed_persist_begins_the_period_anew(void **state)
{
    struct fixture *fixture = *state;
    open_async(fixture);
    commit(fixture, 0, 5);
    at(fixture, 5000);
    write_text(fixture, TMP, TABLE("0:5"));
    on(fixture, POINT_OFFSETS_SYNC, TMP, -EIO);
    at(fixture, 10050);
    expect_none(fixture);
    at(fixture, 10051);
    expect(fixture, PROPERTY_BIT(OFFSETS_FRESH), "5051 ms ago");
}

static void a_hold_of_the_persist_and_a_new_round_excuse(void **state)
{
    struct fixture *fixture = *state;
    open_async(fixture);
    commit(fixture, 0, 5);
    order_held(fixture->order, STORE_SERVICE_OFFSETS, START_MS + 20000);
    at(fixture, 25050);
    expect_none(fixture);
    order_round(fixture->order); /* the commit died with its process */
    at(fixture, 60000);
    order_opened(fixture->order);
    at(fixture, 120000);
    expect_none(fixture);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(windows_are_those_of_mode_flush_and_profile),
        TEST(a_sync_in_time_is_enough_and_covers_what_came_before_it),
        TEST(appends_that_are_told_as_one_keep_the_age_of_the_first),
        TEST(a_sync_that_a_switch_took_out_is_none),
        TEST(what_is_overdue_is_told_once_a_round),
        TEST(a_hold_of_the_flush_service_excuses_its_time),
        TEST(a_failed_sync_ends_it_for_the_round),
        TEST(what_a_killed_round_left_counts_from_the_opening),
        TEST(what_no_record_needs_is_not_counted),
        TEST(four_whole_pages_make_rocketmqs_window_a_second),
        TEST(a_roll_gives_rocketmq_another_look),
        TEST(threads_have_no_virtual_time),
        TEST(a_commit_is_fresh_for_its_period),
        TEST(a_persist_covers_what_it_holds_and_nothing_later),
        TEST(a_later_commit_covers_an_earlier_one),
        TEST(what_is_not_under_the_name_covers_nothing),
        TEST(other_ways_of_writing_are_ways),
        TEST(a_failed_persist_begins_the_period_anew),
        TEST(a_hold_of_the_persist_and_a_new_round_excuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
