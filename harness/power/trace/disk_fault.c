/* The table of the faults that only the memory disk can do. */
#include "harness/power/trace/disk_fault.h"

static const struct disk_fault faults[] = {
    {.kind = FAULT_SYNC_EIO, .arg = FAULT_SYNC_CLEAN, .sync = RECORDING_SYNC_CLEAN},
    {.kind = FAULT_SYNC_EIO, .arg = FAULT_SYNC_REVERT, .sync = RECORDING_SYNC_REVERT},
    {.kind = FAULT_SYNC_EIO,
     .arg = FAULT_SYNC_LATE,
     .sync = RECORDING_SYNC_VOID,
     .is_lie = true,
     .fails_next = true},
    {.kind = FAULT_SYNC_LIE, .sync = RECORDING_SYNC_VOID, .is_lie = true},
};

const struct disk_fault *disk_fault_of(const struct fault *fault)
{
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        if (faults[i].kind == fault->kind && faults[i].arg == fault->arg) {
            return &faults[i];
        }
    }
    return NULL;
}
