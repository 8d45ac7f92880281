/* What a person sees: order, the last line, failures at once with their replay line. */
#include "harness/testkit/test.h"
#include "reports/progress.h"
#include "reports/terminal.h"

#include <stdlib.h>
#include <string.h>

/* A campaign of two scenarios told to a terminal that writes to memory. */
struct stage {
    struct collect *collect;
    struct terminal *terminal;
    struct listener listeners[2];
    struct campaign_summary *summary;
    volatile sig_atomic_t status_wanted;
    char *out;
    char *err;
    size_t out_size;
    size_t err_size;
    FILE *out_stream;
    FILE *err_stream;
};

static void stage_open_with(struct stage *stage, struct terminal_options options)
{
    options.command = "./run.sh";
    options.version = "1.2.3";
    memset(stage, 0, sizeof(*stage));
    stage->out_stream = open_memstream(&stage->out, &stage->out_size);
    stage->err_stream = open_memstream(&stage->err, &stage->err_size);
    stage->collect = collect_new();
    stage->summary = calloc(1, sizeof(*stage->summary));
    assert_non_null(stage->summary);
    options.out = stage->out_stream;
    options.err = stage->err_stream;
    options.collect = stage->collect;
    options.status_wanted = &stage->status_wanted;
    stage->terminal = terminal_new(&options);
    stage->listeners[0] = collect_listener(stage->collect);
    stage->listeners[1] = terminal_listener(stage->terminal);
    stage->listeners[0].campaign_began(stage->listeners[0].arg, 2, 0x5eed, 1);
    stage->listeners[1].campaign_began(stage->listeners[1].arg, 2, 0x5eed, 1);
}

static void stage_open(struct stage *stage, enum paint_when colour)
{
    stage_open_with(stage, (struct terminal_options){.colour = colour});
}

static void stage_close(struct stage *stage)
{
    stage->terminal = terminal_free(stage->terminal);
    stage->collect = collect_free(stage->collect);
    free(stage->summary);
    (void)fclose(stage->out_stream);
    (void)fclose(stage->err_stream);
    free(stage->out);
    free(stage->err);
}

static void stage_case(struct stage *stage, const struct campaign_scenario *scenario,
                       const struct campaign_case *ended, const char *token)
{
    for (int i = 0; i < 2; i++) {
        stage->listeners[i].case_ended(stage->listeners[i].arg, scenario, ended, token);
    }
}

static void stage_scenario(struct stage *stage, const struct campaign_scenario *scenario)
{
    for (int i = 0; i < 2; i++) {
        stage->listeners[i].scenario_ended(stage->listeners[i].arg, scenario);
    }
}

static void stage_grew(struct stage *stage, const struct campaign_scenario *scenario)
{
    for (int i = 0; i < 2; i++) {
        stage->listeners[i].scenario_grew(stage->listeners[i].arg, scenario);
    }
}

static void stage_end(struct stage *stage)
{
    struct listener *terminal = &stage->listeners[1];

    terminal->campaign_ended(terminal->arg, stage->summary);
    (void)fflush(stage->out_stream);
    (void)fflush(stage->err_stream);
}

static const char *last_line(const char *text)
{
    static char line[256];
    size_t length = strlen(text);
    const char *begin;

    assert_true(length > 0 && text[length - 1] == '\n');
    begin = memrchr(text, '\n', length - 1);
    (void)snprintf(line, sizeof(line), "%s", begin == NULL ? text : begin + 1);
    line[strcspn(line, "\n")] = '\0';
    return line;
}

static struct campaign_case torn_case(uint32_t hit)
{
    struct campaign_case ended;
    struct err err = ERR_INIT;
    char plan[64];

    memset(&ended, 0, sizeof(ended));
    (void)snprintf(plan, sizeof(plan), "commitlog/append:%u=torn:12", hit);
    assert_int_equal(plan_parse(plan, &points_engine, &ended.plan, &err), 0);
    ended.role = CAMPAIGN_ROLE_FAULT;
    ended.end.outcome = OUTCOME_VIOLATED;
    ended.end.violated = PROPERTY_BIT(ACKED_SURVIVES) | PROPERTY_BIT(QUEUE_TRUE);
    (void)snprintf(ended.end.detail, sizeof(ended.end.detail),
                   "acked-survives commitlog/0@8192: gone\n");
    return ended;
}

static struct campaign_scenario scenario_named(const char *name)
{
    struct campaign_scenario scenario;

    memset(&scenario, 0, sizeof(scenario));
    (void)snprintf(scenario.name, sizeof(scenario.name), "%s", name);
    scenario.planned = 40;
    scenario.outcomes[OUTCOME_INTACT] = 40;
    return scenario;
}

static void last_line_is_the_counts_and_nothing_follows(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage, PAINT_NEVER);
    stage.summary->passed = 4812;
    stage.summary->failed = 2;
    stage.summary->skipped = 31;
    stage.summary->exit_code = 1;
    terminal_set_report_place(stage.terminal, "runs/now");
    stage_end(&stage);
    assert_string_equal(last_line(stage.out), "cases: 4812 passed, 2 failed, 31 skipped");
    test_contains(stage.out, "; runs/now\n");
    test_contains(stage.out, "exit 1");
    stage_close(&stage);
}

static void last_line_has_no_colour_even_when_colour_is_forced(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage, PAINT_ALWAYS);
    stage.summary->passed = 1;
    stage_end(&stage);
    assert_string_equal(last_line(stage.out), "cases: 1 passed, 0 failed, 0 skipped");
    assert_non_null(strstr(stage.out, "\033["));
    stage_close(&stage);
}

static void failure_is_shown_at_once_with_its_replay_line(void **state)
{
    struct campaign_scenario scenario = scenario_named("torn-tail");
    struct campaign_case ended = torn_case(17);
    struct stage stage;

    (void)state;
    stage_open(&stage, PAINT_NEVER);
    stage_case(&stage, &scenario, &ended, "torn-tail.3fa9c1@5eed:commitlog/append:17=torn:12");
    (void)fflush(stage.err_stream);
    test_contains(stage.err,
                  "VIOLATED acked-survives, queue-true  torn-tail\n"
                  "          ./run.sh replay torn-tail.3fa9c1@5eed:commitlog/append:17=torn:12\n");
    stage_close(&stage);
}

/* A quiet one has it all on the other stream. */
static void quiet_terminal_writes_results_only(void **state)
{
    struct campaign_scenario scenario = scenario_named("torn-tail");
    struct campaign_case ended = torn_case(17);
    struct stage loud;
    struct stage quiet;

    (void)state;
    stage_open(&loud, PAINT_NEVER);
    stage_open_with(&quiet, (struct terminal_options){.colour = PAINT_NEVER, .is_quiet = true});
    for (int i = 0; i < 2; i++) {
        struct stage *stage = i == 0 ? &loud : &quiet;

        stage_case(stage, &scenario, &ended, "torn-tail.3fa9c1@5eed:commitlog/append:17=torn:12");
        scenario.failed = 1;
        stage_scenario(stage, &scenario);
        stage_end(stage);
    }
    assert_string_equal(quiet.err, "");
    assert_string_equal(quiet.out, loud.out);
    stage_close(&loud);
    stage_close(&quiet);
}

static void failures_of_one_cause_are_shown_once(void **state)
{
    struct campaign_scenario scenario = scenario_named("torn-tail");
    struct stage stage;
    unsigned count = 0;

    (void)state;
    stage_open(&stage, PAINT_NEVER);
    for (uint32_t hit = 1; hit <= 30; hit++) {
        struct campaign_case ended = torn_case(hit);

        stage_case(&stage, &scenario, &ended, "torn-tail.3fa9c1@5eed:x");
    }
    (void)fflush(stage.err_stream);
    for (const char *at = stage.err; (at = strstr(at, "VIOLATED")) != NULL; at++) {
        count++;
    }
    assert_int_equal(count, 1);
    stage_close(&stage);
}

static void caught_defect_says_after_how_many_cases_and_what_its_control_did(void **state)
{
    struct campaign_scenario scenario = scenario_named("dup-info");
    struct stage stage;

    (void)state;
    stage_open(&stage, PAINT_NEVER);
    scenario.control_run = 12;
    scenario.control_intact = 12;
    scenario.expect = PROPERTY_BIT(QUEUE_COMPLETE);
    scenario.violated = PROPERTY_BIT(QUEUE_COMPLETE) | PROPERTY_BIT(BOUNDS);
    scenario.first_catch_cases = 12;
    scenario.first_catch_us = 34000;
    scenario.passed_all = true;
    stage_scenario(&stage, &scenario);
    (void)fflush(stage.out_stream);
    test_contains(stage.out, "caught: queue-complete in 12 cases, 34 ms; controls intact\n");
    assert_ptr_equal(strstr(stage.out, "ok        dup-info"), stage.out);
    stage_close(&stage);
}

static void failed_scenario_says_why_in_its_line_and_again_near_the_end(void **state)
{
    struct campaign_scenario scenario = scenario_named("hollow");
    struct stage stage;
    const char *why = "vacuous: no run emitted checkpoint-past-roll";
    const char *first;

    (void)state;
    stage_open(&stage, PAINT_NEVER);
    (void)snprintf(scenario.verdict, sizeof(scenario.verdict), "%s", why);
    stage_scenario(&stage, &scenario);
    stage_end(&stage);
    assert_ptr_equal(strstr(stage.out, "FAILED "), stage.out);
    first = strstr(stage.out, why);
    assert_non_null(first);
    assert_non_null(strstr(first + 1, why));
    stage_close(&stage);
}

static void interrupted_scenario_is_neither_ok_nor_failed(void **state)
{
    struct campaign_scenario scenario = scenario_named("halfway");
    struct stage stage;

    (void)state;
    stage_open(&stage, PAINT_NEVER);
    scenario.is_cut_short = true;
    scenario.expect = PROPERTY_BIT(BOUNDS);
    stage_scenario(&stage, &scenario);
    stage_end(&stage);
    assert_ptr_equal(strstr(stage.out, "cut "), stage.out);
    assert_non_null(strstr(stage.out, "not caught yet: "));
    assert_null(strstr(stage.out, "FAILED"));
    stage_close(&stage);
}

static void what_is_left_out_is_said_by_reason(void **state)
{
    struct campaign_scenario scenario = scenario_named("plain-sync");
    struct stage stage;

    (void)state;
    stage_open(&stage, PAINT_NEVER);
    left_out_add(&scenario.left_out, LEFT_OUT_CASES, LEFT_OUT_UNIT_CASE, 100, "a sample");
    left_out_merge(&stage.summary->left_out, &scenario.left_out);
    stage_scenario(&stage, &scenario);
    scenario = scenario_named("depth-two");
    left_out_add(&scenario.left_out, LEFT_OUT_CASES, LEFT_OUT_UNIT_CASE, 100, "a sample");
    left_out_add_uncounted(&scenario.left_out, LEFT_OUT_HITS, LEFT_OUT_UNIT_CASE, "it crashed");
    left_out_merge(&stage.summary->left_out, &scenario.left_out);
    stage_scenario(&stage, &scenario);
    left_out_add(&stage.summary->left_out, LEFT_OUT_MAX_FAILURES, LEFT_OUT_UNIT_SCENARIO, 1, "");
    stage.summary->scenario_count = 2;
    stage_end(&stage);
    assert_non_null(strstr(stage.out, ", 100 cases left out"));
    test_contains(stage.out, "100 cases left out, an unknown number");
    assert_non_null(strstr(stage.out,
                           "LEFT OUT  200 cases in 2 scenarios: a sample\n"
                           "          an unknown number of cases in 1 scenario: it crashed\n"
                           "          1 scenario: enough has failed (--max-failures)\n"));
    stage_close(&stage);
}

static void missed_canary_says_that_nothing_can_be_believed(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage, PAINT_NEVER);
    stage.summary->canary_run = true;
    stage.summary->exit_code = 3;
    stage_end(&stage);
    assert_non_null(strstr(stage.out, "CANARY    MISSED"));
    assert_non_null(strstr(stage.out, "exit 3: the canary was missed"));
    stage_close(&stage);
}

static void stores_on_a_place_that_nobody_chose_are_told_twice(void **state)
{
    struct stage stage;
    struct campaign_stores stores = {"/tmp (no user namespaces): slow", true, ""};

    (void)state;
    stage_open(&stage, PAINT_NEVER);
    stage.listeners[1].stores_placed(stage.listeners[1].arg, &stores);
    stage.summary->stores = stores;
    stage_end(&stage);
    assert_non_null(strstr(stage.err, "STORES on /tmp (no user namespaces): slow\n"));
    assert_non_null(strstr(stage.out, "STORES    on /tmp (no user namespaces): slow\n"));
    stage_close(&stage);
}

static void report_that_could_not_be_written_makes_the_result_exit_3(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage, PAINT_NEVER);
    stage.summary->exit_code = 1;
    terminal_set_problem(stage.terminal, "archive: no space left on device");
    stage_end(&stage);
    assert_non_null(strstr(stage.out, "PROBLEM   archive: no space left on device"));
    assert_non_null(strstr(stage.out, "exit 3"));
    assert_string_equal(last_line(stage.out), "cases: 0 passed, 0 failed, 0 skipped");
    stage_close(&stage);
}

static void asked_by_signal_it_says_what_runs_now(void **state)
{
    struct campaign_scenario scenario = scenario_named("rolling-sync");
    struct campaign_case ended = torn_case(3);
    struct stage stage;

    (void)state;
    stage_open(&stage, PAINT_NEVER);
    stage.status_wanted = 1;
    ended.passed = true;
    stage_case(&stage, &scenario, &ended, "rolling-sync.1@2:x");
    (void)fflush(stage.err_stream);
    assert_non_null(strstr(stage.err, "running   rolling-sync"));
    assert_int_equal(stage.status_wanted, 0);
    stage_close(&stage);
}

/* Passes of a budget are counted, not listed: a night has thousands. */
static void later_passes_have_a_line_on_a_verbose_screen_only(void **state)
{
    struct campaign_scenario scenario = scenario_named("power-loss");
    struct stage stage;

    (void)state;
    for (int is_verbose = 0; is_verbose < 2; is_verbose++) {
        stage_open_with(&stage, (struct terminal_options){.colour = PAINT_NEVER,
                                                          .is_verbose = is_verbose == 1});
        scenario.seed = 0x5eee;
        scenario.pass = 1;
        stage_scenario(&stage, &scenario);
        (void)fflush(stage.out_stream);
        assert_int_equal(strstr(stage.out, "pass 2, seed 5eee:") != NULL, is_verbose);
        stage_close(&stage);
    }
}

static void defect_caught_by_an_image_is_counted_in_images(void **state)
{
    struct campaign_scenario scenario = scenario_named("unsynced-roll");
    struct campaign_case ended = torn_case(3);
    struct stage stage;

    (void)state;
    stage_open(&stage, PAINT_NEVER);
    ended.passed = true;
    stage_case(&stage, &scenario, &ended,
               "unsynced-roll.3fa9c1@5eed:commitlog/sync:3=power-loss:all:k1d2");
    scenario.expect = PROPERTY_BIT(ACKED_SURVIVES);
    scenario.violated = scenario.expect;
    scenario.first_catch_cases = 1234;
    scenario.first_catch_us = 34000;
    stage_scenario(&stage, &scenario);
    (void)fflush(stage.out_stream);
    test_contains(stage.out, "caught: acked-survives in 1,234 images, 34 ms");
    stage_close(&stage);
}

static void images_count_as_cases_in_the_progress(void **state)
{
    struct campaign_scenario scenario = scenario_named("power-loss");
    struct campaign_case ended = torn_case(3);
    struct stage stage;

    (void)state;
    stage_open(&stage, PAINT_NEVER);
    scenario.planned = 40000;
    scenario.run = 25000;
    scenario.failed = 7;
    ended.passed = true;
    stage_grew(&stage, &scenario);
    stage.status_wanted = 1;
    stage_case(&stage, &scenario, &ended, "power-loss.1@2:x");
    (void)fflush(stage.err_stream);
    test_contains(stage.err,
                  "running   power-loss: 30 %, 0 of 2 scenarios done, 25000 cases, 7 failed");
    stage_close(&stage);
}

static void budget_says_what_it_covered(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage, PAINT_NEVER);
    stage.summary->budget_us = UINT64_C(1800) * 1000000;
    stage.summary->passes = 5;
    stage.summary->is_cut = true;
    stage.summary->scenario_count = 92;
    stage.summary->passed = 5001000;
    stage.summary->explore.judged = 5000000;
    stage_end(&stage);
    test_contains(stage.out, "BUDGET    30m00s: 4 whole passes over the suite and a part of the "
                             "next, seeds 5eed to 5ef1\n");
    assert_null(strstr(stage.out, "before its time"));
    stage_close(&stage);
    stage_open(&stage, PAINT_NEVER);
    stage.summary->budget_us = 1000000;
    stage.summary->passes = 1;
    stage_end(&stage);
    test_contains(stage.out,
                  "BUDGET    1.0 s: 1 whole pass over the suite, seed 5eed; ended before its time");
    stage_close(&stage);
}

/* Interrupted, or out of time: what is missing is said, what was caught early misses nothing. */
static void scenario_that_was_cut_says_how_much_was_not_run(void **state)
{
    struct campaign_scenario scenario = scenario_named("plain-sync");
    struct stage stage;

    (void)state;
    stage_open(&stage, PAINT_NEVER);
    stage_scenario(&stage, &scenario);
    (void)fflush(stage.out_stream);
    assert_null(strstr(stage.out, "left out"));
    scenario.run = 15;
    left_out_add(&scenario.left_out, LEFT_OUT_INTERRUPTED, LEFT_OUT_UNIT_CASE, 25, "");
    stage_scenario(&stage, &scenario);
    (void)fflush(stage.out_stream);
    test_contains(stage.out, "15 cases: 40 intact, 25 cases left out; ");
    stage_close(&stage);
    scenario = scenario_named("plain-sync");
    stage_open(&stage, PAINT_NEVER);
    left_out_add(&scenario.left_out, LEFT_OUT_CAUGHT, LEFT_OUT_UNIT_CASE, 25, "");
    stage_scenario(&stage, &scenario);
    (void)fflush(stage.out_stream);
    assert_null(strstr(stage.out, "left out"));
    stage_close(&stage);
}

static void harness_that_broke_itself_says_whether_it_was_found_out(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage, PAINT_NEVER);
    stage.summary->is_self_test = true;
    stage.summary->harness_broken = true;
    stage.summary->exit_code = 3;
    stage_end(&stage);
    test_contains(stage.out, "exit 3: the harness broke itself on purpose (--break) and was found");
    stage_close(&stage);
    stage_open(&stage, PAINT_NEVER);
    stage.summary->is_self_test = true;
    stage.summary->exit_code = 1;
    stage_end(&stage);
    test_contains(stage.out, "exit 1: the harness broke itself on purpose (--break) and nobody");
    stage_close(&stage);
}

static void progress_of_a_budget_goes_by_its_time(void **state)
{
    struct collect *collect = collect_new();
    struct progress progress;
    struct progress_state now;

    (void)state;
    progress_init(&progress, stderr, true);
    progress.budget_us = 1000;
    progress_begin(&progress, 1, 2, 5000);
    now = progress_state(&progress, collect, 5250);
    assert_int_equal(now.percent, 25);
    assert_int_equal(now.eta_us, 750);
    now = progress_state(&progress, collect, 9000);
    assert_int_equal(now.percent, 100);
    assert_int_equal(now.eta_us, 0);
    collect_free(collect);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(last_line_is_the_counts_and_nothing_follows),
        cmocka_unit_test(last_line_has_no_colour_even_when_colour_is_forced),
        cmocka_unit_test(failure_is_shown_at_once_with_its_replay_line),
        cmocka_unit_test(quiet_terminal_writes_results_only),
        cmocka_unit_test(failures_of_one_cause_are_shown_once),
        cmocka_unit_test(caught_defect_says_after_how_many_cases_and_what_its_control_did),
        cmocka_unit_test(failed_scenario_says_why_in_its_line_and_again_near_the_end),
        cmocka_unit_test(interrupted_scenario_is_neither_ok_nor_failed),
        cmocka_unit_test(what_is_left_out_is_said_by_reason),
        cmocka_unit_test(stores_on_a_place_that_nobody_chose_are_told_twice),
        cmocka_unit_test(missed_canary_says_that_nothing_can_be_believed),
        cmocka_unit_test(report_that_could_not_be_written_makes_the_result_exit_3),
        cmocka_unit_test(asked_by_signal_it_says_what_runs_now),
        cmocka_unit_test(later_passes_have_a_line_on_a_verbose_screen_only),
        cmocka_unit_test(defect_caught_by_an_image_is_counted_in_images),
        cmocka_unit_test(images_count_as_cases_in_the_progress),
        cmocka_unit_test(budget_says_what_it_covered),
        cmocka_unit_test(scenario_that_was_cut_says_how_much_was_not_run),
        cmocka_unit_test(harness_that_broke_itself_says_whether_it_was_found_out),
        cmocka_unit_test(progress_of_a_budget_goes_by_its_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
