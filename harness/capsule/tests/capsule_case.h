/* A case with a capsule, for the tests of this room. */
#ifndef HARNESS_CAPSULE_TESTS_CAPSULE_CASE_H
#define HARNESS_CAPSULE_TESTS_CAPSULE_CASE_H

#include "harness/capsule/capsule.h"
#include "harness/capsule/capsule_file.h"
#include "harness/capsule/capsule_make.h"
#include "harness/testkit/test.h"
#include "harness/testkit/tmpdir.h"

#include <fcntl.h>
#include <unistd.h>

/* Recovery asks each record for a property that none has, and cuts every queue (#8032). */
#define RECOVERY_TEXT                                                                             \
    "name: recovery\nsummary: s\n"                                                                \
    "store: { mode: dledger, flush: sync, log_file_size: 64KiB, queue_file_units: 50, "           \
    "defects: [dledger-dup-info] }\n"                                                             \
    "workload: { topics: 1, queues: 2, producers: 1, phases: [ { put: 6, body: 64..200B, every: " \
    "200ms } ] }\n"                                                                               \
    "faults: [ { point: \"*\", fault: [kill] } ]\n"
#define RECOVERY_PLAN "dledger/append:5=kill-after"

/* A failed sync counts as done: what it covered is acknowledged and lost. */
#define SYNC_TEXT                                                                                 \
    "name: sync\nsummary: s\n"                                                                    \
    "store: { mode: commitlog, flush: sync, log_file_size: 64KiB, queue_file_units: 50, "         \
    "defects: [sync-error-ignored] }\n"                                                           \
    "workload: { topics: 1, queues: 2, producers: 2, phases: [ { put: 4, body: 64..300B, every: " \
    "300ms } ] }\n"                                                                               \
    "faults: [ { point: \"*\", fault: [power-loss] } ]\n"
#define SYNC_PLAN "commitlog/sync:2=sync-eio:clean"

#define CASE_SEED 0x5eed

struct capsule_case {
    struct tmpdir dir;
    char scenario_path[TMPDIR_PATH_SIZE_BYTES + 32];
    char path[TMPDIR_PATH_SIZE_BYTES + 32]; /* of the capsule */
    struct scenario scenario;
    struct token token;
    struct campaign_case ended;
    struct err err;
};

static inline void capsule_case_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Runs the plan and keeps a capsule of it. */
static inline void capsule_case_make(struct capsule_case *made, const char *text, const char *plan)
{
    uint32_t identical = 0;
    memset(made, 0, sizeof(*made));
    tmpdir_make(&made->dir);
    (void)snprintf(made->scenario_path, sizeof(made->scenario_path), "%s/s.yaml", made->dir.path);
    (void)snprintf(made->path, sizeof(made->path), "%s/s.capsule", made->dir.path);
    capsule_case_write(made->scenario_path, text);
    test_ok(scenario_load(made->scenario_path, &made->scenario, &made->err), made->err);
    (void)snprintf(made->token.scenario, sizeof(made->token.scenario), "%s", made->scenario.name);
    (void)snprintf(made->token.target, sizeof(made->token.target), "engine");
    made->token.hash24 = made->scenario.hash24;
    made->token.seed = CASE_SEED;
    test_ok(plan_parse(plan, &points_engine, &made->token.plan, &made->err), made->err);
    const struct replay_options replay = {
        .scenario = &made->scenario, .token = &made->token, .timeout_ms = 20000};
    const struct capsule_make_options options = {.path = made->path, .made_by = "a test"};
    test_ok(capsule_make(&replay, &options, &made->ended, &identical, &made->err), made->err);
    assert_int_equal(identical, 1);
}

static inline void capsule_case_remove(struct capsule_case *made)
{
    tmpdir_remove(&made->dir);
}

/* The capsule as a build would open it that has not the defect: its scenario is rewritten. */
static inline void capsule_case_mend(const struct capsule_case *made, const char *defect)
{
    struct capsule_file file;
    struct err err = ERR_INIT;
    int fd = open(made->path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    test_ok(capsule_file_read(fd, false, &file, &err), err);
    char *at = strstr((char *)file.scenario.data, defect);
    assert_non_null(at);
    memset(at, ' ', strlen(defect));
    const struct view store = image_view(file.image);
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    test_ok(capsule_file_write(fd, &file, &store, &err), err);
    capsule_file_done(&file);
    assert_int_equal(close(fd), 0);
}

#endif
