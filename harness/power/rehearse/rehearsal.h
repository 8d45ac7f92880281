/* How a rehearsal lies in memory, and what its files do for each other.  Private to this folder. */
#ifndef HARNESS_POWER_REHEARSE_REHEARSAL_H
#define HARNESS_POWER_REHEARSE_REHEARSAL_H

#include "harness/drive/shared.h"
#include "harness/oracle/order/order.h"
#include "harness/power/rehearse/rehearse_options.h"
#include "harness/power/rehearse/rehearse_state.h"
#include "harness/power/trace/disk_fault.h"
#include "harness/power/trace/journal.h"
#include "harness/power/trace/promise.h"
#include "harness/power/trace/replica.h"

/* More rounds than any workload has. */
#define REHEARSAL_ROUNDS_MAX 256

/* What was known at a moment. */
struct rehearse_moment {
    struct journal_state state;
    struct ledger *ledger;
};

struct rehearsal {
    struct rehearse_options options;
    uint32_t message_capacity;
    struct shared *shared;
    struct trace *trace;
    struct image *origin; /* what the first round finds */
    struct image *base;   /* all of it durable when the trace began */
    struct image *cached; /* what the rounds run on */
    struct rehearse_moment start;
    struct plan plan;
    uint32_t first_round;
    size_t first_done;
    uint32_t rest_round; /* nothing runs from there on; UINT32_MAX: all rounds run */
    bool is_at_rest;     /* and it came there */
    bool has_lost;       /* nothing has happened since a power loss, at which was known: */
    struct rehearse_state lost;
    size_t round_done; /* operations that had ended when the last round began */
    bool is_over;      /* a round came to the end of the workload */
    /* As far as rehearse_state() went; made again when it goes back. */
    struct rehearse_moment now;
    struct journal journal;
    struct promise promise;
    bool has_promise;
    bool is_lied;
    struct trace_cursor lies; /* events looked at for lies */
    bool is_offset_lied;      /* one since the last persist that none touched */
    bool is_persist_lied;     /* one since the last persist */
    struct order *order;
};

/* The process dies by it, or the machine. */
static inline bool rehearsal_is_death(const struct fault *fault)
{
    return fault_kills(fault->kind) || fault->kind == FAULT_POWER_LOSS;
}

/* In rehearse_sync.c: which syncs fail or lie. */

/* What the plan has happen to that sync; NULL: nothing. */
const struct disk_fault *rehearse_sync_fault(const struct rehearsal *rehearsal, uint32_t round,
                                             uint32_t point, uint32_t hit);
/* How a sync is to be taken that `fault` (or NULL) strikes, or that a switch takes out. */
enum recording_sync rehearse_sync_how(const struct rehearsal *rehearsal,
                                      const struct disk_fault *fault, uint32_t point);
bool rehearse_sync_tracks_reverts(const struct rehearsal *rehearsal);
/* The recording, its syncs as the plan has them. */
struct recording rehearse_sync_recording(struct rehearsal *rehearsal);

/* In rehearse_state.c: what is known. */

/* Forgets what rehearse_state() has built. */
void rehearse_state_reset(struct rehearsal *rehearsal);
/* Of what was acknowledged, only what lies below `promised_end`, where docs/PROPERTIES.md bounds
 * it, is owed from here on. */
void rehearse_state_waive(const struct rehearsal *rehearsal, struct ledger *ledger,
                          uint64_t promised_end, bool is_lied);
/* What was known when the trace ended, or just before the end of an operation, becomes that of the
 * shared memory. */
int rehearse_state_take(struct rehearsal *rehearsal, size_t done, struct err *err);
/* Tells the witness that the recording is about to be dropped, all but its first `done` operations
 * never having come to pass. */
void rehearse_state_leave(const struct rehearsal *rehearsal, size_t done);
/* A new recording begins on `image` (owned from here on), all of which is durable; what the shared
 * memory holds is what is known. */
void rehearse_state_rebase(struct rehearsal *rehearsal, struct image *image, uint32_t round);
/* As at the begin of a run, on a disk as its first round finds it (owned from here on). */
void rehearse_state_forget(struct rehearsal *rehearsal, struct image *origin);

/* In rehearse_before.c: the steps of the plan before a round. */
int rehearse_before(struct rehearsal *rehearsal, uint32_t round, struct err *err);

/* In rehearse_round.c: the life of a round's store, recorded. */
int rehearse_round(struct rehearsal *rehearsal, uint32_t round, enum shared_exit *ret_exit,
                   struct err *err);

/* In rehearse_death.c: what comes of the hits of a round that was recorded. */

/* Finds every hit of the round, and the death among them (NULL: none).  None may come after it. */
int rehearse_death_find(struct rehearsal *rehearsal, uint32_t round,
                        const struct plan_hit **ret_death, size_t *ret_index, struct err *err);
/* The round ends there: the next goes on from what the recording has up to it. */
int rehearse_death_strike(struct rehearsal *rehearsal, const struct plan_hit *hit, size_t index,
                          uint32_t round, struct err *err);

#endif
