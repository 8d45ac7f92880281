/* Positions, and what comes before the first put: see recovery_arm.h. */
#include "store/recovery/recovery_arm.h"

#include "store/files/abort_file.h"

/* Where the dispatcher goes on. The queues know all that was scanned, up to the committed entry;
 * what is past that is dispatched when it is committed. Below the mark nothing is dispatched again:
 * the queues were found to have those units. */
static void set_dispatched(struct engine *engine, const struct recovery_found *found,
                           const struct recovery_bound *bound, const struct recovery_scan *scan)
{
    engine->dispatched = engine->flushed;
    engine->dispatched_index = scan->last_index;
    engine->dispatched_term = scan->last_term;
    if (engine->committed >= engine->flushed) {
        return;
    }
    engine->dispatched = engine->committed;
    engine->dispatched_index = engine->committed_index;
    if (bound->has_mark && engine->dispatched < bound->from) {
        engine->dispatched = bound->from;
        engine->dispatched_index = found->page.mark.next_index - 1;
    }
}

/* A write of the page that a crash cut may have left the high bytes of one time and the low ones of
 * another, and no CRC says so. The next page would keep that as the latest, and vouch for it; later
 * records would be stamped with a time that no clock has shown. After a scan of all there is, no
 * time can be later than the last record's. */
static void lower_times(struct engine *engine)
{
    struct checkpoint_page *page = &engine->saved_page;
    int64_t last_ms = engine->last_store_ms;
    if (page->physic_msg_timestamp_ms > last_ms) {
        page->physic_msg_timestamp_ms = last_ms;
    }
    if (page->logics_msg_timestamp_ms > last_ms) {
        page->logics_msg_timestamp_ms = last_ms;
    }
}

/* The page as it is on disk now: a rejected mark was dropped from it. The checkpointer compares
 * with this page to tell whether a new one is due. */
static void set_saved_page(struct engine *engine, const struct checkpoint_page *page,
                           const struct recovery_bound *bound)
{
    engine->saved_page = *page;
    engine->saved_page.has_mark = page->has_mark && !bound->is_full;
    if (page->is_ours && bound->is_full) {
        engine->saved_page.logics_physical_offset = 0;
    }
    if (bound->is_full && record_log_end(engine->log) > record_log_min(engine->log)) {
        lower_times(engine);
    }
    engine->has_saved_page = engine->saved_page.has_mark || page->physic_msg_timestamp_ms != 0;
}

/* No record below a mark is read, so the page's times speak for them: storeTimestamp must not go
 * back. */
static void set_times(struct engine *engine, const struct checkpoint_page *page,
                      const struct recovery_bound *bound)
{
    int64_t page_ms = page->physic_msg_timestamp_ms > page->logics_msg_timestamp_ms
                          ? page->physic_msg_timestamp_ms
                          : page->logics_msg_timestamp_ms;
    if (bound->has_mark && page_ms > engine->last_store_ms) {
        engine->last_store_ms = page_ms;
    }
    if (!engine_has_way(engine, QUIRK_WAY_TIMES_BY_FLUSH)) {
        engine->flushed_store_ms = engine->last_store_ms;
    }
}

void recovery_arm_set_positions(struct engine *engine, const struct recovery_found *found,
                                const struct recovery_bound *bound,
                                const struct recovery_scan *scan)
{
    engine->flushed = record_log_end(engine->log);
    if (engine->flushed == record_log_min(engine->log)) {
        /* Whatever the first record lacked, it is gone. */
        engine->is_all_crc = engine_has_guard(engine, QUIRK_GUARD_RECORD_CRC);
    }
    set_dispatched(engine, found, bound, scan);
    set_saved_page(engine, &found->page, bound);
    set_times(engine, &found->page, bound);
    bool has_log = segment_list_count(record_log_files(engine->log)) > 0;
    if (engine_has_way(engine, QUIRK_WAY_CONFIRM_AT_RECOVERY) && engine->dledger == NULL &&
        has_log) {
        engine->confirm_record = (int64_t)scan->last_start;
    }
    engine->retention = (struct engine_retention){.reserved_ms = -1};
}

static int64_t max_of(void *arg, const char *topic, size_t topic_size_bytes, int32_t queue_id)
{
    const struct engine *engine = arg;
    const struct consume_queue *queue =
        queue_store_find(engine->queues, topic, topic_size_bytes, queue_id);
    return queue == NULL ? 0 : consume_queue_max(queue);
}

/* Guard offset-clip: no group is ahead of its queue. */
static int clip_offsets(struct engine *engine, struct err *err)
{
    if (!engine_has_guard(engine, QUIRK_GUARD_OFFSET_CLIP)) {
        return 0;
    }
    size_t lowered = consumer_offsets_clip(engine->offsets, max_of, engine);
    if (lowered == 0) {
        return 0;
    }
    event_emit(&engine->sink, EVENT_OFFSETS_CLIPPED, 0, "%zu consumer offsets lowered", lowered);
    return consumer_offsets_save(engine->offsets, engine_now_ms(engine), err);
}

/* The abort file, once all that it stands for is done. With dir-sync its entry is durable before
 * the first put: lost by a power loss, it would make the next start believe in a clean stop. The
 * defect abort-not-durable syncs nothing at all. */
static int create_abort(struct engine *engine, struct err *err)
{
    bool dir_sync = engine_has_guard(engine, QUIRK_GUARD_DIR_SYNC);
    bool is_synced = dir_sync || !engine_has_defect(engine, QUIRK_DEFECT_ABORT_NOT_DURABLE);
    int dir_syncs = engine_has_guard(engine, QUIRK_GUARD_SECOND_SYNC) ? 2 : 1;
    return abort_file_create(engine->disk, engine->env->pid, is_synced, dir_sync ? dir_syncs : 0,
                             err);
}

/* The offsets go first: a group ahead of its queue would skip the next messages put there, so no
 * put may come before that is durable. The term is raised before an entry can carry it: a term used
 * in two lives would let two different entries have the same name. */
int recovery_arm_run(struct engine *engine, struct err *err)
{
    int r = clip_offsets(engine, err);
    if (r < 0) {
        goto out;
    }
    if (engine->dledger != NULL) {
        r = dledger_log_raise_term(engine->dledger, err);
        if (r < 0) {
            goto out;
        }
    }
    r = create_abort(engine, err);
out:
    engine->has_abort = r == 0;
    return r;
}
