/* Rehearsals: a plan's kills and losses, what is known at each moment, failed syncs, copies. */
#include "harness/judge/order.h"
#include "harness/run/live.h"
#include "harness/run/persist.h"
#include "harness/run/protocol.h"
#include "harness/run/rehearse.h"
#include "harness/run/rehearse_parts.h"
#include "harness/testkit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 0x5eed

struct fixture {
    struct scenario scenario;
    struct workload workload;
    struct rehearsal *rehearsal;
};

static void fixture_make(struct fixture *fixture)
{
    struct err err = ERR_INIT;
    struct rehearse_options options = {
        .scenario = &fixture->scenario, .workload = &fixture->workload, .seed = SEED};
    if (workload_make(&fixture->scenario, &fixture->workload, &err) < 0 ||
        rehearse_new(&options, &fixture->rehearsal, &err) < 0) {
        fail_msg("%s", err.text);
    }
}

static void fixture_open(struct fixture *fixture, const char *text)
{
    struct err err = ERR_INIT;
    memset(fixture, 0, sizeof(*fixture));
    if (scenario_parse(text, strlen(text), "rehearse", &fixture->scenario, &err) < 0) {
        fail_msg("%s", err.text);
    }
    fixture_make(fixture);
}

static void fixture_close(struct fixture *fixture)
{
    rehearse_free(fixture->rehearsal);
    workload_done(&fixture->workload);
}

static int try_plan(struct fixture *fixture, const struct plan *plan, struct err *err)
{
    err->text[0] = '\0';
    return rehearse_run(fixture->rehearsal, plan, err);
}

static void run(struct fixture *fixture, const char *text)
{
    struct err err = ERR_INIT;
    struct plan plan;
    if (plan_parse(text, &plan, &err) < 0 || try_plan(fixture, &plan, &err) < 0) {
        fail_msg("%s: %s", text, err.text);
    }
}

static const char sync_text[] =
    "name: rehearse-sync\nsummary: s\n"
    "store: { mode: commitlog, flush: sync, log_file_size: 4KiB, queue_file_units: 20 }\n"
    "workload: { topics: 1, queues: 2, producers: 2, phases: [ { put: 6, body: 64..400B, every: "
    "300ms }, { commit_offsets: all }, { pause: 6s }, { put: 5, body: 300B, every: 10ms } ] }\n"
    "faults: [ { point: \"*\", fault: [kill] } ]\n";

static const char async_text[] =
    "name: rehearse-async\nsummary: s\n"
    "store: { mode: commitlog, flush: async, log_file_size: 4KiB, queue_file_units: 20 }\n"
    "workload: { topics: 1, queues: 2, producers: 2, phases: [ { put: 8, body: 64..400B, every: "
    "300ms }, { pause: 2s }, { put: 5, body: 300B, every: 10ms } ] }\n"
    "faults: [ { point: \"*\", fault: [kill] } ]\n";

static const char dledger_text[] =
    "name: rehearse-dledger\nsummary: s\n"
    "store: { mode: dledger, flush: async, log_file_size: 4KiB, queue_file_units: 20 }\n"
    "workload: { topics: 1, queues: 2, producers: 2, phases: [ { put: 8, body: 64..400B, every: "
    "300ms }, { pause: 2s }, { put: 5, body: 300B, every: 10ms } ] }\n"
    "faults: [ { point: \"*\", fault: [kill] } ]\n";

static uint64_t hash_at(struct fixture *fixture, size_t done)
{
    struct image *image = NULL;
    struct err err = ERR_INIT;
    if (rehearse_image(fixture->rehearsal, done, &image, &err) < 0) {
        fail_msg("%s", err.text);
    }
    uint64_t hash = image_hash(image);
    image_free(image);
    return hash;
}

static void get_done(struct fixture *fixture, size_t done, struct trace_entry *ret_entry)
{
    const struct trace *trace = rehearse_trace(fixture->rehearsal);
    trace_get(trace, trace_done_index(trace, done), ret_entry);
}

/* What a live run's files are after the same kill. */
static uint64_t live_hash(struct live *live, const struct plan *plan)
{
    static struct campaign_case ended;
    struct err err = ERR_INIT;
    struct live_request request = {.plan = plan, .role = CAMPAIGN_ROLE_FAULT, .want_hashes = true};
    assert_int_equal(live_run(live, &request, &ended, &err), 0);
    if (ended.outcome != OUTCOME_INTACT) {
        fail_msg("live: %s: %s", outcome_name(ended.outcome), ended.detail);
    }
    return ended.crashed_hash;
}

/* After a kill at each n-th operation the cached layer is that of the live files; the next round
 * recovers on it and finishes the workload. */
static void compare_kills(const char *text, const struct fault *fault, size_t step)
{
    struct fixture fixture;
    struct live *live = NULL;
    struct err err = ERR_INIT;
    fixture_open(&fixture, text);
    struct live_options options = {&fixture.scenario, &fixture.workload, SEED, NULL, 10000};
    assert_int_equal(live_open(&options, &live, &err), 0);
    run(&fixture, "");
    size_t count = trace_done_count(rehearse_trace(fixture.rehearsal));
    for (size_t n = 0; n < count; n += step) {
        struct trace_entry entry;
        struct plan plan;
        run(&fixture, "");
        get_done(&fixture, n, &entry);
        if (entry.round > 0 || !point_is_mutating(entry.point) ||
            (fault->kind == FAULT_TORN && entry.op != POINT_OP_WRITE)) {
            continue;
        }
        assert_int_equal(rehearse_plan(fixture.rehearsal, n, fault, &plan), 0);
        if (try_plan(&fixture, &plan, &err) < 0) {
            fail_msg("%s:%u: %s", point_name(entry.point), entry.hit, err.text);
        }
        size_t first = rehearse_first_done(fixture.rehearsal);
        assert_int_equal(first, fault->kind == FAULT_KILL ? n : n + 1);
        if (hash_at(&fixture, first) != live_hash(live, &plan)) {
            fail_msg("%s:%u: the files differ", point_name(entry.point), entry.hit);
        }
        assert_true(trace_done_count(rehearse_trace(fixture.rehearsal)) > first);
        assert_true(trace_round_count(rehearse_trace(fixture.rehearsal)) >= 3);
        assert_int_equal(atomic_load(&fixture.rehearsal->shared->next_step),
                         fixture.workload.step_count);
    }
    live_close(live);
    fixture_close(&fixture);
}

static void test_kills_as_live(void **state)
{
    (void)state;
    const struct fault kill = {.kind = FAULT_KILL};
    const struct fault after = {.kind = FAULT_KILL_AFTER};
    const struct fault torn = {.kind = FAULT_TORN, .arg = 13};
    compare_kills(sync_text, &kill, 5);
    compare_kills(async_text, &after, 7);
    compare_kills(dledger_text, &torn, 3);
}

static void test_same_plan_same_recording(void **state)
{
    (void)state;
    struct fixture fixture;
    uint8_t *first = NULL;
    uint8_t *second = NULL;
    size_t first_size = 0;
    size_t second_size = 0;
    fixture_open(&fixture, sync_text);
    run(&fixture, "commitlog/append:3=kill");
    assert_int_equal(trace_pack(rehearse_trace(fixture.rehearsal), &first, &first_size, NULL), 0);
    run(&fixture, "");
    run(&fixture, "commitlog/append:3=kill");
    assert_int_equal(trace_pack(rehearse_trace(fixture.rehearsal), &second, &second_size, NULL), 0);
    assert_int_equal(first_size, second_size);
    assert_memory_equal(first, second, first_size);
    free(first);
    free(second);
    fixture_close(&fixture);
}

static void test_hit_that_is_not_there(void **state)
{
    (void)state;
    struct fixture fixture;
    struct err err = ERR_INIT;
    struct plan plan;
    fixture_open(&fixture, sync_text);
    assert_int_equal(plan_parse("commitlog/append:900=kill", &plan, &err), 0);
    assert_int_equal(try_plan(&fixture, &plan, &err), ERR_USAGE);
    test_contains(err.text, "commitlog/append:900 is not reached in round 1");
    fixture_close(&fixture);
}

/* The choice that drops all items, or keeps them, at an operation. */
static struct fault loss_at(struct fixture *fixture, size_t done, bool keep)
{
    struct fault fault = {.kind = FAULT_POWER_LOSS};
    struct persist *persist = NULL;
    struct err err = ERR_INIT;
    struct persist_options options = {
        .model = LOSS_MODEL_ALL,
        .trace = rehearse_trace(fixture->rehearsal),
        .base = rehearse_base(fixture->rehearsal),
        .sync = rehearse_sync,
        .sync_arg = fixture->rehearsal,
    };
    assert_int_equal(persist_new(&options, &persist, &err), 0);
    assert_int_equal(persist_seek(persist, done, &err), 0);
    fault.loss.model = LOSS_MODEL_ALL;
    fault.loss.has_choice = true;
    fault.loss.item_count = (uint16_t)persist_count(persist);
    for (uint32_t i = 0; keep && i < fault.loss.item_count; i++) {
        loss_keep(&fault.loss, i);
    }
    persist_free(persist);
    return fault;
}

static void judge_base(struct fixture *fixture, const struct rehearse_state *known,
                       struct ledger *ledger, bool is_bounded, uint32_t *ret_violated)
{
    struct shared *shared = NULL;
    struct err err = ERR_INIT;
    uint32_t capacity = fixture->workload.message_count + WORKLOAD_PROBES;
    assert_int_equal(shared_map(capacity, &shared, &err), 0);
    memcpy(shared->ledger, ledger, rehearse_ledger_size_bytes(fixture->rehearsal));
    atomic_store(&shared->now_ms, known->now_ms);
    shared->round = known->round + 1;
    shared->ledger->round = shared->round;
    ledger_begin_round(shared->ledger);
    struct protocol protocol = {
        .scenario = &fixture->scenario,
        .workload = &fixture->workload,
        .seed = SEED,
        .shared = shared,
        .place = {.image = image_clone(rehearse_base(fixture->rehearsal))},
        .is_power_loss = is_bounded,
        .promised_end = known->promised_end,
        .is_lied = known->is_lied,
    };
    assert_int_equal(
        protocol_memory_new(&fixture->scenario, &fixture->workload, SEED, &protocol.memory), 0);
    if (protocol_run(&protocol, &err) < 0) {
        fail_msg("%s", err.text);
    }
    *ret_violated = shared->verdict.report.violated;
    if (is_bounded && *ret_violated != 0) {
        fail_msg("%s", shared->verdict.report.text);
    }
    protocol_memory_free(protocol.memory);
    image_free(protocol.place.image);
    shared_unmap(shared, capacity);
}

/* A power loss at every n-th operation: the next rounds go on from its image, and what is left
 * keeps what was promised; without the bound the loss of unsynced answers would be a finding. */
static void lose_power(const char *text, bool expect_waived)
{
    struct fixture fixture;
    struct err err = ERR_INIT;
    uint32_t lost_count = 0;
    fixture_open(&fixture, text);
    run(&fixture, "");
    struct ledger *ledger = calloc(1, rehearse_ledger_size_bytes(fixture.rehearsal));
    size_t count = trace_done_count(rehearse_trace(fixture.rehearsal));
    for (size_t n = 0; n < count; n += 3) {
        struct plan plan;
        struct rehearse_state known;
        uint32_t violated = 0;
        run(&fixture, "");
        struct fault fault = loss_at(&fixture, n, false);
        assert_int_equal(rehearse_state(fixture.rehearsal, n, &known, ledger, &err), 0);
        if (rehearse_plan(fixture.rehearsal, n, &fault, &plan) < 0) {
            continue;
        }
        if (try_plan(&fixture, &plan, &err) < 0) {
            fail_msg("%zu: %s", n, err.text);
        }
        assert_int_equal(rehearse_first_done(fixture.rehearsal), 0);
        assert_true(rehearse_first_round(fixture.rehearsal) >= 1);
        judge_base(&fixture, &known, ledger, true, &violated);
        judge_base(&fixture, &known, ledger, false, &violated);
        lost_count += (violated & PROPERTY_BIT(ACKED_SURVIVES)) != 0 ? 1 : 0;
    }
    assert_int_equal(lost_count > 0, expect_waived);
    free(ledger);
    fixture_close(&fixture);
}

static void test_power_loss(void **state)
{
    (void)state;
    lose_power(sync_text, false);
    lose_power(async_text, true);
    lose_power(dledger_text, true);
}

/* The promise never goes past what a sync covered, and a lie takes it back. */
static void test_promise(void **state)
{
    (void)state;
    struct fixture fixture;
    struct err err = ERR_INIT;
    struct rehearse_state known;
    uint64_t lowest = UINT64_MAX;
    fixture_open(&fixture, async_text);
    run(&fixture, "");
    size_t count = trace_done_count(rehearse_trace(fixture.rehearsal));
    for (size_t n = 0; n <= count; n++) {
        assert_int_equal(rehearse_state(fixture.rehearsal, n, &known, NULL, &err), 0);
        lowest = known.promised_end < lowest ? known.promised_end : lowest;
        assert_false(known.is_lied);
    }
    assert_int_equal(known.promised_end, UINT64_MAX); /* a clean stop, and a quiet restart */
    /* The first bytes of a record are zeros, as is what they are written over. */
    assert_in_range(lowest, 0, 3);
    run(&fixture, "commitlog/sync:1=sync-lie");
    count = trace_done_count(rehearse_trace(fixture.rehearsal));
    size_t first = rehearse_first_done(fixture.rehearsal);
    assert_int_equal(rehearse_state(fixture.rehearsal, first, &known, NULL, &err), 0);
    assert_false(known.is_lied);
    assert_in_range(known.promised_end, 0, 3);
    assert_int_equal(rehearse_state(fixture.rehearsal, first + 1, &known, NULL, &err), 0);
    assert_true(known.is_lied);
    assert_in_range(known.promised_end, 0, 3);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kills_as_live),
        cmocka_unit_test(test_same_plan_same_recording),
        cmocka_unit_test(test_hit_that_is_not_there),
        cmocka_unit_test(test_power_loss),
        cmocka_unit_test(test_promise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
