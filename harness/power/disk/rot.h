/* Decay of what was written long ago: a flipped bit or a zeroed sector of a file at rest. */
#ifndef HARNESS_POWER_DISK_ROT_H
#define HARNESS_POWER_DISK_ROT_H

#include "harness/case/plan.h"
#include "harness/power/disk/image.h"
#include "store/base/err.h"

/* Does the step (PLAN_BEFORE_ROT) to a file below `dir_fd`.  Returns 0; ERR_USAGE when the file is
 * not there or ends before the offset: nothing was changed then; or a negated errno. */
int rot_file(int dir_fd, const struct plan_before *step, struct err *err)
    __attribute__((warn_unused_result));
/* The same in an image. */
int rot_image(struct image *image, const struct plan_before *step, struct err *err)
    __attribute__((warn_unused_result));

#endif
