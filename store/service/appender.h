/* The way of a put into the log: checks, queueOffset, encoding, room, place, one write. */
#ifndef STORE_SERVICE_APPENDER_H
#define STORE_SERVICE_APPENDER_H

#include "store/service/engine.h"

/* Appends `message`.  The result says how it went; with status OK the record is in the log and
 * readable after a process crash.  *ret_end is then the end of its item. */
void appender_put(struct engine *engine, const struct store_message *message,
                  struct store_put_result *ret_result, uint64_t *ret_end);

/* Whether the next log file is to be made ahead of the roll. */
bool appender_has_preallocation_work(const struct engine *engine);
/* Makes the next log file ahead of need. Returns 1 when it did, 0, or a negative code. */
int appender_preallocate(struct engine *engine, struct err *err);

#endif
