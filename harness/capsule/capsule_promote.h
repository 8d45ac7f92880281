/* A capsule's case as a scenario of its own, to be kept for good: `plan:` in place of `faults:`. */
#ifndef HARNESS_CAPSULE_CAPSULE_PROMOTE_H
#define HARNESS_CAPSULE_CAPSULE_PROMOTE_H

#include "harness/capsule/capsule_replay.h"

struct capsule_promote_options {
    const char *name; /* of the scenario: [a-z0-9-]+ */
    const char *path; /* where its file is to lie, by which a base is named; NULL: nowhere yet */
    const char *dir;  /* as of replay */
    uint32_t timeout_ms;
};

struct capsule_promoted {
    char *text; /* YAML; the caller frees it */
    /* What its plan comes to here: as recorded, or now intact. */
    enum capsule_replay_verdict verdict;
    struct campaign_case ended;
    /* The base, if the scenario has one, is to lie here, relative to the scenario's file. */
    char base_name[TOKEN_NAME_SIZE_BYTES + 16];
};

/* Makes the scenario, reads it back and runs it.  It expects a case of the fixed engine to be
 * intact, and one with planted defects to violate what was recorded.
 * 0; ERR_USAGE for what no scenario can say (a run of threads, skip/POINT, weave/N), for a base
 * without a path, and for one that ends otherwise than recorded and is not intact either. */
int capsule_promote(const struct capsule *capsule, const struct capsule_promote_options *options,
                    struct capsule_promoted *ret_promoted, struct err *err);

#endif
