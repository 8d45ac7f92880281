/* Walks the records of a log that disk_log_list() listed. */
#ifndef HARNESS_ORACLE_DECODE_DISK_LOG_SCAN_H
#define HARNESS_ORACLE_DECODE_DISK_LOG_SCAN_H

#include "harness/oracle/decode/disk_log.h"

/* A place where no valid record is although one follows it. */
struct disk_log_damage {
    uint32_t file;
    uint64_t position; /* in the file */
    uint64_t offset;
    uint64_t resumes_at; /* physical offset of the valid record */
    const char *why;
};

struct disk_log_visitor {
    void *arg;
    /* `bytes` are the record's, valid during the call. Non-zero stops the scan with it. */
    int (*record)(void *arg, struct disk_record *record, const uint8_t *bytes);
    /* Whether the log goes on behind it; else it ends there. NULL: it does. */
    bool (*damage)(void *arg, const struct disk_log_damage *damage);
    /* The end of a file was marked at `position`; may be NULL. */
    void (*blank)(void *arg, uint32_t file, uint64_t position, uint32_t size_bytes);
};

/* Walks the records and sets what a scan sets. */
int disk_log_scan(struct disk_log *log, const struct view *view,
                  const struct disk_log_visitor *visitor, struct err *err);

#endif
