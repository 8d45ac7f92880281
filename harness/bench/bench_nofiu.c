/* This file alone is compiled as without FIU_ENABLE, to time what is left of a point then. */
#undef FIU_ENABLE
#include "harness/bench/bench_nofiu.h"

#include "store/disk/faultpoint.h"

#include <stddef.h>

uint64_t bench_nofiu_loop(uint64_t count)
{
    uint64_t failed = 0;
    for (uint64_t i = 0; i < count; i++) {
        failed += faultpoint_check(POINT_COMMITLOG_APPEND) != NULL ? 1 : 0;
        /* Keeps the loop itself, which is what the figure is compared with. */
        __asm__ volatile("" : "+r"(failed));
    }
    return failed;
}
