/* Each rule of order-durable: a good sequence without a finding, a bad one with exactly that. */
#include "harness/oracle/decode/disk_mark.h"
#include "harness/oracle/order/order.h"
#include "harness/testkit/test.h"
#include "store/base/bytes.h"
#include "store/base/crc32.h"

#include <errno.h>
#include <pthread.h>

#define LOG    "commitlog/00000000000000000000"
#define LOG2   "commitlog/00000000000000004096"
#define QUEUE  "consumequeue/topic/0/00000000000000000000"
#define PARENT "consumequeue/topic/0"

struct fixture {
    struct order *order;
    uint8_t page[DISK_MARK_PAGE_SIZE_BYTES];
    uint8_t units[200 * 20];
};

static struct order *make_order(enum store_services services)
{
    struct store_options options = {.mode = STORE_MODE_COMMITLOG,
                                    .services = services,
                                    .log_file_size_bytes = 4096,
                                    .queue_file_units = 50,
                                    .quirks = quirk_of_profile(QUIRK_PROFILE_FIXED)};
    struct order *order = order_new(&options, QUIRK_PROFILE_FIXED);
    assert_non_null(order);
    return order;
}

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    fixture->order = make_order(STORE_SERVICES_MANUAL);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    fixture->order = order_free(fixture->order);
    free(fixture);
    return 0;
}

/* One whole operation. */
static void run(struct fixture *fixture, const struct disk_call *op, int64_t result)
{
    order_begin(fixture->order, op, op);
    order_end(fixture->order, op, op, result, false);
}

static void on(struct fixture *fixture, uint32_t point, const char *path)
{
    struct disk_call op = {.point = point, .op = point_op(point), .path = path, .size_bytes = 4096};
    run(fixture, &op, 0);
}

static void fail_on(struct fixture *fixture, uint32_t point, const char *path)
{
    struct disk_call op = {.point = point, .op = point_op(point), .path = path};
    run(fixture, &op, -EIO);
}

static void write_at(struct fixture *fixture, uint32_t point, const char *path, uint64_t offset,
                     uint64_t size_bytes)
{
    struct disk_call op = {.point = point,
                           .op = POINT_OP_WRITE,
                           .path = path,
                           .offset = offset,
                           .size_bytes = size_bytes};
    run(fixture, &op, (int64_t)size_bytes);
}

static void rename_to(struct fixture *fixture, const char *path, const char *target)
{
    struct disk_call op = {
        .point = POINT_OFFSETS_RENAME, .op = POINT_OP_RENAME, .path = path, .target = target};
    run(fixture, &op, 0);
}

/* Unit `index` of the queue, of the record at `physical`. */
static void write_unit(struct fixture *fixture, const char *path, uint64_t index, uint64_t physical)
{
    uint8_t unit[20] = {0};
    bytes_put_be64(unit, physical);
    bytes_put_be32(unit + 8, 100);
    struct disk_call op = {.point = POINT_QUEUE_APPEND,
                           .op = POINT_OP_WRITE,
                           .path = path,
                           .offset = index * 20,
                           .data = unit,
                           .size_bytes = sizeof(unit)};
    run(fixture, &op, sizeof(unit));
}

static void put_mark(uint8_t *page, uint64_t mark)
{
    memset(page, 0, DISK_MARK_PAGE_SIZE_BYTES);
    bytes_put_be32(page + 64, 0x4B504D4B);
    bytes_put_be32(page + 68, 2);
    bytes_put_be64(page + 72, mark);
    bytes_put_be32(page + 112, crc32_of(page, DISK_MARK_PAGE_SIZE_BYTES));
}

static void write_mark(struct fixture *fixture, uint64_t mark)
{
    put_mark(fixture->page, mark);
    struct disk_call op = {.point = POINT_CHECKPOINT_WRITE,
                           .op = POINT_OP_WRITE,
                           .path = "checkpoint",
                           .data = fixture->page,
                           .size_bytes = sizeof(fixture->page)};
    run(fixture, &op, sizeof(fixture->page));
}

static void save_mark(struct fixture *fixture, uint64_t mark)
{
    write_mark(fixture, mark);
    on(fixture, POINT_CHECKPOINT_SYNC, "checkpoint");
}

/* A store that is open: directories, abort, the first log file, all durable. */
static void open_store(struct fixture *fixture)
{
    on(fixture, POINT_STORE_MKDIR, "commitlog");
    on(fixture, POINT_STORE_MKDIR, "consumequeue");
    on(fixture, POINT_STORE_SYNC_DIR, "");
    on(fixture, POINT_ABORT_CREATE, "abort");
    on(fixture, POINT_ABORT_SYNC_DIR, "");
    on(fixture, POINT_CHECKPOINT_CREATE, "checkpoint");
    on(fixture, POINT_CHECKPOINT_EXTEND, "checkpoint");
    on(fixture, POINT_CHECKPOINT_SYNC_DIR, "");
    on(fixture, POINT_CHECKPOINT_SYNC, "checkpoint");
    on(fixture, POINT_COMMITLOG_CREATE, LOG);
    on(fixture, POINT_COMMITLOG_EXTEND, LOG);
    on(fixture, POINT_COMMITLOG_SYNC, LOG);
    on(fixture, POINT_COMMITLOG_SYNC_DIR, "commitlog");
}

static void make_queue(struct fixture *fixture)
{
    on(fixture, POINT_QUEUE_MKDIR, "consumequeue/topic");
    on(fixture, POINT_QUEUE_MKDIR, PARENT);
    on(fixture, POINT_QUEUE_CREATE, QUEUE);
    on(fixture, POINT_QUEUE_EXTEND, QUEUE);
}

static void sync_queue(struct fixture *fixture)
{
    on(fixture, POINT_QUEUE_SYNC_DIR, "consumequeue");
    on(fixture, POINT_QUEUE_SYNC_DIR, "consumequeue/topic");
    on(fixture, POINT_QUEUE_SYNC, QUEUE);
    on(fixture, POINT_QUEUE_SYNC_DIR, PARENT);
}

static void append(struct fixture *fixture, uint64_t offset, uint64_t size_bytes)
{
    write_at(fixture, POINT_COMMITLOG_APPEND, LOG, offset, size_bytes);
}

static void expect_none(struct fixture *fixture)
{
    struct judge_report report;
    judge_report_clear(&report);
    if (order_report(fixture->order, &report) != 0) {
        fail_msg("a good sequence has a finding: %s", report.text);
    }
    assert_int_equal(report.violated, 0);
    assert_false(order_is_full(fixture->order));
}

static void expect_only(struct fixture *fixture, enum order_rule rule, const char *part)
{
    struct judge_report report;
    judge_report_clear(&report);
    assert_int_equal(order_report(fixture->order, &report), 1);
    assert_int_equal(report.violated, PROPERTY_BIT(ORDER_DURABLE));
    assert_int_equal(report.line_count, 1);
    test_contains(report.text, order_findings_rule_name(rule));
    test_contains(report.text, part);
    assert_true((order_rules_used(fixture->order) & (UINT32_C(1) << rule)) != 0);
}

static void test_synced_record_may_be_acknowledged(void **state)
{
    open_store(*state);
    append(*state, 0, 100);
    append(*state, 100, 100);
    on(*state, POINT_COMMITLOG_SYNC, LOG);
    append(*state, 200, 100); /* the next one waits */
    order_acked(((struct fixture *)*state)->order, 100, 100);
    expect_none(*state);
}

static void test_unsynced_record_may_not(void **state)
{
    open_store(*state);
    append(*state, 0, 100);
    order_acked(((struct fixture *)*state)->order, 0, 100);
    expect_only(*state, ORDER_RULE_ACK, "bytes 0..100 are not durable");
}

static void test_unsynced_record_before_it_counts(void **state)
{
    open_store(*state);
    append(*state, 0, 100);
    on(*state, POINT_COMMITLOG_CREATE, LOG2);
    on(*state, POINT_COMMITLOG_EXTEND, LOG2);
    write_at(*state, POINT_COMMITLOG_APPEND, LOG2, 0, 100);
    on(*state, POINT_COMMITLOG_SYNC, LOG2);
    on(*state, POINT_COMMITLOG_SYNC_DIR, "commitlog");
    order_acked(((struct fixture *)*state)->order, 4096, 100);
    expect_only(*state, ORDER_RULE_ACK, LOG "@0");
}

static void test_file_without_its_entry_counts(void **state)
{
    open_store(*state);
    on(*state, POINT_COMMITLOG_CREATE, LOG2);
    on(*state, POINT_COMMITLOG_EXTEND, LOG2);
    on(*state, POINT_COMMITLOG_SYNC, LOG2);
    order_acked(((struct fixture *)*state)->order, 3000, 1000); /* not in that file */
    expect_none(*state);
    order_acked(((struct fixture *)*state)->order, 4096, 100);
    expect_only(*state, ORDER_RULE_ACK, "making of its name is not durable");
}

static void test_directory_without_its_entry_counts(void **state)
{
    on(*state, POINT_STORE_MKDIR, "commitlog");
    on(*state, POINT_COMMITLOG_CREATE, LOG);
    on(*state, POINT_COMMITLOG_SYNC_DIR, "commitlog");
    order_acked(((struct fixture *)*state)->order, 0, 100);
    expect_only(*state, ORDER_RULE_ACK, "commitlog@0");
}

static void test_failed_or_void_sync_proves_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct disk_call sync = {.point = POINT_COMMITLOG_SYNC, .op = POINT_OP_SYNC, .path = LOG};
    open_store(fixture);
    append(fixture, 0, 100);
    order_begin(fixture->order, &sync, &sync);
    order_end(fixture->order, &sync, &sync, 0, true);
    order_acked(fixture->order, 0, 100);
    expect_only(fixture, ORDER_RULE_ACK, "0..100");
    order_clear(fixture->order);
    open_store(fixture);
    append(fixture, 0, 100);
    fail_on(fixture, POINT_COMMITLOG_SYNC, LOG);
    on(fixture, POINT_COMMITLOG_SYNC, LOG); /* believed by RocketMQ: the pages are clean by now */
    order_acked(fixture->order, 0, 100);
    expect_only(fixture, ORDER_RULE_ACK, "then a sync failed");
}

static void test_rewritten_after_a_failed_sync(void **state)
{
    struct fixture *fixture = *state;
    open_store(fixture);
    append(fixture, 0, 100);
    append(fixture, 100, 9000);
    fail_on(fixture, POINT_COMMITLOG_SYNC, LOG);
    append(fixture, 5000, 10); /* makes the page of 4096..8191 dirty again, no other */
    on(fixture, POINT_COMMITLOG_SYNC, LOG);
    append(fixture, 0, 4096);
    append(fixture, 8192, 908);
    on(fixture, POINT_COMMITLOG_SYNC, LOG);
    order_acked(fixture->order, 100, 9000);
    expect_none(fixture);
}

static void test_half_rewritten_after_a_failed_sync(void **state)
{
    struct fixture *fixture = *state;
    open_store(fixture);
    append(fixture, 0, 9000);
    fail_on(fixture, POINT_COMMITLOG_SYNC, LOG);
    append(fixture, 5000, 10);
    on(fixture, POINT_COMMITLOG_SYNC, LOG);
    append(fixture, 0, 4096);
    on(fixture, POINT_COMMITLOG_SYNC, LOG);
    order_acked(fixture->order, 0, 8192);
    expect_none(fixture);
    order_acked(fixture->order, 0, 9000);
    expect_only(fixture, ORDER_RULE_ACK, "8192..9000");
}

static void test_failed_write_needs_no_sync(void **state)
{
    struct fixture *fixture = *state;
    struct disk_call op = {
        .point = POINT_COMMITLOG_APPEND, .op = POINT_OP_WRITE, .path = LOG, .size_bytes = 100};
    open_store(fixture);
    run(fixture, &op, -ENOSPC);
    order_acked(fixture->order, 0, 100);
    expect_none(fixture);
}

static void test_write_that_ends_after_the_sync_began(void **state)
{
    struct fixture *fixture = *state;
    struct disk_call late = {
        .point = POINT_COMMITLOG_APPEND, .op = POINT_OP_WRITE, .path = LOG, .size_bytes = 100};
    struct disk_call sync = {.point = POINT_COMMITLOG_SYNC, .op = POINT_OP_SYNC, .path = LOG};
    open_store(fixture);
    order_begin(fixture->order, &late, &late);
    order_begin(fixture->order, &sync, &sync);
    order_end(fixture->order, &late, &late, 100, false);
    order_end(fixture->order, &sync, &sync, 0, false);
    order_acked(fixture->order, 0, 100);
    expect_only(fixture, ORDER_RULE_ACK, "0..100");
}

static void test_mark_behind_log_and_queues(void **state)
{
    open_store(*state);
    append(*state, 0, 100);
    make_queue(*state);
    write_unit(*state, QUEUE, 0, 0);
    on(*state, POINT_COMMITLOG_SYNC, LOG);
    sync_queue(*state);
    append(*state, 100, 100); /* past the mark: of no matter */
    write_unit(*state, QUEUE, 1, 100);
    save_mark(*state, 100);
    expect_none(*state);
}

static void test_mark_past_the_log(void **state)
{
    open_store(*state);
    append(*state, 0, 100);
    save_mark(*state, 100);
    expect_only(*state, ORDER_RULE_MARK, LOG);
}

static void test_mark_past_a_queue(void **state)
{
    open_store(*state);
    append(*state, 0, 200);
    make_queue(*state);
    write_unit(*state, QUEUE, 0, 0);
    on(*state, POINT_COMMITLOG_SYNC, LOG);
    sync_queue(*state);
    write_unit(*state, QUEUE, 1, 100);
    save_mark(*state, 100);
    expect_none(*state);
    save_mark(*state, 200);
    expect_only(*state, ORDER_RULE_MARK, QUEUE "@20");
}

static void test_mark_past_a_unit_cut_in_two(void **state)
{
    struct fixture *fixture = *state;
    struct disk_call rest = {.point = POINT_QUEUE_APPEND,
                             .op = POINT_OP_WRITE,
                             .path = QUEUE,
                             .offset = 12,
                             .data = fixture->units,
                             .size_bytes = 8};
    open_store(fixture);
    make_queue(fixture);
    bytes_put_be64(fixture->units, 77);
    bytes_put_be32(fixture->units + 8, 100);
    struct disk_call first = {.point = POINT_QUEUE_APPEND,
                              .op = POINT_OP_WRITE,
                              .path = QUEUE,
                              .data = fixture->units,
                              .size_bytes = 12};
    run(fixture, &first, 12);
    sync_queue(fixture);
    run(fixture, &rest, 8);
    save_mark(fixture, 200);
    expect_only(fixture, ORDER_RULE_MARK, "bytes 12..20");
}

static void test_mark_past_a_queue_without_its_directory(void **state)
{
    open_store(*state);
    make_queue(*state);
    write_unit(*state, QUEUE, 0, 0);
    on(*state, POINT_QUEUE_SYNC, QUEUE);
    on(*state, POINT_QUEUE_SYNC_DIR, PARENT);
    on(*state, POINT_QUEUE_SYNC_DIR, "consumequeue");
    save_mark(*state, 100);
    expect_only(*state, ORDER_RULE_MARK, PARENT "@0");
}

static void test_broken_mark_is_none(void **state)
{
    struct fixture *fixture = *state;
    open_store(fixture);
    append(fixture, 0, 100);
    put_mark(fixture->page, 100);
    fixture->page[115] ^= 1;
    struct disk_call op = {.point = POINT_CHECKPOINT_WRITE,
                           .op = POINT_OP_WRITE,
                           .path = "checkpoint",
                           .data = fixture->page,
                           .size_bytes = sizeof(fixture->page)};
    run(fixture, &op, sizeof(fixture->page));
    expect_none(fixture);
}

/* The record that the page names must have its unit on disk; one behind it may be in the cache. */
static void test_page_names_a_record_whose_unit_is_loose(void **state)
{
    struct fixture *fixture = *state;
    open_store(fixture);
    make_queue(fixture);
    write_unit(fixture, QUEUE, 0, 100);
    sync_queue(fixture);
    write_unit(fixture, QUEUE, 1, 200);
    memset(fixture->page, 0, sizeof(fixture->page));
    bytes_put_be64(fixture->page + 40, 100);
    struct disk_call op = {.point = POINT_CHECKPOINT_WRITE,
                           .op = POINT_OP_WRITE,
                           .path = "checkpoint",
                           .data = fixture->page,
                           .size_bytes = sizeof(fixture->page)};
    run(fixture, &op, sizeof(fixture->page));
    expect_none(fixture);
    bytes_put_be64(fixture->page + 40, 200);
    run(fixture, &op, sizeof(fixture->page));
    expect_only(fixture, ORDER_RULE_MARK, QUEUE "@20");
}

static void test_zeroed_tail(void **state)
{
    open_store(*state);
    write_at(*state, POINT_COMMITLOG_ZERO_TAIL, LOG, 300, 50);
    on(*state, POINT_COMMITLOG_SYNC, LOG);
    append(*state, 200, 100);
    expect_none(*state);
    write_at(*state, POINT_COMMITLOG_ZERO_TAIL, LOG, 300, 50);
    append(*state, 300, 10);
    expect_only(*state, ORDER_RULE_TAIL, "bytes 300..350");
}

static void test_zeroed_tail_of_a_queue(void **state)
{
    open_store(*state);
    make_queue(*state);
    write_at(*state, POINT_QUEUE_CUT_TAIL, QUEUE, 100, 40);
    write_unit(*state, "consumequeue/topic/1/00000000000000000000", 0, 0);
    expect_none(*state);
    write_unit(*state, QUEUE, 5, 0);
    expect_only(*state, ORDER_RULE_TAIL, "bytes 100..140");
}

static void expire(struct fixture *fixture)
{
    on(fixture, POINT_COMMITLOG_EXPIRE, LOG);
}

static void test_expiry_in_order(void **state)
{
    open_store(*state);
    make_queue(*state);
    write_unit(*state, QUEUE, 0, 4000);
    sync_queue(*state);
    save_mark(*state, 4096);
    write_unit(*state, QUEUE, 1, 4096);
    expire(*state);
    on(*state, POINT_COMMITLOG_SYNC_DIR, "commitlog");
    on(*state, POINT_QUEUE_EXPIRE, QUEUE);
    expect_none(*state);
}

static void test_expiry_under_a_queue(void **state)
{
    open_store(*state);
    make_queue(*state);
    sync_queue(*state);
    save_mark(*state, 4096);
    write_unit(*state, QUEUE, 0, 4000);
    expire(*state);
    expect_only(*state, ORDER_RULE_EXPIRY, QUEUE);
}

static void test_expiry_above_the_mark(void **state)
{
    open_store(*state);
    save_mark(*state, 4000);
    write_mark(*state, 4096); /* not synced */
    expire(*state);
    expect_only(*state, ORDER_RULE_EXPIRY, "the mark may be 4000");
}

static void test_queue_expiry_before_the_log_is_gone(void **state)
{
    open_store(*state);
    save_mark(*state, 4096);
    expire(*state);
    on(*state, POINT_QUEUE_EXPIRE, QUEUE);
    expect_only(*state, ORDER_RULE_EXPIRED, "removal of its name");
}

static void test_cut_with_the_mark_lowered(void **state)
{
    open_store(*state);
    save_mark(*state, 500);
    save_mark(*state, 300);
    write_at(*state, POINT_COMMITLOG_ZERO_TAIL, LOG, 300, 200);
    on(*state, POINT_COMMITLOG_CUT_FILE, LOG2);
    expect_none(*state);
}

static void test_cut_with_the_mark_not_yet_lowered(void **state)
{
    open_store(*state);
    save_mark(*state, 500);
    write_mark(*state, 300);
    write_at(*state, POINT_COMMITLOG_ZERO_TAIL, LOG, 300, 200);
    expect_only(*state, ORDER_RULE_CUT, "the mark may still be 500");
}

static void test_cut_of_a_file_below_the_mark(void **state)
{
    open_store(*state);
    save_mark(*state, 5000);
    on(*state, POINT_COMMITLOG_CUT_FILE, LOG2);
    expect_only(*state, ORDER_RULE_CUT, "the log is cut at 4096");
}

static void stop(struct fixture *fixture)
{
    on(fixture, POINT_ABORT_UNLINK, "abort");
}

static void test_stop_with_all_durable(void **state)
{
    open_store(*state);
    append(*state, 0, 100);
    make_queue(*state);
    write_unit(*state, QUEUE, 0, 0);
    on(*state, POINT_COMMITLOG_SYNC, LOG);
    sync_queue(*state);
    save_mark(*state, 100);
    on(*state, POINT_OFFSETS_CREATE, "config/offsets.json.tmp"); /* rests are no state */
    stop(*state);
    expect_none(*state);
}

static void test_stop_with_an_empty_file(void **state)
{
    open_store(*state);
    on(*state, POINT_COMMITLOG_CREATE, LOG2);
    on(*state, POINT_COMMITLOG_EXTEND, LOG2);
    on(*state, POINT_COMMITLOG_SYNC_DIR, "commitlog");
    stop(*state);
    expect_none(*state);
    on(*state, POINT_ABORT_CREATE, "abort");
    on(*state, POINT_ABORT_SYNC_DIR, "");
    write_at(*state, POINT_COMMITLOG_APPEND, LOG2, 0, 10);
    stop(*state);
    expect_only(*state, ORDER_RULE_STOP, LOG2);
}

static void test_stop_with_a_loose_queue(void **state)
{
    open_store(*state);
    make_queue(*state);
    sync_queue(*state);
    write_unit(*state, QUEUE, 0, 0);
    stop(*state);
    expect_only(*state, ORDER_RULE_STOP, QUEUE);
}

static void test_stop_with_a_mark_in_the_cache(void **state)
{
    open_store(*state);
    write_mark(*state, 0);
    stop(*state);
    expect_only(*state, ORDER_RULE_STOP, "checkpoint@0");
}

static void test_stop_with_a_removal_in_the_cache(void **state)
{
    open_store(*state);
    on(*state, POINT_COMMITLOG_CUT_FILE, LOG2);
    stop(*state);
    expect_only(*state, ORDER_RULE_STOP, "removal of its name");
}

static void test_append_without_abort(void **state)
{
    append(*state, 0, 100);
    expect_only(*state, ORDER_RULE_ABORT, "no abort file");
}

static void test_append_with_abort_not_durable(void **state)
{
    on(*state, POINT_ABORT_CREATE, "abort");
    append(*state, 0, 100);
    expect_only(*state, ORDER_RULE_ABORT, "making of its name");
}

static void test_rename(void **state)
{
    on(*state, POINT_OFFSETS_CREATE, "config/a.tmp");
    write_at(*state, POINT_OFFSETS_WRITE, "config/a.tmp", 0, 30);
    on(*state, POINT_OFFSETS_SYNC, "config/a.tmp");
    rename_to(*state, "config/a.tmp", "config/a");
    on(*state, POINT_OFFSETS_SYNC_DIR, "config");
    stop(*state);
    expect_none(*state);
}

static void test_rename_before_the_bytes(void **state)
{
    write_at(*state, POINT_OFFSETS_WRITE, "config/a.tmp", 0, 30);
    rename_to(*state, "config/a.tmp", "config/a");
    expect_only(*state, ORDER_RULE_RENAME, "config/a.tmp@0");
}

static void test_rename_that_may_be_undone(void **state)
{
    rename_to(*state, "config/a.tmp", "config/a");
    stop(*state);
    expect_only(*state, ORDER_RULE_STOP, "config/a@0");
}

static void test_next_round_trusts_no_cache(void **state)
{
    struct fixture *fixture = *state;
    struct disk_call torn = {
        .point = POINT_COMMITLOG_APPEND, .op = POINT_OP_WRITE, .path = LOG, .size_bytes = 100};
    open_store(fixture);
    order_begin(fixture->order, &torn, &torn); /* killed inside */
    order_round(fixture->order);
    on(fixture, POINT_ABORT_CREATE, "abort");
    on(fixture, POINT_ABORT_SYNC_DIR, "");
    append(fixture, 100, 50);
    on(fixture, POINT_COMMITLOG_SYNC, LOG);
    order_acked(fixture->order, 100, 50);
    expect_none(fixture);
    append(fixture, 150, 50);
    order_round(fixture->order);
    order_acked(fixture->order, 150, 50);
    expect_only(fixture, ORDER_RULE_ACK, "bytes 150..200");
}

static void test_clear_forgets(void **state)
{
    struct fixture *fixture = *state;
    open_store(fixture);
    append(fixture, 0, 100);
    order_acked(fixture->order, 0, 100);
    order_clear(fixture->order);
    order_acked(fixture->order, 0, 100);
    expect_none(fixture);
}

static void test_many_findings_are_told_briefly(void **state)
{
    struct fixture *fixture = *state;
    struct judge_report report;
    judge_report_clear(&report);
    open_store(fixture);
    append(fixture, 0, 100);
    for (uint32_t i = 0; i < 100; i++) {
        order_acked(fixture->order, 0, 100);
    }
    assert_int_equal(order_report(fixture->order, &report), 100);
    assert_int_equal(report.line_count, 100);
    assert_int_equal(report.told[PROPERTY_ORDER_DURABLE], 2);
}

static void test_no_room_is_said(void **state)
{
    struct fixture *fixture = *state;
    char path[64];
    for (uint32_t i = 0; i < 5000; i++) {
        snprintf(path, sizeof(path), "consumequeue/t%u", i);
        on(fixture, POINT_QUEUE_MKDIR, path);
    }
    assert_true(order_is_full(fixture->order));
    order_clear(fixture->order);
    assert_false(order_is_full(fixture->order));
}

/* Files that come and go, and writes that lie apart, do not use the room up. */
static void test_room_is_given_back(void **state)
{
    struct fixture *fixture = *state;
    char path[64];
    open_store(fixture);
    for (uint32_t i = 0; i < 50000; i++) {
        snprintf(path, sizeof(path), "commitlog/%020u", (i + 2) * 4096);
        on(fixture, POINT_COMMITLOG_CREATE, path);
        write_at(fixture, POINT_COMMITLOG_APPEND, path, 0, 10);
        append(fixture, i * 10, 10);
        on(fixture, POINT_COMMITLOG_CUT_FILE, path);
        on(fixture, POINT_COMMITLOG_SYNC_DIR, "commitlog");
    }
    expect_none(fixture);
}

#define THREAD_COUNT 8
#define THREAD_TURNS 2000

struct thread_arg {
    struct order *order;
    uint32_t number;
};

/* Each thread has a log file of its own and acknowledges what it has synced. */
static void *put_and_sync(void *arg)
{
    struct thread_arg *thread = arg;
    char path[64];
    snprintf(path, sizeof(path), "config/%u", thread->number);
    for (uint32_t i = 0; i < THREAD_TURNS; i++) {
        struct disk_call write = {.point = POINT_OFFSETS_WRITE,
                                  .op = POINT_OP_WRITE,
                                  .path = path,
                                  .offset = i * 10,
                                  .size_bytes = 10};
        struct disk_call sync = {.point = POINT_OFFSETS_SYNC, .op = POINT_OP_SYNC, .path = path};
        struct disk_call move = {.point = POINT_OFFSETS_RENAME,
                                 .op = POINT_OP_RENAME,
                                 .path = path,
                                 .target = "config/all"};
        order_begin(thread->order, &write, &write);
        order_end(thread->order, &write, &write, 10, false);
        order_begin(thread->order, &sync, &sync);
        order_end(thread->order, &sync, &sync, 0, false);
        order_begin(thread->order, &move, &move);
        order_end(thread->order, &move, &move, -EIO, false);
    }
    return NULL;
}

static void test_threads(void **state)
{
    struct fixture *fixture = *state;
    pthread_t threads[THREAD_COUNT];
    struct thread_arg args[THREAD_COUNT];
    fixture->order = order_free(fixture->order);
    fixture->order = make_order(STORE_SERVICES_THREADS);
    for (uint32_t i = 0; i < THREAD_COUNT; i++) {
        args[i] = (struct thread_arg){fixture->order, i};
        assert_int_equal(pthread_create(&threads[i], NULL, put_and_sync, &args[i]), 0);
    }
    for (uint32_t i = 0; i < THREAD_COUNT; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    expect_none(fixture);
    assert_int_equal(order_rules_used(fixture->order), UINT32_C(1) << ORDER_RULE_RENAME);
}

static void test_rules_have_names(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < ORDER_RULE_COUNT; i++) {
        assert_non_null(order_findings_rule_name(i));
    }
    assert_null(order_findings_rule_name(ORDER_RULE_COUNT));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_synced_record_may_be_acknowledged),
        TEST(test_unsynced_record_may_not),
        TEST(test_unsynced_record_before_it_counts),
        TEST(test_file_without_its_entry_counts),
        TEST(test_directory_without_its_entry_counts),
        TEST(test_failed_or_void_sync_proves_nothing),
        TEST(test_rewritten_after_a_failed_sync),
        TEST(test_half_rewritten_after_a_failed_sync),
        TEST(test_failed_write_needs_no_sync),
        TEST(test_write_that_ends_after_the_sync_began),
        TEST(test_mark_behind_log_and_queues),
        TEST(test_mark_past_the_log),
        TEST(test_mark_past_a_queue),
        TEST(test_mark_past_a_unit_cut_in_two),
        TEST(test_mark_past_a_queue_without_its_directory),
        TEST(test_broken_mark_is_none),
        TEST(test_page_names_a_record_whose_unit_is_loose),
        TEST(test_zeroed_tail),
        TEST(test_zeroed_tail_of_a_queue),
        TEST(test_expiry_in_order),
        TEST(test_expiry_under_a_queue),
        TEST(test_expiry_above_the_mark),
        TEST(test_queue_expiry_before_the_log_is_gone),
        TEST(test_cut_with_the_mark_lowered),
        TEST(test_cut_with_the_mark_not_yet_lowered),
        TEST(test_cut_of_a_file_below_the_mark),
        TEST(test_stop_with_all_durable),
        TEST(test_stop_with_an_empty_file),
        TEST(test_stop_with_a_loose_queue),
        TEST(test_stop_with_a_mark_in_the_cache),
        TEST(test_stop_with_a_removal_in_the_cache),
        TEST(test_append_without_abort),
        TEST(test_append_with_abort_not_durable),
        TEST(test_rename),
        TEST(test_rename_before_the_bytes),
        TEST(test_rename_that_may_be_undone),
        TEST(test_next_round_trusts_no_cache),
        TEST(test_clear_forgets),
        TEST(test_many_findings_are_told_briefly),
        TEST(test_no_room_is_said),
        TEST(test_room_is_given_back),
        TEST(test_threads),
        TEST(test_rules_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
