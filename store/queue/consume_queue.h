/* One consume queue: units of 20 bytes, one per indexable record, unit k at byte 20k (RocketMQ:
 * ConsumeQueue).  It has two ways of taking a unit: RocketMQ's put rule, and the guard
 * queue-heal's, which writes each unit at exactly its index; and two of being recovered, each in a
 * file of its own. */
#ifndef STORE_QUEUE_CONSUME_QUEUE_H
#define STORE_QUEUE_CONSUME_QUEUE_H

#include "store/base/err.h"
#include "store/files/segment_list.h"
#include "store/files/sync_batch.h"
#include "store/queue/consume_queue_unit.h"

#include <stdbool.h>
#include <stdint.h>

struct consume_queue;

/* The points of the queues, for the directories above them. */
const struct segment_list_points *consume_queue_points(void);

/* A queue without files: what a first message makes.  `options` must outlive the queue. */
int consume_queue_new(const struct consume_queue_options *options, const char *topic,
                      int32_t queue_id, struct consume_queue **ret_queue);
/* A queue as found on disk; its end is open until consume_queue_recover() or a healing ran. */
int consume_queue_load(const struct consume_queue_options *options, const char *topic,
                       int32_t queue_id, struct consume_queue **ret_queue, struct err *err);
/* Closes its files; writes nothing. Takes NULL, returns NULL. */
struct consume_queue *consume_queue_free(struct consume_queue *queue);

/* The queue's topic and id; the topic lives as long as the queue. */
const char *consume_queue_topic(const struct consume_queue *queue);
int32_t consume_queue_id(const struct consume_queue *queue);
/* First readable unit and the one after the last. */
int64_t consume_queue_min(const struct consume_queue *queue);
int64_t consume_queue_max(const struct consume_queue *queue);
/* Whether it has at least one unit, readable or not. */
bool consume_queue_has_units(const struct consume_queue *queue);
/* Whether it has a file at all: without one the next unit begins the queue anew. */
bool consume_queue_has_files(const struct consume_queue *queue);
/* Physical offset after the last indexed record; -1: none. */
int64_t consume_queue_max_physic(const struct consume_queue *queue);

/* The queueOffset the next message gets. */
int64_t consume_queue_next_offset(const struct consume_queue *queue);
/* Sets the offset that the next record of this queue is given. */
void consume_queue_set_next_offset(struct consume_queue *queue, int64_t offset);

/* Reads unit `index`, which must lie in [first, max). What it says may be torn or stale: only
 * recovery makes units true. */
int consume_queue_read(struct consume_queue *queue, int64_t index,
                       struct consume_queue_unit *ret_unit, struct err *err);

/* RocketMQ's putMessagePositionInfo. */
int consume_queue_put(struct consume_queue *queue, const struct consume_queue_unit *unit,
                      int64_t index, struct err *err);
/* Puts the unit at exactly `index`, which should be the next. */
int consume_queue_put_exact(struct consume_queue *queue, const struct consume_queue_unit *unit,
                            int64_t index, struct err *err);

/* Index after the last unit whose record starts below `physical_offset`, by binary search over the
 * files whatever the end is.  Returns 0, or a negative code. */
int consume_queue_units_below(struct consume_queue *queue, uint64_t physical_offset,
                              int64_t *ret_index, struct err *err);
/* Ends the queue before `index`; touches no file. */
void consume_queue_set_max(struct consume_queue *queue, int64_t index);
/* First unit of the files there are. */
int64_t consume_queue_first(const struct consume_queue *queue);

/* RocketMQ's ConsumeQueue.recover: the last three files; files past the first bad unit are cut. */
int consume_queue_recover(struct consume_queue *queue, struct err *err);
/* RocketMQ's truncateDirtyLogicFiles. */
int consume_queue_recover_truncate(struct consume_queue *queue, uint64_t physical_offset,
                                   struct err *err);

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

/* Zeroes stale bytes past the end (guard tail-zero) and removes files wholly beyond it. */
int consume_queue_clean_tail(struct consume_queue *queue, struct err *err);
/* Cuts the units of records at or past `physical_offset`, and cleans the tail. */
int consume_queue_cut(struct consume_queue *queue, uint64_t physical_offset, struct err *err);
/* Takes note that no unit from `index` on is known to be durable. */
void consume_queue_suspect(struct consume_queue *queue, int64_t index);

/* Finds the first readable unit: not pre-blank, its record at or above `log_min`. */
int consume_queue_correct_min(struct consume_queue *queue, uint64_t log_min, struct err *err);
/* Removes the first file when its last unit is below `log_min`. Returns 1 when it did. */
int consume_queue_expire_one(struct consume_queue *queue, uint64_t log_min, struct err *err);

/* Adds its dirty files to a batch. */
int consume_queue_collect(struct consume_queue *queue, struct sync_batch *batch);
/* Whether a unit or a file's entry is not durable yet. */
bool consume_queue_is_dirty(const struct consume_queue *queue);
/* The queue's directory, made on the first unit: 0, or a negative code. */
bool consume_queue_has_dir(const struct consume_queue *queue);
/* Says that its directory is there, so that no put makes it again. */
void consume_queue_set_has_dir(struct consume_queue *queue);
/* The files below it, in the directory "consumequeue/TOPIC/ID", for who syncs and rewrites them. */
struct segment_list *consume_queue_segments(const struct consume_queue *queue);

#endif
