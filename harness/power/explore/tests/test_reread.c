/* What is taken over from store to store changes nothing: a used reader finds what a fresh one
 * finds, and an equal recovered store is known again, and only that. */
#include "harness/drive/protocol.h"
#include "harness/power/disk/image_tree.h"
#include "harness/power/rehearse/rehearse.h"
#include "harness/scenario/prng.h"
#include "harness/testkit/test.h"

#include <stdlib.h>
#include <string.h>

#define SEED   0x5eed
#define ROUNDS 400

#define TEXT(mode)                                                                               \
    "name: reread\nsummary: s\n"                                                                 \
    "store: { mode: " mode ", flush: async, log_file_size: 16KiB, queue_file_units: 50 }\n"      \
    "workload: { topics: 1, queues: 2, producers: 2, phases: [ { put: 30, body: 64..1600B, "     \
    "every: 100ms }, { commit_offsets: all }, { pause: 6s }, { put: 5, body: 300B, every: 10ms " \
    "} ] }\n"                                                                                    \
    "faults: [ { point: \"*\", fault: [kill] } ]\n"

struct fixture {
    struct scenario scenario;
    struct workload workload;
    struct rehearsal *rehearsal;
    size_t count;
};

static void fixture_open(struct fixture *fixture, const char *text)
{
    struct err err = ERR_INIT;
    struct plan plan;
    memset(fixture, 0, sizeof(*fixture));
    memset(&plan, 0, sizeof(plan));
    if (scenario_parse(text, strlen(text), "reread", &fixture->scenario, &err) < 0) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(workload_make(&fixture->scenario, &fixture->workload, &err), 0);
    const struct rehearse_options options = {
        .scenario = &fixture->scenario, .workload = &fixture->workload, .seed = SEED};
    assert_int_equal(rehearse_new(&options, &fixture->rehearsal, &err), 0);
    assert_int_equal(rehearse_run(fixture->rehearsal, &plan, &err), 0);
    fixture->count = trace_done_count(rehearse_trace(fixture->rehearsal));
}

static void fixture_close(struct fixture *fixture)
{
    rehearse_free(fixture->rehearsal);
    workload_done(&fixture->workload);
}

static struct image *image_at(struct fixture *fixture, size_t done)
{
    struct image *image = NULL;
    struct err err = ERR_INIT;
    assert_int_equal(rehearse_state_image(fixture->rehearsal, done, &image, &err), 0);
    return image;
}

/* Changes a few bytes of a random file, or none. */
static void damage(struct image *image, struct prng *prng)
{
    uint32_t times = (uint32_t)prng_below(prng, 3);
    for (uint32_t i = 0; i < times; i++) {
        const struct image_entry *entry = &image->entries[prng_below(prng, image->entry_count)];
        struct image_content *content = NULL;
        if (image_tree_is_dir(entry) || image->files[entry->file].content->size_bytes < 16) {
            continue;
        }
        uint64_t size = image->files[entry->file].content->size_bytes;
        uint64_t bytes = prng_next(prng);
        assert_int_equal(image_tree_own_content(&image->files[entry->file], &content), 0);
        assert_int_equal(image_content_write(content, prng_below(prng, size - 8),
                                             (const uint8_t *)&bytes, 1 + prng_below(prng, 8)) > 0,
                         true);
    }
}

/* Both readings, held against each other in every way there is. */
static uint32_t compare(const struct fixture *fixture, struct judge_state *used,
                        struct image *image)
{
    struct judge_report report;
    struct view view = image_view(image);
    struct judge_state *fresh = judge_state_new();
    assert_non_null(fresh);
    assert_int_equal(judge_read(used, &view, &fixture->scenario.store, NULL), 0);
    view.pages = NULL;
    assert_int_equal(judge_read(fresh, &view, &fixture->scenario.store, NULL), 0);
    uint32_t count = judge_record_count(fresh);
    assert_int_equal(judge_record_count(used), count);
    assert_int_equal(judge_state_crc(used), judge_state_crc(fresh));
    assert_int_equal(judge_mark(used), judge_mark(fresh));
    judge_report_clear(&report);
    judge_same(fresh, used, &report);
    uint32_t lines = report.line_count;
    judge_report_clear(&report);
    judge_same(fresh, fresh, &report); /* a tail that is not zero is told of any store */
    assert_int_equal(lines, report.line_count);
    assert_true(judge_same_is_extended(fresh, used, 0));
    judge_state_free(fresh);
    return count;
}

static void compare_many(const char *text)
{
    struct fixture fixture;
    struct prng prng;
    uint32_t lowest = UINT32_MAX;
    uint32_t highest = 0;
    fixture_open(&fixture, text);
    struct judge_state *used = judge_state_new();
    assert_non_null(used);
    prng_init(&prng, SEED, 1);
    size_t done = fixture.count;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        done = prng_below(&prng, 4) == 0 ? prng_below(&prng, fixture.count + 1) : done;
        struct image *image = image_at(&fixture, done);
        damage(image, &prng);
        uint32_t count = compare(&fixture, used, image);
        lowest = count < lowest ? count : lowest;
        highest = count > highest ? count : highest;
        image_free(image);
    }
    assert_true(lowest < highest && highest > 20);
    judge_state_free(used);
    fixture_close(&fixture);
}

static void a_used_reader_finds_what_a_fresh_one_finds(void **state)
{
    (void)state;
    compare_many(TEXT("commitlog"));
    compare_many(TEXT("dledger"));
}

static void what_is_not_an_extension_is_told(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture, TEXT("commitlog"));
    struct image *image = image_at(&fixture, fixture.count);
    struct image *earlier = image_at(&fixture, fixture.count / 2);
    struct view view = image_view(image);
    struct view earlier_view = image_view(earlier);
    struct judge_state *after = judge_state_new();
    struct judge_state *before = judge_state_new();
    assert_int_equal(judge_read(after, &view, &fixture.scenario.store, NULL), 0);
    assert_int_equal(judge_read(before, &earlier_view, &fixture.scenario.store, NULL), 0);
    uint32_t more = judge_record_count(after) - judge_record_count(before);
    assert_true(more > 0);
    assert_false(judge_same_is_extended(before, after, more - 1));
    assert_false(judge_same_is_extended(after, before, 0));
    judge_state_free(after);
    judge_state_free(before);
    image_free(earlier);
    image_free(image);
    fixture_close(&fixture);
}

struct runner {
    struct fixture *fixture;
    struct shared *shared;
    struct protocol_memory *memory;
    struct protocol_memo *memo;
};

struct found {
    struct shared_restart restart;
    struct ending ending;
};

static struct found run(struct runner *runner, size_t done, struct image *image, int64_t later_ms)
{
    struct rehearse_state known;
    struct err err = ERR_INIT;
    struct shared *shared = runner->shared;
    assert_int_equal(rehearse_state(runner->fixture->rehearsal, done, &known, shared->ledger, &err),
                     0);
    atomic_store(&shared->now_ms, known.now_ms + later_ms);
    atomic_store(&shared->events, known.events);
    ending_clear(&shared->ending);
    shared->round = known.round + 1;
    shared->ledger->round = shared->round;
    ledger_begin_round(shared->ledger);
    const struct protocol protocol = {
        .scenario = &runner->fixture->scenario,
        .workload = &runner->fixture->workload,
        .seed = SEED,
        .shared = shared,
        .place = {.image = image, .dir_fd = -1},
        .memory = runner->memory,
        .memo = runner->memo,
    };
    if (protocol_run(&protocol, &err) < 0) {
        fail_msg("%s", err.text);
    }
    image_free(image);
    return (struct found){shared->restart, shared->ending};
}

static void flip_first_record(struct image *image)
{
    struct image_content *content = NULL;
    const struct image_entry *entry = image_tree_find(image, "commitlog/00000000000000000000");
    assert_int_equal(image_tree_own_content(&image->files[entry->file], &content), 0);
    assert_true(image_content_write(content, 100, (const uint8_t *)"\xff\xfe", 2) == 2);
}

static void only_an_equal_clean_store_is_reused(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture, TEXT("commitlog"));
    uint32_t capacity = fixture.workload.message_count + WORKLOAD_PROBES;
    struct runner runner = {.fixture = &fixture, .memo = protocol_memo_new(SEED)};
    size_t done = fixture.count - fixture.count / 4;
    assert_int_equal(shared_map(capacity, &runner.shared, NULL), 0);
    assert_int_equal(
        protocol_memory_new(&fixture.scenario, &fixture.workload, SEED, &runner.memory, NULL), 0);
    struct found first = run(&runner, done, image_at(&fixture, done), 0);
    assert_int_equal(first.restart.report.violated, 0);
    assert_false(first.ending.is_reused);
    uint32_t reused = 0;
    uint32_t tried = 0;
    for (uint32_t i = 0; i < 300; i++) {
        struct found again = run(&runner, done, image_at(&fixture, done), 0);
        assert_int_equal(again.restart.report.violated, 0);
        assert_int_equal(again.ending.found_count, first.ending.found_count);
        assert_int_equal(again.ending.recovered_crc, first.ending.recovered_crc);
        assert_int_equal(again.restart.opened, first.restart.opened);
        assert_true(again.ending.is_reused != again.ending.is_rechecked);
        reused += again.ending.is_reused;
        tried += again.ending.is_rechecked;
    }
    assert_true(reused > 280 && tried > 0);
    /* Another clock, and another store, are others. */
    assert_false(run(&runner, done, image_at(&fixture, done), 1).ending.is_reused);
    struct image *damaged = image_at(&fixture, done);
    flip_first_record(damaged);
    struct found found = run(&runner, done, damaged, 0);
    assert_true(found.restart.report.violated != 0 && !found.ending.is_reused);
    /* The same store, but the ledger says that there was more: found, and run in full. */
    found = run(&runner, fixture.count, image_at(&fixture, done), 0);
    assert_true((found.restart.report.violated & PROPERTY_BIT(ACKED_SURVIVES)) != 0 &&
                !found.ending.is_reused);
    protocol_memory_free(runner.memory);
    protocol_memo_free(runner.memo);
    shared_unmap(runner.shared, capacity);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_used_reader_finds_what_a_fresh_one_finds),
        cmocka_unit_test(what_is_not_an_extension_is_told),
        cmocka_unit_test(only_an_equal_clean_store_is_reused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
