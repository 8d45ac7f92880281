/* Same trace, two worlds: wherever a live run is killed, its files are those of the trace replayed
 * on the memory disk up to that operation. */
#include "harness/live/live.h"
#include "harness/power/disk/image.h"
#include "harness/power/trace/trace_file.h"
#include "harness/testkit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS_MAX 4

struct world {
    struct scenario scenario;
    struct workload workload;
    struct live *live;
    struct trace *traces[ROUNDS_MAX];
    uint32_t trace_count;
};

static int keep_trace(void *arg, uint32_t round, const struct trace *trace)
{
    struct world *world = arg;
    uint8_t *data = NULL;
    size_t size_bytes = 0;
    assert_true(round < ROUNDS_MAX);
    assert_int_equal(trace_file_pack(trace, &data, &size_bytes, NULL), 0);
    world->traces[round] = trace_new(NULL);
    assert_non_null(world->traces[round]);
    assert_int_equal(trace_file_unpack(world->traces[round], data, size_bytes, NULL), 0);
    world->trace_count = round + 1;
    free(data);
    return 0;
}

static void world_open(struct world *world, const char *text)
{
    struct err err = ERR_INIT;
    memset(world, 0, sizeof(*world));
    if (scenario_parse(text, strlen(text), "two-worlds", &world->scenario, &err) < 0) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(workload_make(&world->scenario, &world->workload, &err), 0);
    struct live_options options = {&world->scenario, &world->workload, 0x5eed, NULL, 10000};
    if (live_open(&options, &world->live, &err) < 0) {
        fail_msg("%s", err.text);
    }
}

static void world_close(struct world *world)
{
    for (uint32_t i = 0; i < world->trace_count; i++) {
        trace_free(world->traces[i]);
    }
    live_close(world->live);
    workload_done(&world->workload);
}

static void record(struct world *world)
{
    static struct campaign_case ended;
    struct plan plan;
    struct err err = ERR_INIT;
    memset(&plan, 0, sizeof(plan));
    struct live_request request = {
        .plan = &plan,
        .role = CAMPAIGN_ROLE_TRACE,
        .take_trace = keep_trace,
        .take_trace_arg = world,
    };
    assert_int_equal(live_run(world->live, &request, &ended, &err), 0);
    if (ended.end.outcome != OUTCOME_INTACT) {
        fail_msg("the trace ended %s: %s", outcome_name(ended.end.outcome), ended.end.detail);
    }
}

/* Kills the live run at that operation and returns the hash of its files. */
static uint64_t live_hash(struct world *world, uint32_t round, const struct trace_entry *entry,
                          const struct fault *fault)
{
    static struct campaign_case ended;
    struct plan plan;
    struct err err = ERR_INIT;
    memset(&plan, 0, sizeof(plan));
    plan.round_count = round + 1;
    plan.rounds[round].hit_count = 1;
    plan.rounds[round].hits[0] = (struct plan_hit){entry->point, entry->hit, *fault};
    struct live_request request = {
        .plan = &plan,
        .role = CAMPAIGN_ROLE_FAULT,
        .want_hashes = true,
    };
    assert_int_equal(live_run(world->live, &request, &ended, &err), 0);
    assert_int_equal(ended.fired_count, 1);
    if (ended.end.outcome != OUTCOME_INTACT) {
        fail_msg("%s:%u ended %s: %s", point_name(entry->point), entry->hit,
                 outcome_name(ended.end.outcome), ended.end.detail);
    }
    return ended.end.crashed_hash;
}

/* The image with the next operation torn, on a clone. */
static uint64_t torn_hash(const struct trace *trace, size_t upto, uint64_t torn_bytes,
                          const struct image *image)
{
    struct image *clone = image_clone(image);
    struct disk *disk = NULL;
    struct err err = ERR_INIT;
    assert_non_null(clone);
    assert_int_equal(image_disk(clone, false, NULL, &disk), 0);
    struct trace_span span = {upto, upto, torn_bytes};
    if (trace_replay(trace, &span, disk, &err) < 0) {
        fail_msg("%s", err.text);
    }
    uint64_t hash = image_hash(clone);
    disk_free(disk);
    image_free(clone);
    return hash;
}

static void compare_at(struct world *world, uint32_t round, size_t n, struct image *image)
{
    struct trace_entry entry;
    const struct trace *trace = world->traces[round];
    struct fault kill = {.kind = FAULT_KILL};
    trace_get(trace, trace_done_index(trace, n), &entry);
    if (!point_is_mutating(entry.point)) {
        return;
    }
    if (live_hash(world, round, &entry, &kill) != image_hash(image)) {
        fail_msg("killed before %s:%u the files differ from the trace", point_name(entry.point),
                 entry.hit);
    }
    if (entry.op == POINT_OP_WRITE && entry.size_bytes > 1) {
        struct fault torn = {.kind = FAULT_TORN, .arg = entry.size_bytes / 2};
        if (live_hash(world, round, &entry, &torn) !=
            torn_hash(trace, n, entry.size_bytes / 2, image)) {
            fail_msg("torn at %s:%u the files differ from the trace", point_name(entry.point),
                     entry.hit);
        }
    }
}

static void compare_round(struct world *world, uint32_t round, struct image *image)
{
    const struct trace *trace = world->traces[round];
    struct disk *disk = NULL;
    struct err err = ERR_INIT;
    for (size_t n = 0; n < trace_done_count(trace); n++) {
        struct trace_span span = {n, n + 1, 0};
        compare_at(world, round, n, image);
        assert_int_equal(image_disk(image, false, NULL, &disk), 0);
        if (trace_replay(trace, &span, disk, &err) < 0) {
            fail_msg("%s", err.text);
        }
        disk = disk_free(disk);
    }
}

static void compare_worlds(const char *text)
{
    struct world world;
    struct image *image = image_new();
    size_t compared = 0;
    world_open(&world, text);
    record(&world);
    assert_non_null(image);
    assert_int_equal(world.trace_count, 2);
    for (uint32_t round = 0; round < world.trace_count; round++) {
        compared += trace_done_count(world.traces[round]);
        compare_round(&world, round, image);
    }
    assert_true(compared > 100);
    image_free(image);
    world_close(&world);
}

static void commitlog_files_equal_the_trace_at_every_hit(void **state)
{
    (void)state;
    compare_worlds("name: worlds\nsummary: small\n"
                   "store: { mode: commitlog, flush: sync, services: manual, log_file_size: 4KiB,"
                   " queue_file_units: 20 }\n"
                   "workload: { topics: 2, queues: 2, producers: 2, phases: [ { put: 14, body:"
                   " 64..256B, every: 300ms, tags: [a], keys: 1 }, { commit_offsets: all },"
                   " { restart: kill }, { put: 4, body: 64..128B, every: 1s } ] }\n"
                   "faults: [ { point: \"*\", fault: [kill], when: 1.. } ]\nexpect: intact\n");
}

static void dledger_files_equal_the_trace_at_every_hit(void **state)
{
    (void)state;
    compare_worlds("name: worlds\nsummary: small\n"
                   "store: { mode: dledger, flush: async, services: manual, log_file_size: 4KiB,"
                   " queue_file_units: 20 }\n"
                   "workload: { topics: 2, queues: 2, producers: 2, phases: [ { put: 14, body:"
                   " 64..256B, every: 300ms, tags: [a], keys: 1 }, { commit_offsets: all },"
                   " { restart: clean }, { put: 4, body: 64..128B, every: 1s } ] }\n"
                   "faults: [ { point: \"*\", fault: [kill], when: 1.. } ]\nexpect: intact\n");
}

/* A sync that is skipped returns 0 in both, and in both nothing is durable by it: on real files,
 * too, where a kill alone would not show it. */
static void a_skipped_sync_has_nothing_durable_on_real_files(void **state)
{
    static struct campaign_case ended;
    struct world world;
    struct plan plan;
    struct err err = ERR_INIT;
    struct live_request request = {.plan = &plan, .role = CAMPAIGN_ROLE_TRACE};
    (void)state;
    memset(&plan, 0, sizeof(plan));
    for (int i = 0; i < 2; i++) {
        world_open(&world, "name: two-worlds\nsummary: s\nworkload: { phases: [ { put: 2 } ] }\n"
                           "faults: [ { point: \"*\", fault: [kill] } ]\nexpect: intact\n");
        world.scenario.skipped[POINT_COMMITLOG_SYNC / 64] |= (uint64_t)i
                                                             << (POINT_COMMITLOG_SYNC % 64);
        assert_int_equal(live_run(world.live, &request, &ended, &err), 0);
        assert_int_equal(ended.end.outcome, i == 0 ? OUTCOME_INTACT : OUTCOME_VIOLATED);
        assert_int_equal((ended.end.mechanisms & MECHANISM_BIT(LOG_BEFORE_ACK)) != 0, i == 1);
        world_close(&world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commitlog_files_equal_the_trace_at_every_hit),
        cmocka_unit_test(dledger_files_equal_the_trace_at_every_hit),
        cmocka_unit_test(a_skipped_sync_has_nothing_durable_on_real_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
