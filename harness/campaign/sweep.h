/* One scenario of a campaign: trace, enumerate, run all cases, control, verdict. */
#ifndef HARNESS_CAMPAIGN_SWEEP_H
#define HARNESS_CAMPAIGN_SWEEP_H

#include "harness/campaign/supervisor_options.h"
#include "harness/work/work.h"

struct cause_book;

struct sweep {
    const struct supervisor_options *options;
    struct work *work;
    struct campaign_summary *summary;
    struct cause_book *causes; /* its failures; NULL: not grouped */
    const struct scenario *scenario;
    uint64_t seed;
    uint32_t pass; /* over the suite, from 0: later ones of a budget go further */
    uint32_t unit; /* of options->split */
};

/* Runs it and adds it to the summary.  Negative only when the harness cannot go on. */
int sweep_run(const struct sweep *sweep, struct err *err);
/* Tells of a file that could not be loaded, as of a scenario that failed. */
void sweep_unloaded(const struct supervisor_options *options,
                    const struct campaign_unloaded *unloaded, struct campaign_summary *summary);
/* Runs the canary; whether it was caught is in the summary. */
int sweep_canary(const struct supervisor_options *options, struct work *work,
                 struct campaign_summary *summary, struct err *err);

#endif
