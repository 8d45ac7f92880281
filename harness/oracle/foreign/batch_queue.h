/* The oracle's reader and judge of batchconsumequeue/ (docs/FORMAT.md, "BatchConsumeQueue").
 *
 * A topic of the type BatchCQ has, in the place of its ConsumeQueue, units of 46 bytes in the order
 * of the log: one for each record, which counts for INNER_NUM messages.  What is found goes to the
 * sink: `queue-true`, `queue-complete`, `offsets-unique`, `bounds`, `starts`. */
#ifndef HARNESS_ORACLE_FOREIGN_BATCH_QUEUE_H
#define HARNESS_ORACLE_FOREIGN_BATCH_QUEUE_H

#include "harness/oracle/decode/disk_log.h"
#include "harness/oracle/decode/disk_queue.h"
#include "harness/oracle/decode/disk_sink.h"
#include "harness/oracle/decode/view.h"
#include "store/base/err.h"

#define BATCH_QUEUE_UNIT_SIZE_BYTES 46u
#define BATCH_QUEUE_PATH_SIZE_BYTES 1024

struct batch_queue;

struct batch_queues {
    const struct view *view;
    const struct disk_log *log;
    const struct disk_sink *sink;
    struct batch_queue *queues;
    size_t capacity;
    uint32_t count;
    uint32_t listed_count; /* those with files come first */
    uint64_t unit_count;   /* that were judged */
    uint64_t log_end;      /* when the log has ended */
    bool is_gapped;        /* records are missing from the log: a gap in offsets says nothing */
};

/* Frees the queues and their windows.  All zeros has none. */
void batch_queue_done(struct batch_queues *queues);
/* Finds the queues and their files, with a finding for each file of another size than most. `view`,
 * `log` and `sink` are set and outlive the use.  0, -ENOMEM or the view's error. */
int batch_queue_list(struct batch_queues *queues, struct err *err);
/* Whether the record's unit is in a batch queue: its topic has one, or the record says so itself.
 */
bool batch_queue_has(const struct batch_queues *queues, const struct disk_record *record,
                     const uint8_t *bytes);
/* Judges the record's place in its queue and the units in front of its own, that no record came
 * for. For each indexable record of which batch_queue_has() is true, in the order of the log.  1:
 * its unit is there; 0: it is not; -ENOMEM or the view's error. */
int batch_queue_seek(struct batch_queues *queues, const struct disk_record *record,
                     const uint8_t *bytes);
/* Judges the unit of the record that was sought, or tells that it has none.  0 or the view's
 * error. */
int batch_queue_record(struct batch_queues *queues, const struct disk_record *record,
                       const uint8_t *bytes);
/* The units behind the last record of each queue.  0 or the view's error. */
int batch_queue_end(struct batch_queues *queues, uint64_t log_end);

#endif
