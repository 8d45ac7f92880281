/* What a command that goes by one run reads of it. */
#ifndef HARNESS_CLI_NIGHTS_NIGHT_EVIDENCE_H
#define HARNESS_CLI_NIGHTS_NIGHT_EVIDENCE_H

#include "harness/cli/options.h"
#include "harness/gate/evidence.h"
#include "store/base/err.h"

/* Reads the run that the first operand names; without one the newest of all, so that a run which
 * was killed is never passed over in silence.  The caller calls evidence_done().  0, -ENOMEM, or
 * ERR_USAGE: a second operand, no such run, or a file that is no report of one. */
int night_evidence_read(const struct options_words *words, const char *runs,
                        struct evidence *ret_evidence, struct err *err);

#endif
