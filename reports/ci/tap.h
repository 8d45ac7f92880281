/* The campaign in the Test Anything Protocol, version 14 (testanything.org): a subtest a scenario,
 * a test a point and fault; what failed has a YAML block with the command that shows it again. */
#ifndef REPORTS_CI_TAP_H
#define REPORTS_CI_TAP_H

#include "reports/collect.h"
#include "store/base/err.h"

#include <stdio.h>

/* Writes the whole document to `stream` (UTF-8) and flushes it.  `command` stands before
 * "replay TOKEN".  A campaign that was interrupted, or that could not go on, ends with
 * "Bail out!": scenarios that were not begun are missing.  0, -ENOMEM or -errno of the stream. */
int tap_write(FILE *stream, const struct collect *collect, const struct campaign_summary *summary,
              const char *command, struct err *err);

#endif
