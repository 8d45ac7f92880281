/* Rounds of syncs: see sync_batch.h. */
#include "store/files/sync_batch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void sync_batch_init(struct sync_batch *batch, struct disk *disk)
{
    *batch = (struct sync_batch){.disk = disk};
}

void sync_batch_done(struct sync_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        free(batch->items[i].dir);
    }
    free(batch->items);
    *batch = (struct sync_batch){.disk = batch->disk};
}

static struct sync_batch_item *add(struct sync_batch *batch)
{
    if (batch->count == batch->capacity) {
        size_t capacity = batch->capacity == 0 ? 8 : batch->capacity * 2;
        struct sync_batch_item *items = reallocarray(batch->items, capacity, sizeof(*items));
        if (items == NULL) {
            return NULL;
        }
        batch->items = items;
        batch->capacity = capacity;
    }
    return &batch->items[batch->count];
}

int sync_batch_add_file(struct sync_batch *batch, const struct sync_batch_item *item)
{
    struct sync_batch_item *slot = add(batch);
    if (slot == NULL) {
        return -ENOMEM;
    }
    *slot = *item;
    slot->dir = NULL;
    batch->count++;
    return 0;
}

int sync_batch_add_dir(struct sync_batch *batch, enum point point, const char *dir,
                       const struct sync_batch_item *item)
{
    struct sync_batch_item *slot = add(batch);
    if (slot == NULL) {
        return -ENOMEM;
    }
    *slot = *item;
    slot->file = NULL;
    slot->point = point;
    slot->dir = strdup(dir);
    if (slot->dir == NULL) {
        return -ENOMEM;
    }
    batch->count++;
    return 0;
}

int sync_batch_dir(struct disk *disk, enum point point, const char *dir, bool is_twice,
                   struct err *err)
{
    int r = disk_sync_dir(disk, point, dir, err);
    return r == 0 && is_twice ? disk_sync_dir(disk, point, dir, err) : r;
}

int sync_batch_run(struct sync_batch *batch, struct err *err)
{
    for (batch->done_count = 0; batch->done_count < batch->count; batch->done_count++) {
        const struct sync_batch_item *item = &batch->items[batch->done_count];
        int r = item->file != NULL
                    ? disk_sync(item->file, item->point, err)
                    : sync_batch_dir(batch->disk, item->point, item->dir, batch->is_dir_twice, err);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}
