/* Looks at names and sizes. */
#include "harness/oracle/decode/disk_detect.h"

#include "harness/oracle/decode/disk_log_list.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SIZES_MAX 8

/* How often each size was seen; more kinds than these are all wrong but one. */
struct sizes {
    uint64_t size[SIZES_MAX];
    uint32_t count[SIZES_MAX];
};

/* Past SIZES_MAX kinds a size is not counted: then hardly any two files are alike, and every
 * choice is as bad. A file without a byte has lost them, and has no vote. */
static void add_size(struct sizes *sizes, uint64_t size)
{
    for (size_t i = 0; i < SIZES_MAX && size > 0; i++) {
        if (sizes->count[i] == 0 || sizes->size[i] == size) {
            sizes->size[i] = size;
            sizes->count[i]++;
            return;
        }
    }
}

static uint64_t most_frequent(const struct sizes *sizes)
{
    size_t best = 0;
    for (size_t i = 1; i < SIZES_MAX; i++) {
        if (sizes->count[i] > sizes->count[best]) {
            best = i;
        }
    }
    return sizes->size[best];
}

struct root {
    char base[DISK_DETECT_BASE_SIZE_BYTES];
    uint32_t base_count;
    bool has_commitlog;
};

/* The first DLedger directory by name is taken; a store has one. */
static int look(void *arg, const char *name, bool is_dir)
{
    struct root *root = arg;
    if (!is_dir) {
        return 0;
    }
    if (strcmp(name, DISK_LOG_PLAIN_DIRECTORY) == 0) {
        root->has_commitlog = true;
    } else if (strncmp(name, "dledger-", 8) == 0 && root->base_count++ == 0) {
        snprintf(root->base, sizeof root->base, "%s", name);
    }
    return 0;
}

/* Most files decide and not the first: a crash leaves the last one short, and rot may cut any. */
static void set_log_size(struct disk_detect *detect, struct disk_log *log)
{
    struct sizes sizes = {0};
    for (uint32_t i = 0; i < log->file_count; i++) {
        add_size(&sizes, log->files[i].size_bytes);
    }
    if (detect->log_file_size_bytes == 0) {
        detect->log_file_size_bytes = most_frequent(&sizes);
    }
    log->file_size_bytes = detect->log_file_size_bytes;
}

/* All queues of a store have files of one size, so they vote together; a size is cut to whole
 * units. */
static void set_queue_size(struct disk_detect *detect, struct disk_queues *queues)
{
    struct sizes sizes = {0};
    for (uint32_t i = 0; i < queues->queue_count; i++) {
        const struct disk_queue *queue = &queues->queues[i];
        for (uint32_t n = 0; n < queue->file_count; n++) {
            add_size(&sizes, queues->files[queue->file_at + n].size_bytes);
        }
    }
    if (detect->queue_file_size_bytes == 0) {
        detect->queue_file_size_bytes = most_frequent(&sizes);
    }
    /* Units never straddle files. */
    queues->file_size_bytes =
        detect->queue_file_size_bytes - detect->queue_file_size_bytes % DISK_QUEUE_UNIT_SIZE_BYTES;
    if (queues->file_size_bytes == 0) {
        queues->file_size_bytes = DISK_QUEUE_UNIT_SIZE_BYTES;
    }
}

/* A DLedger directory without data is that of a store that has not been taken over yet. */
static int find_log(struct disk_detect *detect, struct disk_log *log, const struct root *root,
                    const struct view *view, struct err *err)
{
    int r = 0;
    detect->base[0] = '\0';
    detect->base_count = root->base_count;
    detect->ignored_count = 0;
    log->file_count = 0;
    if (root->base[0] != '\0') {
        snprintf(log->directory, sizeof log->directory, "%s/data", root->base);
        log->is_dledger = true;
        r = disk_log_list(log, view, err);
        if (r < 0) {
            return r;
        }
    }
    bool has_data = log->file_count > 0 || log->has_empty_file;
    if (root->has_commitlog && has_data) {
        r = disk_log_list_old(log, view, &detect->ignored_count, err);
    } else if (root->has_commitlog) {
        snprintf(log->directory, sizeof log->directory, DISK_LOG_PLAIN_DIRECTORY);
        log->is_dledger = false;
        r = disk_log_list(log, view, err);
    }
    if (r == 0 && log->is_dledger) {
        memcpy(detect->base, root->base, sizeof detect->base);
    }
    return r;
}

int disk_detect(struct disk_detect *detect, struct disk_log *log, struct disk_queues *queues,
                const struct view *view, struct err *err)
{
    struct root root = {.has_commitlog = false};
    int r = view->list(view->arg, "", look, &root);
    if (r < 0) {
        return err_set(err, r, "list the store's directory");
    }
    if (root.base[0] == '\0' && !root.has_commitlog) {
        return err_set(err, -ENOENT, "not a store: neither commitlog/ nor dledger-*/ is there");
    }
    r = find_log(detect, log, &root, view, err);
    if (r < 0) {
        return r;
    }
    set_log_size(detect, log);
    r = disk_queue_list(queues, view, err);
    if (r == 0) {
        set_queue_size(detect, queues);
    }
    return r;
}
