/* The name of a cause that stays the same from night to night. */
#ifndef HARNESS_CAUSE_CAUSE_FINGERPRINT_H
#define HARNESS_CAUSE_CAUSE_FINGERPRINT_H

#include "harness/case/campaign.h"

/* Fills in `cause->fingerprint`: of what is wrong and where it shows (the mechanism, the kind of
 * file, bytes or name), or of how the process ended and in which function.  Seed, hit, offset,
 * line and scenario are not in it: those change while the mistake stays. */
void cause_fingerprint_set(struct campaign_cause *cause);

#endif
