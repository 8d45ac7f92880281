/* Commits against what the offsets' file holds: see order_offsets.h. */
#include "harness/oracle/order/order_offsets.h"

#include "harness/oracle/decode/disk_offsets.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define WINDOW_MS  5050     /* RocketMQ's flushConsumerOffsetInterval, and a step */
#define CONFIG_DIR "config" /* of the file, of its .tmp and .bak, and of nothing else */
#define TMP_PATH   DISK_OFFSETS_PATH ".tmp"

void order_offsets_clear(struct order_offsets *offsets)
{
    order_offsets_round(offsets);
    offsets->is_full = false;
    offsets->main.size_bytes = 0;
    offsets->fresh.size_bytes = 0;
}

void order_offsets_round(struct order_offsets *offsets)
{
    offsets->queue_count = 0;
    offsets->is_over = false;
    offsets->since_ms = INT64_MIN;
    offsets->next_ms = INT64_MAX;
}

/* A failed persist is tried again when its period has passed once more. */
void order_offsets_held(struct order_offsets *offsets, int64_t until_ms)
{
    offsets->since_ms = until_ms > offsets->since_ms ? until_ms : offsets->since_ms;
}

static struct order_offsets_queue *take_queue(struct order_offsets *offsets,
                                              const struct order_commit *commit)
{
    for (uint32_t i = 0; i < offsets->queue_count; i++) {
        struct order_offsets_queue *queue = &offsets->queues[i];
        size_t length = strlen(commit->topic);
        if (queue->queue_id == commit->queue_id &&
            strncmp(queue->key, commit->topic, length) == 0 && queue->key[length] == '@' &&
            strcmp(queue->key + length + 1, commit->group) == 0) {
            return queue;
        }
    }
    if (offsets->queue_count == ORDER_OFFSETS_QUEUES_MAX) {
        offsets->is_full = true;
        return NULL;
    }
    struct order_offsets_queue *queue = &offsets->queues[offsets->queue_count++];
    queue->count = 0;
    queue->queue_id = commit->queue_id;
    (void)snprintf(queue->key, sizeof(queue->key), "%s@%s", commit->topic, commit->group);
    return queue;
}

/* With no room for one more, the last takes its value: the age of the first is what counts. */
void order_offsets_committed(struct order_offsets *offsets, const struct order_commit *commit,
                             int64_t now_ms)
{
    struct order_offsets_queue *queue = take_queue(offsets, commit);
    if (queue == NULL) {
        return;
    }
    if (queue->count == ORDER_OFFSETS_COMMITS_MAX) {
        queue->offsets[queue->count - 1] = commit->offset;
        return;
    }
    queue->offsets[queue->count] = commit->offset;
    queue->since_ms[queue->count++] = now_ms;
    if (now_ms + WINDOW_MS < offsets->next_ms) {
        offsets->next_ms = now_ms + WINDOW_MS;
    }
}

/* The file as a view of one name, for the oracle's own reader. */
static int64_t view_size(void *arg, const char *path)
{
    const struct order_offsets_text *text = arg;
    return strcmp(path, DISK_OFFSETS_PATH) == 0 ? (int64_t)text->size_bytes : -ENOENT;
}

static int64_t view_read(void *arg, const char *path, uint64_t offset, void *data,
                         size_t size_bytes)
{
    const struct order_offsets_text *text = arg;
    if (strcmp(path, DISK_OFFSETS_PATH) != 0) {
        return -ENOENT;
    }
    size_t left = offset < text->size_bytes ? text->size_bytes - (size_t)offset : 0;
    size_t count = left < size_bytes ? left : size_bytes;
    memcpy(data, text->data + (left == 0 ? 0 : offset), count);
    return (int64_t)count;
}

/* What the file has of a queue is the commit that bears the same number, and covers all before it.
 */
static void settle_queue(struct order_offsets_queue *queue, int64_t offset)
{
    uint32_t covered = queue->count;
    while (covered > 0 && queue->offsets[covered - 1] != offset) {
        covered--;
    }
    queue->count -= covered;
    memmove(queue->offsets, queue->offsets + covered, queue->count * sizeof(queue->offsets[0]));
    memmove(queue->since_ms, queue->since_ms + covered, queue->count * sizeof(queue->since_ms[0]));
}

/* A text that does not parse covers nothing. */
static void settle(struct order_offsets *offsets)
{
    const struct view view = {.arg = &offsets->main, .size = view_size, .read = view_read};
    struct disk_offsets found = {0};
    if (offsets->queue_count == 0) {
        return;
    }
    if (disk_offsets_read(&found, &view, NULL) == 0) {
        for (uint32_t i = 0; i < offsets->queue_count; i++) {
            struct order_offsets_queue *queue = &offsets->queues[i];
            int64_t offset = disk_offsets_find(&found, queue->key, queue->queue_id);
            if (queue->count > 0 && offset >= 0) {
                settle_queue(queue, offset);
            }
        }
    }
    disk_offsets_done(&found);
}

static struct order_offsets_text *text_of(struct order_offsets *offsets, const char *path)
{
    if (strcmp(path, DISK_OFFSETS_PATH) == 0) {
        return &offsets->main;
    }
    return strcmp(path, TMP_PATH) == 0 ? &offsets->fresh : NULL;
}

static void write_text(struct order_offsets *offsets, struct order_offsets_text *text,
                       const struct disk_call *op, uint64_t size_bytes)
{
    uint64_t end = op->offset + size_bytes;
    if (op->data == NULL || end > sizeof(text->data)) {
        offsets->is_full = true;
        return;
    }
    memcpy(text->data + op->offset, op->data, size_bytes);
    text->size_bytes = end > text->size_bytes ? (uint32_t)end : text->size_bytes;
}

void order_offsets_ended(struct order_offsets *offsets, const struct disk_call *op, int64_t result,
                         int64_t now_ms)
{
    struct order_offsets_text *text = text_of(offsets, op->path);
    if (strncmp(op->path, CONFIG_DIR, strlen(CONFIG_DIR)) != 0) {
        return;
    }
    if (result < 0 && !(op->op == POINT_OP_UNLINK && result == -ENOENT)) {
        order_offsets_held(offsets, now_ms);
        return;
    }
    if (text == NULL || result < 0) {
        return;
    }
    if (op->op == POINT_OP_TRUNCATE || op->op == POINT_OP_UNLINK) {
        text->size_bytes = 0;
    } else if (op->op == POINT_OP_WRITE) {
        write_text(offsets, text, op, (uint64_t)result);
    } else if (op->op == POINT_OP_RENAME && text == &offsets->fresh) {
        offsets->main.size_bytes = text->size_bytes;
        memcpy(offsets->main.data, text->data, text->size_bytes);
    }
    bool is_main = text == &offsets->main || op->op == POINT_OP_RENAME;
    if (is_main && !offsets->is_full && op->op != POINT_OP_SYNC) {
        settle(offsets);
    }
}

bool order_offsets_find(struct order_offsets *offsets, int64_t now_ms,
                        struct order_offsets_overdue *ret_overdue)
{
    bool is_found = false;
    if (now_ms <= offsets->next_ms || offsets->is_full || offsets->is_over) {
        return false;
    }
    offsets->next_ms = INT64_MAX;
    for (uint32_t i = 0; i < offsets->queue_count; i++) {
        struct order_offsets_queue *queue = &offsets->queues[i];
        if (queue->count == 0) {
            continue;
        }
        int64_t since_ms =
            queue->since_ms[0] > offsets->since_ms ? queue->since_ms[0] : offsets->since_ms;
        if (since_ms + WINDOW_MS >= now_ms) {
            offsets->next_ms =
                since_ms + WINDOW_MS < offsets->next_ms ? since_ms + WINDOW_MS : offsets->next_ms;
        } else if (!is_found) {
            *ret_overdue = (struct order_offsets_overdue){queue, now_ms - since_ms};
            is_found = true;
        }
    }
    offsets->is_over = is_found;
    return is_found;
}
