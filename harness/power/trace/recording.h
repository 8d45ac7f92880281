/* What persistence models and their second opinion both start from: what a disk saw, the image
 * below it, and how each sync is to be taken.  It is all that they share. */
#ifndef HARNESS_POWER_TRACE_RECORDING_H
#define HARNESS_POWER_TRACE_RECORDING_H

#include "harness/power/disk/image.h"
#include "harness/power/trace/trace.h"

/* How a sync of the trace is to be taken. */
enum recording_sync {
    RECORDING_SYNC_GOOD, /* by its result: 0 makes durable, an error nothing and pages stay dirty */
    RECORDING_SYNC_VOID, /* nothing becomes durable, pages stay dirty (sync-lie, skip/POINT) */
    RECORDING_SYNC_CLEAN, /* each dirty page reached the disk or not, and no later sync writes it */
    RECORDING_SYNC_REVERT, /* un-synced items of the file are gone: the disk was put back too */
};

/* Borrows all that it points at. */
struct recording {
    const struct trace *trace;
    struct image *base; /* all of it durable; shared, never changed */
    /* What to make of a sync (entry: an ended sync or sync_dir); NULL: all are GOOD. */
    enum recording_sync (*sync)(void *arg, const struct trace_entry *entry);
    void *sync_arg;
};

/* How the recording says that an ended sync or sync_dir is to be taken. */
static inline enum recording_sync recording_sync(const struct recording *recording,
                                                 const struct trace_entry *entry)
{
    return recording->sync == NULL ? RECORDING_SYNC_GOOD
                                   : recording->sync(recording->sync_arg, entry);
}

#endif
