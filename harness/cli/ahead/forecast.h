/* What the scenarios of a campaign are taken to need, by earlier runs of them and by the table that
 * comes with the scenarios: for the dry run and for the progress. */
#ifndef HARNESS_CLI_AHEAD_FORECAST_H
#define HARNESS_CLI_AHEAD_FORECAST_H

#include "harness/archive/past_runs.h"
#include "harness/campaign/supervisor_options.h"
#include "reports/progress.h"

#define FORECAST_PATH_SIZE_BYTES 1088

struct forecast;

/* Of each scenario of `campaign`, which must not change afterwards; `runs`: where run directories
 * are (NULL: only the table counts); `table`: its path (NULL: the one that comes with the
 * scenarios).  What cannot be read is not known.  NULL when there is no memory. */
struct forecast *forecast_new(const struct supervisor_options *campaign, const char *runs,
                              const char *table);
/* The path of the table that comes with the scenarios; "": there is none.  Returns `path`. */
const char *forecast_table(char path[FORECAST_PATH_SIZE_BYTES]);
/* Frees it and all that it gave out; NULL is nothing to do.  Returns NULL. */
struct forecast *forecast_free(struct forecast *forecast);
/* As many rows as the campaign has scenarios, for the progress. */
const struct progress_expected *forecast_rows(const struct forecast *forecast);
/* What a scenario is taken to need; NULL: it was never run. */
const struct past_run *forecast_find(const struct forecast *forecast, const char *name);
/* Whether it has images, of which nobody knows how many before it was run. */
bool forecast_is_explored(const struct forecast *forecast, const char *name);
/* Whether the campaign runs the scenarios as they are: no option makes them larger, smaller or
 * slower, so that its counts and times say something of the next run. */
bool forecast_is_usual(const struct supervisor_options *campaign);

#endif
