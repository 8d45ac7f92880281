/* The walk of log and queues side by side, once, and what it finds. */
#ifndef HARNESS_ORACLE_FSCK_FSCK_SCAN_H
#define HARNESS_ORACLE_FSCK_FSCK_SCAN_H

#include "harness/oracle/fsck/fsck_state.h"

/* How far the queues reach into the log, by their last units: fills summary->unit_count and
 * units_end. To be called when the queues are loaded, before the walk. */
void fsck_scan_note_units(struct fsck *fsck);
/* Finds out what only RocketMQ writes, and what lies around (foreign.h).  To be called when log and
 * queues are listed. 0 or what foreign_open() returns. */
int fsck_scan_open(struct fsck *fsck, const char *delay_levels, struct err *err);
/* Walks all records, their units and the DLedger index list, and looks at the log's tail.
 * Findings go to the sink. 0, -ENOMEM or the view's error. */
int fsck_scan_run(struct fsck *fsck, struct err *err);

#endif
