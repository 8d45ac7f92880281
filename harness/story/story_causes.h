/* Where the causes of a campaign's failures start, in the source. */
#ifndef HARNESS_STORY_STORY_CAUSES_H
#define HARNESS_STORY_STORY_CAUSES_H

#include "harness/case/campaign.h"
#include "harness/scenario/scenario.h"
#include "harness/story/story.h"

/* No more than so many of them, which takes up to a second each. */
#define STORY_CAUSES_MAX 20

/* Runs the simplest case of the first causes once more and notes in each which line did what it is
 * blamed for.  `scenarios`: those of the campaign, without the switches of its cases.  `must_stop`
 * (NULL: never) is asked between two.  A cause whose case cannot be told keeps no line. */
void story_causes_find(struct campaign_summary *summary, const struct scenario *scenarios,
                       uint32_t scenario_count, bool (*must_stop)(const void *arg),
                       const void *arg);

/* Tells the simplest case of a cause, with its figures (story_tell_figures).  0 and errors as
 * there; ERR_USAGE too when its scenario is none of these. */
int story_causes_tell(const struct campaign_cause *cause, const struct scenario *scenarios,
                      uint32_t scenario_count, struct story *ret_story, struct figures *ret_figures,
                      struct err *err);

#endif
