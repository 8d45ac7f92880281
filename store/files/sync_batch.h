/* What one round of syncs covers: files and directories, gathered while the store's state is
 * locked, synced while it is not, and answered for under the lock again. */
#ifndef STORE_FILES_SYNC_BATCH_H
#define STORE_FILES_SYNC_BATCH_H

#include "store/base/err.h"
#include "store/disk/disk.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A file (`file`) or a directory (`dir`, no file).  `owner`, `start` and `write_seq` say to the
 * owner which writes the sync covers. */
struct sync_batch_item {
    struct disk_file *file;
    char *dir;
    enum point point;
    void *owner;
    uint64_t start;
    uint64_t write_seq;
    bool is_parent; /* a directory that holds directories of the owner's, not its files */
};

struct sync_batch {
    struct disk *disk;
    struct sync_batch_item *items;
    uint32_t count;
    uint32_t capacity;
    uint32_t done_count; /* items synced by sync_batch_run, in order */
    bool is_confirming;  /* gathers what one sync covers, too */
    bool is_one_file; /* gathers the first dirty file of each list, as a flush of RocketMQ's does */
    bool is_dir_twice; /* guard second-sync: a directory is synced twice at once */
};

/* An empty batch for files and directories of `disk`. */
void sync_batch_init(struct sync_batch *batch, struct disk *disk);
/* Frees it; says nothing of what was synced. */
void sync_batch_done(struct sync_batch *batch);

/* Adds a file as it is now; `item` is copied, its `dir` is ignored.  Returns 0 or -ENOMEM. */
int sync_batch_add_file(struct sync_batch *batch, const struct sync_batch_item *item);
/* Adds a directory by name.  Returns 0 or -ENOMEM. */
int sync_batch_add_dir(struct sync_batch *batch, enum point point, const char *dir,
                       const struct sync_batch_item *item);

/* Syncs the items in order and stops at the first failure.  Needs no lock, but the files must
 * stay open.  Items before `done_count` are durable, as they were when they were added. */
int sync_batch_run(struct sync_batch *batch, struct err *err);
/* Syncs a directory, twice if asked to: it costs little, and no later sync would come. */
int sync_batch_dir(struct disk *disk, enum point point, const char *dir, bool is_twice,
                   struct err *err);

#endif
