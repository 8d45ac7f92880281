/* Services that run inside each other's disk calls, as threads would, but chosen by a seed: at the
 * begin of a call (its operation is in flight then) or at its end. */
#ifndef HARNESS_DRIVE_WEAVE_H
#define HARNESS_DRIVE_WEAVE_H

#include "harness/drive/driver.h"
#include "harness/scenario/prng.h"
#include "store/disk/disk.h"

struct weave {
    struct driver *driver;
    struct prng prng;
    uint32_t left;              /* so many more may run */
    uint32_t rarer;             /* of the calls that could be interrupted, one in so many */
    struct disk_observer inner; /* told first: what runs inside comes between begin and end */
};

/* `preemptions` is how many calls of this round may be interrupted at most; which ones is a
 * function of seed and round. `driver` must outlive it. */
void weave_init(struct weave *weave, struct driver *driver, uint64_t seed, uint32_t preemptions);
/* An observer that refers to `weave`, whose `inner` must be set before the first call. */
struct disk_observer weave_observer(struct weave *weave);

#endif
