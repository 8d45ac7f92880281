/* The guard queue-heal: after a crash the log says what stands in a queue. */
#ifndef STORE_QUEUE_CONSUME_QUEUE_HEAL_H
#define STORE_QUEUE_CONSUME_QUEUE_HEAL_H

#include "store/base/err.h"
#include "store/queue/consume_queue_unit.h"

#include <stdint.h>

struct consume_queue;

/* Healing: begin, a unit for each record of the scan, finish.  `known`: index after the last unit
 * below the scan, or -1 when nothing is known of the queue (a full scan). */
int consume_queue_heal_begin(struct consume_queue *queue, int64_t known, struct err *err);
/* Makes `unit` stand at `index`: leaves it, writes it over what a crash left there, or appends it.
 * Units appended in a row are written at once, at the latest by the end of the healing. */
int consume_queue_heal_unit(struct consume_queue *queue, const struct consume_queue_unit *unit,
                            int64_t index, struct err *err);
/* Writes what is pending and ends the queue after its last unit; without any, before the first unit
 * at or past `log_min` (full scan). */
int consume_queue_heal_finish(struct consume_queue *queue, uint64_t log_min, struct err *err);

#endif
