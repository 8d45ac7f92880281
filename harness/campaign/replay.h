/* One case again, from its token. */
#ifndef HARNESS_CAMPAIGN_REPLAY_H
#define HARNESS_CAMPAIGN_REPLAY_H

#include "harness/case/campaign.h"
#include "harness/drive/rest.h"
#include "harness/scenario/scenario.h"

struct replay_options {
    const struct scenario *scenario; /* the token's switches applied */
    const struct token *token;
    const char *keep_dir;   /* keeps the store as crashed/ and recovered/ below it; or NULL */
    bool gdb;               /* stops just before the fault and starts gdb on the process */
    uint32_t times;         /* 0 is 1 */
    const char *dir;        /* stores on a real directory; NULL: detached tmpfs */
    uint32_t timeout_ms;    /* 0: 10 s */
    const char *save_path;  /* of an explored case: where its recording is saved; or NULL */
    const char *trace_path; /* a saved trace to make the image of, in place of a run; or NULL */
    const struct rest_taker *taker; /* is handed what the first run restarts; or NULL */
};

/* Runs the case `times` times in this process.  `*ret_case` is the first run; `*ret_identical` says
 * how many of them had its outcome, properties and bytes (crashed and recovered store). */
int replay_run(const struct replay_options *options, struct campaign_case *ret_case,
               uint32_t *ret_identical, struct err *err);

#endif
