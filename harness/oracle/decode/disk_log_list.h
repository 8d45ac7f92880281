/* Lists a log's files, and knows again what the scan before found in them. */
#ifndef HARNESS_ORACLE_DECODE_DISK_LOG_LIST_H
#define HARNESS_ORACLE_DECODE_DISK_LOG_LIST_H

#include "harness/oracle/decode/disk_log.h"

/* Lists the log's files; none when the directory is missing. 0, -ENOMEM or the view's error. */
int disk_log_list(struct disk_log *log, const struct view *view, struct err *err);

/* Puts the files of commitlog/ that lie in front of a listed DLedger log before its own: DLedger
 * took that log over, and it is one log with what came after.  `*ret_ignored_count` are those that
 * lie elsewhere, which nobody reads.  Without keep.  0, -ENOMEM or the view's error. */
int disk_log_list_old(struct disk_log *log, const struct view *view, uint32_t *ret_ignored_count,
                      struct err *err);

/* keep: the record that stood at `offset` at the scan before, when its bytes are the same: those of
 * its pages, or, where pages tell nothing, the `remaining_bytes` at `at`.  NULL: it must be parsed.
 * To be asked by ascending offset. */
const struct disk_record *disk_log_list_known(struct disk_log *log, uint64_t offset,
                                              const uint8_t *at, size_t remaining_bytes);
/* keep: remembers a valid record for the next scan.  0 or -ENOMEM. */
int disk_log_list_keep(struct disk_log *log, const struct disk_record *record);

#endif
