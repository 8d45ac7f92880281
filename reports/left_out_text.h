/* What was left out, in words. */
#ifndef REPORTS_LEFT_OUT_TEXT_H
#define REPORTS_LEFT_OUT_TEXT_H

#include "harness/case/campaign.h"
#include "harness/case/left_out.h"
#include "reports/screen.h"

#define LEFT_OUT_COUNT_SIZE_BYTES 64

/* "2,669 cases", "at least 7 images", "an unknown number of crash positions".  Returns `text`. */
const char *left_out_text_count(const struct left_out_entry *entry,
                                char text[LEFT_OUT_COUNT_SIZE_BYTES]);
/* "LEFT OUT  2,669 cases in 3 scenarios: why": a line for each entry; nothing where nothing was.
 * `scenario_count`: of the campaign; of one alone it goes without saying. */
void left_out_text_lines(struct screen *screen, const struct left_out *list,
                         uint32_t scenario_count);
/* Which part of a suite the run was, or of how many it was made; nothing of a run that has all. */
void left_out_text_shard(struct screen *screen, const struct campaign_summary *summary);

#endif
