/* The walk over the log's records, one after the other, to the first thing that is none. */
#ifndef STORE_RECOVERY_RECOVERY_SCAN_H
#define STORE_RECOVERY_RECOVERY_SCAN_H

#include "store/service/engine.h"

struct recovery_scan {
    uint64_t from; /* where it begins; nothing at or past the log's end is looked at */
    struct record_log_check check;
    /* DLedger: of the entry before the scan, or -1; afterwards of the last entry that follows. */
    int64_t last_index;
    int64_t last_term;
    /* What is done with each record; NULL: nothing.  Returns 0, or a negative code to stop. */
    int (*accept)(void *arg, const struct record_log_item *item, struct err *err);
    void *arg;

    uint64_t end;         /* where it stopped */
    uint64_t last_start;  /* where the last record begins; where the scan does without one */
    uint64_t file_start;  /* of the last file it came to */
    uint64_t message_sum; /* bytes of messages in that file, without headers */
};

/* Returns 0, what `accept` returned, or a negative code when a read failed (guard no-cut-on-error;
 * without it a failed read is the end). */
int recovery_scan_run(struct engine *engine, struct recovery_scan *scan, struct err *err);

#endif
