/* Making a capsule: the case is run, and what it leaves is kept. */
#ifndef HARNESS_CAPSULE_CAPSULE_MAKE_H
#define HARNESS_CAPSULE_CAPSULE_MAKE_H

#include "harness/campaign/replay.h"

struct capsule_make_options {
    const char *path;    /* of the capsule; whole or not there */
    const char *made_by; /* the program's version, as it says it */
    /* The scenario's text; NULL: what stands in its file, which must be what was loaded. */
    const char *scenario_text;
    /* For stores with data that may not be given away: what people wrote is replaced
     * (capsule_bodies.h), and there is no recording. */
    bool no_bodies;
};

/* Runs the case as replay_run() does and writes the capsule of the first run.  The store in it is
 * restarted once more by itself, so that the capsule says how that ends.  Durable is the file, not
 * its name.  Errors as of replay_run(); ERR_USAGE when the case ends before it has a store, -errno
 * when the file cannot be written: then there is none. */
int capsule_make(const struct replay_options *replay, const struct capsule_make_options *options,
                 struct campaign_case *ret_case, uint32_t *ret_identical, struct err *err);

#endif
