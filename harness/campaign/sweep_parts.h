/* What sweep.c (a scenario from trace to verdict) and sweep_explore.c (its images) share.  For
 * nobody else. */
#ifndef HARNESS_CAMPAIGN_SWEEP_PARTS_H
#define HARNESS_CAMPAIGN_SWEEP_PARTS_H

#include "harness/campaign/sweep.h"
#include "harness/campaign/tally.h"
#include "harness/plan/enumerate.h"

#define SWEEP_EXTRA_SWITCHES_MAX 2
#define SWEEP_POLL_MS            100

struct run {
    const struct sweep *sweep;
    struct scenario scenario; /* with the campaign's switches applied */
    struct campaign_scenario result;
    struct enumerate_list list;
    struct hits hits;
    struct tally *tally;
    struct pool_result *ended;
    char *text;       /* the scenario's YAML */
    uint64_t *enders; /* ids of cases that ended, for the controls */
    size_t ender_count;
    size_t ender_capacity;
    uint32_t depth;
    size_t explored_jobs;
    bool is_control; /* everything must be intact */
    int64_t start_us;
};

/* Books the case that has ended in run->ended, and tells the listeners.  `extra`: a switch that its
 * token needs besides the campaign's; "": none. */
void sweep_book(struct run *run, const char *extra);
/* Tells the listeners that more cases are planned. */
void sweep_tell_grew(const struct run *run);
/* Whether a scenario that plants a defect has caught all that it expects. */
bool sweep_is_all_caught(const struct run *run);
/* Nothing new may begin: interrupted, caught, or too many failures. */
bool sweep_must_stop(const struct run *run);
void sweep_note_catch(struct run *run, uint64_t cases_back);

/* Explores the scenario's traces and adds what was found to run->result.  `job_max`: at most so
 * many jobs (0: as the scenario says); `*ret_jobs`: how many were booked.  0, or negative when the
 * workers are gone. */
int sweep_explore(struct run *run, size_t job_max, size_t *ret_jobs);

/* Compares a sample of the scenario's kills on real files with their images; the equal ones are
 * counted in run->result.explore.  0, or negative when the workers are gone. */
int sweep_cross(struct run *run);

#endif
