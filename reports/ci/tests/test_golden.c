/* Each format, byte for byte, of one campaign that has a bit of everything: what passed, failed,
 * broke the harness, was not judged, and texts that no format may take as they are.
 * KILLPOINT_GOLDEN=write writes the files in golden/ instead: then look at what git shows. */
#include "harness/testkit/test.h"
#include "reports/ci/annotations.h"
#include "reports/ci/junit.h"
#include "reports/ci/step_summary.h"
#include "reports/ci/tap.h"

#include <stdlib.h>
#include <string.h>

#define HOSTILE "bounds <a&b>, 100 %: \x01\x1b[31m \xff ok \xc3\xa9 ]]> | # `x`\nsecond line"
#define COMMAND "./run.sh"

/* A campaign, and what is written of it. */
struct stage {
    struct collect *collect;
    struct campaign_summary summary;
};

static void tell(struct listener *listener, const struct campaign_scenario *scenario,
                 const char *plan, enum outcome outcome, const char *token)
{
    struct campaign_case *ended = calloc(1, sizeof(*ended));
    struct err err = ERR_INIT;

    assert_non_null(ended);
    test_ok(plan_parse(plan, &points_engine, &ended->plan, &err), err);
    ended->role = CAMPAIGN_ROLE_FAULT;
    ended->end.outcome = outcome;
    ended->passed = outcome == OUTCOME_INTACT;
    ended->end.violated = outcome == OUTCOME_VIOLATED ? PROPERTY_BIT(BOUNDS) : 0;
    ended->duration_us = 1500;
    (void)snprintf(ended->end.detail, sizeof(ended->end.detail), "%s",
                   ended->passed ? "" : HOSTILE);
    listener->case_ended(listener->arg, scenario, ended, token);
    free(ended);
}

static void tell_campaign(struct stage *stage)
{
    struct listener listener = collect_listener(stage->collect);
    struct campaign_scenario scenario = {.name = "plain-sync",
                                         .path = "scenarios/plain-sync.yaml",
                                         .seed = 0x5eed,
                                         .run = 2,
                                         .passed_all = true,
                                         .duration_us = 3000};

    listener.campaign_began(listener.arg, 3, 0x5eed, 1);
    tell(&listener, &scenario, "queue/append:1=kill", OUTCOME_INTACT, "p.1@1:q");
    tell(&listener, &scenario, "queue/append:2=kill", OUTCOME_INTACT, "p.1@1:r");
    scenario.explore = (struct campaign_explore){
        .traces = 3, .judged = 5000, .digest = 0xbeef, .duration_us = 1500};
    listener.scenario_ended(listener.arg, &scenario);
    scenario = (struct campaign_scenario){.name = "torn-tail",
                                          .path = "scenarios/torn-tail.yaml",
                                          .seed = 0x5eed,
                                          .run = 4,
                                          .failed = 2,
                                          .verdict = "2 cases failed | <b>",
                                          .duration_us = 6000};
    tell(&listener, &scenario, "queue/append:3=torn:4", OUTCOME_VIOLATED, "torn-tail.aaaaaa@1:one");
    tell(&listener, &scenario, "queue/append:4=torn:4", OUTCOME_VIOLATED, "torn-tail.aaaaaa@1:two");
    tell(&listener, &scenario, "queue/sync:1=eio", OUTCOME_HARNESS_BROKEN,
         "torn-tail.aaaaaa@1:eio");
    tell(&listener, &scenario, "queue/sync:1=kill", OUTCOME_SKIPPED, "torn-tail.aaaaaa@1:kill");
    listener.scenario_ended(listener.arg, &scenario);
    scenario = (struct campaign_scenario){.name = "vacuous",
                                          .path = "scenarios/vacuous.yaml",
                                          .seed = 0x5eed,
                                          .verdict = "vacuous: nothing was reached"};
    listener.scenario_ended(listener.arg, &scenario);
}

static void fill_cause(struct campaign_cause *cause, enum campaign_state state)
{
    cause->state = state;
    cause->mechanism = MECHANISM_COUNT;
    cause->outcome = OUTCOME_CRASHED;
    cause->signal = 11;
    (void)snprintf(cause->function, sizeof(cause->function), "queue_step");
    cause->case_count = 2;
    cause->scenario_count = 1;
    (void)snprintf(cause->simplest.scenario, sizeof(cause->simplest.scenario), "torn-tail");
    (void)snprintf(cause->simplest.token, sizeof(cause->simplest.token), "torn-tail.aaaaaa@1:two");
    (void)snprintf(cause->simplest.detail, sizeof(cause->simplest.detail), "%s", HOSTILE);
    cause->source = (struct campaign_source){"store/queue/queue, a:b.c", 212, "queue_step"};
    (void)snprintf(cause->capsule, sizeof(cause->capsule), "runs/x/causes/01/case.capsule");
}

static int open_stage(void **state)
{
    struct stage *stage = calloc(1, sizeof(*stage));
    struct campaign_summary *summary;

    assert_non_null(stage);
    stage->collect = collect_new();
    assert_non_null(stage->collect);
    tell_campaign(stage);
    summary = &stage->summary;
    summary->scenario_count = 3;
    summary->passed = 2;
    summary->failed = 3;
    summary->skipped = 1;
    summary->unexpected = 2;
    summary->exit_code = 1;
    summary->duration_us = 9000000;
    summary->canary_run = true;
    summary->canary_caught = true;
    summary->explore = (struct campaign_explore){.traces = 3, .judged = 5000, .digest = 0xbeef};
    left_out_add(&summary->left_out, LEFT_OUT_CASES, LEFT_OUT_UNIT_CASE, 2691, "");
    summary->cause_count = 2;
    fill_cause(&summary->causes[0], CAMPAIGN_STATE_ONGOING);
    (void)snprintf(summary->causes[0].function, 64, "old_step");
    fill_cause(&summary->causes[1], CAMPAIGN_STATE_NEW);
    (void)snprintf(summary->causes[0].since, CAMPAIGN_TIME_SIZE_BYTES, "2026-11-25T02:00:01Z");
    summary->history.past_count = 1;
    summary->history.pasts[0].state = CAMPAIGN_STATE_RESOLVED;
    (void)snprintf(summary->history.pasts[0].text, CAMPAIGN_PAST_TEXT_SIZE_BYTES, "unit-twice");
    (void)snprintf(summary->history.pasts[0].last_seen, CAMPAIGN_TIME_SIZE_BYTES,
                   "2026-11-26T02:00:01Z");
    summary->history.past_counts[CAMPAIGN_STATE_RESOLVED] = 1;
    (void)snprintf(summary->run_dir, sizeof(summary->run_dir), "runs/2026-11-27T020001Z-1f3c");
    (void)snprintf(summary->identity.revision, sizeof(summary->identity.revision), "1f3c9e2");
    *state = stage;
    return 0;
}

static int close_stage(void **state)
{
    struct stage *stage = *state;

    collect_free(stage->collect);
    free(stage);
    return 0;
}

/* Golden files outlive a version. */
static char *without_version(const char *text)
{
    const char *at = strstr(text, KILLPOINT_VERSION);
    char *copy = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&copy, &size);

    assert_non_null(stream);
    while (at != NULL) {
        (void)fprintf(stream, "%.*sVERSION", (int)(at - text), text);
        text = at + strlen(KILLPOINT_VERSION);
        at = strstr(text, KILLPOINT_VERSION);
    }
    (void)fputs(text, stream);
    assert_int_equal(fclose(stream), 0);
    return copy;
}

static char *read_golden(const char *path)
{
    char *text = calloc(1, 1 << 16);
    FILE *file = fopen(path, "re");

    assert_non_null(text);
    assert_non_null(file);
    assert_true(fread(text, 1, (1 << 16) - 1, file) > 0);
    (void)fclose(file);
    return text;
}

static void assert_golden(const char *name, const char *written)
{
    const char *mode = getenv("KILLPOINT_GOLDEN");
    char *text = without_version(written);
    char path[512];

    (void)snprintf(path, sizeof(path), "%s/reports/ci/tests/golden/%s", TEST_SOURCE_DIR, name);
    if (mode != NULL && strcmp(mode, "write") == 0) {
        FILE *file = fopen(path, "we");

        assert_non_null(file);
        (void)fputs(text, file);
        assert_int_equal(fclose(file), 0);
    }
    char *golden = read_golden(path);
    assert_string_equal(text, golden);
    free(golden);
    free(text);
}

static void junit_is_as_kept(void **state)
{
    struct stage *stage = *state;
    struct err err = ERR_INIT;
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    test_ok(junit_write(stream, stage->collect, &stage->summary, COMMAND, &err), err);
    (void)fclose(stream);
    assert_golden("junit.xml", text);
    free(text);
}

static void tap_is_as_kept(void **state)
{
    struct stage *stage = *state;
    struct err err = ERR_INIT;
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    stage->summary.interrupted = true;
    test_ok(tap_write(stream, stage->collect, &stage->summary, COMMAND, &err), err);
    (void)fclose(stream);
    assert_golden("results.tap", text);
    free(text);
}

static void summary_is_as_kept(void **state)
{
    struct stage *stage = *state;
    struct err err = ERR_INIT;
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    test_ok(step_summary_write(stream, stage->collect, &stage->summary, COMMAND,
                               STEP_SUMMARY_SIZE_BYTES_MAX, &err),
            err);
    (void)fclose(stream);
    assert_golden("summary.md", text);
    free(text);
}

static void annotations_are_as_kept(void **state)
{
    struct stage *stage = *state;
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    annotations_write(stream, &stage->summary, COMMAND);
    (void)fclose(stream);
    assert_golden("annotations.txt", text);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(junit_is_as_kept, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(tap_is_as_kept, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(summary_is_as_kept, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(annotations_are_as_kept, open_stage, close_stage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
