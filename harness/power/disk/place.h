/* Where a store lies: in a directory, or in an image.  What a round and the restart protocol need
 * of it, so that they are the same over both. */
#ifndef HARNESS_POWER_DISK_PLACE_H
#define HARNESS_POWER_DISK_PLACE_H

#include "harness/case/plan.h"
#include "harness/oracle/decode/view.h"
#include "harness/power/disk/dir_view.h"
#include "harness/power/disk/image.h"
#include "store/disk/disk.h"

struct place {
    struct image *image; /* NULL: a directory */
    int dir_fd;
    struct dir_view *dir_view; /* of a directory; NULL when nobody looks */
    const char *path;          /* of a directory that has a name; else NULL */
    const char *keep_dir; /* the protocol copies the store there once it has stopped; or NULL */
    bool has_faults;      /* of an image: libfiu is asked, as it always is on a directory */
    bool is_shared;       /* of an image: several threads use it at once */
};

/* A disk for the engine.  0 or -ENOMEM. */
int place_disk(const struct place *place, const struct disk_observer *observer,
               struct disk **ret_disk) __attribute__((warn_unused_result));
/* Looks afresh.  Valid as long as what lies there. */
struct view place_view(const struct place *place);

/* What a hand or time does to a store at rest.  Removes `path` with all below it; what is not there
 * is no error. */
int place_remove(const struct place *place, const char *path, struct err *err)
    __attribute__((warn_unused_result));
/* Does a step PLAN_BEFORE_ROT (rot.h). */
int place_rot(const struct place *place, const struct plan_before *step, struct err *err)
    __attribute__((warn_unused_result));

#endif
