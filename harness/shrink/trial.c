/* Running candidates (trial.h). */
#include "harness/shrink/trial.h"

#include "harness/base/monotonic.h"
#include "harness/campaign/replay.h"
#include "harness/live/live.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MS_DEFAULT 10000u

int trial_init(const struct trial_options *options, struct trial *ret_trial, struct err *err)
{
    memset(ret_trial, 0, sizeof(*ret_trial));
    ret_trial->options = *options;
    if (options->timeout_ms == 0) {
        ret_trial->options.timeout_ms = TIMEOUT_MS_DEFAULT;
    }
    ret_trial->end_us =
        options->budget_ms == 0 ? INT64_MAX : monotonic_us() + (int64_t)options->budget_ms * 1000;
    ret_trial->scenario = calloc(1, sizeof(*ret_trial->scenario));
    ret_trial->ended = calloc(1, sizeof(*ret_trial->ended));
    if (ret_trial->scenario == NULL || ret_trial->ended == NULL) {
        trial_done(ret_trial);
        return err_set(err, -ENOMEM, "out of memory");
    }
    return 0;
}

void trial_done(struct trial *trial)
{
    free(trial->scenario);
    free(trial->ended);
    trial->scenario = NULL;
    trial->ended = NULL;
}

bool trial_is_over(struct trial *trial)
{
    trial->is_cut = trial->is_cut || monotonic_us() >= trial->end_us;
    return trial->is_cut;
}

int trial_run(struct trial *trial, const struct candidate *candidate, struct err *err)
{
    const struct replay_options options = {
        .scenario = trial->scenario,
        .token = &candidate->token,
        .dir = trial->options.dir,
        .timeout_ms = trial->options.timeout_ms,
    };
    uint32_t identical = 0;
    memset(trial->ended, 0, sizeof(*trial->ended));
    trial->count++;
    int r = candidate_apply(candidate, trial->scenario, err);
    return r < 0 ? r : replay_run(&options, trial->ended, &identical, err);
}

bool trial_fails(struct trial *trial, const struct candidate *candidate)
{
    struct err err = ERR_INIT;
    if (trial_is_over(trial) || trial_run(trial, candidate, &err) < 0) {
        return false;
    }
    return goal_holds(&trial->goal, &trial->ended->end);
}

struct writes {
    uint32_t round;
    uint32_t point;
    uint64_t *sizes_bytes;
    uint32_t count_max;
    uint32_t count;
};

static int take_writes(void *arg, uint32_t round, const struct trace *trace)
{
    struct writes *writes = arg;
    struct trace_entry entry;
    for (size_t i = 0; round == writes->round && i < trace_count(trace); i++) {
        trace_get(trace, i, &entry);
        if (!entry.is_note && entry.point == writes->point && writes->count < writes->count_max) {
            bool is_write = entry.op == POINT_OP_WRITE;
            writes->sizes_bytes[writes->count++] = is_write ? entry.size_bytes : 0;
        }
    }
    return 0;
}

static int record(struct trial *trial, const struct candidate *candidate,
                  const struct workload *workload, struct writes *writes, struct err *err)
{
    const struct live_options options = {trial->scenario, workload, candidate->token.seed,
                                         trial->options.dir, trial->options.timeout_ms};
    const struct live_request request = {
        .plan = &candidate->token.plan,
        .role = CAMPAIGN_ROLE_TRACE,
        .take_trace = take_writes,
        .take_trace_arg = writes,
    };
    struct live *live = NULL;
    int r = live_open(&options, &live, err);
    if (r == 0) {
        r = live_run(live, &request, trial->ended, err);
    }
    live_close(live);
    return r;
}

uint32_t trial_writes(struct trial *trial, const struct candidate *candidate, uint32_t round,
                      uint32_t point, uint64_t *sizes_bytes, uint32_t count_max)
{
    struct writes writes = {round, point, sizes_bytes, count_max, 0};
    struct workload workload;
    struct err err = ERR_INIT;
    trial->count++;
    if (plan_is_explored(&candidate->token.plan) ||
        candidate_apply(candidate, trial->scenario, &err) < 0 ||
        workload_make(trial->scenario, &workload, &err) < 0) {
        return 0;
    }
    int r = record(trial, candidate, &workload, &writes, &err);
    workload_done(&workload);
    return r < 0 ? 0 : writes.count;
}
