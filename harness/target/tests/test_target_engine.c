/* The engine behind the seam: what it can do, and one life after the other at one place. */
#include "harness/power/disk/image.h"
#include "harness/target/target_engine.h"
#include "harness/target/targets.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#define START_MS INT64_C(1700000000000)
#define TOPIC    "orders"
#define GROUP    "billing"
#define STEPS    1000
#define WAITS    50000

static const struct store_options commitlog = {
    .mode = STORE_MODE_COMMITLOG,
    .flush = STORE_FLUSH_SYNC,
    .services = STORE_SERVICES_MANUAL,
    .log_file_size_bytes = 4096,
    .queue_file_units = 20,
    .index_file_units = 20,
};

/* One target at one place, and what it told. */
struct life {
    struct store_options options;
    struct tmpdir dir;
    struct place place;
    struct disk *disk;
    struct target target;
    int64_t now_ms;
    _Atomic uint64_t events;
    _Atomic uint32_t answer_count;
    struct store_put_result answer;
};

static int64_t now_ms(void *arg)
{
    const struct life *life = arg;
    return life->now_ms;
}

static void on_event(void *arg, enum event event, uint64_t offset, const char *text)
{
    (void)offset;
    (void)text;
    struct life *life = arg;
    atomic_fetch_or(&life->events, UINT64_C(1) << event);
}

static void on_answer(void *arg, const struct store_put_result *result)
{
    struct life *life = arg;
    life->answer = *result;
    atomic_fetch_add(&life->answer_count, 1);
}

static bool was_told(struct life *life, enum event event)
{
    return (atomic_exchange(&life->events, 0) >> event & 1) != 0;
}

static void life_open(struct life *life)
{
    struct err err = ERR_INIT;
    const struct target_start start = {
        .options = &life->options, .place = &life->place, .disk = life->disk};
    test_ok(target_open(&life->target, &start, &err), err);
    assert_true(target_is_open(&life->target));
}

static void life_begin(struct life *life, enum store_services services, bool in_memory)
{
    memset(life, 0, sizeof(*life));
    life->options = commitlog;
    life->options.services = services;
    life->now_ms = START_MS;
    if (in_memory) {
        life->place = (struct place){.image = image_new(), .dir_fd = -1};
        assert_non_null(life->place.image);
    } else {
        tmpdir_make(&life->dir);
        life->place = (struct place){.dir_fd = life->dir.fd};
    }
    assert_int_equal(place_disk(&life->place, NULL, &life->disk), 0);
    target_init(&life->target, target_engine_kind(services), life, now_ms, on_event);
    assert_false(target_is_open(&life->target));
    life_open(life);
}

static void life_end(struct life *life)
{
    target_kill(&life->target);
    assert_false(target_is_open(&life->target));
    disk_free(life->disk);
    if (life->place.image != NULL) {
        image_free(life->place.image);
    } else {
        tmpdir_remove(&life->dir);
    }
}

static void put(struct life *life, const char *body)
{
    const struct store_message message = {
        .topic = TOPIC,
        .queue_id = 1,
        .born_timestamp_ms = life->now_ms,
        .born_host = life->target.env.store_host,
        .body = body,
        .body_size_bytes = strlen(body),
        .properties = "",
        .wait = true,
    };
    uint32_t before = atomic_load(&life->answer_count);
    assert_int_equal(life->target.kind->put(&life->target, &message, on_answer, life), 0);
    if (target_can(&life->target, TARGET_CAN_STEP)) {
        assert_int_equal(atomic_load(&life->answer_count), before);
        assert_int_equal(life->target.kind->step(&life->target, STORE_SERVICE_LOG_FLUSH, NULL), 1);
    }
    for (uint32_t i = 0; i < WAITS && atomic_load(&life->answer_count) == before; i++) {
        (void)usleep(200);
    }
    assert_int_equal(atomic_load(&life->answer_count), before + 1);
    assert_int_equal(life->answer.status, STORE_PUT_OK);
}

/* Until nothing is left to do. */
static void settle(struct life *life)
{
    struct err err = ERR_INIT;
    const struct target_kind *kind = life->target.kind;
    if (!target_can(&life->target, TARGET_CAN_STEP)) {
        test_ok(kind->wait(&life->target, &err), err);
        return;
    }
    for (uint32_t i = 0; i < STEPS; i++) {
        enum store_service service = (enum store_service)(i % STORE_SERVICE_COUNT);
        if (kind->has_work(&life->target, service)) {
            assert_true(kind->is_free(&life->target, service));
            (void)kind->step(&life->target, service, NULL);
        }
    }
    for (uint32_t i = 0; i < STORE_SERVICE_COUNT; i++) {
        assert_false(kind->has_work(&life->target, (enum store_service)i));
    }
}

static void expect_queue(struct life *life, int64_t min, int64_t max)
{
    const struct served served = target_served(&life->target);
    struct served_range range = {-1, -1};
    assert_int_equal(served.offsets(served.arg, TOPIC, 1, &range, NULL), 0);
    assert_int_equal(range.min, min);
    assert_int_equal(range.max, max);
    assert_int_equal(target_max_offset(&life->target, TOPIC, 1), max);
    struct store_record record = {0};
    for (int64_t i = min; i < max; i++) {
        assert_int_equal(served.get(served.arg, TOPIC, 1, i, &record, NULL), 0);
        assert_true(record.size_bytes > 0);
    }
    assert_int_equal(served.get(served.arg, TOPIC, 1, max, &record, NULL), -ENODATA);
}

/* What it says of one record is what its answer said. */
static void expect_answer(struct life *life, const char *body)
{
    struct store_record record = {0};
    assert_int_equal(
        life->target.kind->get(&life->target, TOPIC, 1, life->answer.queue_offset, &record, NULL),
        0);
    assert_int_equal(record.physical_offset, life->answer.physical_offset);
    assert_int_equal(record.size_bytes, life->answer.size_bytes);
    assert_non_null(memmem(record.record, record.size_bytes, body, strlen(body)));
}

static void lives_stops_and_is_killed(enum store_services services, bool in_memory)
{
    struct life life;
    struct err err = ERR_INIT;
    life_begin(&life, services, in_memory);
    const struct target_kind *kind = life.target.kind;
    expect_queue(&life, 0, 0);
    put(&life, "first");
    put(&life, "second");
    settle(&life);
    expect_queue(&life, 0, 2);
    expect_answer(&life, "second");
    test_ok(kind->commit(&life.target, TOPIC, GROUP, 1, 2, &err), err);
    assert_int_equal(kind->committed(&life.target, TOPIC, GROUP, 1), 2);
    assert_int_equal(kind->committed(&life.target, TOPIC, "nobody", 1), -1);

    /* A clean stop keeps what was acknowledged and what was committed. */
    test_ok(target_stop(&life.target, &err), err);
    assert_false(target_is_open(&life.target));
    assert_true(was_told(&life, EVENT_CLOSED));
    life_open(&life);
    assert_true(was_told(&life, EVENT_RECOVERY_NORMAL));
    expect_queue(&life, 0, 2);
    assert_int_equal(kind->committed(&life.target, TOPIC, GROUP, 1), 2);

    /* A kill writes nothing, so that recovery finds an unclean stop; what was answered is there. */
    put(&life, "third");
    settle(&life);
    target_kill(&life.target);
    target_kill(&life.target);
    assert_false(was_told(&life, EVENT_CLOSED));
    life_open(&life);
    assert_true(was_told(&life, EVENT_RECOVERY_ABNORMAL));
    settle(&life);
    expect_queue(&life, 0, 3);
    life_end(&life);
}

static void lives_in_a_directory(void **state)
{
    (void)state;
    lives_stops_and_is_killed(STORE_SERVICES_MANUAL, false);
}

static void lives_in_an_image(void **state)
{
    (void)state;
    lives_stops_and_is_killed(STORE_SERVICES_MANUAL, true);
}

static void lives_by_its_own_threads(void **state)
{
    (void)state;
    lives_stops_and_is_killed(STORE_SERVICES_THREADS, false);
}

static void truncates_and_expires(void **state)
{
    (void)state;
    struct life life;
    struct err err = ERR_INIT;
    life_begin(&life, STORE_SERVICES_MANUAL, true);
    const struct target_kind *kind = life.target.kind;
    uint64_t min = 0;
    uint64_t max = 0;
    put(&life, "kept");
    put(&life, "cut");
    settle(&life);
    kind->log_range(&life.target, &min, &max);
    assert_int_equal(min, 0);
    assert_int_equal(max, life.answer.physical_offset + life.answer.size_bytes);
    test_ok(kind->truncate(&life.target, life.answer.physical_offset, &err), err);
    kind->log_range(&life.target, &min, &max);
    assert_int_equal(max, life.answer.physical_offset);
    settle(&life);
    expect_queue(&life, 0, 1);
    assert_true(kind->is_writable(&life.target));

    /* The log's first file is full and old: it goes, and the log begins behind it. */
    char body[2048];
    memset(body, 'b', sizeof(body) - 1);
    body[sizeof(body) - 1] = '\0';
    for (uint32_t i = 0; i < 4; i++) {
        put(&life, body);
    }
    life.now_ms += 60000;
    settle(&life);
    kind->expire(&life.target, 1000);
    settle(&life);
    kind->log_range(&life.target, &min, &max);
    assert_true(min >= commitlog.log_file_size_bytes);
    assert_true(was_told(&life, EVENT_LOG_EXPIRED));
    life_end(&life);
}

/* A held service is held by threads alone: a stepped one is simply not stepped. */
static void holds_a_service(void **state)
{
    (void)state;
    struct life life;
    life_begin(&life, STORE_SERVICES_THREADS, false);
    const struct target_kind *kind = life.target.kind;
    kind->hold(&life.target, STORE_SERVICE_DISPATCH, true);
    put(&life, "held back");
    (void)usleep(20000);
    assert_int_equal(target_max_offset(&life.target, TOPIC, 1), 0);
    kind->hold(&life.target, STORE_SERVICE_DISPATCH, false);
    settle(&life);
    expect_queue(&life, 0, 1);
    life_end(&life);
}

/* It asks the clock that it is given: a timer of the future is due when the clock says so. */
static void follows_its_clock(void **state)
{
    (void)state;
    struct life life;
    life_begin(&life, STORE_SERVICES_MANUAL, true);
    const struct target_kind *kind = life.target.kind;
    put(&life, "late");
    assert_int_equal(life.answer.store_timestamp_ms, START_MS);
    assert_int_equal(kind->step(&life.target, STORE_SERVICE_DISPATCH, NULL), 1);
    int64_t due = kind->due_ms(&life.target, STORE_SERVICE_QUEUE_FLUSH);
    assert_true(due > START_MS && due < INT64_MAX);
    life.now_ms = due;
    put(&life, "later");
    assert_int_equal(life.answer.store_timestamp_ms, due);
    life_end(&life);
}

static void stays_closed_when_it_refuses(void **state)
{
    (void)state;
    struct life life;
    struct err err = ERR_INIT;
    life_begin(&life, STORE_SERVICES_MANUAL, true);
    target_kill(&life.target);
    life.options.log_file_size_bytes = 1;
    const struct target_start start = {
        .options = &life.options, .place = &life.place, .disk = life.disk};
    assert_int_equal(target_open(&life.target, &start, &err), ERR_USAGE);
    assert_false(target_is_open(&life.target));
    assert_true(err.text[0] != '\0');
    life_end(&life);
}

static void says_what_it_can_do(void **state)
{
    (void)state;
    struct scenario scenario;
    memset(&scenario, 0, sizeof(scenario));
    scenario.store.services = STORE_SERVICES_MANUAL;
    const struct target_kind *stepped = targets_of(&scenario);
    scenario.store.services = STORE_SERVICES_THREADS;
    const struct target_kind *threaded = targets_of(&scenario);
    const uint32_t both = TARGET_CAN_IMAGE | TARGET_CAN_WATCH | TARGET_CAN_EVENTS;
    assert_string_equal(stepped->name, "engine");
    assert_string_equal(threaded->name, "engine");
    assert_int_equal(stepped->can, both | TARGET_CAN_STEP);
    assert_int_equal(threaded->can, both);
    assert_ptr_equal(stepped->points, points_of(stepped->name));
    assert_ptr_equal(threaded->points, points_of(threaded->name));
    assert_int_equal(stepped->clock, TARGET_CLOCK_VIRTUAL);
    assert_int_equal(threaded->clock, TARGET_CLOCK_SHIFTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_it_can_do),   cmocka_unit_test(lives_in_a_directory),
        cmocka_unit_test(lives_in_an_image),     cmocka_unit_test(lives_by_its_own_threads),
        cmocka_unit_test(truncates_and_expires), cmocka_unit_test(holds_a_service),
        cmocka_unit_test(follows_its_clock),     cmocka_unit_test(stays_closed_when_it_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
