/* Writes the checkpoint page: see checkpointer.h. */
#include "store/service/checkpointer.h"

#include <string.h>

#define DLEDGER_PERIOD_MS 3000 /* DLedger's checkPointInterval */
#define ROUND_COUNT_MAX   3    /* to the end: one for each sync, one for a page that was due */

static int64_t max64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Store time of the last record whose unit is durable when the page is: a round that saves a mark
 * syncs the queues first.  RocketMQ takes the last unit in memory (issue #10073). */
static int64_t logics_ms(const struct engine *engine)
{
    bool is_in_memory = engine_has_guard(engine, QUIRK_GUARD_DURABLE_MARK) ||
                        engine_has_defect(engine, QUIRK_DEFECT_CHECKPOINT_AHEAD);
    return is_in_memory ? engine->dispatched_store_ms : engine->queues_store_ms;
}

/* Where the last record begins whose unit is durable when the page is: RocketMQ 5.5.0 and later
 * begins its scan with the file that holds it, so it must lie below `end`, up to which the queues
 * are known to be whole. Before this life has dispatched a record there, what the page said before
 * holds. */
static int64_t logics_offset(const struct engine *engine, uint64_t end)
{
    int64_t record = engine_has_guard(engine, QUIRK_GUARD_DURABLE_MARK) ? engine->dispatched_record
                                                                        : engine->queues_record;
    int64_t kept = engine->saved_page.logics_physical_offset;
    if (engine_has_way(engine, QUIRK_WAY_LOGICS_KEPT)) {
        return kept;
    }
    if (record >= 0 && (uint64_t)record < end) {
        return record;
    }
    return (uint64_t)kept < end ? kept : 0;
}

/* The page as it should be now.  RocketMQ advances the timestamp of the log, in DLedger, at
 * dispatch. */
static void page_now(const struct engine *engine, struct checkpoint_page *ret_page)
{
    *ret_page = engine->saved_page;
    int64_t physic =
        engine->dledger != NULL ? engine->dispatched_store_ms : engine->flushed_store_ms;
    ret_page->physic_msg_timestamp_ms = max64(ret_page->physic_msg_timestamp_ms, physic);
    ret_page->logics_msg_timestamp_ms = max64(ret_page->logics_msg_timestamp_ms, logics_ms(engine));
    ret_page->has_mark = engine_has_guard(engine, QUIRK_GUARD_DURABLE_MARK);
    if (!ret_page->has_mark) {
        ret_page->mark = (struct checkpoint_mark){0};
        if (engine->confirm_record >= 0) {
            ret_page->confirm_phy_offset = engine->confirm_record;
        }
        ret_page->logics_physical_offset = logics_offset(engine, record_log_end(engine->log));
        return;
    }
    struct queue_store_sum sum;
    queue_store_sum_now(engine->queues, &sum);
    ret_page->confirm_phy_offset = (int64_t)engine->dispatched;
    ret_page->logics_physical_offset = logics_offset(engine, engine->dispatched);
    ret_page->mark = (struct checkpoint_mark){
        .physical_offset = engine->dispatched,
        .queue_count = sum.queue_count,
        .flags = engine->is_all_crc ? CHECKPOINT_FLAG_RECORD_CRC : 0,
        .queue_hash = sum.hash,
        .next_index = engine->dledger == NULL ? -1 : engine->dispatched_index + 1,
        .term = engine->dispatched_term,
    };
}

/* Whether a page written now would say something new. A mark cannot move without the log and queues
 * that it speaks of: after a failed sync of either it stays for good, and the next start scans from
 * where it stands. Before the first record there is nothing to say. */
static bool is_page_due(const struct engine *engine)
{
    const struct checkpoint_page *saved = &engine->saved_page;
    if (engine_has_guard(engine, QUIRK_GUARD_DURABLE_MARK)) {
        /* A mark cannot move without the log and queues that it speaks of. */
        return !engine->is_mark_frozen && !engine->is_fail_stopped &&
               (!engine->has_saved_page
                    ? engine->dispatched > 0
                    : !saved->has_mark || saved->mark.physical_offset != engine->dispatched);
    }
    struct checkpoint_page page;
    page_now(engine, &page);
    return saved->has_mark || page.physic_msg_timestamp_ms != saved->physic_msg_timestamp_ms ||
           page.logics_msg_timestamp_ms != saved->logics_msg_timestamp_ms ||
           page.logics_physical_offset != saved->logics_physical_offset ||
           page.confirm_phy_offset != saved->confirm_phy_offset;
}

static void commit_now(const struct engine *engine, struct dledger_log_commit *ret_commit)
{
    ret_commit->end_index = dledger_log_end_index(engine->dledger);
    ret_commit->committed_index = engine->committed_index;
}

/* DLedger saves its checkpoint every 3 s when it has moved. It costs a rename and a sync, and being
 * behind costs dispatching again, no more. */
static bool is_commit_due(const struct engine *engine)
{
    if (engine->dledger == NULL ||
        engine_now_ms(engine) - engine->dledger_saved_ms < DLEDGER_PERIOD_MS) {
        return false;
    }
    struct dledger_log_commit commit;
    commit_now(engine, &commit);
    return dledger_log_is_checkpoint_due(engine->dledger, &commit);
}

bool checkpointer_has_work(const struct engine *engine)
{
    return is_page_due(engine) || is_commit_due(engine);
}

/* The page to be written when all goes well: that of now or, when all has to be synced twice, that
 * of the round before. A page chosen now would speak of what only this round's syncs cover, and one
 * of them may have lied. */
static void choose_page(const struct engine *engine, struct checkpointer_round *round)
{
    bool is_lagging = round->is_forced && engine_has_guard(engine, QUIRK_GUARD_SECOND_SYNC);
    round->page = is_lagging ? engine->next_page : round->next_page;
    if (is_lagging) {
        const struct checkpoint_page *saved = &engine->saved_page;
        round->has_page = engine->has_next_page &&
                          (!engine->has_saved_page || !saved->has_mark ||
                           saved->mark.physical_offset != round->page.mark.physical_offset);
    }
}

/* With the guard durable-mark the round syncs log and queues itself. Without it the page speaks of
 * what other rounds have synced, as RocketMQ's does: nothing is gathered. */
int checkpointer_begin(struct engine *engine, struct checkpointer_round *round, struct err *err)
{
    memset(round, 0, sizeof(*round));
    round->has_page = is_page_due(engine);
    round->has_commit = is_commit_due(engine);
    round->is_forced = round->has_page && engine_has_guard(engine, QUIRK_GUARD_DURABLE_MARK);
    page_now(engine, &round->next_page);
    choose_page(engine, round);
    if (round->has_commit) {
        commit_now(engine, &round->commit);
    }
    return round->is_forced ? flusher_begin_confirming(engine, &round->flush, err)
                            : flusher_begin(engine, false, false, &round->flush, err);
}

void checkpointer_sync(struct checkpointer_round *round)
{
    flusher_sync(&round->flush);
}

int checkpointer_end(struct engine *engine, struct checkpointer_round *round, struct err *err)
{
    int r = flusher_end(engine, &round->flush, err);
    if (!round->is_forced) {
        return r;
    }
    bool is_synced = r == 0 && round->flush.index_result == 0 && !engine->is_mark_frozen &&
                     engine->flushed >= round->next_page.mark.physical_offset;
    round->has_page &= is_synced;
    engine->next_page = round->next_page;
    engine->has_next_page = is_synced;
    return r;
}

/* Two files that do not know of each other: one may fail and the other be saved. */
void checkpointer_write(struct engine *engine, struct checkpointer_round *round)
{
    bool dir_sync = engine_has_guard(engine, QUIRK_GUARD_DIR_SYNC);
    if (round->has_page) {
        round->page_result =
            checkpoint_save(engine->checkpoint, &round->page, dir_sync, &round->err);
    }
    if (round->has_commit) {
        round->commit_result =
            dledger_log_save_checkpoint(engine->dledger, &round->commit, &round->err);
    }
}

/* A page whose save failed may be on disk all the same, whole or torn, now or later. So saved_page
 * stays as it was, and has_save_failed makes the next truncation write a lower mark even where
 * saved_page would not call for one. */
int checkpointer_finish(struct engine *engine, struct checkpointer_round *round, struct err *err)
{
    flusher_tell(&round->flush);
    int r = round->page_result < 0 ? round->page_result : round->commit_result;
    engine->has_save_failed = r < 0;
    if (r < 0) {
        event_emit(&engine->sink, EVENT_SERVICE_FAILED, round->page.mark.physical_offset,
                   "checkpoint: %s, continuing", round->err.text);
    }
    if (round->has_page && round->page_result == 0) {
        engine->saved_page = round->page;
        engine->has_saved_page = true;
        if (record_log_end(engine->log) >= segment_list_file_size(record_log_files(engine->log))) {
            event_emit(&engine->sink, EVENT_CHECKPOINT_PAST_ROLL, round->page.mark.physical_offset,
                       "mark %llu", (unsigned long long)round->page.mark.physical_offset);
        }
    }
    if (round->has_commit && round->commit_result == 0) {
        dledger_log_checkpoint_saved(engine->dledger, &round->commit);
        engine->dledger_saved_ms = engine_now_ms(engine);
    }
    return r < 0 ? err_set(err, r, "%s", round->err.text) : 0;
}

/* A whole round under one lock. The page is written even after a failure: checkpointer_end has seen
 * to it that there is none then, and DLedger's checkpoint needs no sync of the log. */
static int run(struct engine *engine, struct err *err)
{
    struct checkpointer_round round;
    int r = checkpointer_begin(engine, &round, err);
    if (r < 0) {
        return r;
    }
    checkpointer_sync(&round);
    r = checkpointer_end(engine, &round, err);
    checkpointer_write(engine, &round);
    int w = checkpointer_finish(engine, &round, r < 0 ? NULL : err);
    return r < 0 ? r : w;
}

/* One round is not enough: with second-sync the page lags by a round, and the first may write one
 * that was due before. Three are, when nothing is appended meanwhile. */
int checkpointer_run_to_end(struct engine *engine, struct err *err)
{
    int r = run(engine, err);
    for (int i = 1; r == 0 && i < ROUND_COUNT_MAX && is_page_due(engine); i++) {
        r = run(engine, err);
    }
    return r;
}

int checkpointer_save_page(struct engine *engine, const struct checkpoint_page *page,
                           struct err *err)
{
    int r = checkpoint_save(engine->checkpoint, page,
                            engine_has_guard(engine, QUIRK_GUARD_DIR_SYNC), err);
    if (r == 0 && engine_has_guard(engine, QUIRK_GUARD_SECOND_SYNC)) {
        r = checkpoint_sync_again(engine->checkpoint, err);
    }
    return r;
}

/* A page that waits for its second sync would raise the mark again, so it is dropped first. */
int checkpointer_write_mark(struct engine *engine, const struct checkpoint_mark *mark,
                            struct err *err)
{
    struct checkpoint_page page;
    page_now(engine, &page);
    page.has_mark = true;
    page.mark = *mark;
    page.confirm_phy_offset = (int64_t)mark->physical_offset;
    page.logics_physical_offset = logics_offset(engine, mark->physical_offset);
    engine->has_next_page = false;
    int r = checkpointer_save_page(engine, &page, err);
    engine->has_save_failed = r < 0;
    if (r == 0) {
        engine->saved_page = page;
        engine->has_saved_page = true;
    }
    return r;
}
