/* Directories and files: see recovery_open.h. */
#include "store/recovery/recovery_open.h"

#include "store/files/abort_file.h"
#include "store/files/lock_file.h"
#include "store/log/commitlog.h"
#include "store/queue/batch_queues.h"

#include <errno.h>

int recovery_open_read_failed(const struct engine *engine, int r, struct err *err)
{
    if (!engine_has_guard(engine, QUIRK_GUARD_NO_CUT_ON_ERROR)) {
        return 0;
    }
    return err_wrap(err, r, "the end of the log cannot be told");
}

int recovery_open_dirs(struct engine *engine, struct recovery_found *found, struct err *err)
{
    static const char *const plain[] = {COMMITLOG_DIR, QUEUE_STORE_DIR, CONSUMER_OFFSETS_DIR};
    static const char *const dledger[] = {QUEUE_STORE_DIR, CONSUMER_OFFSETS_DIR, DLEDGER_LOG_DIR,
                                          DLEDGER_LOG_DATA_DIR, DLEDGER_LOG_INDEX_DIR};
    bool is_dledger = engine->options.mode == STORE_MODE_DLEDGER;
    const char *const *dirs = is_dledger ? dledger : plain;
    size_t count =
        is_dledger ? sizeof(dledger) / sizeof(dledger[0]) : sizeof(plain) / sizeof(plain[0]);
    int r = lock_file_take(engine->disk, &engine->lock, err);
    if (r < 0) {
        return r;
    }
    for (size_t i = 0; i < count; i++) {
        r = disk_mkdir(engine->disk, POINT_STORE_MKDIR, dirs[i], err);
        if (r < 0) {
            return r;
        }
        found->has_new_dir |= r == 0;
    }
    return 0;
}

/* The guards and defects become options of the list of files: below this line nobody asks for them
 * by name. */
static int open_log(struct engine *engine, struct err *err)
{
    bool is_dledger = engine->options.mode == STORE_MODE_DLEDGER;
    const struct record_log_format *format = is_dledger ? &dledger_log_format : &commitlog_format;
    struct segment_list_options files = {
        .disk = engine->disk,
        .sink = &engine->sink,
        .dir = is_dledger ? DLEDGER_LOG_DATA_DIR : COMMITLOG_DIR,
        .file_size_bytes = engine->options.log_file_size_bytes,
        .points = format->points,
        .dir_sync = engine_has_guard(engine, QUIRK_GUARD_DIR_SYNC),
        .tail_zero = engine_has_guard(engine, QUIRK_GUARD_TAIL_ZERO),
        .second_sync = engine_has_guard(engine, QUIRK_GUARD_SECOND_SYNC),
        .zero_length_fatal = engine_has_defect(engine, QUIRK_DEFECT_ZERO_LENGTH_FATAL) ||
                             (is_dledger && engine_has_way(engine, QUIRK_WAY_DLEDGER_LENGTH)),
    };
    int r = record_log_open(format, &files, &engine->log, err);
    if (r < 0 || !is_dledger) {
        return r;
    }
    struct dledger_log_options options = {.files = files,
                                          .index_file_units = engine->options.index_file_units};
    return dledger_log_open(&options, engine->log, &engine->dledger, err);
}

static int open_queues(struct engine *engine, struct err *err)
{
    struct consume_queue_options options = {
        .disk = engine->disk,
        .sink = &engine->sink,
        .file_units = engine->options.queue_file_units,
        .dir_sync = engine_has_guard(engine, QUIRK_GUARD_DIR_SYNC),
        .tail_zero = engine_has_guard(engine, QUIRK_GUARD_TAIL_ZERO),
        .second_sync = engine_has_guard(engine, QUIRK_GUARD_SECOND_SYNC),
        .is_error_end = !engine_has_guard(engine, QUIRK_GUARD_NO_CUT_ON_ERROR),
        .zero_length_fatal = engine_has_defect(engine, QUIRK_DEFECT_ZERO_LENGTH_FATAL),
        .no_expect = engine_has_defect(engine, QUIRK_DEFECT_DISPATCH_NO_EXPECT),
        .pre_blank_max_physic = engine_has_defect(engine, QUIRK_DEFECT_PRE_BLANK_MAX_PHYSIC),
        .flush_lookup_from_zero = engine_has_defect(engine, QUIRK_DEFECT_FLUSH_LOOKUP_FROM_ZERO),
        .empty_file_fatal = engine_has_defect(engine, QUIRK_DEFECT_EMPTY_QUEUE_FILE_FATAL),
        .zero_unit_accepted = engine_has_defect(engine, QUIRK_DEFECT_ZERO_UNIT_ACCEPTED),
    };
    return queue_store_open(&options, &engine->queues, err);
}

/* The page is a hint and no more, so with the guard off one that cannot be read is one that is not
 * there. For want of memory the start fails in any case: that says nothing about the disk. */
static int load_page(struct engine *engine, struct checkpoint_page *ret_page, struct err *err)
{
    int r = checkpoint_new(engine->disk, &engine->checkpoint);
    if (r < 0) {
        return err_set(err, r, "out of memory");
    }
    r = checkpoint_load(engine->checkpoint, ret_page, err);
    return r < 0 && r != -ENOMEM ? recovery_open_read_failed(engine, r, err) : r;
}

static int load_offsets(struct engine *engine, struct err *err)
{
    int r = consumer_offsets_new(engine->disk, engine_has_guard(engine, QUIRK_GUARD_SECOND_SYNC),
                                 &engine->offsets);
    if (r < 0) {
        return err_set(err, r, "out of memory");
    }
    struct consumer_offsets_defects defects = {
        .delete_rename = engine_has_defect(engine, QUIRK_DEFECT_OFFSETS_DELETE_RENAME),
        .in_place = engine_has_defect(engine, QUIRK_DEFECT_OFFSETS_IN_PLACE),
        .backup_pollution = engine_has_defect(engine, QUIRK_DEFECT_OFFSETS_BACKUP_POLLUTION),
    };
    consumer_offsets_plant(engine->offsets, &defects);
    return consumer_offsets_load(engine->offsets, err);
}

/* The log comes before the queues and both before the page, as RocketMQ loads them: the n-th hit of
 * a point is the same file in every recorded run. */
static int open_parts(struct engine *engine, struct checkpoint_page *ret_page, struct err *err)
{
    int r = open_log(engine, err);
    if (r < 0) {
        return r;
    }
    r = open_queues(engine, err);
    if (r < 0) {
        return r;
    }
    r = load_page(engine, ret_page, err);
    if (r < 0) {
        return r;
    }
    return load_offsets(engine, err);
}

int recovery_open_files(struct engine *engine, struct recovery_found *found, struct err *err)
{
    bool has_abort = false;
    int r = abort_file_exists(engine->disk, &has_abort, err);
    if (r < 0) {
        return r;
    }
    found->is_normal = !has_abort;
    engine->has_abort = has_abort;
    r = open_parts(engine, &found->page, err);
    if (r < 0) {
        return r;
    }
    /* A first life leaves nothing to be rejected or written again. An abort file alone is enough
     * for one that was begun: its directory entries may have been lost. */
    found->is_new = !has_abort && segment_list_count(record_log_files(engine->log)) == 0 &&
                    queue_store_count(engine->queues) == 0 && !found->page.has_mark;
    enum event event = has_abort ? EVENT_RECOVERY_ABNORMAL : EVENT_RECOVERY_NORMAL;
    event_emit(&engine->sink, event, 0, "%s",
               has_abort ? "abort file found" : "after a clean stop");
    /* RocketMQ leaves no mark of ours, so below one nobody is asked to look for its batch queues.
     */
    return found->is_new || found->page.has_mark ? 0 : batch_queues_refuse(engine->disk, err);
}
