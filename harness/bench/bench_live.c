/* Live cases and points. */
#include "harness/bench/bench_live.h"

#include "harness/bench/bench_nofiu.h"
#include "harness/live/live.h"
#include "store/disk/faultpoint.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/wait.h>

#define CHUNKS      15u
#define CHUNK_CASES 40u
#define POINT_LOOPS UINT64_C(1000000)

/* Twenty messages into one queue, or over four, and a kill at the append of the last. */
#define SCENARIO_TEXT(topics, queues)                                                        \
    "name: bench\n"                                                                          \
    "summary: What a live case costs.\n"                                                     \
    "store: { mode: commitlog, flush: sync, services: manual, log_file_size: 16KiB,"         \
    " queue_file_units: 100 }\n"                                                             \
    "workload: { topics: " topics ", queues: " queues ", producers: 2, phases: [ { put: 20," \
    " body: 64..256B, every: 10ms, tags: [a, b] } ] }\n"                                     \
    "faults: [ { point: commitlog/append, fault: [kill], when: 20 } ]\n"                     \
    "expect: intact\n"

static int bare_child(bool killed)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        if (killed) {
            (void)kill(getpid(), SIGKILL);
        }
        _exit(0);
    }
    if (pid < 0) {
        return -errno;
    }
    return waitpid(pid, &status, 0) == pid ? 0 : -errno;
}

/* Seconds for one floor: fork + SIGKILL + wait + fork + wait. */
static double time_floor(void)
{
    double start_s = bench_rows_now_s();
    for (uint32_t i = 0; i < CHUNK_CASES; i++) {
        if (bare_child(true) < 0 || bare_child(false) < 0) {
            return 0;
        }
    }
    return (bench_rows_now_s() - start_s) / CHUNK_CASES;
}

static int time_cases(struct live *live, const struct plan *plan, double *ret_s, struct err *err)
{
    struct campaign_case *ended = calloc(1, sizeof(*ended));
    struct live_request request = {.plan = plan, .role = CAMPAIGN_ROLE_FAULT};
    double start_s = bench_rows_now_s();
    int r = ended == NULL ? -ENOMEM : 0;
    for (uint32_t i = 0; i < CHUNK_CASES && r == 0; i++) {
        r = live_run(live, &request, ended, err);
        if (r == 0 && (ended->end.outcome != OUTCOME_INTACT || ended->fired_count != 1)) {
            r = err_set(err, ERR_BROKEN, "the bench's own case ended %s: %s",
                        outcome_name(ended->end.outcome), ended->end.detail);
        }
    }
    *ret_s = (bench_rows_now_s() - start_s) / CHUNK_CASES;
    free(ended);
    return r;
}

static void report_cases(struct bench_result *result, const char *name, double *case_s,
                         double *floor_s, double *ratios)
{
    double per_case_s = bench_rows_median(case_s, CHUNKS);
    double per_floor_s = bench_rows_median(floor_s, CHUNKS);
    double ratio = bench_rows_median(ratios, CHUNKS);
    struct bench_row *row = bench_rows_add(result, name, "1/s", 1 / per_case_s);
    bench_rows_set_floor(row, "fork + SIGKILL + wait + fork + wait", 1 / per_floor_s, ratio);
    bench_rows_set_target(row, ">= 1000/s and <= 6x the floor's time",
                          1 / per_case_s >= 1000 && ratio <= 6);
}

static int measure_cases(const char *name, const char *text, struct bench_result *result,
                         struct err *err)
{
    struct scenario scenario;
    struct workload workload;
    struct live *live = NULL;
    struct plan plan;
    double case_s[CHUNKS];
    double floor_s[CHUNKS];
    double ratios[CHUNKS];
    int r = scenario_parse(text, strlen(text), "bench", &scenario, err);
    if (r < 0) {
        return r;
    }
    r = plan_parse("commitlog/append:20=kill", &points_engine, &plan, err);
    if (r < 0) {
        return r;
    }
    r = workload_make(&scenario, &workload, err);
    if (r < 0) {
        return r;
    }
    struct live_options live_options = {&scenario, &workload, 1, NULL, 10000};
    r = live_open(&live_options, &live, err);
    /* Floor and cases in turn: the machine's speed drifts under both alike. */
    for (uint32_t i = 0; i < CHUNKS && r == 0; i++) {
        floor_s[i] = time_floor();
        r = time_cases(live, &plan, &case_s[i], err);
        ratios[i] = floor_s[i] > 0 ? case_s[i] / floor_s[i] : 0;
    }
    if (r == 0) {
        report_cases(result, name, case_s, floor_s, ratios);
    }
    live_close(live);
    workload_done(&workload);
    return r;
}

int bench_live_cases(const struct bench_options *options, struct bench_result *result,
                     struct err *err)
{
    (void)options;
    int r = measure_cases("live cases, one queue", SCENARIO_TEXT("1", "1"), result, err);
    return r < 0 ? r
                 : measure_cases("live cases, four queues", SCENARIO_TEXT("2", "2"), result, err);
}

int bench_live_points(const struct bench_options *options, struct bench_result *result,
                      struct err *err)
{
    struct shared *shared = NULL;
    struct arm_registration *registration = NULL;
    (void)options;
    int r = shared_map(1, &shared, err);
    if (r < 0) {
        return r;
    }
    r = arm_register(&shared->arm, &registration, err);
    if (r < 0) {
        (void)shared_unmap(shared, 1);
        return r;
    }
    arm_set_active(&shared->arm, true);
    uint64_t failed = 0;
    double start_s = bench_rows_now_s();
    for (uint64_t i = 0; i < POINT_LOOPS; i++) {
        failed += faultpoint_check((uint32_t)(i % POINT_COUNT)) != NULL ? 1 : 0;
    }
    double armed_us = (bench_rows_now_s() - start_s) * 1e6 / (double)POINT_LOOPS;
    arm_set_active(&shared->arm, false);
    registration = arm_unregister(registration);
    (void)shared_unmap(shared, 1);
    start_s = bench_rows_now_s();
    failed += bench_nofiu_loop(POINT_LOOPS);
    double compiled_out_us = (bench_rows_now_s() - start_s) * 1e6 / (double)POINT_LOOPS;
    if (failed != 0) {
        return err_set(err, ERR_BROKEN, "a point failed that was not armed to");
    }
    bench_rows_set_target(bench_rows_add(result, "an armed point", "us", armed_us), "<= 0.6 us",
                          armed_us <= 0.6);
    bench_rows_set_target(bench_rows_add(result, "a point compiled out", "us", compiled_out_us),
                          "0 (an empty loop)", compiled_out_us < 0.005);
    return 0;
}
