/* A run that a gate has nothing against: a report and a run.json, with every field that is read. */
#ifndef HARNESS_GATE_TESTS_SAMPLE_REPORT_H
#define HARNESS_GATE_TESTS_SAMPLE_REPORT_H

#include "harness/case/points.h"
#include "harness/gate/evidence.h"
#include "harness/testkit/test.h"

#include <jansson.h>

#define SAMPLE_CAUSE "0123456789ab"
/* When the sample's run began, and an hour later. */
#define SAMPLE_BEGAN_S 1795903200 /* 2026-11-28T22:00:00Z */
#define SAMPLE_NOW_S   (SAMPLE_BEGAN_S + 3600)

static inline json_t *sample_json(const char *text)
{
    json_error_t why;
    json_t *json = json_loads(text, 0, &why);
    if (json == NULL) {
        fail_msg("%s at %d", why.text, why.column);
    }
    return json;
}

/* Every point of the engine, hit ten times, and struck each time. */
static inline json_t *sample_coverage(void)
{
    json_t *coverage = json_object();
    for (uint32_t i = 0; i < points_engine.count; i++) {
        int is_mutating = points_is_mutating(&points_engine, i);
        json_object_set_new(coverage, points_name(&points_engine, i),
                            json_pack("{s:i, s:i, s:i, s:i}", "hits", 10, "reached", 20, "killed",
                                      is_mutating ? 10 : 0, "failed", is_mutating ? 0 : 10));
    }
    return coverage;
}

/* Two scenarios, one of them a defect that was caught; 1,000 cases. */
static inline json_t *sample_report(void)
{
    json_t *report = sample_json(
        "{\"schema_version\": 3, \"version\": \"0.2.0\", \"seed\": \"5eed\","
        "\"totals\": {\"passed\": 1000, \"failed\": 0, \"skipped\": 3, \"causes\": 0,"
        " \"unreached_points\": 0, \"duration_us\": 61000000, \"exit_code\": 0,"
        " \"interrupted\": false, \"harness_broken\": false, \"cut_by_budget\": false,"
        " \"whole_suite\": true, \"left_out\": [{\"reason\": \"capped\", \"unit\": \"crash position\","
        "  \"count\": 40, \"uncounted\": false, \"scenarios\": 1, \"text\": \"past the bound\"}]},"
        "\"identity\": {\"revision\": \"0123456789abcdef0123456789abcdef01234567\","
        " \"dirty\": false, \"compiler\": \"GNU 12\", \"system\": \"Linux x86_64\","
        " \"file_system\": \"tmpfs\", \"worker_hash\": \"feed\"},"
        "\"canary\": {\"run\": true, \"caught\": true, \"engine_failed\": false, \"text\": \"\"},"
        "\"audit\": {\"syscalls\": 99, \"unannounced\": 0},"
        "\"explore\": {\"judged\": 700}, \"causes\": [], \"scenarios\": ["
        "{\"name\": \"plain-sync\", \"target\": \"engine\", \"switches\": \"\", \"verdict\": \"\","
        " \"expect\": [], \"violated\": [], \"as_expected\": true, \"ended\": true,"
        " \"cut_short\": false, \"sympathy\": false, \"run\": 900, \"failed\": 0},"
        "{\"name\": \"dup-info\", \"target\": \"engine\", \"switches\": \"\", \"verdict\": \"\","
        " \"expect\": [\"queue-complete\"], \"violated\": [\"queue-complete\", \"bounds\"],"
        " \"as_expected\": true, \"ended\": true, \"cut_short\": false, \"sympathy\": false,"
        " \"run\": 100, \"failed\": 0}]}");
    json_object_set_new(report, "coverage", sample_coverage());
    return report;
}

static inline json_t *sample_run(void)
{
    return sample_json("{\"schema_version\": 3, \"began\": \"2026-11-28T22:00:00Z\","
                       " \"state\": \"ended\", \"argv\": [\"run\", \"--audit\"]}");
}

/* Puts one cause into the report of a run that failed by it. */
static inline void sample_fail(json_t *report)
{
    json_t *totals = json_object_get(report, "totals");
    json_t *scenario = json_array_get(json_object_get(report, "scenarios"), 0);
    json_array_append_new(
        json_object_get(report, "causes"),
        sample_json(
            "{\"fingerprint\": \"" SAMPLE_CAUSE "\", \"mechanism\": \"record-lost\","
            " \"outcome\": \"violated\", \"function\": null, \"place\": \"the log\","
            " \"cases\": 12, \"state\": \"new\", \"since\": \"2026-11-28T22:00:00Z\","
            " \"simplest\": {\"token\": \"plain-sync.3fa9c1@5eed:commitlog/append:1=kill\"}}"));
    json_object_set_new(totals, "causes", json_integer(1));
    json_object_set_new(totals, "failed", json_integer(12));
    json_object_set_new(totals, "exit_code", json_integer(1));
    json_object_set_new(scenario, "as_expected", json_false());
    json_object_set_new(scenario, "failed", json_integer(12));
    json_object_set_new(scenario, "verdict", json_string("12 cases failed"));
}

#endif
