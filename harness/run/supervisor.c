/* Scenario after scenario over one pool of workers, then the verdict of the whole. */
#include "harness/run/supervisor.h"

#include "harness/run/monotonic.h"
#include "harness/run/pool.h"
#include "harness/run/sweep.h"
#include "store/faultpoint.h"

#include <string.h>

static void tell_began(const struct supervisor_options *options)
{
    const struct listener_set *set = options->listeners;
    uint32_t seeds = options->seed_count == 0 ? 1 : options->seed_count;
    for (uint32_t i = 0; set != NULL && i < set->count; i++) {
        if (set->listeners[i].campaign_began != NULL) {
            set->listeners[i].campaign_began(set->listeners[i].arg, options->scenario_count * seeds,
                                             options->seed, options->jobs);
        }
    }
}

static void tell_ended(const struct supervisor_options *options,
                       const struct campaign_summary *summary)
{
    const struct listener_set *set = options->listeners;
    for (uint32_t i = 0; set != NULL && i < set->count; i++) {
        if (set->listeners[i].campaign_ended != NULL) {
            set->listeners[i].campaign_ended(set->listeners[i].arg, summary);
        }
    }
}

static int run_scenarios(const struct supervisor_options *options, struct pool *pool,
                         struct campaign_summary *summary, struct err *err)
{
    uint32_t seeds = options->seed_count == 0 ? 1 : options->seed_count;
    int r = 0;
    for (uint32_t s = 0; s < seeds && r == 0; s++) {
        for (uint32_t i = 0; i < options->scenario_count && r == 0; i++) {
            const struct scenario *scenario = &options->scenarios[i];
            if (supervisor_is_interrupted(options) ||
                (options->failures_max != 0 && summary->failed >= options->failures_max)) {
                return 0;
            }
            struct sweep sweep = {options, pool, summary, scenario,
                                  scenario->has_seed ? scenario->seed : options->seed + s};
            r = sweep_run(&sweep, err);
            summary->scenario_count++;
        }
    }
    return r;
}

static void count_unreached(struct campaign_summary *summary)
{
    for (uint32_t i = 0; i < POINT_COUNT; i++) {
        summary->unreached_points += summary->coverage[i].reached == 0 ? 1 : 0;
    }
}

/* 2 beats both, 3 beats 1; 5: nothing ran. */
static int exit_code(const struct supervisor_options *options,
                     const struct campaign_summary *summary)
{
    if (summary->interrupted) {
        return 2;
    }
    bool missed = !summary->canary_caught && (summary->canary_run || summary->failed == 0);
    if (summary->harness_broken || (missed && !options->dry_run)) {
        return 3;
    }
    if (summary->passed + summary->failed + summary->skipped == 0) {
        return 5;
    }
    bool unreached = options->whole_suite && !options->dry_run && summary->unreached_points > 0;
    return summary->failed > 0 || summary->unexpected > 0 || unreached ? 1 : 0;
}

int supervisor_run(const struct supervisor_options *options, struct campaign_summary *ret_summary,
                   struct err *err)
{
    struct pool *pool = NULL;
    int64_t start_us = monotonic_us();
    memset(ret_summary, 0, sizeof(*ret_summary));
    ret_summary->whole_suite = options->whole_suite;
    ret_summary->audited = options->audit;
    if (!faultpoint_is_built_in()) {
        return err_set(err, ERR_BROKEN, "built without libfiu: no fault can be injected");
    }
    int r = pool_open(options->worker_path, options->jobs, &pool, err);
    if (r < 0) {
        return r;
    }
    tell_began(options);
    if (!options->dry_run) {
        r = sweep_canary(options, pool, ret_summary, err);
    }
    if (r == 0) {
        r = run_scenarios(options, pool, ret_summary, err);
    }
    pool_close(pool);
    ret_summary->interrupted = supervisor_is_interrupted(options);
    ret_summary->duration_us = (uint64_t)(monotonic_us() - start_us);
    count_unreached(ret_summary);
    ret_summary->exit_code = r < 0 ? 3 : exit_code(options, ret_summary);
    if (r == 0) {
        tell_ended(options, ret_summary);
    }
    return r;
}
