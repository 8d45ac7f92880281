/* Which finding is a violation, and which one the next start is bound to repair. */
#ifndef HARNESS_ORACLE_FSCK_FSCK_VERDICT_H
#define HARNESS_ORACLE_FSCK_FSCK_VERDICT_H

#include "harness/oracle/fsck/fsck_state.h"

/* Counts a finding and tells the listener. `arg` is the struct fsck: the `add` of its sink. */
void fsck_verdict_add(void *arg, const struct disk_finding *finding);
/* To be called when all was looked at: takes back what only a mark that does not hold excused,
 * adds what the version asked for would break, and sets the verdict. */
void fsck_verdict_end(struct fsck *fsck);

#endif
