/* The whole engine over a real directory: puts, services, kills, clean stops, reopening, in both
 * log modes and both flush modes; random runs; every disk call failing once. */
#include "harness/testkit/diskstate.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"
#include "store/base/bytes.h"
#include "store/disk/disk_posix.h"
#include "store/format/message.h"
#include "store/log/checkpoint.h"
#include "store/store.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#ifdef FIU_ENABLE
#    include "store/disk/faultpoint.h"

#    include <fiu-control.h>
#    include <fiu.h>
#endif

#define MESSAGE_COUNT_MAX 4096
#define TOPIC_COUNT       3
#define QUEUE_COUNT       2

static const char *const topics[TOPIC_COUNT] = {"alpha", "beta", "gamma"};

struct sent {
    uint8_t topic;
    uint8_t queue;
    bool is_done;
    struct store_put_result result;
};

/* One directory, the store on it, and what was sent. */
struct world {
    struct tmpdir dir;
    struct disk *disk;
    struct env env;
    int64_t now_ms;
    struct store_options options;
    struct store *store;
    struct event_sink sink;
    unsigned event_counts[EVENT_COUNT];
    struct sent sent[MESSAGE_COUNT_MAX];
    size_t sent_count;
    bool has_faults;
    bool wait;
    unsigned point_counts[POINT_COUNT]; /* calls that went well */
    uint64_t lowest_rewrite;            /* offset in the first file of the log */
};

static int64_t world_now(void *arg)
{
    const struct world *world = arg;
    return world->now_ms;
}

static void count_event(void *arg, enum event event, uint64_t offset, const char *text)
{
    struct world *world = arg;
    world->event_counts[event]++;
    if (getenv("TEST_EVENTS") != NULL) {
        print_message("  %s @%llu %s\n", event_name(event), (unsigned long long)offset, text);
    }
}

static void count_call(void *arg, const struct disk_call *call, int64_t result)
{
    struct world *world = arg;
    world->point_counts[call->point] += result >= 0;
    bool is_log = call->point == POINT_COMMITLOG_REWRITE || call->point == POINT_DLEDGER_REWRITE;
    if (is_log && call->offset < world->lowest_rewrite) {
        world->lowest_rewrite = call->offset;
    }
}

static struct world *world_new(enum store_mode mode, enum store_flush flush)
{
    struct world *world = calloc(1, sizeof(*world));
    assert_non_null(world);
    tmpdir_make(&world->dir);
    world->now_ms = 1767225600000;
    world->env = (struct env){.arg = world, .now_ms = world_now, .pid = 4711};
    world->env.store_host = (struct env_host){{127, 0, 0, 1}, 4, 10911};
    world->sink = (struct event_sink){.arg = world, .emit = count_event};
    world->wait = true;
    world->options = (struct store_options){
        .mode = mode,
        .flush = flush,
        .services = STORE_SERVICES_MANUAL,
        .log_file_size_bytes = 4096,
        .queue_file_units = 20,
        .index_file_units = 16,
        .quirks = quirk_of_profile(QUIRK_PROFILE_FIXED),
    };
    return world;
}

static int world_try_open(struct world *world, struct err *err)
{
    if (world->disk == NULL) {
        /* Threads call the disk at once: counts are for those who have none. */
        struct disk_observer observer = {.arg = world, .end = count_call};
        bool is_manual = world->options.services == STORE_SERVICES_MANUAL;
        assert_int_equal(disk_posix_new(world->dir.fd, world->has_faults,
                                        is_manual ? &observer : NULL, &world->disk),
                         0);
    }
    return store_open(&world->options, world->disk, &world->env, &world->sink, &world->store, err);
}

static void world_open(struct world *world)
{
    struct err err = ERR_INIT;
    test_ok(world_try_open(world, &err), err);
}

static void world_close(struct world *world, bool graceful)
{
    struct err err = ERR_INIT;
    test_ok(store_close(world->store, graceful, &err), err);
    world->store = NULL;
}

static void world_free(struct world *world)
{
    if (world->store != NULL) {
        store_close(world->store, false, NULL);
    }
    disk_free(world->disk);
    tmpdir_remove(&world->dir);
    free(world);
}

static void put_done(void *arg, const struct store_put_result *result)
{
    struct sent *sent = arg;
    assert_false(sent->is_done);
    sent->is_done = true;
    sent->result = *result;
}

/* The body of message number `at`, whose length varies with it. */
static size_t body_of(size_t at, char *ret_body)
{
    size_t size = 20 + (at * 37) % 180;
    memset(ret_body, 'a' + (int)(at % 26), size);
    snprintf(ret_body, size, "message %zu", at);
    return size;
}

static struct sent *world_put(struct world *world, unsigned topic, unsigned queue)
{
    char body[256];
    assert_true(world->sent_count < MESSAGE_COUNT_MAX);
    struct sent *sent = &world->sent[world->sent_count];
    size_t size = body_of(world->sent_count, body);
    *sent = (struct sent){.topic = (uint8_t)topic, .queue = (uint8_t)queue};
    world->sent_count++;
    struct store_message message = {
        .topic = topics[topic],
        .queue_id = (int32_t)queue,
        .born_timestamp_ms = world->now_ms,
        .born_host = world->env.store_host,
        .body = body,
        .body_size_bytes = size,
        .properties = "TAGS\1a\2KEYS\1k\2",
        .properties_size_bytes = strlen("TAGS\1a\2KEYS\1k\2"),
        .wait = world->wait,
    };
    assert_int_equal(store_put(world->store, &message, put_done, sent), 0);
    return sent;
}

/* Steps until no service has work; gives up on services that fail. */
static void world_settle(struct world *world)
{
    for (unsigned round = 0; round < 10000; round++) {
        bool did = false;
        for (unsigned s = 0; s < STORE_SERVICE_COUNT; s++) {
            did |= store_step(world->store, (enum store_service)s, NULL) > 0;
        }
        if (!did) {
            return;
        }
    }
    fail_msg("the services do not come to rest");
}

static void check_sent(struct world *world, size_t at)
{
    const struct sent *sent = &world->sent[at];
    struct store_record record;
    struct message_view view;
    struct err err = ERR_INIT;
    char body[256];
    size_t size = body_of(at, body);
    int r = store_get(world->store, topics[sent->topic], sent->queue, sent->result.queue_offset,
                      &record, &err);
    if (r != 0) {
        fail_msg("message %zu (%s %d unit %lld at %llu): %s: %s", at, topics[sent->topic],
                 sent->queue, (long long)sent->result.queue_offset,
                 (unsigned long long)sent->result.physical_offset, err_name(r), err.text);
    }
    static const struct message_check none = {.body_crc = true};
    assert_int_equal(message_parse(record.record, record.size_bytes, &none, &view), MESSAGE_RECORD);
    assert_int_equal(view.body_size_bytes, size);
    assert_memory_equal(view.body, body, size);
    assert_int_equal(record.physical_offset, sent->result.physical_offset);
}

/* One record of the log: its unit must be there, and be its own. */
static void check_record(struct world *world, const struct message_view *view)
{
    struct store_record record;
    struct err err = ERR_INIT;
    char topic[STORE_TOPIC_SIZE_BYTES_MAX + 1] = "";
    memcpy(topic, view->topic, view->topic_size_bytes);
    int r = store_get(world->store, topic, view->queue_id, view->queue_offset, &record, &err);
    if (r != 0 || record.physical_offset != view->physical_offset) {
        fail_msg("record %llu (%s %d unit %lld): %s", (unsigned long long)view->physical_offset,
                 topic, view->queue_id, (long long)view->queue_offset,
                 r != 0 ? err.text : "the unit is of another record");
    }
}

/* Walks the log's files by hand; what follows the end must be zero. */
static void check_log(struct world *world)
{
    bool is_dledger = world->options.mode == STORE_MODE_DLEDGER;
    uint64_t file_size = world->options.log_file_size_bytes;
    uint64_t end = store_log_max(world->store);
    for (uint64_t start = store_log_min(world->store); start < end; start += file_size) {
        char path[128];
        snprintf(path, sizeof(path), "%s/%020llu", is_dledger ? "dledger-n0/data" : "commitlog",
                 (unsigned long long)start);
        size_t size = 0;
        uint8_t *data = diskstate_read(world->dir.fd, path, &size);
        assert_int_equal(size, file_size);
        for (size_t at = 0; at < size && start + at < end;) {
            static const struct message_check check = {.property_crc = true,
                                                       .require_property_crc = true};
            struct message_view view;
            size_t skip = is_dledger && data[at] == 0 ? 48 : 0;
            if (is_dledger && skip == 0) {
                break;
            }
            enum message_kind kind =
                message_parse(data + at + skip, size - at - skip, &check, &view);
            if (kind == MESSAGE_BLANK) {
                break;
            }
            assert_int_equal(kind, MESSAGE_RECORD);
            assert_int_equal(view.physical_offset, start + at + skip);
            check_record(world, &view);
            at += view.size_bytes + skip;
        }
        free(data);
    }
}

/* Every acknowledged message is served, every unit readable, max = what comes next. */
static void check_all(struct world *world)
{
    for (size_t i = 0; i < world->sent_count; i++) {
        if (world->sent[i].is_done && world->sent[i].result.status == STORE_PUT_OK) {
            check_sent(world, i);
        }
    }
    check_log(world);
    for (unsigned t = 0; t < TOPIC_COUNT; t++) {
        for (int q = 0; q < QUEUE_COUNT; q++) {
            int64_t max = store_max_offset(world->store, topics[t], q);
            for (int64_t i = store_min_offset(world->store, topics[t], q); i < max; i++) {
                struct store_record record;
                struct err err = ERR_INIT;
                test_ok(store_get(world->store, topics[t], q, i, &record, &err), err);
            }
        }
    }
}

struct combination {
    const char *name;
    enum store_mode mode;
    enum store_flush flush;
};

static const struct combination combinations[] = {
    {"commitlog sync", STORE_MODE_COMMITLOG, STORE_FLUSH_SYNC},
    {"commitlog async", STORE_MODE_COMMITLOG, STORE_FLUSH_ASYNC},
    {"dledger sync", STORE_MODE_DLEDGER, STORE_FLUSH_SYNC},
    {"dledger async", STORE_MODE_DLEDGER, STORE_FLUSH_ASYNC},
};

static void serves_what_was_put_after_kills_and_stops(void **state)
{
    (void)state;
    for (size_t c = 0; c < TEST_COUNT(combinations); c++) {
        for (int graceful = 0; graceful < 2; graceful++) {
            struct world *world = world_new(combinations[c].mode, combinations[c].flush);
            test_row(combinations[c].name);
            for (int life = 0; life < 4; life++) {
                world_open(world);
                check_all(world);
                for (unsigned i = 0; i < 60; i++) {
                    world_put(world, i % TOPIC_COUNT, i / 7 % QUEUE_COUNT);
                    world->now_ms += 10;
                }
                world_settle(world);
                check_all(world);
                world_close(world, graceful);
                assert_int_equal(diskstate_exists(world->dir.fd, "abort"), !graceful);
            }
            world_open(world);
            check_all(world);
            assert_int_equal(world->event_counts[EVENT_MARK_REJECTED], 0);
            assert_int_equal(world->event_counts[EVENT_SERVICE_FAILED], 0);
            assert_int_equal(world->event_counts[EVENT_QUEUE_HEALED], 0);
            world_close(world, true);
            world_free(world);
        }
    }
}

/* A small generator of its own: the same runs everywhere. */
static unsigned next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(*seed >> 33);
}

static void random_life(struct world *world, uint64_t *seed)
{
    unsigned count = next_random(seed) % 40;
    for (unsigned i = 0; i < count; i++) {
        unsigned what = next_random(seed) % 12;
        world->now_ms += next_random(seed) % 700;
        if (what < 7) {
            world->wait = next_random(seed) % 4 != 0;
            world_put(world, next_random(seed) % TOPIC_COUNT, next_random(seed) % QUEUE_COUNT);
        } else if (what == 7) {
            world_settle(world);
        } else {
            struct err err = ERR_INIT;
            enum store_service service =
                (enum store_service)(next_random(seed) % STORE_SERVICE_COUNT);
            assert_true(store_step(world->store, service, &err) >= 0);
        }
    }
}

static void loses_nothing_in_random_runs(void **state)
{
    (void)state;
    for (uint64_t s = 1; s <= 300; s++) {
        uint64_t seed = s * 7919;
        const struct combination *c = &combinations[s % TEST_COUNT(combinations)];
        struct world *world = world_new(c->mode, c->flush);
        for (int life = 0; life < 6; life++) {
            world_open(world);
            check_all(world);
            random_life(world, &seed);
            bool graceful = next_random(&seed) % 3 == 0;
            world_close(world, graceful);
        }
        world_open(world);
        world_settle(world);
        check_all(world);
        world_close(world, true);
        if (world->event_counts[EVENT_MARK_REJECTED] > 5 ||
            world->event_counts[EVENT_SERVICE_FAILED] > 0) {
            fail_msg("seed %llu: unexpected events", (unsigned long long)s);
        }
        world_free(world);
    }
}

/* A truncated record is gone after a kill too; its offsets are given out again. */
static void cuts_what_is_truncated(void **state)
{
    (void)state;
    for (size_t c = 0; c < TEST_COUNT(combinations); c++) {
        struct world *world = world_new(combinations[c].mode, combinations[c].flush);
        test_row(combinations[c].name);
        world_open(world);
        for (unsigned i = 0; i < 80; i++) {
            world_put(world, i % TOPIC_COUNT, i / 7 % QUEUE_COUNT);
            world->now_ms += 100;
            if (i == 60) {
                world_settle(world);
            }
        }
        world_settle(world);
        const struct sent *cut = &world->sent[40];
        uint64_t place = cut->result.physical_offset;
        struct err err = ERR_INIT;
        test_code(store_truncate(world->store, place + 1, &err), ERR_USAGE);
        test_ok(store_truncate(world->store, place, &err), err);
        world->sent_count = 40;
        check_all(world);
        world_close(world, c % 2 == 0);
        for (int life = 0; life < 3; life++) {
            world_open(world);
            check_all(world);
            assert_int_equal(world->event_counts[EVENT_MARK_REJECTED], 0);
            world_put(world, 0, 0);
            world_settle(world);
            world_close(world, life == 1);
        }
        assert_true(world->event_counts[EVENT_TRUNCATED] == 1);
        world_free(world);
    }
}

/* Old files go, the last one stays, and what is left is served after a kill. */
static void expires_old_files(void **state)
{
    (void)state;
    for (size_t c = 0; c < TEST_COUNT(combinations); c++) {
        struct world *world = world_new(combinations[c].mode, combinations[c].flush);
        test_row(combinations[c].name);
        world_open(world);
        for (unsigned i = 0; i < 300; i++) {
            world_put(world, i % 2, 0);
            world->now_ms += 1000;
        }
        world_put(world, 2, 1);
        world_settle(world);
        store_expire(world->store, 100000);
        world_settle(world);
        uint64_t min = store_log_min(world->store);
        assert_true(min > 0);
        assert_true(store_log_max(world->store) - min > 4096);
        assert_true(store_min_offset(world->store, topics[0], 0) > 40);
        assert_true(world->event_counts[EVENT_QUEUE_EXPIRED] > 0);
        for (size_t i = 0; i < world->sent_count; i++) {
            world->sent[i].is_done = world->sent[i].result.physical_offset >= min;
        }
        check_all(world);
        for (int life = 0; life < 3; life++) {
            world_close(world, life == 1);
            world_open(world);
            check_all(world);
            assert_int_equal(store_log_min(world->store), min);
            world_put(world, 1, 0);
            world_put(world, 0, 1);
            world_settle(world);
        }
        assert_int_equal(world->event_counts[EVENT_MARK_REJECTED], 0);
        /* Without its checkpoint the whole of what is left is scanned, to the same end. */
        world_close(world, false);
        diskstate_unlink(world->dir.fd, "checkpoint");
        world_open(world);
        check_all(world);
        assert_int_equal(world->event_counts[EVENT_RECOVERY_FULL_SCAN], 1);
        assert_int_equal(world->event_counts[EVENT_QUEUE_HEALED], 0);
        assert_int_equal(world->event_counts[EVENT_QUEUE_CUT], 0);
        world_close(world, true);
        world_free(world);
    }
}

/* An operator removed queues: they come back from the log, filled up where it no longer reaches. */
static void rebuilds_removed_queues(void **state)
{
    (void)state;
    for (size_t c = 0; c < TEST_COUNT(combinations); c++) {
        for (int all = 0; all < 2; all++) {
            struct world *world = world_new(combinations[c].mode, combinations[c].flush);
            test_row(combinations[c].name);
            world_open(world);
            for (unsigned i = 0; i < 90; i++) {
                world_put(world, i % TOPIC_COUNT, i % QUEUE_COUNT);
            }
            world_settle(world);
            world_close(world, all);
            tmpdir_remove_tree(world->dir.fd, all ? "consumequeue" : "consumequeue/beta/1");
            world_open(world);
            check_all(world);
            assert_int_equal(world->event_counts[EVENT_MARK_REJECTED], 1);
            assert_true(world->event_counts[EVENT_DISPATCH_BEHIND] > 0);
            world_settle(world);
            world_close(world, false);
            world_open(world);
            check_all(world);
            assert_int_equal(world->event_counts[EVENT_MARK_REJECTED], 1);
            world_close(world, true);
            world_free(world);
        }
    }
}

/* A record torn inside its last bytes is cut; those before it stay. */
static void cuts_a_torn_tail(void **state)
{
    (void)state;
    for (size_t c = 0; c < TEST_COUNT(combinations); c++) {
        struct world *world = world_new(combinations[c].mode, combinations[c].flush);
        test_row(combinations[c].name);
        world_open(world);
        for (unsigned i = 0; i < 5; i++) {
            world_put(world, 0, 0);
        }
        world_settle(world);
        world_close(world, false);
        uint64_t end = world->sent[4].result.physical_offset + world->sent[4].result.size_bytes;
        const char *path = world->options.mode == STORE_MODE_DLEDGER
                               ? "dledger-n0/data/00000000000000000000"
                               : "commitlog/00000000000000000000";
        diskstate_zero_fill(world->dir.fd, path, end - 30, 30);
        diskstate_unlink(world->dir.fd, "checkpoint");
        world->sent_count = 4;
        world_open(world);
        check_all(world);
        assert_int_equal(store_max_offset(world->store, topics[0], 0), 4);
        assert_int_equal(world->event_counts[EVENT_LOG_CUT], 1);
        assert_true(world->event_counts[EVENT_TAIL_ZEROED] > 0);
        world_put(world, 0, 0);
        world_settle(world);
        check_all(world);
        world_close(world, true);
        world_open(world);
        check_all(world);
        world_close(world, true);
        world_free(world);
    }
}

/* Each defect, planted with the guards of its row off, shows what its issue tells. */
static void plant(struct world *world, enum quirk_defect defect)
{
    quirk_plant(&world->options.quirks, defect, false);
}

static void put_many(struct world *world, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        world_put(world, 0, 0);
        world->now_ms += 100;
    }
    world_settle(world);
}

static void empties_the_queues_as_issue_8032_tells(void **state)
{
    (void)state;
    struct world *world = world_new(STORE_MODE_DLEDGER, STORE_FLUSH_ASYNC);
    plant(world, QUIRK_DEFECT_DLEDGER_DUP_INFO);
    world_open(world);
    put_many(world, 10);
    world->now_ms += 4000;
    world_settle(world);
    assert_int_equal(store_max_offset(world->store, topics[0], 0), 10);
    world_close(world, false);
    world_open(world);
    world_settle(world);
    assert_int_equal(world->event_counts[EVENT_DUP_INFO_CHECK], 1);
    assert_int_equal(store_max_offset(world->store, topics[0], 0), 0);
    assert_true(store_log_max(world->store) > 0);
    world_free(world);
}

static void heals_issue_8032_with_the_guards_left_on(void **state)
{
    (void)state;
    struct world *world = world_new(STORE_MODE_DLEDGER, STORE_FLUSH_SYNC);
    quirk_plant(&world->options.quirks, QUIRK_DEFECT_DLEDGER_DUP_INFO, true);
    world_open(world);
    put_many(world, 10);
    for (unsigned i = 0; i < 5; i++) {
        world_put(world, 0, 0);
    }
    store_step(world->store, STORE_SERVICE_LOG_FLUSH, NULL);
    world_close(world, false);
    world_open(world);
    check_all(world);
    assert_int_equal(world->event_counts[EVENT_DUP_INFO_CHECK], 0);
    assert_int_equal(store_max_offset(world->store, topics[0], 0), 15);
    world_free(world);
}

static void loses_the_queue_tail_as_issue_9084_tells(void **state)
{
    (void)state;
    struct world *world = world_new(STORE_MODE_DLEDGER, STORE_FLUSH_ASYNC);
    plant(world, QUIRK_DEFECT_DLEDGER_MESSAGE_SIZE);
    world_open(world);
    put_many(world, 10);
    world->now_ms += 4000;
    world_settle(world);
    world_close(world, false);
    world_open(world);
    world_settle(world);
    int64_t max = store_max_offset(world->store, topics[0], 0);
    assert_true(max > 0 && max < 10);
    world_free(world);
}

static void leaves_the_tail_undispatched_without_redispatch(void **state)
{
    (void)state;
    struct world *world = world_new(STORE_MODE_DLEDGER, STORE_FLUSH_ASYNC);
    plant(world, QUIRK_DEFECT_DLEDGER_NO_REDISPATCH);
    world_open(world);
    put_many(world, 5);
    for (unsigned i = 0; i < 5; i++) {
        world_put(world, 0, 0);
    }
    world->now_ms += 4000;
    store_step(world->store, STORE_SERVICE_CHECKPOINT, NULL);
    world_close(world, false);
    world_open(world);
    world_settle(world);
    assert_int_equal(store_max_offset(world->store, topics[0], 0), 5);
    world_free(world);
}

static void loses_the_tail_when_abort_ignores_lag(void **state)
{
    (void)state;
    struct world *world = world_new(STORE_MODE_COMMITLOG, STORE_FLUSH_ASYNC);
    plant(world, QUIRK_DEFECT_ABORT_IGNORES_LAG);
    world_open(world);
    put_many(world, 5);
    store_hold(world->store, STORE_SERVICE_DISPATCH, true);
    for (unsigned i = 0; i < 5; i++) {
        world_put(world, 0, 0);
    }
    world_close(world, true);
    assert_int_equal(world->event_counts[EVENT_STOPPED_BEHIND], 1);
    assert_false(diskstate_exists(world->dir.fd, "abort"));
    world_open(world);
    world_settle(world);
    assert_int_equal(store_max_offset(world->store, topics[0], 0), 5);
    world_free(world);
}

static void keeps_abort_when_the_dispatcher_is_held(void **state)
{
    (void)state;
    struct world *world = world_new(STORE_MODE_COMMITLOG, STORE_FLUSH_ASYNC);
    world_open(world);
    store_hold(world->store, STORE_SERVICE_DISPATCH, true);
    for (unsigned i = 0; i < 5; i++) {
        world_put(world, 0, 0);
    }
    world_close(world, true);
    assert_int_equal(world->event_counts[EVENT_STOPPED_BEHIND], 1);
    assert_true(diskstate_exists(world->dir.fd, "abort"));
    world_open(world);
    check_all(world);
    world_free(world);
}

static void duplicates_units_without_the_expect_rule(void **state)
{
    (void)state;
    struct world *world = world_new(STORE_MODE_COMMITLOG, STORE_FLUSH_ASYNC);
    plant(world, QUIRK_DEFECT_DISPATCH_NO_EXPECT);
    world_open(world);
    put_many(world, 5);
    world_close(world, false);
    world_open(world);
    world_settle(world);
    assert_true(store_max_offset(world->store, topics[0], 0) > 5);
    world_free(world);
}

static void goes_dead_when_pre_blank_counts_as_a_message(void **state)
{
    (void)state;
    struct world *world = world_new(STORE_MODE_COMMITLOG, STORE_FLUSH_ASYNC);
    plant(world, QUIRK_DEFECT_PRE_BLANK_MAX_PHYSIC);
    world_open(world);
    put_many(world, 5);
    world_close(world, true);
    /* As a kill inside the pre-blank fill of unit 0 to 4 leaves it. */
    static const uint8_t blank[20] = {[8] = 0x7F, [9] = 0xFF, [10] = 0xFF, [11] = 0xFF};
    const char *path = "consumequeue/alpha/0/00000000000000000000";
    diskstate_zero_fill(world->dir.fd, path, 0, 400);
    diskstate_overwrite(world->dir.fd, path, 0, blank, sizeof(blank));
    diskstate_write(world->dir.fd, "abort", "1", 1);
    world_open(world);
    world_settle(world);
    assert_int_equal(store_max_offset(world->store, topics[0], 0), 1);
    put_many(world, 3);
    assert_int_equal(store_max_offset(world->store, topics[0], 0), 1);
    world_free(world);
}

static void leaves_a_hole_when_a_rejected_put_uses_its_offset(void **state)
{
    (void)state;
    struct world *world = world_new(STORE_MODE_COMMITLOG, STORE_FLUSH_ASYNC);
    plant(world, QUIRK_DEFECT_OFFSET_BEFORE_APPEND);
    world_open(world);
    put_many(world, 2);
    struct sent rejected = {0};
    char body[5000] = "";
    struct store_message message = {.topic = topics[0],
                                    .born_host = world->env.store_host,
                                    .body = body,
                                    .body_size_bytes = sizeof(body)};
    assert_int_equal(store_put(world->store, &message, put_done, &rejected), 0);
    assert_int_equal(rejected.result.status, STORE_PUT_MESSAGE_ILLEGAL);
    put_many(world, 1);
    assert_int_equal(world->sent[2].result.queue_offset, 3);
    assert_int_equal(store_max_offset(world->store, topics[0], 0), 3);
    world_free(world);
}

static void refuses_a_file_of_length_0_as_issue_6904_tells(void **state)
{
    (void)state;
    for (int planted = 0; planted < 2; planted++) {
        struct world *world = world_new(STORE_MODE_COMMITLOG, STORE_FLUSH_ASYNC);
        if (planted) {
            plant(world, QUIRK_DEFECT_ZERO_LENGTH_FATAL);
        }
        world_open(world);
        put_many(world, 5);
        world_close(world, false);
        diskstate_truncate(world->dir.fd, "commitlog/00000000000000004096", 0);
        struct err err = ERR_INIT;
        int r = world_try_open(world, &err);
        assert_int_equal(r, planted ? ERR_CORRUPT : 0);
        if (planted) {
            test_contains(err.text, "00000000000000004096");
        } else {
            assert_int_equal(world->event_counts[EVENT_ZERO_LENGTH_FILE], 1);
            check_all(world);
        }
        world_free(world);
    }
}

/* Opens and returns how often records and units were written again. */
static unsigned rewrites_at_open(struct world *world)
{
    memset(world->point_counts, 0, sizeof(world->point_counts));
    world->lowest_rewrite = UINT64_MAX;
    world_open(world);
    return world->point_counts[POINT_COMMITLOG_REWRITE] +
           world->point_counts[POINT_DLEDGER_REWRITE] +
           world->point_counts[POINT_DLEDGER_INDEX_REWRITE] +
           world->point_counts[POINT_QUEUE_REWRITE];
}

static void writes_again_after_a_kill_what_the_mark_does_not_cover(void **state)
{
    (void)state;
    for (size_t c = 0; c < TEST_COUNT(combinations); c++) {
        struct world *world = world_new(combinations[c].mode, combinations[c].flush);
        bool is_dledger = combinations[c].mode == STORE_MODE_DLEDGER;
        test_row(is_dledger ? "dledger" : "plain");
        world->options.log_file_size_bytes = 65536;
        world_open(world);
        put_many(world, 5);
        uint64_t mark = store_log_max(world->store);
        world_close(world, true);
        assert_int_equal(rewrites_at_open(world), 0); /* a clean stop is believed */
        assert_int_equal(world->point_counts[POINT_QUEUE_SYNC], 0);
        for (unsigned i = 0; i < 5; i++) {
            world_put(world, 0, 0);
        }
        store_step(world->store, STORE_SERVICE_LOG_FLUSH, NULL);
        while (store_step(world->store, STORE_SERVICE_DISPATCH, NULL) > 0) {
        }
        world_close(world, false);
        /* One write a file: log, queue and, with DLedger, index. */
        assert_int_equal(rewrites_at_open(world), is_dledger ? 3 : 2);
        assert_int_equal(world->lowest_rewrite, mark);
        assert_true(world->point_counts[POINT_QUEUE_SYNC] > 0);
        assert_true(world->point_counts[POINT_QUEUE_SYNC_DIR] > 0);
        check_all(world);
        world_close(world, false);
        world->options.quirks.guards &= ~QUIRK_G(RESTART_REWRITE);
        world->options.quirks.guards &= ~QUIRK_G(DLEDGER_COMMIT);
        assert_int_equal(rewrites_at_open(world), 0);
        world_free(world);
    }
}

/* The page on disk; all zero when there is none. */
static struct checkpoint_page saved_page(const struct world *world)
{
    size_t size_bytes = 0;
    struct checkpoint_page page = {.has_mark = false};
    if (diskstate_exists(world->dir.fd, CHECKPOINT_PATH)) {
        uint8_t *at = diskstate_read(world->dir.fd, CHECKPOINT_PATH, &size_bytes);
        assert_int_equal(size_bytes, CHECKPOINT_SIZE_BYTES);
        checkpoint_decode(at, &page);
        free(at);
    }
    return page;
}

/* The mark in the page on disk; 0: none. */
static uint64_t saved_mark(const struct world *world)
{
    struct checkpoint_page page = saved_page(world);
    return page.has_mark ? page.mark.physical_offset : 0;
}

/* One round of the checkpoint service; how often the log, index and queues were synced in it. */
static unsigned checkpoint_round(struct world *world)
{
    memset(world->point_counts, 0, sizeof(world->point_counts));
    world->now_ms += 1000;
    assert_true(store_step(world->store, STORE_SERVICE_CHECKPOINT, NULL) >= 0);
    return world->point_counts[POINT_COMMITLOG_SYNC] + world->point_counts[POINT_DLEDGER_SYNC] +
           world->point_counts[POINT_DLEDGER_INDEX_SYNC] + world->point_counts[POINT_QUEUE_SYNC];
}

static void put_and_flush(struct world *world)
{
    world_put(world, 0, 0);
    store_step(world->store, STORE_SERVICE_LOG_FLUSH, NULL);
    while (store_step(world->store, STORE_SERVICE_DISPATCH, NULL) > 0) {
    }
    world->now_ms += 1000;
    store_step(world->store, STORE_SERVICE_QUEUE_FLUSH, NULL);
}

static void marks_only_what_two_syncs_cover(void **state)
{
    (void)state;
    for (size_t c = 0; c < TEST_COUNT(combinations); c++) {
        struct world *world = world_new(combinations[c].mode, combinations[c].flush);
        unsigned files = combinations[c].mode == STORE_MODE_DLEDGER ? 3 : 2;
        test_row(combinations[c].name);
        world_open(world);
        put_and_flush(world);
        uint64_t first = store_log_max(world->store);
        assert_int_equal(checkpoint_round(world), files); /* again, though nothing is dirty */
        assert_int_equal(saved_mark(world), 0);
        put_and_flush(world);
        uint64_t second = store_log_max(world->store);
        checkpoint_round(world);
        assert_int_equal(saved_mark(world), first);
        assert_int_equal(checkpoint_round(world), 0); /* confirmed by now */
        assert_int_equal(saved_mark(world), second);
        assert_int_equal(store_step(world->store, STORE_SERVICE_CHECKPOINT, NULL), 0);
        /* A stop does not wait for rounds. */
        put_and_flush(world);
        uint64_t third = store_log_max(world->store);
        world_close(world, true);
        assert_int_equal(saved_mark(world), third);
        /* Without the guard one sync is enough. */
        world->options.quirks.guards &= ~QUIRK_G(SECOND_SYNC);
        world_open(world);
        put_and_flush(world);
        assert_int_equal(checkpoint_round(world), 0);
        assert_int_equal(saved_mark(world), store_log_max(world->store));
        check_all(world);
        world_free(world);
    }
}

/* A mark that is lowered must not come back: what it would vouch for is cut. */
static void lowers_the_mark_for_good(void **state)
{
    (void)state;
    struct world *world = world_new(STORE_MODE_COMMITLOG, STORE_FLUSH_SYNC);
    struct err err = ERR_INIT;
    world_open(world);
    put_many(world, 5);
    world_settle(world);
    uint64_t end = store_log_max(world->store);
    world->now_ms += 1000;
    world_settle(world);
    world->now_ms += 1000;
    world_settle(world);
    assert_int_equal(saved_mark(world), end);
    memset(world->point_counts, 0, sizeof(world->point_counts));
    uint64_t cut = world->sent[3].result.physical_offset;
    test_ok(store_truncate(world->store, cut, &err), err);
    assert_int_equal(saved_mark(world), cut);
    assert_int_equal(world->point_counts[POINT_CHECKPOINT_WRITE], 1);
    assert_int_equal(world->point_counts[POINT_CHECKPOINT_SYNC], 2);
    world->sent_count = 3;
    check_all(world);
    world_free(world);
}

/* RocketMQ 5.5.0 begins its scan with the file that holds this record. */
static void assert_names_record(const struct world *world, unsigned sent)
{
    assert_int_equal(saved_page(world).logics_physical_offset,
                     world->sent[sent].result.physical_offset);
}

/* Writes a page as another life or another program left it. */
static void replace_page(struct world *world, const uint8_t at[CHECKPOINT_SIZE_BYTES])
{
    diskstate_write(world->dir.fd, CHECKPOINT_PATH, at, CHECKPOINT_SIZE_BYTES);
}

/* It goes with the mark, through kills, and goes down with it in a truncation. */
static void names_the_last_record_with_a_synced_unit(void **state)
{
    (void)state;
    for (size_t c = 0; c < TEST_COUNT(combinations); c++) {
        struct world *world = world_new(combinations[c].mode, combinations[c].flush);
        struct err err = ERR_INIT;
        test_row(combinations[c].name);
        world_open(world);
        put_and_flush(world);
        checkpoint_round(world);
        put_and_flush(world);
        checkpoint_round(world);
        assert_names_record(world, 0); /* the mark lags by a round, and it with the mark */
        checkpoint_round(world);
        assert_names_record(world, 1);
        world_close(world, false);
        world_open(world);
        world_put(world, 0, 0); /* not dispatched: what the page said before holds */
        checkpoint_round(world);
        assert_names_record(world, 1);
        put_and_flush(world);
        checkpoint_round(world);
        checkpoint_round(world);
        assert_names_record(world, 3);
        test_ok(store_truncate(world->store, world->sent[3].result.physical_offset, &err), err);
        assert_names_record(world, 2);
        world->sent_count = 3;
        check_all(world);
        world_close(world, true);
        assert_names_record(world, 2);
        world_free(world);
    }
}

/* Pages that others left: RocketMQ's value is kept until there is a better one; our first format
 * had its magic there, which is no offset; and one past the end of the log would be past any mark.
 */
static void keeps_the_offset_of_a_page_that_it_did_not_write(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint64_t value;
        int kept;
    } rows[] = {{"RocketMQ 5.5", 777, 777},
                {"RocketMQ 5.4", 0, 0},
                {"first format", UINT64_C(0x4B504D4B00000001), 0},
                {"of another log", UINT64_C(1) << 40, 0},
                {"negative", UINT64_MAX, 0}};
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        struct world *world = world_new(STORE_MODE_COMMITLOG, STORE_FLUSH_SYNC);
        uint8_t at[CHECKPOINT_SIZE_BYTES] = {0};
        test_row(rows[i].name);
        world_open(world);
        put_many(world, 8);
        world_close(world, true);
        assert_true(saved_mark(world) > 777);
        bytes_put_be64(at + 40, rows[i].value);
        replace_page(world, at);
        /* Without queue-heal no unit is put, so this life knows of no record with one. */
        world->options.quirks.guards &= ~(QUIRK_G(QUEUE_HEAL) | QUIRK_G(DURABLE_MARK));
        world_open(world);
        world->now_ms += 1000;
        store_step(world->store, STORE_SERVICE_CHECKPOINT, NULL);
        assert_int_equal(saved_page(world).logics_physical_offset, rows[i].kept);
        world_close(world, false);
        /* With it the scan finds the last one. */
        world->options.quirks = quirk_of_profile(QUIRK_PROFILE_FIXED);
        replace_page(world, at);
        world_open(world);
        checkpoint_round(world);
        checkpoint_round(world);
        assert_names_record(world, 7);
        check_all(world);
        world_free(world);
    }
}

/* The queues that a mark spoke of are gone: with it goes the offset, before a unit is written
 * again. */
static void a_rejected_mark_takes_its_offset_along(void **state)
{
    (void)state;
    struct world *world = world_new(STORE_MODE_COMMITLOG, STORE_FLUSH_SYNC);
    world_open(world);
    put_many(world, 8);
    world_close(world, true);
    assert_names_record(world, 7);
    tmpdir_remove_tree(world->dir.fd, "consumequeue");
    world_open(world);
    assert_int_equal(saved_mark(world), 0);
    assert_int_equal(saved_page(world).logics_physical_offset, 0);
    checkpoint_round(world);
    checkpoint_round(world);
    assert_names_record(world, 7);
    check_all(world);
    world_free(world);
}

struct producer {
    struct world *world;
    unsigned topic;
    unsigned put_count;
    unsigned ok_count;
    pthread_mutex_t lock;
    pthread_cond_t told;
    unsigned told_count;
    pthread_t thread;
};

static void producer_told(void *arg, const struct store_put_result *result)
{
    struct producer *producer = arg;
    pthread_mutex_lock(&producer->lock);
    producer->ok_count += result->status == STORE_PUT_OK;
    producer->told_count++;
    pthread_cond_signal(&producer->told);
    pthread_mutex_unlock(&producer->lock);
}

static void *produce(void *arg)
{
    struct producer *producer = arg;
    struct store *store = producer->world->store;
    for (unsigned i = 0; i < producer->put_count; i++) {
        struct store_message message = {.topic = topics[producer->topic],
                                        .queue_id = (int32_t)(i % QUEUE_COUNT),
                                        .born_host = producer->world->env.store_host,
                                        .body = "body",
                                        .body_size_bytes = 4,
                                        .wait = true};
        store_put(store, &message, producer_told, producer);
        pthread_mutex_lock(&producer->lock);
        while (producer->told_count <= i) {
            pthread_cond_wait(&producer->told, &producer->lock);
        }
        pthread_mutex_unlock(&producer->lock);
        struct store_record record;
        (void)store_get(store, topics[producer->topic], 0, i / 4, &record, NULL);
        (void)store_commit_offset(store, topics[producer->topic], "group", 0, i / 4, NULL);
    }
    return NULL;
}

static int64_t wall_clock(void *arg)
{
    struct timespec now;
    (void)arg;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void serves_producers_of_many_threads(void **state)
{
    (void)state;
    for (size_t c = 0; c < TEST_COUNT(combinations); c++) {
        struct world *world = world_new(combinations[c].mode, combinations[c].flush);
        test_row(combinations[c].name);
        world->env.now_ms = wall_clock;
        world->options.services = STORE_SERVICES_THREADS;
        world_open(world);
        struct producer producers[TOPIC_COUNT];
        for (unsigned p = 0; p < TOPIC_COUNT; p++) {
            producers[p] = (struct producer){.world = world, .topic = p, .put_count = 200};
            pthread_mutex_init(&producers[p].lock, NULL);
            pthread_cond_init(&producers[p].told, NULL);
            assert_int_equal(pthread_create(&producers[p].thread, NULL, produce, &producers[p]), 0);
        }
        store_expire(world->store, 20);
        for (unsigned p = 0; p < TOPIC_COUNT; p++) {
            pthread_join(producers[p].thread, NULL);
            assert_int_equal(producers[p].ok_count, 200);
        }
        world_close(world, c % 2 == 0);
        world->options.services = STORE_SERVICES_MANUAL;
        world_open(world);
        check_all(world);
        for (unsigned t = 0; t < TOPIC_COUNT; t++) {
            assert_int_equal(store_max_offset(world->store, topics[t], 0), 100);
            assert_int_equal(store_max_offset(world->store, topics[t], 1), 100);
        }
        world_free(world);
    }
}

/* RocketMQ's own recovery, no defect: what its rules cover is there after a kill. */
static void serves_all_without_guards_after_a_kill(void **state)
{
    (void)state;
    for (size_t c = 0; c < 2; c++) {
        struct world *world = world_new(combinations[c].mode, combinations[c].flush);
        world->options.quirks.guards = 0;
        for (int life = 0; life < 4; life++) {
            world_open(world);
            world_settle(world);
            for (size_t i = 0; i < world->sent_count; i++) {
                check_sent(world, i);
            }
            put_many(world, 40);
            world_close(world, life == 2);
        }
        assert_int_equal(world->event_counts[EVENT_MARK_USED], 0);
        world_free(world);
    }
}

#ifdef FIU_ENABLE
/* The n-th disk call, counted over all points, fails; with `is_sticky` all that follow do too. */
struct countdown {
    unsigned left;
    bool is_sticky;
    bool has_fired;
};

static struct countdown countdown;

static int count_down(const char *name, int *failnum, void **failinfo, unsigned int *flags)
{
    (void)name;
    (void)failnum;
    (void)failinfo;
    (void)flags;
    if (countdown.left > 1) {
        countdown.left--;
        return 0;
    }
    if (countdown.left == 1) {
        countdown.left = 0;
        countdown.has_fired = true;
        return 1;
    }
    return countdown.is_sticky && countdown.has_fired;
}

static void arm(struct faultpoint_action *action, unsigned n, bool is_sticky)
{
    countdown = (struct countdown){.left = n, .is_sticky = is_sticky};
    for (unsigned p = 0; p < POINT_COUNT; p++) {
        assert_int_equal(
            fiu_enable_external(point_fiu_name((enum point)p), 1, action, 0, count_down), 0);
    }
}

static void disarm(void)
{
    for (unsigned p = 0; p < POINT_COUNT; p++) {
        fiu_disable(point_fiu_name((enum point)p));
    }
}

/* What the faulted life does: everything the store can. */
static void busy_life(struct world *world)
{
    for (unsigned i = 0; i < 30; i++) {
        world_put(world, i % TOPIC_COUNT, i / 5 % QUEUE_COUNT);
        world->now_ms += 400;
        if (i % 6 == 5) {
            store_commit_offset(world->store, topics[0], "group", 0, 1, NULL);
            world_settle(world);
        }
    }
}

static void fault_case(const struct combination *c, int error, bool is_sticky, unsigned n,
                       bool *ret_has_fired)
{
    struct faultpoint_action action = {.limit_bytes = 0, .error = error};
    struct world *world = world_new(c->mode, c->flush);
    struct err err = ERR_INIT;
    world_open(world);
    busy_life(world);
    world_close(world, n % 2 == 0);
    world->disk = disk_free(world->disk);
    world->has_faults = true;
    arm(&action, n, is_sticky);
    if (world_try_open(world, &err) == 0) {
        busy_life(world);
        store_close(world->store, n % 3 != 0, &err);
        world->store = NULL;
    } else {
        assert_true(err.text[0] != '\0');
    }
    *ret_has_fired = countdown.has_fired;
    disarm();
    for (int life = 0; life < 2; life++) {
        world_open(world);
        check_all(world);
        busy_life(world);
        world_settle(world);
        check_all(world);
        world_close(world, life == 0);
    }
    world_free(world);
}

/* What a sync put is told when the log's first sync fails, and the one after it. */
struct sync_case {
    const char *name;
    bool is_guarded;
    enum quirk_defect defect; /* _COUNT: none */
    enum store_put_status first;
    enum store_put_status second;
};

static void tells_the_truth_when_a_sync_of_the_log_fails(void **state)
{
    (void)state;
    static const struct sync_case cases[] = {
        {"fail-stop", true, QUIRK_DEFECT_COUNT, STORE_PUT_FLUSH_DISK_TIMEOUT,
         STORE_PUT_SERVICE_NOT_AVAILABLE},
        {"no guard", false, QUIRK_DEFECT_COUNT, STORE_PUT_FLUSH_DISK_TIMEOUT, STORE_PUT_OK},
        {"error ignored", false, QUIRK_DEFECT_SYNC_ERROR_IGNORED, STORE_PUT_OK, STORE_PUT_OK},
        {"retry believed", false, QUIRK_DEFECT_SYNC_RETRY_BELIEVED, STORE_PUT_OK, STORE_PUT_OK},
        {"guard wins", true, QUIRK_DEFECT_SYNC_ERROR_IGNORED, STORE_PUT_FLUSH_DISK_TIMEOUT,
         STORE_PUT_SERVICE_NOT_AVAILABLE},
    };
    struct faultpoint_action action = {.limit_bytes = 0, .error = -EIO};
    fiu_init(0);
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        test_row(cases[i].name);
        struct world *world = world_new(STORE_MODE_COMMITLOG, STORE_FLUSH_SYNC);
        world->has_faults = true;
        if (cases[i].defect != QUIRK_DEFECT_COUNT) {
            quirk_plant(&world->options.quirks, cases[i].defect, true);
        }
        if (!cases[i].is_guarded) {
            world->options.quirks.guards &= ~QUIRK_G(FAIL_STOP);
        }
        world_open(world);
        struct sent *first = world_put(world, 0, 0);
        const char *point = point_fiu_name(POINT_COMMITLOG_SYNC);
        assert_int_equal(fiu_enable(point, 1, &action, FIU_ONETIME), 0);
        store_step(world->store, STORE_SERVICE_LOG_FLUSH, NULL);
        assert_true(first->is_done);
        assert_int_equal(first->result.status, cases[i].first);
        struct sent *second = world_put(world, 0, 0);
        store_step(world->store, STORE_SERVICE_LOG_FLUSH, NULL);
        assert_true(second->is_done);
        assert_int_equal(second->result.status, cases[i].second);
        assert_int_equal(world->event_counts[EVENT_SYNC_FAILED], 1);
        assert_int_equal(store_is_writable(world->store), !cases[i].is_guarded);
        struct err err = ERR_INIT;
        test_code(store_close(world->store, true, &err), cases[i].is_guarded ? ERR_REFUSED : 0);
        assert_int_equal(diskstate_exists(world->dir.fd, "abort"), cases[i].is_guarded);
        world->store = NULL;
        fiu_disable(point);
        world_open(world);
        check_all(world);
        world_free(world);
    }
}

/* A sync that returned 0 and fails the next time (data=journal): the mark has not passed it. */
static void passes_nothing_whose_second_sync_fails(void **state)
{
    (void)state;
    static const enum point late[] = {POINT_COMMITLOG_SYNC, POINT_QUEUE_SYNC};
    struct faultpoint_action action = {.limit_bytes = 0, .error = -EIO};
    fiu_init(0);
    for (size_t i = 0; i < TEST_COUNT(late); i++) {
        struct world *world = world_new(STORE_MODE_COMMITLOG, STORE_FLUSH_SYNC);
        struct err err = ERR_INIT;
        test_row(point_name(late[i]));
        world->has_faults = true;
        world_open(world);
        put_and_flush(world);
        assert_int_equal(fiu_enable(point_fiu_name(late[i]), 1, &action, FIU_ONETIME), 0);
        world->now_ms += 1000;
        for (int round = 0; round < 3; round++) {
            (void)store_step(world->store, STORE_SERVICE_CHECKPOINT, NULL);
            world->now_ms += 1000;
        }
        assert_int_equal(world->event_counts[EVENT_SYNC_FAILED], 1);
        assert_int_equal(saved_mark(world), 0);
        test_code(store_close(world->store, true, &err), ERR_REFUSED);
        world->store = NULL;
        assert_int_equal(saved_mark(world), 0);
        assert_true(diskstate_exists(world->dir.fd, "abort"));
        fiu_disable(point_fiu_name(late[i]));
        world_open(world);
        check_all(world);
        world_free(world);
    }
}

static void loses_nothing_when_any_disk_call_fails(void **state)
{
    (void)state;
    static const int errors[] = {-EIO, -ENOSPC};
    fiu_init(0);
    for (size_t c = 0; c < TEST_COUNT(combinations); c++) {
        for (size_t e = 0; e < 2 * TEST_COUNT(errors); e++) {
            bool has_fired = true;
            unsigned stride = getenv("TEST_EXHAUSTIVE") != NULL ? 1 : 11;
            unsigned n = (unsigned)(c + e) % stride;
            while (has_fired) {
                n += stride;
                if (getenv("TEST_EVENTS") != NULL) {
                    print_message("%s errno %d call %u\n", combinations[c].name, -errors[e % 2], n);
                }
                fault_case(&combinations[c], errors[e % 2], e >= 2, n, &has_fired);
            }
            assert_true(n > 100);
        }
    }
}
#endif

int main(void)
{
    /* Thousands of syncs: on a memory file system where there is one. */
    if (access("/dev/shm", W_OK) == 0) {
        setenv("TMPDIR", "/dev/shm", 0);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(serves_what_was_put_after_kills_and_stops),
        cmocka_unit_test(loses_nothing_in_random_runs),
        cmocka_unit_test(cuts_what_is_truncated),
        cmocka_unit_test(expires_old_files),
        cmocka_unit_test(rebuilds_removed_queues),
        cmocka_unit_test(cuts_a_torn_tail),
        cmocka_unit_test(empties_the_queues_as_issue_8032_tells),
        cmocka_unit_test(heals_issue_8032_with_the_guards_left_on),
        cmocka_unit_test(loses_the_queue_tail_as_issue_9084_tells),
        cmocka_unit_test(leaves_the_tail_undispatched_without_redispatch),
        cmocka_unit_test(loses_the_tail_when_abort_ignores_lag),
        cmocka_unit_test(keeps_abort_when_the_dispatcher_is_held),
        cmocka_unit_test(duplicates_units_without_the_expect_rule),
        cmocka_unit_test(goes_dead_when_pre_blank_counts_as_a_message),
        cmocka_unit_test(leaves_a_hole_when_a_rejected_put_uses_its_offset),
        cmocka_unit_test(refuses_a_file_of_length_0_as_issue_6904_tells),
        cmocka_unit_test(writes_again_after_a_kill_what_the_mark_does_not_cover),
        cmocka_unit_test(marks_only_what_two_syncs_cover),
        cmocka_unit_test(lowers_the_mark_for_good),
        cmocka_unit_test(names_the_last_record_with_a_synced_unit),
        cmocka_unit_test(keeps_the_offset_of_a_page_that_it_did_not_write),
        cmocka_unit_test(a_rejected_mark_takes_its_offset_along),
        cmocka_unit_test(serves_all_without_guards_after_a_kill),
        cmocka_unit_test(serves_producers_of_many_threads),
#ifdef FIU_ENABLE
        cmocka_unit_test(tells_the_truth_when_a_sync_of_the_log_fails),
        cmocka_unit_test(passes_nothing_whose_second_sync_fails),
        cmocka_unit_test(loses_nothing_when_any_disk_call_fails),
#endif
    };
    return cmocka_run_group_tests_name("store.store", tests, NULL, NULL);
}
