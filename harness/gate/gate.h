/* The gate of a release: a run, held against a policy.  It reads, and changes nothing. */
#ifndef HARNESS_GATE_GATE_H
#define HARNESS_GATE_GATE_H

#include "harness/gate/evidence.h"
#include "harness/gate/policy.h"
#include "harness/gate/ratios.h"
#include "harness/gate/verdict.h"

/* All that is asked about.  The pointers are the caller's. */
struct gate_case {
    const struct policy *policy;
    const struct evidence *evidence;
    const struct ratios *base; /* of the last release; NULL: the policy asks for none */
    const struct ratios *now;  /* NULL: none were given */
    time_t now_s;              /* UTC: what age and expiry go by */
};

/* Asks every rule, none skipped because another did not hold.  `verdict` must be zero; the caller
 * calls verdict_done(). */
void gate_judge(const struct gate_case *asked, struct verdict *verdict);

#endif
