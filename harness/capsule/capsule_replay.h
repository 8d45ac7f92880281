/* A capsule run again, in two ways that tell different things.
 *
 * The restart: the store that lies in the capsule is opened and judged; needs nothing but the
 * scenario's text to be understood.  Shows whether recovery is at fault, and is mended.
 * The case: scenario, seed and plan once more from the beginning, where this program still has the
 * points and the hits.  Shows faults from before the crash, which the store holds whoever opens
 * it. */
#ifndef HARNESS_CAPSULE_CAPSULE_REPLAY_H
#define HARNESS_CAPSULE_CAPSULE_REPLAY_H

#include "harness/capsule/capsule.h"

struct capsule_replay_options {
    const char *dir;      /* stores on a real directory; NULL: detached tmpfs */
    uint32_t timeout_ms;  /* 0: 10 s */
    const char *keep_dir; /* keeps the restarted store as crashed/ and recovered/; or NULL */
};

enum capsule_replay_verdict {
    CAPSULE_REPLAY_SAME,   /* as recorded */
    CAPSULE_REPLAY_INTACT, /* it was not, and now is */
    CAPSULE_REPLAY_OTHER,  /* neither: something else is wrong now, or nothing was before */
    CAPSULE_REPLAY_NOT_RUN
};

struct capsule_replay_part {
    enum capsule_replay_verdict verdict;
    struct campaign_case ended;
    char reason[ERR_TEXT_SIZE_BYTES]; /* why it was not run, or what to mind; or "" */
};

struct capsule_replay {
    struct capsule_replay_part restart;
    struct capsule_replay_part whole;
};

/* What an ending comes to beside the one that was recorded; never NOT_RUN. */
enum capsule_replay_verdict capsule_replay_verdict(const struct ending *recorded,
                                                   const struct ending *now);

/* Restarts the store of a capsule in the making or in a file; `plan` is the case's, for its name
 * alone.  Negative when nothing could be run. */
int capsule_replay_rest(const struct capsule_replay_options *options,
                        const struct scenario *scenario, const struct plan *plan,
                        const struct rest *rest, struct campaign_case *ret_case, struct err *err);

/* Both.  ERR_USAGE when the capsule's scenario is not understood here: then nothing is run. */
int capsule_replay_run(const struct capsule_replay_options *options, const struct capsule *capsule,
                       struct capsule_replay *ret_replay, struct err *err);

#endif
