/* The restart, then the case (capsule_replay.h). */
#include "harness/capsule/capsule_replay.h"

#include "harness/campaign/explore_replay.h"
#include "harness/campaign/replay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MS_DEFAULT 10000u

int capsule_replay_rest(const struct capsule_replay_options *options,
                        const struct scenario *scenario, const struct plan *plan,
                        const struct rest *rest, struct campaign_case *ret_case, struct err *err)
{
    struct workload workload;
    if (scenario->topics * scenario->queues != rest->ledger->queue_count) {
        return err_set(err, ERR_USAGE, "its ledger is of another scenario");
    }
    int r = workload_make(scenario, &workload, err);
    if (r < 0) {
        return r;
    }
    const struct explore_replay_options explored = {
        .rehearse = {.scenario = scenario, .workload = &workload, .seed = rest->ledger->seed},
        .dir = options->dir,
        .keep_dir = options->keep_dir,
        .timeout_ms = options->timeout_ms == 0 ? TIMEOUT_MS_DEFAULT : options->timeout_ms,
        .given = rest,
    };
    r = explore_replay_run(&explored, plan, ret_case, err);
    workload_done(&workload);
    return r;
}

enum capsule_replay_verdict capsule_replay_verdict(const struct ending *recorded,
                                                   const struct ending *now)
{
    if (capsule_manifest_is_same(recorded, now)) {
        return CAPSULE_REPLAY_SAME;
    }
    return now->outcome == OUTCOME_INTACT ? CAPSULE_REPLAY_INTACT : CAPSULE_REPLAY_OTHER;
}

static void leave_out(struct capsule_replay_part *part, const char *reason)
{
    part->verdict = CAPSULE_REPLAY_NOT_RUN;
    (void)snprintf(part->reason, sizeof(part->reason), "%.*s", (int)sizeof(part->reason) - 1,
                   reason);
}

/* Other defaults or points than those of the build that made it: the hits may be others, too. */
static void note_version(const struct scenario *scenario, const struct token *token,
                         struct capsule_replay_part *part)
{
    if (scenario->hash24 != token->hash24) {
        (void)snprintf(part->reason, sizeof(part->reason),
                       "made for version %06" PRIx32
                       " of the scenario, this program's is %06" PRIx32
                       ": the same hit may be another moment",
                       token->hash24, scenario->hash24);
    }
}

static void run_whole(const struct capsule_replay_options *options, const struct capsule *capsule,
                      const struct scenario *scenario, const struct token *token,
                      struct capsule_replay_part *part)
{
    struct err err = ERR_INIT;
    uint32_t identical = 0;
    const struct replay_options replay = {.scenario = scenario,
                                          .token = token,
                                          .dir = options->dir,
                                          .timeout_ms = options->timeout_ms};
    if (scenario_is_threaded(scenario)) {
        leave_out(part, "no two runs of threads, or of another program, are the same");
        return;
    }
    int r = replay_run(&replay, &part->ended, &identical, &err);
    if (r < 0) {
        leave_out(part, err.text);
    } else if (part->ended.end.outcome == OUTCOME_NOT_FIRED) {
        leave_out(part, part->ended.end.detail);
    } else {
        part->verdict = capsule_replay_verdict(&capsule_manifest(capsule)->end, &part->ended.end);
        note_version(scenario, token, part);
    }
}

int capsule_replay_run(const struct capsule_replay_options *options, const struct capsule *capsule,
                       struct capsule_replay *ret_replay, struct err *err)
{
    struct err own = ERR_INIT;
    struct scenario *scenario = malloc(sizeof(*scenario));
    struct token *token = calloc(1, sizeof(*token));
    int r = scenario == NULL || token == NULL ? err_set(err, -ENOMEM, "no memory for a case") : 0;
    if (r < 0) {
        goto out;
    }
    r = capsule_scenario(capsule, scenario, err);
    if (r < 0) {
        goto out;
    }
    bool has_plan = capsule_token(capsule, token, &own) == 0;
    r = capsule_replay_rest(options, scenario, &token->plan, capsule_rest(capsule),
                            &ret_replay->restart.ended, err);
    if (r < 0) {
        goto out;
    }
    ret_replay->restart.verdict =
        capsule_replay_verdict(&capsule_manifest(capsule)->restart, &ret_replay->restart.ended.end);
    if (has_plan) {
        run_whole(options, capsule, scenario, token, &ret_replay->whole);
    } else {
        leave_out(&ret_replay->whole, own.text);
    }
out:
    free(token);
    free(scenario);
    return r;
}
