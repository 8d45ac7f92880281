/* Judges any store directory in RocketMQ's format, with no engine, scenario or ledger: what must
 * hold of files alone.  Streams, so that a store of many GiB takes little memory. */
#ifndef HARNESS_ORACLE_FSCK_FSCK_H
#define HARNESS_ORACLE_FSCK_FSCK_H

#include "harness/oracle/decode/disk_sink.h"
#include "harness/oracle/decode/view.h"
#include "harness/oracle/foreign/foreign.h"
#include "harness/oracle/fsck/fsck_version.h"
#include "store/base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define FSCK_LINE_SIZE_BYTES 1400

struct fsck_options {
    uint64_t log_file_size_bytes; /* 0: found out from the files */
    uint32_t queue_file_units;    /* 0: found out from the files */
    const char *delay_levels;     /* NULL: RocketMQ's own, or what the units show */
    bool recovered; /* recovery has run although `abort` is there: nothing is pending */
    const struct fsck_version *as; /* whose next start is meant; NULL: that of every RocketMQ, or,
                                      where our mark is valid, our own */
};

/* `line` is "PROPERTY FILE@OFFSET: ..." or "pending PROPERTY FILE@OFFSET: ...". */
struct fsck_listener {
    void *arg;
    void (*found)(void *arg, const struct disk_finding *finding, bool is_pending, const char *line);
    /* Something that is no finding but must not go unsaid; may be NULL. */
    void (*note)(void *arg, const char *line);
};

/* What one version's next start does to the units of records that are in the log. */
struct fsck_next {
    uint64_t added_count;   /* missing now, there then */
    uint64_t missing_count; /* missing now and then */
    uint64_t cut_count;     /* there now, missing then */
};

/* What the next start does, in numbers, where something is pending: the price of the repair. */
struct fsck_price {
    uint64_t added_count; /* units of records that have none, or a torn one */
    uint64_t cut_count;   /* units whose records are not in the log */
    uint64_t torn_count;  /* units that are there in part */
    uint64_t tail_count;  /* places where the log is cut behind its last whole record */
    uint64_t index_count; /* DLedger: the index is written again from some entry on */
    uint64_t file_count;  /* files without a byte that go */
    uint64_t keys_count;  /* findings about index files that go */
};

enum fsck_verdict { FSCK_VERDICT_INTACT, FSCK_VERDICT_REPAIRABLE, FSCK_VERDICT_VIOLATED };

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
    bool has_queue_files;   /* else nobody knows their size */
    bool has_index_files;   /* of DLedger */
    bool is_index_loadable; /* by RocketMQ: each of them has its one size */
    uint64_t index_file_size_bytes;
    uint32_t violated; /* bit per enum property */
    uint64_t violation_count;
    struct foreign_summary foreign;
    uint64_t pending_count; /* an unclean stop left it, the next start is bound to repair it */
    enum fsck_verdict verdict;
    struct fsck_price price;
    struct fsck_next next[FSCK_VERSION_COUNT];
    uint32_t refusing; /* versions that do not start with it, as bits */
};

/* One line that says what which version's next start does with units that are missing or that it
 * cuts; empty when all leave every unit as it is. `text` takes FSCK_LINE_SIZE_BYTES. */
void fsck_next_describe(const struct fsck_summary *summary, char *text);

/* Judges the store in `view`; `listener` may be NULL.
 *
 * Returns 0 whatever it finds, -ENOENT when it is no store (neither commitlog/ nor dledger-NAME/),
 * -ENOTSUP when its queues are in RocksDB alone, ERR_USAGE (the delay levels), -ENOMEM or the
 * view's error. */
int fsck_run(const struct view *view, const struct fsck_options *options,
             const struct fsck_listener *listener, struct fsck_summary *ret_summary,
             struct err *err);

#endif
