/* What a planted defect changes: each test runs the same steps twice, with the guards of its row
 * off both times and the defect planted in one of them only. */
#include "harness/testkit/diskstate.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"
#include "store/disk/disk_posix.h"
#include "store/log/checkpoint.h"
#include "store/store.h"

#define TOPIC     "t"
#define LOG_FIRST "commitlog/00000000000000000000"
#define PUTS_MAX  32

struct sent {
    bool is_done;
    struct store_put_result result;
};

struct world {
    struct tmpdir dir;
    struct disk *disk;
    struct env env;
    int64_t now_ms;
    struct store_options options;
    struct store *store;
    unsigned hits[POINT_COUNT];
    bool is_put_in_sync; /* a put arrives while the log is being synced */
    struct sent sent[PUTS_MAX];
    size_t sent_count;
};

static int64_t world_now(void *arg)
{
    const struct world *world = arg;
    return world->now_ms;
}

static void put_done(void *arg, const struct store_put_result *result)
{
    struct sent *sent = arg;
    sent->is_done = true;
    sent->result = *result;
}

/* A body of `size_bytes`; the record is as long whatever the number of the message. */
static struct sent *put(struct world *world, size_t size_bytes, bool wait)
{
    static const char body[512] = "body";
    assert_true(world->sent_count < PUTS_MAX && size_bytes <= sizeof(body));
    struct sent *sent = &world->sent[world->sent_count++];
    *sent = (struct sent){.is_done = false};
    struct store_message message = {
        .topic = TOPIC,
        .born_timestamp_ms = world->now_ms,
        .born_host = world->env.store_host,
        .body = body,
        .body_size_bytes = size_bytes,
        .properties = "TAGS\1a\2",
        .properties_size_bytes = strlen("TAGS\1a\2"),
        .wait = wait,
    };
    assert_int_equal(store_put(world->store, &message, put_done, sent), 0);
    return sent;
}

static void count_call(void *arg, const struct disk_call *call)
{
    struct world *world = arg;
    world->hits[call->point]++;
    if (call->point == POINT_COMMITLOG_SYNC && world->is_put_in_sync) {
        world->is_put_in_sync = false;
        put(world, 100, true);
    }
}

static struct world *world_new(enum quirk_defect defect, bool is_planted, enum store_flush flush)
{
    struct world *world = calloc(1, sizeof(*world));
    assert_non_null(world);
    tmpdir_make(&world->dir);
    struct disk_observer observer = {.arg = world, .begin = count_call};
    assert_int_equal(disk_posix_new(world->dir.fd, false, &observer, &world->disk), 0);
    world->now_ms = 1767225600000;
    world->env = (struct env){.arg = world, .now_ms = world_now, .pid = 4711};
    world->env.store_host = (struct env_host){{127, 0, 0, 1}, 4, 10911};
    world->options = (struct store_options){
        .flush = flush,
        .services = STORE_SERVICES_MANUAL,
        .log_file_size_bytes = 4096,
        .queue_file_units = 20,
        .index_file_units = 16,
        .quirks = quirk_of_profile(QUIRK_PROFILE_FIXED),
    };
    world->options.quirks.guards &= ~quirk_defect_row(defect)->guards_off;
    if (is_planted) {
        world->options.quirks.defects = UINT64_C(1) << defect;
    }
    return world;
}

static void world_open(struct world *world)
{
    struct err err = ERR_INIT;
    test_ok(store_open(&world->options, world->disk, &world->env, NULL, &world->store, &err), err);
}

static void world_kill(struct world *world)
{
    assert_int_equal(store_close(world->store, false, NULL), 0);
    world->store = NULL;
}

static void world_free(struct world *world)
{
    if (world->store != NULL) {
        world_kill(world);
    }
    disk_free(world->disk);
    tmpdir_remove(&world->dir);
    free(world);
}

static void step(struct world *world, enum store_service service)
{
    struct err err = ERR_INIT;
    if (store_step(world->store, service, &err) < 0) {
        fail_msg("%s: %s", types_service_name(service), err.text);
    }
}

static void dispatch(struct world *world, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        step(world, STORE_SERVICE_DISPATCH);
    }
}

static int64_t max_of(struct world *world)
{
    return store_max_offset(world->store, TOPIC, 0);
}

static struct checkpoint_page page_of(struct world *world)
{
    struct checkpoint_page page = {0};
    size_t size_bytes = 0;
    uint8_t *at = diskstate_read(world->dir.fd, "checkpoint", &size_bytes);
    assert_int_equal(size_bytes, CHECKPOINT_SIZE_BYTES);
    checkpoint_decode(at, &page);
    free(at);
    return page;
}

/* Runs `test` without the defect, then with it. */
static void both(void (*test)(bool is_planted))
{
    test(false);
    test(true);
}

static void check_checkpoint_ahead(bool is_planted)
{
    struct world *world = world_new(QUIRK_DEFECT_CHECKPOINT_AHEAD, is_planted, STORE_FLUSH_SYNC);
    world_open(world);
    put(world, 100, true);
    step(world, STORE_SERVICE_LOG_FLUSH);
    dispatch(world, 1);
    int64_t due_ms = store_due_ms(world->store, STORE_SERVICE_QUEUE_FLUSH) - world->now_ms;
    assert_int_equal(due_ms, is_planted ? 60000 : 1000);
    step(world, STORE_SERVICE_CHECKPOINT);
    assert_int_equal(page_of(world).logics_msg_timestamp_ms, is_planted ? world->now_ms : 0);
    step(world, STORE_SERVICE_QUEUE_FLUSH);
    if (!is_planted) {
        step(world, STORE_SERVICE_CHECKPOINT);
    }
    assert_int_equal(page_of(world).logics_msg_timestamp_ms, world->now_ms);
    world_free(world);
}

static void a_checkpoint_ahead_speaks_for_units_in_memory(void **state)
{
    (void)state;
    both(check_checkpoint_ahead);
}

static void check_slack(bool is_planted)
{
    struct world *world =
        world_new(QUIRK_DEFECT_NO_CHECKPOINT_SLACK, is_planted, STORE_FLUSH_ASYNC);
    world->options.log_file_size_bytes = 1024;
    world_open(world);
    for (unsigned i = 0; i < 6; i++) {
        put(world, 200, true); /* three a file, all at one time */
    }
    dispatch(world, 1);
    step(world, STORE_SERVICE_LOG_FLUSH);
    step(world, STORE_SERVICE_QUEUE_FLUSH);
    step(world, STORE_SERVICE_CHECKPOINT);
    world_kill(world);
    world_open(world);
    /* Unit 0 and, shifted, the three of the second file. */
    assert_int_equal(max_of(world), is_planted ? 4 : 6);
    world_free(world);
}

static void without_slack_the_end_of_a_file_is_not_scanned(void **state)
{
    (void)state;
    both(check_slack);
}

/* Zeroes the last record of three from its byte `from` on. */
static void tear_third(struct world *world, uint64_t from)
{
    const struct store_put_result *third = &world->sent[2].result;
    diskstate_zero_fill(world->dir.fd, LOG_FIRST, third->physical_offset + from,
                        third->size_bytes - from);
}

static void check_half_record(bool is_planted)
{
    struct world *world =
        world_new(QUIRK_DEFECT_HALF_RECORD_ACCEPTED, is_planted, STORE_FLUSH_SYNC);
    world_open(world);
    for (unsigned i = 0; i < 3; i++) {
        put(world, 100, false);
    }
    world_kill(world);
    tear_third(world, 20);
    world_open(world);
    put(world, 100, false);
    const struct store_put_result *third = &world->sent[2].result;
    assert_int_equal(world->sent[3].result.physical_offset,
                     third->physical_offset + (is_planted ? third->size_bytes : 0));
    world_free(world);
}

static void a_half_record_stays_in_the_log(void **state)
{
    (void)state;
    both(check_half_record);
}

static void check_normal_keeps(bool is_planted)
{
    struct world *world =
        world_new(QUIRK_DEFECT_NORMAL_KEEPS_QUEUES, is_planted, STORE_FLUSH_ASYNC);
    world_open(world);
    for (unsigned i = 0; i < 3; i++) {
        put(world, 100, true);
    }
    dispatch(world, 3);
    world_kill(world);
    tear_third(world, 0);
    diskstate_unlink(world->dir.fd, "abort");
    world_open(world);
    assert_int_equal(max_of(world), is_planted ? 3 : 2);
    world_kill(world);
    /* With abort there, the defect does nothing. */
    world_open(world);
    assert_int_equal(max_of(world), 2);
    world_free(world);
}

static void a_normal_recovery_leaves_units_of_no_record(void **state)
{
    (void)state;
    both(check_normal_keeps);
}

static void check_dispatch_before_flush(bool is_planted)
{
    struct world *world =
        world_new(QUIRK_DEFECT_DISPATCH_BEFORE_FLUSH, is_planted, STORE_FLUSH_SYNC);
    world_open(world);
    put(world, 100, false);
    dispatch(world, 1);
    assert_int_equal(max_of(world), is_planted ? 1 : 0);
    step(world, STORE_SERVICE_LOG_FLUSH);
    dispatch(world, 1);
    assert_int_equal(max_of(world), 1);
    world_free(world);
}

static void a_record_is_dispatched_before_it_is_synced(void **state)
{
    (void)state;
    both(check_dispatch_before_flush);
}

static void check_flushed_after_truncate(bool is_planted)
{
    struct err err = ERR_INIT;
    struct world *world =
        world_new(QUIRK_DEFECT_FLUSHED_AFTER_TRUNCATE, is_planted, STORE_FLUSH_SYNC);
    world_open(world);
    for (unsigned i = 0; i < 3; i++) {
        put(world, 200, true);
    }
    step(world, STORE_SERVICE_LOG_FLUSH);
    dispatch(world, 3);
    test_ok(store_truncate(world->store, world->sent[1].result.physical_offset, &err), err);
    unsigned before = world->hits[POINT_COMMITLOG_SYNC];
    struct sent *fourth = put(world, 200, true);
    step(world, STORE_SERVICE_LOG_FLUSH);
    assert_true(fourth->is_done);
    assert_int_equal(fourth->result.status, STORE_PUT_OK);
    assert_int_equal(world->hits[POINT_COMMITLOG_SYNC] - before, is_planted ? 0 : 1);
    /* Nothing beyond the end of the log passes for dispatched. */
    dispatch(world, 3);
    assert_int_equal(max_of(world), 2);
    /* Past the old end it syncs again. */
    put(world, 200, true);
    put(world, 200, true);
    step(world, STORE_SERVICE_LOG_FLUSH);
    assert_true(world->hits[POINT_COMMITLOG_SYNC] > before);
    test_ok(store_close(world->store, true, &err), err);
    world->store = NULL;
    world_free(world);
}

static void a_put_below_the_old_end_is_not_synced(void **state)
{
    (void)state;
    both(check_flushed_after_truncate);
}

static void check_abort(bool is_planted)
{
    struct world *world = world_new(QUIRK_DEFECT_ABORT_NOT_DURABLE, is_planted, STORE_FLUSH_SYNC);
    world_open(world);
    assert_true(diskstate_exists(world->dir.fd, "abort"));
    assert_int_equal(world->hits[POINT_ABORT_SYNC], is_planted ? 0 : 1);
    assert_int_equal(world->hits[POINT_ABORT_SYNC_DIR], 0);
    world_free(world);
}

static void the_abort_file_is_not_synced(void **state)
{
    (void)state;
    both(check_abort);
    /* With its guard it is, planted or not. */
    struct world *world = world_new(QUIRK_DEFECT_ABORT_NOT_DURABLE, true, STORE_FLUSH_SYNC);
    world->options.quirks.guards = quirk_of_profile(QUIRK_PROFILE_FIXED).guards;
    world_open(world);
    assert_int_equal(world->hits[POINT_ABORT_SYNC], 1);
    assert_int_equal(world->hits[POINT_ABORT_SYNC_DIR], 2); /* guard second-sync */
    world_free(world);
}

static void check_flush_end(bool is_planted)
{
    struct world *world =
        world_new(QUIRK_DEFECT_FLUSH_END_AFTER_SYNC, is_planted, STORE_FLUSH_SYNC);
    world_open(world);
    put(world, 100, true);
    world->is_put_in_sync = true;
    step(world, STORE_SERVICE_LOG_FLUSH);
    assert_int_equal(world->sent_count, 2);
    assert_true(world->sent[0].is_done);
    assert_int_equal(world->sent[1].is_done, is_planted);
    unsigned syncs = world->hits[POINT_COMMITLOG_SYNC];
    step(world, STORE_SERVICE_LOG_FLUSH);
    assert_int_equal(world->hits[POINT_COMMITLOG_SYNC] - syncs, is_planted ? 0 : 1);
    assert_true(world->sent[1].is_done);
    world_free(world);
}

static void what_is_put_during_a_sync_counts_as_synced(void **state)
{
    (void)state;
    both(check_flush_end);
}

static void check_empty_file(bool is_planted)
{
    struct err err = ERR_INIT;
    struct world *world =
        world_new(QUIRK_DEFECT_EMPTY_QUEUE_FILE_FATAL, is_planted, STORE_FLUSH_SYNC);
    world->options.queue_file_units = 4;
    world_open(world);
    for (unsigned i = 0; i < 5; i++) {
        put(world, 100, true);
    }
    step(world, STORE_SERVICE_LOG_FLUSH);
    dispatch(world, 5);
    world_kill(world);
    /* Power is lost: the fifth record and its unit are gone, the second queue file is there. */
    const struct store_put_result *fifth = &world->sent[4].result;
    diskstate_zero_fill(world->dir.fd, LOG_FIRST, fifth->physical_offset, fifth->size_bytes);
    diskstate_zero_fill(world->dir.fd, "consumequeue/" TOPIC "/0/00000000000000000080", 0, 20);
    int r = store_open(&world->options, world->disk, &world->env, NULL, &world->store, &err);
    test_code(r, is_planted ? ERR_CORRUPT : 0);
    if (!is_planted) {
        assert_int_equal(max_of(world), 4);
    }
    world_free(world);
}

static void an_empty_queue_file_stops_the_start(void **state)
{
    (void)state;
    both(check_empty_file);
}

static void check_zero_unit(bool is_planted)
{
    struct world *world = world_new(QUIRK_DEFECT_ZERO_UNIT_ACCEPTED, is_planted, STORE_FLUSH_ASYNC);
    world->options.queue_file_units = 4;
    world_open(world);
    for (unsigned i = 0; i < 5; i++) {
        put(world, 100, true);
    }
    dispatch(world, 5);
    world_kill(world);
    const struct store_put_result *third = &world->sent[2].result;
    diskstate_zero_fill(world->dir.fd, LOG_FIRST, third->physical_offset,
                        (uint64_t)third->size_bytes * 3);
    diskstate_zero_fill(world->dir.fd, "consumequeue/" TOPIC "/0/00000000000000000080", 0, 20);
    world_open(world);
    /* Two records: two units, or four and a ghost. */
    assert_int_equal(max_of(world), is_planted ? 5 : 2);
    world_free(world);
}

static void a_zero_unit_ends_the_cut(void **state)
{
    (void)state;
    both(check_zero_unit);
}

static void check_lost_flush(bool is_planted)
{
    struct world *world =
        world_new(QUIRK_DEFECT_FLUSH_LOOKUP_FROM_ZERO, is_planted, STORE_FLUSH_SYNC);
    world->options.log_file_size_bytes = 1024;
    world->options.queue_file_units = 2;
    world_open(world);
    for (unsigned i = 0; i < 5; i++) {
        put(world, 200, true); /* three a file */
    }
    step(world, STORE_SERVICE_LOG_FLUSH);
    dispatch(world, 8);
    /* The first file expires; all units go by hand. */
    world->now_ms += 60000;
    put(world, 200, true);
    store_expire(world->store, 1000);
    for (unsigned i = 0; i < 8; i++) {
        step(world, STORE_SERVICE_LOG_FLUSH);
        step(world, STORE_SERVICE_RETENTION);
    }
    world_kill(world);
    assert_false(diskstate_exists(world->dir.fd, LOG_FIRST));
    assert_int_equal(tmpdir_remove_tree(world->dir.fd, "consumequeue"), 0);
    world_open(world);
    assert_int_equal(max_of(world), 6);
    step(world, STORE_SERVICE_QUEUE_FLUSH);
    unsigned before = world->hits[POINT_QUEUE_SYNC];
    put(world, 200, true);
    step(world, STORE_SERVICE_LOG_FLUSH);
    dispatch(world, 2);
    assert_int_equal(max_of(world), 7);
    step(world, STORE_SERVICE_QUEUE_FLUSH);
    assert_int_equal(world->hits[POINT_QUEUE_SYNC] > before, !is_planted);
    world_free(world);
}

static void a_queue_that_begins_later_is_never_synced(void **state)
{
    (void)state;
    both(check_lost_flush);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_checkpoint_ahead_speaks_for_units_in_memory),
        cmocka_unit_test(without_slack_the_end_of_a_file_is_not_scanned),
        cmocka_unit_test(a_half_record_stays_in_the_log),
        cmocka_unit_test(a_normal_recovery_leaves_units_of_no_record),
        cmocka_unit_test(a_record_is_dispatched_before_it_is_synced),
        cmocka_unit_test(a_put_below_the_old_end_is_not_synced),
        cmocka_unit_test(the_abort_file_is_not_synced),
        cmocka_unit_test(what_is_put_during_a_sync_counts_as_synced),
        cmocka_unit_test(an_empty_queue_file_stops_the_start),
        cmocka_unit_test(a_zero_unit_ends_the_cut),
        cmocka_unit_test(a_queue_that_begins_later_is_never_synced),
    };
    return cmocka_run_group_tests_name("store.planted", tests, NULL, NULL);
}
