/* A candidate from a scenario's text and a plan, for the tests of this room. */
#ifndef HARNESS_SHRINK_TESTS_SHRINK_CASE_H
#define HARNESS_SHRINK_TESTS_SHRINK_CASE_H

#include "harness/shrink/trial.h"
#include "harness/testkit/test.h"

#define SHRINK_CASE_SEED 0x5eed

/* On the heap; the caller frees it. */
static inline struct candidate *shrink_case_make(const char *text, const char *plan)
{
    struct candidate *candidate = calloc(1, sizeof(*candidate));
    struct err err = ERR_INIT;
    assert_non_null(candidate);
    test_ok(scenario_parse(text, strlen(text), "a.yaml", &candidate->scenario, &err), err);
    struct token *token = &candidate->token;
    (void)snprintf(token->scenario, sizeof(token->scenario), "%s", candidate->scenario.name);
    (void)snprintf(token->target, sizeof(token->target), "engine");
    token->hash24 = candidate->scenario.hash24;
    token->seed = SHRINK_CASE_SEED;
    test_ok(plan_parse(plan, &points_engine, &token->plan, &err), err);
    return candidate;
}

/* A trial whose goal is how this candidate fails. */
static inline void shrink_case_begin(struct trial *trial, const struct candidate *candidate)
{
    const struct trial_options options = {0};
    struct err err = ERR_INIT;
    test_ok(trial_init(&options, trial, &err), err);
    test_ok(trial_run(trial, candidate, &err), err);
    trial->goal = goal_of(&trial->ended->end, candidate->scenario.expect);
    assert_true(goal_is_any(&trial->goal));
    assert_true(trial_fails(trial, candidate));
}

/* Its plan, as text of static length. */
static inline const char *shrink_case_plan(const struct candidate *candidate,
                                           char text[PLAN_TEXT_SIZE_BYTES])
{
    (void)plan_print(&candidate->token.plan, &points_engine, text, PLAN_TEXT_SIZE_BYTES);
    return text;
}

/* The queues are emptied after a kill, although the log is whole. */
#define SHRINK_CASE_EMPTIED                                                             \
    "name: emptied\nstore: { mode: dledger, flush: async, queue_file_units: 50, "       \
    "defects: [dledger-dup-info] }\nworkload: { queues: 2, producers: 2, phases: [\n"   \
    "  { put: 10, body: 64..300B, every: 1s, tags: [a, b], properties: 1 },\n"          \
    "  { commit_offsets: all }, { pause: 12s }, { put: 2, body: 64B } ] }\n"            \
    "expect: { violated: [queue-complete], also: [bounds, offsets-unique, queue-true, " \
    "rebuild-equal, idempotent, reads-agree, consumer-offset] }\n"

/* A write that is torn in the middle of a record's header is taken for one. */
#define SHRINK_CASE_TORN                                                                         \
    "name: torn\nstore: { defects: [half-record-accepted] }\n"                                   \
    "workload: { queues: 2, phases: [ { put: 6, body: 64..200B, every: 300ms, tags: [a] } ] }\n" \
    "faults: [ { point: commitlog/append, fault: torn } ]\n"                                     \
    "expect: { violated: [acked-survives], also: [bounds, offsets-unique, queue-true, "          \
    "queue-complete, consumer-offset, rebuild-equal, idempotent, reads-agree, "                  \
    "nothing-invented] }\n"

/* The checkpoint speaks for units that are in memory only. */
#define SHRINK_CASE_LOST                                                                       \
    "name: lost\nstore: { log_file_size: 4KiB, defects: [checkpoint-ahead-of-queues] }\n"      \
    "workload: { phases: [ { hold: queue-flush, for: 60s }, { put: 9, body: 300B, every: 1s, " \
    "tags: [a], properties: 1 }, { pause: 5s }, { put: 2, body: 300B, every: 1s, tags: [a], "  \
    "properties: 1 }, { pause: 3s }, { put: 1, body: 300B, tags: [a], properties: 1 } ] }\n"   \
    "faults: [ { point: \"*\", fault: power-loss } ]\n"                                        \
    "expect: { violated: [queue-complete], also: [bounds, offsets-unique, queue-true, "        \
    "consumer-offset, rebuild-equal, idempotent, reads-agree, order-durable] }\n"
#define SHRINK_CASE_LOST_PLAN "checkpoint/write:15=power-loss:all:d17k1"

#endif
