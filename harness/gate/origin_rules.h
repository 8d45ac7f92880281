/* Rules about where a run comes from: it ended, nothing was changed for it, its revision and age,
 * and its own checks, the canary and the audit.  One function each; each adds its rows. */
#ifndef HARNESS_GATE_ORIGIN_RULES_H
#define HARNESS_GATE_ORIGIN_RULES_H

#include "harness/gate/evidence.h"
#include "harness/gate/policy.h"
#include "harness/gate/verdict.h"

/* It came to its end, and its exit code is one that the rows below can explain. */
void origin_rules_ended(const struct evidence *evidence, struct verdict *verdict);
/* It is no sample, no part, no case tried --anyway, and no switch changed what was tested. */
void origin_rules_as_it_is(const struct evidence *evidence, struct verdict *verdict);
void origin_rules_revision(const struct policy *policy, const struct evidence *evidence,
                           struct verdict *verdict);
void origin_rules_age(const struct policy *policy, const struct evidence *evidence, time_t now_s,
                      struct verdict *verdict);
/* The removed message was reported: the oracle is awake. */
void origin_rules_canary(const struct evidence *evidence, struct verdict *verdict);
void origin_rules_audit(const struct policy *policy, const struct evidence *evidence,
                        struct verdict *verdict);
/* Why no policy can be written after this run, in `text`; false: it is one to go by. */
bool origin_rules_refuse(const struct evidence *evidence, char *text, size_t text_size_bytes);

#endif
