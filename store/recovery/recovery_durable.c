/* What is made durable: see recovery_durable.h. */
#include "store/recovery/recovery_durable.h"

#include "store/service/checkpointer.h"

/* A clean stop is no reason to suspect less: by which sync the bytes below the end became durable
 * is known of the mark alone. */
void recovery_durable_suspect(struct engine *engine, const struct checkpoint_page *page,
                              const struct recovery_bound *bound)
{
    segment_list_suspect(record_log_files(engine->log), bound->has_mark ? bound->from : 0);
    if (engine->dledger != NULL) {
        int64_t next = bound->has_mark ? page->mark.next_index : 0;
        dledger_log_suspect_index(engine->dledger, next < 0 ? 0 : next);
    }
    for (size_t i = 0; i < queue_store_count(engine->queues); i++) {
        struct consume_queue *queue = queue_store_at(engine->queues, i);
        consume_queue_suspect(queue, bound->has_mark ? consume_queue_max(queue) : 0);
    }
}

int recovery_durable_sync_dirs(struct engine *engine, const struct recovery_found *found,
                               const struct recovery_bound *bound, struct err *err)
{
    bool is_known = found->is_normal && !found->has_new_dir &&
                    (bound->has_mark || !engine_has_guard(engine, QUIRK_GUARD_DURABLE_MARK));
    if (!engine_has_guard(engine, QUIRK_GUARD_DIR_SYNC) || is_known) {
        return 0;
    }
    /* The root holds the names of all others, so it is the first: the entry of a directory that is
     * lost takes with it whatever was synced inside. The topics' directories are the queue store's.
     * */
    static const char *const dirs[] = {"", CONSUMER_OFFSETS_DIR, DLEDGER_LOG_DIR};
    size_t count = engine->options.mode == STORE_MODE_DLEDGER ? 3 : 2;
    for (size_t i = 0; i < count; i++) {
        int r = sync_batch_dir(engine->disk, POINT_STORE_SYNC_DIR, dirs[i],
                               engine_has_guard(engine, QUIRK_GUARD_SECOND_SYNC), err);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

/* A copy is saved and the page that was found stays as it is: what comes later asks it for the
 * timestamps. With a mark that does not hold goes the offset that stands beside it, which names a
 * record whose unit may be gone.  A page of RocketMQ alone has no mark, nor has an older state of
 * it, and stays: its offset is as good as it was, but an earlier start of ours may have written the
 * units anew, and no page may repeat it before they are durable. */
int recovery_durable_drop_mark(struct engine *engine, const struct checkpoint_page *page,
                               const struct recovery_bound *bound, struct err *err)
{
    bool is_theirs = !page->is_ours && page->logics_physical_offset > 0;
    if (!bound->is_full || is_theirs || !checkpoint_is_there(engine->checkpoint)) {
        return 0;
    }
    struct checkpoint_page without = *page;
    without.has_mark = false;
    without.logics_physical_offset = 0;
    return checkpointer_save_page(engine, &without, err);
}

int recovery_durable_rewrite_list(struct segment_list *files, struct err *err)
{
    int r = segment_list_rewrite(files, err);
    if (r < 0) {
        return r;
    }
    return segment_list_sync(files, err);
}

int recovery_durable_rewrite(struct engine *engine, const struct recovery_found *found,
                             const struct recovery_bound *bound, bool is_trusted, struct err *err)
{
    bool is_unclean =
        !found->is_normal || (engine_has_guard(engine, QUIRK_GUARD_DURABLE_MARK) && !is_trusted);
    if (!engine_has_guard(engine, QUIRK_GUARD_RESTART_REWRITE) || !is_unclean || found->is_new) {
        return 0;
    }
    /* The page itself was read from the cache like all else. It is written before log and queues:
     * they do not move, and the mark only speaks of what stands below it. */
    if (bound->has_mark) {
        int r = checkpointer_save_page(engine, &found->page, err);
        if (r < 0) {
            return r;
        }
    }
    int r = recovery_durable_rewrite_list(record_log_files(engine->log), err);
    if (r < 0) {
        return r;
    }
    if (engine->dledger != NULL) {
        r = recovery_durable_rewrite_list(dledger_log_index_files(engine->dledger), err);
        if (r < 0) {
            return r;
        }
    }
    return queue_store_rewrite(engine->queues, err);
}
