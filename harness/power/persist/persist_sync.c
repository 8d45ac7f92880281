/* What a sync makes durable, by the row of its model, and what one that fails leaves. */
#include "harness/power/persist/layers.h"

#include <errno.h>
#include <string.h>

/* What a sync covers: parts are marked, and put into the floor together afterwards. */

static void cover(struct persist *persist, uint32_t index)
{
    struct persist_part *part = &persist->parts[index];
    if (part->fate != PERSIST_FATE_LEFT) {
        return;
    }
    part->fate = PERSIST_FATE_COVERED;
    for (uint32_t n = 0; n < PERSIST_NEEDS_MAX; n++) {
        if (part->needs[n] != PERSIST_NONE) {
            cover(persist, part->needs[n]);
        }
    }
}

static bool is_content(const struct persist *persist, const struct persist_part *part)
{
    return part->kind == PERSIST_PAGE ||
           (part->kind == PERSIST_SIZE && persist->model->is_size_apart);
}

/* The same, of bytes alone: a page with its versions before, and its size where that is apart.  The
 * name stays un-synced: a crash may leave the bytes in a file that no name leads to. */
static void cover_content(struct persist *persist, uint32_t index)
{
    struct persist_part *part = &persist->parts[index];
    part->fate = PERSIST_FATE_COVERED;
    for (uint32_t n = 0; n < PERSIST_NEEDS_MAX; n++) {
        uint32_t need = part->needs[n];
        if (need != PERSIST_NONE && persist->parts[need].fate == PERSIST_FATE_LEFT &&
            is_content(persist, &persist->parts[need])) {
            cover_content(persist, need);
        }
    }
}

/* A sync covers what had ended before it began: a write that ran beside it may have missed it. */
static bool has_ended(const struct persist_part *part, const struct trace_entry *sync)
{
    return part->end_sequence < sync->begin_sequence;
}

static void cover_sequence(struct persist *persist, const struct trace_entry *sync)
{
    for (uint32_t i = 0; i < persist->part_count; i++) {
        if (persist->parts[i].kind != PERSIST_PAGE && has_ended(&persist->parts[i], sync)) {
            cover(persist, i);
        }
    }
}

/* The first write into a hole counts as metadata, too: the block is allocated by the journal. */
static void cover_file(struct persist *persist, const struct trace_entry *sync, uint32_t inode)
{
    bool has_metadata = false;
    for (uint32_t i = 0; i < persist->part_count; i++) {
        const struct persist_part *part = &persist->parts[i];
        if (part->inode != inode || !has_ended(part, sync) || part->is_stuck) {
            continue;
        }
        has_metadata |= part->kind != PERSIST_PAGE || part->is_first;
        if (persist->model->file_sync == PERSIST_REACH_NEEDS) {
            cover(persist, i);
        } else if (is_content(persist, part)) {
            cover_content(persist, i);
        }
    }
    if (has_metadata && persist->model->is_sequence) {
        cover_sequence(persist, sync);
    }
}

static bool is_made_by(const struct persist_part *part, const char *dir)
{
    return part->op == POINT_OP_MKDIR && strcmp(part->path, dir) == 0;
}

static bool is_entry_of(const struct persist_part *part, const char *dir)
{
    return persist_part_is_directly_in(part->path, dir) ||
           (part->op == POINT_OP_RENAME && persist_part_is_directly_in(part->target, dir));
}

static void cover_dir(struct persist *persist, const struct trace_entry *sync)
{
    for (uint32_t i = 0; i < persist->part_count; i++) {
        struct persist_part *part = &persist->parts[i];
        if (part->kind != PERSIST_ENTRY || !has_ended(part, sync)) {
            continue;
        }
        bool is_in = is_entry_of(part, sync->path);
        if (persist->model->dir_sync == PERSIST_REACH_OWN) {
            part->fate = is_in ? PERSIST_FATE_COVERED : part->fate;
        } else if (is_in || is_made_by(part, sync->path)) {
            if (persist->model->is_sequence) {
                cover_sequence(persist, sync);
                return;
            }
            cover(persist, i);
        }
    }
}

/* From the marks to the floor. */

/* Whether a part says nothing any more once `durable` is in the floor. */
static bool is_overtaken(const struct persist_part *part, const struct persist_part *durable)
{
    if (durable->kind == PERSIST_PAGE) {
        return persist_part_is_same_page(part, durable);
    }
    if (durable->kind == PERSIST_SIZE) {
        return part->inode == durable->inode && part->kind == PERSIST_PAGE &&
               durable->op == POINT_OP_TRUNCATE &&
               (part->page_index + 1) * IMAGE_PAGE_SIZE_BYTES > durable->size_bytes;
    }
    uint32_t gone = durable->op == POINT_OP_UNLINK ? durable->inode : durable->replaced;
    return part->kind != PERSIST_ENTRY && part->inode == gone && gone != PERSIST_NONE;
}

static bool has_durable_needs(const struct persist *persist, const struct persist_part *part)
{
    for (uint32_t n = 0; n < PERSIST_NEEDS_MAX; n++) {
        if (part->needs[n] != PERSIST_NONE &&
            persist->parts[part->needs[n]].fate != PERSIST_FATE_DURABLE) {
            return false;
        }
    }
    return true;
}

/* Puts covered parts into the floor, in order, as far as what they need is there.
 *
 * What is covered and cannot be reached yet is settled.  A file whose bytes are synced before its
 * name is the example: a crash now loses the file, bytes and all; a crash after the directory's
 * sync finds both, and never the name with nothing behind it.  So a settled part is no choice any
 * more, and goes where what it needs goes, into the floor by the sync that takes the last of that
 * there.
 *
 * Needs come before what needs them, so one pass is enough.  A truncate or an unlink that became
 * durable takes with it the pages that it cut: kept above it by a loss, they would make the file
 * grow again, and that image no crash leaves. */
static int settle(struct persist *persist)
{
    for (uint32_t i = 0; i < persist->part_count; i++) {
        struct persist_part *part = &persist->parts[i];
        if (part->fate == PERSIST_FATE_LEFT && !part->is_settled) {
            continue;
        }
        if (!has_durable_needs(persist, part)) {
            part->is_settled = true;
            part->fate = PERSIST_FATE_LEFT;
            continue;
        }
        int r = persist_build_apply(&persist->floor, persist->inode_count, part);
        if (r < 0) {
            return r;
        }
        part->fate = PERSIST_FATE_DURABLE;
        for (uint32_t k = 0; k < i; k++) {
            struct persist_part *before = &persist->parts[k];
            if (before->fate != PERSIST_FATE_DURABLE && is_overtaken(before, part)) {
                before->fate = PERSIST_FATE_GONE;
            }
        }
    }
    return 0;
}

/* Takes out what is durable or gone.  What needed a durable part needs nothing any more; what
 * needed one that is gone needs what that one needed, so that a sequence stays one. */
static void remove_done(struct persist *persist)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < persist->part_count; i++) {
        struct persist_part *part = &persist->parts[i];
        for (uint32_t n = 0; n < PERSIST_NEEDS_MAX; n++) {
            if (part->needs[n] != PERSIST_NONE) {
                part->needs[n] = persist->parts[part->needs[n]].moved_to;
            }
        }
        if (part->fate == PERSIST_FATE_LEFT) {
            part->moved_to = left++;
        } else {
            part->moved_to = part->fate == PERSIST_FATE_GONE ? part->needs[0] : PERSIST_NONE;
        }
    }
    left = 0;
    for (uint32_t i = 0; i < persist->part_count; i++) {
        if (persist->parts[i].fate == PERSIST_FATE_LEFT) {
            persist->parts[left++] = persist->parts[i];
        } else {
            persist_part_drop(&persist->parts[i]);
        }
    }
    persist->part_count = left;
}

/* Syncs that fail */

/* sync-eio:revert: the file is as at its last good sync, in the cache too: what was written while
 * the sync ran is gone as well. */
static int revert_file(struct persist *persist, uint32_t inode)
{
    struct persist_inode *of = &persist->inodes[inode];
    struct image_content *content = of->synced != NULL ? of->synced : image_content_new();
    if (content == NULL) {
        return -ENOMEM;
    }
    content->ref_count += of->synced != NULL;
    struct image_file *file = &persist->cached->files[of->cached_slot];
    image_content_unref(file->content);
    file->content = content;
    for (uint32_t i = 0; i < persist->part_count; i++) {
        struct persist_part *part = &persist->parts[i];
        if (part->inode == inode && part->kind != PERSIST_ENTRY) {
            part->fate = PERSIST_FATE_GONE;
        }
    }
    remove_done(persist);
    return 0;
}

/* sync-eio:clean: each dirty page reached the disk or not, and the kernel holds all of them for
 * written.  They stay choices, and no later sync covers them: the engine that tries again until a
 * sync says 0 has nothing durable. */
static void leave_clean(struct persist *persist, const struct trace_entry *sync, uint32_t inode)
{
    for (uint32_t i = 0; i < persist->part_count; i++) {
        struct persist_part *part = &persist->parts[i];
        if (part->inode == inode && part->kind == PERSIST_PAGE && has_ended(part, sync)) {
            part->is_stuck = true;
        }
    }
}

/* `content`: the file as it was when the sync began. */
static void note_synced(struct persist_inode *inode, struct image_content *content)
{
    if (content != NULL) {
        image_content_unref(inode->synced);
        inode->synced = content;
        content->ref_count++;
    }
}

static int sync_dir(struct persist *persist, const struct trace_entry *sync)
{
    cover_dir(persist, sync);
    int r = settle(persist);
    remove_done(persist);
    return r;
}

static int sync_file(struct persist *persist, const struct trace_entry *sync, uint32_t inode,
                     struct image_content *content)
{
    cover_file(persist, sync, inode);
    note_synced(&persist->inodes[inode], content);
    int r = settle(persist);
    remove_done(persist);
    return r;
}

/* A sync is applied at its end, over what had ended when it began: pages that were written in
 * between stay un-synced, which is what catches an engine that acknowledges them (C16, and
 * flush-end-after-sync).  One that failed in the ordinary way has made nothing durable and left
 * everything dirty; a directory has no pages that a failed sync could spoil. */
int persist_sync_apply(struct persist *persist, const struct trace_entry *sync,
                       struct image_content *content)
{
    bool is_dir = sync->op == POINT_OP_SYNC_DIR;
    uint32_t inode = is_dir ? PERSIST_NONE : persist_inode_find(persist, sync->path);
    enum recording_sync how = recording_sync(&persist->recording, sync);
    if (how == RECORDING_SYNC_GOOD && sync->result >= 0 && is_dir) {
        return sync_dir(persist, sync);
    }
    if (inode == PERSIST_NONE) {
        return 0; /* nothing can find the file again */
    }
    switch (how) {
    case RECORDING_SYNC_GOOD:
        return sync->result < 0 ? 0 : sync_file(persist, sync, inode, content);
    case RECORDING_SYNC_CLEAN:
        leave_clean(persist, sync, inode);
        return 0;
    case RECORDING_SYNC_REVERT:
        return persist->part_count == 0 ? 0 : revert_file(persist, inode);
    case RECORDING_SYNC_VOID:
        break;
    }
    return 0;
}
