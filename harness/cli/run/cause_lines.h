/* The source line of each cause of a campaign: where to start reading. */
#ifndef HARNESS_CLI_RUN_CAUSE_LINES_H
#define HARNESS_CLI_RUN_CAUSE_LINES_H

#include "harness/case/campaign.h"
#include "harness/scenario/scenario.h"

/* Of the first causes: each is run once more, some tens of milliseconds. */
#define CAUSE_LINES_MAX 20

/* Runs the simplest case of each cause again and sets its `source` and `caller`.  What cannot be
 * told (threads, a program outside) has no line.  `scenarios` are those of the campaign, as
 * loaded. */
void cause_lines_find(const struct scenario *scenarios, uint32_t scenario_count,
                      struct campaign_cause *causes, uint32_t cause_count);

#endif
