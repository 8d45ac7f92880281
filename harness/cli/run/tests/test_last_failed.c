/* The next run is called as the last was, and runs again what failed. */
#include "harness/cli/run/last_failed.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <sys/stat.h>

#define RUN "2026-11-22T020001Z-aaaaaa"

static const char scenario_text[] =
    "name: mine\nsummary: s\n"
    "store: { mode: dledger, flush: sync, log_file_size: 64KiB, queue_file_units: 50 }\n"
    "workload: { topics: 1, queues: 2, producers: 1, phases: [ { put: 6, body: 64..200B, every: "
    "200ms } ] }\n"
    "faults: [ { point: \"*\", fault: [kill] } ]\n";

struct fixture {
    struct tmpdir dir;
    char scenario_path[TMPDIR_PATH_SIZE_BYTES + 64];
    struct scenario scenario;
    struct supervisor_options campaign;
    const char *target;
    struct scenario_files files;
    struct last_failed *last;
    struct campaign_summary summary;
    char told[2][TOKEN_TEXT_SIZE_BYTES];
    uint32_t told_count;
    struct err err;
};

static void put(const struct fixture *fixture, const char *name, const char *text)
{
    char path[TMPDIR_PATH_SIZE_BYTES + 64];
    (void)snprintf(path, sizeof(path), "%s/%s", fixture->dir.path, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    tmpdir_make(&fixture->dir);
    put(fixture, "mine.yaml", scenario_text);
    (void)snprintf(fixture->scenario_path, sizeof(fixture->scenario_path), "%s/mine.yaml",
                   fixture->dir.path);
    test_ok(scenario_load(fixture->scenario_path, &fixture->scenario, &fixture->err), fixture->err);
    assert_int_equal(mkdirat(fixture->dir.fd, RUN, 0700), 0);
    put(fixture, RUN "/run.json", "{\"seed\":\"77\"}");
    fixture->campaign.seed = 0x5eed;
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    last_failed_free(fixture->last);
    scenario_files_done(&fixture->files);
    tmpdir_remove(&fixture->dir);
    free(fixture);
    return 0;
}

static void put_result(const struct fixture *fixture, const char *switches, const char *plan)
{
    char line[1024];
    (void)snprintf(line, sizeof(line),
                   "{\"token\":\"mine.%06x@5eed%s:%s\",\"role\":\"fault\",\"outcome\":\"violated\","
                   "\"passed\":false,\"path\":\"%s\"}\n",
                   (unsigned)fixture->scenario.hash24, switches, plan, fixture->scenario_path);
    put(fixture, RUN "/results.jsonl", line);
}

static int load(struct fixture *fixture)
{
    const struct last_failed_call call = {.runs = fixture->dir.path,
                                          .seed_default = 0x5eed,
                                          .campaign = &fixture->campaign,
                                          .target = &fixture->target,
                                          .files = &fixture->files};
    return last_failed_load(&call, &fixture->last, &fixture->err);
}

static void on_case(void *arg, const struct campaign_scenario *scenario,
                    const struct campaign_case *ended, const char *token)
{
    struct fixture *fixture = arg;
    (void)ended;
    assert_string_equal(scenario->path, fixture->scenario_path);
    assert_true(fixture->told_count < TEST_COUNT(fixture->told));
    (void)snprintf(fixture->told[fixture->told_count++], TOKEN_TEXT_SIZE_BYTES, "%s", token);
}

static void what_failed_is_loaded_and_run_as_it_was(void **state)
{
    struct fixture *fixture = *state;
    const struct listener archive = {.arg = fixture, .case_ended = on_case};
    put_result(fixture, "@dledger-dup-info", "dledger/append:5=kill-after");
    test_ok(load(fixture), fixture->err);
    assert_int_equal(fixture->files.count, 1);
    assert_string_equal(fixture->files.scenarios[0].path, fixture->scenario_path);
    assert_int_equal(fixture->campaign.seed, 0x77);
    assert_int_equal(fixture->campaign.switch_count, 1);
    assert_string_equal(fixture->campaign.switches[0], "dledger-dup-info");
    assert_null(fixture->target);
    test_ok(last_failed_replay(fixture->last, &archive, &fixture->err), fixture->err);
    assert_int_equal(fixture->told_count, 1);
    test_contains(fixture->told[0], "dledger/append:5=kill-after");
    last_failed_add(fixture->last, &fixture->summary);
    assert_int_equal(fixture->summary.failed, 1);
    assert_int_equal(fixture->summary.exit_code, 1);
}

static void what_is_mended_passes(void **state)
{
    struct fixture *fixture = *state;
    const struct listener archive = {.arg = NULL};
    put_result(fixture, "", "dledger/append:5=kill-after");
    test_ok(load(fixture), fixture->err);
    assert_int_equal(fixture->campaign.switch_count, 0);
    test_ok(last_failed_replay(fixture->last, &archive, &fixture->err), fixture->err);
    last_failed_add(fixture->last, &fixture->summary);
    assert_int_equal(fixture->summary.passed, 1);
    assert_int_equal(fixture->summary.failed, 0);
    assert_int_equal(fixture->summary.exit_code, 0);
}

/* What the caller says stands. */
static void switches_of_the_call_come_first(void **state)
{
    struct fixture *fixture = *state;
    put_result(fixture, "@dledger-dup-info", "");
    fixture->campaign.switches[0] = "no-tail-zero";
    fixture->campaign.switch_count = 1;
    fixture->campaign.seed = 1;
    test_ok(load(fixture), fixture->err);
    assert_int_equal(fixture->campaign.switch_count, 1);
    assert_string_equal(fixture->campaign.switches[0], "no-tail-zero");
    assert_int_equal(fixture->campaign.seed, 1);
}

/* Said, and left to the scenario, which runs all the same. */
static void a_token_of_another_version_is_not_run(void **state)
{
    struct fixture *fixture = *state;
    const struct listener archive = {.arg = fixture, .case_ended = on_case};
    fixture->scenario.hash24 ^= 1;
    put_result(fixture, "", "dledger/append:5=kill-after");
    test_ok(load(fixture), fixture->err);
    test_ok(last_failed_replay(fixture->last, &archive, &fixture->err), fixture->err);
    assert_int_equal(fixture->told_count, 0);
    assert_int_equal(fixture->files.count, 1);
}

static void nothing_failed_loads_nothing(void **state)
{
    struct fixture *fixture = *state;
    put(fixture, RUN "/results.jsonl", "");
    test_ok(load(fixture), fixture->err);
    assert_int_equal(fixture->files.count, 0);
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        ROW(what_failed_is_loaded_and_run_as_it_was),
        ROW(what_is_mended_passes),
        ROW(switches_of_the_call_come_first),
        ROW(a_token_of_another_version_is_not_run),
        ROW(nothing_failed_loads_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
