/* From a directory to an engine: see recovery.h, which lists the steps. */
#include "store/recovery/recovery.h"

#include "store/recovery/recovery_arm.h"
#include "store/recovery/recovery_dledger.h"
#include "store/recovery/recovery_durable.h"
#include "store/recovery/recovery_queues.h"
#include "store/recovery/recovery_rebuild.h"
#include "store/recovery/recovery_reput.h"
#include "store/recovery/recovery_tail.h"

#include <errno.h>
#include <inttypes.h>

/* Errors of the disk refuse the start: the directory could not be judged, so it is left as it is
 * for another attempt. Four codes stay what they are because callers act on them: another process
 * has the lock, no memory, and the store's own two. */
static int refuse(int r, struct err *err)
{
    return r == -EAGAIN || r == -ENOMEM || r == ERR_CORRUPT || r == ERR_REFUSED
               ? r
               : err_wrap(err, ERR_REFUSED, "%s", err_name(r));
}

/* Looks at the directory and chooses the scan's place and checks.  The event comes out whether or
 * not the start is refused here: the place was chosen all the same. */
static int judge_dir(struct engine *engine, const struct recovery_found *found,
                     struct recovery_bound *ret_bound, struct err *err)
{
    int r = recovery_bound_choose(engine, found, ret_bound, err);
    if (r == 0) {
        r = recovery_dledger_judge(engine, &ret_bound->check, err);
    }
    if (!recovery_bound_is_by_queues(engine, found)) {
        recovery_bound_tell(engine, ret_bound->from);
    }
    return r;
}

/* With the directory judged, its mending: from here on errors are those of writes. The order is
 * what a crash in between relies on. A rejected mark is gone before anything is mended. The tail is
 * zeroed before log and queues are synced, which would make stale records durable, too. Nothing is
 * committed that is not written. The abort file comes last: a crash anywhere in here is followed by
 * a recovery that finds it as this one did. */
static int mend(struct engine *engine, const struct recovery_found *found,
                const struct recovery_bound *bound, struct err *err)
{
    struct recovery_scan scan;
    bool is_trusted = false;
    int r = recovery_durable_sync_dirs(engine, found, bound, err);
    if (r < 0) {
        return r;
    }
    r = recovery_durable_drop_mark(engine, &found->page, bound, err);
    if (r < 0) {
        return r;
    }
    r = recovery_rebuild_run(engine, found, bound, &scan, err);
    if (r < 0) {
        return r;
    }
    r = recovery_tail_clean(engine, found, bound, scan.end, &is_trusted, err);
    if (r < 0) {
        return r;
    }
    r = recovery_durable_rewrite(engine, found, bound, is_trusted, err);
    if (r < 0) {
        return r;
    }
    r = recovery_dledger_commit(engine, found, &scan, err);
    if (r < 0) {
        return r;
    }
    recovery_arm_set_positions(engine, found, bound, &scan);
    r = recovery_reput_run(engine, err);
    if (r < 0) {
        return r;
    }
    r = recovery_queues_restore_offsets(engine, err);
    if (r < 0) {
        return r;
    }
    r = recovery_arm_run(engine, err);
    if (r < 0) {
        return r;
    }
    return recovery_reput_commit(engine, err);
}

int recovery_run(struct engine *engine, struct err *err)
{
    struct recovery_found found = {.is_normal = false};
    struct recovery_bound bound;
    engine->committed = UINT64_MAX;
    engine->committed_index = -1;
    engine->dispatched_record = -1;
    engine->queues_record = -1;
    engine->confirm_record = -1;
    int r = recovery_open_dirs(engine, &found, err);
    if (r < 0) {
        return r;
    }
    r = recovery_open_files(engine, &found, err);
    if (r < 0) {
        return refuse(r, err);
    }
    r = judge_dir(engine, &found, &bound, err);
    if (r < 0) {
        return refuse(r, err);
    }
    recovery_durable_suspect(engine, &found.page, &bound);
    r = mend(engine, &found, &bound, err);
    return r < 0 ? refuse(r, err) : 0;
}
