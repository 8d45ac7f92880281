/* Rules about what ran: which scenarios, how much, where faults struck, what was left out, and
 * whether each ended as it expects.  One function each; each adds its rows. */
#ifndef HARNESS_GATE_SUITE_RULES_H
#define HARNESS_GATE_SUITE_RULES_H

#include "harness/gate/evidence.h"
#include "harness/gate/policy.h"
#include "harness/gate/verdict.h"

void suite_rules_scenarios(const struct policy *policy, const struct evidence *evidence,
                           struct verdict *verdict);
void suite_rules_least(const struct policy *policy, const struct evidence *evidence,
                       struct verdict *verdict);
void suite_rules_coverage(const struct policy *policy, const struct evidence *evidence,
                          struct verdict *verdict);
void suite_rules_left_out(const struct policy *policy, const struct evidence *evidence,
                          struct verdict *verdict);
/* Every planted defect was caught; one that was not judged for sympathy was not. */
void suite_rules_defects(const struct evidence *evidence, struct verdict *verdict);
/* A scenario that is not as expected although none of its cases failed has no cause to be known. */
void suite_rules_expectations(const struct evidence *evidence, struct verdict *verdict);

#endif
