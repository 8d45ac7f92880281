/* Where the scan begins: see recovery_bound.h. */
#include "store/recovery/recovery_bound.h"

#include "store/base/bytes.h"

#include <errno.h>
#include <inttypes.h>

#define TIMESTAMP_SLACK_MS 3000 /* RocketMQ's distrust of its own timestamps */
#define BACK_COUNT_MAX     10   /* RocketMQ 5.5's commitLogRecoverMaxNum */

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

/* RocketMQ from 5.5.0 on. */
static bool is_by_offset(const struct engine *engine)
{
    return engine_has_way(engine, QUIRK_WAY_LOGICS_BOUND) ||
           engine_has_defect(engine, QUIRK_DEFECT_LOGICS_OFFSET_AHEAD);
}

/* What RocketMQ looks at in a file's first record. */
struct first_record {
    bool is_record; /* it has the magic of one */
    bool is_whole;
    int64_t physical_offset;
    int64_t store_ms;
};

/* The first record of the file at `start`. By its magic and two fields alone, sound or not, as
 * RocketMQ reads them where it does not say whole; DLedger knows V1 alone. */
static int read_first(struct engine *engine, uint64_t start, struct first_record *ret_first,
                      struct err *err)
{
    static const struct record_log_check check = {.message = {.body_crc = true}};
    enum { AT_MAGIC = 4, AT_PHYSIC = 28, AT_SYSFLAG = 36, AT_STORE_MS = 56, AT_STORE_MS_V6 = 68 };
    uint8_t at[AT_STORE_MS_V6 + 8];
    struct record_log_item item;
    uint64_t record = start + engine_header_size(engine);
    *ret_first = (struct first_record){.is_record = false};
    int r = segment_list_read(record_log_files(engine->log), record, at, sizeof(at), err);
    if (r == -ENODATA) {
        return 0; /* a file of length 0, which a kill between create and extend left */
    }
    if (r < 0) {
        return recovery_open_read_failed(engine, r, err);
    }
    r = record_log_read(engine->log, start, UINT64_MAX, &check, &item, err);
    if (r < 0) {
        return recovery_open_read_failed(engine, r, err);
    }
    uint32_t magic = bytes_get_be32(at + AT_MAGIC);
    bool is_v6 = (bytes_get_be32(at + AT_SYSFLAG) & MESSAGE_SYSFLAG_BORN_V6) != 0;
    ret_first->is_record =
        magic == MESSAGE_MAGIC_V1 || (magic == MESSAGE_MAGIC_V2 && engine->dledger == NULL);
    ret_first->is_whole = item.kind == MESSAGE_RECORD;
    ret_first->physical_offset = (int64_t)bytes_get_be64(at + AT_PHYSIC);
    ret_first->store_ms = (int64_t)bytes_get_be64(at + (is_v6 ? AT_STORE_MS_V6 : AT_STORE_MS));
    return 0;
}

/* Whether RocketMQ's abnormal recovery may begin with a file: its first record must be older than
 * both timestamps of the checkpoint less 3 s, RocketMQ's distrust of its own checkpoint: a page can
 * be ahead of the bytes it speaks of. The defect no-checkpoint-slack leaves the 3 s out. */
static bool is_start_by_time(const struct engine *engine, const struct checkpoint_page *page,
                             const struct first_record *first)
{
    int64_t physic = page->physic_msg_timestamp_ms;
    int64_t logics = page->logics_msg_timestamp_ms;
    int64_t slack_ms =
        engine_has_defect(engine, QUIRK_DEFECT_NO_CHECKPOINT_SLACK) ? 0 : TIMESTAMP_SLACK_MS;
    int64_t min = (physic < logics ? physic : logics) - slack_ms;
    return first->is_record && first->store_ms != 0 && first->store_ms <= (min < 0 ? 0 : min);
}

/* The same from 5.5.0 on: by the offset up to which the queues are taken for synced. A page without
 * one has a time of that alone, and no slack. */
static bool is_start_by_offset(const struct engine *engine, const struct checkpoint_page *page,
                               const struct first_record *first)
{
    bool is_sound = engine->dledger != NULL ? first->is_record : first->is_whole;
    bool is_reached = page->logics_physical_offset > 0
                          ? first->physical_offset <= page->logics_physical_offset
                          : first->store_ms <= page->logics_msg_timestamp_ms;
    return is_sound && first->store_ms != 0 && is_reached;
}

/* RocketMQ's abnormal start: back, file by file, to one whose queues the checkpoint takes for
 * flushed, and without one to the first; from 5.5.0 on, in a plain log, ten files and no more. */
static int find_start(struct engine *engine, const struct checkpoint_page *page, size_t *ret_at,
                      struct err *err)
{
    struct segment_list *files = record_log_files(engine->log);
    bool by_offset = is_by_offset(engine);
    size_t back_max = by_offset && engine->dledger == NULL ? BACK_COUNT_MAX : SIZE_MAX;
    size_t count = segment_list_count(files);
    bool is_start = false;
    *ret_at = count;
    while (*ret_at > 0 && !is_start && count - *ret_at < back_max) {
        struct first_record first;
        (*ret_at)--;
        int r = read_first(engine, segment_list_start(files, *ret_at), &first, err);
        if (r < 0) {
            return r;
        }
        is_start = by_offset ? is_start_by_offset(engine, page, &first)
                             : is_start_by_time(engine, page, &first);
    }
    return 0;
}

bool recovery_bound_is_by_queues(const struct engine *engine, const struct recovery_found *found)
{
    return found->is_normal && engine->dledger == NULL &&
           engine_has_way(engine, QUIRK_WAY_NORMAL_FROM_QUEUES) &&
           !engine_has_guard(engine, QUIRK_GUARD_DURABLE_MARK);
}

/* The last file that begins at or below the maximum; from 5.5.0 on its first record must be whole,
 * and say so itself. */
int recovery_bound_choose_by_queues(struct engine *engine, int64_t max_physic, uint64_t *ret_from,
                                    struct err *err)
{
    struct segment_list *files = record_log_files(engine->log);
    bool by_offset = is_by_offset(engine);
    size_t count = segment_list_count(files);
    size_t at = count == 0 ? 0 : count - 1;
    bool is_start = false;
    *ret_from = 0;
    while (at > 0 && !is_start) {
        uint64_t start = segment_list_start(files, at);
        struct first_record first = {
            .is_whole = true, .store_ms = 1, .physical_offset = (int64_t)start};
        int r = by_offset ? read_first(engine, start, &first, err) : 0;
        if (r < 0) {
            return r;
        }
        is_start = first.is_whole && first.store_ms != 0 && first.physical_offset <= max_physic;
        is_start = is_start || (by_offset && count - at >= BACK_COUNT_MAX);
        at -= is_start ? 0 : 1;
    }
    if (count > 0) {
        *ret_from = segment_list_start(files, at);
    }
    recovery_bound_tell(engine, *ret_from);
    return 0;
}

/* RocketMQ's start: after a clean stop the last three files, else what the checkpoint says. */
static int bound_by_files(struct engine *engine, const struct recovery_found *found,
                          struct recovery_bound *bound, struct err *err)
{
    struct segment_list *files = record_log_files(engine->log);
    if (segment_list_count(files) == 0) {
        return 0;
    }
    size_t at = segment_list_recovery_start(files);
    if (!found->is_normal) {
        int r = find_start(engine, &found->page, &at, err);
        if (r < 0) {
            return r;
        }
    }
    bound->from = segment_list_start(files, at);
    return 0;
}

void recovery_bound_tell(const struct engine *engine, uint64_t from)
{
    uint64_t min = record_log_min(engine->log);
    uint64_t file_size = segment_list_file_size(record_log_files(engine->log));
    if (from >= min + file_size) {
        event_emit(&engine->sink, EVENT_RECOVERY_AFTER_FIRST_FILE, from, "scan from %" PRIu64,
                   from);
    }
}

/* Guard record-crc: what a record must prove.  The CRC is verified where there is one and asked of
 * none: RocketMQ, which puts none there, may have gone on with a store of ours, and left our mark
 * as it was when it was killed.  What is cut short of a record of ours has not got its last
 * property, and properties prove that they are whole. */
static void choose_check(struct engine *engine, const struct recovery_found *found,
                         struct recovery_bound *bound)
{
    struct message_check *check = &bound->check.message;
    check->body_crc = true;
    bound->check.place = engine_has_guard(engine, QUIRK_GUARD_RECORD_CRC);
    if (!bound->check.place) {
        return;
    }
    bool is_marked_all =
        bound->has_mark && (found->page.mark.flags & CHECKPOINT_FLAG_RECORD_CRC) != 0;
    /* Until the scan finds one without.  One that begins in the middle by timestamps does not see
     * the records in front. */
    engine->is_all_crc = bound->has_mark ? is_marked_all : bound->is_full;
    check->property_crc = true;
    check->properties_parse = true;
    /* Where all below the mark is ours it is a torn record of ours whose CRC would pass for it. */
    check->multi_slack = !is_marked_all;
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
    choose_check(engine, found, ret_bound);
    return 0;
}
