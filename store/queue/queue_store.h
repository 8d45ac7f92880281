/* All consume queues of a store, in ascending order of topic and queue id, and the directories they
 * lie in (RocketMQ: ConsumeQueueStore). */
#ifndef STORE_QUEUE_QUEUE_STORE_H
#define STORE_QUEUE_QUEUE_STORE_H

#include "store/queue/consume_queue.h"

#define QUEUE_STORE_DIR "consumequeue"

struct queue_store;

/* How many queues have a unit below an offset, and a hash of (topic, queue, units): what the
 * durable mark says of the queues. */
struct queue_store_sum {
    uint32_t queue_count;
    uint64_t hash;
};

/* Whether `topic` can be a directory's name: not empty, no '/', no zero byte, not too long. */
bool queue_store_is_topic(const char *topic, size_t size_bytes);

/* Finds the queues there are. `options` is copied. */
int queue_store_open(const struct consume_queue_options *options, struct queue_store **ret_store,
                     struct err *err);
/* Frees all queues; writes nothing. */
struct queue_store *queue_store_free(struct queue_store *store);

/* The queues in their order; `at` is below the count. */
size_t queue_store_count(const struct queue_store *store);
struct consume_queue *queue_store_at(const struct queue_store *store, size_t at);
/* NULL when there is none. */
struct consume_queue *queue_store_find(const struct queue_store *store, const char *topic,
                                       size_t topic_size_bytes, int32_t queue_id);
/* Finds a queue or adds one without files.  Returns 0 or -ENOMEM. */
int queue_store_get(struct queue_store *store, const char *topic, size_t topic_size_bytes,
                    int32_t queue_id, struct consume_queue **ret_queue);
/* Makes the queue's directories, when it has none yet. */
int queue_store_ensure_dir(struct queue_store *store, struct consume_queue *queue, struct err *err);

/* The highest physical offset that a queue knows; -1 without queues. */
int64_t queue_store_max_physic(const struct queue_store *store);
/* Adds a queue with `units` (the index after its last unit) to a sum.  The order of the queues does
 * not matter. */
void queue_store_add_to_sum(struct queue_store_sum *sum, const struct consume_queue *queue,
                            int64_t units);
/* The sum over the units of records below an offset, looked up in the files; with `is_ended` each
 * queue ends there from now on.  Returns 0, or a negative code when a read failed: then the sum
 * says nothing, and the queues before the failed one are ended already. */
int queue_store_sum_below(struct queue_store *store, uint64_t physical_offset, bool is_ended,
                          struct queue_store_sum *ret_sum, struct err *err);
/* Where the last record that has a unit begins below an offset, looked up in the files; -1: there
 * is none.  Returns 0, or a negative code when a read failed. */
int queue_store_last_below(struct queue_store *store, uint64_t physical_offset, int64_t *ret_record,
                           struct err *err);
/* The sum over all queues as they stand. */
void queue_store_sum_now(const struct queue_store *store, struct queue_store_sum *ret_sum);

/* Adds all that is dirty; directories first where they hold what is synced. */
int queue_store_collect(struct queue_store *store, struct sync_batch *batch);
/* Takes note of what a batch made durable in these queues. */
void queue_store_synced(struct queue_store *store, const struct sync_batch *batch);
/* Whether any unit, file or directory of a queue is not durable yet. */
bool queue_store_is_dirty(const struct queue_store *store);
/* Writes again, as they are, the units of which it is not known that they are durable, and syncs
 * them and every directory. */
int queue_store_rewrite(struct queue_store *store, struct err *err);

#endif
