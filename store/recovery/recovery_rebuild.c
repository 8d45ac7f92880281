/* Queues and log: see recovery_rebuild.h. */
#include "store/recovery/recovery_rebuild.h"

#include "store/recovery/recovery_dledger.h"
#include "store/service/dispatcher.h"

/* What is done with each record of the scan. */
struct rebuild {
    struct engine *engine;
    bool is_healing;     /* guard queue-heal */
    bool is_dispatching; /* RocketMQ: scanned records are dispatched again */
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
        event_emit(&engine->sink, EVENT_RECOVERY_FOUND_RECORDS, item->position, "scan");
    }
    int r = recovery_dledger_check_index(engine, item, err);
    if (r < 0) {
        return r;
    }
    if (rebuild->is_healing && item->position < engine->committed) {
        return recovery_queues_heal_unit(engine, item, err);
    }
    return rebuild->is_dispatching ? dispatcher_put(engine, item, err) : 0;
}

/* Scans the log. Healing and dispatching exclude each other: the first writes a unit at its own
 * index, the second at the queue's end, as RocketMQ does. */
static int scan(struct engine *engine, const struct recovery_found *found,
                const struct recovery_bound *bound, struct recovery_scan *ret_scan, struct err *err)
{
    struct rebuild rebuild = {
        .engine = engine,
        .is_healing = engine_has_guard(engine, QUIRK_GUARD_QUEUE_HEAL),
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
    if (is_scan_left_out(engine, found)) {
        ret_scan->end = record_log_end(engine->log);
        return 0;
    }
    return recovery_scan_run(engine, ret_scan, err);
}

/* Ends the log where the scan ended; headers have ended it already. */
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

/* Where the queues are cut: where the scan ended, or what the defect makes of it. The sum of the
 * message sizes lacks 48 bytes an entry, so the cut falls short by that for each entry of the last
 * file, and the queues lose their last units (issue #9084). */
static uint64_t queue_cut(const struct engine *engine, const struct recovery_found *found,
                          const struct recovery_scan *scan)
{
    bool is_summing = engine->dledger != NULL && !found->is_normal &&
                      engine_has_defect(engine, QUIRK_DEFECT_DLEDGER_MESSAGE_SIZE);
    if (!is_summing) {
        return scan->end;
    }
    uint64_t inside = scan->end % segment_list_file_size(record_log_files(engine->log));
    return scan->end - inside + (inside == 0 ? 0 : scan->message_sum);
}

/* RocketMQ: queues that know more than the log are cut at the log's end. Units of records that the
 * crash took would hand consumers bytes of whatever is appended there next. */
static int truncate_queues(struct engine *engine, const struct recovery_found *found,
                           int64_t max_physic, uint64_t end, struct err *err)
{
    bool is_left = found->is_normal && engine_has_defect(engine, QUIRK_DEFECT_NORMAL_KEEPS_QUEUES);
    if (is_left || max_physic < 0 || (uint64_t)max_physic < end) {
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
    r = scan(engine, found, bound, ret_scan, err);
    if (r < 0) {
        return r;
    }
    end_log(engine, ret_scan);
    return is_healing ? recovery_queues_heal_finish(engine, err)
                      : truncate_queues(engine, found, max_physic,
                                        queue_cut(engine, found, ret_scan), err);
}
