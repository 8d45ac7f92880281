/* Night for night and figure for figure, for the page of a run. */
#ifndef HARNESS_HISTORY_HISTORY_TREND_H
#define HARNESS_HISTORY_HISTORY_TREND_H

#include "harness/history/history_db.h"

#include <stdint.h>

#include <jansson.h>

/* The run `id` and those before it that ran the same suite in the same way, at most `count_max` in
 * all, the oldest first: rows with began, cases, failed, causes, unexpected and duration_us.  An
 * empty array when the history does not know it.  The caller owns the reference.  0 or negative. */
int history_trend_runs(struct history_db *db, const char *id, uint32_t count_max, json_t **ret_rows,
                       struct err *err);
/* The newest figure of each name: rows with name, value, unit, floor, floor_name, at and missed. */
int history_trend_bench(struct history_db *db, json_t **ret_rows, struct err *err);

#endif
