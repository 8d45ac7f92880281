/* So many run directories and no more: old ones go, those that stay are packed. */
#ifndef HARNESS_ARCHIVE_KEEP_RUNS_H
#define HARNESS_ARCHIVE_KEEP_RUNS_H

#include "store/base/err.h"

#include <stdint.h>

struct keep_runs_done {
    uint32_t removed;
    uint32_t packed;
    uint64_t saved_bytes; /* by packing */
};

/* Removes all but the newest `count` (at least 1) run directories below `root`, and packs what the
 * others have (results_file.h).  `own`, the name of the run that asks for it, counts and stays as
 * it is, and so does each that is locked, since a run is writing it, or that `latest` points at; a
 * directory that is called otherwise than runs are is not looked at.  What goes is gone at once for
 * whoever lists the directory.  0, or the first error of all there were; the rest is done. */
int keep_runs(const char *root, uint32_t count, const char *own, struct keep_runs_done *ret_done,
              struct err *err);

#endif
