/* What the explorer finds in memory is found again from its plan's text alone, on real files. */
#include "harness/campaign/explore_replay.h"
#include "harness/power/disk/dir_tree.h"
#include "harness/power/explore/explore.h"
#include "harness/power/rehearse/rehearse.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEED  0x5eed
#define TIMES 20

struct fixture {
    struct scenario scenario;
    struct workload workload;
    struct rehearse_options options;
};

/* A failed sync counts as done, so what it acknowledged is gone with the power. */
static const char ignored_text[] =
    "name: ignored\nsummary: s\n"
    "store: { mode: commitlog, flush: sync, log_file_size: 64KiB, queue_file_units: 50, "
    "defects: [sync-error-ignored] }\n"
    "workload: { topics: 1, queues: 2, producers: 2, phases: [ { put: 4, body: 64..300B, every: "
    "300ms } ] }\n"
    "faults: [ { point: \"*\", fault: [power-loss] } ]\n";

/* A unit torn between two sectors keeps its offset and size and loses its tag code. */
static const char torn_text[] =
    "name: torn\nsummary: s\n"
    "store: { mode: commitlog, flush: sync, log_file_size: 64KiB, queue_file_units: 50, "
    "defects: [torn-unit-accepted] }\n"
    "workload: { topics: 1, queues: 1, producers: 1, phases: [ { hold: queue-flush, for: 20s }, "
    "{ hold: checkpoint, for: 20s }, { put: 27, body: 64B, every: 100ms, tags: [a, b] } ] }\n"
    "faults: [ { point: \"*\", fault: [power-loss] } ]\n";

static void fixture_open(struct fixture *fixture, const char *text)
{
    struct err err = ERR_INIT;
    memset(fixture, 0, sizeof(*fixture));
    test_ok(scenario_parse(text, strlen(text), "replayed", &fixture->scenario, &err), err);
    test_ok(workload_make(&fixture->scenario, &fixture->workload, &err), err);
    fixture->options = (struct rehearse_options){
        .scenario = &fixture->scenario, .workload = &fixture->workload, .seed = SEED};
}

static void fixture_close(struct fixture *fixture)
{
    workload_done(&fixture->workload);
}

struct failure {
    struct ending end;
    char plan[PLAN_TEXT_SIZE_BYTES];
};

/* The first image that violates `wanted`, of all that the plan's trace leaves under a model. */
static void find(const struct fixture *fixture, const char *text, enum loss_model model,
                 uint32_t wanted, struct failure *ret_failure)
{
    struct explore_result *result = calloc(1, sizeof(*result));
    const struct explore_job job = {.models = 1u << model, .upto = UINT32_MAX, .bound = 64};
    struct explore *explore = NULL;
    struct err err = ERR_INIT;
    struct plan plan;
    assert_non_null(result);
    test_ok(plan_parse(text, &points_engine, &plan, &err), err);
    test_ok(explore_new(&fixture->options, &explore, &err), err);
    test_ok(explore_run(explore, &job, &plan, result, &err), err);
    assert_string_equal(result->broken, "");
    for (uint32_t i = 0; i < result->failure_count; i++) {
        if ((result->failures[i].violated & wanted) != 0) {
            ret_failure->end = result->failures[i];
            memcpy(ret_failure->plan, result->failed_plans[i], sizeof(ret_failure->plan));
            explore_free(explore);
            free(result);
            return;
        }
    }
    fail_msg("%u failures of %u images, none of the wanted property", (unsigned)result->failed,
             (unsigned)result->counts.judged);
}

static int try_replay(const struct fixture *fixture, const struct plan *plan, const char *keep_dir,
                      struct campaign_case *ret_case, struct err *err)
{
    const struct explore_replay_options options = {
        .rehearse = fixture->options, .keep_dir = keep_dir, .timeout_ms = 20000};
    err->text[0] = '\0';
    return explore_replay_run(&options, plan, ret_case, err);
}

static void replay(const struct fixture *fixture, const char *text, const char *keep_dir,
                   struct campaign_case *ret_case)
{
    struct err err = ERR_INIT;
    struct plan plan;
    test_ok(plan_parse(text, &points_engine, &plan, &err), err);
    assert_true(scenario_is_rehearsed(&fixture->scenario, &plan));
    test_ok(try_replay(fixture, &plan, keep_dir, ret_case, &err), err);
}

static struct plan_hit *last_hit(struct plan *plan)
{
    struct plan_round *round = &plan->rounds[plan_last_faulted_round(plan)];
    return &round->hits[round->hit_count - 1];
}

static void assert_same_case(const struct campaign_case *left, const struct campaign_case *right)
{
    assert_int_equal(left->end.outcome, right->end.outcome);
    assert_int_equal(left->end.violated, right->end.violated);
    assert_string_equal(left->end.detail, right->end.detail);
    assert_int_equal(left->end.found_count, right->end.found_count);
    assert_int_equal(left->end.acked_count, right->end.acked_count);
    assert_true(left->end.crashed_hash == right->end.crashed_hash);
    assert_true(left->end.recovered_hash == right->end.recovered_hash);
}

static void assert_replays(const struct fixture *fixture, const struct failure *failure)
{
    struct campaign_case *cases = calloc(2, sizeof(*cases));
    assert_non_null(cases);
    replay(fixture, failure->plan, NULL, &cases[0]);
    assert_int_equal(cases[0].end.outcome, failure->end.outcome);
    assert_int_equal(cases[0].end.violated, failure->end.violated);
    assert_string_equal(cases[0].end.detail, failure->end.detail);
    assert_true(cases[0].end.checked);
    assert_true(cases[0].end.crashed_hash != cases[0].end.recovered_hash);
    for (unsigned i = 1; i < TIMES; i++) {
        replay(fixture, failure->plan, NULL, &cases[1]);
        assert_same_case(&cases[0], &cases[1]);
    }
    free(cases);
}

static void a_lost_acknowledgement_is_found_again(void **state)
{
    static const char *const plans[] = {"commitlog/sync:2=sync-eio:clean",
                                        "commitlog/sync:2=sync-eio:revert"};
    struct fixture fixture;
    struct failure failure;
    (void)state;
    fixture_open(&fixture, ignored_text);
    for (size_t i = 0; i < TEST_COUNT(plans); i++) {
        test_row(plans[i]);
        find(&fixture, plans[i], LOSS_MODEL_EXT4, PROPERTY_BIT(ACKED_SURVIVES), &failure);
        assert_int_equal(failure.end.outcome, OUTCOME_VIOLATED);
        test_contains(failure.plan, plans[i]);
        test_contains(failure.plan, "power-loss:ext4:");
        assert_replays(&fixture, &failure);
    }
    fixture_close(&fixture);
}

static void a_torn_unit_is_found_again(void **state)
{
    struct fixture fixture;
    struct failure failure;
    struct err err = ERR_INIT;
    struct plan plan;
    (void)state;
    fixture_open(&fixture, torn_text);
    find(&fixture, "", LOSS_MODEL_EXT4, PROPERTY_BIT(QUEUE_TRUE), &failure);
    test_ok(plan_parse(failure.plan, &points_engine, &plan, &err), err);
    assert_int_equal(last_hit(&plan)->fault.loss.tear_count, 1);
    assert_replays(&fixture, &failure);
    fixture_close(&fixture);
}

/* The plan and the defect together make the finding: without the defect the same image is fine. */
static void without_the_defect_nothing_is_found(void **state)
{
    static struct campaign_case ended;
    struct fixture fixture;
    struct failure failure;
    struct err err = ERR_INIT;
    (void)state;
    fixture_open(&fixture, torn_text);
    find(&fixture, "", LOSS_MODEL_EXT4, PROPERTY_BIT(QUEUE_TRUE), &failure);
    test_ok(scenario_apply_switch(&fixture.scenario, "fixed", &err), err);
    replay(&fixture, failure.plan, NULL, &ended);
    assert_int_equal(ended.end.outcome, OUTCOME_INTACT);
    assert_int_equal(ended.end.violated, 0);
    fixture_close(&fixture);
}

static uint64_t kept_hash(const char *dir, const char *name)
{
    char path[TMPDIR_PATH_SIZE_BYTES + 32];
    uint64_t hash = 0;
    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(dir_tree_hash(fd, &hash), 0);
    (void)close(fd);
    return hash;
}

static void the_store_is_kept_as_it_crashed_and_recovered(void **state)
{
    static struct campaign_case ended;
    struct fixture fixture;
    struct failure failure;
    struct tmpdir dir;
    (void)state;
    fixture_open(&fixture, ignored_text);
    find(&fixture, "commitlog/sync:2=sync-eio:clean", LOSS_MODEL_ALL, PROPERTY_BIT(ACKED_SURVIVES),
         &failure);
    tmpdir_make(&dir);
    replay(&fixture, failure.plan, dir.path, &ended);
    assert_int_equal(ended.end.outcome, OUTCOME_VIOLATED);
    assert_true(kept_hash(dir.path, "crashed") == ended.end.crashed_hash);
    assert_true(kept_hash(dir.path, "recovered") == ended.end.recovered_hash);
    assert_true(ended.end.crashed_hash != ended.end.recovered_hash);
    tmpdir_remove(&dir);
    fixture_close(&fixture);
}

static void assert_refused(const struct fixture *fixture, const struct plan *plan, unsigned named,
                           unsigned there)
{
    static struct campaign_case ended;
    struct err err = ERR_INIT;
    char text[64];
    test_code(try_replay(fixture, plan, NULL, &ended, &err), ERR_USAGE);
    (void)snprintf(text, sizeof(text), "names %u items, here are %u", named, there);
    test_contains(err.text, text);
}

/* Another version's trace has other items: the caller's error, which says so, and never another
 * image. */
static void a_loss_of_another_trace_is_an_error(void **state)
{
    struct fixture fixture;
    struct failure failure;
    struct err err = ERR_INIT;
    struct plan plan;
    (void)state;
    fixture_open(&fixture, ignored_text);
    find(&fixture, "commitlog/sync:2=sync-eio:clean", LOSS_MODEL_ALL, PROPERTY_BIT(ACKED_SURVIVES),
         &failure);
    test_ok(plan_parse(failure.plan, &points_engine, &plan, &err), err);
    struct loss *loss = &last_hit(&plan)->fault.loss;
    uint16_t count = loss->item_count;
    assert_true(count > 0);
    loss->item_count++;
    assert_refused(&fixture, &plan, count + 1, count);
    loss->item_count = count - 1;
    assert_refused(&fixture, &plan, count - 1, count);
    /* The right count, but not a choice of the model. */
    loss->item_count = count;
    loss->tear_count = 1;
    loss->tears[0] = (struct loss_tear){.item = count, .sectors = 1};
    assert_refused(&fixture, &plan, count, count);
    fixture_close(&fixture);
}

static void a_hit_that_is_not_there_is_an_error(void **state)
{
    static struct campaign_case ended;
    struct fixture fixture;
    struct err err = ERR_INIT;
    struct plan plan;
    (void)state;
    fixture_open(&fixture, ignored_text);
    test_ok(plan_parse("commitlog/append:77=power-loss:all:-", &points_engine, &plan, &err), err);
    test_code(try_replay(&fixture, &plan, NULL, &ended, &err), -ENOENT);
    test_contains(err.text, "commitlog/append:77 of round 1 is not reached");
    test_ok(plan_parse("commitlog/sync:77=sync-eio:clean", &points_engine, &plan, &err), err);
    assert_true(try_replay(&fixture, &plan, NULL, &ended, &err) < 0);
    test_contains(err.text, "commitlog/sync:77");
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lost_acknowledgement_is_found_again),
        cmocka_unit_test(a_torn_unit_is_found_again),
        cmocka_unit_test(without_the_defect_nothing_is_found),
        cmocka_unit_test(the_store_is_kept_as_it_crashed_and_recovered),
        cmocka_unit_test(a_loss_of_another_trace_is_an_error),
        cmocka_unit_test(a_hit_that_is_not_there_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
