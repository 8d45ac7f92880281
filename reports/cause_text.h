/* The causes of a campaign's failures, for the last screen: what broke, once, and where to start.
 */
#ifndef REPORTS_CAUSE_TEXT_H
#define REPORTS_CAUSE_TEXT_H

#include "harness/case/campaign.h"
#include "reports/screen.h"

#define CAUSE_TEXT_SIZE_BYTES 256

/* "log-before-acknowledgement is broken in the log": the same from night to night.  As snprintf. */
int cause_text_name(const struct campaign_cause *cause, char *text, size_t text_size_bytes);
/* "log-before-acknowledgement is broken in the log: 99 scenarios, 1,234 cases".  As snprintf. */
int cause_text_headline(const struct campaign_cause *cause, char *text, size_t text_size_bytes);
/* At most `lines_max` lines of a screen of 100 columns, of 3 or more: the first causes with all
 * that is known of them, then their headlines, then how many more there are.  Nothing without
 * causes. */
void cause_text_put(struct screen *screen, const struct campaign_summary *summary,
                    unsigned lines_max);

/* What the runs before say: causes that are mended, and how many of earlier ones this run says
 * nothing about.  Nothing where there is nothing to tell. */
void cause_text_put_past(struct screen *screen, const struct campaign_history *history);

#endif
