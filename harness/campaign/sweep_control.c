/* The same cases under other switches, of which everything must be intact. */
#include "harness/campaign/scenario_run.h"

#include <errno.h>
#include <stdio.h>

/* The hits of a plan moved to the trace of `fixed`: guards add operations, so the n-th hit there
 * may not exist; then the last one is taken.  False when the point is never hit at all. */
static bool move_plan(struct plan *plan, const struct hits *fixed)
{
    for (uint32_t r = 0; r < plan->round_count; r++) {
        for (uint32_t i = 0; i < plan->rounds[r].hit_count; i++) {
            struct plan_hit *hit = &plan->rounds[r].hits[i];
            uint32_t count = fixed->counts[r][hit->point];
            if (count == 0) {
                return false;
            }
            hit->hit = hit->hit > count ? count : hit->hit;
        }
    }
    return true;
}

/* A run of the same scenario under other switches, of which everything must be intact. */
static struct scenario_run *control_new(const struct scenario_run *run)
{
    struct scenario_run *other = scenario_run_new(run->sweep);
    if (other == NULL) {
        return NULL;
    }
    other->scenario = run->scenario;
    other->scenario.expect = 0;
    other->scenario.also = 0;
    other->text = run->text;
    other->is_control = true;
    scenario_run_describe(other);
    return other;
}

/* The text is that of the run it controls. */
static void control_free(struct scenario_run *other)
{
    other->text = NULL;
    scenario_run_free(other);
}

/* The cases that `run` ran, moved to the other trace. */
static int control_list(const struct scenario_run *run, struct scenario_run *other)
{
    int r = 0;
    for (size_t i = 0; r >= 0 && i < run->ender_count; i++) {
        struct enumerate_item item;
        enumerate_get(&run->list, (size_t)run->enders[i], &item);
        if (item.role != CAMPAIGN_ROLE_FAULT) {
            continue;
        }
        if (move_plan(&item.plan, &other->hits)) {
            r = enumerate_add(&other->list, &item.plan, CAMPAIGN_ROLE_CONTROL);
        } else {
            left_out_add(&other->result.left_out, LEFT_OUT_NO_CONTROL, LEFT_OUT_UNIT_CASE, 1, "");
        }
    }
    return r;
}

static int run_control(const struct scenario_run *run, struct scenario_run *other,
                       const char *const switches[SCENARIO_RUN_SWITCHES_MAX], struct err *err)
{
    int r = scenario_run_load(other, switches, err);
    if (r < 0) {
        return r;
    }
    r = sweep_cases_trace(other, err);
    if (r < 0) {
        return r;
    }
    r = control_list(run, other);
    if (r < 0) {
        return r;
    }
    r = sweep_cases_run(other, err);
    if (r < 0 || run->explored_jobs == 0) {
        return r;
    }
    return sweep_explore(other, run->explored_jobs, &other->explored_jobs);
}

/* Runs the same cases under `switches`, and adds them to the scenario's. */
static int control_with(struct scenario_run *run,
                        const char *const switches[SCENARIO_RUN_SWITCHES_MAX], struct err *err)
{
    struct scenario_run *other = control_new(run);
    if (other == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    int r = run_control(run, other, switches, err);
    run->result.control_run += other->result.run;
    run->result.control_intact += other->result.outcomes[OUTCOME_INTACT];
    run->result.control_failed += other->result.failed;
    run->result.run += other->result.run;
    run->result.passed += other->result.passed;
    run->result.failed += other->result.failed;
    left_out_merge(&run->result.left_out, &other->result.left_out);
    control_free(other);
    if (r < 0 && err->code == 0) {
        return scenario_run_cannot_go_on(run, r, err);
    }
    return r < 0 ? r : 0;
}

/* The one defect that the scenario plants; QUIRK_DEFECT_COUNT when it plants none or several. */
static enum quirk_defect planted_defect(const struct scenario *scenario)
{
    uint64_t defects = scenario->store.quirks.defects;
    if (defects == 0 || (defects & (defects - 1)) != 0) {
        return QUIRK_DEFECT_COUNT;
    }
    return (enum quirk_defect)__builtin_ctzll(defects);
}

int sweep_control(struct scenario_run *run, struct err *err)
{
    /* A program has no profile; its control is the same scenario over a program without the bug. */
    if (run->scenario.points != &points_engine) {
        return 0;
    }
    if (run->scenario.expect == 0 || (run->ender_count == 0 && run->explored_jobs == 0)) {
        return 0;
    }
    if (supervisor_must_stop(run->sweep->options)) {
        left_out_add(&run->result.left_out, supervisor_stop_reason(run->sweep->options),
                     LEFT_OUT_UNIT_CASE, run->ender_count, "");
        return 0;
    }
    const char *switches[SCENARIO_RUN_SWITCHES_MAX] = {"fixed", NULL};
    int r = control_with(run, switches, err);
    enum quirk_defect defect = planted_defect(&run->scenario);
    if (r < 0 || defect == QUIRK_DEFECT_COUNT || !quirk_defect_row(defect)->is_healed) {
        return r;
    }
    char bare[TOKEN_SWITCH_SIZE_BYTES];
    (void)snprintf(bare, sizeof(bare), "%s.bare", quirk_defect_row(defect)->name);
    switches[1] = bare;
    return control_with(run, switches, err);
}
