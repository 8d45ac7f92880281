/* A store without what its owner may not give away: the bodies of its messages and what else people
 * wrote into them, replaced by a filler.
 *
 * Lengths stay, and checksums that were right are right again, so that recovery does the same as
 * before.  A byte that the seed makes, too, is marked as such and can be put back: a case of our
 * own messages loses nothing.  What stays: topics, tags (units carry their hash), RocketMQ's own
 * properties, hosts, times, queues, offsets; and the hashes of keys, in index/. */
#ifndef HARNESS_CAPSULE_CAPSULE_BODIES_H
#define HARNESS_CAPSULE_CAPSULE_BODIES_H

#include "harness/capsule/capsule_manifest.h"
#include "harness/power/disk/image.h"
#include "harness/scenario/workload.h"

/* What the seed makes of each message; NULL scenario: nothing is known of them. */
struct capsule_bodies_seed {
    const struct scenario *scenario;
    const struct workload *workload;
    uint64_t seed;
};

/* Takes them out of every file of `image` but those that hold none (units, indexes, checkpoints,
 * configuration), and adds to what was removed.  0 or -ENOMEM. */
int capsule_bodies_remove(struct image *image, const struct capsule_bodies_seed *seed,
                          struct capsule_manifest_removed *removed, struct err *err);
/* Puts back what the seed makes. */
int capsule_bodies_restore(struct image *image, const struct capsule_bodies_seed *seed,
                           struct err *err);

#endif
