/* What an exploration did, in words: how many images of power losses, and whatever was not done
 * with them. */
#ifndef REPORTS_EXPLORE_TEXT_H
#define REPORTS_EXPLORE_TEXT_H

#include "reports/collect.h"
#include "reports/screen.h"

/* "EXPLORED  N images judged (N with an effect) at N crash positions ...; digest X": the digest is
 * of all tokens, images and outcomes.  `is_whole`: with what was checked of it. */
void explore_text_line(struct screen *screen, const struct campaign_explore *explore,
                       bool is_whole);
/* A row per scenario that was explored. */
void explore_text_table(const struct screen *screen, const struct collect *collect);
/* Judged images per second of one processor. */
uint64_t explore_text_rate(const struct campaign_explore *explore);
/* Distinct images that were not judged: the exploration stopped before them. */
uint64_t explore_text_unjudged(const struct campaign_explore *explore);
/* Whether a token names an image (a power loss, rot, a copy) and not a run on real files. */
bool explore_text_is_image(const char *token);

#endif
