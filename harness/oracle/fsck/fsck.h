/* Judges any store directory in RocketMQ's format, with no engine, scenario or ledger: what must
 * hold of files alone.  Streams, so that a store of many GiB takes little memory. */
#ifndef HARNESS_ORACLE_FSCK_FSCK_H
#define HARNESS_ORACLE_FSCK_FSCK_H

#include "harness/oracle/decode/disk_sink.h"
#include "harness/oracle/decode/view.h"
#include "harness/oracle/foreign/foreign.h"
#include "store/base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define FSCK_LINE_SIZE_BYTES 1400

struct fsck_options {
    uint64_t log_file_size_bytes; /* 0: found out from the files */
    uint32_t queue_file_units;    /* 0: found out from the files */
    const char *delay_levels;     /* NULL: RocketMQ's own, or what the units show */
    bool recovered; /* recovery has run although `abort` is there: nothing is pending */
};

/* `line` is "PROPERTY FILE@OFFSET: ..." or "pending PROPERTY FILE@OFFSET: ...". */
struct fsck_listener {
    void *arg;
    void (*found)(void *arg, const struct disk_finding *finding, bool is_pending, const char *line);
};

struct fsck_summary {
    bool is_dledger;
    bool has_abort;
    bool has_mark; /* a valid one that matches log and queues */
    uint64_t mark_offset;
    uint64_t log_min;
    uint64_t log_end;
    uint64_t log_file_size_bytes;
    uint64_t queue_file_size_bytes;
    uint64_t record_count;
    uint64_t unit_count;     /* in [min, max) of all queues */
    uint64_t unjudged_count; /* inner batch records that no batch queue is of */
    uint32_t queue_count;
    uint32_t violated; /* bit per enum property */
    uint64_t violation_count;
    struct foreign_summary foreign;
    uint64_t pending_count; /* an unclean stop left it, recovery is bound to repair it */
};

/* Judges the store in `view`; `listener` may be NULL.
 *
 * Returns 0 whatever it finds, -ENOENT when it is no store (neither commitlog/ nor dledger-NAME/),
 * -ENOTSUP when its queues are in RocksDB alone, ERR_USAGE (the delay levels), -ENOMEM or the
 * view's error. */
int fsck_run(const struct view *view, const struct fsck_options *options,
             const struct fsck_listener *listener, struct fsck_summary *ret_summary,
             struct err *err);

#endif
