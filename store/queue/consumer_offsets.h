/* What each consumer group has consumed: a table in memory, and config/consumerOffset.json, JSON
 * with unquoted integer keys as fastjson writes it (RocketMQ: ConsumerOffsetManager). */
#ifndef STORE_QUEUE_CONSUMER_OFFSETS_H
#define STORE_QUEUE_CONSUMER_OFFSETS_H

#include "store/base/buffer.h"
#include "store/base/err.h"
#include "store/disk/disk.h"

#include <stdbool.h>
#include <stdint.h>

#define CONSUMER_OFFSETS_DIR       "config"
#define CONSUMER_OFFSETS_COUNT_MAX 1000000

struct consumer_offsets;

/* `second_sync`: see text_file.h. */
int consumer_offsets_new(struct disk *disk, bool second_sync,
                         struct consumer_offsets **ret_offsets);
/* Frees the table; what was not saved is lost. */
struct consumer_offsets *consumer_offsets_free(struct consumer_offsets *offsets);

/* How the table is written when a defect is planted. */
struct consumer_offsets_defects {
    bool delete_rename;    /* old deleted, new renamed to it, nothing synced (issue #5905) */
    bool in_place;         /* .bak and file written over, nothing synced (issue #9705) */
    bool backup_pollution; /* in place, and a torn file goes over the good .bak (issue #9705) */
};

/* Plants the ways in which RocketMQ wrote this file (issues #5905 and #9705) for the next saves.
 */
void consumer_offsets_plant(struct consumer_offsets *offsets,
                            const struct consumer_offsets_defects *defects);

/* Reads the file, or its .bak; an empty table when there is neither. ERR_CORRUPT: neither parses.
 */
int consumer_offsets_load(struct consumer_offsets *offsets, struct err *err);
/* Writes the table; durable when it returns 0. `now_ms` goes into dataVersion. */
int consumer_offsets_save(struct consumer_offsets *offsets, int64_t now_ms, struct err *err);
/* Whether an offset was set since the last save that succeeded. */
bool consumer_offsets_is_dirty(const struct consumer_offsets *offsets);

/* Sets an offset.  Returns 0, -ENOMEM or ERR_USAGE (a name with '@', a control character or a
 * quote, or too long). */
int consumer_offsets_set(struct consumer_offsets *offsets, const char *topic, const char *group,
                         int32_t queue_id, int64_t offset, struct err *err);
/* The offset, or -1. */
int64_t consumer_offsets_get(const struct consumer_offsets *offsets, const char *topic,
                             const char *group, int32_t queue_id);

/* Calls `limit` for each entry, in order; lowers offsets above what it returns.  A negative limit
 * leaves the entry alone.  Returns how many were lowered. */
typedef int64_t (*consumer_offsets_limit)(void *arg, const char *topic, size_t topic_size_bytes,
                                          int32_t queue_id);
/* Lowers each offset above its queue's max to it: a consumer must not wait behind a record that
 * the crash took. Returns how many; they are durable after the next save. */
size_t consumer_offsets_clip(struct consumer_offsets *offsets, consumer_offsets_limit limit,
                             void *arg);

/* Parses a whole file into the table, which it replaces. Returns 0, ERR_CORRUPT with the place, or
 * -ENOMEM; the table is untouched then. */
int consumer_offsets_parse(struct consumer_offsets *offsets, const char *text, size_t size_bytes,
                           struct err *err);

#endif
