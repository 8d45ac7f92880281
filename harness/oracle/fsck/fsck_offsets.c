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
        if (entry->offset < 0) {
            const struct disk_finding where = {.mechanism = MECHANISM_COMMIT_INVENTED,
                                               .file = fsck->offsets.path};
            disk_sink_add(&fsck->sink, &where,
                          "%.96s queue %" PRId32
                          ": the committed offset is negative, expected at least 0, found %" PRId64,
                          key, entry->queue_id, entry->offset);
        }
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
            const struct disk_finding where = {.mechanism = MECHANISM_COMMIT_BEYOND,
                                               .file = fsck->offsets.path};
            disk_sink_add(&fsck->sink, &where,
                          "%.96s queue %" PRId32
                          ": the committed offset is beyond max, expected at most %" PRId64
                          ", found %" PRId64,
                          key, entry->queue_id, max, entry->offset);
        }
    }
}

/* All versions read .bak when the main file is missing, empty or unparsable; an unparsable .bak
 * keeps them from starting. Without any .bak RocketMQ goes on with no committed offset at all,
 * which Killpoint's engine refuses to do. */
static void judge_files(struct fsck *fsck)
{
    const struct disk_offsets *offsets = &fsck->offsets;
    const struct fsck_version *as = fsck->options->as;
    bool is_unsound = offsets->main == DISK_OFFSETS_UNSOUND;
    bool has_backup = offsets->backup == DISK_OFFSETS_SOUND;
    struct disk_finding where = {.mechanism = MECHANISM_FILE_UNREADABLE,
                                 .file = is_unsound ? DISK_OFFSETS_PATH : DISK_OFFSETS_PATH ".bak",
                                 .offset = offsets->unsound_at};
    if (offsets->main == DISK_OFFSETS_SOUND) {
        return;
    }
    if (offsets->backup == DISK_OFFSETS_UNSOUND) {
        disk_sink_add(&fsck->sink, &where,
                      "no table of committed offsets, and %s: nothing starts with it",
                      is_unsound ? ".bak is none either" : "no main file beside it");
    } else if (is_unsound && !has_backup) {
        if (as != NULL && as->id != FSCK_VERSION_KILLPOINT) {
            where.mechanism = MECHANISM_COMMIT_LOST;
        }
        disk_sink_add(
            &fsck->sink, &where,
            "no table of committed offsets, and there is no .bak: RocketMQ starts with all "
            "committed offsets lost, Killpoint's engine refuses to start");
    } else if (is_unsound && fsck->listener != NULL && fsck->listener->note != NULL) {
        fsck->listener->note(fsck->listener->arg, DISK_OFFSETS_PATH
                             " is no table of committed offsets: every version reads .bak instead");
    }
}

int fsck_offsets_judge(struct fsck *fsck, struct err *err)
{
    int r = disk_offsets_read(&fsck->offsets, fsck->view, err);
    if (r < 0) {
        return r;
    }
    judge_files(fsck);
    judge_offsets(fsck);
    return 0;
}
