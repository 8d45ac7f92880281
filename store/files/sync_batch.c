/* Rounds of syncs: see sync_batch.h. */
#include "store/files/sync_batch.h"

#include "store/base/grow.h"

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

/* The batch keeps nothing of an item that did not fit. */
static int add(struct sync_batch *batch, const struct sync_batch_item *item)
{
    int r =
        grow_array((void **)&batch->items, batch->count, &batch->capacity, sizeof(*batch->items));
    if (r < 0) {
        return r;
    }
    batch->items[batch->count++] = *item;
    return 0;
}

int sync_batch_add_file(struct sync_batch *batch, const struct sync_batch_item *item)
{
    struct sync_batch_item added = *item;
    added.dir = NULL;
    return add(batch, &added);
}

int sync_batch_add_dir(struct sync_batch *batch, enum point point, const char *dir,
                       const struct sync_batch_item *item)
{
    struct sync_batch_item added = *item;
    added.file = NULL;
    added.point = point;
    added.dir = strdup(dir);
    int r = added.dir == NULL ? -ENOMEM : add(batch, &added);
    if (r < 0) {
        free(added.dir);
    }
    return r;
}

int sync_batch_dir(struct disk *disk, enum point point, const char *dir, bool is_twice,
                   struct err *err)
{
    int r = disk_sync_dir(disk, point, dir, err);
    return r == 0 && is_twice ? disk_sync_dir(disk, point, dir, err) : r;
}

/* It stops at the first failure: what comes later in a batch relies on what comes earlier (a
 * directory before its files), and a failed sync is never tried again here. The kernel may have
 * marked the page clean, so a second sync would succeed and mean nothing. */
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
