/* `order-durable`: rules over the operations of a run, crash or not, on any disk.  What is relied
 * on must have been durable before:
 *
 * - all of the log up to the end of a record, before a sync-and-wait put of it is acknowledged
 *   PUT_OK (recovery ends at the first gap);
 * - log and queue units below an offset, before a mark of that offset is written to `checkpoint`;
 * - a zeroed tail of log or queue, before the next append to that log or file;
 * - queue units and the mark, before the log file under them is unlinked by retention, and that
 *   unlink before a queue file goes;
 * - a lowered mark, before the log above it is zeroed or unlinked;
 * - everything, before `abort` is unlinked; and `abort` itself, before the first append;
 * - the bytes of a file, before it is renamed over another that recovery reads;
 * - a directory entry (and the directories above it), before any of the above relies on what it
 *   leads to.
 *
 * Durable means: every write to it ended before a sync of that file, or a sync of the directory,
 * began which returned 0 and was not a lie.  What a failed sync of log or queue was to cover is not
 * durable before it is written again (page by page) and synced.  Decodes what is written by itself
 * (judge/), never with the engine's codecs.
 *
 * And by virtual time, of services that are stepped: `loss-window` and `offsets-fresh`
 * (order_window.h, order_offsets.h).
 *
 * All rules are judged whatever guards are on; those about the mark only once one was written.  The
 * lock file, *.tmp files and the name `abort` being gone are nobody's concern. */
#ifndef HARNESS_ORACLE_ORDER_ORDER_H
#define HARNESS_ORACLE_ORDER_ORDER_H

#include "harness/oracle/rules/judge.h"
#include "store/disk/disk.h"
#include "store/format/types.h"

#include <stdbool.h>
#include <stdint.h>

struct order;

/* X(id, MECHANISM): its name is the mechanism's, and so is its property. */
#define ORDER_RULE_MAP(X)                     \
    X(ACK, LOG_BEFORE_ACK)                    \
    X(MARK, LOG_AND_QUEUES_BEFORE_MARK)       \
    X(TAIL, TAIL_BEFORE_APPEND)               \
    X(EXPIRY, QUEUES_AND_MARK_BEFORE_EXPIRY)  \
    X(EXPIRED, DIRECTORY_BEFORE_QUEUE_EXPIRY) \
    X(CUT, MARK_BEFORE_CUT)                   \
    X(STOP, EVERYTHING_BEFORE_ABORT_GOES)     \
    X(ABORT, ABORT_BEFORE_APPEND)             \
    X(RENAME, BYTES_BEFORE_RENAME)            \
    X(WINDOW, LOG_WITHIN_WINDOW)              \
    X(OFFSETS, COMMIT_WITHIN_PERIOD)

enum order_rule {
#define X(id, ...) ORDER_RULE_##id,
    ORDER_RULE_MAP(X)
#undef X
        ORDER_RULE_COUNT
};

/* A consumer offset of a queue. */
struct order_commit {
    const char *topic;
    const char *group;
    int32_t queue_id;
    int64_t offset;
};

/* NULL when out of memory.  `options`: mode, flush, services, file sizes, quirks.  The checker lies
 * in memory that forked processes share: what they tell it is known to all, a kill loses nothing.
 * Only one of them may use it at a time.  Its room is fixed; past it the rest is not judged
 * (order_is_full). */
struct order *order_new(const struct store_options *options, enum quirk_profile profile);
/* Unmaps it here; a forked process that shares it keeps its own mapping. Returns NULL; NULL is
 * none. */
struct order *order_free(struct order *order);
/* All calls but order_new() and order_report() may be given NULL, and do nothing then. */

/* Forgets everything: a new run on a store of which all is durable. */
void order_clear(struct order *order);
/* A new round of the same store: what was cached still is.  With services in threads a kill may
 * have struck inside the checker, so all is taken as durable then. */
void order_round(struct order *order);

/* Files were changed behind the store's back: all that is there counts as durable.  What was found
 * stays. */
void order_forget(struct order *order);

/* Thread-safe when the services are threads.  Calls come in pairs; `id` is not NULL, the same at
 * the begin and the end of an operation, and no other's meanwhile. */
void order_begin(struct order *order, const void *id, const struct disk_call *op);
/* `is_void`: a sync that returned 0 and has nothing durable (a lie, or switched off). */
void order_end(struct order *order, const void *id, const struct disk_call *op, int64_t result,
               bool is_void);
/* A put was answered PUT_OK that promised durability (sync mode, WAIT not false). */
void order_acked(struct order *order, uint64_t physical_offset, uint32_t size_bytes);

/* What the rules of virtual time need.  Before the begin of each operation, and between: */
void order_clock(struct order *order, int64_t now_ms);
/* The store is open: recovery is over. */
void order_opened(struct order *order);
/* The service does not run until then. */
void order_held(struct order *order, enum store_service service, int64_t until_ms);
/* An offset is about to be committed. */
void order_committed(struct order *order, const struct order_commit *commit);

/* Adds the violations found so far, each of its rule's property: file, offset, rule, what was not
 * durable.  Returns how many there are, whether told or not. */
uint32_t order_report(const struct order *order, struct judge_report *report);
/* Whether more was going on than there is room for; what a person is told then. */
#define ORDER_FULL_TEXT \
    "order-durable could not be judged to the end: more is not durable at a time than it has room for"
bool order_is_full(const struct order *order);
/* What was broken so far, told or not: bit per enum mechanism. */
uint64_t order_mechanisms(const struct order *order);
/* Which rules had something to judge, as bits of enum order_rule: for tests of vacuity. */
uint32_t order_rules_used(const struct order *order);
const char *order_findings_rule_name(uint32_t rule); /* NULL past the last */

#endif
