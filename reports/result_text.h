/* The results of a campaign as text: a line per scenario, and at the end coverage, what was left
 * out, findings and the counts, the important last.  Writes to a stream; keeps nothing. */
#ifndef REPORTS_RESULT_TEXT_H
#define REPORTS_RESULT_TEXT_H

#include "reports/collect.h"

#include <stdbool.h>
#include <stdio.h>

struct result_text {
    FILE *stream;
    bool is_coloured;
    bool is_brief;       /* no table per point, no details of findings */
    const char *command; /* "./run.sh": what stands before "replay TOKEN" */
};

/* One scenario that ended: "ok  NAME  N cases, ...  1.2 s", and why where it is not ok. */
void result_text_scenario(const struct result_text *text, const struct collect_scenario *seen);

/* Everything after the scenarios.  `report_place` and `problem` may be "". `problem` is something
 * that went wrong around the campaign (an archive that could not be written): exit 3.
 * The last line is always "cases: N passed, N failed, N skipped". */
void result_text_summary(const struct result_text *text, const struct collect *collect,
                         const struct campaign_summary *summary, const char *report_place,
                         const char *problem);

/* The first `lines_max` lines of `detail`, each behind `indent`, and how many more there are. */
void result_text_detail(FILE *stream, const char *detail, const char *indent, unsigned lines_max);

#endif
