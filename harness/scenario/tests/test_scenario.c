/* Scenario files: what is read, what is refused and where, what the hash covers. */
#include "harness/case/property.h"
#include "harness/scenario/scenario.h"
#include "harness/scenario/scenario_options.h"
#include "harness/testkit/test.h"

#include <dirent.h>

#define HEAD "name: n\nworkload: { phases: [ { put: 3 } ] }\n"

static int parse(const char *text, struct scenario *scenario, struct err *err)
{
    return scenario_parse(text, strlen(text), "a.yaml", scenario, err);
}

/* The struct is large: kept off the stack. */
static int make_scenario(void **state)
{
    *state = calloc(2, sizeof(struct scenario));
    return *state == NULL;
}

static int drop_scenario(void **state)
{
    free(*state);
    return 0;
}

#define TOPIC_51  "a-topic-whose-name-is-just-as-long-as-a-fifth-of-it"
#define TOPIC_255 TOPIC_51 TOPIC_51 TOPIC_51 TOPIC_51 TOPIC_51

static const char full[] =
    "name: rolling-sync\n"
    "summary: Small files roll often.\n"
    "start: 2026-01-01T00:00:00Z\n"
    "store: { mode: dledger, flush: async, services: threads, log_file_size: 4KiB,\n"
    "         queue_file_units: 40, index_file_units: 16, message_v2: true,\n"
    "         defects: [dledger-dup-info, sync-error-ignored.bare], guards_off: [offset-clip] }\n"
    "workload: { topics: 2, queues: 3, producers: 4, phases: [\n"
    "  { put: 20, body: 64..256B, every: 200ms, tags: [a, b], keys: 1, properties: 2,\n"
    "    compress: lz4, wait: false },\n"
    "  { commit_offsets: all }, { hold: dispatch, for: 5s }, { pause: 4s },\n"
    "  { put: 1, body: 5MiB, rejected: true }, { expire: 1h }, { truncate: 2 },\n"
    "  { restart: clean }, { restart: kill }, { put: 5 } ] }\n"
    "faults: [ { point: \"dledger/*\", fault: [kill, torn, \"short:3\", eio:on], when: 2..9+2 } ]\n"
    "depth: 3\n"
    "before: [\"remove:consumequeue/topic-0/0\", \"clock-jump:-1h\"]\n"
    "seed: 5eed\n"
    "audit: true\n"
    "disk_size: 256KiB\n"
    "reached: [recovery-after-first-file]\n"
    "forbid_events: [dup-info-check]\n"
    "expect: { violated: [queue-complete], also: [bounds, queue-true] }\n";

static void reads_every_key(void **state)
{
    struct scenario *s = *state;
    struct err err = ERR_INIT;
    test_ok(parse(full, s, &err), err);
    assert_string_equal(s->name, "rolling-sync");
    assert_string_equal(s->summary, "Small files roll often.");
    assert_true(s->start_ms == INT64_C(1767225600000));
    assert_int_equal(s->store.mode, STORE_MODE_DLEDGER);
    assert_int_equal(s->store.flush, STORE_FLUSH_ASYNC);
    assert_int_equal(s->store.services, STORE_SERVICES_THREADS);
    assert_int_equal(s->store.log_file_size_bytes, 4096);
    assert_int_equal(s->store.queue_file_units, 40);
    assert_int_equal(s->store.index_file_units, 16);
    assert_true(s->store.message_v2);
    assert_int_equal(s->topics, 2);
    assert_int_equal(s->queues, 3);
    assert_int_equal(s->producers, 4);
    assert_int_equal(s->phase_count, 10);
    assert_int_equal(scenario_message_count(s), 26);
    assert_int_equal(scenario_round_count(s), 3);
    assert_int_equal(s->depth, 3);
    assert_int_equal(s->before_count, 2);
    assert_string_equal(s->before[0].path, "consumequeue/topic-0/0");
    assert_true(s->has_seed);
    assert_int_equal(s->seed, 0x5eed);
    assert_true(s->audit_all);
    assert_int_equal(s->tmpfs_size_bytes, 256 * 1024);
    assert_int_equal(s->expect, PROPERTY_BIT(QUEUE_COMPLETE));
    assert_int_equal(s->also, PROPERTY_BIT(BOUNDS) | PROPERTY_BIT(QUEUE_TRUE));
    assert_true(s->reached == UINT64_C(1) << EVENT_RECOVERY_AFTER_FIRST_FILE);
    assert_true(s->forbid == UINT64_C(1) << EVENT_DUP_INFO_CHECK);
    assert_string_equal(s->path, "a.yaml");
}

static void reads_every_kind_of_phase(void **state)
{
    struct scenario *s = *state;
    struct err err = ERR_INIT;
    test_ok(parse(full, s, &err), err);
    const struct scenario_phase *put = &s->phases[0];
    assert_int_equal(put->kind, SCENARIO_PHASE_PUT);
    assert_int_equal(put->count, 20);
    assert_int_equal(put->body_size_bytes_min, 64);
    assert_int_equal(put->body_size_bytes_max, 256);
    assert_int_equal(put->every_ms, 200);
    assert_int_equal(put->tag_count, 2);
    assert_string_equal(put->tags[1], "b");
    assert_int_equal(put->keys, 1);
    assert_int_equal(put->properties, 2);
    assert_true(put->compress_lz4);
    assert_false(put->wait);
    assert_int_equal(s->phases[1].kind, SCENARIO_PHASE_COMMIT_OFFSETS);
    assert_int_equal(s->phases[2].kind, SCENARIO_PHASE_HOLD);
    assert_int_equal(s->phases[2].service, STORE_SERVICE_DISPATCH);
    assert_int_equal(s->phases[2].for_ms, 5000);
    assert_int_equal(s->phases[3].kind, SCENARIO_PHASE_PAUSE);
    assert_int_equal(s->phases[3].for_ms, 4000);
    assert_true(s->phases[4].rejected);
    assert_int_equal(s->phases[5].kind, SCENARIO_PHASE_EXPIRE);
    assert_int_equal(s->phases[5].for_ms, 3600000);
    assert_int_equal(s->phases[6].kind, SCENARIO_PHASE_TRUNCATE);
    assert_int_equal(s->phases[6].count, 2);
    assert_int_equal(s->phases[7].restart, SCENARIO_RESTART_CLEAN);
    assert_int_equal(s->phases[8].restart, SCENARIO_RESTART_KILL);
    assert_true(s->phases[9].wait);
    assert_int_equal(s->phases[9].body_size_bytes_max, 128);
}

static void reads_fault_rows(void **state)
{
    struct scenario *s = *state;
    struct err err = ERR_INIT;
    test_ok(parse(full, s, &err), err);
    const struct scenario_fault *row = &s->faults[0];
    assert_int_equal(s->fault_count, 1);
    assert_int_equal(row->fault_count, 4);
    assert_false(row->arg_given[1]);
    assert_true(row->arg_given[2]);
    assert_int_equal(row->faults[2].arg, 3);
    assert_int_equal(row->faults[3].lasting, FAULT_ON);
    assert_int_equal(row->when_first, 2);
    assert_int_equal(row->when_last, 9);
    assert_int_equal(row->when_step, 2);
    assert_true(scenario_fault_matches(row, &points_engine, POINT_DLEDGER_APPEND));
    assert_false(scenario_fault_matches(row, &points_engine, POINT_DLEDGER_INDEX_APPEND));
}

static void a_star_stands_for_any_characters(void **state)
{
    struct scenario_fault row;
    (void)state;
    memset(&row, 0, sizeof(row));
    strcpy(row.point, "*/sync");
    assert_true(scenario_fault_matches(&row, &points_engine, POINT_COMMITLOG_SYNC));
    assert_false(scenario_fault_matches(&row, &points_engine, POINT_COMMITLOG_SYNC_DIR));
    strcpy(row.point, "*");
    assert_true(scenario_fault_matches(&row, &points_engine, POINT_ABORT_UNLINK));
    strcpy(row.point, "commitlog/*-*");
    assert_true(scenario_fault_matches(&row, &points_engine, POINT_COMMITLOG_ZERO_TAIL));
    assert_false(scenario_fault_matches(&row, &points_engine, POINT_COMMITLOG_APPEND));
}

static void defaults_are_those_of_the_table(void **state)
{
    struct scenario *s = *state;
    struct err err = ERR_INIT;
    test_ok(parse(HEAD, s, &err), err);
    assert_int_equal(s->store.mode, STORE_MODE_COMMITLOG);
    assert_int_equal(s->store.flush, STORE_FLUSH_SYNC);
    assert_int_equal(s->store.log_file_size_bytes, 65536);
    assert_int_equal(s->profile, QUIRK_PROFILE_FIXED);
    assert_int_equal(s->store.quirks.defects, 0);
    assert_int_equal(s->depth, 1);
    assert_int_equal(s->expect, 0);
    assert_false(s->has_seed);
    assert_false(s->has_plan);
}

static void quirks_do_not_depend_on_the_order_of_keys(void **state)
{
    struct scenario *s = *state;
    struct err err = ERR_INIT;
    test_ok(parse(HEAD "store: { guards_off: [offset-clip], defects: [dledger-dup-info, "
                       "sync-error-ignored.bare], profile: fixed }\n",
                  s, &err),
            err);
    assert_true(quirk_has_defect(&s->store.quirks, QUIRK_DEFECT_DLEDGER_DUP_INFO));
    assert_false(quirk_has_guard(&s->store.quirks, QUIRK_GUARD_QUEUE_HEAL));
    assert_true(quirk_has_defect(&s->store.quirks, QUIRK_DEFECT_SYNC_ERROR_IGNORED));
    assert_true(quirk_has_guard(&s->store.quirks, QUIRK_GUARD_FAIL_STOP));
    assert_false(quirk_has_guard(&s->store.quirks, QUIRK_GUARD_OFFSET_CLIP));
}

#define POWER_LOSS_ROW "faults: [ { point: \"*\", fault: power-loss } ]\n"

static void a_row_with_power_loss_makes_it_explored(void **state)
{
    static const struct {
        const char *rest;
        uint32_t models;
    } rows[] = {
        {"", 0},
        {"faults: [ { point: \"*\", fault: kill } ]\n", 0},
        {POWER_LOSS_ROW, 31},
        {"faults: [ { point: \"*\", fault: [kill, \"power-loss:ext4\"] },\n"
         "          { point: \"queue/*\", fault: [\"power-loss:posix\"] } ]\n",
         1u << LOSS_MODEL_EXT4 | 1u << LOSS_MODEL_POSIX},
        {"plan: [\"commitlog/append:1=kill\", \"queue/heal:1=power-loss:btrfs:k2d1\"]\n",
         1u << LOSS_MODEL_BTRFS},
    };
    struct scenario *s = *state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        char text[512];
        struct err err = ERR_INIT;
        snprintf(text, sizeof(text), HEAD "%s", rows[i].rest);
        test_row(rows[i].rest);
        test_ok(parse(text, s, &err), err);
        assert_int_equal(s->models, rows[i].models);
        assert_int_equal(s->is_explored, rows[i].models != 0);
    }
}

static void reads_how_far_to_explore(void **state)
{
    struct scenario *s = *state;
    struct err err = ERR_INIT;
    test_ok(parse(HEAD POWER_LOSS_ROW, s, &err), err);
    assert_int_equal(s->explore.bound, 256);
    assert_int_equal(s->explore.random, 32);
    assert_int_equal(s->explore.nested, 8);
    assert_int_equal(s->explore.kills, 4);
    assert_int_equal(s->explore.sync_faults, 0);
    assert_int_equal(s->explore.interleavings, 0);
    assert_int_equal(s->explore.preemptions, 2);
    assert_int_equal(s->explore.rot, 0);
    assert_int_equal(s->explore.copies, 0);
    test_ok(parse(HEAD "faults: [ { point: \"*\", fault: [power-loss, sync-eio, sync-lie] } ]\n"
                       "before: [\"rot:commitlog/00000000000000000000@9.3\", \"copy:1-2.0\"]\n"
                       "explore: { bound: 1, random: 0, nested: 7, kills: 6, sync_faults: 5,\n"
                       "           interleavings: 4, preemptions: 3, rot: 9, copies: 8 }\n",
                  s, &err),
            err);
    assert_int_equal(s->explore.bound, 1);
    assert_int_equal(s->explore.random, 0);
    assert_int_equal(s->explore.nested, 7);
    assert_int_equal(s->explore.kills, 6);
    assert_int_equal(s->explore.sync_faults, 5);
    assert_int_equal(s->explore.interleavings, 4);
    assert_int_equal(s->explore.preemptions, 3);
    assert_int_equal(s->explore.rot, 9);
    assert_int_equal(s->explore.copies, 8);
    assert_int_equal(s->before[0].kind, PLAN_BEFORE_ROT);
    assert_int_equal(s->before[1].kind, PLAN_BEFORE_COPY);
}

static void decay_needs_no_power_loss(void **state)
{
    struct scenario *s = *state;
    struct err err = ERR_INIT;
    test_ok(parse(HEAD "before: [\"rot:checkpoint@40.z\"]\n", s, &err), err);
    assert_false(s->is_explored);
    assert_int_equal(s->before[0].bit, PLAN_ROT_SECTOR);
}

static void a_threads_run_is_explored_as_it_was_recorded(void **state)
{
    struct scenario *s = *state;
    struct err err = ERR_INIT;
    test_ok(parse(HEAD "store: { services: threads }\n" POWER_LOSS_ROW, s, &err), err);
    assert_true(s->is_explored);
    assert_int_equal(s->explore.kills, 0);
    assert_int_equal(s->explore.nested, 0);
}

static const struct {
    const char *text;
    const char *message;
} mistakes[] = {
    {HEAD "explore: { bound: 2 }\n", "a.yaml:3:10: error: 'explore' needs a fault row with"},
    {HEAD "faults: [ { point: \"*\", fault: kill }, { point: \"*\", fault: [sync-lie] } ]\n",
     "a.yaml:3:40: error: 'sync-lie' shows only when power is lost after it: add a fault row"},
    {HEAD "before: [ \"clock-jump:1s\", \"copy:1-2.0\" ]\n",
     "a.yaml:3:28: error: a hot copy is made of a trace"},
    {HEAD "plan: [\"commitlog/sync:1=sync-eio:late\"]\n", "need a 'power-loss' in the plan"},
    {HEAD "plan: [\"\", \"copy:1-2.0\"]\n", "need a 'power-loss' in the plan"},
    {HEAD "faults: [ { point: \"*\", fault: [power-loss, sync-eio] } ]\n",
     "a.yaml:3:11: error: 'sync-eio' is tried in as many traces as 'explore: { sync_faults: N }'"},
    {HEAD "store: { services: threads }\n" POWER_LOSS_ROW "explore: { nested: 1 }\n",
     "a.yaml:5:20: error: 'nested' needs 'services: manual'"},
    {HEAD "store: { services: threads }\n" POWER_LOSS_ROW "explore: { rot: 1 }\n",
     "a.yaml:5:17: error: 'rot' needs 'services: manual'"},
    {HEAD "store: { services: threads }\n" POWER_LOSS_ROW "explore: { copies: 1 }\n",
     "a.yaml:5:20: error: 'copies' needs 'services: manual'"},
    {HEAD POWER_LOSS_ROW "explore: { sync_faults: 2 }\n",
     "a.yaml:4:25: error: no fault row has 'sync-eio' or 'sync-lie'"},
    {HEAD POWER_LOSS_ROW "explore: { bound: 0 }\n", "0 is out of range: 1 to 1048576"},
    {HEAD POWER_LOSS_ROW "explore: { preemptions: 65 }\n", "65 is out of range: 1 to 64"},
    {HEAD POWER_LOSS_ROW "explore: { nestd: 1 }\n", "did you mean 'nested'?"},
    {HEAD POWER_LOSS_ROW "explore: 3\n", "expected 'key: value' pairs"},
    {HEAD "store: { services: threads }\n"
          "faults: [ { point: \"*\", fault: [power-loss, sync-lie] } ]\n",
     "a.yaml:4:11: error: 'sync-lie' needs 'services: manual'"},
    {HEAD "store: { services: threads }\n" POWER_LOSS_ROW "explore: { kills: 1 }\n",
     "a.yaml:5:19: error: 'kills' needs 'services: manual'"},
    {HEAD "store: { services: threads }\n" POWER_LOSS_ROW "explore: { interleavings: 1 }\n",
     "'interleavings' needs 'services: manual'"},
    {HEAD "faults: [ { point: \"*\", fault: \"power-loss:all:k1\" } ]\n",
     "a row takes 'power-loss:all', whatever is kept"},
    {HEAD "faults: [ { point: \"*\", fault: \"power-loss:ext5\" } ]\n", "did you mean 'ext4'?"},
    {HEAD "faults: [ { point: \"*\", fault: power-los } ]\n", "did you mean 'power-loss'?"},
    {HEAD "faults: [ { point: \"*/read\", fault: power-loss } ]\n",
     "none of these faults can happen at '*/read'"},
    {HEAD "before: [\"rot:abort@0.1\"]\n", "nobody could see this"},
    {HEAD "faults: [ { point: \"*\", fault: [power-loss, eio] } ]\nbefore: [\"copy:1-2.0\"]\n",
     "a.yaml:3:11: error: a hot copy is not made of real files: 'eio' cannot follow it"},
    {HEAD "segmnt: 1\n", "a.yaml:3:1: error: unknown key 'segmnt'"},
    {HEAD "stor: {}\n", "a.yaml:3:1: error: unknown key 'stor'; did you mean 'store'?"},
    {HEAD "store: { mode: dledegr }\n", "a.yaml:3:16: error: unknown word 'dledegr'; did you "
                                        "mean 'dledger'?\n  store: { mode: dledegr }\n"
                                        "                 ^"},
    {HEAD "depth: 1\ndepth: 2\n", "a.yaml:4:1: error: duplicate key 'depth', first on line 3"},
    {HEAD "depth: 4\n", "4 is out of range: 1 to 3"},
    {HEAD "depth: two\n", "expected a number, found 'two'"},
    {HEAD "depth: [1]\n", "expected a single value, found a list"},
    {HEAD "store: commitlog\n", "expected 'key: value' pairs"},
    {HEAD "store: { log_file_size: 4KB }\n", "expected a size, as in 4KiB, found '4KB'"},
    {HEAD "store: { log_file_size: 100 }\n", "100 is out of range: 1KiB to 1GiB"},
    {HEAD "store: { guards_off: queue-heal }\n", "expected a list"},
    {HEAD "store: { guards_off: [queue-heel] }\n", "did you mean 'queue-heal'?"},
    {HEAD "store: { defects: [dledger-dupinfo] }\n", "did you mean 'dledger-dup-info'?"},
    {HEAD "store: { profile: rocketmq-5.2.0, mode: dledger, flush: sync }\n",
     "a.yaml:3:19: error: RocketMQ ignores the flush mode in DLedger"},
    {HEAD "seed: 0x5\n", "expected a seed"},
    {HEAD "start: yesterday\n", "expected a time, as in 2026-01-01T00:00:00Z"},
    {HEAD "reached: [recovery-norml]\n", "did you mean 'recovery-normal'?"},
    {HEAD "expect: broken\n", "unknown word 'broken'"},
    {HEAD "expect: { also: [bounds] }\n", "the key 'violated' is missing"},
    {HEAD "expect: { violated: [] }\n", "names no property"},
    {HEAD "expect: { violated: [queue-tru] }\n", "did you mean 'queue-true'?"},
    {HEAD "faults: [ { point: \"commitlog/apend\", fault: kill } ]\n",
     "no point matches 'commitlog/apend'; did you mean 'commitlog/append'?"},
    {HEAD "faults: [ { point: \"*\", fault: [kil] } ]\n", "did you mean 'kill'?"},
    {HEAD "faults: [ { point: \"*\", fault: kill, when: 0.. } ]\n", "expected hits from 1"},
    {HEAD "faults: [ { point: \"*\", fault: kill, when: 5..2 } ]\n", "expected hits from 1"},
    {HEAD "faults: [ { point: \"*\", fault: kill, when: 1..+0 } ]\n", "expected hits from 1"},
    {HEAD "faults: [ { point: \"*\" } ]\n", "the key 'fault' is missing"},
    {HEAD "faults: [ { fault: kill } ]\n", "the key 'point' is missing"},
    {HEAD "faults: [ { point: \"*\", fault: [] } ]\n", "the row has no fault"},
    {HEAD "faults: [ { point: \"*/sync\", fault: [torn, enospc] } ]\n",
     "none of these faults can happen at '*/sync'"},
    {HEAD "before: [\"remove:/etc\"]\n", "expected 'remove:consumequeue'"},
    {HEAD "plan: [\"commitlog/append:1=kil\"]\n", "unknown fault 'kil'"},
    {HEAD "plan: [\"\"]\nbefore: [\"clock-jump:1h\"]\n", "instead of 'faults' and 'before'"},
    {"name: n\nworkload: { phases: [] }\n", "a workload needs a phase"},
    {"name: n\nworkload: { topics: 17, phases: [ { put: 1 } ] }\n", "out of range: 1 to 16"},
    {"name: n\nworkload: { topics: [], phases: [ { put: 1 } ] }\n", "0 topics, expected 1 to 16"},
    {"name: n\nworkload: { topics: [a, b, a], phases: [ { put: 1 } ] }\n", "'a' is named twice"},
    {"name: n\nworkload: { topics: [\"a b\"], phases: [ { put: 1 } ] }\n",
     "1 to 255 of [%|a-zA-Z0-9_-], found 'a b'"},
    {"name: n\nworkload: { topics: [a/b], phases: [ { put: 1 } ] }\n", "found 'a/b'"},
    {"name: n\nworkload: { topics: [[a]], phases: [ { put: 1 } ] }\n", "found a list"},
    {"name: n\nworkload: { topics: {a: 1}, phases: [ { put: 1 } ] }\n", "found 'key: value' pairs"},
    {"name: n\nworkload: { topics: [SCHEDULE_TOPIC_XXXX], phases: [ { put: 1 } ] }\n",
     "no delayed message is put"},
    {"name: n\nworkload: { hosts: ipv4, phases: [ { put: 1 } ] }\n", "ipv6"},
    {"name: n\nstore: { log_file_size: 1KiB }\nworkload: { topics: [" TOPIC_255
     "], phases: [ { put: 1, body: 600B } ] }\n",
     "records of up to 1111 bytes do not fit"},
    {"name: n\nworkload: { topics: [" TOPIC_255 "x], phases: [ { put: 1 } ] }\n",
     "a topic has 1 to 255"},
    {"name: n\nworkload: { phases: [ { put: 0 } ] }\n", "out of range: 1 to 65536"},
    {"name: n\nworkload: { phases: [ { put: 60000 }, { put: 6000 } ] }\n",
     "66000 messages, at most 65536"},
    {"name: n\nworkload: { phases: [ { put: 1, pause: 1s } ] }\n",
     "'put' and 'pause' are two phases"},
    {"name: n\nworkload: { phases: [ { pause: 1s, body: 3B } ] }\n",
     "'body' does not belong to 'pause'"},
    {"name: n\nworkload: { phases: [ { body: 3B } ] }\n", "expected one of put, "},
    {"name: n\nworkload: { phases: [ { put: 1, body: 5MiB } ] }\n", "say 'rejected: true'"},
    {"name: n\nworkload: { phases: [ { put: 1, body: 70000B } ] }\n", "do not fit a log file"},
    {"name: n\nworkload: { phases: [ { put: 1, body: 256..64B } ] }\n",
     "a.yaml:2:39: error: '256..64B' is reversed: the smaller size stands first"},
    {"name: n\nworkload: { phases: [ { put: 9 } ] }\ndepth: 2\n",
     "depth 2 is for at most 8 messages, this has 9"},
    {"name: n\nworkload: { phases: [ { put: 1 }, {restart: kill}, {restart: kill}, {restart: "
     "kill}, {restart: kill}, {restart: kill}, {restart: kill} ] }\n",
     "7 rounds, at most 6"},
    {HEAD "expect: violate\n", "a.yaml:3:9: error: write { violated: [WHAT] }"},
    {HEAD "faults: [ { point: \"*\", fault: [kill] }, { point: dledger/append, fault: [kill] } ]\n",
     "a.yaml:3:42: error: 'dledger/append' is of the mode dledger, this store's is commitlog"},
    {HEAD "store: { mode: dledger }\nfaults: [ { point: \"commitlog/*\", fault: [kill] } ]\n",
     "a.yaml:4:11: error: 'commitlog/*' is of the mode commitlog, this store's is dledger"},
    {"workload: { phases: [ { put: 1 } ] }\n", "the key 'name' is missing"},
    {"name: n\n", "the key 'workload' is missing"},
    {"name: Not a name\n", "is no scenario name"},
    {"", "the file says nothing"},
    {"- a\n", "expected 'key: value' lines"},
    {"name: [a\n", "error: did not find expected"},
    {HEAD "---\nname: m\n", "one document only"},
    {HEAD "\xff\xfe\n", "error: "},
};

static void refuses_mistakes_with_place_and_suggestion(void **state)
{
    struct scenario *s = *state;
    for (size_t i = 0; i < TEST_COUNT(mistakes); i++) {
        struct err err = ERR_INIT;
        test_row(mistakes[i].message);
        test_code(parse(mistakes[i].text, s, &err), ERR_USAGE);
        test_contains(err.text, mistakes[i].message);
    }
}

static void a_caret_stands_under_the_mistake_in_a_long_line(void **state)
{
    struct scenario *s = *state;
    struct err err = ERR_INIT;
    char text[1024] = HEAD "store: { ";
    for (int i = 0; i < 40; i++) {
        strcat(text, "          ");
    }
    strcat(text, "mod: dledger }\n");
    test_code(parse(text, s, &err), ERR_USAGE);
    test_contains(err.text, "a.yaml:3:410: error: unknown key 'mod'; did you mean 'mode'?");
    const char *line = strchr(err.text, '\n') + 1;
    const char *caret_line = strchr(line, '\n') + 1;
    assert_int_equal(strstr(line, "mod:") - line, strchr(caret_line, '^') - caret_line);
}

static void no_mutated_file_does_more_than_fail(void **state)
{
    struct scenario *s = *state;
    uint64_t random = 99;
    for (int i = 0; i < 3000; i++) {
        char text[sizeof(full)];
        struct err err = ERR_INIT;
        memcpy(text, full, sizeof(full));
        for (int j = 0; j < 3; j++) {
            random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            text[(random >> 33) % (sizeof(full) - 1)] = (char)(random >> 25);
        }
        int r = scenario_parse(text, sizeof(full) - 1, "a.yaml", s, &err);
        assert_true(r == 0 || (r == ERR_USAGE && err.text[0] != '\0'));
    }
}

static void the_hash_covers_what_decides_the_cases(void **state)
{
    static const char *const changes[] = {
        "depth: 3\n",
        "store: { queue_file_units: 101 }\n",
        "store: { guards_off: [queue-heal] }\n",
        "before: [\"clock-jump:1h\"]\n",
        "expect: { violated: [bounds] }\n",
        "faults: [ { point: \"*\", fault: kill } ]\n",
        "start: 2026-01-01T00:00:01Z\n",
    };
    struct scenario *s = *state;
    struct err err = ERR_INIT;
    test_ok(parse(HEAD, s, &err), err);
    uint32_t hash24 = s->hash24;
    assert_true(hash24 <= 0xFFFFFF);
    for (size_t i = 0; i < TEST_COUNT(changes); i++) {
        char text[512];
        snprintf(text, sizeof(text), HEAD "%s", changes[i]);
        test_row(changes[i]);
        test_ok(parse(text, s, &err), err);
        assert_int_not_equal(s->hash24, hash24);
    }
    test_ok(parse("# a comment\n" HEAD "seed: 7\nsummary: Words.\n", s, &err), err);
    assert_int_equal(s->hash24, hash24);
    test_ok(scenario_parse(HEAD, strlen(HEAD), "elsewhere.yaml", s, &err), err);
    assert_int_equal(s->hash24, hash24);
}

/* Tokens of scenarios without names and addresses of their own are what they were. */
static void names_and_hosts_are_hashed_only_where_they_are_given(void **state)
{
#define NAMED(workload) "name: n\nworkload: { " workload "phases: [ { put: 1 } ] }\n"
    static const char *const others[] = {NAMED("topics: [topic-0], "), NAMED("topics: [a], "),
                                         NAMED("hosts: ipv6, ")};
    struct scenario *s = *state;
    struct err err = ERR_INIT;
    uint32_t hashes[TEST_COUNT(others)];
    test_ok(parse(NAMED(""), s, &err), err);
    uint32_t hash24 = s->hash24;
    test_ok(parse(NAMED("topics: 1, hosts: mixed, "), s, &err), err);
    assert_int_equal(s->hash24, hash24);
    for (size_t i = 0; i < TEST_COUNT(others); i++) {
        test_row(others[i]);
        test_ok(parse(others[i], s, &err), err);
        hashes[i] = s->hash24;
        assert_int_not_equal(s->hash24, hash24);
        assert_true(i == 0 || hashes[i] != hashes[i - 1]);
    }
}

#define PROGRAM "target: program:example\n"
#define KILLS   "faults: [ { point: \"*\", fault: [kill, eio] } ]\n"

static void a_program_has_a_table_of_its_own(void **state)
{
    struct scenario *s = *state;
    struct err err = ERR_INIT;
    test_ok(parse(HEAD, s, &err), err);
    assert_string_equal(s->target, "engine");
    assert_ptr_equal(s->points, &points_engine);
    /* Wherever the key stands. */
    test_ok(
        parse(HEAD "faults: [ { point: clock/ms, fault: [kill, pod-kill] } ]\n" PROGRAM, s, &err),
        err);
    assert_string_equal(s->target, "program:example");
    assert_ptr_equal(s->points, &points_program);
    test_ok(parse(PROGRAM HEAD "plan: [\"put/acknowledged:2=kill\"]\n", s, &err), err);
    assert_int_equal(s->plan.rounds[0].hits[0].point, 0);
    /* Quirks that are none ask for nothing. */
    test_ok(parse(PROGRAM HEAD "store: { mode: dledger, profile: fixed, defects: [] }\n", s, &err),
            err);
}

static void the_hash_names_a_target_but_the_engine(void **state)
{
    struct scenario *s = *state;
    struct err err = ERR_INIT;
    test_ok(parse(HEAD, s, &err), err);
    uint32_t engine = s->hash24;
    test_ok(parse("target: engine\n" HEAD, s, &err), err);
    assert_int_equal(s->hash24, engine);
    test_ok(parse(PROGRAM HEAD, s, &err), err);
    uint32_t program = s->hash24;
    assert_int_not_equal(program, engine);
    test_ok(parse("target: program:other\n" HEAD, s, &err), err);
    assert_int_not_equal(s->hash24, engine);
    assert_int_not_equal(s->hash24, program);
    /* A token finds its scenario whatever the file says of the target. */
    test_ok(scenario_set_target(s, "program:example", &err), err);
    assert_int_equal(s->hash24, program);
    test_ok(scenario_set_target(s, "", &err), err);
    assert_string_equal(s->target, "engine");
    assert_int_equal(s->hash24, engine);
}

static void what_only_the_engine_has_is_refused_of_a_program(void **state)
{
    static const struct {
        const char *rest;
        const char *message;
    } rows[] = {
        {"store: { profile: rocketmq-5.3.3 }\n",
         "a.yaml:4:19: error: 'profile' is for the engine: the target 'program:example' has no"},
        {"store:\n  flush: async\n  defects: [dledger-dup-info]\n",
         "a.yaml:6:12: error: 'defects'"},
        {"store: { guards_off: [offset-clip] }\n", "a.yaml:4:22: error: 'guards_off'"},
        {"store: { services: manual }\n", "a.yaml:4:20: error: 'services'"},
        {"disk_size: 1MiB\n", "a.yaml:4:12: error: 'disk_size' is for the engine"},
        {"reached: [log-cut]\n", "a.yaml:4:10: error: 'reached'"},
        {"forbid_events: [log-cut]\n",
         "a.yaml:4:16: error: 'forbid_events' is for the engine: the target 'program:example' "
         "tells no events"},
        {"before: [\"clock-jump:1h\"]\n", "a.yaml:4:9: error: 'before'"},
        {"depth: 3\n", "a.yaml:4:8: error: 'depth'"},
        {"faults:\n  - { point: clock/ms, fault: kill }\n"
         "  - { point: clock/ms, fault: [kill, power-loss] }\n",
         "a.yaml:6:5: error: fault row 2 loses power"},
        {"faults: [ { point: commitlog/append, fault: kill } ]\n",
         "no point matches 'commitlog/append'"},
        {"faults: [ { point: clock/mss, fault: kill } ]\n", "did you mean 'clock/ms'?"},
        {"faults: [ { point: \"*\", fault: [torn, eio] } ]\n", "none of these faults can happen"},
        {"plan: [\"commitlog/append:1=kill\"]\n", "unknown point 'commitlog/append'"},
    };
    struct scenario *s = *state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        char text[512];
        struct err err = ERR_INIT;
        snprintf(text, sizeof(text), PROGRAM HEAD "%s", rows[i].rest);
        test_row(rows[i].rest);
        test_code(parse(text, s, &err), ERR_USAGE);
        test_contains(err.text, rows[i].message);
    }
}

/* Of a scenario of the engine's, the real RocketMQ takes what it can, and the rest is counted. */
static void a_real_target_leaves_out_what_it_cannot_do(void **state)
{
    static const char text[] =
        "name: a\nsummary: A.\nworkload: { topics: 1, queues: 1, phases: [ { put: 2 }, "
        "{ commit_offsets: all }, { put: 1 } ] }\n"
        "faults:\n  - { point: \"*\", fault: [kill, power-loss] }\n"
        "  - { point: commitlog/append, fault: torn }\n"
        "reached: [log-rolled, recovery-abnormal]\n";
    struct scenario *s = *state;
    struct err err = ERR_INIT;
    test_ok(parse(text, s, &err), err);
    test_ok(scenario_set_target(s, "real-5.2.0", &err), err);
    assert_int_equal(s->fault_count, 1);
    assert_int_equal(s->faults[0].fault_count, 1);
    assert_int_equal(s->phase_count, 2);
    assert_int_equal(s->reached, UINT64_C(1) << EVENT_RECOVERY_ABNORMAL);
    assert_false(s->is_explored);
    assert_int_equal(s->unfit.faults, 2);
    assert_int_equal(s->unfit.phases, 1);
    assert_int_equal(s->unfit.events, 1);
}

/* What a file of its own asks for in vain is a mistake. */
static void a_scenario_of_a_real_target_asks_for_what_that_can(void **state)
{
#define REAL "target: real-5.2.0\nname: a\nsummary: A.\n"
#define WORK "workload: { topics: 1, queues: 1, phases: [ { put: 2 } ] }\n" KILLS
    static const struct {
        const char *text;
        const char *message;
    } rows[] = {
        {REAL WORK "reached: [log-rolled]\n", "'reached' is for the engine"},
        {REAL "store: { message_v2: true }\n" WORK, "topics of more than 127 bytes only"},
        {REAL "workload: { topics: 1, queues: 1, phases: [ { put: 2 }, { commit_offsets: all } ] "
              "}\n" KILLS,
         "has no consumers' offsets"},
    };
    struct scenario *s = *state;
    struct err err = ERR_INIT;
    test_ok(parse(REAL WORK "reached: [ledger-checkpoint]\n", s, &err), err);
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        test_row(rows[i].message);
        test_code(parse(rows[i].text, s, &err), ERR_USAGE);
        test_contains(err.text, rows[i].message);
    }
}

static void another_target_is_refused_what_its_scenario_asks_for(void **state)
{
    static const struct {
        const char *text;
        const char *target;
        const char *message;
    } rows[] = {
        {HEAD, "java", "'java' is no target"},
        {HEAD "store: { profile: rocketmq-5.3.3 }\n", "program:x", "'profile' is for the engine"},
        {HEAD "faults: [ { point: \"*\", fault: power-loss } ]\n", "program:x",
         "fault row 1 loses"},
        {HEAD "faults: [ { point: commitlog/append, fault: kill } ]\n", "program:x",
         "fault row 1: none of its faults can happen at 'commitlog/append' of the target"},
        {HEAD "plan: [\"commitlog/append:1=kill\"]\n", "program:x", "'plan' names points of"},
        {PROGRAM HEAD "faults: [ { point: clock/ms, fault: kill } ]\n", "engine",
         "fault row 1: none of its faults"},
    };
    struct scenario *s = *state;
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        struct err err = ERR_INIT;
        test_row(rows[i].message);
        test_ok(parse(rows[i].text, s, &err), err);
        uint32_t hash24 = s->hash24;
        test_code(scenario_set_target(s, rows[i].target, &err), ERR_USAGE);
        test_contains(err.text, rows[i].message);
        assert_int_equal(s->hash24, hash24);
    }
}

static void a_program_takes_no_switch(void **state)
{
    static const char *const words[] = {"rocketmq-5.3.3", "dledger-dup-info", "no-offset-clip",
                                        "skip/commitlog/sync", "weave/3"};
    struct scenario *s = *state;
    struct err err = ERR_INIT;
    test_ok(parse(PROGRAM HEAD KILLS, s, &err), err);
    for (size_t i = 0; i < TEST_COUNT(words); i++) {
        test_row(words[i]);
        test_code(scenario_apply_switch(s, words[i], &err), ERR_USAGE);
        test_contains(err.text, "only the target 'engine' has any, this is 'program:example'");
    }
}

static void switches_change_quirks_and_not_the_hash(void **state)
{
    struct scenario *s = *state;
    struct err err = ERR_INIT;
    test_ok(parse(HEAD "store: { mode: dledger, flush: async }\n", s, &err), err);
    uint32_t hash24 = s->hash24;
    test_ok(scenario_apply_switch(s, "dledger-dup-info.bare", &err), err);
    assert_true(quirk_has_guard(&s->store.quirks, QUIRK_GUARD_QUEUE_HEAL));
    test_ok(scenario_apply_switch(s, "dledger-dup-info", &err), err);
    assert_true(quirk_has_defect(&s->store.quirks, QUIRK_DEFECT_DLEDGER_DUP_INFO));
    assert_false(quirk_has_guard(&s->store.quirks, QUIRK_GUARD_QUEUE_HEAL));
    test_ok(scenario_apply_switch(s, "no-offset-clip", &err), err);
    assert_false(quirk_has_guard(&s->store.quirks, QUIRK_GUARD_OFFSET_CLIP));
    test_ok(scenario_apply_switch(s, "rocketmq-5.2.0", &err), err);
    assert_int_equal(s->store.quirks.guards, 0);
    test_ok(scenario_apply_switch(s, "fixed", &err), err);
    assert_int_equal(s->store.quirks.defects, 0);
    assert_int_equal(s->hash24, hash24);
    test_code(scenario_apply_switch(s, "no-ofset-clip", &err), ERR_USAGE);
    test_contains(err.text, "did you mean 'no-offset-clip'?");
    test_code(scenario_apply_switch(s, "", &err), ERR_USAGE);
}

static void a_sync_can_be_skipped_and_nothing_else(void **state)
{
    static const struct {
        const char *word;
        const char *message;
    } refused[] = {
        {"skip/commitlog/append", "only a sync can be skipped, this is a write; did you mean"},
        {"skip/commitlog/snyc", "no such point; did you mean 'commitlog/sync'?"},
        {"skip/", "no such point"},
        {"skip/an-owner/and-an-effect-that-is-much-too-long", "unknown switch"},
        {"skp/queue/sync", "did you mean 'skip/queue/sync'?"},
    };
    struct scenario *s = *state;
    struct err err = ERR_INIT;
    test_ok(parse(HEAD, s, &err), err);
    uint32_t hash24 = s->hash24;
    for (unsigned point = 0; point < POINT_COUNT; point++) {
        assert_false(scenario_skips(s, point));
    }
    test_ok(scenario_apply_switch(s, "skip/commitlog/sync", &err), err);
    test_ok(scenario_apply_switch(s, "skip/offsets/sync-dir", &err), err);
    for (unsigned point = 0; point < POINT_COUNT; point++) {
        bool is_skipped = point == POINT_COMMITLOG_SYNC || point == POINT_OFFSETS_SYNC_DIR;
        assert_int_equal(scenario_skips(s, point), is_skipped);
    }
    assert_int_equal(s->hash24, hash24);
    for (size_t i = 0; i < TEST_COUNT(refused); i++) {
        test_row(refused[i].word);
        test_code(scenario_apply_switch(s, refused[i].word, &err), ERR_USAGE);
        test_contains(err.text, refused[i].message);
    }
}

static void a_weave_has_a_number(void **state)
{
    static const char *const refused[] = {"weave/", "weave/0", "weave/x", "weave/-1",
                                          "weave/4294967296"};
    struct scenario *s = *state;
    struct err err = ERR_INIT;
    test_ok(parse(HEAD, s, &err), err);
    uint32_t hash24 = s->hash24;
    assert_int_equal(s->weave, 0);
    test_ok(scenario_apply_switch(s, "weave/17", &err), err);
    assert_int_equal(s->weave, 17);
    assert_int_equal(s->hash24, hash24);
    for (size_t i = 0; i < TEST_COUNT(refused); i++) {
        test_row(refused[i]);
        test_code(scenario_apply_switch(s, refused[i], &err), ERR_USAGE);
        test_contains(err.text, "expected a number from 1");
    }
    assert_int_equal(s->weave, 17);
}

static void what_is_explored_is_in_the_hash(void **state)
{
    static const char *const rows[] = {
        "faults: [ { point: \"*\", fault: kill } ]\n",
        POWER_LOSS_ROW,
        "faults: [ { point: \"*\", fault: \"power-loss:all\" } ]\n",
        "faults: [ { point: \"*\", fault: \"power-loss:xfs\" } ]\n",
        POWER_LOSS_ROW "explore: { bound: 257 }\n",
        POWER_LOSS_ROW "explore: { random: 33 }\n",
        POWER_LOSS_ROW "explore: { nested: 9 }\n",
        POWER_LOSS_ROW "explore: { kills: 5 }\n",
        POWER_LOSS_ROW "explore: { interleavings: 1 }\n",
        POWER_LOSS_ROW "explore: { preemptions: 3 }\n",
        POWER_LOSS_ROW "explore: { rot: 1 }\n",
        POWER_LOSS_ROW "explore: { copies: 1 }\n",
        POWER_LOSS_ROW "before: [\"copy:1-2.0\"]\n",
        POWER_LOSS_ROW "before: [\"copy:1-2.1\"]\n",
    };
    struct scenario *s = *state;
    struct err err = ERR_INIT;
    uint32_t hashes[TEST_COUNT(rows)];
    for (size_t i = 0; i < TEST_COUNT(rows); i++) {
        char text[512];
        snprintf(text, sizeof(text), HEAD "%s", rows[i]);
        test_row(rows[i]);
        test_ok(parse(text, s, &err), err);
        hashes[i] = s->hash24;
        for (size_t j = 0; j < i; j++) {
            assert_int_not_equal(hashes[j], hashes[i]);
        }
    }
    /* What a section says by its defaults changes nothing. */
    test_ok(parse(HEAD POWER_LOSS_ROW "explore: { bound: 256, kills: 4 }\n", s, &err), err);
    assert_int_equal(s->hash24, hashes[1]);
}

static void a_plan_longer_than_a_token_may_be_is_refused(void **state)
{
    static char text[8192];
    struct scenario *s = *state;
    struct err err = ERR_INIT;
    strcpy(text, HEAD "plan: [");
    for (int round = 0; round < 2; round++) {
        strcat(text, round == 0 ? "\"" : ", \"");
        strcat(text, "queue/append:1=power-loss:all:");
        for (int i = 0; i < LOSS_ITEMS_MAX / 2; i++) {
            strcat(text, "k1d1");
        }
        strcat(text, "\"");
    }
    strcat(text, "]\n");
    test_code(parse(text, s, &err), ERR_USAGE);
    test_contains(err.text, "a.yaml:3:7: error: the plan has 2109 characters, at most 2047 fit");
}

static void a_rocketmq_profile_is_refused_where_it_has_no_meaning(void **state)
{
    struct scenario *s = *state;
    struct err err = ERR_INIT;
    test_ok(parse(HEAD "store: { mode: dledger, flush: sync }\n", s, &err), err);
    test_code(scenario_apply_switch(s, "rocketmq-5.3.3", &err), ERR_USAGE);
    test_contains(err.text, "RocketMQ ignores the flush mode in DLedger");
}

static void a_plan_stands_for_the_cases(void **state)
{
    struct scenario *s = *state;
    struct err err = ERR_INIT;
    char text[PLAN_TEXT_SIZE_BYTES];
    test_ok(
        parse(HEAD "plan: [\"commitlog/append:2=torn:12\", \"\", \"clock-jump:-1h\"]\n", s, &err),
        err);
    assert_true(s->has_plan);
    plan_print(&s->plan, &points_engine, text, sizeof(text));
    assert_string_equal(text, "commitlog/append:2=torn:12++clock-jump:-1h");
}

/* "store.log_file_size: size, 1KiB to 1GiB, default 64KiB"; "" past the last row. */
static void print_row(size_t index, char *text, size_t text_size_bytes)
{
    struct yaml_table_option row;
    text[0] = '\0';
    if (index < scenario_options_count()) {
        scenario_options_row(index, &row);
        assert_true(strlen(row.help) > 10);
        snprintf(text, text_size_bytes, "%s.%s: %s, %s, default %s",
                 scenario_options_section_name(row.section), row.key, row.type, row.range,
                 row.fallback);
    }
}

static void explains_its_keys(void **state)
{
    static const char *const wanted[] = {"store.log_file_size: size, 1KiB to 1GiB, default 64KiB",
                                         "phases[].hold: word",
                                         "explore.bound: number, 1 to 1048576, default 256"};
    char text[4096];
    size_t count = scenario_options_count();
    (void)state;
    assert_true(count > 40);
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        size_t row = 0;
        do {
            print_row(row, text, sizeof(text));
        } while (strncmp(text, wanted[i], strlen(wanted[i])) != 0 && row++ < count);
        test_contains(text, wanted[i]);
    }
}

static void a_missing_file_is_an_error_of_its_own(void **state)
{
    struct err err = ERR_INIT;
    test_code(scenario_load("/nonexistent/x.yaml", *state, &err), -ENOENT);
    test_contains(err.text, "'/nonexistent/x.yaml'");
}

/* Loads every scenario of a folder; its name must be that of its file. */
static unsigned load_folder(const char *folder, struct scenario *scenario)
{
    char path[1024];
    unsigned count = 0;
    snprintf(path, sizeof(path), TEST_SOURCE_DIR "/scenarios/%s", folder);
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        struct err err = ERR_INIT;
        const char *dot = strrchr(entry->d_name, '.');
        if (dot == NULL || strcmp(dot, ".yaml") != 0) {
            continue;
        }
        snprintf(path, sizeof(path), TEST_SOURCE_DIR "/scenarios/%s/%s", folder, entry->d_name);
        test_row(entry->d_name);
        test_ok(scenario_load(path, scenario, &err), err);
        assert_int_equal(strlen(scenario->name), dot - entry->d_name);
        assert_memory_equal(scenario->name, entry->d_name, strlen(scenario->name));
        assert_true(scenario->summary[0] != '\0');
        bool must_be_caught = strcmp(folder, "defects") == 0 || strcmp(folder, "guards") == 0;
        assert_int_equal(scenario->expect != 0, must_be_caught);
        count++;
    }
    closedir(dir);
    return count;
}

static void every_scenario_of_the_project_loads(void **state)
{
    assert_true(load_folder(".", *state) >= 20);
    assert_true(load_folder("defects", *state) >= QUIRK_DEFECT_COUNT);
    load_folder("regress", *state);
    unsigned live_guards = 0;
    for (unsigned guard = 0; guard < QUIRK_GUARD_COUNT; guard++) {
        live_guards += quirk_guard_row((enum quirk_guard)guard)->is_shown_live ? 1 : 0;
    }
    assert_true(load_folder("guards", *state) >= live_guards);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_key),
        cmocka_unit_test(reads_every_kind_of_phase),
        cmocka_unit_test(reads_fault_rows),
        cmocka_unit_test(a_star_stands_for_any_characters),
        cmocka_unit_test(defaults_are_those_of_the_table),
        cmocka_unit_test(quirks_do_not_depend_on_the_order_of_keys),
        cmocka_unit_test(a_row_with_power_loss_makes_it_explored),
        cmocka_unit_test(reads_how_far_to_explore),
        cmocka_unit_test(decay_needs_no_power_loss),
        cmocka_unit_test(a_threads_run_is_explored_as_it_was_recorded),
        cmocka_unit_test(a_sync_can_be_skipped_and_nothing_else),
        cmocka_unit_test(a_weave_has_a_number),
        cmocka_unit_test(what_is_explored_is_in_the_hash),
        cmocka_unit_test(a_plan_longer_than_a_token_may_be_is_refused),
        cmocka_unit_test(refuses_mistakes_with_place_and_suggestion),
        cmocka_unit_test(a_caret_stands_under_the_mistake_in_a_long_line),
        cmocka_unit_test(no_mutated_file_does_more_than_fail),
        cmocka_unit_test(the_hash_covers_what_decides_the_cases),
        cmocka_unit_test(a_program_has_a_table_of_its_own),
        cmocka_unit_test(the_hash_names_a_target_but_the_engine),
        cmocka_unit_test(what_only_the_engine_has_is_refused_of_a_program),
        cmocka_unit_test(a_real_target_leaves_out_what_it_cannot_do),
        cmocka_unit_test(a_scenario_of_a_real_target_asks_for_what_that_can),
        cmocka_unit_test(another_target_is_refused_what_its_scenario_asks_for),
        cmocka_unit_test(a_program_takes_no_switch),
        cmocka_unit_test(switches_change_quirks_and_not_the_hash),
        cmocka_unit_test(a_rocketmq_profile_is_refused_where_it_has_no_meaning),
        cmocka_unit_test(names_and_hosts_are_hashed_only_where_they_are_given),
        cmocka_unit_test(a_plan_stands_for_the_cases),
        cmocka_unit_test(explains_its_keys),
        cmocka_unit_test(a_missing_file_is_an_error_of_its_own),
        cmocka_unit_test(every_scenario_of_the_project_loads),
    };
    return cmocka_run_group_tests(tests, make_scenario, drop_scenario);
}
