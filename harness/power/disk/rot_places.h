/* Where a store decays: seeded places in the files of an image, spread over their kinds. */
#ifndef HARNESS_POWER_DISK_ROT_PLACES_H
#define HARNESS_POWER_DISK_ROT_PLACES_H

#include "harness/case/plan.h"
#include "harness/power/disk/image.h"

struct rot_places;

/* Looks at the files of `image`, which must not change as long as it is used.  Those in which decay
 * cannot be seen (plan.h) are left out.  NULL when out of memory. */
struct rot_places *rot_places_new(const struct image *image);
struct rot_places *rot_places_free(struct rot_places *places);

/* The `number`-th place: kinds of files take turns (log, queues, index, checkpoint, ...), then
 * file, byte and bit are drawn, of a log also bytes of the heads of its records alone; mostly where
 * something was written.  False when no file has a byte. */
bool rot_places_pick(const struct rot_places *places, uint64_t seed, uint64_t number,
                     struct plan_before *ret_before);

#endif
