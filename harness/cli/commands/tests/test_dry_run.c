/* What a dry run says of each scenario and of all. */
#include "harness/cli/commands/dry_run.h"
#include "harness/testkit/test.h"

#include <stdlib.h>
#include <string.h>

struct stage {
    struct dry_run dry_run;
    struct listener listener;
    struct campaign_summary *summary;
    char *text;
    size_t size;
    FILE *stream;
};

static void stage_open(struct stage *stage)
{
    stage->stream = open_memstream(&stage->text, &stage->size);
    stage->summary = calloc(1, sizeof(*stage->summary));
    assert_non_null(stage->summary);
    stage->listener = dry_run_listener(&stage->dry_run, stage->stream, 2);
}

static void stage_close(struct stage *stage)
{
    free(stage->summary);
    (void)fclose(stage->stream);
    free(stage->text);
}

static void stage_scenario(struct stage *stage, const char *name, uint64_t traces)
{
    struct campaign_scenario scenario;

    memset(&scenario, 0, sizeof(scenario));
    (void)snprintf(scenario.name, sizeof(scenario.name), "%s", name);
    scenario.planned = 2000;
    scenario.explore.traces = traces;
    scenario.explore.positions = traces * 1204;
    stage->listener.scenario_ended(stage->listener.arg, &scenario);
}

static void explored_scenario_says_its_traces_and_positions(void **state)
{
    struct stage stage;
    const char *plain;

    (void)state;
    stage_open(&stage);
    stage_scenario(&stage, "plain", 0);
    stage_scenario(&stage, "loss", 1);
    stage_scenario(&stage, "more", 2);
    stage.summary->scenario_count = 3;
    stage.listener.campaign_ended(stage.listener.arg, stage.summary);
    plain = strstr(stage.text, "plain ");
    assert_ptr_equal(plain, stage.text);
    assert_true(strcspn(plain, ",") > strcspn(plain, "\n"));
    test_contains(stage.text, "2000 cases, 1 trace and 1,204 crash positions to explore\n");
    test_contains(stage.text, "6000 cases in 3 scenarios, 0 left out, 3 traces and 3,612 crash "
                              "positions to explore; about 3.0 s with 2 workers");
    stage_close(&stage);
}

static void nothing_is_said_of_exploring_where_nothing_is(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage);
    stage_scenario(&stage, "plain", 0);
    stage.summary->scenario_count = 1;
    stage.listener.campaign_ended(stage.listener.arg, stage.summary);
    assert_null(strstr(stage.text, "explore"));
    test_contains(stage.text, "2000 cases in 1 scenario, 0 left out; about 1.0 s");
    stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(explored_scenario_says_its_traces_and_positions),
        cmocka_unit_test(nothing_is_said_of_exploring_where_nothing_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
