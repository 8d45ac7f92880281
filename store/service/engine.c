/* The parts of one open store: see engine.h. */
#include "store/service/engine.h"

#include <stdlib.h>

bool engine_has_guard(const struct engine *engine, enum quirk_guard guard)
{
    return quirk_has_guard(&engine->options.quirks, guard);
}

bool engine_has_defect(const struct engine *engine, enum quirk_defect defect)
{
    return quirk_has_defect(&engine->options.quirks, defect);
}

bool engine_has_way(const struct engine *engine, enum quirk_way way)
{
    return quirk_has_way(&engine->options.quirks, way);
}

int64_t engine_now_ms(const struct engine *engine)
{
    return engine->env->now_ms(engine->env->arg);
}

uint64_t engine_visible_end(const struct engine *engine)
{
    uint64_t end = record_log_end(engine->log);
    bool is_sync = engine->options.flush == STORE_FLUSH_SYNC &&
                   !engine_has_defect(engine, QUIRK_DEFECT_DISPATCH_BEFORE_FLUSH);
    if (is_sync && engine->flushed < end) {
        end = engine->flushed;
    }
    return end < engine->committed ? end : engine->committed;
}

void engine_fail_stop(struct engine *engine, const char *why)
{
    if (engine_has_guard(engine, QUIRK_GUARD_FAIL_STOP)) {
        engine_retire(engine, why);
    }
}

void engine_retire(struct engine *engine, const char *why)
{
    if (!engine->is_fail_stopped) {
        engine->is_fail_stopped = true;
        event_emit(&engine->sink, EVENT_FAIL_STOP, engine->flushed, "no more puts: %s", why);
    }
}

uint32_t engine_header_size(const struct engine *engine)
{
    return record_log_format_of(engine->log)->header_size_bytes;
}

void engine_done(struct engine *engine)
{
    dledger_log_free(engine->dledger);
    record_log_free(engine->log);
    queue_store_free(engine->queues);
    checkpoint_free(engine->checkpoint);
    consumer_offsets_free(engine->offsets);
    buffer_done(&engine->record);
    buffer_done(&engine->entry);
    free(engine->waiters.items);
    /* Last: another process may take over from here on. */
    disk_close(engine->lock);
}
