/* Counts what cases did: outcomes, and coverage per point. */
#ifndef HARNESS_CAMPAIGN_TALLY_H
#define HARNESS_CAMPAIGN_TALLY_H

#include "harness/case/campaign.h"
#include "harness/plan/hits.h"
#include "harness/scenario/scenario.h"

#include <stdbool.h>

struct tally;

/* `hits`: of the scenario's trace. NULL when out of memory. */
struct tally *tally_new(const struct scenario *scenario, const struct hits *hits,
                        struct campaign_scenario *scenario_result);
struct tally *tally_free(struct tally *tally);

/* Whether the scenario allows how the case ended (docs/TESTING.md, "What passes"). */
bool tally_passes(const struct scenario *scenario, const struct campaign_case *ended);
/* Adds a case that has ended, and `like_count` more that ended just so, of which only outcome and
 * verdict count; sets `ended->passed`. */
void tally_case(struct tally *tally, struct campaign_case *ended, uint64_t like_count);
/* All (point, hit) pairs of the trace that were killed at (mutating) or failed (reading): fills the
 * coverage of the scenario. */
void tally_finish(struct tally *tally);

/* Notes how the canary ended, and whose failure it is when it could not be tried: an engine that
 * acknowledges nothing, dies, hangs or does not start is no reason to doubt the oracle. */
void tally_canary(struct campaign_summary *summary, const struct campaign_case *ended);
/* Adds a finished scenario to the campaign's numbers. */
void tally_scenario(struct campaign_summary *summary, const struct campaign_scenario *scenario);

#endif
