/* The whole gate over a run that is good, and over copies of it with one thing wrong: each is
 * refused by exactly one line, which names the rule and says what is wrong. */
#include "harness/gate/gate.h"
#include "harness/gate/policy_file.h"
#include "harness/gate/tests/sample_report.h"

#include <stdlib.h>
#include <string.h>

static const char policy_text[] =
    "name: store\n"
    "run: { revision: clean, age: 24h }\n"
    "scenarios: { must_run: [ plain-sync, dup-info ] }\n"
    "least: { scenarios: 2, cases: 1000, images: 700 }\n"
    "coverage: { points: 100%, writes: 100%, reads: 100% }\n"
    "left_out: { most: 50, allow: [ { reason: capped, most: 50 }, { reason: caught, most: 50 } ] }\n";

static const char known_text[] = "known:\n"
                                 "  - cause: " SAMPLE_CAUSE "\n"
                                 "    issue: https://tracker/7\n"
                                 "    owner: ann\n"
                                 "    expires: 2026-11-28\n";

struct asked {
    char *policy_text;
    json_t *report;
    json_t *run;
    time_t now_s;
    struct ratios base;
    struct ratios now;
    bool has_base;
    bool has_now;
};

static void begin(struct asked *asked)
{
    memset(asked, 0, sizeof(*asked));
    asked->policy_text = strdup(policy_text);
    asked->report = sample_report();
    asked->run = sample_run();
    asked->now_s = SAMPLE_NOW_S;
}

static void end(struct asked *asked)
{
    free(asked->policy_text);
    json_decref(asked->report);
    json_decref(asked->run);
}

static void add_policy(struct asked *asked, const char *more)
{
    char *text = NULL;
    assert_true(asprintf(&text, "%s%s", asked->policy_text, more) > 0);
    free(asked->policy_text);
    asked->policy_text = text;
}

static void judge(struct asked *asked, struct verdict *verdict)
{
    struct err err = ERR_INIT;
    struct evidence evidence;
    struct policy *policy = calloc(1, sizeof(*policy));
    const struct evidence_source source = {"night-1", "runs/night-1", asked->report, asked->run};
    test_ok(policy_file_parse(asked->policy_text, strlen(asked->policy_text), "policy.yaml", policy,
                              &err),
            err);
    test_ok(evidence_read(&source, &evidence, &err), err);
    const struct gate_case all = {policy, &evidence, asked->has_base ? &asked->base : NULL,
                                  asked->has_now ? &asked->now : NULL, asked->now_s};
    memset(verdict, 0, sizeof(*verdict));
    gate_judge(&all, verdict);
    evidence_done(&evidence);
    free(policy);
}

static json_t *scenario_at(struct asked *asked, size_t index)
{
    return json_array_get(json_object_get(asked->report, "scenarios"), index);
}

static void set(struct asked *asked, const char *section, const char *key, json_t *value)
{
    assert_int_equal(json_object_set_new(json_object_get(asked->report, section), key, value), 0);
}

/* Of ten hits of the first point that writes one was not killed at: below 100 percent of all. */
static void cover_less(struct asked *asked)
{
    json_t *coverage = json_object_get(asked->report, "coverage");
    json_t *row = json_object_get(coverage, "commitlog/append");
    json_object_set_new(row, "killed", json_integer(9));
}

static void miss_scenario(struct asked *asked)
{
    /* Another has its place, so that the count is as before. */
    json_object_set_new(scenario_at(asked, 0), "name", json_string("another"));
}

static void cut_scenario(struct asked *asked)
{
    json_object_set_new(scenario_at(asked, 0), "cut_short", json_true());
}

static void know_nothing(struct asked *asked)
{
    sample_fail(asked->report);
}

static void expire_entry(struct asked *asked)
{
    sample_fail(asked->report);
    add_policy(asked, known_text);
    asked->now_s = SAMPLE_NOW_S + 7200; /* the day after */
}

static void lose_entry(struct asked *asked)
{
    add_policy(asked, known_text);
}

static void lose_rare_entry(struct asked *asked)
{
    lose_entry(asked);
    json_object_set_new(asked->report, "history",
                        json_pack("{s:[{s:s}]}", "rare", "fingerprint", SAMPLE_CAUSE));
}

static void drop_causes(struct asked *asked)
{
    sample_fail(asked->report);
    add_policy(asked, known_text);
    set(asked, "totals", "causes", json_integer(4));
}

static void sleep_canary(struct asked *asked)
{
    set(asked, "canary", "caught", json_false());
}

static void break_canary(struct asked *asked)
{
    set(asked, "canary", "caught", json_false());
    set(asked, "canary", "engine_failed", json_true());
}

static void double_bench(struct asked *asked)
{
    asked->has_base = asked->has_now = true;
    asked->base = (struct ratios){2, {{"images", 2.5, false}, {"puts", 0.9, true}}};
    asked->now = (struct ratios){2, {{"images", 5.0, false}, {"puts", 0.9, true}}};
    add_policy(asked, "bench: { base: base.json, worse: 50% }\n");
}

static void halve_bench(struct asked *asked)
{
    double_bench(asked);
    asked->now = (struct ratios){2, {{"images", 2.5, false}, {"puts", 0.45, true}}};
}

static void miss_figure(struct asked *asked)
{
    double_bench(asked);
    asked->now = (struct ratios){1, {{"images", 2.5, false}}};
}

static void miss_bench(struct asked *asked)
{
    double_bench(asked);
    asked->has_now = false;
}

static void leave_out(struct asked *asked)
{
    json_array_append_new(json_object_get(json_object_get(asked->report, "totals"), "left_out"),
                          sample_json("{\"reason\": \"not-loaded\", \"unit\": \"scenario\","
                                      " \"count\": 1, \"uncounted\": false, \"scenarios\": 1,"
                                      " \"text\": \"cannot be loaded\"}"));
}

static void leave_out_unknown(struct asked *asked)
{
    json_array_append_new(json_object_get(json_object_get(asked->report, "totals"), "left_out"),
                          sample_json("{\"reason\": \"threads\", \"unit\": \"case\","
                                      " \"count\": 0, \"uncounted\": true, \"scenarios\": 1,"
                                      " \"text\": \"may not come again\"}"));
}

static void cap_more(struct asked *asked)
{
    json_t *list = json_object_get(json_object_get(asked->report, "totals"), "left_out");
    json_object_set_new(json_array_get(list, 0), "count", json_integer(51));
}

static void leave_out_in_all(struct asked *asked)
{
    json_array_append_new(json_object_get(json_object_get(asked->report, "totals"), "left_out"),
                          sample_json("{\"reason\": \"caught\", \"unit\": \"case\","
                                      " \"count\": 11, \"uncounted\": false, \"scenarios\": 1,"
                                      " \"text\": \"a caught defect\"}"));
}

static void dirty(struct asked *asked)
{
    set(asked, "identity", "dirty", json_true());
}

static void unknown_revision(struct asked *asked)
{
    set(asked, "identity", "revision", json_null());
}

static void other_revision(struct asked *asked)
{
    free(asked->policy_text);
    assert_true(asprintf(&asked->policy_text, "%s",
                         "run: { revision: fedcba9 }\nscenarios: {}\n"
                         "least: { scenarios: 0, cases: 0, images: 0 }\n"
                         "coverage: { points: 0%, writes: 0%, reads: 0% }\n"
                         "left_out: { most: 99, allow: [ { reason: capped, most: 50 } ] }\n") > 0);
}

static void grow_old(struct asked *asked)
{
    asked->now_s = SAMPLE_BEGAN_S + 25 * 3600;
}

static void be_of_tomorrow(struct asked *asked)
{
    asked->now_s = SAMPLE_BEGAN_S - 60;
}

static void lose_run(struct asked *asked)
{
    json_decref(asked->run);
    asked->run = NULL;
}

static void interrupt(struct asked *asked)
{
    set(asked, "totals", "interrupted", json_true());
    set(asked, "totals", "exit_code", json_integer(2));
    json_object_set_new(asked->run, "state", json_string("interrupted"));
}

static void break_harness(struct asked *asked)
{
    set(asked, "totals", "harness_broken", json_true());
    set(asked, "totals", "exit_code", json_integer(3));
}

static void exit_for_nothing(struct asked *asked)
{
    set(asked, "totals", "exit_code", json_integer(1));
}

static void try_anyway(struct asked *asked)
{
    json_array_append_new(json_object_get(asked->run, "argv"), json_string("--anyway"));
}

static void be_a_shard(struct asked *asked)
{
    json_object_set_new(asked->report, "shard", json_pack("{s:i, s:i}", "i", 2, "n", 4));
}

static void switch_something(struct asked *asked)
{
    json_object_set_new(scenario_at(asked, 0), "switches", json_string("@skip/commitlog/sync"));
}

static void go_unaudited(struct asked *asked)
{
    json_object_set_new(asked->report, "audit", json_null());
}

static void pass_by(struct asked *asked)
{
    set(asked, "audit", "unannounced", json_integer(2));
}

static void name_scenarios(struct asked *asked)
{
    set(asked, "totals", "whole_suite", json_false());
}

static void run_less(struct asked *asked)
{
    set(asked, "totals", "passed", json_integer(999));
}

static void judge_fewer(struct asked *asked)
{
    set(asked, "explore", "judged", json_integer(699));
}

static void miss_point(struct asked *asked)
{
    json_t *row = json_object_get(json_object_get(asked->report, "coverage"), "commitlog/append");
    json_object_set_new(row, "hits", json_integer(0));
    json_object_set_new(row, "killed", json_integer(0));
    json_object_set_new(row, "reached", json_integer(0));
}

static void rename_point(struct asked *asked)
{
    json_t *coverage = json_object_get(asked->report, "coverage");
    json_object_set(coverage, "commitlog/apend", json_object_get(coverage, "commitlog/append"));
    json_object_del(coverage, "commitlog/append");
}

static void take_point_out(struct asked *asked)
{
    json_object_del(json_object_get(asked->report, "coverage"), "commitlog/append");
}

static void miss_defect(struct asked *asked)
{
    json_object_set_new(scenario_at(asked, 1), "violated", json_pack("[s]", "bounds"));
    json_object_set_new(scenario_at(asked, 1), "as_expected", json_false());
    json_object_set_new(scenario_at(asked, 1), "verdict",
                        json_string("not caught: queue-complete"));
    set(asked, "totals", "exit_code", json_integer(1));
}

static void feel_sympathy(struct asked *asked)
{
    sample_fail(asked->report);
    add_policy(asked, known_text);
    json_object_set_new(scenario_at(asked, 1), "sympathy", json_true());
    json_object_set_new(scenario_at(asked, 1), "as_expected", json_false());
}

static void be_vacuous(struct asked *asked)
{
    json_object_set_new(scenario_at(asked, 0), "as_expected", json_false());
    json_object_set_new(scenario_at(asked, 0), "verdict", json_string("vacuous: never reached x"));
    set(asked, "totals", "exit_code", json_integer(1));
}

static const struct {
    const char *name;
    void (*edit)(struct asked *asked);
    const char *rule;
    const char *says;
} wrongs[] = {
    {"a missing scenario", miss_scenario, "scenarios", "'plain-sync' did not run to its end"},
    {"a scenario cut short", cut_scenario, "scenarios", "'plain-sync' did not run to its end"},
    {"coverage of writes", cover_less, "writes killed", "the policy asks for 100.00 %: the table"},
    {"a point not reached", miss_point, "points reached", "the policy asks for 100.00 %"},
    {"a point of another version", rename_point, "coverage", "other points than this program"},
    {"a point that is not listed", take_point_out, "coverage", "other points than this program"},
    {"an unknown cause", know_nothing, "causes",
     "cause 0123456789ab is not in 'known': record-lost in the log, 12 cases, new: mend it (killpoint "
     "why plain-sync.3fa9c1@5eed:commitlog/append:1=kill), or list it"},
    {"more causes than are listed", drop_causes, "causes", "3 causes more than a report lists"},
    {"an expired entry", expire_entry, "known",
     "known cause 0123456789ab expired on 2026-11-28 (policy.yaml:8, owner ann, https://tracker/7)"},
    {"an entry that no longer occurs", lose_entry, "known",
     "known cause 0123456789ab no longer occurs (policy.yaml:8, https://tracker/7): take"},
    {"an entry that the history calls rare", lose_rare_entry, "known",
     "no longer occurs (policy.yaml:8, https://tracker/7): the history calls it rare, so say"},
    {"a canary not caught", sleep_canary, "canary", "nothing was reported (canary not caught)"},
    {"a canary that failed", break_canary, "canary", "the canary's own store failed"},
    {"a cost twice as bad", double_bench, "bench", "'images': 5.00 of its floor, was 2.50: 2.00"},
    {"a share half as good", halve_bench, "bench", "'puts': 0.45 of its floor, was 0.90: 2.00"},
    {"a figure that is missing", miss_figure, "bench", "'puts' was measured for the last release"},
    {"figures that are missing", miss_bench, "bench", "killpoint bench --json FILE"},
    {"a left-out scenario", leave_out, "left out: not-loaded", "1 (unit: scenario; cannot be"},
    {"what nobody counted", leave_out_unknown, "left out: threads",
     "an unknown number (unit: case"},
    {"more that is capped", cap_more, "left out: capped", "the policy allows 50: run it, or raise"},
    {"more left out in all", leave_out_in_all, "left out in all", "51 left out or capped in all"},
    {"a dirty revision", dirty, "revision",
     "sources were changed against commit 0123456789ab: commit them"},
    {"an unknown revision", unknown_revision, "revision", "nobody knows which commit"},
    {"another revision", other_revision, "revision", "commit 0123456789ab was tested, not fedcba9"},
    {"an old run", grow_old, "age", "the run is 25h old, the policy allows 24h: run again"},
    {"a run of tomorrow", be_of_tomorrow, "age", "began in the future"},
    {"a report alone", lose_run, "age", "nobody knows when the run began"},
    {"an interrupted run", interrupt, "ended", "was stopped before its end (interrupted, exit 2)"},
    {"a broken harness", break_harness, "ended", "the harness was at fault (exit 3)"},
    {"an exit code without a reason", exit_for_nothing, "ended", "nothing in its report says why"},
    {"a case tried anyway", try_anyway, "as it is", "was tried --anyway"},
    {"a shard", be_a_shard, "as it is", "this is shard 2 of 4: killpoint merge makes one"},
    {"a switch", switch_something, "as it is", "'@skip/commitlog/sync' changed what was tested"},
    {"no audit", go_unaudited, "audit", "run with --audit"},
    {"calls that were not announced", pass_by, "audit", "2 system calls went past the points"},
    {"a run of named scenarios", name_scenarios, "suite", "only named scenarios were run"},
    {"fewer cases", run_less, "cases judged", "999, the policy asks for 1000"},
    {"fewer images", judge_fewer, "images judged", "699, the policy asks for 700"},
    {"a defect that was not caught", miss_defect, "defects",
     "the defect of 'dup-info' was not caught (not caught: queue-complete)"},
    {"a defect that was not judged", feel_sympathy, "defects", "the engine fails without it, too"},
    {"a vacuous scenario", be_vacuous, "expectations", "'plain-sync' did not go as it expects"},
};

static void show(const char *name, const struct verdict *verdict)
{
    print_error("%s:\n", name);
    for (size_t i = 0; i < verdict->row_count; i++) {
        if (!verdict->rows[i].holds) {
            print_error("  %s: %s\n", verdict->rows[i].rule, verdict->rows[i].reason);
        }
    }
}

static void lets_a_good_run_pass(void **state)
{
    struct asked asked;
    struct verdict verdict;
    (void)state;
    begin(&asked);
    judge(&asked, &verdict);
    if (!verdict_is_good(&verdict)) {
        show("a good run", &verdict);
    }
    assert_true(verdict_is_good(&verdict));
    assert_true(verdict.row_count >= 18);
    verdict_done(&verdict);
    end(&asked);
}

static void refuses_one_wrong_thing_by_one_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
        struct asked asked;
        struct verdict verdict;
        const struct verdict_row *failed = NULL;
        begin(&asked);
        wrongs[i].edit(&asked);
        judge(&asked, &verdict);
        for (size_t k = 0; k < verdict.row_count; k++) {
            failed = verdict.rows[k].holds ? failed : &verdict.rows[k];
        }
        if (verdict.failed_count != 1 || strcmp(failed->rule, wrongs[i].rule) != 0 ||
            strstr(failed->reason, wrongs[i].says) == NULL) {
            show(wrongs[i].name, &verdict);
            fail_msg("%s: expected one line: %s: …%s…", wrongs[i].name, wrongs[i].rule,
                     wrongs[i].says);
        }
        assert_false(verdict_is_good(&verdict));
        verdict_done(&verdict);
        end(&asked);
    }
}

/* The run itself exits 1; that all of it is known is enough. */
static void lets_known_causes_pass(void **state)
{
    struct asked asked;
    struct verdict verdict;
    (void)state;
    begin(&asked);
    sample_fail(asked.report);
    add_policy(&asked, known_text);
    judge(&asked, &verdict);
    if (!verdict_is_good(&verdict)) {
        show("a known cause", &verdict);
    }
    assert_true(verdict_is_good(&verdict));
    verdict_done(&verdict);
    end(&asked);
}

static void lets_a_rare_cause_stay_away(void **state)
{
    struct asked asked;
    struct verdict verdict;
    (void)state;
    begin(&asked);
    add_policy(&asked, known_text);
    add_policy(&asked, "    rare: true\n");
    judge(&asked, &verdict);
    assert_true(verdict_is_good(&verdict));
    verdict_done(&verdict);
    end(&asked);
}

static void lets_figures_pass_that_are_as_good(void **state)
{
    struct asked asked;
    struct verdict verdict;
    (void)state;
    begin(&asked);
    double_bench(&asked);
    asked.now = (struct ratios){2, {{"images", 3.7, false}, {"puts", 0.61, true}}};
    judge(&asked, &verdict);
    assert_true(verdict_is_good(&verdict));
    verdict_done(&verdict);
    end(&asked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lets_a_good_run_pass),
        cmocka_unit_test(refuses_one_wrong_thing_by_one_line),
        cmocka_unit_test(lets_known_causes_pass),
        cmocka_unit_test(lets_a_rare_cause_stay_away),
        cmocka_unit_test(lets_figures_pass_that_are_as_good),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
