/* The one place where the store asks libfiu. */
#include "store/disk/faultpoint.h"

#include <stddef.h>

#ifdef FIU_ENABLE
#    include <fiu.h>

const struct faultpoint_action *faultpoint_check(enum point point)
{
    if (fiu_fail(point_fiu_name(point)) == 0) {
        return NULL;
    }
    return fiu_failinfo();
}
#endif

bool faultpoint_is_built_in(void)
{
#ifdef FIU_ENABLE
    return true;
#else
    return false;
#endif
}
