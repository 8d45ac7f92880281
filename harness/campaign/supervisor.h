/* A campaign: every scenario's trace, cases and controls over a pool of workers, told to listeners.
 */
#ifndef HARNESS_CAMPAIGN_SUPERVISOR_H
#define HARNESS_CAMPAIGN_SUPERVISOR_H

#include "harness/campaign/supervisor_options.h"

/* Runs it to the end.  `ret_summary->exit_code` is set by the table of docs/TESTING.md.
 * Negative only when nothing could begin (no worker, no memory). */
int supervisor_run(const struct supervisor_options *options, struct campaign_summary *ret_summary,
                   struct err *err);

#endif
