/* The recorded operations of a run, in one sequence with the ledger's events: counts the hits, and
 * holds what images are made of.
 *
 * Each operation is one entry with two numbers of the sequence: when it began and when its result
 * was there. Operations have happened in the order of their ends, so the trace must be the
 * innermost observer: nothing may run between the system call and its `end`. Thread-safe while
 * recording. */
#ifndef HARNESS_POWER_TRACE_TRACE_H
#define HARNESS_POWER_TRACE_TRACE_H

#include "store/base/err.h"
#include "store/disk/disk.h"
#include "store/format/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trace;

/* X(id, "name", "what the numbers beside it mean") */
#define TRACE_NOTE_MAP(X)                                                                  \
    X(SENT, "sent", "message index")                                                       \
    X(ACKED, "acked", "message; status; queue offset; physical offset; bytes; store time") \
    X(COMMITTED, "committed", "consumer commit index; queue offset")                       \
    X(ROUND, "round", "a new round begins: its number")                                    \
    X(OPENED, "opened", "the store is open in this round")                                 \
    X(CLOSED, "closed", "a clean stop ended")                                              \
    X(PERSISTED, "persisted", "what was committed so far is persisted")                    \
    X(CUT, "cut", "message; a truncate began (1) or completed (2) that removes it")        \
    X(CUT_MAX, "cut-max", "consumer commit index; max offset before a truncate")           \
    X(MAX, "max", "consumer commit index; max offset after a truncate")                    \
    X(EXPIRY, "expiry", "retention may remove what is older than this time")               \
    X(TAMPERED, "tampered", "files were removed by hand")                                  \
    X(EVENT, "event", "the store reported: number of the event; place it is about")        \
    X(STEP, "step", "a step of the workload begins: the number of the next one")           \
    X(CLOCK, "clock", "the clock was set: virtual time")                                   \
    X(HELD, "held", "a service rests: its number; until this virtual time")

enum trace_note {
#define X(id, name, help) TRACE_NOTE_##id,
    TRACE_NOTE_MAP(X)
#undef X
        TRACE_NOTE_COUNT
};

#define TRACE_NO_SEQUENCE UINT64_MAX
#define TRACE_VALUES_MAX  6

/* One entry. Strings and data belong to the trace, valid until it is cleared or recorded into. */
struct trace_entry {
    bool is_note;
    uint32_t round;
    uint64_t begin_sequence;
    uint64_t end_sequence; /* TRACE_NO_SEQUENCE: still in flight when the recording stopped */
    int64_t time_ms;       /* virtual time at the begin */
    /* An operation: */
    uint32_t point;
    enum point_op op;
    uint32_t hit;               /* from 1, per round and point */
    enum store_service service; /* whose step it is part of (manual services); STORE_SERVICE_COUNT:
                                 * a put's, an open's, a stop's, or not known */
    const char *path;
    const char *target; /* "" when there is none */
    uint64_t offset;
    uint64_t size_bytes;
    const uint8_t *data; /* of a write; NULL when it was not kept */
    int64_t result;
    /* A note: */
    enum trace_note note;
    int64_t values[TRACE_VALUES_MAX]; /* those not given are 0 */
    const char *text;                 /* what was said with it; "" when nothing was */
};

struct trace_options {
    uint64_t data_bytes_max;      /* of written bytes kept; 0: no limit */
    uint64_t entry_count_max;     /* 0: no limit */
    int64_t (*now_ms)(void *arg); /* virtual time; NULL: 0 */
    void *now_arg;
    /* Told of each entry as it is made, inside the call that makes it, by the number at which it
     * begins: who wants to know where in the engine that was looks at the stack.  May be NULL. */
    void (*witness)(void *arg, uint64_t begin_sequence);
    void *witness_arg;
};

/* NULL options: no limits, no clock. NULL when out of memory. */
struct trace *trace_new(const struct trace_options *options);
struct trace *trace_free(struct trace *trace);
/* Empties it for the next recording; keeps the memory. */
void trace_clear(struct trace *trace);

/* Records into `trace`, then calls `next` at begin; at end the trace comes first too.
 * `next` may be NULL. */
struct disk_observer trace_observer(struct trace *trace, const struct disk_observer *next);
/* From now on operations are part of a step of `service` (STORE_SERVICE_COUNT: of none).  Returns
 * what was said before. For one thread. */
enum store_service trace_service(struct trace *trace, enum store_service service);
/* Records a ledger event. TRACE_NOTE_ROUND also starts counting hits anew. */
void trace_note(struct trace *trace, enum trace_note note, int64_t value, int64_t value_2);
/* The same with up to TRACE_VALUES_MAX values. */
void trace_note_values(struct trace *trace, enum trace_note note, const int64_t *values,
                       uint32_t count);

/* The same with what was said, which is kept only where there is a witness. */
void trace_note_text(struct trace *trace, enum trace_note note, int64_t value, int64_t value_2,
                     const char *text);
/* Whether what is said with a note is kept: then making it is worth while. */
bool trace_keeps_text(const struct trace *trace);

/* Drops everything from the begin of entry `index` on, and what was in flight then: as if the
 * process had been killed before that operation.  Recording may go on. */
void trace_cut(struct trace *trace, size_t index);
/* The same just after the end of the operation at `index`; of a write at most `kept_bytes` count as
 * written. */
void trace_cut_after(struct trace *trace, size_t index, uint64_t kept_bytes);

/* What recording could not keep: 0, -ENOMEM, or -ENOBUFS when a limit was reached. */
int trace_status(const struct trace *trace);

/* Entries in the order of their begins. */
size_t trace_count(const struct trace *trace);
void trace_get(const struct trace *trace, size_t index, struct trace_entry *ret_entry);
/* An entry that is an operation, as an observer of the disk saw it; valid as long as the entry's
 * strings and data. */
struct disk_call trace_call(const struct trace_entry *entry);
/* Operations that ended, in the order of their ends: index of the n-th (from 0) among entries. */
size_t trace_done_count(const struct trace *trace);
size_t trace_done_index(const struct trace *trace, size_t n);
uint32_t trace_round_count(const struct trace *trace);

/* What happened, in the order of the sequence: begins (and notes) and ends, each by itself. */
struct trace_cursor {
    size_t entry; /* the next that begins */
    size_t done;  /* the next that ends */
};

struct trace_event {
    bool is_end;
    size_t index; /* of the entry */
    struct trace_entry entry;
};

/* The next event before `sequence`; false when there is none. */
bool trace_next(const struct trace *trace, struct trace_cursor *cursor, uint64_t sequence,
                struct trace_event *ret_event);

/* Brings a disk that holds the effects of the first `from_count` ended operations to those of the
 * first `upto_count`.  When `torn_bytes` is not 0, the next one, a write, follows with as many
 * bytes of it.  `disk` is opened with faults off.
 * Returns 0, -EINVAL (no such operation), -ENOBUFS (data was not kept) or the disk's error. */
struct trace_span {
    size_t from_count;
    size_t upto_count;
    uint64_t torn_bytes;
};
int trace_replay(const struct trace *trace, const struct trace_span *span, struct disk *disk,
                 struct err *err) __attribute__((warn_unused_result));

/* One readable line per entry, without newline: begin-end in the sequence, round, virtual time; of
 * an operation point:hit, path, @offset +bytes, its result and the first bytes written; of a note
 * "--" and its numbers by name. */
void trace_print(const struct trace *trace, void (*line)(void *arg, const char *text), void *arg);
const char *trace_note_name(enum trace_note note);

#endif
