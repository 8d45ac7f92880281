/* What only RocketMQ writes, recovered: records with units in several queues (LMQ), and batch
 * queues, of which there are none here.  Small as in test_recovery.c. */
#include "harness/testkit/diskstate.h"
#include "harness/testkit/reopen.h"
#include "harness/testkit/test.h"

#define PLAIN    STORE_MODE_COMMITLOG
#define DLEDGER  STORE_MODE_DLEDGER
#define LMQ_A    "%LMQ%a"
#define LMQ_B    "%LMQ%b"
#define QUEUE_A  "consumequeue/" LMQ_A "/0/00000000000000000000"
#define NAMES    "INNER_MULTI_DISPATCH\1" LMQ_A "," LMQ_B "\2"
#define OFFSETS  "INNER_MULTI_QUEUE_OFFSET\1"
#define BATCH    "batchconsumequeue/bt/0/00000000000000000000"
#define SLACK    20
#define TEXT_MAX 160

/* A record of topic t, which has units of the same offset in both queues: RocketMQ's, without
 * __CRC32#. */
static struct storemaker_record make_lmq(struct reopen *reopen, int offset, int slack)
{
    char text[TEXT_MAX] = {0};
    int size = snprintf(text, sizeof(text) - SLACK, "%s%d,%d\2", NAMES OFFSETS, offset, offset);
    struct storemaker_message message = {
        .queue_offset = -1, .properties = text, .properties_size_bytes = (size_t)(size + slack)};
    reopen->maker.with_crc = false;
    return reopen_make(reopen, "t", &message);
}

static void put_done(void *arg, const struct store_put_result *result)
{
    *(struct store_put_result *)arg = *result;
}

static void put_properties(struct reopen *reopen, const char *properties, int32_t sys_flag,
                           struct store_put_result *result)
{
    struct store_message message = {
        .topic = "t",
        .born_timestamp_ms = reopen->now_ms += 10,
        .born_host = reopen->env.store_host,
        .properties = properties,
        .properties_size_bytes = strlen(properties),
        .sys_flag = sys_flag,
        .body = "b",
        .body_size_bytes = 1,
    };
    assert_int_equal(store_put(reopen->store, &message, put_done, result), 0);
}

/* Three; a put keeps the offsets that it brings. */
static void put_three_lmq(struct reopen *reopen)
{
    static struct store_put_result result;
    for (int i = 0; i < 3; i++) {
        char text[TEXT_MAX];
        snprintf(text, sizeof(text), "%s%d,%d\2", NAMES OFFSETS, i, i);
        put_properties(reopen, text, 0, &result);
        reopen_step(reopen, STORE_SERVICE_LOG_FLUSH);
        reopen_step(reopen, STORE_SERVICE_DISPATCH);
    }
}

static void put_three_lmq_settled(struct reopen *reopen)
{
    put_three_lmq(reopen);
    reopen_settle(reopen);
}

/* Each of the three queues has `count` units, and unit k of all is the same record. */
static void expect_queues(struct reopen *reopen, int64_t count)
{
    assert_int_equal(store_max_offset(reopen->store, "t", 0), count);
    assert_int_equal(store_max_offset(reopen->store, LMQ_A, 0), count);
    assert_int_equal(store_max_offset(reopen->store, LMQ_B, 0), count);
    for (int64_t i = 0; i < count; i++) {
        struct store_record own;
        struct store_record record;
        test_ok(store_get(reopen->store, "t", 0, i, &own, &reopen->err), reopen->err);
        uint64_t at = own.physical_offset;
        test_ok(store_get(reopen->store, LMQ_A, 0, i, &record, &reopen->err), reopen->err);
        assert_int_equal(record.physical_offset, at);
        test_ok(store_get(reopen->store, LMQ_B, 0, i, &record, &reopen->err), reopen->err);
        assert_int_equal(record.physical_offset, at);
    }
}

static bool has_event(const struct reopen *reopen, const char *event)
{
    return strstr(reopen->events.text, event) != NULL;
}

static void expect_opened(struct reopen *reopen, int64_t count)
{
    test_ok(reopen_open(reopen), reopen->err);
    expect_queues(reopen, count);
}

/* The queues as they stand are what a mark counts: the next start believes it. */
static void expect_marked(struct reopen *reopen, int64_t count)
{
    reopen_close(reopen, true);
    expect_opened(reopen, count);
    assert_true(has_event(reopen, "mark-used"));
    assert_false(has_event(reopen, "queue-healed"));
    assert_false(has_event(reopen, "dispatch-behind"));
}

static void each_queue_of_a_record_is_rebuilt(void **state)
{
    (void)state;
    for (int mode = 0; mode < 2; mode++) {
        struct reopen *reopen = reopen_new(mode == 0 ? PLAIN : DLEDGER);
        for (int i = 0; i < 3; i++) {
            make_lmq(reopen, i, 0);
        }
        reopen_made(reopen);
        expect_opened(reopen, 3);
        expect_marked(reopen, 3);
        reopen_close(reopen, false);
        reopen_free(reopen);
    }
}

static void a_wrong_unit_is_healed_and_one_too_many_is_cut(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    struct storemaker_record record = {0};
    for (int i = 0; i < 3; i++) {
        record = make_lmq(reopen, i, 0);
        storemaker_put_unit(&reopen->maker, LMQ_A, 0, (uint64_t)i, &record, i == 1 ? 7 : 0);
    }
    storemaker_put_unit(&reopen->maker, LMQ_A, 0, 3, &record, 0);
    reopen_made(reopen);
    expect_opened(reopen, 3);
    assert_true(has_event(reopen, "queue-healed@1"));
    assert_true(has_event(reopen, "queue-cut@3"));
    reopen_close(reopen, false);
    reopen_free(reopen);
}

/* A queue of no record but one that names another: what it has is one too many. */
static void a_queue_that_no_record_names_ends_up_empty(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    struct storemaker_record record = make_lmq(reopen, 0, 0);
    storemaker_put_unit(&reopen->maker, "%LMQ%c", 0, 0, &record, 0);
    reopen_made(reopen);
    expect_opened(reopen, 1);
    assert_int_equal(store_max_offset(reopen->store, "%LMQ%c", 0), 0);
    reopen_close(reopen, false);
    reopen_free(reopen);
}

/* Killed before each of the nine units: those of one record are not written at once. */
static void a_kill_between_two_units_of_a_record_loses_none(void **state)
{
    (void)state;
    for (unsigned hit = 1; hit <= 9; hit++) {
        struct reopen *reopen = reopen_new(PLAIN);
        reopen_life(reopen, put_three_lmq, POINT_QUEUE_APPEND, hit);
        expect_opened(reopen, (hit + 2) / 3);
        reopen_close(reopen, false);
        reopen_free(reopen);
    }
}

static void a_mark_speaks_for_each_queue(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_life(reopen, put_three_lmq_settled, POINT_COUNT, 1);
    expect_opened(reopen, 3);
    assert_true(has_event(reopen, "mark-used"));
    reopen_close(reopen, false);
    diskstate_unlink(reopen->dir.fd, QUEUE_A);
    expect_opened(reopen, 3);
    assert_true(has_event(reopen, "mark-rejected"));
    reopen_close(reopen, false);
    reopen_free(reopen);
}

static void a_truncation_cuts_each_queue(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    struct store_record second;
    reopen_life(reopen, put_three_lmq_settled, POINT_COUNT, 1);
    expect_opened(reopen, 3);
    test_ok(store_get(reopen->store, LMQ_B, 0, 1, &second, &reopen->err), reopen->err);
    uint64_t at = second.physical_offset;
    test_ok(store_truncate(reopen->store, at, &reopen->err), reopen->err);
    expect_queues(reopen, 1);
    expect_marked(reopen, 1);
    reopen_close(reopen, false);
    reopen_free(reopen);
}

/* RocketMQ's own way, which heals nothing and appends. */
static void without_queue_heal_each_queue_is_dispatched_to(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen->options.quirks.guards = 0;
    for (int i = 0; i < 3; i++) {
        make_lmq(reopen, i, 0);
    }
    storemaker_remove_under(&reopen->maker, "consumequeue/");
    diskstate_write(reopen->dir.fd, "abort", "1", 1);
    reopen_made(reopen);
    expect_opened(reopen, 3);
    reopen_close(reopen, false);
    reopen_free(reopen);
}

static void the_slack_of_5_2_0_is_no_damage(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    for (int i = 0; i < 3; i++) {
        make_lmq(reopen, i, SLACK);
    }
    reopen_made(reopen);
    expect_opened(reopen, 3);
    expect_marked(reopen, 3);
    reopen_close(reopen, false);
    reopen_free(reopen);
}

/* Where a mark says that every record has __CRC32#, it is one of ours that lost its own. */
static void a_lost_crc_does_not_pass_for_slack(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen_make(reopen, "t", NULL);
    storemaker_mark(&reopen->maker, reopen->maker.log_end, -1);
    make_lmq(reopen, 1, SLACK);
    reopen_made(reopen);
    test_ok(reopen_open(reopen), reopen->err);
    assert_true(has_event(reopen, "mark-used"));
    assert_int_equal(store_log_max(reopen->store), REOPEN_RECORD_SIZE_BYTES);
    reopen_close(reopen, false);
    reopen_free(reopen);
}

static void batch_queues_refuse_the_start(void **state)
{
    (void)state;
    for (int mode = 0; mode < 2; mode++) {
        struct reopen *reopen = reopen_new(mode == 0 ? PLAIN : DLEDGER);
        reopen->maker.with_crc = false;
        reopen_make(reopen, "t", NULL);
        storemaker_remove_under(&reopen->maker, "consumequeue/");
        storemaker_make(&reopen->maker, BATCH, 460);
        reopen_made(reopen);
        reopen_expect_refusal(reopen, ERR_REFUSED, "'" BATCH "': batch queues");
        assert_false(diskstate_exists(reopen->dir.fd, "abort"));
        assert_false(diskstate_exists(reopen->dir.fd, "consumequeue/t"));
        reopen_free(reopen);
    }
}

/* What a deleted topic leaves. */
static void directories_without_a_batch_queue_do_not(void **state)
{
    (void)state;
    struct reopen *reopen = reopen_new(PLAIN);
    reopen->maker.with_crc = false;
    reopen_make(reopen, "t", NULL);
    diskstate_mkdir(reopen->dir.fd, "batchconsumequeue/bt/0");
    reopen_made(reopen);
    test_ok(reopen_open(reopen), reopen->err);
    assert_int_equal(store_max_offset(reopen->store, "t", 0), 1);
    reopen_close(reopen, false);
    reopen_free(reopen);
}

static void an_inner_batch_has_no_unit(void **state)
{
    (void)state;
    for (int is_ours = 0; is_ours < 2; is_ours++) {
        struct reopen *reopen = reopen_new(PLAIN);
        static struct store_put_result result;
        struct storemaker_message batch = {.queue_offset = 0, .sys_flag = 0xC0};
        reopen->maker.with_crc = is_ours == 1;
        reopen_make(reopen, "u", &batch);
        reopen_make(reopen, "t", NULL);
        reopen_made(reopen);
        test_ok(reopen_open(reopen), reopen->err);
        assert_int_equal(store_max_offset(reopen->store, "u", 0), 0);
        assert_int_equal(store_max_offset(reopen->store, "t", 0), 1);
        assert_int_equal(store_log_max(reopen->store), 2 * REOPEN_RECORD_SIZE_BYTES);
        put_properties(reopen, "", 0x80, &result);
        assert_int_equal(result.status, STORE_PUT_MESSAGE_ILLEGAL);
        reopen_close(reopen, false);
        reopen_free(reopen);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_queue_of_a_record_is_rebuilt),
        cmocka_unit_test(a_wrong_unit_is_healed_and_one_too_many_is_cut),
        cmocka_unit_test(a_queue_that_no_record_names_ends_up_empty),
        cmocka_unit_test(a_kill_between_two_units_of_a_record_loses_none),
        cmocka_unit_test(a_mark_speaks_for_each_queue),
        cmocka_unit_test(a_truncation_cuts_each_queue),
        cmocka_unit_test(without_queue_heal_each_queue_is_dispatched_to),
        cmocka_unit_test(the_slack_of_5_2_0_is_no_damage),
        cmocka_unit_test(a_lost_crc_does_not_pass_for_slack),
        cmocka_unit_test(batch_queues_refuse_the_start),
        cmocka_unit_test(directories_without_a_batch_queue_do_not),
        cmocka_unit_test(an_inner_batch_has_no_unit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
