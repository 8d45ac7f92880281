/* Cases of scenarios of the tree, run again for a test. */
#ifndef HARNESS_REENACT_TESTS_FIXTURE_H
#define HARNESS_REENACT_TESTS_FIXTURE_H

#include "harness/reenact/reenact.h"
#include "harness/scenario/workload.h"
#include "harness/testkit/test.h"

struct fixture {
    struct scenario scenario;
    struct workload workload;
    struct plan plan;
    struct reenact *reenact;
};

/* Loads "defects/NAME" with one switch (or NULL), and runs the plan. */
static void fixture_run(struct fixture *fixture, const char *name, const char *applied,
                        const char *plan)
{
    char path[512];
    struct err err = ERR_INIT;
    (void)snprintf(path, sizeof(path), "%s/scenarios/%s.yaml", TEST_SOURCE_DIR, name);
    test_ok(scenario_load(path, &fixture->scenario, &err), err);
    if (applied != NULL) {
        test_ok(scenario_apply_switch(&fixture->scenario, applied, &err), err);
    }
    test_ok(workload_make(&fixture->scenario, &fixture->workload, &err), err);
    test_ok(plan_parse(plan, &points_engine, &fixture->plan, &err), err);
    const struct reenact_options options = {&fixture->scenario, &fixture->workload, 0x5eed,
                                            &fixture->plan};
    test_ok(reenact_new(&options, &fixture->reenact, &err), err);
}

static void fixture_done(struct fixture *fixture)
{
    fixture->reenact = reenact_free(fixture->reenact);
    workload_done(&fixture->workload);
}

#endif
