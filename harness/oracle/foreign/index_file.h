/* The oracle's reader and judge of index/: RocketMQ's IndexFile, by which a message is found by
 * topic and key (docs/FORMAT.md, "IndexFile").
 *
 * It is derived: files may lag, be missing, begin late or end early, and no record must have an
 * entry.  But what is there must not lie.  `queue-true`: an entry points at a record of the log
 * that has a key with the entry's hash.  `rebuild-equal`: header, times and chains are what the
 * entries make them, so that each entry is found from its slot. */
#ifndef HARNESS_ORACLE_FOREIGN_INDEX_FILE_H
#define HARNESS_ORACLE_FOREIGN_INDEX_FILE_H

#include "harness/oracle/decode/disk_record.h"
#include "harness/oracle/decode/disk_sink.h"
#include "harness/oracle/decode/view.h"
#include "store/base/err.h"

/* Where records are looked up: 1, 0 (none stands there) or an error; `*ret_bytes` is valid until
 * the next call. */
struct index_file_log {
    void *arg;
    int (*find)(void *arg, uint64_t offset, struct disk_record *ret_record,
                const uint8_t **ret_bytes);
    uint64_t min_offset; /* entries below have expired */
};

struct index_files {
    const struct view *view;
    const struct disk_sink *sink;
    struct index_file_log log;
    int64_t flushed_ms; /* the checkpoint's: an unclean start deletes a file that ends later */
    char *names;        /* NUL-terminated, one behind the other */
    size_t names_size_bytes;
    size_t names_capacity;
    uint32_t file_count;
    uint32_t unjudged_count; /* files whose number of slots could not be found out */
    uint64_t entry_count;    /* that were compared with their records */
};

/* Frees the names.  All zeros has no file. */
void index_file_done(struct index_files *files);
/* Lists and judges all files.  `view`, `sink` and `log` are set.  0, -ENOMEM, or an error of view
 * or log. */
int index_file_judge(struct index_files *files, struct err *err);

#endif
