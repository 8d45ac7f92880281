/* What the history has, as JSON: what `history --json` prints, and its text is made of. */
#ifndef HARNESS_HISTORY_HISTORY_READ_H
#define HARNESS_HISTORY_HISTORY_READ_H

#include "harness/history/history_db.h"

#include <stdint.h>

#include <jansson.h>

/* Of so many runs, the newest, are the means of scenarios and figures. */
#define HISTORY_READ_RECENT 20

/* The whole: `runs` how many, `first`, `last`; `nights` the newest `limit` of them; `causes` with
 * their state as of the newest; `slowest` scenarios, `catches` of planted defects, `bench` figures.
 * The caller owns it.  0 or as of the database. */
int history_read_all(struct history_db *db, uint32_t limit, json_t **ret_all, struct err *err);

/* One cause, whose fingerprint begins with `word`: its state, and `sightings` with run and token,
 * the newest first.  0, ERR_USAGE when none or more than one is called so, or as of the database.
 */
int history_read_cause(struct history_db *db, const char *word, json_t **ret_cause,
                       struct err *err);

/* One scenario: `nights` the newest `limit` runs of it, `cells` its cases by role, point and fault,
 * summed over all.  As above; ERR_USAGE when it never ran. */
int history_read_scenario(struct history_db *db, const char *name, uint32_t limit,
                          json_t **ret_scenario, struct err *err);

/* Rows as in run.json, of every scenario that lately ran as it is: its cases, and the median of its
 * times.  For `--weights`, and in the form of scenarios/expected.json. */
int history_read_weights(struct history_db *db, json_t **ret_rows, struct err *err);

#endif
