/* Queues and log: see recovery_rebuild.h. */
#include "store/recovery/recovery_rebuild.h"

#include "store/recovery/recovery_dledger.h"
#include "store/service/dispatcher.h"

/* What is done with each record of the scan. */
struct rebuild {
    struct engine *engine;
    bool is_healing;     /* guard queue-heal */
    bool is_dispatching; /* RocketMQ: scanned records are dispatched again */
    int64_t above;       /* of these only what begins above this offset */
    bool has_met_record;
};

/* Whether RocketMQ's scan of 5.2.0 asks every record for DUP_INFO.  It decides over the queues; the
 * log itself DLedger has recovered by its headers.  Our own scan, which decides over the log and
 * heals queues, is another and does not ask. */
static bool asks_for_dup_info(const struct engine *engine, const struct recovery_found *found)
{
    return recovery_dledger_is_by_headers(engine) && !found->is_normal &&
           !engine_has_guard(engine, QUIRK_GUARD_QUEUE_HEAL) &&
           engine_has_defect(engine, QUIRK_DEFECT_DLEDGER_DUP_INFO);
}

/* RocketMQ's DLedger recovery after a clean stop scans nothing; before 5.2.0 never (#7355). */
static bool is_scan_left_out(const struct engine *engine, const struct recovery_found *found)
{
    bool is_rocketmq = recovery_dledger_is_by_headers(engine) &&
                       !engine_has_guard(engine, QUIRK_GUARD_DURABLE_MARK) &&
                       !engine_has_guard(engine, QUIRK_GUARD_QUEUE_HEAL);
    return is_rocketmq &&
           (found->is_normal || engine_has_defect(engine, QUIRK_DEFECT_DLEDGER_NO_REDISPATCH));
}

/* What is done with one record, in an order that matters: the index unit is put right before a
 * queue's, because a crash between the two leaves an index that is right and a queue that the next
 * scan heals. Entries past the committed one are in the log, but in no queue: a consumer must not
 * read what a new leader may take back. */
static int accept_record(void *arg, const struct record_log_item *item, struct err *err)
{
    struct rebuild *rebuild = arg;
    struct engine *engine = rebuild->engine;
    if (!rebuild->has_met_record) {
        rebuild->has_met_record = true;
        event_emit(&engine->sink, EVENT_RECOVERY_FOUND_RECORDS, item->position,
                   "at least one record");
    }
    int r = recovery_dledger_check_index(engine, item, err);
    if (r < 0) {
        return r;
    }
    if (rebuild->is_healing && item->position < engine->committed) {
        return recovery_queues_heal_unit(engine, item, err);
    }
    bool is_above = (int64_t)item->view.physical_offset > rebuild->above;
    return rebuild->is_dispatching && is_above ? dispatcher_put(engine, item, err) : 0;
}

/* RocketMQ 5.3.2 and later, after a clean stop: where the scan begins, and past what it dispatches,
 * both by the queues' maximum. That is where the last unit's record ends, so the first record that
 * lacks its unit, which begins there, is not above it and is left out. */
static int scan_by_queues(struct engine *engine, int64_t max_physic, struct rebuild *rebuild,
                          struct recovery_scan *scan, struct err *err)
{
    rebuild->is_dispatching = true;
    rebuild->above = max_physic;
    return recovery_bound_choose_by_queues(engine, max_physic, &scan->from, err);
}

/* Scans the log. Healing and dispatching exclude each other: the first writes a unit at its own
 * index, the second at the queue's end, as RocketMQ does. */
static int scan(struct engine *engine, const struct recovery_found *found,
                const struct recovery_bound *bound, int64_t max_physic,
                struct recovery_scan *ret_scan, struct err *err)
{
    struct rebuild rebuild = {
        .engine = engine,
        .is_healing = engine_has_guard(engine, QUIRK_GUARD_QUEUE_HEAL),
        .above = -1,
    };
    rebuild.is_dispatching =
        !rebuild.is_healing &&
        (engine_has_guard(engine, QUIRK_GUARD_DURABLE_MARK) || !found->is_normal);
    *ret_scan = (struct recovery_scan){
        .from = bound->from,
        .check = bound->check,
        .last_index = bound->last_index,
        .last_term = bound->last_term,
        .accept = accept_record,
        .arg = &rebuild,
    };
    ret_scan->check.message.dup_info = asks_for_dup_info(engine, found);
    if (!rebuild.is_healing && recovery_bound_is_by_queues(engine, found)) {
        int r = scan_by_queues(engine, max_physic, &rebuild, ret_scan, err);
        if (r < 0) {
            return r;
        }
    }
    if (is_scan_left_out(engine, found)) {
        ret_scan->end = record_log_end(engine->log);
        return 0;
    }
    return recovery_scan_run(engine, ret_scan, err);
}

/* Ends the log where the scan ended; headers have ended it already, and a scan that stops short of
 * them (DUP_INFO) has cut queues only: the log keeps records that no queue knows (issue #8032). */
static void end_log(struct engine *engine, const struct recovery_scan *scan)
{
    if (recovery_dledger_is_by_headers(engine)) {
        return;
    }
    record_log_set_end(engine->log, scan->end);
    if (engine->dledger != NULL) {
        recovery_dledger_set_last(engine, scan->last_index, scan->last_term);
    }
}

/* Whether the sizes of messages stand for those of entries. */
static bool is_summing(const struct engine *engine, const struct recovery_found *found)
{
    return engine->dledger != NULL && !found->is_normal &&
           engine_has_defect(engine, QUIRK_DEFECT_DLEDGER_MESSAGE_SIZE);
}

/* Where the queues are cut: where the scan ended, or what the defect makes of it. The sum of the
 * message sizes lacks 48 bytes an entry, so the cut falls short by that for each entry of the last
 * file, and the queues lose their last units (issue #9084). The sum begins anew with each file that
 * the scan comes to, and a blank that nothing follows is not one: the blank's file counts. */
static uint64_t queue_cut(const struct engine *engine, const struct recovery_found *found,
                          const struct recovery_scan *scan)
{
    return is_summing(engine, found) ? scan->file_start + scan->message_sum : scan->end;
}

/* What RocketMQ compares with the place of the cut: the queues' maximum before the scan; from 5.5.0
 * on, where it sums, the offset that the checkpoint has of them, and in any case their maximum
 * after the scan has dispatched. */
static bool is_cut_due(const struct engine *engine, const struct recovery_found *found,
                       int64_t max_physic, uint64_t end)
{
    int64_t known = max_physic;
    if (engine_has_way(engine, QUIRK_WAY_CUT_AFTER_SCAN)) {
        known = queue_store_max_physic(engine->queues);
    }
    if (is_summing(engine, found) && engine_has_way(engine, QUIRK_WAY_LOGICS_BOUND) &&
        found->page.logics_physical_offset < known) {
        known = found->page.logics_physical_offset;
    }
    return known >= 0 && (uint64_t)known >= end;
}

/* RocketMQ: queues that know more than the log are cut at the log's end. Units of records that the
 * crash took would hand consumers bytes of whatever is appended there next. */
static int truncate_queues(struct engine *engine, const struct recovery_found *found,
                           int64_t max_physic, uint64_t end, struct err *err)
{
    bool is_left = found->is_normal && engine_has_defect(engine, QUIRK_DEFECT_NORMAL_KEEPS_QUEUES);
    if (is_left || !is_cut_due(engine, found, max_physic, end)) {
        return 0;
    }
    return recovery_queues_truncate(engine, end, err);
}

int recovery_rebuild_run(struct engine *engine, const struct recovery_found *found,
                         const struct recovery_bound *bound, struct recovery_scan *ret_scan,
                         struct err *err)
{
    bool is_healing = engine_has_guard(engine, QUIRK_GUARD_QUEUE_HEAL);
    int64_t max_physic = -1;
    int r = recovery_queues_recover(engine, bound, &max_physic, err);
    if (r < 0) {
        return r;
    }
    if (is_healing) {
        r = recovery_queues_heal_begin(engine, bound, err);
        if (r < 0) {
            return r;
        }
    }
    r = scan(engine, found, bound, max_physic, ret_scan, err);
    if (r < 0) {
        return r;
    }
    end_log(engine, ret_scan);
    return is_healing ? recovery_queues_heal_finish(engine, err)
                      : truncate_queues(engine, found, max_physic,
                                        queue_cut(engine, found, ret_scan), err);
}
