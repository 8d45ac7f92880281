/* The rules, in the order of the page. */
#include "harness/gate/gate.h"

#include "harness/gate/cause_rules.h"
#include "harness/gate/origin_rules.h"
#include "harness/gate/ratio_rules.h"
#include "harness/gate/suite_rules.h"

void gate_judge(const struct gate_case *asked, struct verdict *verdict)
{
    const struct policy *policy = asked->policy;
    const struct evidence *evidence = asked->evidence;
    origin_rules_ended(evidence, verdict);
    origin_rules_as_it_is(evidence, verdict);
    origin_rules_revision(policy, evidence, verdict);
    origin_rules_age(policy, evidence, asked->now_s, verdict);
    origin_rules_canary(evidence, verdict);
    origin_rules_audit(policy, evidence, verdict);
    suite_rules_scenarios(policy, evidence, verdict);
    suite_rules_least(policy, evidence, verdict);
    suite_rules_coverage(policy, evidence, verdict);
    suite_rules_left_out(policy, evidence, verdict);
    suite_rules_defects(evidence, verdict);
    suite_rules_expectations(evidence, verdict);
    cause_rules_unknown(policy, evidence, verdict);
    cause_rules_known(policy, evidence, asked->now_s, verdict);
    ratio_rules_compare(policy, asked->base, asked->now, verdict);
}
