/* What a fault that only the memory disk can do does there.  A new one is a row of disk_fault.c;
 * its word is in case/fault.h, and what the engine is told at the hit in plan/arm.c. */
#ifndef HARNESS_POWER_TRACE_DISK_FAULT_H
#define HARNESS_POWER_TRACE_DISK_FAULT_H

#include "harness/case/fault.h"
#include "harness/power/trace/recording.h"

struct disk_fault {
    enum fault_kind kind;
    uint64_t arg;
    enum recording_sync sync; /* how the sync that it strikes is to be taken */
    bool is_lie;              /* the sync says 0, and has nothing durable */
    bool fails_next;          /* the next sync of the file reports it */
};

/* NULL: it is none. */
const struct disk_fault *disk_fault_of(const struct fault *fault);

#endif
