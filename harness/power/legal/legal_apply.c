/* What each operation of a trace does to the world. */
#include "harness/power/legal/legal_world.h"
#include "store/base/grow.h"

#include <errno.h>
#include <string.h>

static int apply_write(struct legal_world *world, const struct trace_entry *entry, struct err *err)
{
    uint32_t inode = legal_name_cached_file(world, entry->path);
    bool has_ended = entry->end_sequence != TRACE_NO_SEQUENCE;
    uint64_t size_bytes = has_ended ? (uint64_t)entry->result : entry->size_bytes;
    if (inode == LEGAL_NONE || size_bytes == 0) {
        return 0;
    }
    if (entry->data == NULL) {
        return err_set(err, -ENOBUFS, "the bytes of a write to '%s' were not kept", entry->path);
    }
    return legal_inode_write(world, inode, entry, size_bytes);
}

static int apply_truncate(struct legal_world *world, const struct trace_entry *entry)
{
    uint32_t inode = legal_name_cached_file(world, entry->path);
    return inode == LEGAL_NONE ? 0 : legal_inode_truncate(world, inode, entry);
}

/* Steps. */

static uint32_t last_step(const struct legal_world *world, uint32_t name)
{
    const struct legal_name *at = name == LEGAL_NONE ? NULL : &world->names[name];
    return at == NULL || at->step_count == 0 ? LEGAL_NONE : at->steps[at->step_count - 1];
}

static int push_step(struct legal_name *name, uint32_t step)
{
    int r = grow_array((void **)&name->steps, name->step_count, &name->step_capacity,
                       sizeof(name->steps[0]));
    if (r < 0) {
        return r;
    }
    name->steps[name->step_count++] = step;
    return 0;
}

/* Adds `step`, of which names, inode and after are set.  A directory stands until the end, so the
 * last step of a parent's name is what made it. */
static int add_step(struct legal_world *world, const struct trace_entry *entry,
                    struct legal_step *step)
{
    const struct legal_undo undo = {.kind = LEGAL_UNDO_STEP};
    for (uint32_t i = 0; i < LEGAL_NAMES_MAX; i++) {
        bool has_name = i < step->name_count;
        step->deps[2 * i] = has_name ? last_step(world, step->names[i]) : LEGAL_NONE;
        step->deps[2 * i + 1] =
            has_name ? last_step(world, world->names[step->names[i]].parent) : LEGAL_NONE;
    }
    step->order = world->order;
    step->end_sequence = entry->end_sequence;
    step->is_pending = true;
    step->is_in_flight = world->is_in_flight;
    if (legal_undo_note(world, &undo) < 0 || grow_array((void **)&world->steps, world->step_count,
                                                        &world->step_capacity, sizeof(*step)) < 0) {
        return -ENOMEM;
    }
    for (uint32_t i = 0; i < step->name_count; i++) {
        if (push_step(&world->names[step->names[i]], world->step_count) < 0) {
            return -ENOMEM;
        }
    }
    world->steps[world->step_count++] = *step;
    return 0;
}

static int apply_make(struct legal_world *world, const struct trace_entry *entry, bool is_dir)
{
    struct legal_step step = {.name_count = 1};
    if (!legal_name_has_parent(world, entry->path)) {
        return 0;
    }
    int r = legal_name_get(world, entry->path, &step.names[0]);
    if (r < 0 || legal_name_cached(world, step.names[0]) != LEGAL_NONE) {
        return r;
    }
    r = legal_inode_add(world, is_dir, NULL, &step.inode);
    step.after[0] = step.inode;
    return r < 0 ? r : add_step(world, entry, &step);
}

static int apply_unlink(struct legal_world *world, const struct trace_entry *entry)
{
    struct legal_step step = {.inode = legal_name_cached_file(world, entry->path),
                              .name_count = 1,
                              .names = {legal_name_find(world, entry->path)},
                              .after = {LEGAL_NONE}};
    return step.inode == LEGAL_NONE ? 0 : add_step(world, entry, &step);
}

static int apply_rename(struct legal_world *world, const struct trace_entry *entry, struct err *err)
{
    struct legal_step step = {
        .name_count = 2, .names = {legal_name_find(world, entry->path)}, .after = {LEGAL_NONE}};
    step.inode = legal_name_cached(world, step.names[0]);
    if (step.inode == LEGAL_NONE || strcmp(entry->path, entry->target) == 0 ||
        !legal_name_has_parent(world, entry->target)) {
        return 0;
    }
    if (world->inodes[step.inode].is_dir) {
        return err_set(err, -ENOTSUP, "directory '%s' is renamed: not modelled", entry->path);
    }
    int r = legal_name_get(world, entry->target, &step.names[1]);
    step.after[1] = step.inode;
    return r < 0 ? r : add_step(world, entry, &step);
}

static void apply_sync(struct legal_world *world, const struct trace_entry *entry)
{
    enum recording_sync how = recording_sync(&world->recording, entry);
    if (entry->op == POINT_OP_SYNC_DIR) {
        if (how == RECORDING_SYNC_GOOD && entry->result == 0) {
            legal_sync_dir(world, entry->path, entry);
        }
        return;
    }
    uint32_t inode = legal_name_cached_file(world, entry->path);
    if (inode != LEGAL_NONE) {
        legal_sync_file(world, inode, entry, how);
    }
}

static int apply_change(struct legal_world *world, const struct trace_entry *entry, struct err *err)
{
    switch (entry->op) {
    case POINT_OP_CREATE:
        return apply_make(world, entry, false);
    case POINT_OP_MKDIR:
        return apply_make(world, entry, true);
    case POINT_OP_WRITE:
        return apply_write(world, entry, err);
    case POINT_OP_TRUNCATE:
        return apply_truncate(world, entry);
    case POINT_OP_RENAME:
        return apply_rename(world, entry, err);
    case POINT_OP_UNLINK:
        return apply_unlink(world, entry);
    case POINT_OP_SYNC:
    case POINT_OP_SYNC_DIR:
    case POINT_OP_OPEN:
    case POINT_OP_READ:
    case POINT_OP_SEEK:
    case POINT_OP_LIST:
    case POINT_OP_SIZE:
    case POINT_OP_LOCK:
    case POINT_OP_COUNT:
        break;
    }
    return 0;
}

/* A sync in flight does nothing yet: it counts at its end, for what had ended when it began. */
int legal_apply(struct legal_world *world, size_t entry_index, struct err *err)
{
    struct trace_entry entry;
    trace_get(world->recording.trace, entry_index, &entry);
    world->order++;
    if (entry.op == POINT_OP_SYNC || entry.op == POINT_OP_SYNC_DIR) {
        if (!world->is_in_flight) {
            apply_sync(world, &entry);
        }
        return 0;
    }
    if (entry.result < 0 && entry.end_sequence != TRACE_NO_SEQUENCE) {
        return 0;
    }
    int r = apply_change(world, &entry, err);
    return r == -ENOMEM ? err_set(err, r, "out of memory") : r;
}
