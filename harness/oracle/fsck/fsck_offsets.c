/* Compares each committed offset with its queue's end. */
#include "harness/oracle/fsck/fsck_offsets.h"

#include <inttypes.h>
#include <string.h>

/* Against the larger of what units and records say: without a scenario nobody knows whether the
 * dispatcher had caught up. */
static void judge_offsets(struct fsck *fsck)
{
    for (uint32_t i = 0; i < fsck->offsets.count; i++) {
        const struct disk_offset *entry = &fsck->offsets.entries[i];
        const char *key = disk_offsets_key(&fsck->offsets, entry);
        const char *at = strchr(key, '@');
        uint32_t topic_size = at != NULL ? (uint32_t)(at - key) : entry->key_size_bytes;
        uint32_t index = disk_queue_lookup(&fsck->queues, key, topic_size, entry->queue_id);
        if (index == UINT32_MAX) {
            /* RocketMQ keeps the offsets of deleted topics. */
            continue;
        }
        const struct disk_queue *queue = &fsck->queues.queues[index];
        int64_t max = (int64_t)queue->max_index;
        max = queue->last_queue_offset >= max ? queue->last_queue_offset + 1 : max;
        if (entry->offset > max) {
            const struct disk_finding where = {.property = PROPERTY_CONSUMER_OFFSET,
                                               .file = fsck->offsets.path};
            disk_sink_add(&fsck->sink, &where,
                          "%.96s queue %" PRId32
                          ": the committed offset is beyond max, expected at most %" PRId64
                          ", found %" PRId64,
                          key, entry->queue_id, max, entry->offset);
        }
    }
}

int fsck_offsets_judge(struct fsck *fsck, struct err *err)
{
    int r = disk_offsets_read(&fsck->offsets, fsck->view, err);
    if (r < 0) {
        return r;
    }
    judge_offsets(fsck);
    return 0;
}
