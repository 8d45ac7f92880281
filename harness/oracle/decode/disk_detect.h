/* What kind of store a directory holds, from its files alone: mode and file sizes. */
#ifndef HARNESS_ORACLE_DECODE_DISK_DETECT_H
#define HARNESS_ORACLE_DECODE_DISK_DETECT_H

#include "harness/oracle/decode/disk_log.h"
#include "harness/oracle/decode/disk_queue.h"

#define DISK_DETECT_BASE_SIZE_BYTES 288

struct disk_detect {
    char base[DISK_DETECT_BASE_SIZE_BYTES]; /* "dledger-n0"; empty: a plain log */
    uint32_t base_count;                    /* dledger-NAME directories; the first is taken */
    uint32_t ignored_count;                 /* files of commitlog/ that lie past DLedger's begin */
    uint64_t log_file_size_bytes;           /* 0 in: from the files */
    uint64_t queue_file_size_bytes;
};

/* Finds the log (dledger-NAME/data when it has files, behind what it took over from commitlog; else
 * commitlog alone) and lists log and queues,
 * with the file size that most of their files have, unless `detect` gives one. 0, -ENOENT (no
 * store) or the view's error. */
int disk_detect(struct disk_detect *detect, struct disk_log *log, struct disk_queues *queues,
                const struct view *view, struct err *err);

#endif
