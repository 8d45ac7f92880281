/* Images that end or hang the process that judges them: each is blamed by its own plan, and nothing
 * else is lost.  The linker puts this file's explore_judge_run() and its like around the real ones
 * (CMakeLists.txt), so that an image of choice can be deadly. */
#include "harness/campaign/explore_replay.h"
#include "harness/power/explore/explore.h"
#include "harness/power/explore/explore_judge.h"
#include "harness/power/explore/explorer.h"
#include "harness/power/persist/persist.h"
#include "harness/testkit/test.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/mman.h>

#define SEED        0x5eed
#define TIMEOUT_MS  1000
#define JUDGED_MAX  4096
#define TARGETS_MAX 64
#define FAKED       PROPERTY_BIT(BOUNDS)
/* As in explorer.c. */
#define DEATHS_MAX 8

enum harm { HARM_ABORT, HARM_EXIT, HARM_HANG, HARM_ABORT_ONCE, HARM_VIOLATED };

struct target {
    uint64_t key;
    enum harm harm;
};

/* Shared with all processes that explore. */
struct witness {
    _Atomic uint32_t judged_count;
    uint64_t judged[JUDGED_MAX]; /* judged to the end, by any process */
    struct target targets[TARGETS_MAX];
    uint32_t target_count;
    bool are_all_deadly;
    _Atomic uint32_t death_count;
    _Atomic uint32_t trace_count; /* traces begun */
    uint32_t deadly_trace;        /* the trace, from 1, that does not end; 0: none */
    enum harm trace_harm;
    uint32_t overflow; /* more items than there are, for the counts' sake */
};

static struct witness *witness;

int __real_explore_judge_run(struct explore_judge *judge, const struct rehearse_state *state,
                             const struct ledger *ledger, struct image *image, bool in_full,
                             struct ending *ret_ending);
int __wrap_explore_judge_run(struct explore_judge *judge, const struct rehearse_state *state,
                             const struct ledger *ledger, struct image *image, bool in_full,
                             struct ending *ret_ending);
int __real_rehearse_run(struct rehearsal *rehearsal, const struct plan *plan, struct err *err);
int __wrap_rehearse_run(struct rehearsal *rehearsal, const struct plan *plan, struct err *err);
uint32_t __real_persist_item_overflow(const struct persist *persist);
uint32_t __wrap_persist_item_overflow(const struct persist *persist);

/* The sanitizers' own handler would turn a death by signal into an exit. */
static void do_harm(enum harm harm)
{
    uint32_t deaths = atomic_fetch_add(&witness->death_count, 1);
    if (harm == HARM_ABORT || (harm == HARM_ABORT_ONCE && deaths == 0)) {
        (void)signal(SIGABRT, SIG_DFL);
        abort();
    }
    if (harm == HARM_EXIT) {
        _exit(3);
    }
    while (harm == HARM_HANG) {
        (void)pause();
    }
}

static const struct target *find_target(uint64_t key)
{
    for (uint32_t i = 0; i < witness->target_count; i++) {
        if (witness->targets[i].key == key) {
            return &witness->targets[i];
        }
    }
    return NULL;
}

int __wrap_explore_judge_run(struct explore_judge *judge, const struct rehearse_state *state,
                             const struct ledger *ledger, struct image *image, bool in_full,
                             struct ending *ret_ending)
{
    uint64_t key = image_hash(image) ^ state->hash;
    const struct target *target = find_target(key);
    if (witness->are_all_deadly) {
        do_harm(HARM_ABORT);
    }
    if (target != NULL && target->harm != HARM_VIOLATED) {
        do_harm(target->harm);
    }
    int r = __real_explore_judge_run(judge, state, ledger, image, in_full, ret_ending);
    if (target != NULL && target->harm == HARM_VIOLATED) {
        ret_ending->outcome = OUTCOME_VIOLATED;
        ret_ending->violated = FAKED;
    }
    uint32_t at = atomic_fetch_add(&witness->judged_count, 1);
    if (at < JUDGED_MAX) {
        witness->judged[at] = key;
    }
    return r;
}

int __wrap_rehearse_run(struct rehearsal *rehearsal, const struct plan *plan, struct err *err)
{
    if (atomic_fetch_add(&witness->trace_count, 1) + 1 == witness->deadly_trace) {
        do_harm(witness->trace_harm);
    }
    return __real_rehearse_run(rehearsal, plan, err);
}

uint32_t __wrap_persist_item_overflow(const struct persist *persist)
{
    return __real_persist_item_overflow(persist) + witness->overflow;
}

/* Fixture */

static const char scenario_text[] =
    "name: deadly\nsummary: s\n"
    "store: { mode: commitlog, flush: sync, log_file_size: 4KiB, queue_file_units: 20 }\n"
    "workload: { topics: 1, queues: 1, producers: 1, phases: [ { put: 4, body: 64..256B, every: "
    "600ms } ] }\n"
    "faults: [ { point: \"*\", fault: [power-loss] } ]\n";

struct fixture {
    struct scenario scenario;
    struct workload workload;
    struct rehearse_options options;
    struct explorer *explorer;
    struct explore_job job;
    struct campaign_explore calm; /* the job when nothing is harmful */
    uint32_t judged_count;
    uint64_t judged[JUDGED_MAX];
};

static void clear_witness(void)
{
    memset(witness, 0, sizeof(*witness));
}

static const struct explore_result *run(struct fixture *fixture, const char *text)
{
    const struct explore_result *result = NULL;
    struct err err = ERR_INIT;
    struct plan plan;
    test_ok(plan_parse(text, &points_engine, &plan, &err), err);
    test_ok(explorer_run(fixture->explorer, &fixture->job, &plan, &result, &err), err);
    assert_non_null(result);
    return result;
}

static void fixture_open(struct fixture *fixture)
{
    struct err err = ERR_INIT;
    memset(fixture, 0, sizeof(*fixture));
    test_ok(
        scenario_parse(scenario_text, strlen(scenario_text), "deadly", &fixture->scenario, &err),
        err);
    test_ok(workload_make(&fixture->scenario, &fixture->workload, &err), err);
    fixture->options = (struct rehearse_options){
        .scenario = &fixture->scenario, .workload = &fixture->workload, .seed = SEED};
    test_ok(explorer_new(&fixture->options, TIMEOUT_MS, &fixture->explorer, &err), err);
    fixture->job = (struct explore_job){
        .models = 1u << LOSS_MODEL_ALL, .from = 20, .upto = 30, .bound = 16, .random = 4};
    clear_witness();
    const struct explore_result *result = run(fixture, "");
    assert_string_equal(result->broken, "");
    assert_int_equal(result->failed, 0);
    fixture->calm = result->counts;
    fixture->judged_count = witness->judged_count;
    memcpy(fixture->judged, witness->judged, sizeof(fixture->judged));
    assert_in_range(fixture->judged_count, 30, JUDGED_MAX);
    assert_int_equal(fixture->judged_count, result->counts.judged);
    clear_witness();
}

static void fixture_close(struct fixture *fixture)
{
    explorer_free(fixture->explorer);
    workload_done(&fixture->workload);
}

static uint64_t harm(const struct fixture *fixture, uint32_t number, enum harm how)
{
    uint64_t key = fixture->judged[number];
    witness->targets[witness->target_count++] = (struct target){key, how};
    return key;
}

static uint32_t count_judged(uint64_t key)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < witness->judged_count; i++) {
        count += witness->judged[i] == key ? 1 : 0;
    }
    return count;
}

/* All images that are judged when nothing is harmful were judged to the end once, but for the
 * deadly ones; and all of the job is in the counts. */
static void assert_others_once(const struct fixture *fixture, const struct explore_result *result,
                               uint32_t death_count)
{
    const struct campaign_explore *counts = &result->counts;
    for (uint32_t i = 0; i < fixture->judged_count; i++) {
        const struct target *target = find_target(fixture->judged[i]);
        bool is_deadly = target != NULL && target->harm != HARM_VIOLATED;
        assert_int_equal(count_judged(fixture->judged[i]), is_deadly ? 0 : 1);
    }
    assert_string_equal(result->broken, "");
    assert_int_equal(counts->judged, witness->judged_count + death_count);
    assert_int_equal(counts->judged, counts->distinct);
    assert_int_equal(counts->generated, fixture->calm.generated);
    assert_int_equal(counts->distinct, fixture->calm.distinct);
    assert_int_equal(counts->effective, fixture->calm.effective);
    assert_int_equal(counts->legal, fixture->calm.legal);
    assert_int_equal(counts->positions, fixture->calm.positions);
    assert_int_equal(counts->capped, fixture->calm.capped);
    assert_int_equal(counts->overflowed, fixture->calm.overflowed);
}

/* The plan of a failure is that of the image with this key: it alone is judged by its replay. */
static void assert_names(const struct fixture *fixture, const char *failed_plan, uint64_t key)
{
    struct explore_replay_options options = {.rehearse = fixture->options,
                                             .timeout_ms = 10 * TIMEOUT_MS};
    static struct campaign_case ended;
    struct err err = ERR_INIT;
    struct plan plan;
    clear_witness();
    test_ok(plan_parse(failed_plan, &points_engine, &plan, &err), err);
    assert_true(scenario_is_rehearsed(&fixture->scenario, &plan));
    test_ok(explore_replay_run(&options, &plan, &ended, &err), err);
    assert_int_equal(ended.end.outcome, OUTCOME_INTACT);
    assert_int_equal(witness->judged_count, 1);
    assert_true(witness->judged[0] == key);
}

/* Tests */

/* All that a job finds comes through, whatever process it ran in. */
static void assert_as_here(struct fixture *fixture, const char *text)
{
    struct explore_result *here = calloc(1, sizeof(*here));
    struct explore *explore = NULL;
    struct err err = ERR_INIT;
    struct plan plan;
    const struct explore_result *there = run(fixture, text);
    assert_non_null(here);
    test_ok(plan_parse(text, &points_engine, &plan, &err), err);
    test_ok(explore_new(&fixture->options, &explore, &err), err);
    test_ok(explore_run(explore, &fixture->job, &plan, here, &err), err);
    here->counts.duration_us = there->counts.duration_us;
    here->counts.peak_bytes = there->counts.peak_bytes;
    here->first_failed_us = there->first_failed_us;
    assert_memory_equal(&here->counts, &there->counts, sizeof(here->counts));
    assert_int_equal(here->position_count, there->position_count);
    assert_true(here->crashed_hash == there->crashed_hash);
    assert_int_equal(here->violated, there->violated);
    assert_int_equal(here->failed, there->failed);
    assert_int_equal(here->first_failed, there->first_failed);
    assert_int_equal(here->next_count, there->next_count);
    assert_memory_equal(here->next, there->next, sizeof(here->next));
    assert_memory_equal(here->recovered, there->recovered, sizeof(here->recovered));
    assert_int_equal(here->failure_count, there->failure_count);
    for (uint32_t i = 0; i < here->failure_count; i++) {
        assert_int_equal(here->failures[i].outcome, there->failures[i].outcome);
        assert_int_equal(here->failures[i].violated, there->failures[i].violated);
        assert_int_equal(here->failures[i].found_count, there->failures[i].found_count);
        assert_int_equal(here->failures[i].recovered_crc, there->failures[i].recovered_crc);
        assert_string_equal(here->failures[i].detail, there->failures[i].detail);
    }
    assert_memory_equal(here->failed_plans, there->failed_plans, sizeof(here->failed_plans));
    assert_string_equal(here->broken, there->broken);
    explore_free(explore);
    free(here);
}

static void a_job_is_the_same_in_a_process_of_its_own(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture);
    assert_as_here(&fixture, "");
    fixture.job.nested = 3;
    witness->overflow = 1;
    harm(&fixture, 4, HARM_VIOLATED);
    assert_as_here(&fixture, "");
    const struct explore_result *result = run(&fixture, "");
    assert_int_equal(result->next_count, 3);
    assert_int_equal(result->failure_count, 1);
    assert_int_equal(result->counts.overflowed, fixture.job.upto - fixture.job.from);
    assert_int_equal(result->counts.capped, fixture.job.upto - fixture.job.from);
    fixture.job.want_hash = true;
    assert_as_here(&fixture, "commitlog/append:2=kill");
    assert_true(run(&fixture, "commitlog/append:2=kill")->crashed_hash != 0);
    fixture_close(&fixture);
}

static void blame_one(enum harm how, enum outcome outcome, const char *detail)
{
    struct fixture fixture;
    fixture_open(&fixture);
    uint64_t key = harm(&fixture, fixture.judged_count / 2, how);
    const struct explore_result *result = run(&fixture, "");
    assert_others_once(&fixture, result, 1);
    assert_int_equal(witness->death_count, 2); /* in the job and alone */
    assert_int_equal(result->failed, 1);
    assert_int_equal(result->violated, 0);
    assert_int_equal(result->failure_count, 1);
    assert_int_equal(result->failures[0].outcome, outcome);
    assert_int_equal(result->failures[0].violated, 0);
    test_contains(result->failures[0].detail, detail);
    assert_names(&fixture, result->failed_plans[0], key);
    fixture_close(&fixture);
}

static void an_image_that_kills_is_blamed(void **state)
{
    (void)state;
    blame_one(HARM_ABORT, OUTCOME_CRASHED, "SIGABRT");
}

static void an_image_that_ends_the_process_is_blamed(void **state)
{
    (void)state;
    blame_one(HARM_EXIT, OUTCOME_CRASHED, "exit 3");
}

static void an_image_that_hangs_is_blamed(void **state)
{
    (void)state;
    blame_one(HARM_HANG, OUTCOME_HUNG, "hung on this image");
}

static void the_first_and_the_last_image_are_no_exceptions(void **state)
{
    struct fixture fixture;
    uint64_t digests[3];
    (void)state;
    fixture_open(&fixture);
    uint32_t last = fixture.judged_count - 1;
    for (uint32_t i = 0; i < 3; i++) {
        clear_witness();
        uint64_t first_key = i == 1 ? 0 : harm(&fixture, 0, HARM_ABORT);
        uint64_t last_key = i == 0 ? 0 : harm(&fixture, last, HARM_ABORT);
        const struct explore_result *result = run(&fixture, "");
        uint32_t deaths = i == 2 ? 2 : 1;
        assert_others_once(&fixture, result, deaths);
        assert_int_equal(result->failure_count, deaths);
        digests[i] = result->counts.digest;
        if (i == 2) {
            static char plans[2][PLAN_TEXT_SIZE_BYTES];
            memcpy(plans, result->failed_plans, sizeof(plans));
            assert_names(&fixture, plans[0], first_key);
            assert_names(&fixture, plans[1], last_key);
        }
    }
    /* What is missing from the digest is the deadly images' part, and only that. */
    assert_true(digests[0] != fixture.calm.digest && digests[1] != fixture.calm.digest);
    assert_true(digests[2] == digests[0] + digests[1] - fixture.calm.digest);
    fixture_close(&fixture);
}

static void what_was_found_before_and_after_a_death_is_kept(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture);
    uint64_t keys[3];
    keys[0] = harm(&fixture, 3, HARM_VIOLATED);
    keys[1] = harm(&fixture, 9, HARM_ABORT);
    keys[2] = harm(&fixture, fixture.judged_count - 2, HARM_VIOLATED);
    const struct explore_result *result = run(&fixture, "");
    assert_others_once(&fixture, result, 1);
    assert_int_equal(result->failed, 3);
    assert_int_equal(result->violated, FAKED);
    assert_int_equal(result->first_failed, 4);
    assert_int_equal(result->failure_count, 3);
    assert_int_equal(result->failures[0].outcome, OUTCOME_VIOLATED);
    assert_int_equal(result->failures[1].outcome, OUTCOME_CRASHED);
    assert_int_equal(result->failures[2].outcome, OUTCOME_VIOLATED);
    assert_int_equal(result->failures[2].violated, FAKED);
    for (uint32_t i = 0; i < 3; i++) {
        assert_names(&fixture, result->failed_plans[i], keys[i]);
    }
    fixture_close(&fixture);
}

static void a_death_that_does_not_repeat_is_the_harness(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture);
    harm(&fixture, 5, HARM_ABORT_ONCE);
    const struct explore_result *result = run(&fixture, "");
    test_contains(result->broken, "not when judged alone");
    assert_int_equal(result->failed, 0);
    assert_int_equal(result->failure_count, 0);
    /* What was judged before is counted all the same. */
    assert_int_equal(result->counts.judged, 5);
    fixture_close(&fixture);
}

/* Alone, the process did not even come to the image. */
static void a_death_elsewhere_is_no_repetition(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture);
    harm(&fixture, 5, HARM_ABORT);
    witness->deadly_trace = 2;
    witness->trace_harm = HARM_ABORT;
    const struct explore_result *result = run(&fixture, "");
    test_contains(result->broken, "not when judged alone");
    assert_int_equal(result->failure_count, 0);
    fixture_close(&fixture);
}

static void a_job_is_given_up_after_some_deaths(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture);
    for (uint32_t i = 0; i < DEATHS_MAX - 1; i++) {
        harm(&fixture, 3 * i, HARM_ABORT);
    }
    const struct explore_result *result = run(&fixture, "");
    assert_others_once(&fixture, result, DEATHS_MAX - 1);
    assert_int_equal(result->failed, DEATHS_MAX - 1);

    clear_witness();
    witness->are_all_deadly = true;
    result = run(&fixture, "");
    test_contains(result->broken, "given up after 8 images");
    assert_int_equal(result->failed, DEATHS_MAX);
    assert_int_equal(result->failure_count, DEATHS_MAX);
    for (uint32_t i = 1; i < DEATHS_MAX; i++) {
        assert_string_not_equal(result->failed_plans[i], result->failed_plans[i - 1]);
    }
    assert_int_equal(witness->death_count, 2 * DEATHS_MAX);
    fixture_close(&fixture);
}

static void deaths_count_as_failures_to_stop_at(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture);
    fixture.job.failed_max = 2;
    witness->are_all_deadly = true;
    const struct explore_result *result = run(&fixture, "");
    assert_string_equal(result->broken, "");
    assert_int_equal(result->failed, 2);
    assert_int_equal(result->failure_count, 2);
    fixture_close(&fixture);
}

static void blame_trace(enum harm how, enum outcome outcome)
{
    static const char text[] = "commitlog/append:2=kill";
    struct fixture fixture;
    fixture_open(&fixture);
    witness->deadly_trace = 1;
    witness->trace_harm = how;
    const struct explore_result *result = run(&fixture, text);
    assert_string_equal(result->broken, "");
    assert_int_equal(result->failed, 1);
    assert_int_equal(result->failure_count, 1);
    assert_int_equal(result->failures[0].outcome, outcome);
    assert_string_equal(result->failed_plans[0], text);
    test_contains(result->failures[0].detail, "while the trace was recorded");
    assert_int_equal(result->counts.judged, 0);
    assert_int_equal(witness->trace_count, 1);
    fixture_close(&fixture);
}

static void a_trace_that_kills_is_blamed_without_an_image(void **state)
{
    (void)state;
    blame_trace(HARM_ABORT, OUTCOME_CRASHED);
    blame_trace(HARM_HANG, OUTCOME_HUNG);
}

static void an_impossible_plan_is_the_harness(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture);
    const struct explore_result *result = run(&fixture, "commitlog/append:4000=kill");
    test_contains(result->broken, "commitlog/append");
    assert_int_equal(result->failed, 0);
    assert_int_equal(result->counts.judged, 0);
    fixture_close(&fixture);
}

static int map_witness(void **state)
{
    (void)state;
    witness =
        mmap(NULL, sizeof(*witness), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return witness == MAP_FAILED ? -1 : 0;
}

static int unmap_witness(void **state)
{
    (void)state;
    return munmap(witness, sizeof(*witness));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_is_the_same_in_a_process_of_its_own),
        cmocka_unit_test(an_image_that_kills_is_blamed),
        cmocka_unit_test(an_image_that_ends_the_process_is_blamed),
        cmocka_unit_test(an_image_that_hangs_is_blamed),
        cmocka_unit_test(the_first_and_the_last_image_are_no_exceptions),
        cmocka_unit_test(what_was_found_before_and_after_a_death_is_kept),
        cmocka_unit_test(a_death_that_does_not_repeat_is_the_harness),
        cmocka_unit_test(a_death_elsewhere_is_no_repetition),
        cmocka_unit_test(a_job_is_given_up_after_some_deaths),
        cmocka_unit_test(deaths_count_as_failures_to_stop_at),
        cmocka_unit_test(a_trace_that_kills_is_blamed_without_an_image),
        cmocka_unit_test(an_impossible_plan_is_the_harness),
    };
    return cmocka_run_group_tests(tests, map_witness, unmap_witness);
}
