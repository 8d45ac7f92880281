/* A policy that is written from a run lets that run pass; and placeholders are for people. */
#include "harness/gate/baseline.h"
#include "harness/gate/gate.h"
#include "harness/gate/policy_file.h"
#include "harness/gate/tests/sample_report.h"

#include <stdlib.h>
#include <string.h>

static char *write_baseline(json_t *report, json_t *run, int expected, struct err *err)
{
    char *text = NULL;
    size_t size = 0;
    struct evidence evidence;
    const struct evidence_source source = {"night-1", "runs/night-1", report, run};
    FILE *stream = open_memstream(&text, &size);
    test_ok(evidence_read(&source, &evidence, err), *err);
    test_code(baseline_write(stream, &evidence, err), expected);
    assert_int_equal(fclose(stream), 0);
    evidence_done(&evidence);
    return text;
}

static void lets_its_own_run_pass(void **state)
{
    json_t *report = sample_report();
    json_t *run = sample_run();
    struct err err = ERR_INIT;
    struct evidence evidence;
    struct verdict verdict = {.rows = NULL};
    struct policy *policy = calloc(1, sizeof(*policy));
    const struct evidence_source source = {"night-1", "runs/night-1", report, run};
    char *text = write_baseline(report, run, 0, &err);
    (void)state;
    test_contains(text, "from run night-1, commit 0123456789ab.");
    test_contains(text, "must_run: [\n    plain-sync, dup-info ]");
    test_contains(text, "least: { scenarios: 2, cases: 900, images: 630 }");
    test_contains(text, "coverage: { points: 100%, writes: 100%, reads: 100% }");
    test_contains(text, "{ reason: capped, most: 44 }");
    test_ok(policy_file_parse(text, strlen(text), "p.yaml", policy, &err), err);
    test_ok(evidence_read(&source, &evidence, &err), err);
    const struct gate_case asked = {policy, &evidence, NULL, NULL, SAMPLE_NOW_S};
    gate_judge(&asked, &verdict);
    assert_true(verdict_is_good(&verdict));
    verdict_done(&verdict);
    evidence_done(&evidence);
    free(text);
    free(policy);
    json_decref(report);
    json_decref(run);
}

static void lists_causes_for_somebody_to_fill_in(void **state)
{
    json_t *report = sample_report();
    json_t *run = sample_run();
    struct err err = ERR_INIT;
    struct policy *policy = calloc(1, sizeof(*policy));
    (void)state;
    sample_fail(report);
    char *text = write_baseline(report, run, 0, &err);
    test_contains(text, "- cause: '" SAMPLE_CAUSE "'\n    what: 'record-lost in the log'\n");
    test_code(policy_file_parse(text, strlen(text), "p.yaml", policy, &err), ERR_USAGE);
    test_contains(err.text, "'FIXME' stands here");
    free(text);
    free(policy);
    json_decref(report);
    json_decref(run);
}

static void refuses_a_sample(void **state)
{
    json_t *report = sample_report();
    json_t *run = sample_run();
    struct err err = ERR_INIT;
    (void)state;
    json_object_set_new(
        json_array_get(json_object_get(json_object_get(report, "totals"), "left_out"), 0), "reason",
        json_string("cases"));
    free(write_baseline(report, run, ERR_USAGE, &err));
    test_contains(err.text, "only a sample was run: run without --cases");
    json_object_set_new(json_object_get(report, "totals"), "interrupted", json_true());
    free(write_baseline(report, run, ERR_USAGE, &err));
    test_contains(err.text, "did not come to its end");
    json_decref(report);
    json_decref(run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lets_its_own_run_pass),
        cmocka_unit_test(lists_causes_for_somebody_to_fill_in),
        cmocka_unit_test(refuses_a_sample),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
