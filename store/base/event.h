/* What the store says of itself while it works.  The library never prints: it emits
 * events to a sink, and whoever owns the sink decides. */
#ifndef STORE_BASE_EVENT_H
#define STORE_BASE_EVENT_H

#include <stdbool.h>
#include <stdint.h>

/* X(id, "name", "when it is emitted") */
#define EVENT_MAP(X)                                                                            \
    X(OPENED, "opened", "the store is open and takes messages")                                 \
    X(CLOSED, "closed", "a clean stop finished")                                                \
    X(RECOVERY_NORMAL, "recovery-normal", "recovery after a clean stop")                        \
    X(RECOVERY_ABNORMAL, "recovery-abnormal", "recovery with the abort file present")           \
    X(RECOVERY_FULL_SCAN, "recovery-full-scan", "the whole log was scanned")                    \
    X(RECOVERY_AFTER_FIRST_FILE, "recovery-after-first-file",                                   \
      "the scan began in a later file than the log's first")                                    \
    X(RECOVERY_FOUND_RECORDS, "recovery-found-records", "the scan met at least one record")     \
    X(MARK_USED, "mark-used", "recovery was bounded by a valid durable mark")                   \
    X(MARK_REJECTED, "mark-rejected", "the durable mark was missing, invalid or did not match") \
    X(DISPATCH_BEHIND, "dispatch-behind", "recovery added a unit that the queues lacked")       \
    X(DUP_INFO_CHECK, "dup-info-check",                                                         \
      "a record failed the DUP_INFO check: the start-up line of issue #8032")                   \
    X(LOG_CUT, "log-cut", "recovery cut bytes off the end of the log")                          \
    X(QUEUE_CUT, "queue-cut", "recovery cut units off a queue")                                 \
    X(QUEUE_HEALED, "queue-healed", "recovery rewrote a unit that did not match the log")       \
    X(TAIL_ZEROED, "tail-zeroed", "stale bytes past a tail were zeroed")                        \
    X(ZERO_LENGTH_FILE, "zero-length-file", "a file of length 0 was found and removed")         \
    X(LOG_ROLLED, "log-rolled", "the log went on in a new file")                                \
    X(QUEUE_ROLLED, "queue-rolled", "a queue went on in a new file")                            \
    X(PREALLOCATED, "preallocated", "the next log file was made ahead of need")                 \
    X(PRE_BLANK, "pre-blank", "a queue began above 0 and its head was filled")                  \
    X(CHECKPOINT_PAST_ROLL, "checkpoint-past-roll",                                             \
      "a checkpoint was written when the log had rolled at least once")                         \
    X(LOG_EXPIRED, "log-expired", "retention removed a log file")                               \
    X(QUEUE_EXPIRED, "queue-expired", "retention removed a queue file")                         \
    X(OFFSETS_PERSISTED, "offsets-persisted", "consumer offsets were written")                  \
    X(OFFSETS_CLIPPED, "offsets-clipped", "a committed offset above max was lowered at start")  \
    X(TRUNCATED, "truncated", "records were cut on request, as a follower does")                \
    X(COMMITTED_AT_OPEN, "committed-at-open", "entries past committedIndex were committed")     \
    X(INDEX_REBUILT, "index-rebuilt", "DLedger index units were rebuilt from the data")         \
    X(SYNC_FAILED, "sync-failed", "a sync returned an error")                                   \
    X(SERVICE_FAILED, "service-failed", "a service met an error, continuing")                   \
    X(FAIL_STOP, "fail-stop", "the store takes no more puts after a failed sync of the log")    \
    X(DISK_FULL, "disk-full", "a put was refused because there is no room")                     \
    X(ABORT_KEPT, "abort-kept", "a clean stop kept the abort file on purpose")                  \
    X(STOPPED_BEHIND, "stopped-behind", "a stop found records that were not dispatched")        \
    X(LEDGER_CHECKPOINT, "ledger-checkpoint",                                                   \
      "DLedger's checkpoint was written; only the real RocketMQ tells it")

enum event {
#define X(id, name, help) EVENT_##id,
    EVENT_MAP(X)
#undef X
        EVENT_COUNT
};

/* `offset` is the place in the log or queue that the event is about, or 0. */
struct event_sink {
    void *arg;
    void (*emit)(void *arg, enum event event, uint64_t offset, const char *text);
    bool ignores_text; /* gets "": making a text costs more than all else about an event */
};

/* Emits through `sink`; a NULL sink or emit is silence. */
void event_emit(const struct event_sink *sink, enum event event, uint64_t offset,
                const char *format, ...) __attribute__((format(printf, 4, 5)));

/* "recovery-abnormal": the name in scenarios and reports. Never NULL. */
const char *event_name(enum event event);
/* One sentence on what the store has met when it emits it. Never NULL. */
const char *event_help(enum event event);

/* Finds an event by name; returns EVENT_COUNT when there is none. */
enum event event_find(const char *name);

#endif
