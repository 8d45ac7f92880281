/* What an exploration did, in words: how many images of power losses, and whatever was not done
 * with them. */
#ifndef REPORTS_EXPLORE_TEXT_H
#define REPORTS_EXPLORE_TEXT_H

#include "harness/case/campaign.h"

#include <stdbool.h>
#include <stdio.h>

/* Two lines or more, each behind `indent`: judged and how fast, distinct, with an effect,
 * reused, traces; then what was capped, overflowed or not judged, where anything was. */
void explore_text_scenario(FILE *stream, const struct campaign_explore *explore,
                           const char *indent);
/* The same over a campaign, with its checks, memory and digest.  The first line stands behind a
 * label that is already written, the others behind `indent`. */
void explore_text_summary(FILE *stream, const struct campaign_explore *explore, const char *indent);
/* Judged images per second of one processor. */
uint64_t explore_text_rate(const struct campaign_explore *explore);
/* Distinct images that were not judged: the exploration stopped before them. */
uint64_t explore_text_unjudged(const struct campaign_explore *explore);
/* Whether a token names an image (a power loss, rot, a copy) and not a run on real files. */
bool explore_text_is_image(const char *token);

#endif
