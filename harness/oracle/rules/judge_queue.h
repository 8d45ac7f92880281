/* The queues against the log, record by record in log order: queue-true, queue-complete,
 * offsets-unique, rebuild-equal, bounds.
 *
 * One walk serves the judgement of a case, with everything in memory, and fsck, which sees each
 * record once.  Call begin, then record for every record in order of physical offset, then end. */
#ifndef HARNESS_ORACLE_RULES_JUDGE_QUEUE_H
#define HARNESS_ORACLE_RULES_JUDGE_QUEUE_H

#include "harness/oracle/decode/disk_log.h"
#include "harness/oracle/decode/disk_queue.h"
#include "harness/oracle/decode/disk_sink.h"
#include "harness/oracle/foreign/lmq.h"

#define JUDGE_QUEUE_RECORD_SIZE_BYTES 192 /* of a record in words */

struct judge_queue {
    const struct disk_log *log;
    struct disk_queues *queues;
    const struct disk_sink *sink;
    uint64_t log_end; /* of what is walked; for end, the scan's end */
    bool is_gapped;   /* records are missing from the walk: a gap in queueOffsets says nothing */
    bool has_lights_elsewhere; /* a light queue without files is in a format that is not judged */
    void *arg;
    /* The record that stands at `offset`, as queue number `queue` has it when it is in several:
     * 1, 0 (none) or an error. */
    int (*find)(void *arg, uint32_t queue, uint64_t offset, struct disk_record *ret_record);
    /* NULL: a unit's tags field is its record's tags code.  Else it is asked when the field is
     * another, and answers NULL when the field is right all the same, or what is wrong with it. */
    const char *(*refuse_tags)(void *arg, uint32_t queue, int64_t tags_code,
                               const struct disk_record *record);
};

/* Sets each queue's cursor to its min and forgets what an earlier walk noted. A queue that is
 * added during the walk, since only the log knows it, begins empty. */
void judge_queue_begin(const struct judge_queue *walk);
/* Judges the record, its place in its queue, and the units that stand before it and had no
 * record. What is found goes to the sink. 0, or what `find` returned when it failed. */
int judge_queue_record(const struct judge_queue *walk, const struct disk_record *record);
/* Makes `*ret_seen` what a multi-dispatch record is in another of its queues, there to be judged as
 * if it stood in it alone.  1; 0: that queue is none of those that are judged; or -ENOMEM, for
 * `queues` gets a queue that records alone name. */
int judge_queue_light(const struct judge_queue *walk, const struct disk_record *record,
                      const struct lmq_place *place, struct disk_record *ret_seen);
/* The units behind the last record of each queue. */
int judge_queue_end(const struct judge_queue *walk);

/* Wrong sizes and holes in the rows of files: `starts`. */
void judge_queue_files(const struct judge_queue *walk);

/* A record in words: message, topic, queue, queueOffset. */
void judge_queue_describe(const struct disk_queues *queues, const struct disk_record *record,
                          char *text, size_t text_size_bytes);

#endif
