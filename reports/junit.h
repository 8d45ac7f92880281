/* The campaign as JUnit XML, in the dialect that Jenkins and GitLab read: a testsuite per
 * scenario, a testcase per (point, fault kind), hits aggregated. */
#ifndef REPORTS_JUNIT_H
#define REPORTS_JUNIT_H

#include "reports/collect.h"
#include "store/base/err.h"

#include <stdio.h>

/* Writes the whole document to `stream` (UTF-8) and flushes it.  `command` stands before
 * "replay TOKEN" in the first line of a failure.  0, -ENOMEM or -errno of the stream. */
int junit_write(FILE *stream, const struct collect *collect, const struct campaign_summary *summary,
                const char *command, struct err *err);

/* Copies `text` without what XML 1.0 forbids: control characters, broken UTF-8, surrogates,
 * U+FFFE, U+FFFF become '?'.  Never longer than `text`; the caller frees it.  NULL: no memory. */
char *junit_clean_text(const char *text);

#endif
