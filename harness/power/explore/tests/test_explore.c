/* One trace, all its images: counts, self-tests, decayed stores, hot copies, a run of threads. */
#include "harness/campaign/explore_replay.h"
#include "harness/power/explore/explore.h"
#include "harness/testkit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/mman.h>

#define SEED 0x5eed
#define ALL  UINT32_MAX

#define STORE(mode, services)                         \
    "name: explored\nsummary: s\n"                    \
    "store: { mode: " mode ", flush: sync, " services \
    "log_file_size: 4KiB, queue_file_units: 100 }\n"  \
    "workload: { topics: 1, queues: 2, producers: 1, "

static const char plain_text[] = STORE(
    "commitlog", "") "phases: [ { put: 6, body: 64..256B, every: 600ms }, { commit_offsets: all }, "
                     "{ pause: 6s }, { put: 2 } ] }\n"
                     "faults: [ { point: \"*\", fault: [power-loss] } ]\n"
                     "explore: { nested: 2, kills: 0 }\n";

static const char dledger_text[] =
    STORE("dledger", "") "phases: [ { put: 5, body: 64..256B, every: 600ms }, { pause: 6s } ] }\n"
                         "faults: [ { point: \"*\", fault: [power-loss] } ]\n"
                         "explore: { nested: 0, kills: 0 }\n";

/* Many logs at one time on the clock, in so many images that the seeded 1 % meets them. */
#define LONG                                              \
    "phases: [ { put: 48, body: 64..256B } ] }\n"         \
    "faults: [ { point: \"*\", fault: [power-loss] } ]\n" \
    "explore: { nested: 0, kills: 0 }\n"

static const char plain_long_text[] = STORE("commitlog", "") LONG;
static const char dledger_long_text[] = STORE("dledger", "") LONG;

static const char threads_text[] =
    STORE("commitlog", "services: threads, ") "phases: [ { put: 4, body: 64..256B } ] }\n"
                                              "faults: [ { point: \"*\", fault: [power-loss] } ]\n";

struct fixture {
    struct scenario scenario;
    struct workload workload;
    struct rehearse_options options;
    struct explore *explore;
    struct explore_result *result;
};

static void fixture_open_seeded(struct fixture *fixture, const char *text, const char *word,
                                uint64_t seed)
{
    struct err err = ERR_INIT;
    memset(fixture, 0, sizeof(*fixture));
    test_ok(scenario_parse(text, strlen(text), "explore", &fixture->scenario, &err), err);
    if (word != NULL) {
        test_ok(scenario_apply_switch(&fixture->scenario, word, &err), err);
    }
    test_ok(workload_make(&fixture->scenario, &fixture->workload, &err), err);
    fixture->options = (struct rehearse_options){
        .scenario = &fixture->scenario, .workload = &fixture->workload, .seed = seed};
    test_ok(explore_new(&fixture->options, &fixture->explore, &err), err);
    fixture->result = calloc(1, sizeof(*fixture->result));
    assert_non_null(fixture->result);
}

static void fixture_open_switched(struct fixture *fixture, const char *text, const char *word)
{
    fixture_open_seeded(fixture, text, word, SEED);
}

static void fixture_open(struct fixture *fixture, const char *text)
{
    fixture_open_switched(fixture, text, NULL);
}

static void fixture_close(struct fixture *fixture)
{
    explore_free(fixture->explore);
    free(fixture->result);
    workload_done(&fixture->workload);
}

static struct explore_job job_of(const struct fixture *fixture, enum explore_kind kind,
                                 uint32_t upto)
{
    return (struct explore_job){.kind = kind,
                                .models = fixture->scenario.models,
                                .upto = upto,
                                .bound = fixture->scenario.explore.bound,
                                .random = fixture->scenario.explore.random,
                                .nested = fixture->scenario.explore.nested};
}

static const struct explore_result *run(struct fixture *fixture, const struct explore_job *job,
                                        const char *text)
{
    struct err err = ERR_INIT;
    struct plan plan;
    test_ok(plan_parse(text, &points_engine, &plan, &err), err);
    test_ok(explore_run(fixture->explore, job, &plan, fixture->result, &err), err);
    return fixture->result;
}

static void check_counts(const struct explore_result *result)
{
    const struct campaign_explore *counts = &result->counts;
    assert_string_equal(result->broken, "");
    assert_int_equal(result->failed, 0);
    assert_true(counts->judged > 50);
    assert_true(counts->generated >= counts->distinct);
    assert_true(counts->distinct >= counts->effective);
    assert_int_equal(counts->judged, counts->distinct);
    assert_true(counts->legal > 0 && counts->legal <= counts->distinct);
}

static void test_explores_the_same_twice(void **state)
{
    (void)state;
    static const char *const texts[] = {plain_text, dledger_text};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct fixture fixture;
        fixture_open(&fixture, texts[i]);
        struct explore_job job = job_of(&fixture, EXPLORE_LOSSES, ALL);
        check_counts(run(&fixture, &job, ""));
        struct campaign_explore first = fixture.result->counts;
        uint32_t next_count = fixture.result->next_count;
        check_counts(run(&fixture, &job, ""));
        assert_int_equal(fixture.result->counts.digest, first.digest);
        assert_int_equal(fixture.result->counts.judged, first.judged);
        assert_int_equal(fixture.result->next_count, next_count);
        assert_int_equal(next_count, fixture.scenario.explore.nested);
        fixture_close(&fixture);
    }
}

static void test_positions_are_shared_out(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture, plain_text);
    struct explore_job whole = job_of(&fixture, EXPLORE_LOSSES, ALL);
    uint64_t positions = run(&fixture, &whole, "")->counts.positions;
    uint32_t count = fixture.result->position_count;
    struct explore_job part = job_of(&fixture, EXPLORE_LOSSES, 24);
    uint64_t judged = run(&fixture, &part, "")->counts.judged;
    assert_true(judged > 0);
    assert_true(fixture.result->counts.positions < positions);
    assert_int_equal(fixture.result->position_count, count);
    struct explore_job none = job_of(&fixture, EXPLORE_LOSSES, 0);
    none.is_first = true;
    assert_int_equal(run(&fixture, &none, "")->counts.judged, 0);
    assert_int_equal(fixture.result->counts.traces, 1);
    assert_int_equal(fixture.result->position_count, count);
    fixture_close(&fixture);
}

static void test_impossible_images_are_found_out(void **state)
{
    (void)state;
    static const char *const texts[] = {plain_text, dledger_text};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct fixture fixture;
        fixture_open(&fixture, texts[i]);
        struct explore_job job = job_of(&fixture, EXPLORE_LOSSES, ALL);
        job.break_image = true;
        assert_non_null(strstr(run(&fixture, &job, "")->broken, "illegal image"));
        assert_non_null(strstr(fixture.result->broken, "power-loss:"));
        job.break_image = false;
        assert_string_equal(run(&fixture, &job, "")->broken, "");
        fixture_close(&fixture);
    }
}

/* By the seeded 1 % as it is, whatever the seed. */
static void check_unsound_reuse(const char *text, uint64_t seed)
{
    struct fixture fixture;
    fixture_open_seeded(&fixture, text, NULL, seed);
    struct explore_job job = job_of(&fixture, EXPLORE_LOSSES, ALL);
    job.break_memo = true;
    assert_non_null(strstr(run(&fixture, &job, "")->broken, "unsound reuse"));
    job.break_memo = false;
    assert_string_equal(run(&fixture, &job, "")->broken, "");
    assert_true(fixture.result->counts.rechecked > 0);
    assert_true(fixture.result->counts.reused > 0);
    fixture_close(&fixture);
}

static void test_unsound_reuse_is_found_out(void **state)
{
    (void)state;
    for (uint64_t seed = SEED; seed < SEED + 5; seed++) {
        check_unsound_reuse(plain_long_text, seed);
        check_unsound_reuse(dledger_long_text, seed);
    }
}

static uint64_t hash_after(struct fixture *fixture, const char *plan, bool break_image)
{
    struct explore_job job = {.want_hash = true, .break_image = break_image};
    assert_string_equal(run(fixture, &job, plan)->broken, "");
    assert_int_equal(fixture->result->counts.judged, 0);
    return fixture->result->crashed_hash;
}

/* Against live files: test_rehearse.c, and every campaign. */
static void test_hashes_what_a_kill_leaves(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture, plain_text);
    uint64_t before = hash_after(&fixture, "commitlog/append:3=kill", false);
    assert_int_equal(hash_after(&fixture, "commitlog/append:3=kill", false), before);
    assert_int_not_equal(hash_after(&fixture, "commitlog/append:3=kill-after", false), before);
    assert_int_not_equal(hash_after(&fixture, "commitlog/append:3=torn:9", false), before);
    assert_int_not_equal(hash_after(&fixture, "commitlog/append:3=kill", true), before);
    assert_int_not_equal(hash_after(&fixture, "commitlog/append:3=kill+abort/sync:1=kill", false),
                         before);
    struct explore_job job = {.want_hash = true};
    assert_non_null(strstr(run(&fixture, &job, "commitlog/append:99=kill")->broken, "not reached"));
    fixture_close(&fixture);
}

static void test_decay_is_refused_or_served_as_sent(void **state)
{
    (void)state;
    static const char *const texts[] = {plain_text, dledger_text};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct fixture fixture;
        fixture_open(&fixture, texts[i]);
        struct explore_job job = job_of(&fixture, EXPLORE_ROT, 150);
        const struct explore_result *result = run(&fixture, &job, "");
        assert_string_equal(result->broken, "");
        assert_int_equal(result->failed, 0);
        assert_true(result->counts.judged > 100);
        uint64_t digest = result->counts.digest;
        assert_int_equal(run(&fixture, &job, "")->counts.digest, digest);
        fixture_close(&fixture);
    }
}

/* Without a CRC over the whole record a flipped bit in its head is served. */
static void test_decay_that_is_served_is_found(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open_switched(&fixture, plain_text, "no-record-crc");
    struct explore_job job = job_of(&fixture, EXPLORE_ROT, 400);
    const struct explore_result *result = run(&fixture, &job, "");
    assert_string_equal(result->broken, "");
    assert_true(result->failed > 0);
    assert_true((result->violated & PROPERTY_BIT(READS_AGREE)) != 0);
    assert_int_equal(result->violated & ~JUDGE_ROTTEN_PROPERTIES, 0);
    assert_non_null(strstr(result->failed_plans[0], "+rot:"));
    fixture_close(&fixture);
}

static void test_hot_copies_hold_what_was_acknowledged(void **state)
{
    (void)state;
    static const char *const texts[] = {plain_text, dledger_text};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct fixture fixture;
        fixture_open(&fixture, texts[i]);
        struct explore_job job = job_of(&fixture, EXPLORE_COPIES, 60);
        const struct explore_result *result = run(&fixture, &job, "");
        assert_string_equal(result->broken, "");
        assert_int_equal(result->failed, 0);
        assert_true(result->counts.judged > 20);
        uint64_t digest = result->counts.digest;
        assert_int_equal(run(&fixture, &job, "")->counts.digest, digest);
        fixture_close(&fixture);
    }
}

static void replay(const struct fixture *fixture, const char *text, struct campaign_case *ret_case)
{
    struct err err = ERR_INIT;
    struct plan plan;
    const struct explore_replay_options options = {.rehearse = fixture->options,
                                                   .timeout_ms = 10000};
    test_ok(plan_parse(text, &points_engine, &plan, &err), err);
    test_ok(explore_replay_run(&options, &plan, ret_case, &err), err);
}

/* The same from the token, on real files. */
static void test_a_copy_is_replayed(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture, plain_text);
    struct campaign_case *early = calloc(2, sizeof(*early));
    assert_non_null(early);
    struct campaign_case *late = early + 1;
    replay(&fixture, "+copy:10-20.0", early);
    replay(&fixture, "+copy:60-90.1", late);
    assert_int_equal(early->end.outcome, OUTCOME_INTACT);
    assert_int_equal(late->end.outcome, OUTCOME_INTACT);
    assert_true(early->end.found_count < late->end.found_count);
    assert_int_not_equal(early->end.crashed_hash, late->end.crashed_hash);
    uint64_t hash = late->end.crashed_hash;
    replay(&fixture, "+copy:60-90.1", late);
    assert_int_equal(late->end.crashed_hash, hash);
    /* A copy that decayed is not judged by what it lacks. */
    replay(&fixture, "+copy:60-90.1,rot:commitlog/00000000000000000000@4.3", late);
    assert_int_equal(late->end.outcome, OUTCOME_INTACT);
    assert_int_not_equal(late->end.crashed_hash, hash);
    free(early);
    fixture_close(&fixture);
}

/* All jobs of a threads run see the trace of the first. */
static void test_a_threads_run_is_recorded_once(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture, threads_text);
    struct explore_job job = job_of(&fixture, EXPLORE_LOSSES, 0);
    int fd = memfd_create("trace", MFD_CLOEXEC);
    assert_true(fd >= 0);
    (void)snprintf(job.trace_path, sizeof(job.trace_path), "/proc/self/fd/%d", fd);
    job.is_first = true;
    uint32_t count = run(&fixture, &job, "")->position_count;
    assert_string_equal(fixture.result->broken, "");
    assert_true(count > 0);
    job.is_first = false;
    job.upto = 20;
    uint64_t digest = 0;
    for (int i = 0; i < 2; i++) {
        explore_free(fixture.explore);
        struct err err = ERR_INIT;
        test_ok(explore_new(&fixture.options, &fixture.explore, &err), err);
        assert_string_equal(run(&fixture, &job, "")->broken, "");
        assert_int_equal(fixture.result->position_count, count);
        assert_true(fixture.result->counts.judged > 0);
        assert_true(i == 0 || fixture.result->counts.digest == digest);
        digest = fixture.result->counts.digest;
    }
    assert_int_equal(ftruncate(fd, 20), 0);
    explore_free(fixture.explore);
    struct err err = ERR_INIT;
    test_ok(explore_new(&fixture.options, &fixture.explore, &err), err);
    assert_string_not_equal(run(&fixture, &job, "")->broken, "");
    (void)close(fd);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_explores_the_same_twice),
        cmocka_unit_test(test_positions_are_shared_out),
        cmocka_unit_test(test_impossible_images_are_found_out),
        cmocka_unit_test(test_unsound_reuse_is_found_out),
        cmocka_unit_test(test_hashes_what_a_kill_leaves),
        cmocka_unit_test(test_decay_is_refused_or_served_as_sent),
        cmocka_unit_test(test_decay_that_is_served_is_found),
        cmocka_unit_test(test_hot_copies_hold_what_was_acknowledged),
        cmocka_unit_test(test_a_copy_is_replayed),
        cmocka_unit_test(test_a_threads_run_is_recorded_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
