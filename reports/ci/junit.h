/* The campaign as JUnit XML, as Jenkins' schema and GitLab have it: a testsuite per scenario, a
 * testcase per (point, fault kind), hits aggregated. */
#ifndef REPORTS_CI_JUNIT_H
#define REPORTS_CI_JUNIT_H

#include "reports/collect.h"
#include "store/base/err.h"

#include <stdio.h>

/* Writes the whole document to `stream` (UTF-8) and flushes it.  `command` stands before
 * "replay TOKEN" in the first line of a failure.  0, -ENOMEM or -errno of the stream. */
int junit_write(FILE *stream, const struct collect *collect, const struct campaign_summary *summary,
                const char *command, struct err *err);

#endif
