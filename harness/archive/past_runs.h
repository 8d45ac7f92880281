/* What each scenario needed when it was last run whole: how many cases, and for how long.  Read
 * from the run.json of the newest runs, and where those are silent from a table of the same form
 * that comes with the scenarios.  A guess for whoever waits; nothing of a verdict hangs on it. */
#ifndef HARNESS_ARCHIVE_PAST_RUNS_H
#define HARNESS_ARCHIVE_PAST_RUNS_H

#include "harness/case/campaign.h"

#include <jansson.h>

/* Runs that are looked through, from the newest on. */
#define PAST_RUNS_MAX 30

struct past_runs;

struct past_run {
    char name[CAMPAIGN_NAME_SIZE_BYTES];
    char switches[256]; /* as in campaign_scenario */
    uint64_t cases;     /* live cases and images */
    uint64_t images;    /* of them */
    uint64_t worker_us; /* of all workers together, so that their number can be another */
    bool is_of_table;   /* from the table: another machine's time */
};

/* Reads what there is.  `runs` and `table_path` may be missing, NULL, or damaged: then there is
 * less in it.  NULL when there is no memory. */
struct past_runs *past_runs_read(const char *runs, const char *table_path);
/* Frees it and its rows; NULL is nothing to do.  Returns NULL. */
struct past_runs *past_runs_free(struct past_runs *past);
/* The newest row of that name, with these switches where there is one, else without any; NULL: it
 * was never run.  Lives as long as `past`. */
const struct past_run *past_runs_find(const struct past_runs *past, const char *name,
                                      const char *switches);

/* A scenario that has ended as the row of run.json that past_runs_read() takes back; `workers`: how
 * many processes shared its cases.  NULL when it says nothing about another run: it was not run
 * whole, or is of a later pass.  The caller owns the reference. */
json_t *past_runs_row_json(const struct campaign_scenario *scenario, uint32_t workers);

#endif
