/* What the next start of each version makes of the queues: followed record by record, as the log is
 * walked.
 *
 * A start works in three steps: a scan dispatches what lies in [scan_from, scan_end) and has no
 * unit; the units at or past cut_at are cut; from reput_from on, and behind the entry reput_above,
 * what has no unit then is dispatched.  A queue that was left short takes nothing more at the right
 * place. */
#ifndef HARNESS_ORACLE_FSCK_FSCK_START_H
#define HARNESS_ORACLE_FSCK_FSCK_START_H

#include "harness/oracle/decode/disk_log.h"
#include "harness/oracle/decode/disk_queue.h"
#include "harness/oracle/fsck/fsck.h"
#include "harness/oracle/fsck/fsck_version.h"

struct fsck_start {
    uint64_t scan_from; /* physical offsets; UINT64_MAX: never */
    uint64_t scan_end;
    uint64_t cut_at;
    uint64_t reput_from;
    int64_t reput_above; /* index of a DLedger entry */
    bool cuts_ahead;     /* units that point past the log's end go */
};

/* Of a queue: in which versions it was left short, or has a unit, as bits. */
struct fsck_start_queue {
    uint32_t is_short_scanned;
    uint32_t is_short;
    uint32_t has_units_scanned;
    uint32_t has_units;
    int64_t last_queue_offset;
};

struct fsck_starts {
    struct fsck_start of[FSCK_VERSION_COUNT];
    uint32_t refusing;                    /* versions that do not start at all, as bits */
    uint32_t not_knowing;                 /* versions that do not know one of the records */
    struct fsck_start_queue (*queues)[2]; /* as it will be, and as it would be without the cuts */
    size_t queue_capacity;
    uint32_t queue_count;
    uint32_t record_mask; /* versions in which the record followed last has its unit then */
    uint32_t uncut_mask;  /* those that give it one, whatever they cut of other records */
};

/* What decides besides the bytes of log and queues. */
struct fsck_start_facts {
    const struct view *view;
    struct disk_log *log; /* listed, not scanned */
    bool is_unclean;
    bool is_refused;         /* a file has a size with which no RocketMQ loads it */
    int64_t committed_index; /* of DLedger's checkpoint, -1: none */
    uint64_t queues_end;     /* RocketMQ's maximum of all queues; 0: no unit */
};

/* Reads `checkpoint` and first records of files and, for an unclean DLedger store, scans the files
 * that a start would, a second time. 0, -ENOMEM or the view's error. */
int fsck_start_read(struct fsck_starts *starts, const struct fsck_start_facts *facts,
                    struct err *err);
void fsck_start_done(struct fsck_starts *starts);

/* Follows the next record of the log, which must have a unit of its own, and counts in `next` what
 * becomes of it. A unit that is there may stand where the recovery of its queue does not count any
 * more (`is_counted`). 0 or -ENOMEM. */
int fsck_start_follow(struct fsck_starts *starts, const struct disk_record *record, bool has_unit,
                      bool is_counted, struct fsck_next next[FSCK_VERSION_COUNT]);

#endif
