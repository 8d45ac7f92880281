/* What the harness knows, in memory that survives the store process: every message sent, what it
 * was answered and when, every consumer commit, every cut.
 *
 * One mapping, MAP_SHARED, laid out by ledger_size_bytes(): no pointers in it. "sent" is stored
 * before store_put() is called, "acked" as the first thing in its completion. */
#ifndef HARNESS_ORACLE_RULES_LEDGER_H
#define HARNESS_ORACLE_RULES_LEDGER_H

#include "harness/scenario/workload.h"
#include "store/format/types.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEDGER_QUEUES_MAX (SCENARIO_TOPICS_MAX * SCENARIO_QUEUES_MAX)

/* Of a record, when who acknowledged it does not say: the place is judged without it. */
#define LEDGER_SIZE_UNTOLD UINT32_MAX

struct ledger_message {
    _Atomic uint64_t sent_seq; /* 0: never sent */
    _Atomic uint64_t done_seq; /* 0: no answer yet */
    uint32_t status;           /* enum store_put_status, valid when done_seq != 0 */
    uint32_t round;            /* in which it was sent */
    int64_t queue_offset;      /* as answered */
    uint64_t physical_offset;
    uint32_t size_bytes;
    uint32_t _Atomic was_cut; /* `truncate` removed it: 1 began, 2 completed */
    uint32_t gone_after;      /* restart number (from 1) at which L lacked it; 0: never */
    int64_t store_timestamp_ms;
    /* The power failed before what the answer promises held, or a copy was begun before it: the
     * record may be gone, and stay away. */
    uint32_t is_waived;
};

/* Consumer offsets of WORKLOAD_GROUP, per topic_index * queues + queue. -1: none. */
struct ledger_commit {
    _Atomic int64_t last;      /* last commit that was called */
    _Atomic int64_t persisted; /* value in the last persist that completed */
    _Atomic int64_t
        lowest_max; /* the smallest max a restart or truncate had since: c may be clipped to it */
    _Atomic int64_t persisting; /* `last` as the persist now under way found it */
    _Atomic uint32_t round;     /* in which `last` was called */
    _Atomic uint32_t is_persisting;
    /* The largest max that a truncate found and no completed open has clipped to since; -1: none */
    _Atomic int64_t cut_from_max;
    /* What completed opens clipped the committed offset to, or a later commit; -1: none did */
    _Atomic int64_t ceiling;
};

struct ledger {
    uint64_t seed;
    uint32_t message_capacity;
    uint32_t queue_count; /* topics * queues */
    _Atomic uint64_t seq; /* the shared sequence: sends, answers, failed syncs */
    _Atomic uint64_t
        failed_log_sync_seq; /* first log sync that returned an error (0: none); reset each round */
    _Atomic uint64_t
        ack_after_failed_seq; /* first PUT_OK after it that no earlier good sync covers; 0: none */
    _Atomic uint32_t ack_after_failed_message;
    _Atomic int64_t
        expired_before_ms; /* retention was allowed to remove files whose last record is older */
    /* The latest time that the store's clock has shown, or the operations of a trace. */
    _Atomic int64_t latest_ms;
    uint32_t round;
    bool is_threads; /* `services: threads`: an answer may be noted later than it was given */
    bool is_sync;
    _Atomic uint32_t was_tampered;   /* files were removed by hand; no open has completed since */
    _Atomic uint32_t is_untaken;     /* the files are a base's: no open has completed yet */
    _Atomic uint32_t was_rotten;     /* files decayed: from then on nothing is owed */
    _Atomic uint64_t sync_began_seq; /* of the log sync now under way */
    _Atomic uint64_t good_sync_began_seq; /* of the last one before any failure that returned 0 */
    uint32_t restarts;                    /* completed restarts that the oracle judged */
    struct ledger_commit commits[LEDGER_QUEUES_MAX];
    struct ledger_message messages[];
};

/* The bytes that the struct and `message_capacity` messages behind it take. */
size_t ledger_size_bytes(uint32_t message_capacity);
/* Prepares zeroed or used memory of that size. */
void ledger_reset(struct ledger *ledger, const struct scenario *scenario, uint32_t message_capacity,
                  uint64_t seed);
/* The message is about to be put, in the round that `round` says. It must be noted before the
 * store can know of it: a kill in between leaves a message that may be in the log or not,
 * whereas the other way round a record would look invented. */
void ledger_note_sent(struct ledger *ledger, uint32_t message);
/* First thing in a put's completion. */
void ledger_note_done(struct ledger *ledger, uint32_t message,
                      const struct store_put_result *result);
/* A new round begins (`round` is set by the caller): forgets the last one's syncs and failures. */
void ledger_begin_round(struct ledger *ledger);

/* From the disk's observer, around every sync of a log file or of its directory.  A put that was
 * sent before a sync began, which returned 0 and began before any failure, may be acknowledged
 * after that failure.  A negative `result` sets failed_log_sync_seq, if it is the round's first. */
void ledger_note_sync_began(struct ledger *ledger);
void ledger_note_sync_ended(struct ledger *ledger, int64_t result);

/* Whether the message was answered PUT_OK. */
bool ledger_is_acked(const struct ledger_message *message);
/* Whether `message` is one that the ledger has room for and that was sent: a number read from a
 * disk may be any. */
bool ledger_was_sent(const struct ledger *ledger, uint32_t message);
/* How many of the first `message_count` messages were sent. */
uint32_t ledger_count_sent(const struct ledger *ledger, uint32_t message_count);
/* How many of the first `message_count` messages were answered PUT_OK. */
uint32_t ledger_count_acked(const struct ledger *ledger, uint32_t message_count);

/* The next number of the shared sequence. */
uint64_t ledger_next_seq(struct ledger *ledger);

/* A consumer offset is about to be committed. `queue` counts topic_index * queues + queue. Noted
 * before the store is told, so that no persist can hold an offset that was never committed. */
void ledger_note_commit(struct ledger *ledger, uint32_t queue, int64_t offset);
/* A persist of the offsets begins: what was committed so far is what it will hold.  Needed with
 * threads only; without it ledger_note_persisted() takes the commits at its own call. */
void ledger_note_persist_began(struct ledger *ledger);
/* The store says that what was committed so far, in this round, is persisted. */
void ledger_note_persisted(struct ledger *ledger);
/* A restart or a truncate left `queue` with this max offset: commits may be clipped to it, and by a
 * restart they were. */
void ledger_note_max(struct ledger *ledger, uint32_t queue, int64_t max_offset);
/* A truncate begins, with `queue` at this max offset: until a completed open has clipped the
 * committed offsets, their file may hold one up to it. */
void ledger_note_cut(struct ledger *ledger, uint32_t queue, int64_t max_offset);
/* The store's clock shows this time; one that was set back counts for nothing. */
void ledger_note_time(struct ledger *ledger, int64_t now_ms);
/* Files of the store were removed by hand: without `abort`, too, it is not as a clean stop left it.
 */
void ledger_note_tampered(struct ledger *ledger);
/* A file decayed, which no open makes good. */
void ledger_note_rotten(struct ledger *ledger);
/* store_open() returned 0: offsets are clipped, what was removed is made again. */
void ledger_note_opened(struct ledger *ledger);

#endif
