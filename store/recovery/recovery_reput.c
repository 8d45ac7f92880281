/* Dispatching before the first put: see recovery_reput.h. */
#include "store/recovery/recovery_reput.h"

#include "store/recovery/recovery_queues.h"
#include "store/service/dispatcher.h"

static int dispatch_to_end(struct engine *engine, struct err *err)
{
    while (dispatcher_has_work(engine)) {
        int r = dispatcher_step(engine, SIZE_MAX, err);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

/* One queue that is far makes all others take theirs for complete up to there. */
int recovery_reput_run(struct engine *engine, struct err *err)
{
    if (!engine_has_way(engine, QUIRK_WAY_REPUT_FROM_QUEUES)) {
        return 0;
    }
    int64_t max_physic = queue_store_max_physic(engine->queues);
    uint64_t min = record_log_min(engine->log);
    engine->dispatched = max_physic > (int64_t)min ? (uint64_t)max_physic : min;
    return dispatch_to_end(engine, err);
}

/* The broker takes no put before the leader's last entry is committed and dispatched, and reads the
 * queues' ends once more then: the offsets given out follow what was dispatched here. */
int recovery_reput_commit(struct engine *engine, struct err *err)
{
    if (engine->dledger == NULL || !engine_has_way(engine, QUIRK_WAY_LEADER_COMMITS)) {
        return 0;
    }
    engine->committed = UINT64_MAX;
    engine->committed_index = dledger_log_end_index(engine->dledger);
    int r = dispatch_to_end(engine, err);
    return r < 0 ? r : recovery_queues_restore_offsets(engine, err);
}
