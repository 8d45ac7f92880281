/* Scenario after scenario over the same workers, then the verdict of the whole. */
#include "harness/campaign/supervisor.h"

#include "harness/base/monotonic.h"
#include "harness/campaign/sweep.h"
#include "harness/cause/cause_group.h"
#include "harness/story/story_causes.h"
#include "harness/work/work.h"
#include "store/disk/faultpoint.h"

#include <errno.h>
#include <string.h>

/* Past the first pass only what another seed makes new: a planted defect was caught, and a kept
 * plan is one case. */
static bool is_run_again(const struct scenario *scenario)
{
    return scenario->expect == 0 && !scenario->has_plan;
}

static bool is_over(const struct supervisor_options *options,
                    const struct campaign_summary *summary)
{
    return supervisor_must_stop(options) ||
           (options->failures_max != 0 && summary->failed >= options->failures_max);
}

static bool is_ours(const struct supervisor_options *options, uint32_t unit)
{
    return options->split == NULL || split_has_any(options->split, unit, options->shard);
}

static bool has_all(const struct supervisor_options *options, uint32_t unit)
{
    return options->split == NULL || split_has_all(options->split, unit, options->shard);
}

/* One pass; `campaign`: what its sweeps have in common; `seed`: for scenarios without one of their
 * own. Stops early when it is over. */
static int run_pass(const struct sweep *campaign, uint64_t seed, uint32_t pass, struct err *err)
{
    const struct supervisor_options *options = campaign->options;
    struct campaign_summary *summary = campaign->summary;
    int r = 0;
    for (uint32_t i = 0; i < options->scenario_count && r == 0; i++) {
        const struct scenario *scenario = &options->scenarios[i];
        uint32_t unit = campaign->unit + i;
        if ((pass > 0 && !is_run_again(scenario)) || !is_ours(options, unit)) {
            continue;
        }
        if (is_over(options, summary)) {
            return 0;
        }
        struct sweep sweep = *campaign;
        sweep.scenario = scenario;
        sweep.seed = scenario->has_seed ? scenario->seed + pass : seed;
        sweep.pass = pass;
        sweep.unit = unit;
        r = sweep_run(&sweep, err);
        summary->scenario_count++;
        summary->part_count += has_all(options, unit) ? 0 : 1;
    }
    return r;
}

static bool has_more(const struct supervisor_options *options)
{
    for (uint32_t i = 0; i < options->scenario_count; i++) {
        if (is_run_again(&options->scenarios[i])) {
            return true;
        }
    }
    return false;
}

/* Pass after pass until the time is over. */
static int run_budget(const struct sweep *campaign, struct err *err)
{
    const struct supervisor_options *options = campaign->options;
    struct campaign_summary *summary = campaign->summary;
    int r = 0;
    do {
        uint32_t pass = summary->passes++;
        r = run_pass(campaign, options->seed + pass, pass, err);
    } while (r == 0 && has_more(options) && !is_over(options, summary));
    summary->is_cut = !supervisor_is_interrupted(options) && supervisor_must_stop(options);
    return r;
}

/* One shard tells of them for all. */
static uint32_t count_unloaded(const struct supervisor_options *options)
{
    return options->split == NULL || options->shard == 0 ? options->unloaded_count : 0;
}

/* Of one pass with each seed; more passes are what a budget has time for. */
static void count_left_out(const struct supervisor_options *options,
                           struct campaign_summary *summary)
{
    enum left_out_reason reason =
        summary->is_broken_off ? LEFT_OUT_BROKEN_OFF : supervisor_stop_reason(options);
    uint32_t seeds = options->seed_count == 0 ? 1 : options->seed_count;
    uint32_t units = options->scenario_count * seeds;
    uint32_t others = 0;
    for (uint32_t i = 0; i < units; i++) {
        others += is_ours(options, i) ? 0 : 1;
    }
    uint32_t wanted = units - others + count_unloaded(options);
    left_out_add(&summary->left_out, LEFT_OUT_SHARD, LEFT_OUT_UNIT_SCENARIO, others, "");
    left_out_add(&summary->left_out, reason, LEFT_OUT_UNIT_SCENARIO,
                 summary->scenario_count < wanted ? wanted - summary->scenario_count : 0, "");
    summary->is_complete = summary->left_out.entry_count == 0 && !summary->interrupted &&
                           !summary->is_cut && !summary->is_broken_off;
}

/* A scenario that nobody can run is none that passed. */
static void tell_unloaded(const struct supervisor_options *options,
                          struct campaign_summary *summary)
{
    for (uint32_t i = 0; i < count_unloaded(options); i++) {
        sweep_unloaded(options, &options->unloaded[i], summary);
        summary->scenario_count++;
    }
}

static int run_scenarios(const struct sweep *campaign, struct err *err)
{
    const struct supervisor_options *options = campaign->options;
    struct campaign_summary *summary = campaign->summary;
    uint32_t seeds = options->seed_count == 0 ? 1 : options->seed_count;
    int r = 0;
    if (options->budget_ms != 0 && !options->dry_run) {
        return run_budget(campaign, err);
    }
    summary->passes = 1;
    for (uint32_t s = 0; s < seeds && r == 0 && !is_over(options, summary); s++) {
        struct sweep pass = *campaign;
        pass.unit = s * options->scenario_count;
        r = run_pass(&pass, options->seed + s, 0, err);
    }
    return r;
}

static void count_unreached(struct campaign_summary *summary)
{
    const struct points *points = summary->points == NULL ? &points_engine : summary->points;
    for (uint32_t i = 0; i < points->count; i++) {
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
    bool missed = !summary->canary_caught && !summary->canary_failed;
    if (summary->harness_broken || summary->is_program_missing || (missed && !options->dry_run)) {
        return 3;
    }
    if (summary->passed + summary->failed + summary->skipped + summary->unexpected == 0) {
        return options->split == NULL ? 5 : 0; /* the others have it all */
    }
    /* A first pass that was cut, or a part, says nothing about what the suite reaches. */
    bool unreached = options->whole_suite && options->split == NULL && !options->dry_run &&
                     summary->unreached_points > 0 && !(summary->is_cut && summary->passes == 1);
    if (summary->is_self_test) {
        return 1; /* and nobody noticed */
    }
    return summary->failed > 0 || summary->unexpected > 0 || summary->canary_failed || unreached
               ? 1
               : 0;
}

/* Whoever interrupts does not wait for explanations. */
static bool is_hurried(const void *arg)
{
    return supervisor_is_interrupted(arg);
}

int supervisor_run(const struct supervisor_options *options, struct campaign_summary *ret_summary,
                   struct err *err)
{
    struct supervisor_options own = *options;
    struct work *work = NULL;
    int64_t start_us = monotonic_us();
    own.deadline_us = own.budget_ms == 0 ? 0 : start_us + (int64_t)own.budget_ms * 1000;
    options = &own;
    memset(ret_summary, 0, sizeof(*ret_summary));
    if (options->identity != NULL) {
        ret_summary->identity = *options->identity;
    }
    if (options->shard_words != NULL) {
        ret_summary->shard = *options->shard_words;
    }
    ret_summary->whole_suite = options->whole_suite;
    ret_summary->audited = options->audit;
    ret_summary->budget_us = options->budget_ms * 1000;
    ret_summary->is_self_test = options->break_image || options->break_memo;
    if (!faultpoint_is_built_in()) {
        return err_set(err, ERR_BROKEN, "built without libfiu: no fault can be injected");
    }
    struct cause_book *causes = cause_book_new();
    if (causes == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    const struct work_options work_options = {.worker_path = options->worker_path,
                                              .jobs = options->jobs,
                                              .journal = options->journal,
                                              .known = options->known,
                                              .known_count = options->known_count,
                                              .is_known_only = options->is_known_only,
                                              .interrupted = options->interrupted};
    int r = work_open(&work_options, &work, err);
    if (r < 0) {
        cause_book_free(causes);
        return r;
    }
    uint32_t seeds = options->seed_count == 0 ? 1 : options->seed_count;
    listener_campaign_began(options->listeners,
                            options->scenario_count * seeds + options->unloaded_count,
                            options->seed, options->jobs);
    tell_unloaded(options, ret_summary);
    if (!options->dry_run) {
        r = sweep_canary(options, work, ret_summary, err);
    }
    if (r == 0) {
        const struct sweep campaign = {
            .options = options, .work = work, .summary = ret_summary, .causes = causes};
        r = run_scenarios(&campaign, err);
    }
    ret_summary->interrupted = supervisor_is_interrupted(options);
    ret_summary->duration_us =
        ret_summary->interrupted || r < 0 ? work_clock_us(work) : work_end_all(work);
    work_close(work);
    if (ret_summary->interrupted) {
        r = 0; /* the canary or a scenario was broken off */
    }
    count_unreached(ret_summary);
    ret_summary->is_broken_off = r < 0;
    count_left_out(options, ret_summary);
    ret_summary->exit_code = r < 0 ? 3 : exit_code(options, ret_summary);
    if (cause_group_make(causes, ret_summary) < 0 && r == 0) {
        r = err_set(err, -ENOMEM, "out of memory for the causes of failures");
    }
    cause_book_free(causes);
    if (r == 0) {
        story_causes_find(ret_summary, options->scenarios, options->scenario_count, is_hurried,
                          options);
        listener_campaign_ended(options->listeners, ret_summary);
    }
    return r;
}
