/* What the harness knows, in memory that survives the store process: every message sent, what it
 * was answered and when, every consumer commit, every cut.
 *
 * One mapping, MAP_SHARED, laid out by ledger_size_bytes(): no pointers in it. "sent" is stored
 * before store_put() is called, "acked" as the first thing in its completion. */
#ifndef HARNESS_JUDGE_LEDGER_H
#define HARNESS_JUDGE_LEDGER_H

#include "harness/scenario/workload.h"
#include "store/store.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEDGER_QUEUES_MAX (SCENARIO_TOPICS_MAX * SCENARIO_QUEUES_MAX)

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
};

/* Consumer offsets of WORKLOAD_GROUP, per topic_index * queues + queue. -1: none. */
struct ledger_commit {
    _Atomic int64_t last;      /* last commit that was called */
    _Atomic int64_t persisted; /* value in the last persist that completed */
    _Atomic int64_t
        lowest_max; /* the smallest max a restart or truncate had since: c may be clipped to it */
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
    uint32_t round;
    uint32_t restarts; /* completed restarts that the oracle judged */
    struct ledger_commit commits[LEDGER_QUEUES_MAX];
    struct ledger_message messages[];
};

size_t ledger_size_bytes(uint32_t message_capacity);
/* Prepares zeroed or used memory of that size. */
void ledger_reset(struct ledger *ledger, const struct scenario *scenario, uint32_t message_capacity,
                  uint64_t seed);
void ledger_note_sent(struct ledger *ledger, uint32_t message);
/* First thing in a put's completion. */
void ledger_note_done(struct ledger *ledger, uint32_t message,
                      const struct store_put_result *result);
void ledger_note_commit(struct ledger *ledger, uint32_t queue, int64_t offset);
/* The store says that what was committed so far is persisted. */
void ledger_note_persisted(struct ledger *ledger);

#endif
