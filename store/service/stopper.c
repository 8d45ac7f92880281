/* The clean stop: see stopper.h. */
#include "store/service/stopper.h"

#include "store/files/abort_file.h"
#include "store/service/checkpointer.h"
#include "store/service/dispatcher.h"
#include "store/service/flusher.h"

#include <inttypes.h>

/* Dispatches to the end; a dispatcher that fails is not waited for. */
/* Dispatches to the end; a dispatcher that fails is not waited for. The stop is then behind, which
 * the abort file will say. */
static void dispatch_all(struct engine *engine)
{
    while (dispatcher_has_work(engine)) {
        if (dispatcher_step(engine, SIZE_MAX, NULL) < 0) {
            break;
        }
    }
}

/* What a failed append may have left past the end would be a record to the next start, which after
 * a clean stop checks only what it must. */
static int zero_dirty_tail(struct engine *engine, struct segment_list *files, struct err *err)
{
    if (!engine_has_guard(engine, QUIRK_GUARD_TAIL_ZERO) || !segment_list_is_tail_dirty(files)) {
        return 0;
    }
    int64_t r = segment_list_zero_tail(files, err);
    return r < 0 ? (int)r : 0;
}

/* Bytes that failed appends left behind are zeroed, the spare log file goes. Both come before the
 * last syncs: the next start after a clean stop looks at the bytes past the end of one file only.
 * */
static int clean_tails(struct engine *engine, struct err *err)
{
    struct segment_list *files = record_log_files(engine->log);
    int r = zero_dirty_tail(engine, files, err);
    if (r < 0) {
        return r;
    }
    r = segment_list_cut_files(files, err);
    if (r < 0) {
        return r;
    }
    for (size_t i = 0; i < queue_store_count(engine->queues); i++) {
        struct consume_queue *queue = queue_store_at(engine->queues, i);
        if (segment_list_is_tail_dirty(consume_queue_segments(queue))) {
            r = consume_queue_clean_tail(queue, err);
            if (r < 0) {
                return r;
            }
        }
    }
    if (engine->dledger == NULL) {
        return 0;
    }
    return zero_dirty_tail(engine, dledger_log_index_files(engine->dledger), err);
}

static int save_offsets(struct engine *engine, struct err *err)
{
    if (!consumer_offsets_is_dirty(engine->offsets)) {
        return 0;
    }
    int r = consumer_offsets_save(engine->offsets, engine_now_ms(engine), err);
    if (r == 0) {
        event_emit(&engine->sink, EVENT_OFFSETS_PERSISTED, 0, "at the stop");
    }
    return r;
}

/* All of it on disk.  Goes on after a failure; returns the first. */
/* All of it on disk. Goes on after a failure, since each part that is durable is one less to be
 * repaired; returns the first. The page comes last: it speaks of all the others. */
static int sync_all(struct engine *engine, struct err *err)
{
    struct err later;
    int r = clean_tails(engine, err);
    r = err_first(r, flusher_confirm(engine, r < 0 ? &later : err));
    r = err_first(r, save_offsets(engine, r < 0 ? &later : err));
    engine->dledger_saved_ms = INT64_MIN / 2; /* due, whatever the time */
    return err_first(r, checkpointer_run_to_end(engine, r < 0 ? &later : err));
}

/* Whether everything is where a normal recovery takes it to be. */
static bool is_clean(const struct engine *engine)
{
    return !engine->is_fail_stopped && !engine->is_mark_frozen && !engine->has_save_failed &&
           engine->flushed >= record_log_end(engine->log);
}

/* An abort file that stays costs the next start a scan; one that goes too early costs records. */
static int keep_abort(const struct engine *engine, const char *why)
{
    event_emit(&engine->sink, EVENT_ABORT_KEPT, engine->dispatched, "%s", why);
    return 0;
}

/* The log is synced first, so that waiting puts get their answer before anything else can fail. A
 * dispatcher that is behind keeps the abort file, too: a normal start takes the queues for
 * complete. The defect abort-ignores-lag removes it all the same. */
int stopper_run(struct engine *engine, bool is_dispatch_held, struct err *err)
{
    bool ignores_lag = engine_has_defect(engine, QUIRK_DEFECT_ABORT_IGNORES_LAG);
    int r = flusher_run(engine, true, false, err);
    if (!is_dispatch_held && !ignores_lag) {
        dispatch_all(engine);
    }
    r = err_first(r, sync_all(engine, r < 0 ? NULL : err));
    bool is_behind = dispatcher_has_work(engine);
    if (is_behind) {
        event_emit(&engine->sink, EVENT_STOPPED_BEHIND, engine->dispatched,
                   "dispatched up to %" PRIu64, engine->dispatched);
    }
    if (r < 0 || !is_clean(engine)) {
        keep_abort(engine, "not everything is durable");
        return r < 0 ? err_wrap(err, ERR_REFUSED, "abort is kept, not everything is durable")
                     : err_set(err, ERR_REFUSED, "abort is kept, not everything is durable: %s",
                               engine->is_fail_stopped ? "the store was taken out of service"
                                                       : "a sync of the queues failed earlier");
    }
    if (is_behind && !ignores_lag) {
        return keep_abort(engine, "the dispatcher is behind");
    }
    r = abort_file_remove(engine->disk, err);
    if (r < 0) {
        keep_abort(engine, "it could not be removed");
        return err_wrap(err, ERR_REFUSED, "remove abort");
    }
    engine->has_abort = false;
    event_emit(&engine->sink, EVENT_CLOSED, record_log_end(engine->log), "clean stop");
    return 0;
}
