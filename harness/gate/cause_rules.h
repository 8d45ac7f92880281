/* Rules about causes: each that occurs is known, and each that is known may still be allowed. */
#ifndef HARNESS_GATE_CAUSE_RULES_H
#define HARNESS_GATE_CAUSE_RULES_H

#include "harness/gate/evidence.h"
#include "harness/gate/policy.h"
#include "harness/gate/verdict.h"

void cause_rules_unknown(const struct policy *policy, const struct evidence *evidence,
                         struct verdict *verdict);
/* An entry that has expired fails, and so does one that no longer occurs. */
void cause_rules_known(const struct policy *policy, const struct evidence *evidence, time_t now_s,
                       struct verdict *verdict);
/* The cause of a run that an entry is about; NULL: it did not occur. */
const struct evidence_cause *cause_rules_find(const struct evidence *evidence,
                                              const char *fingerprint);

#endif
