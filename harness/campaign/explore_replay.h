/* An explored case again, from its plan: it is rehearsed until the store is at rest after the
 * crash, what lies there is written to real files, and the restart protocol judges those. */
#ifndef HARNESS_CAMPAIGN_EXPLORE_REPLAY_H
#define HARNESS_CAMPAIGN_EXPLORE_REPLAY_H

#include "harness/case/campaign.h"
#include "harness/drive/rest.h"
#include "harness/power/rehearse/rehearse.h"

struct explore_replay_options {
    struct rehearse_options rehearse;
    const char *keep_dir; /* keeps the store as crashed/ and recovered/ below it; or NULL */
    const char *dir;      /* stores on a real directory; NULL: detached tmpfs */
    uint32_t timeout_ms;
    const char *save_path;          /* where the recording is saved; or NULL */
    const char *trace_path;         /* a saved trace, in place of a run; NULL: the plan is run */
    const struct rest_taker *taker; /* is handed what is restarted, with its recording; or NULL */
    const struct rest *given;       /* an image to restart in place of any run; NULL: none */
};

/* Runs it once.  What is given (`given`) is restarted and judged, and that is all: the plan is only
 * its name.  Otherwise what the plan leaves at rest is judged first, and, when that is intact,
 * its trace, which goes on behind it (`order-durable`); not behind an image of a saved trace.  The
 * image is judged in memory too: a difference is harness-broken.  Negative when nothing could be
 * run. */
int explore_replay_run(const struct explore_replay_options *options, const struct plan *plan,
                       struct campaign_case *ret_case, struct err *err);

#endif
