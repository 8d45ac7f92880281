/* What the runs before say about a run. */
#ifndef HARNESS_HISTORY_HISTORY_RECALL_H
#define HARNESS_HISTORY_HISTORY_RECALL_H

#include "harness/case/campaign.h"
#include "harness/history/history_db.h"
#include "harness/history/history_state.h"

#include <jansson.h>

/* The state of one cause as of one run. */
struct history_recall {
    struct history_state state;
    bool is_covered; /* the run covers the cause */
    bool is_turned;  /* to resolved, with this very run */
    char since[CAMPAIGN_TIME_SIZE_BYTES];
    char last_seen[CAMPAIGN_TIME_SIZE_BYTES];
};

/* Of the cause with this fingerprint, as of the run with this id, which is in the history (""; the
 * newest that there is).  0 or as of the database. */
int history_recall_cause(struct history_db *db, const char *fingerprint, const char *id,
                         struct history_recall *ret_recall, struct err *err);

/* Sets the states of the causes of `summary`, and its history: what the runs before say about the
 * run that is called `id`, whose report is `report` (reports/json.h) and which is not taken in by
 * this.  0, or negative, and then nothing is known. */
int history_recall_summary(struct history_db *db, const char *id, const json_t *report,
                           struct campaign_summary *summary, struct err *err);

#endif
