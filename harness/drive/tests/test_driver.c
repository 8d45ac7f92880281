/* What the driver tells the ledger, whatever the store says of itself. */
#include "harness/drive/driver.h"
#include "harness/power/disk/place.h"
#include "harness/testkit/test.h"

#include <string.h>

#define SEED 0x5eed

struct fixture {
    struct scenario scenario;
    struct workload workload;
    struct shared *shared;
    struct image *image;
    struct place place;
    struct disk *disk;
    struct driver driver;
    uint32_t capacity;
};

/* A store that does not say what it has persisted. */
static void on_no_event(void *arg, enum event event, uint64_t offset, const char *text)
{
    (void)arg;
    (void)event;
    (void)offset;
    (void)text;
}

/* Runs one round of puts and one commit, with `end` behind them. */
static void fixture_run(struct fixture *fixture, const char *end, enum shared_exit expected)
{
    struct err err = ERR_INIT;
    char text[512];
    memset(fixture, 0, sizeof(*fixture));
    (void)snprintf(text, sizeof(text),
                   "name: driver\nsummary: s\n"
                   "store: { mode: commitlog, flush: sync }\n"
                   "workload: { topics: 1, queues: 1, producers: 1, phases: [ { put: 3, body: 64B, "
                   "every: 10ms }, { commit_offsets: all }%s ] }\n"
                   "faults: [ { point: \"*\", fault: [kill] } ]\n",
                   end);
    test_ok(scenario_parse(text, strlen(text), "driver", &fixture->scenario, &err), err);
    test_ok(workload_make(&fixture->scenario, &fixture->workload, &err), err);
    fixture->capacity = fixture->workload.message_count + WORKLOAD_PROBES;
    test_ok(shared_map(fixture->capacity, &fixture->shared, &err), err);
    ledger_reset(fixture->shared->ledger, &fixture->scenario, fixture->capacity, SEED);
    atomic_store(&fixture->shared->now_ms, fixture->scenario.start_ms);
    fixture->image = image_new();
    assert_non_null(fixture->image);
    fixture->place.image = fixture->image;
    assert_int_equal(place_disk(&fixture->place, NULL, &fixture->disk), 0);
    assert_int_equal(driver_init(&fixture->driver, &fixture->scenario, &fixture->workload, SEED,
                                 fixture->shared),
                     0);
    fixture->driver.target.sink.emit = on_no_event;
    test_ok(driver_open(&fixture->driver, &fixture->place, fixture->disk, &err), err);
    assert_int_equal(driver_run(&fixture->driver, &err), expected);
}

static void fixture_done(struct fixture *fixture)
{
    driver_done(&fixture->driver);
    fixture->disk = disk_free(fixture->disk);
    image_free(fixture->image);
    shared_unmap(fixture->shared, fixture->capacity);
    workload_done(&fixture->workload);
}

static void clean_stop_owes_what_was_committed(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_run(&fixture, "", SHARED_EXIT_DONE);
    assert_int_equal(fixture.shared->ledger->commits[0].last, 3);
    assert_int_equal(fixture.shared->ledger->commits[0].persisted, 3);
    fixture_done(&fixture);
    fixture_run(&fixture, ", { restart: clean }, { put: 1 }", SHARED_EXIT_RESTART);
    assert_int_equal(fixture.shared->ledger->commits[0].persisted, 3);
    fixture_done(&fixture);
}

static void kill_owes_nothing(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_run(&fixture, ", { restart: kill }, { put: 1 }", SHARED_EXIT_RESTART);
    assert_int_equal(fixture.shared->ledger->commits[0].last, 3);
    assert_int_equal(fixture.shared->ledger->commits[0].persisted, -1);
    fixture_done(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clean_stop_owes_what_was_committed),
        cmocka_unit_test(kill_owes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
