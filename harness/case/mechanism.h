/* What exactly is wrong when a property does not hold: which record, unit, mark or sync, in one
 * word that stays the same from case to case.  A property says what was promised; a mechanism says
 * how the promise was broken, and failures are grouped by it. */
#ifndef HARNESS_CASE_MECHANISM_H
#define HARNESS_CASE_MECHANISM_H

#include "harness/case/property.h"

#include <stdbool.h>
#include <stdint.h>

/* X(id, "name", PROPERTY, "what is wrong").  From causes to consequences: each can explain later
 * ones only (mechanism_explained()).  At most 64, for sets of them are a uint64_t. */
#define MECHANISM_MAP(X)                                                                           \
    X(ACK_AFTER_FAILED_SYNC, "ack-after-failed-sync", NO_ACK_AFTER_FAILED_SYNC,                    \
      "a put was acknowledged though a sync of the log had failed before")                         \
    X(LOG_BEFORE_ACK, "log-before-acknowledgement", ORDER_DURABLE,                                 \
      "a put was answered before its record was durable in the log")                               \
    X(ABORT_BEFORE_APPEND, "abort-before-append", ORDER_DURABLE,                                   \
      "a record was appended before the file `abort`, which tells the next start of a crash, was " \
      "durable")                                                                                   \
    X(TAIL_BEFORE_APPEND, "zeroed-tail-before-append", ORDER_DURABLE,                              \
      "new bytes were appended before the zeros over a removed tail were durable")                 \
    X(BYTES_BEFORE_RENAME, "bytes-before-rename", ORDER_DURABLE,                                   \
      "a file was renamed over another before its bytes were durable")                             \
    X(MARK_BEFORE_CUT, "lowered-mark-before-cut", ORDER_DURABLE,                                   \
      "the log was cut before the mark that lay above the cut was lowered durably")                \
    X(LOG_AND_QUEUES_BEFORE_MARK, "log-and-queues-before-mark", ORDER_DURABLE,                     \
      "the durable mark was moved over records or units that were not durable")                    \
    X(QUEUES_AND_MARK_BEFORE_EXPIRY, "queues-and-mark-before-expiry", ORDER_DURABLE,               \
      "an expired log file was removed before units and mark above it were durable")               \
    X(DIRECTORY_BEFORE_QUEUE_EXPIRY, "log-directory-before-queue-expiry", ORDER_DURABLE,           \
      "a queue file was removed before the removal of the log file it pointed into was durable")   \
    X(EVERYTHING_BEFORE_ABORT_GOES, "everything-before-abort-goes", ORDER_DURABLE,                 \
      "the file `abort` was removed, which claims a clean stop, before everything was durable")    \
    X(LOG_WITHIN_WINDOW, "log-within-its-window", LOSS_WINDOW,                                     \
      "records stayed in the cache for longer than the period of the log's flush")                 \
    X(COMMIT_WITHIN_PERIOD, "commit-within-its-period", OFFSETS_FRESH,                             \
      "a committed offset stayed out of the file for longer than the period of its persist")       \
    X(SECOND_OPENED, "second-opened", EXCLUSIVE,                                                   \
      "a second process was not refused, with a reason and at once, while the store was open")     \
    X(SECOND_WROTE, "second-wrote", EXCLUSIVE,                                                     \
      "a second process changed the files of a store that was open")                               \
    X(FILE_SIZE, "file-size", STARTS, "a file has another size than those of its list have")       \
    X(FILE_MISSING, "file-missing", STARTS, "a file between two others of a list is not there")    \
    X(FILE_UNREADABLE, "file-unreadable", STARTS,                                                  \
      "a file that the start needs does not hold what it must, and neither does its backup")       \
    X(NOT_JUDGED, "not-judged", ACKED_SURVIVES, "memory ran out before the log was judged")        \
    X(RECORD_LOST, "record-lost", ACKED_SURVIVES,                                                  \
      "a record that was acknowledged and promised is not in the log")                             \
    X(RECORD_BACK, "record-back", NO_RESURRECTION,                                                 \
      "a record is in the log again that a restart or a truncate had removed")                     \
    X(RECORD_ALTERED, "record-altered", ACKED_SURVIVES,                                            \
      "a record that was acknowledged is in the log with other contents")                          \
    X(RECORD_TWICE, "record-twice", ACKED_SURVIVES,                                                \
      "a record that was acknowledged is in the log more than once")                               \
    X(RECORD_MOVED, "record-moved", ACKED_SURVIVES,                                                \
      "a record is not where its acknowledgement said")                                            \
    X(LOG_DAMAGED, "log-damaged", NOTHING_INVENTED,                                                \
      "bytes within the log are no whole record, and the log goes on behind them")                 \
    X(RECORD_INVENTED, "record-invented", NOTHING_INVENTED,                                        \
      "a record is in the log that nobody sent, or an unacknowledged one altered or twice")        \
    X(TERM_REUSED, "term-reused", BOUNDS,                                                          \
      "DLedger's term is not above that of the life before, so two entries may share a name")      \
    X(DLEDGER_CHECKPOINT_AHEAD, "dledger-checkpoint-ahead", BOUNDS,                                \
      "DLedger's checkpoint names entries that the log has not got")                               \
    X(OFFSET_TWICE, "queue-offset-twice", OFFSETS_UNIQUE,                                          \
      "two records of one queue have the same queueOffset")                                        \
    X(OFFSET_GAP, "queue-offset-gap", BOUNDS,                                                      \
      "a record was given a queueOffset beyond the end of its queue: a hole was left")             \
    X(TIME_BACK, "store-time-back", BOUNDS,                                                        \
      "the store time of a record is before its neighbour's")                                      \
    X(TIME_AHEAD, "store-time-ahead", BOUNDS,                                                      \
      "the store time of a record is one that no clock has shown yet")                             \
    X(UNIT_SHIFTED, "unit-shifted", QUEUE_TRUE,                                                    \
      "a unit of a queue stands at another index than its record's queueOffset")                   \
    X(UNIT_FOREIGN, "unit-foreign", QUEUE_TRUE,                                                    \
      "a unit of a queue points at a record of another queue, or one that has no unit")            \
    X(UNIT_ALTERED, "unit-altered", QUEUE_TRUE,                                                    \
      "a unit points at its record with a wrong size, tag or time")                                \
    X(UNIT_ZERO, "unit-zero", QUEUE_TRUE,                                                          \
      "zeros or filler stand in a queue where a record's unit should be")                          \
    X(UNIT_DANGLING, "unit-dangling", QUEUE_TRUE, "a unit of a queue points where no record is")   \
    X(UNIT_MISSING, "unit-missing", QUEUE_COMPLETE,                                                \
      "a record is in the log, and no unit of its queue points at it: consumers never see it")     \
    X(UNIT_TWICE, "unit-twice", QUEUE_COMPLETE,                                                    \
      "two units point at one record: consumers see it twice")                                     \
    X(INDEX_UNEQUAL, "index-unequal", REBUILD_EQUAL,                                               \
      "units of DLedger's index are not those that the entries make")                              \
    X(KEYS_UNTRUE, "keys-untrue", QUEUE_TRUE, "entries of an index by key are not their records'") \
    X(KEYS_UNEQUAL, "keys-unequal", REBUILD_EQUAL,                                                 \
      "header or chains of an index by key are not those that its entries make")                   \
    X(INDEX_OUTDATED, "index-outdated", BOUNDS,                                                    \
      "a file of DLedger's index stayed whose entries have all expired")                           \
    X(COMMIT_LOST, "commit-lost", CONSUMER_OFFSET,                                                 \
      "a committed offset is lower than one that was persisted")                                   \
    X(COMMIT_BEYOND, "commit-beyond", CONSUMER_OFFSET,                                             \
      "a committed offset is beyond the end of its queue")                                         \
    X(COMMIT_BACK, "commit-back", CONSUMER_OFFSET,                                                 \
      "a committed offset is back that a restart had lowered")                                     \
    X(COMMIT_INVENTED, "commit-invented", CONSUMER_OFFSET,                                         \
      "a committed offset is one that nobody committed")                                           \
    X(REWRITTEN_BELOW_MARK, "rewritten-below-mark", BOUNDED_RECOVERY,                              \
      "recovery wrote below the mark, where all was durable already")                              \
    X(OPEN_REFUSED, "open-refused", STARTS, "the store does not open or recover")                  \
    X(PUT_REFUSED, "put-refused", STARTS, "the store opens, and then takes no put")                \
    X(STOP_FAILED, "stop-failed", STARTS, "a clean stop of the restarted store fails")             \
    X(NEXT_OFFSET, "next-offset", BOUNDS,                                                          \
      "the first queueOffset that is given out after a restart is not the end of the queue")       \
    X(SERVED_BOUNDS, "served-bounds", BOUNDS,                                                      \
      "the open store names other ends of a queue than its files have")                            \
    X(READ_REFUSED, "read-refused", READS_AGREE,                                                   \
      "the open store does not serve a message that its files hold")                               \
    X(READ_OTHER, "read-other", READS_AGREE,                                                       \
      "the open store serves another message than its files hold")                                 \
    X(QUEUE_UNEQUAL, "queue-unequal", REBUILD_EQUAL,                                               \
      "units of a queue are not those that a rebuild from the log would make")                     \
    X(AGAIN_RECORDS, "again-records", IDEMPOTENT, "a second restart changed the log")              \
    X(AGAIN_QUEUES, "again-queues", IDEMPOTENT, "a second restart changed a queue")                \
    X(AGAIN_OFFSETS, "again-offsets", IDEMPOTENT,                                                  \
      "a second restart changed the committed offsets")                                            \
    X(STALE_TAIL, "stale-tail", IDEMPOTENT,                                                        \
      "stale bytes stand behind the end of log or index, where the next crash may revive them")    \
    X(EVENT_FORBIDDEN, "event-forbidden", LOG_CLEAN,                                               \
      "the store logged an event that the scenario forbids")

enum mechanism {
#define X(id, ...) MECHANISM_##id,
    MECHANISM_MAP(X)
#undef X
        MECHANISM_COUNT
};

/* X(id, "name"): where in a store a mechanism shows itself, as far as that tells unlike bugs apart.
 * The log of either mode is one place: who breaks the one breaks the other by the same line. */
#define MECHANISM_PLACE_MAP(X) \
    X(NONE, "")                \
    X(LOG, "the log")          \
    X(QUEUES, "the queues")    \
    X(INDEX, "the index")      \
    X(MARK, "the mark")        \
    X(OFFSETS, "the offsets")  \
    X(ABORT, "abort")          \
    X(TERM, "the term")        \
    X(LOCK, "the lock")

enum mechanism_place {
#define X(id, ...) MECHANISM_PLACE_##id,
    MECHANISM_PLACE_MAP(X)
#undef X
        MECHANISM_PLACE_COUNT
};

/* A set of mechanisms is a uint64_t with bit `id` for each. */
#define MECHANISM_BIT(id) (UINT64_C(1) << MECHANISM_##id)

/* The word of reports and `explain`. A static string. */
const char *mechanism_name(enum mechanism mechanism);
/* What is wrong, in a line, for who knows no RocketMQ. A static string. */
const char *mechanism_help(enum mechanism mechanism);
/* The property that does not hold then. */
enum property mechanism_property(enum mechanism mechanism);
/* The mechanism of that name, whole and in lower case; MECHANISM_COUNT when there is none. */
enum mechanism mechanism_find(const char *name);

/* The place that a path of a store belongs to, by its first words; NONE for "" and others. */
enum mechanism_place mechanism_place_of(const char *path);
/* "the log", "the queues"; "" for none. A static string. */
const char *mechanism_place_name(enum mechanism_place place);

/* The properties that a set of mechanisms violates, a bit for each. */
uint32_t mechanism_violated(uint64_t set);
/* All that `mechanism` may bring about by itself: what it explains is no cause of its own.  Never
 * `mechanism` or an earlier one.  `is_lossy`: the disk lost or refused something (a power loss, a
 * failed sync, one that lied); without that a sync that came too late harms nobody, and explains
 * nothing. */
uint64_t mechanism_explained(enum mechanism mechanism, bool is_lossy);
/* Those of the set that no other of it explains: one for each unlike bug. 0 of 0. */
uint64_t mechanism_roots(uint64_t set, bool is_lossy);
/* The first of the set, which is always a root; MECHANISM_COUNT of an empty one. */
enum mechanism mechanism_root(uint64_t set);
/* Whether it is a rule about what must be durable before what: it tells of a sync that is missing
 * or late, whatever became of the store. */
bool mechanism_is_order(enum mechanism mechanism);

#endif
