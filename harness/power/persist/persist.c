/* The walk over a trace in two layers (persist.h). */
#include "harness/power/persist/persist.h"

#include "harness/power/persist/layers.h"
#include "store/base/ensure.h"
#include "store/base/grow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Everything that the base holds is an inode of its own, and durable. */
static int take_base(struct persist *persist)
{
    const struct image *base = persist->recording.base;
    persist->cached = image_clone(base);
    persist->floor.image = image_clone(base);
    if (persist->cached == NULL || persist->floor.image == NULL) {
        return -ENOMEM;
    }
    for (uint32_t i = 0; i < base->entry_count; i++) {
        const struct image_entry *entry = &base->entries[i];
        bool is_dir = image_tree_is_dir(entry);
        uint32_t inode = 0;
        if (persist_inode_add(persist, is_dir, entry->name->path, entry->file, &inode) < 0 ||
            (!is_dir && persist_inode_bind(persist, entry->file, inode) < 0)) {
            return -ENOMEM;
        }
        if (!is_dir) {
            persist->floor.slots[inode] = entry->file;
            persist->inodes[inode].synced = base->files[entry->file].content;
            persist->inodes[inode].synced->ref_count++;
        }
    }
    persist->ended_inode_count = persist->inode_count;
    return 0;
}

int persist_new(const struct recording *recording, enum loss_model model,
                struct persist **ret_persist, struct err *err)
{
    struct persist *persist = calloc(1, sizeof(*persist));
    if (persist == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    persist->recording = *recording;
    persist->loss_model = model;
    persist->model = persist_model_row(model);
    if (take_base(persist) < 0) {
        persist_free(persist);
        return err_set(err, -ENOMEM, "out of memory");
    }
    *ret_persist = persist;
    return 0;
}

struct persist *persist_free(struct persist *persist)
{
    if (persist == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < persist->part_count; i++) {
        persist_part_drop(&persist->parts[i]);
    }
    for (uint32_t i = 0; i < persist->inode_count; i++) {
        image_content_unref(persist->inodes[i].synced);
    }
    for (uint32_t i = 0; i < persist->open_count; i++) {
        image_content_unref(persist->open[i].content);
    }
    image_free(persist->cached);
    image_free(persist->floor.image);
    free(persist->floor.slots);
    free(persist->work.slots);
    free(persist->inodes);
    free(persist->slot_inodes);
    free(persist->parts);
    free(persist->choosable);
    free(persist->open);
    free(persist);
    return NULL;
}

/* The walk */

static void drop_in_flight(struct persist *persist)
{
    persist->inode_count = persist->ended_inode_count;
    for (uint32_t i = persist->ended_count; i < persist->part_count; i++) {
        persist_part_drop(&persist->parts[i]);
    }
    persist->part_count = persist->ended_count;
}

static int add_open(struct persist *persist, uint32_t index, const struct trace_entry *entry)
{
    struct image_content *content = NULL;
    int r = grow_array((void **)&persist->open, persist->open_count, &persist->open_capacity,
                       sizeof(*persist->open));
    if (r < 0) {
        return r;
    }
    uint32_t inode =
        entry->op == POINT_OP_SYNC ? persist_inode_find(persist, entry->path) : PERSIST_NONE;
    if (inode != PERSIST_NONE && persist->inodes[inode].cached_slot != IMAGE_NO_FILE) {
        content = persist->cached->files[persist->inodes[inode].cached_slot].content;
        content->ref_count++;
    }
    persist->open[persist->open_count++] = (struct persist_open){index, content};
    return 0;
}

/* Entries that begin before `moment` are open until they are applied. */
static int open_until(struct persist *persist, uint64_t moment)
{
    const struct trace *trace = persist->recording.trace;
    for (; persist->next_entry < trace_count(trace); persist->next_entry++) {
        struct trace_entry entry;
        trace_get(trace, persist->next_entry, &entry);
        if (entry.begin_sequence >= moment) {
            return 0;
        }
        int r = entry.is_note ? 0 : add_open(persist, (uint32_t)persist->next_entry, &entry);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

/* Takes the operation out; its content is the caller's from here on. */
static struct image_content *close_open(struct persist *persist, uint32_t index)
{
    for (uint32_t i = 0; i < persist->open_count; i++) {
        if (persist->open[i].entry == index) {
            struct image_content *content = persist->open[i].content;
            memmove(persist->open + i, persist->open + i + 1,
                    (persist->open_count - i - 1) * sizeof(persist->open[0]));
            persist->open_count--;
            return content;
        }
    }
    return NULL;
}

static int end_operation(struct persist *persist, size_t done)
{
    uint32_t index = (uint32_t)trace_done_index(persist->recording.trace, done);
    struct trace_entry entry;
    trace_get(persist->recording.trace, index, &entry);
    int r = open_until(persist, entry.end_sequence);
    struct image_content *content = close_open(persist, index);
    if (r == 0 && (entry.op == POINT_OP_SYNC || entry.op == POINT_OP_SYNC_DIR)) {
        r = persist_sync_apply(persist, &entry, content);
    } else if (r == 0) {
        r = persist_effect_apply(persist, &entry, index, false);
    }
    image_content_unref(content);
    persist->ended_count = persist->part_count;
    persist->ended_inode_count = persist->inode_count;
    return r;
}

/* The operations in flight, as they would end one after the other.  The cached layer and the inodes
 * are put back by the caller. */
static int apply_in_flight(struct persist *persist)
{
    int r = 0;
    for (uint32_t i = 0; r == 0 && i < persist->open_count; i++) {
        struct trace_entry entry;
        trace_get(persist->recording.trace, persist->open[i].entry, &entry);
        bool has_failed = entry.end_sequence != TRACE_NO_SEQUENCE && entry.result < 0;
        if (entry.op == POINT_OP_WRITE && entry.end_sequence != TRACE_NO_SEQUENCE && !has_failed) {
            entry.size_bytes = (uint64_t)entry.result;
        }
        r = has_failed ? 0 : persist_effect_apply(persist, &entry, persist->open[i].entry, true);
    }
    return r;
}

/* Looks at what is in flight on a copy of the cached layer: which of it ends, and how, is not known
 * yet, and the walk goes on from the layer without it. */
static int add_in_flight(struct persist *persist)
{
    struct image *cached = persist->cached;
    uint32_t inode_count = persist->inode_count;
    int r = -ENOMEM;
    if (persist->open_count == 0) {
        return 0;
    }
    uint32_t *slots = malloc((inode_count + 1) * sizeof(*slots));
    struct image *copy = image_clone(cached);
    if (slots == NULL || copy == NULL) {
        goto out;
    }
    for (uint32_t i = 0; i < inode_count; i++) {
        slots[i] = persist->inodes[i].cached_slot;
    }
    persist->cached = copy;
    r = apply_in_flight(persist);
    persist->cached = cached;
    for (uint32_t i = 0; i < inode_count; i++) {
        persist->inodes[i].cached_slot = slots[i];
        if (slots[i] != IMAGE_NO_FILE) {
            persist->slot_inodes[slots[i]] = i;
        }
    }
out:
    free(slots);
    image_free(copy);
    return r;
}

static int seek(struct persist *persist, size_t done)
{
    const struct trace *trace = persist->recording.trace;
    uint64_t moment = TRACE_NO_SEQUENCE;
    drop_in_flight(persist);
    for (; persist->done < done; persist->done++) {
        int r = end_operation(persist, persist->done);
        if (r < 0) {
            return r;
        }
    }
    if (done < trace_done_count(trace)) {
        struct trace_entry entry;
        trace_get(trace, trace_done_index(trace, done), &entry);
        moment = entry.end_sequence;
    }
    int r = open_until(persist, moment);
    if (r < 0) {
        return r;
    }
    r = add_in_flight(persist);
    return r < 0 ? r : persist_item_number(persist);
}

int persist_seek(struct persist *persist, size_t done, struct err *err)
{
    ENSURE(done >= persist->done && done <= trace_done_count(persist->recording.trace));
    int r = seek(persist, done);
    return r < 0 ? err_set(err, r, "the trace cannot be followed to operation %zu: %s", done,
                           strerror(-r))
                 : 0;
}

int persist_cached(const struct persist *persist, struct image **ret_image, struct err *err)
{
    *ret_image = image_clone(persist->cached);
    return *ret_image == NULL ? err_set(err, -ENOMEM, "out of memory") : 0;
}

int persist_killed(const struct recording *recording, size_t done, struct image **ret_image,
                   struct err *err)
{
    /* The page cache survives a kill, so every model says the same. */
    const enum loss_model any = (enum loss_model)0;
    struct persist *persist = NULL;
    int r = persist_new(recording, any, &persist, err);
    if (r < 0) {
        return r;
    }
    r = persist_seek(persist, done, err);
    if (r == 0) {
        r = persist_cached(persist, ret_image, err);
    }
    persist_free(persist);
    return r;
}
