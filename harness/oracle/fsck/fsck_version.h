/* What the next start of each version of RocketMQ does with a store, as facts: one row a version.
 *
 * Read from the published classes of 4.9.7, 5.2.0, 5.3.3 and 5.5.1 and measured on real stores with
 * their default configuration: docs/PROPERTIES.md, "What fsck says of a store". */
#ifndef HARNESS_ORACLE_FSCK_FSCK_VERSION_H
#define HARNESS_ORACLE_FSCK_FSCK_VERSION_H

#include <stdbool.h>
#include <stdint.h>

enum fsck_version_id {
    FSCK_VERSION_4_9_7,
    FSCK_VERSION_5_0, /* to 5.1.4 */
    FSCK_VERSION_5_2_0,
    FSCK_VERSION_5_3_3,
    FSCK_VERSION_5_5_1,
    FSCK_VERSION_KILLPOINT,
    FSCK_VERSION_COUNT
};

#define FSCK_VERSION_ROCKETMQ_COUNT FSCK_VERSION_KILLPOINT
#define FSCK_VERSION_ALL            ((UINT32_C(1) << FSCK_VERSION_COUNT) - 1)
#define FSCK_VERSION_ROCKETMQ_ALL   ((UINT32_C(1) << FSCK_VERSION_ROCKETMQ_COUNT) - 1)

/* Which records an abnormal start in DLedger mode dispatches while it scans the data files. */
enum fsck_version_dledger_scan {
    FSCK_VERSION_SCAN_NONE,     /* no scan: only DLedger's own recovery runs */
    FSCK_VERSION_SCAN_DUP_INFO, /* up to the first record with properties: they lack DUP_INFO */
    FSCK_VERSION_SCAN_ALL
};

struct fsck_version {
    enum fsck_version_id id;
    const char *name; /* as --as takes it */
    const char *of;   /* as a sentence has it */
    enum fsck_version_dledger_scan dledger_scan;
    bool knows_v2;           /* records of topics longer than 127 bytes; else the log ends there */
    bool removes_empty_file; /* a last file without a byte; else it does not start */
    bool starts_by_offset;   /* from 5.5.0 on checkpoint bytes 40..47 choose the first file, and
                                decide   whether queues are cut in DLedger mode */
    uint32_t scan_files_max; /* of a plain log; 0: as many as it takes */
    bool reputs_from_queues; /* from the queues' maximum at every start; else from the log's end, in
                                DLedger mode from behind committedIndex */
    bool dispatches_normally; /* a start after a clean stop dispatches what is past the queues'
                                 maximum, in plain mode */
};

const struct fsck_version *fsck_version_get(enum fsck_version_id id);
/* The version of that name; NULL when there is none. */
const struct fsck_version *fsck_version_find(const char *name);

#endif
