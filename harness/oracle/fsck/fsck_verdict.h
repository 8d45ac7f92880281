/* Which finding is a violation, and which one the next start is bound to repair. */
#ifndef HARNESS_ORACLE_FSCK_FSCK_VERDICT_H
#define HARNESS_ORACLE_FSCK_FSCK_VERDICT_H

#include "harness/oracle/fsck/fsck_state.h"

/* Counts a finding and tells the listener. `arg` is the struct fsck: the `add` of its sink. */
void fsck_verdict_add(void *arg, const struct disk_finding *finding);

#endif
