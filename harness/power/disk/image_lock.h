/* A disk implementation that lets one thread in at a time, over one that knows no threads. */
#ifndef HARNESS_POWER_DISK_IMAGE_LOCK_H
#define HARNESS_POWER_DISK_IMAGE_LOCK_H

#include "store/disk/disk.h"

struct image_lock;

extern const struct disk_ops image_lock_ops;

/* Takes `impl` over: freed with the lock, and when NULL is returned for want of memory. */
struct image_lock *image_lock_new(const struct disk_ops *ops, void *impl);

#endif
