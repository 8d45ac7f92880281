/* The public face of the broker store engine: puts, reads, consumer offsets, services.
 *
 * Puts are asynchronous: store_put() appends and returns; the completion comes from within
 * store_put() (async mode, refusals) or from the flush service (sync mode).  In manual mode
 * the caller runs each service by store_step(); in threads mode each has its own thread. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "store/base/err.h"
#include "store/base/event.h"
#include "store/disk/disk.h"
#include "store/format/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;

/* Opens, recovers and starts.  `disk` and `env` stay the caller's and must outlive the store.
 * When it returns 0 everything that recovery relies on is written; the abort file exists.
 * Returns -EAGAIN (locked by another process), ERR_CORRUPT (a directory that cannot be
 * repaired), ERR_REFUSED (an error kept it from judging the directory, or RocketMQ's batch queues
 * are in it) or -errno; nothing below the durable mark was changed then. */
int store_open(const struct store_options *options, struct disk *disk, const struct env *env,
               const struct event_sink *sink, struct store **ret_store, struct err *err);

/* Stops cleanly (`graceful`): finishes waiting puts, dispatches and syncs all, removes abort if
 * everything is durable, else keeps it and returns ERR_REFUSED.  Not graceful: closes the files
 * and frees, writing nothing: what a kill leaves.  The store is freed whatever it returns. */
int store_close(struct store *store, bool graceful, struct err *err);

/* Appends `message`; `done` is called exactly once.  Returns 0 when `done` was or will be called,
 * which includes refusals.  Properties that RocketMQ's broker gives a message are taken as they
 * come: INNER_MULTI_QUEUE_OFFSET makes units in the queues that INNER_MULTI_DISPATCH names. */
int store_put(struct store *store, const struct store_message *message, store_put_done done,
              void *arg);

/* Serves the record a queue's unit points at.  -ENODATA: no such queue offset; ERR_CORRUPT: the
 * unit or the record is damaged; -EIO. */
int store_get(struct store *store, const char *topic, int32_t queue_id, int64_t queue_offset,
              struct store_record *ret_record, struct err *err);

/* First readable and next free queue offset; 0 and 0 for an unknown queue. */
int64_t store_min_offset(struct store *store, const char *topic, int32_t queue_id);
int64_t store_max_offset(struct store *store, const char *topic, int32_t queue_id);

/* The log's first and next physical offset. */
uint64_t store_log_min(struct store *store);
uint64_t store_log_max(struct store *store);

/* Remembers that `group` consumed below `offset`; durable after the OFFSETS service ran. */
int store_commit_offset(struct store *store, const char *topic, const char *group, int32_t queue_id,
                        int64_t offset, struct err *err);
/* The committed offset, or -1. */
int64_t store_committed_offset(struct store *store, const char *topic, const char *group,
                               int32_t queue_id);

/* Cuts the log at `physical_offset` (a record's start), queues with it, as a DLedger follower
 * does.  Synced when it returns 0. */
int store_truncate(struct store *store, uint64_t physical_offset, struct err *err);

/* Log files whose last record is older than `reserved_ms` are to go; the RETENTION service does
 * it, one file a step, the last file never. */
void store_expire(struct store *store, int64_t reserved_ms);

/* Manual mode. Runs one step of a service, whether or not its timer is due.  Returns 1 when it did
 * something, 0 when there was nothing to do, negative when it failed (it goes on next time). */
int store_step(struct store *store, enum store_service service, struct err *err);
/* Whether a step of `service` would find work now, timers aside. */
bool store_has_work(struct store *store, enum store_service service);
/* Manual mode, from within a call of the store's disk: whether a step of `service` (or, with
 * STORE_SERVICE_COUNT, a put) would find every lock free that it takes, so that it can run there as
 * another thread's would. */
bool store_is_free(struct store *store, enum store_service service);
/* When the service's timer is due, in env time; INT64_MAX: never without new work. */
int64_t store_due_ms(struct store *store, enum store_service service);
/* Whether the store still takes puts; false after a fail-stop. */
bool store_is_writable(struct store *store);
/* Keeps `service` from running by itself in threads mode (a held-back dispatcher). */
void store_hold(struct store *store, enum store_service service, bool held);

#endif
