/* Syncing the log and the queues, and who may be told.  A round has three parts: begin and end want
 * the store's lock, sync does not, so that producers append meanwhile (group commit).
 *
 * A round covers only what was written before it began. */
#ifndef STORE_SERVICE_FLUSHER_H
#define STORE_SERVICE_FLUSHER_H

#include "store/service/engine.h"

struct flusher_round {
    struct sync_batch log;
    struct sync_batch index; /* DLedger's index list: may fail without harm to the promise */
    struct sync_batch queues;
    uint64_t end; /* of the log when the round began */
    int64_t store_ms;
    int64_t queues_store_ms; /* of the last record dispatched when it began */
    int64_t queues_record;   /* where that record begins */
    bool is_log;
    bool is_queues;
    bool is_confirming;         /* guard second-sync: what one sync covers is synced again */
    unsigned attempt_count_max; /* the defect sync-retry-believed */
    bool is_retried;
    int log_result;
    int index_result;
    int queues_result;
    struct err err;
    struct engine_waiters done; /* to be told, after the lock is released: flusher_tell */
};

/* Whether log bytes are not synced, or a put waits for them; nothing is synced again after a fail-
 * stop. */
bool flusher_has_log_work(const struct engine *engine);
/* Whether units are not synced; after a failed sync of the queues they stay so, since the kernel
 * may have dropped them. */
bool flusher_has_queue_work(const struct engine *engine);

/* Gathers what is to be synced. */
int flusher_begin(struct engine *engine, bool is_log, bool is_queues, struct flusher_round *round,
                  struct err *err);
/* The same of log and queues for a round after which all that was synced before it began is
 * confirmed, with the guard second-sync. */
int flusher_begin_confirming(struct engine *engine, struct flusher_round *round, struct err *err);
/* Does it; needs no lock. */
void flusher_sync(struct flusher_round *round);
/* Moves the positions, sorts out the waiters.  Returns the first failure. */
int flusher_end(struct engine *engine, struct flusher_round *round, struct err *err);
/* Calls the completions and ends the round; needs no lock. */
void flusher_tell(struct flusher_round *round);

/* A whole round under one lock; the waiters' completions are called from within. */
int flusher_run(struct engine *engine, bool is_log, bool is_queues, struct err *err);
/* Syncs log and queues until all there is is confirmed: two rounds; one without the guard
 * second-sync. */
int flusher_confirm(struct engine *engine, struct err *err);

/* Adds a put that waits.  Returns 0 or -ENOMEM. */
int flusher_wait(struct engine *engine, const struct engine_waiter *waiter);

#endif
