/* The order in which a case shrinks (shrink.h). */
#include "harness/shrink/shrink.h"

#include "harness/base/monotonic.h"
#include "harness/shrink/cut_plan.h"
#include "harness/shrink/cut_workload.h"
#include "harness/shrink/replan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_SUFFIX "-shrunk"

const char *shrink_refusal(const struct scenario *scenario)
{
    if (scenario->points != &points_engine) {
        return "a program has its own clock and threads: its cases do not replay exactly, and a "
               "smaller one that passes would prove nothing";
    }
    if (scenario->store.services == STORE_SERVICES_THREADS) {
        return "services: threads do not replay exactly, and a smaller case that passes would "
               "prove nothing; look for the same failure with services: manual";
    }
    return NULL;
}

static void note_side(const struct trial *trial, const struct candidate *candidate,
                      struct shrink_side *side)
{
    side->size = candidate_size(candidate);
    side->duration_us = trial->ended->duration_us;
    side->end = trial->ended->end;
}

/* What failed, and that it does so again. */
static int find_goal(struct trial *trial, const struct candidate *candidate,
                     struct shrink_result *result, struct err *err)
{
    int r = trial_run(trial, candidate, err);
    if (r < 0) {
        return r;
    }
    note_side(trial, candidate, &result->before);
    if (trial->ended->end.outcome == OUTCOME_INTACT) {
        return SHRINK_INTACT;
    }
    trial->goal = goal_of(&trial->ended->end, candidate->scenario.expect);
    result->goal = trial->goal;
    if (!goal_is_any(&trial->goal)) {
        return err_set(err, ERR_USAGE, "nothing of the store failed: the case is '%s'",
                       outcome_name(trial->ended->end.outcome));
    }
    r = trial_run(trial, candidate, err);
    if (r < 0) {
        return r;
    }
    return goal_holds(&trial->goal, &trial->ended->end)
               ? 0
               : err_set(err, ERR_BROKEN, "the case ended otherwise when it was run again");
}

/* A scenario of its own name: no token of the old one may be taken for one of the new. */
static int rename_scenario(struct candidate *candidate, struct err *err)
{
    char name[TOKEN_NAME_SIZE_BYTES];
    size_t length = strlen(candidate->scenario.name);
    size_t suffix = strlen(NAME_SUFFIX);
    bool is_named =
        length > suffix && strcmp(candidate->scenario.name + length - suffix, NAME_SUFFIX) == 0;
    int room = (int)(sizeof(name) - sizeof(NAME_SUFFIX));
    (void)snprintf(name, sizeof(name), "%.*s%s", is_named ? (int)length : room,
                   candidate->scenario.name, is_named ? "" : NAME_SUFFIX);
    memcpy(candidate->scenario.name, name, sizeof(name));
    candidate->scenario.depth = 1;
    return candidate_settle(candidate, err);
}

/* The scenario with this one case in place of fault rows, where its file can say that: of failed
 * syncs and copies without a power loss, and of woven services, it cannot. */
static void become_plan(struct trial *trial, struct candidate *candidate, struct candidate *scratch)
{
    struct err err = ERR_INIT;
    *scratch = *candidate;
    struct scenario *scenario = &scratch->scenario;
    memset(scenario->faults, 0, sizeof(scenario->faults));
    memset(scenario->before, 0, sizeof(scenario->before));
    scenario->fault_count = 0;
    scenario->before_count = 0;
    scenario->explore = SCENARIO_EXPLORE_DEFAULT;
    scenario->is_explored = plan_is_explored(&scratch->token.plan);
    scenario->has_plan = true;
    scenario->plan = scratch->token.plan;
    if (scenario->plan.round_count == 0) {
        scenario->plan.round_count = 1;
    }
    if (candidate_settle(scratch, &err) == 0 && trial_fails(trial, scratch)) {
        *candidate = *scratch;
    }
}

/* Of the events that the runs must have emitted those that this one does. */
static int settle_events(struct trial *trial, struct candidate *candidate, struct err *err)
{
    int r = trial_run(trial, candidate, err);
    if (r < 0) {
        return r;
    }
    candidate->scenario.reached &= trial->ended->events;
    return candidate_settle(candidate, err);
}

static int cut_workload(struct trial *trial, struct candidate *candidate, bool *ret_is_changed,
                        struct err *err)
{
    struct candidate *changed = malloc(sizeof(*changed));
    struct candidate *scratch = malloc(sizeof(*scratch));
    int r = -ENOMEM;
    if (changed == NULL || scratch == NULL) {
        r = err_set(err, r, "out of memory");
        goto out;
    }
    *changed = *candidate;
    r = rename_scenario(changed, err);
    if (r < 0) {
        goto out;
    }
    r = cut_workload_run(trial, changed, err);
    if (r <= 0) {
        goto out;
    }
    (void)cut_plan_faults(trial, changed);
    (void)cut_plan_numbers(trial, changed);
    r = settle_events(trial, changed, err);
    if (r < 0) {
        goto out;
    }
    become_plan(trial, changed, scratch);
    *candidate = *changed;
    *ret_is_changed = true;
out:
    free(changed);
    free(scratch);
    return r < 0 ? r : 0;
}

/* The last word: the case as it will be replayed. */
static int confirm(struct trial *trial, struct shrink_result *result, struct err *err)
{
    int r = trial_run(trial, &result->candidate, err);
    if (r < 0) {
        return r;
    }
    note_side(trial, &result->candidate, &result->after);
    if (!goal_holds(&trial->goal, &trial->ended->end)) {
        return err_set(err, ERR_BROKEN, "the smallest case no longer fails: nothing to show");
    }
    return 0;
}

static int shrink(struct trial *trial, struct shrink_result *result, struct err *err)
{
    struct candidate *candidate = &result->candidate;
    const char *refusal = shrink_refusal(&candidate->scenario);
    if (refusal != NULL) {
        return err_set(err, ERR_USAGE, "%s", refusal);
    }
    int r = find_goal(trial, candidate, result, err);
    if (r != 0) {
        return r;
    }
    (void)cut_plan_switches(trial, candidate);
    (void)cut_plan_faults(trial, candidate);
    r = cut_workload(trial, candidate, &result->is_workload_changed, err);
    if (r < 0) {
        return r;
    }
    if (!result->is_workload_changed) {
        (void)cut_plan_numbers(trial, candidate);
    }
    return confirm(trial, result, err);
}

int shrink_run(const struct trial_options *options, const struct candidate *candidate,
               struct shrink_result *ret_result, struct err *err)
{
    struct trial trial;
    int64_t start_us = monotonic_us();
    memset(ret_result, 0, sizeof(*ret_result));
    ret_result->candidate = *candidate;
    int r = trial_init(options, &trial, err);
    if (r < 0) {
        return r;
    }
    r = shrink(&trial, ret_result, err);
    ret_result->tried = trial.count;
    ret_result->is_cut = trial.is_cut;
    ret_result->duration_us = (uint64_t)(monotonic_us() - start_us);
    trial_done(&trial);
    return r;
}
