/* The committed offsets against queues and log. */
#ifndef HARNESS_ORACLE_FSCK_FSCK_OFFSETS_H
#define HARNESS_ORACLE_FSCK_FSCK_OFFSETS_H

#include "harness/oracle/fsck/fsck_state.h"

/* Reads and judges config/consumerOffset.json; to be called after the walk, which knows the
 * queues' ends. 0, -ENOMEM or the view's error. */
int fsck_offsets_judge(struct fsck *fsck, struct err *err);

#endif
