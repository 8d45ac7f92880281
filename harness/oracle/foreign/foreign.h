/* What only the real RocketMQ writes, judged beside log and queues: ext units, batch queues, index
 * files, own delay levels; and what lies there and is not judged.
 *
 * fsck calls, in this order: open, look (the queues are loaded), take and record for each record of
 * the log, end, summarize, done. */
#ifndef HARNESS_ORACLE_FOREIGN_FOREIGN_H
#define HARNESS_ORACLE_FOREIGN_FOREIGN_H

#include "harness/oracle/decode/disk_log.h"
#include "harness/oracle/decode/disk_queue.h"
#include "harness/oracle/decode/disk_sink.h"
#include "harness/oracle/foreign/around.h"
#include "harness/oracle/foreign/batch_queue.h"
#include "harness/oracle/foreign/cq_ext.h"
#include "harness/oracle/foreign/delay_levels.h"
#include "harness/oracle/foreign/index_file.h"

/* What is judged; all of it outlives the use. */
struct foreign_store {
    const struct view *view;
    const struct disk_log *log;
    struct disk_queues *queues;
    const struct disk_sink *sink;
    void *arg;
    /* The record that stands at `offset`, and its bytes: 1, 0 (none) or an error. */
    int (*find)(void *arg, uint64_t offset, struct disk_record *ret_record,
                const uint8_t **ret_bytes);
};

struct foreign {
    struct foreign_store store;
    struct cq_ext ext;
    struct batch_queues batches;
    struct index_files index;
    struct delay_levels levels;
    struct around around;
};

struct foreign_summary {
    uint64_t ext_unit_count;   /* addresses that led to the right ext unit */
    uint64_t batch_unit_count; /* of batch queues, compared with their records */
    uint64_t index_entry_count;
    uint32_t index_file_count;
    uint32_t index_unjudged_count;            /* index files whose number of slots is not known */
    char delay_levels[DELAY_LEVELS_TEXT_MAX]; /* what the units show; empty: RocketMQ's, or given */
    struct around around;
};

/* Lists what there is.  `delay_levels` is NULL or what the user says.  0, ERR_USAGE, -ENOTSUP (the
 * queues are in RocksDB alone), -ENOMEM or the view's error; done is owed all the same. */
int foreign_open(struct foreign *foreign, const struct foreign_store *store,
                 const char *delay_levels, struct err *err);
/* Looks what delay levels the units show: `find` is that of judge_queue.h. */
int foreign_look(struct foreign *foreign, int (*find)(void *arg, uint32_t queue, uint64_t offset,
                                                      struct disk_record *ret_record));
/* Makes the record what it is by the levels and queues of this store.  True: its unit is in a batch
 * queue. */
bool foreign_take(const struct foreign *foreign, struct disk_record *record, const uint8_t *bytes);
/* Whether the record's unit, which is in a batch queue, is there: 1, 0, -ENOMEM or the view's
 * error. `is_gapped`: records are missing in front of it. */
int foreign_seek(struct foreign *foreign, const struct disk_record *record, const uint8_t *bytes,
                 bool is_gapped);
/* Judges that unit.  0 or the view's error. */
int foreign_record(struct foreign *foreign, const struct disk_record *record, const uint8_t *bytes);
/* As judge_queue.h wants it: NULL when a tags field that is no hash is right. */
const char *foreign_refuse_tags(struct foreign *foreign, uint32_t queue, int64_t tags_code,
                                const struct disk_record *record);
/* Judges what is left when the log has ended.  `index_flushed_ms` is the checkpoint's.  0, -ENOMEM
 * or the view's error. */
int foreign_end(struct foreign *foreign, int64_t index_flushed_ms, struct err *err);
void foreign_summarize(const struct foreign *foreign, struct foreign_summary *ret_summary);
void foreign_done(struct foreign *foreign);

#endif
