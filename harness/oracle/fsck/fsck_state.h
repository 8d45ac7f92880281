/* What the files of this room share while one store is judged; nobody else includes it. */
#ifndef HARNESS_ORACLE_FSCK_FSCK_STATE_H
#define HARNESS_ORACLE_FSCK_FSCK_STATE_H

#include "harness/oracle/decode/disk_detect.h"
#include "harness/oracle/decode/disk_index.h"
#include "harness/oracle/decode/disk_mark.h"
#include "harness/oracle/decode/disk_offsets.h"
#include "harness/oracle/foreign/foreign.h"
#include "harness/oracle/fsck/fsck.h"
#include "harness/oracle/fsck/fsck_start.h"
#include "harness/oracle/rules/judge_queue.h"

struct fsck {
    const struct view *view;
    const struct fsck_listener *listener;
    struct fsck_summary *summary;
    const struct fsck_options *options;
    bool is_pending_possible; /* an unclean stop, and recovery has not run yet */
    struct fsck_starts starts;
    uint64_t trusting_count; /* pending by the mark alone, which may turn out to be void */
    uint32_t trusting;       /* their properties, a bit each */
    struct disk_detect detect;
    struct disk_log log;
    struct disk_index index;
    struct disk_queues queues;
    struct disk_mark mark;
    struct disk_offsets offsets;
    struct disk_sink sink;
    struct judge_queue walk;
    struct foreign foreign;
    uint64_t queues_end; /* RocketMQ's maximum of all queues; 0: no unit */
    uint64_t units_end;  /* highest end of a record that a unit points at; 0: there is no unit */
    bool is_scanned;
};

#endif
