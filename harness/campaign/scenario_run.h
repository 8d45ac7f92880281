/* A scenario that is being run, from its trace to its verdict, and the steps that it goes through.
 * Private to the sweep*.c of this folder. */
#ifndef HARNESS_CAMPAIGN_SCENARIO_RUN_H
#define HARNESS_CAMPAIGN_SCENARIO_RUN_H

#include "harness/campaign/sweep.h"
#include "harness/campaign/tally.h"
#include "harness/plan/enumerate.h"

#define SCENARIO_RUN_SWITCHES_MAX 2
#define SCENARIO_RUN_POLL_MS      100

struct scenario_run {
    const struct sweep *sweep;
    struct scenario scenario; /* with the campaign's switches applied */
    struct campaign_scenario result;
    struct enumerate_list list;
    size_t base_count; /* of the list: what follows from the trace alone */
    struct hits hits;
    struct tally *tally;
    struct pool_result *ended;
    char *text;         /* the scenario's YAML */
    struct token token; /* of its cases, but for the plan; made as the workers are told */
    uint64_t *enders;   /* ids of cases that ended, for the controls */
    uint32_t ender_count;
    uint32_t ender_capacity;
    uint32_t depth;
    size_t explored_jobs;
    bool is_control; /* everything must be intact */
    /* What its runs without a fault broke, and how the first ended that failed by other means. */
    uint32_t trace_violated;
    enum outcome trace_outcome;
    uint64_t start_us; /* of the run's clock */
};

struct scenario_run *scenario_run_new(const struct sweep *sweep);
void scenario_run_free(struct scenario_run *run);
/* Fills in run->result what is known of its scenario. */
void scenario_run_describe(struct scenario_run *run);
/* Tells the workers; `extra`: more switches (those of a control), to the first NULL. */
int scenario_run_load(struct scenario_run *run, const char *const extra[SCENARIO_RUN_SWITCHES_MAX],
                      struct err *err);
/* Submits one case and waits for it: nothing else may be in flight. */
int scenario_run_alone(struct scenario_run *run, const struct wire_case *asked,
                       const struct plan *plan);
/* Whether what stops the campaign may have ended the case in run->ended too: a service manager
 * signals every process there is, programs under test among them.  Such a case is not booked. */
bool scenario_run_is_struck(const struct scenario_run *run);
/* Why a scenario cannot be run on: a campaign whose own disk is full ends at once, with one line.
 */
int scenario_run_cannot_go_on(const struct scenario_run *run, int r, struct err *err);
/* Why what was planned is not run on: caught, stopped, or too many failures. */
enum left_out_reason scenario_run_stop_reason(const struct scenario_run *run);
/* How long it has run, by the clock of the run. */
uint64_t scenario_run_elapsed_us(const struct scenario_run *run);
/* Whether the `ordinal`-th piece of the scenario is run here, and whether all of them are. */
bool scenario_run_is_mine(const struct scenario_run *run, uint64_t ordinal);
bool scenario_run_is_whole(const struct scenario_run *run);
/* Books the case that has ended in run->ended, and `like_count` more that ended just so, and tells
 * the listeners of it.  `extra`: a switch that its token needs besides the campaign's; "": none. */
void scenario_run_book(struct scenario_run *run, const char *extra, uint64_t like_count);
/* Whether a scenario that plants a defect has caught all that it expects. */
bool scenario_run_is_all_caught(const struct scenario_run *run);
/* Whether enough is known of it: all caught, or too many failures. */
bool scenario_run_is_enough(const struct scenario_run *run);
/* Nothing new may begin: that, or interrupted, or no time is left. */
bool scenario_run_must_stop(const struct scenario_run *run);
/* Notes when all was caught for the first time, `cases_back` cases ago. */
void scenario_run_note_catch(struct scenario_run *run, uint64_t cases_back);

/* Says whether all of it went as it expects, and if not, why: fills in run->result. */
void sweep_verdict(struct scenario_run *run);
/* Whether nothing speaks against the scenario, or nothing was said of it. */
bool sweep_verdict_is_well(const struct campaign_scenario *result);
/* "acked-survives bounds" of property bits; "" for none. */
void sweep_verdict_properties(uint32_t bits, char *text, size_t text_size_bytes);

/* Runs the trace (several of a threaded store) and leaves its hits in run->hits. */
int sweep_cases_trace(struct scenario_run *run, struct err *err);
/* Makes the list of cases from the hits, sampled where the campaign asks for that. */
int sweep_cases_enumerate(struct scenario_run *run, struct err *err);
/* Runs the list, and what its cases lead to; of a control, whose list is another's, all of it. */
int sweep_cases_run(struct scenario_run *run, struct err *err);

/* The cases of a planted defect once more on profile `fixed`: all must be intact, or the finding
 * says nothing about the defect.  And once more with the defect but its guards on, where its row
 * says that they heal it. */
int sweep_control(struct scenario_run *run, struct err *err);

/* Explores the scenario's traces and adds what was found to run->result.  `job_max`: at most so
 * many jobs (0: as the scenario says); `*ret_jobs`: how many were booked.  0, or negative when the
 * workers are gone. */
int sweep_explore(struct scenario_run *run, size_t job_max, size_t *ret_jobs);

/* Compares a sample of the scenario's kills on real files with their images; the equal ones are
 * counted in run->result.explore.  0, or negative when the workers are gone. */
int sweep_cross(struct scenario_run *run);

#endif
