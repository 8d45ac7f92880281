/* Syncing the log and the queues: see flusher.h. */
#include "store/service/flusher.h"

#include "store/base/grow.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_COUNT_MAX 1000 /* RocketMQ's group commit */

bool flusher_has_log_work(const struct engine *engine)
{
    return !engine->is_fail_stopped &&
           (engine->flushed < record_log_end(engine->log) || engine->waiters.count > 0);
}

bool flusher_has_queue_work(const struct engine *engine)
{
    return !engine->is_mark_frozen && queue_store_is_dirty(engine->queues);
}

static void round_init(const struct engine *engine, bool is_confirming, struct flusher_round *round)
{
    struct sync_batch *batches[] = {&round->log, &round->index, &round->queues};
    *round = (struct flusher_round){.attempt_count_max = 1};
    round->is_confirming = is_confirming && engine_has_guard(engine, QUIRK_GUARD_SECOND_SYNC);
    for (size_t i = 0; i < sizeof(batches) / sizeof(batches[0]); i++) {
        sync_batch_init(batches[i], engine->disk);
        batches[i]->is_confirming = round->is_confirming;
        batches[i]->is_dir_twice = engine_has_guard(engine, QUIRK_GUARD_SECOND_SYNC);
    }
    if (engine_has_defect(engine, QUIRK_DEFECT_SYNC_RETRY_BELIEVED) &&
        !engine_has_guard(engine, QUIRK_GUARD_FAIL_STOP)) {
        round->attempt_count_max = RETRY_COUNT_MAX;
    }
    round->end = record_log_end(engine->log);
    round->store_ms = engine->last_store_ms;
    round->queues_store_ms = engine->dispatched_store_ms;
    round->queues_record = engine->dispatched_record;
}

/* The defect flushed-after-truncate: the flushed position is past the end, and what lies below it
 * counts as synced. */
static bool is_taken_for_synced(const struct engine *engine)
{
    return engine_has_defect(engine, QUIRK_DEFECT_FLUSHED_AFTER_TRUNCATE) &&
           record_log_end(engine->log) <= engine->flushed;
}

/* Gathers what is to be synced; the round is initialised. */
/* Gathers what is to be synced; the round is initialised. What it covers is fixed here, under the
 * lock: records that are appended while the syncs run are the next round's, and no put may be
 * answered for them. A round without the log keeps the flushed position. On failure the round is
 * ended, for nothing was synced. */
static int begin(struct engine *engine, bool is_log, bool is_queues, struct flusher_round *round,
                 struct err *err)
{
    int r = 0;
    round->is_log = is_log && !engine->is_fail_stopped;
    round->is_queues = is_queues && !engine->is_mark_frozen;
    if (round->is_log && !is_taken_for_synced(engine)) {
        r = segment_list_collect(record_log_files(engine->log), round->end, &round->log);
        if (r == 0 && engine->dledger != NULL) {
            struct segment_list *index = dledger_log_index_files(engine->dledger);
            r = segment_list_collect(index, UINT64_MAX, &round->index);
        }
    } else {
        round->end = engine->flushed;
        round->store_ms = engine->flushed_store_ms;
    }
    if (r == 0 && round->is_queues) {
        r = queue_store_collect(engine->queues, &round->queues);
    }
    if (r < 0) {
        flusher_tell(round);
        return err_set(err, r, "gather what is to be synced");
    }
    return 0;
}

/* Whether a flush of the queues is RocketMQ's, which syncs one file of each. */
static bool is_one_file(const struct engine *engine)
{
    return !engine_has_guard(engine, QUIRK_GUARD_DURABLE_MARK) &&
           (engine_has_defect(engine, QUIRK_DEFECT_CHECKPOINT_AHEAD) ||
            engine_has_defect(engine, QUIRK_DEFECT_LOGICS_OFFSET_AHEAD));
}

int flusher_begin(struct engine *engine, bool is_log, bool is_queues, struct flusher_round *round,
                  struct err *err)
{
    round_init(engine, false, round);
    round->queues.is_one_file = is_one_file(engine);
    return begin(engine, is_log, is_queues, round, err);
}

int flusher_begin_confirming(struct engine *engine, struct flusher_round *round, struct err *err)
{
    round_init(engine, true, round);
    return begin(engine, true, true, round, err);
}

/* Syncs one batch. Only the first failure of the round has a text. With the defect sync-retry-
 * believed a failed sync is tried until it returns 0: the kernel dropped the pages with the first
 * error, so the success is a lie. */
static int run(struct flusher_round *round, struct sync_batch *batch)
{
    struct err *err = round->err.code == 0 ? &round->err : NULL;
    int r = sync_batch_run(batch, err);
    for (unsigned i = 1; r < 0 && i < round->attempt_count_max; i++) {
        r = sync_batch_run(batch, NULL);
        round->is_retried = true;
    }
    return r;
}

/* The log first, then what is derived from it, each whatever the others did: a queue that cannot be
 * synced keeps no put waiting. */
void flusher_sync(struct flusher_round *round)
{
    round->log_result = run(round, &round->log);
    round->index_result = run(round, &round->index);
    round->queues_result = run(round, &round->queues);
}

/* Waiters come in the order of the log, because puts append and wait under one lock. */
static int add(struct engine_waiters *waiters, const struct engine_waiter *waiter)
{
    int r = grow_array((void **)&waiters->items, waiters->count, &waiters->capacity,
                       sizeof(*waiters->items));
    if (r < 0) {
        return r;
    }
    waiters->items[waiters->count++] = *waiter;
    return 0;
}

int flusher_wait(struct engine *engine, const struct engine_waiter *waiter)
{
    return add(&engine->waiters, waiter);
}

/* Moves the waiters up to `end` to `done`.  What does not fit there waits for the next round. */
static void release(struct engine *engine, uint64_t end, enum store_put_status status,
                    struct engine_waiters *done)
{
    struct engine_waiters *waiters = &engine->waiters;
    uint32_t count = 0;
    while (count < waiters->count && waiters->items[count].end <= end) {
        waiters->items[count].result.status = status;
        if (add(done, &waiters->items[count]) < 0) {
            break;
        }
        count++;
    }
    if (count > 0) {
        waiters->count -= count;
        memmove(waiters->items, waiters->items + count, waiters->count * sizeof(*waiters->items));
    }
}

/* Whether a failed sync passes for a good one (issue #9713). */
static bool is_error_ignored(const struct engine *engine)
{
    return engine_has_defect(engine, QUIRK_DEFECT_SYNC_ERROR_IGNORED) &&
           !engine_has_guard(engine, QUIRK_GUARD_FAIL_STOP);
}

static void sync_failed(const struct engine *engine, const struct flusher_round *round,
                        const char *what)
{
    event_emit(&engine->sink, EVENT_SYNC_FAILED, round->end, "%s: %s", what, round->err.text);
}

/* Moves the flushed position and answers the waiters. After a failed sync nothing that is in the
 * cache is known to be on the disk, now or after any later sync, so with the guard fail-stop the
 * store takes no more puts, and all that wait are told so. Without it RocketMQ goes on: the waiters
 * of this round time out, and the next round's success covers bytes that the kernel has dropped. */
static void end_log(struct engine *engine, struct flusher_round *round)
{
    struct segment_list *files = record_log_files(engine->log);
    if (round->is_log && round->log_result == 0 &&
        engine_has_defect(engine, QUIRK_DEFECT_FLUSH_END_AFTER_SYNC)) {
        round->end = record_log_end(engine->log);
        round->store_ms = engine->last_store_ms;
    }
    if (round->log_result < 0) {
        sync_failed(engine, round, "log");
        engine_fail_stop(engine, round->err.text);
        if (engine->is_fail_stopped) {
            release(engine, UINT64_MAX, STORE_PUT_FLUSH_DISK_TIMEOUT, &round->done);
            return;
        }
        if (!is_error_ignored(engine)) {
            /* What was synced before the failure counts; the rest is tried again. */
            segment_list_synced(files, &round->log);
            release(engine, round->end, STORE_PUT_FLUSH_DISK_TIMEOUT, &round->done);
            return;
        }
        round->log.done_count = round->log.count;
    } else if (round->is_retried) {
        sync_failed(engine, round, "log, then believed");
    }
    segment_list_synced(files, &round->log);
    if (round->end > engine->flushed) {
        engine->flushed = round->end;
        engine->flushed_store_ms = round->store_ms;
    }
    release(engine, engine->flushed, STORE_PUT_OK, &round->done);
}

/* The defect logics-offset-ahead: nobody asks what became of the flush of the queues. */
static bool is_result_unread(const struct engine *engine)
{
    return engine_has_defect(engine, QUIRK_DEFECT_LOGICS_OFFSET_AHEAD) &&
           !engine_has_guard(engine, QUIRK_GUARD_DURABLE_MARK);
}

/* A failed sync is not tried again without a rewrite: the mark stays where it is instead. */
static void freeze(struct engine *engine, const struct flusher_round *round, const char *what)
{
    sync_failed(engine, round, what);
    if (!is_error_ignored(engine) && !is_result_unread(engine)) {
        engine->is_mark_frozen = true;
    }
}

/* The DLedger index may fail without harm to the promise: it is rebuilt from the data. It does hold
 * the mark back, as a failure of the queues does. What a failed round had synced by then counts. */
int flusher_end(struct engine *engine, struct flusher_round *round, struct err *err)
{
    end_log(engine, round);
    if (round->index_result < 0) {
        freeze(engine, round, "DLedger index");
    }
    if (round->queues_result < 0) {
        freeze(engine, round, "queues");
        if (is_error_ignored(engine)) {
            round->queues.done_count = round->queues.count;
        }
    }
    if (round->is_queues && (round->queues_result == 0 || is_result_unread(engine))) {
        engine->queues_store_ms = round->queues_store_ms;
        engine->queues_record = round->queues_record;
    }
    if (engine->dledger != NULL) {
        segment_list_synced(dledger_log_index_files(engine->dledger), &round->index);
    }
    queue_store_synced(engine->queues, &round->queues);
    int r = round->log_result < 0 ? round->log_result : round->queues_result;
    return r < 0 ? err_set(err, r, "%s", round->err.text) : 0;
}

void flusher_tell(struct flusher_round *round)
{
    for (size_t i = 0; i < round->done.count; i++) {
        const struct engine_waiter *waiter = &round->done.items[i];
        waiter->done(waiter->arg, &waiter->result);
    }
    free(round->done.items);
    round->done = (struct engine_waiters){0};
    sync_batch_done(&round->log);
    sync_batch_done(&round->index);
    sync_batch_done(&round->queues);
}

/* The rest of a round that was begun, in the one order there is: results are looked at before
 * anybody is told. */
static int finish(struct engine *engine, struct flusher_round *round, struct err *err)
{
    flusher_sync(round);
    int r = flusher_end(engine, round, err);
    flusher_tell(round);
    return r;
}

int flusher_run(struct engine *engine, bool is_log, bool is_queues, struct err *err)
{
    struct flusher_round round;
    int r = flusher_begin(engine, is_log, is_queues, &round, err);
    return r < 0 ? r : finish(engine, &round, err);
}

/* The first round syncs what is dirty, the second what the first alone has covered. */
int flusher_confirm(struct engine *engine, struct err *err)
{
    int count = engine_has_guard(engine, QUIRK_GUARD_SECOND_SYNC) ? 2 : 1;
    for (int i = 0; i < count; i++) {
        struct flusher_round round;
        int r = flusher_begin_confirming(engine, &round, err);
        if (r < 0) {
            return r;
        }
        r = finish(engine, &round, err);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}
