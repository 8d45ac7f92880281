/* Rehearsals: a plan's kills and losses, what is known at each moment, failed syncs, copies. */
#include "harness/drive/protocol.h"
#include "harness/live/live.h"
#include "harness/oracle/order/order.h"
#include "harness/power/persist/persist.h"
#include "harness/power/rehearse/rehearsal.h"
#include "harness/power/rehearse/rehearse.h"
#include "harness/power/trace/trace_file.h"
#include "harness/testkit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 0x5eed

struct fixture {
    struct scenario scenario;
    struct workload workload;
    struct rehearsal *rehearsal;
    uint32_t preemptions;
    uint64_t interleaving;
};

static void fixture_make(struct fixture *fixture)
{
    struct err err = ERR_INIT;
    struct rehearse_options options = {.scenario = &fixture->scenario,
                                       .workload = &fixture->workload,
                                       .seed = SEED,
                                       .preemptions = fixture->preemptions,
                                       .interleaving = fixture->interleaving};
    if (workload_make(&fixture->scenario, &fixture->workload, &err) < 0 ||
        rehearse_new(&options, &fixture->rehearsal, &err) < 0) {
        fail_msg("%s", err.text);
    }
}

static void fixture_open_woven(struct fixture *fixture, const char *text, uint64_t interleaving)
{
    struct err err = ERR_INIT;
    memset(fixture, 0, sizeof(*fixture));
    fixture->preemptions = interleaving == 0 ? 0 : 40;
    fixture->interleaving = interleaving;
    if (scenario_parse(text, strlen(text), "rehearse", &fixture->scenario, &err) < 0) {
        fail_msg("%s", err.text);
    }
    fixture_make(fixture);
}

static void fixture_open(struct fixture *fixture, const char *text)
{
    fixture_open_woven(fixture, text, 0);
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
    if (plan_parse(text, &points_engine, &plan, &err) < 0 || try_plan(fixture, &plan, &err) < 0) {
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
    if (rehearse_state_image(fixture->rehearsal, done, &image, &err) < 0) {
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
    if (ended.end.outcome != OUTCOME_INTACT) {
        fail_msg("live: %s: %s", outcome_name(ended.end.outcome), ended.end.detail);
    }
    return ended.end.crashed_hash;
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
    assert_int_equal(trace_file_pack(rehearse_trace(fixture.rehearsal), &first, &first_size, NULL),
                     0);
    run(&fixture, "");
    run(&fixture, "commitlog/append:3=kill");
    assert_int_equal(
        trace_file_pack(rehearse_trace(fixture.rehearsal), &second, &second_size, NULL), 0);
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
    assert_int_equal(plan_parse("commitlog/append:900=kill", &points_engine, &plan, &err), 0);
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
    const struct recording recording = rehearse_recording(fixture->rehearsal);
    assert_int_equal(persist_new(&recording, LOSS_MODEL_ALL, &persist, &err), 0);
    assert_int_equal(persist_seek(persist, done, &err), 0);
    fault.loss.model = LOSS_MODEL_ALL;
    fault.loss.has_choice = true;
    fault.loss.item_count = (uint16_t)persist_item_count(persist);
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
        protocol_memory_new(&fixture->scenario, &fixture->workload, SEED, &protocol.memory, NULL),
        0);
    if (protocol_run(&protocol, &err) < 0) {
        fail_msg("%s", err.text);
    }
    *ret_violated = shared->restart.report.violated;
    if (is_bounded && *ret_violated != 0) {
        fail_msg("%s", shared->restart.report.text);
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

static uint64_t hash_states(struct fixture *fixture)
{
    struct rehearse_state known;
    struct err err = ERR_INIT;
    uint64_t hash = 0;
    size_t count = trace_done_count(rehearse_trace(fixture->rehearsal));
    for (size_t n = 0; n <= count; n++) {
        if (rehearse_state(fixture->rehearsal, n, &known, NULL, &err) < 0) {
            fail_msg("%s", err.text);
        }
        hash = hash * 31 + known.hash;
    }
    return hash;
}

/* The recording tells all of the disk and of the ledger, however it was made. */
static void assert_is_whole(struct fixture *fixture)
{
    struct rehearsal *rehearsal = fixture->rehearsal;
    struct rehearse_state known;
    struct err err = ERR_INIT;
    struct ledger *ledger = calloc(1, rehearse_ledger_size_bytes(rehearsal));
    size_t count = trace_done_count(rehearse_trace(rehearsal));
    assert_int_equal(hash_at(fixture, count), image_hash(rehearsal->cached));
    if (rehearse_state(rehearsal, count, &known, ledger, &err) < 0) {
        fail_msg("%s", err.text);
    }
    for (uint32_t i = 0; i < fixture->workload.message_count; i++) {
        const struct ledger_message *made = &ledger->messages[i];
        const struct ledger_message *kept = &rehearsal->shared->ledger->messages[i];
        assert_int_equal(made->status, kept->status);
        assert_int_equal(made->physical_offset, kept->physical_offset);
        assert_int_equal(made->queue_offset, kept->queue_offset);
    }
    if (fixture->scenario.store.services == STORE_SERVICES_MANUAL) {
        assert_memory_equal(ledger, rehearsal->shared->ledger,
                            rehearse_ledger_size_bytes(rehearsal));
    }
    free(ledger);
}

static size_t count_overlaps(const struct fixture *fixture)
{
    const struct trace *trace = rehearse_trace(fixture->rehearsal);
    size_t count = 0;
    uint64_t last_end = 0;
    for (size_t i = 0; i < trace_count(trace); i++) {
        struct trace_entry entry;
        trace_get(trace, i, &entry);
        if (!entry.is_note) {
            count += entry.begin_sequence < last_end ? 1 : 0;
            last_end = entry.end_sequence > last_end ? entry.end_sequence : last_end;
        }
    }
    return count;
}

static void weave_scenario(const char *text)
{
    uint64_t hashes[2] = {0, 0};
    size_t overlaps = 0;
    for (uint64_t seed = 0; seed < 30; seed++) {
        struct fixture fixture;
        fixture_open_woven(&fixture, text, seed);
        run(&fixture, "");
        assert_is_whole(&fixture);
        size_t found = count_overlaps(&fixture);
        assert_true(seed > 0 || found == 0);
        overlaps += found;
        uint64_t hash = hash_states(&fixture);
        run(&fixture, "");
        assert_int_equal(hash_states(&fixture), hash);
        hashes[seed % 2] ^= hash;
        fixture_close(&fixture);
    }
    assert_true(overlaps > 30);
    assert_true(hashes[0] != hashes[1]);
}

static void test_interleaving(void **state)
{
    (void)state;
    weave_scenario(sync_text);
    weave_scenario(async_text);
    weave_scenario(dledger_text);
}

static void test_interleaved_kills(void **state)
{
    (void)state;
    const struct fault kill = {.kind = FAULT_KILL};
    struct fixture fixture;
    struct err err = ERR_INIT;
    fixture_open_woven(&fixture, sync_text, 7);
    run(&fixture, "");
    size_t count = trace_done_count(rehearse_trace(fixture.rehearsal));
    for (size_t n = 0; n < count; n += 4) {
        struct plan plan;
        run(&fixture, "");
        assert_int_equal(rehearse_plan(fixture.rehearsal, n, &kill, &plan), 0);
        if (try_plan(&fixture, &plan, &err) < 0) {
            fail_msg("%zu: %s", n, err.text);
        }
        /* All are at rest when the process is dead: nothing stays in flight. */
        const struct trace *trace = rehearse_trace(fixture.rehearsal);
        for (size_t i = 0; i < trace_count(trace); i++) {
            struct trace_entry entry;
            trace_get(trace, i, &entry);
            assert_true(entry.end_sequence != TRACE_NO_SEQUENCE);
        }
        assert_is_whole(&fixture);
    }
    fixture_close(&fixture);
}

static const char threads_text[] =
    "name: rehearse-threads\nsummary: s\n"
    "store: { mode: commitlog, flush: sync, services: threads, log_file_size: 4KiB, "
    "queue_file_units: 20 }\n"
    "workload: { topics: 1, queues: 2, producers: 3, phases: [ { put: 12, body: 64..400B } ] }\n"
    "faults: [ { point: \"*\", fault: [kill] } ]\n";

static void test_threads_and_adopting(void **state)
{
    (void)state;
    struct fixture fixture;
    struct fixture other;
    struct err err = ERR_INIT;
    struct rehearse_state known;
    fixture_open(&fixture, threads_text);
    fixture_open(&other, threads_text);
    run(&fixture, "");
    assert_is_whole(&fixture);
    if (rehearse_adopt(other.rehearsal, rehearse_trace(fixture.rehearsal), &err) < 0) {
        fail_msg("%s", err.text);
    }
    assert_true(hash_states(&fixture) == hash_states(&other));
    size_t count = trace_done_count(rehearse_trace(other.rehearsal));
    assert_int_equal(hash_at(&other, count), hash_at(&fixture, count));
    assert_int_equal(rehearse_first_done(other.rehearsal), 0);
    assert_int_equal(rehearse_state(other.rehearsal, count, &known, NULL, &err), 0);
    assert_int_equal(known.next_step, fixture.workload.step_count);
    /* A trace of another scenario names messages that are not there. */
    struct fixture small;
    fixture_open(&small, sync_text);
    assert_int_equal(rehearse_adopt(small.rehearsal, rehearse_trace(fixture.rehearsal), &err),
                     ERR_CORRUPT);
    run(&small, "");
    assert_is_whole(&small);
    fixture_close(&small);
    fixture_close(&other);
    fixture_close(&fixture);
}

/* What a failed sync leaves. */

static void test_errno_faults(void **state)
{
    (void)state;
    static const char *const plans[] = {
        "commitlog/append:3=eio",      "commitlog/append:3=enospc:on",
        "commitlog/append:2=short:7",  "commitlog/sync:2=eio",
        "queue/sync:1=sync-eio:clean", "commitlog/sync:2=sync-eio:late",
        "commitlog/sync:1=sync-lie",   "commitlog/sync:2=sync-eio:revert",
    };
    for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
        struct fixture fixture;
        fixture_open(&fixture, sync_text);
        run(&fixture, plans[i]);
        assert_is_whole(&fixture);
        struct trace_entry entry;
        get_done(&fixture, rehearse_first_done(fixture.rehearsal), &entry);
        assert_int_equal(entry.round, 0);
        bool is_silent = strstr(plans[i], "lie") != NULL || strstr(plans[i], "late") != NULL ||
                         strstr(plans[i], "short") != NULL;
        assert_int_equal(entry.result < 0, !is_silent);
        fixture_close(&fixture);
    }
}

/* A late error comes at the next sync of that file. */
static void test_late_error(void **state)
{
    (void)state;
    struct fixture fixture;
    struct trace_entry late;
    struct trace_entry entry;
    bool is_found = false;
    fixture_open(&fixture, sync_text);
    run(&fixture, "commitlog/sync:1=sync-eio:late");
    size_t first = rehearse_first_done(fixture.rehearsal);
    get_done(&fixture, first, &late);
    assert_int_equal(late.result, 0);
    const struct recording recording = rehearse_recording(fixture.rehearsal);
    assert_int_equal(recording_sync(&recording, &late), RECORDING_SYNC_VOID);
    for (size_t n = first + 1; !is_found && n < trace_done_count(rehearse_trace(fixture.rehearsal));
         n++) {
        get_done(&fixture, n, &entry);
        is_found = entry.op == POINT_OP_SYNC && strcmp(entry.path, late.path) == 0;
    }
    assert_true(is_found);
    assert_int_equal(entry.result, -5);
    fixture_close(&fixture);
}

/* After the revert the file holds what it held at its last good sync. */
static void test_revert(void **state)
{
    (void)state;
    struct fixture fixture;
    struct trace_entry failed;
    struct image *before = NULL;
    struct image *after = NULL;
    struct err err = ERR_INIT;
    fixture_open(&fixture, sync_text);
    run(&fixture, "commitlog/sync:2=sync-eio:revert");
    size_t first = rehearse_first_done(fixture.rehearsal);
    get_done(&fixture, first, &failed);
    const struct recording recording = rehearse_recording(fixture.rehearsal);
    assert_int_equal(recording_sync(&recording, &failed), RECORDING_SYNC_REVERT);
    assert_int_equal(rehearse_state_image(fixture.rehearsal, first, &before, &err), 0);
    assert_int_equal(rehearse_state_image(fixture.rehearsal, first + 1, &after, &err), 0);
    assert_true(image_hash(before) != image_hash(after));
    /* Back to where the last good sync of the file was. */
    size_t last = first;
    struct trace_entry good;
    do {
        last--;
        get_done(&fixture, last, &good);
    } while (good.op != POINT_OP_SYNC || strcmp(good.path, failed.path) != 0);
    struct image *then = NULL;
    assert_int_equal(rehearse_state_image(fixture.rehearsal, last, &then, &err), 0);
    uint8_t bytes[2][4096];
    struct view view = image_view(then);
    int64_t size = view.read(view.arg, failed.path, 0, bytes[0], sizeof(bytes[0]));
    view = image_view(after);
    assert_int_equal(view.read(view.arg, failed.path, 0, bytes[1], sizeof(bytes[1])), size);
    assert_memory_equal(bytes[0], bytes[1], (size_t)size);
    image_free(before);
    image_free(after);
    image_free(then);
    fixture_close(&fixture);
}

/* A hot copy holds each file as it was at its moment; what was acknowledged before it began is
 * owed, the rest waived. */
static void test_copy(void **state)
{
    (void)state;
    struct fixture fixture;
    char text[128];
    fixture_open(&fixture, sync_text);
    run(&fixture, "");
    for (uint32_t order = 0; order < 4; order++) {
        (void)snprintf(text, sizeof(text), "store/mkdir:1=kill-after+copy:1-1.%u", order);
        run(&fixture, text);
        (void)snprintf(text, sizeof(text), "+copy:60-60.%u", order);
        run(&fixture, "");
        uint64_t then = 0;
        struct image *image = NULL;
        struct err err = ERR_INIT;
        assert_int_equal(rehearse_state_image(fixture.rehearsal, 60, &image, &err), 0);
        assert_int_equal(image_remove(image, "checkpoint"), 0);
        then = image_hash(image);
        image_free(image);
        run(&fixture, text);
        assert_int_equal(image_hash(rehearse_base(fixture.rehearsal)), then);
        (void)snprintf(text, sizeof(text), "+copy:40-110.%u", order);
        run(&fixture, text);
        assert_true(image_hash(rehearse_base(fixture.rehearsal)) != then);
        assert_is_whole(&fixture);
        const struct ledger *ledger = fixture.rehearsal->start.ledger;
        uint32_t waived = 0;
        for (uint32_t i = 0; i < fixture.workload.message_count; i++) {
            waived += ledger->messages[i].is_waived;
        }
        assert_in_range(waived, 1, fixture.workload.message_count - 1);
    }
    fixture_close(&fixture);
}

static void test_rot(void **state)
{
    (void)state;
    struct fixture fixture;
    struct err err = ERR_INIT;
    struct plan plan;
    uint8_t bytes[2];
    fixture_open(&fixture, sync_text);
    run(&fixture, "");
    struct view view = image_view(fixture.rehearsal->cached);
    assert_int_equal(view.read(view.arg, "commitlog/00000000000000000000", 40, &bytes[0], 1), 1);
    run(&fixture, "+rot:commitlog/00000000000000000000@40.3");
    view = image_view(rehearse_base(fixture.rehearsal));
    assert_int_equal(view.read(view.arg, "commitlog/00000000000000000000", 40, &bytes[1], 1), 1);
    assert_int_equal(bytes[0] ^ bytes[1], 8);
    assert_int_equal(rehearse_first_round(fixture.rehearsal), 1);
    assert_int_equal(
        plan_parse("+rot:commitlog/00000000000000000000@999999.3", &points_engine, &plan, &err), 0);
    assert_int_equal(try_plan(&fixture, &plan, &err), ERR_USAGE);
    fixture_close(&fixture);
}

/* The rules of order hold on the recording; with a sync taken out they do not. */
static void test_order(void **state)
{
    (void)state;
    struct fixture fixture;
    struct judge_report report;
    fixture_open(&fixture, sync_text);
    run(&fixture, "commitlog/append:4=kill");
    judge_report_clear(&report);
    if (rehearse_order(fixture.rehearsal, &report) != 0) {
        fail_msg("%s", report.text);
    }
    fixture.scenario.skipped[POINT_COMMITLOG_SYNC / 64] |= UINT64_C(1)
                                                           << (POINT_COMMITLOG_SYNC % 64);
    run(&fixture, "");
    judge_report_clear(&report);
    assert_true(rehearse_order(fixture.rehearsal, &report) > 0);
    assert_true((report.violated & PROPERTY_BIT(ORDER_DURABLE)) != 0);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interleaving),
        cmocka_unit_test(test_interleaved_kills),
        cmocka_unit_test(test_threads_and_adopting),
        cmocka_unit_test(test_errno_faults),
        cmocka_unit_test(test_late_error),
        cmocka_unit_test(test_revert),
        cmocka_unit_test(test_copy),
        cmocka_unit_test(test_rot),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_kills_as_live),
        cmocka_unit_test(test_same_plan_same_recording),
        cmocka_unit_test(test_hit_that_is_not_there),
        cmocka_unit_test(test_power_loss),
        cmocka_unit_test(test_promise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
