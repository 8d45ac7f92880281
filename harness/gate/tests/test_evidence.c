/* What is read of a run; and that no field which a rule goes by may be missing, or of another type.
 */
#include "harness/gate/evidence.h"
#include "harness/gate/tests/sample_report.h"

#include <string.h>

static int read_both(json_t *report, json_t *run, struct evidence *evidence, struct err *err)
{
    const struct evidence_source source = {"night-1", "runs/night-1", report, run};
    return evidence_read(&source, evidence, err);
}

static void reads_what_rules_go_by(void **state)
{
    json_t *report = sample_report();
    json_t *run = sample_run();
    struct evidence evidence;
    struct err err = ERR_INIT;
    (void)state;
    sample_fail(report);
    test_ok(read_both(report, run, &evidence, &err), err);
    assert_string_equal(evidence.id, "night-1");
    assert_true(evidence.began == SAMPLE_BEGAN_S);
    assert_string_equal(evidence.command, "run --audit");
    assert_true(evidence.passed == 1000 && evidence.failed == 12 && evidence.images == 700);
    assert_true(evidence.coverage.is_of_this_build);
    assert_int_equal(evidence.coverage.reached, points_engine.count);
    assert_true(evidence.coverage.writes > 0 &&
                evidence.coverage.writes == evidence.coverage.killed);
    assert_true(evidence.coverage.reads > 0 && evidence.coverage.reads == evidence.coverage.failed);
    assert_int_equal(evidence.scenario_count, 2);
    assert_true(evidence.scenarios[1].is_defect && evidence.scenarios[1].is_caught);
    assert_false(evidence.scenarios[0].is_as_expected);
    assert_int_equal(evidence.left_out_count, 1);
    assert_string_equal(evidence.left_out[0].reason, "capped");
    assert_int_equal(evidence.listed_count, 1);
    assert_string_equal(evidence.causes[0].text, "record-lost in the log");
    assert_string_equal(evidence.causes[0].state, "new");
    evidence_done(&evidence);
    json_decref(report);
    json_decref(run);
}

/* A lone report says nothing of when and how. */
static void reads_a_report_alone(void **state)
{
    json_t *report = sample_report();
    struct evidence evidence;
    struct err err = ERR_INIT;
    (void)state;
    test_ok(read_both(report, NULL, &evidence, &err), err);
    assert_false(evidence.has_run);
    evidence_done(&evidence);
    evidence_done(&evidence);
    json_decref(report);
}

/* "totals/passed" of a document; a number is an index. */
static json_t *parent_of(json_t *at, char *path, const char **ret_key)
{
    char *rest = NULL;
    char *key = strtok_r(path, "/", &rest);
    char *next;
    while ((next = strtok_r(NULL, "/", &rest)) != NULL) {
        at = *key >= '0' && *key <= '9' ? json_array_get(at, (size_t)(*key - '0'))
                                        : json_object_get(at, key);
        key = next;
    }
    *ret_key = key;
    return at;
}

static const char *const needed[] = {
    "totals/passed",
    "totals/failed",
    "totals/skipped",
    "totals/causes",
    "totals/unreached_points",
    "totals/exit_code",
    "totals/interrupted",
    "totals/harness_broken",
    "totals/whole_suite",
    "totals/left_out",
    "totals/left_out/0/reason",
    "totals/left_out/0/count",
    "totals/left_out/0/uncounted",
    "identity/dirty",
    "canary/run",
    "canary/caught",
    "canary/engine_failed",
    "audit/syscalls",
    "audit/unannounced",
    "audit",
    "explore/judged",
    "explore",
    "coverage",
    "coverage/hits",
    "scenarios",
    "scenarios/0/name",
    "scenarios/0/switches",
    "scenarios/0/expect",
    "scenarios/0/as_expected",
    "scenarios/0/ended",
    "scenarios/0/cut_short",
    "scenarios/0/sympathy",
    "scenarios/0/run",
    "scenarios/0/failed",
    "causes",
    "causes/0/fingerprint",
    "causes/0/cases",
    "causes/0/simplest/token",
};

/* Points have a slash in their names. */
static json_t *find(json_t *report, const char *path, const char **ret_key, char *buffer)
{
    json_t *coverage = json_object_get(report, "coverage");
    (void)snprintf(buffer, 64, "%s", path);
    if (strncmp(path, "coverage/", 9) == 0) {
        *ret_key = "hits";
        return json_object_get(coverage, "commitlog/append");
    }
    return parent_of(report, buffer, ret_key);
}

static void misses_each_field_that_is_not_there(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * sizeof(needed) / sizeof(needed[0]); i++) {
        const char *path = needed[i / 2];
        bool is_taken_out = i % 2 == 0;
        json_t *report = sample_report();
        struct evidence evidence;
        struct err err = ERR_INIT;
        const char *key = "";
        char buffer[64];
        sample_fail(report);
        json_t *parent = find(report, path, &key, buffer);
        if (is_taken_out) {
            assert_int_equal(json_object_del(parent, key), 0);
        } else {
            assert_int_equal(json_object_set_new(parent, key, json_real(1.5)), 0);
        }
        int r = read_both(report, NULL, &evidence, &err);
        if (r != ERR_CORRUPT || strstr(err.text, "report of 'runs/night-1': ") == NULL) {
            fail_msg("%s %s: %d, %s", path, is_taken_out ? "taken out" : "of another type", r,
                     err.text);
        }
        json_decref(report);
    }
}

static void refuses_a_run_json_without_a_time(void **state)
{
    static const char *const wrong[] = {"began", "state", "argv"};
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]) + 1; i++) {
        json_t *report = sample_report();
        json_t *run = sample_run();
        struct evidence evidence;
        struct err err = ERR_INIT;
        if (i < sizeof(wrong) / sizeof(wrong[0])) {
            json_object_del(run, wrong[i]);
        } else {
            json_object_set_new(run, "began", json_string("yesterday"));
        }
        test_code(read_both(report, run, &evidence, &err), ERR_CORRUPT);
        json_decref(report);
        json_decref(run);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_rules_go_by),
        cmocka_unit_test(reads_a_report_alone),
        cmocka_unit_test(misses_each_field_that_is_not_there),
        cmocka_unit_test(refuses_a_run_json_without_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
