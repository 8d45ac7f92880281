/* What a campaign is asked to do, as all of it sees it. */
#ifndef HARNESS_CAMPAIGN_SUPERVISOR_OPTIONS_H
#define HARNESS_CAMPAIGN_SUPERVISOR_OPTIONS_H

#include "harness/base/monotonic.h"
#include "harness/campaign/split.h"
#include "harness/case/listener.h"
#include "harness/scenario/scenario.h"
#include "harness/work/work_journal.h"

#include <signal.h>

struct supervisor_options {
    const struct scenario *scenarios;
    uint32_t scenario_count;
    const struct campaign_unloaded *unloaded; /* told and counted as scenarios that failed */
    uint32_t unloaded_count;
    uint64_t seed;       /* for scenarios without one of their own */
    uint32_t seed_count; /* consecutive seeds; 0 is 1 */
    uint32_t jobs;
    const char *dir; /* stores on a real directory; NULL: detached tmpfs */
    const char *worker_path;
    const struct campaign_identity *identity; /* copied into the summary; NULL: not known */
    bool audit;              /* trace and first recovery of every scenario under the audit */
    bool dry_run;            /* traces only */
    uint32_t depth_override; /* 0: as the scenario says */
    bool depth_full;         /* no sampling of depth 2 and 3 */
    uint64_t cases_max;      /* per scenario, a seeded sample; 0: all */
    uint32_t timeout_ms;     /* of a round; 0: 10 s */
    uint64_t failures_max;   /* stop after so many; 0: never */
    bool stop_on_trace;      /* a scenario ends where its run without a fault fails */
    bool whole_suite;        /* points that nothing reached fail the campaign */
    const char *switches[TOKEN_SWITCHES_MAX];
    uint32_t switch_count;
    /* 0: one pass over the scenarios.  Else passes with consecutive seeds until so much time is
     * over; the last is cut where it stands. */
    uint64_t budget_ms;
    uint64_t cross_check; /* kills of explored scenarios compared with live files, in all */
    /* Where the trace of a threads run that has a finding is kept: it is not recorded twice the
     * same; NULL: nowhere. */
    const char *trace_dir;
    /* The harness breaks itself and must be found out: exit 3. */
    bool break_image;    /* an image that no power loss can leave is judged */
    bool break_memo;     /* what is reused is known again without a look at the log */
    int64_t deadline_us; /* of the monotonic clock, from the budget; set by supervisor_run */
    /* 1: nothing new begins, what runs is booked; 2: nothing is waited for.  May be NULL. */
    const volatile sig_atomic_t *interrupted;
    const struct listener_set *listeners; /* may be NULL */
    struct work_journal *journal;         /* where answers of workers are kept; NULL: nowhere */
    struct work_journal *const *known;    /* what is answered without a worker */
    uint32_t known_count;
    bool is_known_only;        /* several runs are made one: there are no workers */
    const struct split *split; /* of units: scenario + seed * scenario_count; NULL: all is ours */
    uint32_t shard;            /* from 0 */
    const struct campaign_shard *shard_words; /* copied into the summary; NULL: none */
};

static inline bool supervisor_is_interrupted(const struct supervisor_options *options)
{
    return options->interrupted != NULL && *options->interrupted != 0;
}

/* Whether not even what runs is waited for. */
static inline bool supervisor_is_hurried(const struct supervisor_options *options)
{
    return options->interrupted != NULL && *options->interrupted > 1;
}

/* Why nothing new may begin: interrupted, the budget is spent, or else too much has failed. */
static inline enum left_out_reason supervisor_stop_reason(const struct supervisor_options *options)
{
    if (supervisor_is_interrupted(options)) {
        return LEFT_OUT_INTERRUPTED;
    }
    return options->deadline_us != 0 && monotonic_us() >= options->deadline_us
               ? LEFT_OUT_BUDGET
               : LEFT_OUT_MAX_FAILURES;
}

/* Whether nothing new may begin: interrupted, or the budget is spent. */
static inline bool supervisor_must_stop(const struct supervisor_options *options)
{
    return supervisor_is_interrupted(options) ||
           (options->deadline_us != 0 && monotonic_us() >= options->deadline_us);
}

#endif
