/* The results of a campaign as text: a screenful, whatever its size, with the important last.  A
 * verbose screen has a line per scenario and tables before it. */
#ifndef REPORTS_RESULT_TEXT_H
#define REPORTS_RESULT_TEXT_H

#include "reports/collect.h"
#include "reports/screen.h"

/* So many scenarios have a line each on any screen. */
#define RESULT_TEXT_FEW 5

/* Beside the campaign: the path of its directory, and what went wrong with a report (then exit 3).
 * Both may be "". */
struct result_text_notes {
    const char *report_place;
    const char *problem;
};

/* One scenario that ended: "ok  NAME  N cases: ...; 1.2 s", and why where it is not ok.
 * `is_alone`: no other line's columns are to be met. */
void result_text_scenario(struct screen *screen, const struct collect_scenario *seen,
                          bool is_alone);

/* Everything after the scenarios.  The last line is always "cases: N passed, N failed, N skipped".
 */
void result_text_summary(struct screen *screen, const struct collect *collect,
                         const struct campaign_summary *summary,
                         const struct result_text_notes *notes);

/* All of it, for a file: every scenario and the summary, as on a verbose screen of 100 columns. */
void result_text_file(FILE *stream, const struct collect *collect,
                      const struct campaign_summary *summary, const char *command);

/* The first `lines_max` lines of `detail`, each behind `indent`, and how many more there are. */
void result_text_detail(FILE *stream, const char *detail, const char *indent, unsigned lines_max);

#endif
