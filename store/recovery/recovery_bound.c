/* Where the scan begins: see recovery_bound.h. */
#include "store/recovery/recovery_bound.h"

#include <inttypes.h>

#define TIMESTAMP_SLACK_MS 3000 /* RocketMQ's distrust of its own timestamps */

/* Whether the queues are as the mark says, by their number and a hash over topic, id and units. A
 * power loss may take a queue's file, or its directory, and leave the mark: bounded by it, recovery
 * would then never look at the records that the queue lost. Each queue is ended at its units below
 * the mark. */
static int check_queues_at(struct engine *engine, const struct checkpoint_mark *mark,
                           bool *ret_agree, struct err *err)
{
    struct queue_store_sum sum;
    int r = queue_store_sum_below(engine->queues, mark->physical_offset, true, &sum, err);
    if (r < 0) {
        *ret_agree = false;
        return recovery_open_read_failed(engine, r, err);
    }
    *ret_agree = sum.queue_count == mark->queue_count && sum.hash == mark->queue_hash;
    return 0;
}

/* Whether the page's mark fits the log and the queues that are there. One below the log's first
 * byte or past its last file speaks of another log; that is no damage, only no help. A file missing
 * below a mark is damage: records that the mark vouches for are gone, and no scan can bring them
 * back. */
static int check_mark(struct engine *engine, const struct checkpoint_page *page, bool *ret_is_valid,
                      struct err *err)
{
    struct segment_list *files = record_log_files(engine->log);
    uint64_t mark = page->mark.physical_offset;
    *ret_is_valid =
        page->has_mark && mark >= segment_list_min(files) && mark <= segment_list_limit(files);
    if (!*ret_is_valid) {
        return 0;
    }
    if (segment_list_hole(files) < mark) {
        return err_set(err, ERR_CORRUPT,
                       "'%s': no file at %" PRIu64 ", and the log is whole up to %" PRIu64,
                       segment_list_dir(files), segment_list_hole(files), mark);
    }
    return check_queues_at(engine, &page->mark, ret_is_valid, err);
}

/* Guard durable-mark: a valid mark bounds recovery; without one the whole log is scanned. */
/* Guard durable-mark: a valid mark bounds recovery; without one the whole log is scanned, since
 * there is no telling where the first loss is. */
static int bound_by_mark(struct engine *engine, const struct recovery_found *found,
                         struct recovery_bound *bound, struct err *err)
{
    const struct checkpoint_page *page = &found->page;
    uint64_t mark = page->mark.physical_offset;
    int r = check_mark(engine, page, &bound->has_mark, err);
    if (r < 0) {
        return r;
    }
    bound->is_full = !bound->has_mark;
    if (bound->has_mark) {
        bound->from = mark;
        bound->last_index = page->mark.next_index - 1;
        bound->last_term = page->mark.term;
        event_emit(&engine->sink, EVENT_MARK_USED, mark, "log and queues are whole up to %" PRIu64,
                   mark);
        return 0;
    }
    bound->from = record_log_min(engine->log);
    if (!found->is_new) {
        event_emit(&engine->sink, EVENT_MARK_REJECTED, mark, "%s",
                   page->has_mark ? "the mark does not fit what is there" : "no mark");
        event_emit(&engine->sink, EVENT_RECOVERY_FULL_SCAN, bound->from, "the whole log");
    }
    return 0;
}

/* Whether RocketMQ's abnormal recovery may begin with the file at `start`: its first record must be
 * older than both timestamps of the checkpoint less 3 s, RocketMQ's distrust of its own checkpoint:
 * a page can be ahead of the bytes it speaks of. The defect no-checkpoint-slack leaves the 3 s out.
 * */
static int is_start_file(struct engine *engine, const struct checkpoint_page *page, uint64_t start,
                         bool *ret_is, struct err *err)
{
    static const struct record_log_check none = {.place = false};
    struct record_log_item item;
    int r = record_log_read(engine->log, start, UINT64_MAX, &none, &item, err);
    if (r < 0) {
        *ret_is = false;
        return recovery_open_read_failed(engine, r, err);
    }
    int64_t physic = page->physic_msg_timestamp_ms;
    int64_t logics = page->logics_msg_timestamp_ms;
    int64_t slack_ms =
        engine_has_defect(engine, QUIRK_DEFECT_NO_CHECKPOINT_SLACK) ? 0 : TIMESTAMP_SLACK_MS;
    int64_t min = (physic < logics ? physic : logics) - slack_ms;
    /* DLedger looks for V1 alone. */
    bool is_known = item.kind == MESSAGE_RECORD && !(engine->dledger != NULL && item.view.is_v2);
    *ret_is = is_known && item.view.store_timestamp_ms != 0 &&
              item.view.store_timestamp_ms <= (min < 0 ? 0 : min);
    return 0;
}

/* RocketMQ's start: after a clean stop the last three files; else it goes back, file by file, to
 * one that the checkpoint takes for flushed, and without one to the first. */
static int bound_by_files(struct engine *engine, const struct recovery_found *found,
                          struct recovery_bound *bound, struct err *err)
{
    struct segment_list *files = record_log_files(engine->log);
    size_t count = segment_list_count(files);
    if (count == 0) {
        return 0;
    }
    size_t at = segment_list_recovery_start(files);
    if (!found->is_normal) {
        bool is_start = false;
        for (at = count; at > 0 && !is_start;) {
            at--;
            int r =
                is_start_file(engine, &found->page, segment_list_start(files, at), &is_start, err);
            if (r < 0) {
                return r;
            }
        }
    }
    bound->from = segment_list_start(files, at);
    return 0;
}

/* Whether every record of the log must carry the CRC: one that we made has it in all of them. The
 * mark remembers it; with no word of the mark the first record tells. */
static int is_crc_required(struct engine *engine, const struct recovery_found *found,
                           const struct recovery_bound *bound, bool *ret_is, struct err *err)
{
    static const struct record_log_check strict = {
        .message = {.property_crc = true, .require_property_crc = true}};
    if (bound->has_mark) {
        *ret_is = (found->page.mark.flags & CHECKPOINT_FLAG_RECORD_CRC) != 0;
        return 0;
    }
    *ret_is = found->is_new;
    if (found->is_new) {
        return 0;
    }
    struct record_log_item item;
    int r =
        record_log_read(engine->log, record_log_min(engine->log), UINT64_MAX, &strict, &item, err);
    if (r < 0) {
        return r;
    }
    *ret_is = item.kind == MESSAGE_RECORD || segment_list_count(record_log_files(engine->log)) == 0;
    return 0;
}

/* Guard record-crc: what a record must prove.  Where not all have the CRC it is verified where
 * there is one, and body and properties prove what they can. */
static int choose_check(struct engine *engine, const struct recovery_found *found,
                        struct recovery_bound *bound, struct err *err)
{
    struct message_check *check = &bound->check.message;
    bound->check.place = engine_has_guard(engine, QUIRK_GUARD_RECORD_CRC);
    if (!bound->check.place) {
        check->body_crc = true;
        return 0;
    }
    bool is_required = false;
    int r = is_crc_required(engine, found, bound, &is_required, err);
    if (r < 0) {
        return recovery_open_read_failed(engine, r, err);
    }
    /* A scan that began in the middle by timestamps has not seen the records in front. */
    engine->is_all_crc = is_required && (bound->has_mark || bound->is_full);
    check->property_crc = true;
    check->require_property_crc = is_required;
    check->body_crc = !is_required; /* the property CRC covers the body */
    check->properties_parse = !is_required;
    return 0;
}

int recovery_bound_choose(struct engine *engine, const struct recovery_found *found,
                          struct recovery_bound *ret_bound, struct err *err)
{
    *ret_bound = (struct recovery_bound){.last_index = -1, .last_term = -1};
    int r = engine_has_guard(engine, QUIRK_GUARD_DURABLE_MARK)
                ? bound_by_mark(engine, found, ret_bound, err)
                : bound_by_files(engine, found, ret_bound, err);
    if (r < 0) {
        return r;
    }
    return choose_check(engine, found, ret_bound, err);
}
