/* What a dry run says of each scenario and of all. */
#include "harness/cli/ahead/dry_run.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <sys/stat.h>

struct stage {
    struct tmpdir tmp;
    struct scenario *scenarios;
    struct forecast *forecast;
    struct dry_run *dry_run;
    struct listener listener;
    struct campaign_summary *summary;
    char *text;
    size_t size;
    FILE *stream;
};

/* Of one scenario there is an earlier run. */
static void stage_open(struct stage *stage)
{
    struct supervisor_options campaign = {.scenario_count = 3};
    struct screen screen = {.width = 100};
    static const char *const names[] = {"plain", "loss", "known"};
    char path[1024];
    FILE *run;

    tmpdir_make(&stage->tmp);
    (void)snprintf(path, sizeof(path), "%s/2026-11-20T020001Z-aaaaaa", stage->tmp.path);
    (void)mkdir(path, 0777);
    (void)snprintf(path, sizeof(path), "%s/2026-11-20T020001Z-aaaaaa/run.json", stage->tmp.path);
    run = fopen(path, "w");
    assert_non_null(run);
    (void)fputs(
        "{\"usual\":true,\"scenarios\":[{\"name\":\"known\",\"switches\":\"\",\"cases\":9059,"
        "\"images\":59,\"worker_us\":20000000}]}",
        run);
    (void)fclose(run);
    stage->scenarios = calloc(3, sizeof(*stage->scenarios));
    assert_non_null(stage->scenarios);
    for (int i = 0; i < 3; i++) {
        (void)snprintf(stage->scenarios[i].name, sizeof(stage->scenarios[i].name), "%s", names[i]);
        stage->scenarios[i].is_explored = i > 0;
    }
    campaign.scenarios = stage->scenarios;
    stage->forecast = forecast_new(&campaign, stage->tmp.path, NULL);
    screen.stream = stage->stream = open_memstream(&stage->text, &stage->size);
    stage->dry_run = dry_run_new(&screen, stage->forecast, 2);
    stage->summary = calloc(1, sizeof(*stage->summary));
    assert_non_null(stage->summary);
    stage->listener = dry_run_listener(stage->dry_run);
}

static void stage_close(struct stage *stage)
{
    dry_run_free(stage->dry_run);
    forecast_free(stage->forecast);
    free(stage->scenarios);
    free(stage->summary);
    (void)fclose(stage->stream);
    free(stage->text);
    tmpdir_remove(&stage->tmp);
}

static void stage_scenario(struct stage *stage, const char *name)
{
    struct campaign_scenario scenario;

    memset(&scenario, 0, sizeof(scenario));
    (void)snprintf(scenario.name, sizeof(scenario.name), "%s", name);
    scenario.planned = 2000;
    stage->listener.scenario_ended(stage->listener.arg, &scenario);
}

static void counts_are_the_last_run_s_or_said_to_be_less(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage);
    stage_scenario(&stage, "plain");
    stage_scenario(&stage, "loss");
    stage_scenario(&stage, "known");
    stage.summary->scenario_count = 3;
    left_out_add(&stage.summary->left_out, LEFT_OUT_CASES, LEFT_OUT_UNIT_CASE, 7, "a sample");
    stage.listener.campaign_ended(stage.listener.arg, stage.summary);
    assert_string_equal(
        stage.text,
        "  SCENARIO  live cases  images    time\n"
        "  plain          2,000           1.0 s  never run: depth 1 only\n"
        "  loss           2,000       ?       ?  never run: depth 1 only\n"
        "  known          9,000      59  10.0 s\n"
        "LEFT OUT  7 cases in 1 scenario: a sample\n"
        "BY        the last runs of 1 scenario, the run without a fault of 2, never run here: "
        "their images,\n"
        "          and faults in recoveries, are not counted\n"
        "planned: at least 13,059 cases (13,000 live) in 3 scenarios, about 12.0 s with 2 workers; "
        "none was run\n");
    stage_close(&stage);
}

static void known_scenario_alone_is_about_as_many(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage);
    stage_scenario(&stage, "known");
    stage.summary->scenario_count = 1;
    stage.listener.campaign_ended(stage.listener.arg, stage.summary);
    assert_string_equal(
        stage.text, "  SCENARIO  live cases  images    time\n"
                    "  known          9,000      59  10.0 s\n"
                    "BY        the last runs of 1 scenario\n"
                    "planned: about 9,059 cases (9,000 live) in 1 scenario, about 10.0 s with 2 "
                    "workers; none was run\n");
    stage_close(&stage);
}

/* The rows of a suite are on a verbose screen. */
static void many_scenarios_are_a_sum(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage);
    for (int i = 0; i < 6; i++) {
        stage_scenario(&stage, "known");
    }
    stage.summary->scenario_count = 6;
    stage.listener.campaign_ended(stage.listener.arg, stage.summary);
    assert_null(strstr(stage.text, "SCENARIO"));
    test_contains(stage.text, "planned: about 54,354 cases (54,000 live) in 6 scenarios");
    stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_the_last_run_s_or_said_to_be_less),
        cmocka_unit_test(known_scenario_alone_is_about_as_many),
        cmocka_unit_test(many_scenarios_are_a_sum),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
