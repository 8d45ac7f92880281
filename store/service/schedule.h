/* When each service runs: RocketMQ's timers, and whether there is work at all.  The threads and the
 * manual stepper ask the same two questions, so that a case of one can be told of the other. */
#ifndef STORE_SERVICE_SCHEDULE_H
#define STORE_SERVICE_SCHEDULE_H

#include "store/service/engine.h"

/* How long after its last run the service's timer is due; INT64_MAX for no service. */
int64_t schedule_period_ms(const struct engine *engine, enum store_service id);
/* Whether a step of the service would do something now, timers aside.  With the state locked. */
bool schedule_has_work(const struct engine *engine, enum store_service id);

#endif
