/* The campaign on one page of Markdown, for the summary of a job (GitHub's $GITHUB_STEP_SUMMARY;
 * any other place that shows Markdown takes it, too). */
#ifndef REPORTS_CI_STEP_SUMMARY_H
#define REPORTS_CI_STEP_SUMMARY_H

#include "reports/collect.h"
#include "store/base/err.h"

#include <stdio.h>

/* GitHub drops the whole summary of a step beyond 1 MiB. */
#define STEP_SUMMARY_SIZE_BYTES_MAX (1u << 20)

/* Writes the page to `stream` and flushes it.  In order: the verdict, causes (new ones first),
 * scenarios not as expected, what was not covered, figures, what ran.  Sections that would not fit
 * into `room_bytes` are left out whole, and named.  `command` stands before "replay TOKEN".  0,
 * -ENOMEM or -errno of the stream. */
int step_summary_write(FILE *stream, const struct collect *collect,
                       const struct campaign_summary *summary, const char *command,
                       size_t room_bytes, struct err *err);

#endif
