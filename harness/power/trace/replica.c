/* What the page cache holds after each operation, failed syncs included. */
#include "harness/power/trace/replica.h"

#include "harness/power/disk/image_tree.h"
#include "store/base/grow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void note_failure(struct replica *replica, int r)
{
    if (r < 0 && replica->status == 0) {
        replica->status = r;
    }
}

/* Room for a slot. */
static int reserve(struct replica *replica, uint32_t slot)
{
    while (slot >= replica->durable_count) {
        int r = grow_array((void **)&replica->durable, replica->durable_count,
                           &replica->durable_capacity, sizeof(struct image_content *));
        if (r < 0) {
            return r;
        }
        replica->durable[replica->durable_count++] = NULL;
    }
    return 0;
}

/* Takes over one reference of `content`. */
static void set_durable(struct replica *replica, uint32_t slot, struct image_content *content)
{
    int r = reserve(replica, slot);
    note_failure(replica, r);
    if (r < 0) {
        image_content_unref(content);
        return;
    }
    image_content_unref(replica->durable[slot]);
    replica->durable[slot] = content;
}

void replica_init(struct replica *replica, struct image *image, bool is_tracked)
{
    memset(replica, 0, sizeof(*replica));
    replica->image = image;
    replica->is_tracked = is_tracked;
    for (uint32_t i = 0; is_tracked && i < image->file_count; i++) {
        if (image->files[i].content != NULL) {
            image->files[i].content->ref_count++;
            set_durable(replica, i, image->files[i].content);
        }
    }
}

void replica_done(struct replica *replica)
{
    for (uint32_t i = 0; i < replica->durable_count; i++) {
        image_content_unref(replica->durable[i]);
    }
    for (uint32_t i = 0; i < REPLICA_PENDING_MAX; i++) {
        image_content_unref(replica->pending[i].content);
    }
    free(replica->durable);
    replica->durable = NULL;
    replica->durable_count = 0;
    replica->durable_capacity = 0;
    memset(replica->pending, 0, sizeof(replica->pending));
}

static struct replica_pending *find_pending(struct replica *replica, const void *key)
{
    for (uint32_t i = 0; i < REPLICA_PENDING_MAX; i++) {
        if (replica->pending[i].key == key) {
            return &replica->pending[i];
        }
    }
    return NULL;
}

/* IMAGE_NO_FILE when there is no such file. */
static uint32_t find_slot(const struct replica *replica, const char *path)
{
    const struct image_entry *entry = image_tree_find(replica->image, path);
    return entry == NULL ? IMAGE_NO_FILE : entry->file;
}

void replica_begin(struct replica *replica, const void *key, enum point_op op, const char *path)
{
    if (!replica->is_tracked || (op != POINT_OP_SYNC && op != POINT_OP_CREATE)) {
        return;
    }
    uint32_t slot = find_slot(replica, path);
    if ((slot == IMAGE_NO_FILE) != (op == POINT_OP_CREATE)) {
        return; /* a create that makes nothing, or a sync of a file that is unlinked */
    }
    struct replica_pending *pending = find_pending(replica, NULL);
    if (pending == NULL) {
        note_failure(replica, -ENOBUFS);
        return;
    }
    pending->key = key;
    if (op == POINT_OP_SYNC) {
        pending->content = replica->image->files[slot].content;
        pending->content->ref_count++;
    }
}

/* The file is again what it was when it was last synced. */
static void revert(struct replica *replica, uint32_t slot)
{
    struct image_file *file = &replica->image->files[slot];
    struct image_content *content = slot < replica->durable_count ? replica->durable[slot] : NULL;
    if (content != NULL) {
        content->ref_count++;
    } else {
        content = image_content_new();
    }
    if (content == NULL) {
        note_failure(replica, -ENOMEM);
        return;
    }
    image_content_unref(file->content);
    file->content = content;
}

void replica_end(struct replica *replica, const void *key, enum point_op op, const char *path,
                 int64_t result, enum recording_sync sync)
{
    if (!replica->is_tracked || (op != POINT_OP_SYNC && op != POINT_OP_CREATE)) {
        return;
    }
    struct replica_pending *pending = find_pending(replica, key);
    if (pending == NULL) {
        return;
    }
    struct image_content *content = pending->content;
    *pending = (struct replica_pending){NULL, NULL};
    uint32_t slot = find_slot(replica, path);
    bool is_good = op == POINT_OP_SYNC && sync == RECORDING_SYNC_GOOD && result >= 0;
    if (slot != IMAGE_NO_FILE && (is_good || (op == POINT_OP_CREATE && result >= 0))) {
        set_durable(replica, slot, content);
        return;
    }
    image_content_unref(content);
    if (slot != IMAGE_NO_FILE && op == POINT_OP_SYNC && sync == RECORDING_SYNC_REVERT) {
        revert(replica, slot);
    }
}

int replica_walk_init(struct replica_walk *walk, const struct recording *recording, bool is_tracked)
{
    memset(walk, 0, sizeof(*walk));
    walk->recording = recording;
    struct image *image = image_clone(recording->base);
    if (image == NULL) {
        return -ENOMEM;
    }
    replica_init(&walk->replica, image, is_tracked);
    int r = image_disk(image, false, NULL, &walk->disk);
    if (r < 0) {
        image_free(replica_walk_done(walk));
    }
    return r;
}

struct image *replica_walk_done(struct replica_walk *walk)
{
    struct image *image = walk->replica.image;
    walk->disk = disk_free(walk->disk);
    replica_done(&walk->replica);
    walk->replica.image = NULL;
    return image;
}

/* Operations are known by their index; NULL is no key. */
static const void *key_of(size_t index)
{
    return (const void *)(uintptr_t)(index + 1);
}

static void walk_begins(struct replica_walk *walk, uint64_t before_sequence)
{
    struct trace_entry entry;
    for (; walk->entry < trace_count(walk->recording->trace); walk->entry++) {
        trace_get(walk->recording->trace, walk->entry, &entry);
        if (entry.begin_sequence >= before_sequence) {
            return;
        }
        if (!entry.is_note) {
            replica_begin(&walk->replica, key_of(walk->entry), entry.op, entry.path);
        }
    }
}

static int walk_end(struct replica_walk *walk, struct err *err)
{
    const struct recording *recording = walk->recording;
    size_t index = trace_done_index(recording->trace, walk->done);
    const struct trace_span span = {walk->done, walk->done + 1, 0};
    struct trace_entry entry;
    trace_get(recording->trace, index, &entry);
    if (walk->replica.is_tracked) {
        walk_begins(walk, entry.end_sequence);
    }
    int r = trace_replay(recording->trace, &span, walk->disk, err);
    if (r < 0) {
        return r;
    }
    replica_end(&walk->replica, key_of(index), entry.op, entry.path, entry.result,
                entry.op == POINT_OP_SYNC ? recording_sync(recording, &entry)
                                          : RECORDING_SYNC_GOOD);
    walk->done++;
    r = walk->replica.status;
    return r < 0 ? err_set(err, r, "follow the disk: %s", err_name(r)) : 0;
}

int replica_walk_seek(struct replica_walk *walk, size_t done, struct err *err)
{
    int r = 0;
    while (r == 0 && walk->done < done) {
        r = walk_end(walk, err);
    }
    return r;
}
