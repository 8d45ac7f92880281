/* Where a store lies: in a directory, or in an image.  What the restart protocol needs of it. */
#ifndef HARNESS_POWER_DISK_PLACE_H
#define HARNESS_POWER_DISK_PLACE_H

#include "harness/oracle/decode/view.h"
#include "harness/power/disk/dir_view.h"
#include "harness/power/disk/image.h"
#include "store/disk/disk.h"

struct place {
    struct image *image; /* NULL: a directory */
    int dir_fd;
    struct dir_view *dir_view; /* of a directory */
    const char *path;          /* of a directory that has a name; else NULL */
};

/* A disk for the engine, with faults asked of libfiu on a directory only.  0 or -ENOMEM. */
int place_disk(const struct place *place, const struct disk_observer *observer,
               struct disk **ret_disk) __attribute__((warn_unused_result));
/* Looks afresh.  Valid as long as what lies there. */
struct view place_view(const struct place *place);

#endif
