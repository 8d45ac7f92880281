/* Whole screens, as whoever is called at night sees them: never longer or wider than said, and with
 * nothing left unsaid. */
#include "harness/testkit/test.h"
#include "reports/result_text.h"

#define GREEN_LINES_MAX  25
#define FAILED_LINES_MAX 40

struct stage {
    struct collect *collect;
    struct campaign_summary *summary;
    struct screen screen;
    struct result_text_notes notes;
    char *text;
    size_t size;
};

static void stage_open(struct stage *stage, unsigned width)
{
    struct listener listener;

    memset(stage, 0, sizeof(*stage));
    stage->collect = collect_new();
    stage->summary = calloc(1, sizeof(*stage->summary));
    assert_non_null(stage->summary);
    stage->screen.stream = open_memstream(&stage->text, &stage->size);
    stage->screen.width = width;
    stage->screen.command = "./run.sh";
    stage->notes = (struct result_text_notes){"runs/2026-11-27T164333Z-303029", ""};
    listener = collect_listener(stage->collect);
    listener.campaign_began(listener.arg, 1, 0x5eed, 2);
    stage->summary->canary_run = true;
    stage->summary->canary_caught = true;
}

static void stage_close(struct stage *stage)
{
    collect_free(stage->collect);
    free(stage->summary);
    (void)fclose(stage->screen.stream);
    free(stage->text);
}

static struct campaign_scenario scenario_named(const char *name, uint64_t cases)
{
    struct campaign_scenario scenario;

    memset(&scenario, 0, sizeof(scenario));
    (void)snprintf(scenario.name, sizeof(scenario.name), "%s", name);
    scenario.planned = cases;
    scenario.run = cases;
    scenario.passed = cases;
    scenario.outcomes[OUTCOME_INTACT] = cases;
    scenario.duration_us = cases * 1000;
    scenario.passed_all = true;
    return scenario;
}

static struct campaign_scenario live_scenario(const char *name)
{
    struct campaign_scenario scenario = scenario_named(name, 2670);

    scenario.coverage[POINT_COMMITLOG_APPEND] = (struct campaign_coverage){
        .hits = 190, .killed = 190, .planned = 2000, .fired = 2000, .checked = 2000};
    scenario.coverage[POINT_COMMITLOG_READ] = (struct campaign_coverage){
        .hits = 24, .failed = 20, .planned = 20, .fired = 20, .checked = 20};
    return scenario;
}

static struct campaign_scenario explored_scenario(const char *name)
{
    struct campaign_scenario scenario = scenario_named(name, 4394);

    scenario.explore = (struct campaign_explore){.traces = 28,
                                                 .positions = 13885,
                                                 .capped = 4,
                                                 .generated = 20900,
                                                 .distinct = 4393,
                                                 .effective = 3766,
                                                 .judged = 4393,
                                                 .legal = 60,
                                                 .digest = 0xe3b06b00cea68ecd};
    left_out_add(&scenario.left_out, LEFT_OUT_CAPPED, LEFT_OUT_UNIT_POSITION, 4, "");
    left_out_add(&scenario.left_out, LEFT_OUT_TRACES, LEFT_OUT_UNIT_TRACE, 228, "");
    return scenario;
}

static struct campaign_scenario defect_scenario(const char *name)
{
    struct campaign_scenario scenario = scenario_named(name, 8);

    scenario.expect = PROPERTY_BIT(QUEUE_COMPLETE);
    scenario.violated = scenario.expect;
    scenario.first_catch_cases = 3;
    scenario.first_catch_us = 12000;
    scenario.control_run = 4;
    scenario.control_intact = 4;
    left_out_add(&scenario.left_out, LEFT_OUT_CAUGHT, LEFT_OUT_UNIT_CASE, 93, "");
    return scenario;
}

/* As the supervisor sums it up. */
static void tell(struct stage *stage, const struct campaign_scenario *scenario)
{
    struct listener listener = collect_listener(stage->collect);
    struct campaign_summary *summary = stage->summary;

    listener.scenario_ended(listener.arg, scenario);
    summary->scenario_count++;
    summary->passed += scenario->passed;
    summary->failed += scenario->failed;
    summary->duration_us += scenario->duration_us;
    summary->unexpected += scenario->passed_all || scenario->is_cut_short ? 0 : 1;
    summary->exit_code = summary->unexpected > 0 ? 1 : 0;
    left_out_merge(&summary->left_out, &scenario->left_out);
    campaign_explore_add(&summary->explore, &scenario->explore);
}

static const char *ended(struct stage *stage)
{
    result_text_summary(&stage->screen, stage->collect, stage->summary, &stage->notes);
    (void)fflush(stage->screen.stream);
    return stage->text;
}

/* Lines that hold a token are as long as it is. */
static void is_within(const char *text, unsigned lines_max, unsigned columns_max)
{
    unsigned lines = 0;

    for (const char *at = text; *at != '\0'; at += strcspn(at, "\n") + 1) {
        size_t length = strcspn(at, "\n");

        lines++;
        if (length > columns_max && memmem(at, length, "./run.sh ", 9) == NULL) {
            fail_msg("%zu columns: %.*s", length, (int)length, at);
        }
    }
    if (lines > lines_max) {
        fail_msg("%u lines:\n%s", lines, text);
    }
}

static void tell_suite(struct stage *stage)
{
    static const char *const names[] = {"plain-sync", "plain-async", "dledger-sync"};
    struct campaign_scenario scenario;

    for (int i = 0; i < 3; i++) {
        scenario = live_scenario(names[i]);
        tell(stage, &scenario);
    }
    scenario = explored_scenario("power-plain-sync");
    tell(stage, &scenario);
    scenario = explored_scenario("power-dledger-sync");
    tell(stage, &scenario);
    scenario = defect_scenario("dup-info-8032");
    tell(stage, &scenario);
}

static void green_suite_is_a_screenful(void **state)
{
    struct stage stage;
    char points[16];

    (void)state;
    stage_open(&stage, 100);
    tell_suite(&stage);
    (void)ended(&stage);
    is_within(stage.text, GREEN_LINES_MAX, 100);
    (void)snprintf(points, sizeof(points), "%u", points_engine.count);
    assert_ptr_equal(strstr(stage.text, "COVERAGE  2 of "), stage.text);
    test_contains(stage.text, points);
    assert_string_equal(
        strstr(stage.text, " points,"),
        " points, all 570 writes killed, 60 of 72 reads failed, all 6,060 faults judged\n"
        "EXPLORED  8,786 images (7,532 with an effect) at 27,770 crash positions of 56 traces, 120 "
        "checked\n"
        "          legal; digest c760d6019d4d1d9a\n"
        "CAUGHT    1 of 1 planted defect and missing guards; of their controls 4 of 4 intact\n"
        "LEFT OUT  8 crash positions in 2 scenarios: past the bound: families and samples only\n"
        "          456 traces in 2 scenarios: of the faults before a power loss, a sample is tried\n"
        "          93 cases in 1 scenario: a caught defect asks for no more\n"
        "SLOWEST   power-plain-sync 4.3 s, power-dledger-sync 4.3 s, plain-sync 2.6 s\n"
        "REPORT    runs/2026-11-27T164333Z-303029/report.txt: every scenario and point, as with -v\n"
        "PASSED    6 scenarios as expected, canary caught; 16,806 cases in 16.8 s, 1,000 cases a second\n"
        "cases: 16806 passed, 0 failed, 0 skipped\n");
    stage_close(&stage);
}

static void narrow_screen_is_no_wider_than_it_is(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage, 60);
    stage.screen.is_verbose = true;
    tell_suite(&stage);
    for (uint32_t i = 0; i < collect_scenario_count(stage.collect); i++) {
        result_text_scenario(&stage.screen, collect_scenario_at(stage.collect, i), false);
    }
    is_within(ended(&stage), 100, 60);
    test_contains(stage.text, "ok        plain-sync 2,670 cases: 2,670 intact; 2.6 s\n");
    test_contains(stage.text, "  LIVE CASES        hits      struck           planned\n");
    test_contains(stage.text, "  LIVE CASES        fired  judged  violated\n");
    stage_close(&stage);
}

/* Five lines where nothing but its own bound is left out. */
static void single_scenario_is_five_lines(void **state)
{
    struct campaign_scenario scenario = live_scenario("plain-sync");
    struct stage stage;

    (void)state;
    stage_open(&stage, 100);
    tell(&stage, &scenario);
    result_text_scenario(&stage.screen, collect_scenario_at(stage.collect, 0), true);
    is_within(ended(&stage), 5, 100);
    assert_ptr_equal(strstr(stage.text, "ok        plain-sync 2,670 cases: 2,670 intact; 2.6 s\n"
                                        "COVERAGE  2 of "),
                     stage.text);
    test_contains(stage.text,
                  "\nPASSED    as expected, canary caught; 1,000 cases a second; "
                  "runs/2026-11-27T164333Z-303029\ncases: 2670 passed, 0 failed, 0 skipped\n");
    stage_close(&stage);
    stage_open(&stage, 100);
    scenario = explored_scenario("power-plain-sync");
    tell(&stage, &scenario);
    result_text_scenario(&stage.screen, collect_scenario_at(stage.collect, 0), true);
    is_within(ended(&stage), 7, 100);
    stage_close(&stage);
    stage_open(&stage, 100);
    scenario = defect_scenario("dup-info-8032");
    tell(&stage, &scenario);
    result_text_scenario(&stage.screen, collect_scenario_at(stage.collect, 0), true);
    is_within(ended(&stage), 5, 100);
    assert_null(strstr(stage.text, "COVERAGE"));
    stage_close(&stage);
}

/* A hundred scenarios that fail of one mistake: their names are folded, the token stays in sight.
 */
static void failing_suite_is_a_screenful_and_says_what_to_do(void **state)
{
    struct campaign_cause *cause;
    struct stage stage;

    (void)state;
    stage_open(&stage, 100);
    tell_suite(&stage);
    for (int i = 0; i < 100; i++) {
        char name[32];
        struct campaign_scenario scenario;

        (void)snprintf(name, sizeof(name), "scenario-number-%d", i);
        scenario = live_scenario(name);
        scenario.passed_all = false;
        if (i % 2 == 0) {
            scenario.failed = 7;
        }
        (void)snprintf(scenario.verdict, sizeof(scenario.verdict), "%s",
                       i % 2 == 0 ? "7 cases failed" : "vacuous: never reached log-rolled");
        tell(&stage, &scenario);
    }
    for (uint32_t i = 0; i < CAMPAIGN_CAUSES_MAX; i++) {
        cause = &stage.summary->causes[stage.summary->cause_count++];
        (void)snprintf(cause->simplest.token, sizeof(cause->simplest.token),
                       "scenario-number-%u.aaaaaa@1:x", i);
        cause->mechanism = MECHANISM_UNIT_ZERO;
        cause->place = MECHANISM_PLACE_QUEUES;
        cause->scenario_count = 100 - i;
        cause->case_count = 1000 - i;
    }
    is_within(ended(&stage), FAILED_LINES_MAX, 100);
    test_contains(stage.text, "FAILED    scenario-number-1: vacuous: never reached log-rolled\n");
    test_contains(stage.text, "          and 47 more\n");
    test_contains(stage.text, "FAILED    scenario-number-0 (7), scenario-number-2 (7), ");
    test_contains(stage.text, ", and 38 more\n");
    test_contains(stage.text, "RESULT    exit 1: 100 of 106 scenarios not as expected, canary");
    test_contains(stage.text,
                  "\nNEXT      of CAUSE 1: `./run.sh why TOKEN` tells the story, `shrink "
                  "TOKEN` makes it smaller\ncases: ");
    stage_close(&stage);
}

/* A scenario that proves nothing has no case to look at. */
static void hollow_scenario_is_to_be_looked_at_alone(void **state)
{
    struct campaign_scenario scenario = live_scenario("plain-sync");
    struct stage stage;

    (void)state;
    stage_open(&stage, 100);
    scenario.passed_all = false;
    (void)snprintf(scenario.verdict, sizeof(scenario.verdict), "vacuous: never reached log-rolled");
    tell(&stage, &scenario);
    (void)ended(&stage);
    test_contains(stage.text, "FAILED    plain-sync: vacuous: never reached log-rolled\n");
    test_contains(stage.text, "NEXT      `./run.sh run plain-sync -v` shows which points");
    stage_close(&stage);
}

/* What ran is told, what did not is told too, and nothing of it is called ok. */
static void interrupted_suite_says_what_is_missing(void **state)
{
    struct campaign_scenario scenario = explored_scenario("power-plain-sync");
    struct stage stage;

    (void)state;
    stage_open(&stage, 100);
    scenario.passed_all = false;
    scenario.is_cut_short = true;
    left_out_add_uncounted(&scenario.left_out, LEFT_OUT_INTERRUPTED, LEFT_OUT_UNIT_IMAGE, "");
    tell(&stage, &scenario);
    left_out_add(&stage.summary->left_out, LEFT_OUT_INTERRUPTED, LEFT_OUT_UNIT_SCENARIO, 140, "");
    stage.summary->interrupted = true;
    stage.summary->exit_code = 2;
    result_text_scenario(&stage.screen, collect_scenario_at(stage.collect, 0), true);
    (void)ended(&stage);
    is_within(stage.text, GREEN_LINES_MAX, 100);
    assert_ptr_equal(strstr(stage.text, "cut       power-plain-sync 4,394 cases: 4,394 intact, an "
                                        "unknown number of images left out; 4.3 s\n"),
                     stage.text);
    test_contains(stage.text, "140 scenarios: a signal ended the campaign before\n");
    test_contains(stage.text, "RESULT    exit 2: interrupted: the results are of what ran, canary");
    assert_null(strstr(stage.text, "ok "));
    assert_null(strstr(stage.text, "PASSED"));
    stage_close(&stage);
}

/* All tables, and no row that says nothing. */
static void verbose_screen_has_the_tables(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage, 120);
    stage.screen.is_verbose = true;
    tell_suite(&stage);
    (void)ended(&stage);
    test_contains(
        stage.text,
        "\n  LIVE CASES        hits      struck           planned  fired  judged  violated\n"
        "  commitlog/read      72   60 failed   83.3 %       60     60      60         0\n"
        "  commitlog/append   570  570 killed  100.0 %    6,000  6,000   6,000         0\n"
        "\n  EXPLORED            images  generated  effect  reused  rechecked  traces  nested  woven  "
        "positions  capped  recovered\n"
        "  power-plain-sync     4,393     20,900   3,766       0          0      28       0      0  "
        "   13,885       4          0\n"
        "  power-dledger-sync   4,393     20,900   3,766       0          0      28       0      0  "
        "   13,885       4          0\n"
        "\nCOVERAGE");
    test_contains(stage.text, "unreached store/*, lock/*");
    stage_close(&stage);
}

/* The file has what the screen folds. */
static void file_has_every_scenario(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage, 100);
    tell_suite(&stage);
    result_text_file(stage.screen.stream, stage.collect, stage.summary, "./run.sh");
    (void)fflush(stage.screen.stream);
    test_contains(stage.text,
                  "ok        plain-sync                      2,670 cases: 2,670 intact");
    test_contains(stage.text, "ok        dup-info-8032                   caught: queue-complete");
    test_contains(stage.text, "  LIVE CASES");
    test_contains(stage.text, "  EXPLORED");
    stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(green_suite_is_a_screenful),
        cmocka_unit_test(narrow_screen_is_no_wider_than_it_is),
        cmocka_unit_test(single_scenario_is_five_lines),
        cmocka_unit_test(failing_suite_is_a_screenful_and_says_what_to_do),
        cmocka_unit_test(hollow_scenario_is_to_be_looked_at_alone),
        cmocka_unit_test(interrupted_suite_says_what_is_missing),
        cmocka_unit_test(verbose_screen_has_the_tables),
        cmocka_unit_test(file_has_every_scenario),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
