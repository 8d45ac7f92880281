/* Seam 2: where libfiu asks for a fault.  Compiles to nothing without FIU_ENABLE.
 *
 * A fault reaches the store as an action, and that is all it knows of faults: a kill is
 * libfiu's callback and never returns. */
#ifndef STORE_DISK_FAULTPOINT_H
#define STORE_DISK_FAULTPOINT_H

#include "store/disk/point.h"

#include <stdbool.h>
#include <stdint.h>

#define FAULTPOINT_NO_LIMIT UINT64_MAX

struct faultpoint_action {
    uint64_t limit_bytes;     /* how much of the operation is done; FAULTPOINT_NO_LIMIT: all */
    int error;                /* negated errno the operation returns instead; 0: none */
    void (*after)(void *arg); /* called when the operation is done; may not return; or NULL */
    /* Called instead, and before it, when the operation moves no more than limit_bytes anyway:
     * there was nothing to cut.  Or NULL. */
    void (*too_short)(void *arg);
    void *arg;
};

#ifdef FIU_ENABLE
/* Asks libfiu whether `point` fails now.  NULL: go on.  Valid until the thread's next call. */
const struct faultpoint_action *faultpoint_check(enum point point);
#else
static inline const struct faultpoint_action *faultpoint_check(enum point point)
{
    (void)point;
    return (const struct faultpoint_action *)0;
}
#endif

/* Whether this build can inject faults at all. */
bool faultpoint_is_built_in(void);

#endif
