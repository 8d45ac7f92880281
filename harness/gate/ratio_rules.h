/* The rule about costs: no ratio to a floor became much worse than it was in the last release. */
#ifndef HARNESS_GATE_RATIO_RULES_H
#define HARNESS_GATE_RATIO_RULES_H

#include "harness/gate/policy.h"
#include "harness/gate/ratios.h"
#include "harness/gate/verdict.h"

/* `base`: of the last release; NULL when the policy asks for none.  `now` NULL: none were given,
 * which fails where some are asked for. */
void ratio_rules_compare(const struct policy *policy, const struct ratios *base,
                         const struct ratios *now, struct verdict *verdict);

#endif
