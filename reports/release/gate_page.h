/* One page of Markdown about a release: may it ship, and what says so. */
#ifndef REPORTS_RELEASE_GATE_PAGE_H
#define REPORTS_RELEASE_GATE_PAGE_H

#include "harness/gate/gate.h"
#include "store/base/err.h"

#include <stdio.h>

/* Verdict and reasons, what was tested, each rule with what was asked and found, the known causes,
 * and what was not covered.  `version` is that of the program that judged.  0, or -EIO of the
 * stream, which stays the caller's. */
int gate_page_write(FILE *stream, const struct gate_case *asked, const struct verdict *verdict,
                    const char *version, struct err *err);

#endif
