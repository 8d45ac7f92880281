/* Where faults struck, in words: a line of sums, and a table with a row per point. */
#ifndef REPORTS_COVERAGE_TEXT_H
#define REPORTS_COVERAGE_TEXT_H

#include "reports/collect.h"
#include "reports/screen.h"

/* "COVERAGE  109 points, all 8,757 writes killed, ...".  Nothing of what the runs could not
 * have: without a hit there is no ratio of it.  Nothing at all where no live fault was planned. */
void coverage_text_line(struct screen *screen, const struct points *points,
                        const struct campaign_coverage rows[POINTS_MAX]);
/* Points that nothing reached, which fails the whole suite (`is_whole_suite`) and is a mere note
 * otherwise: there an owner of whom no point was reached is named once. */
void coverage_text_unreached(struct screen *screen, const struct points *points,
                             const struct campaign_coverage rows[POINTS_MAX], bool is_whole_suite);
/* The live cases, a row per point that was reached. */
void coverage_text_table(const struct screen *screen, const struct points *points,
                         const struct campaign_coverage rows[POINTS_MAX]);

#endif
