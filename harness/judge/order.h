/* `order-durable`: rules over the operations of a run, crash or not, on any disk.  What is relied
 * on must have been durable before:
 *
 * - a record, before a sync-and-wait put of it is acknowledged PUT_OK;
 * - log and queue units below an offset, before a mark of that offset is written to `checkpoint`;
 * - a zeroed tail of the log (`zero-tail`), before the next append to that log;
 * - queue units and the mark, before the log file under them is unlinked by retention;
 * - everything, before `abort` is unlinked; and `abort` itself, before the first append;
 * - the bytes of a file, before it is renamed over another that recovery reads;
 * - a directory entry (and the directories above it), before any of the above relies on what it
 *   leads to.
 *
 * Durable means: every write to it ended before a sync of that file, or a sync of the directory,
 * began which returned 0 and was not a lie.  Decodes what is written by itself (judge/), never with
 * the engine's codecs.  A store whose guard is off that a rule needs is judged by the rest. */
#ifndef HARNESS_JUDGE_ORDER_H
#define HARNESS_JUDGE_ORDER_H

#include "harness/judge/judge.h"
#include "store/point.h"
#include "store/store.h"

#include <stdint.h>

struct order;

/* One operation.  `sequence` grows with every begin, end and acknowledgement of a run. */
struct order_op {
    enum point point;
    enum point_op op;
    const char *path;
    const char *target;
    uint64_t offset;
    const void *data; /* of a write */
    uint64_t size_bytes;
};

/* NULL when out of memory.  `options`: mode, flush, file sizes, quirks. */
struct order *order_new(const struct store_options *options);
struct order *order_free(struct order *order);
/* Forgets everything: a new run on a store of which all is durable. */
void order_clear(struct order *order);
/* A new round of the same store: what was cached still is. */
void order_round(struct order *order);

/* Thread-safe.  Calls to one `op` come in pairs with the same pointer. */
void order_begin(struct order *order, const struct order_op *op);
/* `is_void`: a sync that returned 0 and has nothing durable (a lie, or switched off). */
void order_end(struct order *order, const struct order_op *op, int64_t result, bool is_void);
/* A put was answered PUT_OK that promised durability (sync mode, WAIT not false). */
void order_acked(struct order *order, uint64_t physical_offset, uint32_t size_bytes);

/* Adds the violations found so far, of PROPERTY_ORDER_DURABLE: file, offset, rule, what was not
 * durable.  Returns how many there are, whether told or not. */
uint32_t order_report(const struct order *order, struct judge_report *report);
/* Which rules had something to judge, as bits of a small enum of order.c: for tests of vacuity. */
uint32_t order_rules_used(const struct order *order);
const char *order_rule_name(uint32_t rule); /* NULL past the last */

#endif
