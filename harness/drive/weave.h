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

void weave_init(struct weave *weave, struct driver *driver, uint64_t seed, uint32_t preemptions);
struct disk_observer weave_observer(struct weave *weave);

#endif
