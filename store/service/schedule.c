/* Which service has something to do, and how often it looks: see schedule.h. */
#include "store/service/schedule.h"

#include "store/service/appender.h"
#include "store/service/checkpointer.h"
#include "store/service/dispatcher.h"
#include "store/service/flusher.h"
#include "store/service/retention.h"

/* RocketMQ: fewer than two pages of units wait for the thorough flush. */
static bool is_queue_flush_thorough(const struct engine *engine)
{
    return !engine_has_guard(engine, QUIRK_GUARD_DURABLE_MARK) &&
           (engine_has_defect(engine, QUIRK_DEFECT_CHECKPOINT_AHEAD) ||
            engine_has_defect(engine, QUIRK_DEFECT_LOGICS_OFFSET_AHEAD));
}

int64_t schedule_period_ms(const struct engine *engine, enum store_service id)
{
    switch (id) {
    case STORE_SERVICE_LOG_FLUSH:
        return engine->options.flush == STORE_FLUSH_SYNC || engine->dledger != NULL ? 10 : 500;
    case STORE_SERVICE_DISPATCH:
        return 1;
    case STORE_SERVICE_QUEUE_FLUSH:
        return is_queue_flush_thorough(engine) ? 60000 : 1000;
    case STORE_SERVICE_CHECKPOINT:
        return 1000;
    case STORE_SERVICE_OFFSETS:
        return 5000;
    case STORE_SERVICE_PREALLOCATE:
        return 0;
    case STORE_SERVICE_RETENTION:
        return 10000;
    case STORE_SERVICE_COUNT:
        break;
    }
    return INT64_MAX;
}

bool schedule_has_work(const struct engine *engine, enum store_service id)
{
    switch (id) {
    case STORE_SERVICE_LOG_FLUSH:
        return flusher_has_log_work(engine);
    case STORE_SERVICE_DISPATCH:
        return dispatcher_has_work(engine);
    case STORE_SERVICE_QUEUE_FLUSH:
        return flusher_has_queue_work(engine);
    case STORE_SERVICE_CHECKPOINT:
        return checkpointer_has_work(engine);
    case STORE_SERVICE_OFFSETS:
        return consumer_offsets_is_dirty(engine->offsets);
    case STORE_SERVICE_PREALLOCATE:
        return appender_has_preallocation_work(engine);
    case STORE_SERVICE_RETENTION:
        return retention_has_work(engine);
    case STORE_SERVICE_COUNT:
        break;
    }
    return false;
}
