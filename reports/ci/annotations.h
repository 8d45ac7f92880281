/* New causes as GitHub's workflow commands: each is shown at its line of the source in a change. */
#ifndef REPORTS_CI_ANNOTATIONS_H
#define REPORTS_CI_ANNOTATIONS_H

#include "harness/case/campaign.h"

#include <stdbool.h>
#include <stdio.h>

/* GitHub shows ten of a kind a step, and leaves out the rest without a word. */
#define ANNOTATIONS_MAX 10

/* Whether the cause is told as new: the run before did not show it, or nobody knows. */
bool annotations_is_new(const struct campaign_cause *cause);
/* A line "::error file=...,line=...,title=...::..." for each cause that is new, at most
 * ANNOTATIONS_MAX; the last one counts those for which there is no room.  `command` stands before
 * "replay TOKEN".  Causes that were seen before are none; nor is what has no cause. */
void annotations_write(FILE *stream, const struct campaign_summary *summary, const char *command);

#endif
