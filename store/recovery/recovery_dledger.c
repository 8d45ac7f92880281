/* The entries, their index and their commit: see recovery_dledger.h. */
#include "store/recovery/recovery_dledger.h"

#include "store/recovery/recovery_bound.h"
#include "store/recovery/recovery_durable.h"

#include <errno.h>
#include <inttypes.h>

bool recovery_dledger_is_by_headers(const struct engine *engine)
{
    return engine->dledger != NULL && !engine_has_guard(engine, QUIRK_GUARD_DLEDGER_COMMIT);
}

static bool is_by_data(const struct engine *engine)
{
    return engine->dledger != NULL && engine_has_guard(engine, QUIRK_GUARD_DLEDGER_COMMIT);
}

void recovery_dledger_set_last(struct engine *engine, int64_t index, int64_t term)
{
    dledger_log_set_last(engine->dledger, index, term);
    dledger_log_end_index_at(engine->dledger, index);
}

/* RocketMQ's own recovery of the entries, which looks at headers only: a power loss that kept the
 * page with the header and took the pages of the body goes unnoticed. With the guard record-crc the
 * bodies of the last files are looked at too, and the log ends before the first that is torn. */
static int recover_entries(struct engine *engine, const struct record_log_check *check,
                           struct err *err)
{
    struct segment_list *files = record_log_files(engine->log);
    bool is_error_end = !engine_has_guard(engine, QUIRK_GUARD_NO_CUT_ON_ERROR);
    int r = dledger_log_recover(engine->dledger, is_error_end, err);
    size_t count = segment_list_count(files);
    if (r < 0 || count == 0 || !engine_has_guard(engine, QUIRK_GUARD_RECORD_CRC)) {
        return r;
    }
    struct recovery_scan bodies = {
        .from = segment_list_start(files, segment_list_recovery_start(files)),
        .check = *check,
        .last_index = -1,
        .last_term = -1,
    };
    r = recovery_scan_run(engine, &bodies, err);
    if (r < 0) {
        return r;
    }
    if (bodies.end < record_log_end(engine->log)) {
        record_log_set_end(engine->log, bodies.end);
        recovery_dledger_set_last(engine, bodies.last_index, bodies.last_term);
    }
    return 0;
}

/* Committed entries as the DLedger checkpoint has them. It is saved every 3 s, so it is behind as a
 * rule, and ahead only after a loss: then the last entry there is counts. An index unit that does
 * not say where its entry ends leaves nothing committed. All entries committed is UINT64_MAX and
 * not an offset: what is appended next is committed at once. */
static int restore_committed(struct engine *engine, struct err *err)
{
    int64_t index = dledger_log_saved_committed_index(engine->dledger);
    int64_t end_index = dledger_log_end_index(engine->dledger);
    uint64_t end = record_log_min(engine->log);
    int64_t term = -1;
    index = index < end_index ? index : end_index;
    int r = 0;
    if (index >= 0) {
        r = dledger_log_entry_end(engine->dledger, index, &end, &term, err);
    }
    if (r == -ENODATA) {
        index = -1;
    } else if (r < 0) {
        r = recovery_open_read_failed(engine, r, err);
        if (r < 0) {
            return r;
        }
    }
    engine->committed = index == end_index ? UINT64_MAX : end;
    engine->committed_index = index;
    return 0;
}

int recovery_dledger_judge(struct engine *engine, const struct record_log_check *check,
                           struct err *err)
{
    if (!recovery_dledger_is_by_headers(engine)) {
        return 0;
    }
    int r = recover_entries(engine, check, err);
    if (r < 0) {
        return r;
    }
    return restore_committed(engine, err);
}

int recovery_dledger_check_index(struct engine *engine, const struct record_log_item *item,
                                 struct err *err)
{
    if (!is_by_data(engine)) {
        return 0;
    }
    int r = dledger_log_index_agrees(engine->dledger, item, err);
    if (r < 0) {
        r = recovery_open_read_failed(engine, r, err);
    }
    if (r != 0) {
        return r < 0 ? r : 0;
    }
    event_emit(&engine->sink, EVENT_INDEX_REBUILT, item->position, "index %" PRId64, item->index);
    return dledger_log_write_index(engine->dledger, item, err);
}

int recovery_dledger_commit(struct engine *engine, const struct recovery_found *found,
                            const struct recovery_scan *scan, struct err *err)
{
    if (!is_by_data(engine)) {
        return 0;
    }
    int64_t committed = dledger_log_saved_committed_index(engine->dledger);
    engine->committed_index = scan->last_index;
    if (committed < scan->last_index) {
        event_emit(&engine->sink, EVENT_COMMITTED_AT_OPEN, scan->end,
                   "committedIndex %" PRId64 " becomes %" PRId64, committed, scan->last_index);
    }
    /* What is committed here is shown to consumers from the first moment on, and no later sync
     * would be asked for bytes that the log takes for flushed: a power loss would take back what
     * was read. */
    bool is_synced = found->is_normal || engine_has_guard(engine, QUIRK_GUARD_RESTART_REWRITE);
    return is_synced ? 0 : recovery_durable_rewrite_list(record_log_files(engine->log), err);
}
