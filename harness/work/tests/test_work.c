/* What workers answered is answered again without them. */
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"
#include "harness/work/work.h"

static const char scenario_text[] =
    "name: a\nsummary: s\nworkload: { topics: 1, queues: 1, phases: [ { put: 3 } ] }\n"
    "faults: [ { point: \"*\", fault: [kill] } ]\n";
static const char kill_text[] = "commitlog/append:2=kill";

struct stage {
    struct tmpdir tmp;
    char path[TMPDIR_PATH_SIZE_BYTES + 32];
    struct work_journal *journal;
    struct work *work;
    struct wire_scenario scenario;
    struct pool_result *result;
    struct err err;
};

static void stage_make(struct stage *stage)
{
    memset(stage, 0, sizeof(*stage));
    tmpdir_make(&stage->tmp);
    (void)snprintf(stage->path, sizeof(stage->path), "%s/" WORK_JOURNAL_FILE_NAME, stage->tmp.path);
    stage->scenario.seed = 7;
    stage->scenario.timeout_ms = 10000;
    (void)snprintf(stage->scenario.path, sizeof(stage->scenario.path), "a.yaml");
    stage->result = calloc(1, sizeof(*stage->result));
    assert_non_null(stage->result);
    hits_init(&stage->result->hits);
}

static void stage_end(struct stage *stage)
{
    hits_done(&stage->result->hits);
    free(stage->result);
    tmpdir_remove(&stage->tmp);
}

static void begin(struct stage *stage)
{
    json_t *head = json_pack("{ss}", "suite", "s");
    test_ok(work_journal_create(stage->tmp.fd, head, &stage->journal, &stage->err), stage->err);
    json_decref(head);
    const struct work_options options = {
        .worker_path = TEST_BINARY_DIR "/killpoint-worker", .jobs = 1, .journal = stage->journal};
    test_ok(work_open(&options, &stage->work, &stage->err), stage->err);
}

/* `is_known_only`, or with workers for what is not known. */
static void begin_again(struct stage *stage, bool is_known_only)
{
    test_ok(work_journal_open(stage->path, !is_known_only, &stage->journal, &stage->err),
            stage->err);
    const struct work_options options = {.worker_path = TEST_BINARY_DIR "/killpoint-worker",
                                         .jobs = 1,
                                         .journal = is_known_only ? NULL : stage->journal,
                                         .known = &stage->journal,
                                         .known_count = 1,
                                         .is_known_only = is_known_only};
    test_ok(work_open(&options, &stage->work, &stage->err), stage->err);
}

static void end(struct stage *stage)
{
    stage->work = work_close(stage->work);
    stage->journal = work_journal_close(stage->journal);
}

static void load(struct stage *stage, struct campaign_stores *ret_stores)
{
    test_ok(work_load(stage->work, &stage->scenario, scenario_text, false, ret_stores, &stage->err),
            stage->err);
}

static int ask(struct stage *stage, uint64_t id, const char *plan)
{
    const struct wire_case asked = {.id = id, .role = CAMPAIGN_ROLE_FAULT, .want_hits = true};
    int r = work_submit(stage->work, &asked, plan);
    while (r == 0) {
        r = work_next(stage->work, 100, stage->result);
    }
    return r;
}

static void an_answer_is_kept(void **state)
{
    (void)state;
    struct stage stage;
    struct campaign_stores stores;
    struct campaign_stores known = {0};
    stage_make(&stage);
    begin(&stage);
    load(&stage, &stores);
    assert_int_equal(ask(&stage, 3, kill_text), 1);
    struct campaign_case first = stage.result->ended;
    assert_int_equal(first.fired_count, 1);
    assert_true(work_end(stage.work, "a", 7, 123) == 123);
    uint64_t duration_us = work_end_all(stage.work);
    end(&stage);

    begin_again(&stage, true);
    load(&stage, &known);
    assert_string_equal(known.place, stores.place);
    assert_true(work_has_room(stage.work));
    assert_int_equal(ask(&stage, 8, kill_text), 1);
    assert_int_equal(stage.result->ended.id, 8);
    stage.result->ended.id = first.id;
    assert_memory_equal(&stage.result->ended, &first, sizeof(first));
    assert_int_equal(ask(&stage, 9, "commitlog/append:3=kill"), -ENOENT);
    assert_string_equal(work_missing(stage.work), "commitlog/append:3=kill");
    assert_true(work_end(stage.work, "a", 7, 1) == 123);
    assert_true(work_end_all(stage.work) == duration_us);
    assert_int_equal(work_in_flight(stage.work), 0);
    end(&stage);
    stage_end(&stage);
}

static void what_is_not_known_is_run(void **state)
{
    (void)state;
    struct stage stage;
    stage_make(&stage);
    begin(&stage);
    load(&stage, NULL);
    assert_int_equal(ask(&stage, 0, kill_text), 1);
    end(&stage);
    begin_again(&stage, false);
    load(&stage, NULL);
    assert_int_equal(ask(&stage, 0, kill_text), 1);
    assert_int_equal(ask(&stage, 1, "commitlog/append:3=kill"), 1);
    assert_int_equal(stage.result->ended.fired_count, 1);
    end(&stage);
    /* And is known from then on. */
    begin_again(&stage, true);
    load(&stage, NULL);
    assert_int_equal(ask(&stage, 5, "commitlog/append:3=kill"), 1);
    end(&stage);
    stage_end(&stage);
}

static void another_scenario_is_another_question(void **state)
{
    (void)state;
    struct stage stage;
    stage_make(&stage);
    begin(&stage);
    load(&stage, NULL);
    assert_int_equal(ask(&stage, 0, kill_text), 1);
    end(&stage);
    begin_again(&stage, true);
    stage.scenario.seed = 8;
    test_code(work_load(stage.work, &stage.scenario, scenario_text, false, NULL, &stage.err),
              ERR_BROKEN);
    end(&stage);
    stage_end(&stage);
}

static void a_refused_scenario_is_refused_again(void **state)
{
    (void)state;
    struct stage stage;
    stage_make(&stage);
    begin(&stage);
    (void)snprintf(stage.scenario.switches[0], sizeof(stage.scenario.switches[0]), "no-such");
    stage.scenario.switch_count = 1;
    int r = work_load(stage.work, &stage.scenario, scenario_text, false, NULL, &stage.err);
    assert_true(r < 0);
    end(&stage);
    begin_again(&stage, true);
    struct err err = ERR_INIT;
    test_code(work_load(stage.work, &stage.scenario, scenario_text, false, NULL, &err), r);
    assert_string_equal(err.text, stage.err.text);
    end(&stage);
    stage_end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_kept),
        cmocka_unit_test(what_is_not_known_is_run),
        cmocka_unit_test(another_scenario_is_another_question),
        cmocka_unit_test(a_refused_scenario_is_refused_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
