/* The walk over a trace in two layers (persist.h). */
#include "harness/power/persist/persist_parts.h"
#include "store/base/ensure.h"
#include "store/base/grow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Memory */

static void drop_part(struct persist_part *part)
{
    image_content_page_unref(part->page);
    part->page = NULL;
}

static int add_inode(struct persist *persist, bool is_dir, const char *dir_path, uint32_t slot,
                     uint32_t *ret_inode)
{
    uint32_t capacity = persist->inode_capacity;
    int r = grow_array((void **)&persist->inodes, persist->inode_count, &persist->inode_capacity,
                       sizeof(*persist->inodes));
    if (r == 0 && capacity != persist->inode_capacity) {
        size_t size_bytes = persist->inode_capacity * sizeof(uint32_t);
        uint32_t *floor_slots = realloc(persist->floor.slots, size_bytes);
        persist->floor.slots = floor_slots != NULL ? floor_slots : persist->floor.slots;
        uint32_t *work_slots = realloc(persist->work.slots, size_bytes);
        persist->work.slots = work_slots != NULL ? work_slots : persist->work.slots;
        r = floor_slots == NULL || work_slots == NULL ? -ENOMEM : 0;
    }
    if (r < 0) {
        return r;
    }
    *ret_inode = persist->inode_count++;
    persist->inodes[*ret_inode] = (struct persist_inode){
        .is_dir = is_dir, .dir_path = dir_path, .cached_slot = is_dir ? IMAGE_NO_FILE : slot};
    persist->floor.slots[*ret_inode] = IMAGE_NO_FILE;
    return 0;
}

static int bind_slot(struct persist *persist, uint32_t slot, uint32_t inode)
{
    while (slot >= persist->slot_capacity) {
        int r = grow_array((void **)&persist->slot_inodes, persist->slot_capacity,
                           &persist->slot_capacity, sizeof(*persist->slot_inodes));
        if (r < 0) {
            return r;
        }
    }
    persist->slot_inodes[slot] = inode;
    return 0;
}

/* Everything that the base holds is an inode of its own, and durable. */
static int take_base(struct persist *persist)
{
    const struct image *base = persist->recording.base;
    persist->cached = image_clone(base);
    persist->floor.image = image_clone(base);
    if (persist->cached == NULL || persist->floor.image == NULL) {
        return -ENOMEM;
    }
    int r = 0;
    for (uint32_t i = 0; r == 0 && i < base->entry_count; i++) {
        const struct image_entry *entry = &base->entries[i];
        uint32_t inode = 0;
        r = add_inode(persist, image_tree_is_dir(entry), entry->name->path, entry->file, &inode);
        if (r == 0 && !image_tree_is_dir(entry)) {
            r = bind_slot(persist, entry->file, inode);
            persist->floor.slots[inode] = entry->file;
            persist->inodes[inode].synced = base->files[entry->file].content;
            persist->inodes[inode].synced->ref_count++;
        }
    }
    persist->ended_inode_count = persist->inode_count;
    return r;
}

int persist_new(const struct recording *recording, enum loss_model model,
                struct persist **ret_persist, struct err *err)
{
    struct persist *persist = calloc(1, sizeof(*persist));
    if (persist == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    persist->recording = *recording;
    persist->model = model;
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
        drop_part(&persist->parts[i]);
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
    free(persist->choices);
    free(persist->kept);
    free(persist->open);
    free(persist);
    return NULL;
}

/* Inodes by name, in the cached layer */

static uint32_t find_inode(const struct persist *persist, const char *path)
{
    const struct image_entry *entry = image_tree_find(persist->cached, path);
    if (entry == NULL) {
        return PERSIST_NONE;
    }
    if (!image_tree_is_dir(entry)) {
        return persist->slot_inodes[entry->file];
    }
    for (uint32_t i = persist->inode_count; i > 0; i--) {
        const struct persist_inode *inode = &persist->inodes[i - 1];
        if (inode->is_dir && strcmp(inode->dir_path, path) == 0) {
            return i - 1;
        }
    }
    return PERSIST_NONE;
}

/* Whether `path` lies directly in the directory `dir` ("" is the root). */
static bool is_directly_in(const char *path, const char *dir)
{
    size_t length = strlen(dir);
    if (length == 0) {
        return strchr(path, '/') == NULL;
    }
    return strncmp(path, dir, length) == 0 && path[length] == '/' &&
           strchr(path + length + 1, '/') == NULL;
}

/* Parts and what they need */

static int add_part(struct persist *persist, const struct persist_part *part)
{
    int r = grow_array((void **)&persist->parts, persist->part_count, &persist->part_capacity,
                       sizeof(*persist->parts));
    if (r == 0) {
        persist->parts[persist->part_count++] = *part;
    }
    return r;
}

static void add_need(struct persist_part *part, uint32_t need)
{
    for (uint32_t n = 0; n < PERSIST_NEEDS_MAX && need != PERSIST_NONE; n++) {
        if (part->needs[n] == need || part->needs[n] == PERSIST_NONE) {
            part->needs[n] = need;
            return;
        }
    }
    ENSURE(need == PERSIST_NONE);
}

/* The last part that a test holds for. */
static uint32_t last_part(const struct persist *persist, const struct persist_part *like,
                          bool (*is_it)(const struct persist_part *, const struct persist_part *))
{
    for (uint32_t i = persist->part_count; i > 0; i--) {
        if (is_it(&persist->parts[i - 1], like)) {
            return i - 1;
        }
    }
    return PERSIST_NONE;
}

static bool is_same_page(const struct persist_part *part, const struct persist_part *like)
{
    return part->kind == PERSIST_PAGE && part->inode == like->inode &&
           part->page_index == like->page_index;
}

static bool is_same_size(const struct persist_part *part, const struct persist_part *like)
{
    return part->kind == PERSIST_SIZE && part->inode == like->inode;
}

static bool is_room_for(const struct persist_part *part, const struct persist_part *like)
{
    return is_same_size(part, like) && part->size_bytes > like->page_index * IMAGE_PAGE_SIZE_BYTES;
}

static bool is_birth(const struct persist_part *part, const struct persist_part *like)
{
    return part->kind == PERSIST_ENTRY && part->op == POINT_OP_CREATE && part->inode == like->inode;
}

static bool is_metadata(const struct persist_part *part, const struct persist_part *like)
{
    (void)like;
    return part->kind != PERSIST_PAGE;
}

static bool touches(const struct persist_part *part, const char *path)
{
    return part->kind == PERSIST_ENTRY &&
           (strcmp(part->path, path) == 0 ||
            (part->op == POINT_OP_RENAME && strcmp(part->target, path) == 0));
}

static uint32_t last_touch(const struct persist *persist, const char *path)
{
    for (uint32_t i = persist->part_count; i > 0; i--) {
        if (touches(&persist->parts[i - 1], path)) {
            return i - 1;
        }
    }
    return PERSIST_NONE;
}

static uint32_t parent_birth(const struct persist *persist, const char *path)
{
    for (uint32_t i = persist->part_count; i > 0; i--) {
        const struct persist_part *part = &persist->parts[i - 1];
        if (part->kind == PERSIST_ENTRY && part->op == POINT_OP_MKDIR &&
            is_directly_in(path, part->path)) {
            return i - 1;
        }
    }
    return PERSIST_NONE;
}

static uint64_t floor_size(const struct persist *persist, uint32_t inode)
{
    uint32_t slot = persist->floor.slots[inode];
    return slot == IMAGE_NO_FILE ? 0 : persist->floor.image->files[slot].content->size_bytes;
}

static void need_page(const struct persist *persist, struct persist_part *part)
{
    uint32_t need = last_part(persist, part, is_same_page);
    if (need == PERSIST_NONE &&
        floor_size(persist, part->inode) <= part->page_index * IMAGE_PAGE_SIZE_BYTES) {
        need = last_part(persist, part, is_room_for);
    }
    add_need(part, need != PERSIST_NONE ? need : last_part(persist, part, is_birth));
}

static void need_entry(const struct persist *persist, struct persist_part *part)
{
    add_need(part, last_touch(persist, part->path));
    add_need(part, parent_birth(persist, part->path));
    if (part->op == POINT_OP_RENAME) {
        add_need(part, last_touch(persist, part->target));
        add_need(part, parent_birth(persist, part->target));
    }
}

static bool is_sequence(const struct persist *persist)
{
    return persist->model == LOSS_MODEL_EXT4 || persist->model == LOSS_MODEL_XFS;
}

/* Adds a part with its needs.  In one metadata sequence the step before stands for all others. */
static int add_with_needs(struct persist *persist, struct persist_part *part)
{
    for (uint32_t n = 0; n < PERSIST_NEEDS_MAX; n++) {
        part->needs[n] = PERSIST_NONE;
    }
    if (part->kind == PERSIST_PAGE) {
        need_page(persist, part);
    } else if (is_sequence(persist)) {
        add_need(part, last_part(persist, part, is_metadata));
    } else if (part->kind == PERSIST_SIZE) {
        uint32_t need = last_part(persist, part, is_same_size);
        add_need(part, need != PERSIST_NONE ? need : last_part(persist, part, is_birth));
    } else {
        need_entry(persist, part);
    }
    return add_part(persist, part);
}

/* Operations */

static struct persist_part part_of_entry(const struct trace_entry *entry, uint32_t index,
                                         enum persist_kind kind, uint32_t inode, bool in_flight)
{
    return (struct persist_part){
        .kind = kind,
        .op = entry->op,
        .entry = index,
        .inode = inode,
        .replaced = PERSIST_NONE,
        .path = entry->path,
        .target = entry->target,
        .end_sequence = entry->end_sequence,
        .is_in_flight = in_flight,
    };
}

static int add_page(struct persist *persist, struct persist_part part, uint64_t write_end,
                    struct image_content *content, bool is_hole)
{
    uint64_t page_end = (part.page_index + 1) * IMAGE_PAGE_SIZE_BYTES;
    part.page = image_content_page(content, part.page_index);
    if (persist->model != LOSS_MODEL_POSIX) {
        part.size_bytes = write_end < page_end ? write_end : page_end;
    }
    part.is_first = is_hole;
    ENSURE(part.page != NULL);
    part.page->ref_count++;
    int r = add_with_needs(persist, &part);
    if (r < 0) {
        drop_part(&part);
    }
    return r;
}

static int do_write(struct persist *persist, const struct trace_entry *entry, uint32_t index,
                    bool in_flight)
{
    uint32_t inode = find_inode(persist, entry->path);
    uint64_t size_bytes = in_flight ? entry->size_bytes : (uint64_t)entry->result;
    struct image_content *content = NULL;
    if (inode == PERSIST_NONE || size_bytes == 0) {
        return 0;
    }
    if (entry->data == NULL) {
        return -ENOBUFS;
    }
    uint64_t end = entry->offset + size_bytes;
    uint64_t first = entry->offset / IMAGE_PAGE_SIZE_BYTES;
    uint64_t last = (end - 1) / IMAGE_PAGE_SIZE_BYTES;
    int r = image_tree_own_content(&persist->cached->files[persist->inodes[inode].cached_slot],
                                   &content);
    if (r == 0 && persist->model == LOSS_MODEL_POSIX && end > content->size_bytes) {
        struct persist_part size = part_of_entry(entry, index, PERSIST_SIZE, inode, in_flight);
        size.size_bytes = end;
        r = add_with_needs(persist, &size);
    }
    for (uint64_t page = first; r == 0 && page <= last; page++) {
        uint64_t at = page * IMAGE_PAGE_SIZE_BYTES;
        uint64_t from = at < entry->offset ? entry->offset : at;
        uint64_t upto = at + IMAGE_PAGE_SIZE_BYTES < end ? at + IMAGE_PAGE_SIZE_BYTES : end;
        bool is_hole = image_content_page(content, page) == NULL;
        int64_t put = image_content_write(content, from, entry->data + (from - entry->offset),
                                          (size_t)(upto - from));
        struct persist_part part = part_of_entry(entry, index, PERSIST_PAGE, inode, in_flight);
        part.page_index = page;
        r = put < 0 ? (int)put : add_page(persist, part, end, content, is_hole);
    }
    return r;
}

static int do_truncate(struct persist *persist, const struct trace_entry *entry, uint32_t index,
                       bool in_flight)
{
    uint32_t inode = find_inode(persist, entry->path);
    struct image_content *content = NULL;
    if (inode == PERSIST_NONE) {
        return 0;
    }
    int r = image_tree_own_content(&persist->cached->files[persist->inodes[inode].cached_slot],
                                   &content);
    r = r < 0 ? r : image_content_truncate(content, entry->size_bytes);
    struct persist_part part = part_of_entry(entry, index, PERSIST_SIZE, inode, in_flight);
    part.size_bytes = entry->size_bytes;
    return r < 0 ? r : add_with_needs(persist, &part);
}

static int do_create(struct persist *persist, const struct trace_entry *entry, uint32_t index,
                     bool in_flight)
{
    uint32_t slot = 0;
    uint32_t inode = 0;
    if (image_tree_find(persist->cached, entry->path) != NULL) {
        return 0;
    }
    int r = image_tree_create(persist->cached, entry->path, &slot);
    r = r < 0 ? r : add_inode(persist, false, NULL, slot, &inode);
    r = r < 0 ? r : bind_slot(persist, slot, inode);
    struct persist_part part = part_of_entry(entry, index, PERSIST_ENTRY, inode, in_flight);
    return r < 0 ? r : add_with_needs(persist, &part);
}

static int do_mkdir(struct persist *persist, const struct trace_entry *entry, uint32_t index,
                    bool in_flight)
{
    uint32_t inode = 0;
    if (image_tree_find(persist->cached, entry->path) != NULL) {
        return 0;
    }
    int r = image_tree_add(persist->cached, entry->path, IMAGE_NO_FILE);
    r = r < 0 ? r : add_inode(persist, true, entry->path, IMAGE_NO_FILE, &inode);
    struct persist_part part = part_of_entry(entry, index, PERSIST_ENTRY, inode, in_flight);
    return r < 0 ? r : add_with_needs(persist, &part);
}

static int do_rename(struct persist *persist, const struct trace_entry *entry, uint32_t index,
                     bool in_flight)
{
    uint32_t inode = find_inode(persist, entry->path);
    uint32_t replaced = find_inode(persist, entry->target);
    if (inode == PERSIST_NONE || inode == replaced) {
        return 0;
    }
    if (replaced != PERSIST_NONE) {
        persist->inodes[replaced].cached_slot = IMAGE_NO_FILE;
    }
    int r = image_tree_rename(persist->cached, entry->path, entry->target);
    struct persist_part part = part_of_entry(entry, index, PERSIST_ENTRY, inode, in_flight);
    part.replaced = replaced;
    return r < 0 ? r : add_with_needs(persist, &part);
}

static int do_unlink(struct persist *persist, const struct trace_entry *entry, uint32_t index,
                     bool in_flight)
{
    uint32_t inode = find_inode(persist, entry->path);
    bool is_there = false;
    uint32_t place = image_tree_place(persist->cached, entry->path, &is_there);
    if (inode == PERSIST_NONE || !is_there) {
        return 0;
    }
    image_tree_remove(persist->cached, place, place + 1);
    persist->inodes[inode].cached_slot = IMAGE_NO_FILE;
    struct persist_part part = part_of_entry(entry, index, PERSIST_ENTRY, inode, in_flight);
    return add_with_needs(persist, &part);
}

/* Puts the effect of an operation into the cached layer and among the parts. */
static int do_operation(struct persist *persist, const struct trace_entry *entry, uint32_t index,
                        bool in_flight)
{
    if (!in_flight && entry->result < 0) {
        return 0;
    }
    switch (entry->op) {
    case POINT_OP_WRITE:
        return do_write(persist, entry, index, in_flight);
    case POINT_OP_TRUNCATE:
        return do_truncate(persist, entry, index, in_flight);
    case POINT_OP_CREATE:
        return do_create(persist, entry, index, in_flight);
    case POINT_OP_MKDIR:
        return do_mkdir(persist, entry, index, in_flight);
    case POINT_OP_RENAME:
        return do_rename(persist, entry, index, in_flight);
    case POINT_OP_UNLINK:
        return do_unlink(persist, entry, index, in_flight);
    case POINT_OP_OPEN:
    case POINT_OP_READ:
    case POINT_OP_SYNC:
    case POINT_OP_SYNC_DIR:
    case POINT_OP_LIST:
    case POINT_OP_SIZE:
    case POINT_OP_LOCK:
    case POINT_OP_COUNT:
        break;
    }
    return 0;
}

/* Syncs: `kept` marks the parts that one covers. */

static void cover(struct persist *persist, uint32_t part)
{
    if (persist->kept[part] != 0) {
        return;
    }
    persist->kept[part] = 1;
    for (uint32_t n = 0; n < PERSIST_NEEDS_MAX; n++) {
        if (persist->parts[part].needs[n] != PERSIST_NONE) {
            cover(persist, persist->parts[part].needs[n]);
        }
    }
}

/* The same, of bytes alone: a page with its versions before, under posix its size too. */
static void cover_content(struct persist *persist, uint32_t part)
{
    persist->kept[part] = 1;
    for (uint32_t n = 0; n < PERSIST_NEEDS_MAX; n++) {
        uint32_t need = persist->parts[part].needs[n];
        bool is_content =
            need != PERSIST_NONE && persist->kept[need] == 0 &&
            (persist->parts[need].kind == PERSIST_PAGE ||
             (persist->model == LOSS_MODEL_POSIX && persist->parts[need].kind == PERSIST_SIZE));
        if (is_content) {
            cover_content(persist, need);
        }
    }
}

static bool has_ended(const struct persist_part *part, const struct trace_entry *sync)
{
    return part->end_sequence < sync->begin_sequence;
}

static void cover_metadata(struct persist *persist, const struct trace_entry *sync)
{
    for (uint32_t i = 0; i < persist->part_count; i++) {
        if (persist->parts[i].kind != PERSIST_PAGE && has_ended(&persist->parts[i], sync)) {
            cover(persist, i);
        }
    }
}

static void cover_file(struct persist *persist, const struct trace_entry *sync, uint32_t inode)
{
    enum loss_model model = persist->model;
    bool has_metadata = false;
    for (uint32_t i = 0; i < persist->part_count; i++) {
        const struct persist_part *part = &persist->parts[i];
        if (part->inode != inode || !has_ended(part, sync) || part->is_stuck) {
            continue;
        }
        has_metadata |= part->kind != PERSIST_PAGE || part->is_first;
        if (model == LOSS_MODEL_ALL || model == LOSS_MODEL_BTRFS) {
            cover(persist, i);
        } else if (part->kind == PERSIST_PAGE ||
                   (model == LOSS_MODEL_POSIX && part->kind == PERSIST_SIZE)) {
            cover_content(persist, i);
        }
    }
    if (has_metadata && is_sequence(persist)) {
        cover_metadata(persist, sync);
    }
}

static void cover_dir(struct persist *persist, const struct trace_entry *sync)
{
    enum loss_model model = persist->model;
    bool has_any = false;
    for (uint32_t i = 0; i < persist->part_count; i++) {
        const struct persist_part *part = &persist->parts[i];
        bool is_own = part->kind == PERSIST_ENTRY && part->op == POINT_OP_MKDIR &&
                      strcmp(part->path, sync->path) == 0;
        bool is_in = part->kind == PERSIST_ENTRY &&
                     (is_directly_in(part->path, sync->path) ||
                      (part->op == POINT_OP_RENAME && is_directly_in(part->target, sync->path)));
        if (!has_ended(part, sync) || (!is_in && !is_own)) {
            continue;
        }
        has_any = true;
        if (model == LOSS_MODEL_ALL || model == LOSS_MODEL_BTRFS) {
            cover(persist, i);
        } else if (model == LOSS_MODEL_POSIX && is_in) {
            persist->kept[i] = 1;
        }
    }
    if (has_any && is_sequence(persist)) {
        cover_metadata(persist, sync);
    }
}

/* Whether a part says nothing any more once `durable` is in the floor. */
static bool is_overtaken(const struct persist_part *part, const struct persist_part *durable)
{
    if (durable->kind == PERSIST_PAGE) {
        return is_same_page(part, durable);
    }
    if (durable->kind == PERSIST_SIZE) {
        return part->inode == durable->inode && part->kind == PERSIST_PAGE &&
               durable->op == POINT_OP_TRUNCATE &&
               (part->page_index + 1) * IMAGE_PAGE_SIZE_BYTES > durable->size_bytes;
    }
    uint32_t gone = durable->op == POINT_OP_UNLINK ? durable->inode : durable->replaced;
    return part->kind != PERSIST_ENTRY && part->inode == gone && gone != PERSIST_NONE;
}

/* Puts covered parts into the floor, in order, as far as what they need is there; the others are
 * settled: there as soon as that is. */
static int settle(struct persist *persist)
{
    int r = 0;
    for (uint32_t i = 0; r == 0 && i < persist->part_count; i++) {
        struct persist_part *part = &persist->parts[i];
        bool is_reachable = true;
        if (persist->kept[i] == 0 && !part->is_settled) {
            continue;
        }
        for (uint32_t n = 0; n < PERSIST_NEEDS_MAX; n++) {
            is_reachable &= part->needs[n] == PERSIST_NONE || persist->kept[part->needs[n]] == 2;
        }
        if (!is_reachable) {
            part->is_settled = true;
            persist->kept[i] = 0;
            continue;
        }
        r = persist_build_apply(&persist->floor, persist->inode_count, part);
        persist->kept[i] = 2; /* in the floor */
        for (uint32_t k = 0; k < i; k++) {
            if (persist->kept[k] != 2 && is_overtaken(&persist->parts[k], part)) {
                persist->kept[k] = 3; /* gone */
            }
        }
    }
    return r;
}

/* Removes the parts that `kept` marks as 2 (durable) or 3 (gone), and renumbers the needs. */
static void remove_marked(struct persist *persist)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < persist->part_count; i++) {
        struct persist_part *part = &persist->parts[i];
        for (uint32_t n = 0; n < PERSIST_NEEDS_MAX; n++) {
            if (part->needs[n] != PERSIST_NONE) {
                part->needs[n] = persist->choices[part->needs[n]];
            }
        }
        if (persist->kept[i] >= 2) {
            drop_part(part);
            /* What needed a part that is gone needs what that one needed: a sequence stays one. */
            persist->choices[i] = persist->kept[i] == 3 ? part->needs[0] : PERSIST_NONE;
            continue;
        }
        persist->choices[i] = left;
        persist->parts[left++] = *part;
    }
    persist->part_count = left;
}

/* `content`: the file as it was when the sync began. */
static void note_synced(struct persist *persist, uint32_t inode, struct image_content *content)
{
    struct persist_inode *of = &persist->inodes[inode];
    if (content != NULL) {
        image_content_unref(of->synced);
        of->synced = content;
        of->synced->ref_count++;
    }
}

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
        const struct persist_part *part = &persist->parts[i];
        if (part->inode == inode && part->kind != PERSIST_ENTRY) {
            persist->kept[i] = 3;
        }
    }
    return 0;
}

static void leave_clean(struct persist *persist, const struct trace_entry *sync, uint32_t inode)
{
    for (uint32_t i = 0; i < persist->part_count; i++) {
        struct persist_part *part = &persist->parts[i];
        if (part->inode == inode && part->kind == PERSIST_PAGE && has_ended(part, sync)) {
            part->is_stuck = true;
        }
    }
}

static int do_sync(struct persist *persist, const struct trace_entry *sync,
                   struct image_content *content)
{
    enum recording_sync how = recording_sync(&persist->recording, sync);
    uint32_t inode = sync->op == POINT_OP_SYNC ? find_inode(persist, sync->path) : 0;
    int r = persist_item_number(persist);
    if (r < 0 || inode == PERSIST_NONE || how == RECORDING_SYNC_VOID || persist->part_count == 0 ||
        (how == RECORDING_SYNC_GOOD && sync->result < 0)) {
        if (r == 0 && how == RECORDING_SYNC_GOOD && sync->result >= 0 &&
            sync->op == POINT_OP_SYNC && inode != PERSIST_NONE) {
            note_synced(persist, inode, content);
        }
        return r;
    }
    memset(persist->kept, 0, persist->part_count);
    if (sync->op == POINT_OP_SYNC_DIR && how != RECORDING_SYNC_GOOD) {
        return 0; /* a directory has no pages: its entries stay as they were */
    }
    if (how == RECORDING_SYNC_CLEAN) {
        leave_clean(persist, sync, inode);
        return 0;
    }
    if (how == RECORDING_SYNC_REVERT) {
        r = revert_file(persist, inode);
    } else if (sync->op == POINT_OP_SYNC_DIR) {
        cover_dir(persist, sync);
        r = settle(persist);
    } else {
        cover_file(persist, sync, inode);
        note_synced(persist, inode, content);
        r = settle(persist);
    }
    remove_marked(persist);
    return r;
}

/* The walk */

static void drop_in_flight(struct persist *persist)
{
    persist->inode_count = persist->ended_inode_count;
    for (uint32_t i = persist->ended_count; i < persist->part_count; i++) {
        drop_part(&persist->parts[i]);
    }
    persist->part_count = persist->ended_count;
}

static int add_open(struct persist *persist, uint32_t index, const struct trace_entry *entry)
{
    struct image_content *content = NULL;
    int r = grow_array((void **)&persist->open, persist->open_count, &persist->open_capacity,
                       sizeof(*persist->open));
    uint32_t inode = entry->op == POINT_OP_SYNC ? find_inode(persist, entry->path) : PERSIST_NONE;
    if (r < 0) {
        return r;
    }
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

static int do_ended(struct persist *persist, size_t done)
{
    uint32_t index = (uint32_t)trace_done_index(persist->recording.trace, done);
    struct trace_entry entry;
    trace_get(persist->recording.trace, index, &entry);
    int r = open_until(persist, entry.end_sequence);
    struct image_content *content = close_open(persist, index);
    if (r == 0 && (entry.op == POINT_OP_SYNC || entry.op == POINT_OP_SYNC_DIR)) {
        r = do_sync(persist, &entry, content);
    } else if (r == 0) {
        r = do_operation(persist, &entry, index, false);
    }
    image_content_unref(content);
    persist->ended_count = persist->part_count;
    persist->ended_inode_count = persist->inode_count;
    return r;
}

/* The operations in flight, as they would end one after the other.  The cached layer and the inodes
 * are put back by the caller. */
static int do_in_flight(struct persist *persist)
{
    int r = 0;
    for (uint32_t i = 0; r == 0 && i < persist->open_count; i++) {
        struct trace_entry entry;
        trace_get(persist->recording.trace, persist->open[i].entry, &entry);
        bool has_failed = entry.end_sequence != TRACE_NO_SEQUENCE && entry.result < 0;
        if (entry.op == POINT_OP_WRITE && entry.end_sequence != TRACE_NO_SEQUENCE && !has_failed) {
            entry.size_bytes = (uint64_t)entry.result;
        }
        r = has_failed ? 0 : do_operation(persist, &entry, persist->open[i].entry, true);
    }
    return r;
}

/* Looks at what is in flight on a copy of the cached layer. */
static int add_in_flight(struct persist *persist)
{
    struct image *cached = persist->cached;
    uint32_t inode_count = persist->inode_count;
    int r = 0;
    if (persist->open_count > 0) {
        uint32_t *slots = malloc((inode_count + 1) * sizeof(*slots));
        persist->cached = image_clone(cached);
        if (slots == NULL || persist->cached == NULL) {
            image_free(persist->cached);
            persist->cached = cached;
            free(slots);
            return -ENOMEM;
        }
        for (uint32_t i = 0; i < inode_count; i++) {
            slots[i] = persist->inodes[i].cached_slot;
        }
        r = do_in_flight(persist);
        for (uint32_t i = 0; i < inode_count; i++) {
            persist->inodes[i].cached_slot = slots[i];
            if (slots[i] != IMAGE_NO_FILE) {
                persist->slot_inodes[slots[i]] = i;
            }
        }
        free(slots);
        image_free(persist->cached);
        persist->cached = cached;
    }
    return r < 0 ? r : persist_item_number(persist);
}

int persist_seek(struct persist *persist, size_t done, struct err *err)
{
    const struct trace *trace = persist->recording.trace;
    uint64_t moment = TRACE_NO_SEQUENCE;
    drop_in_flight(persist);
    ENSURE(done >= persist->done && done <= trace_done_count(trace));
    int r = 0;
    for (; r == 0 && persist->done < done; persist->done++) {
        r = do_ended(persist, persist->done);
    }
    if (r == 0 && done < trace_done_count(trace)) {
        struct trace_entry entry;
        trace_get(trace, trace_done_index(trace, done), &entry);
        moment = entry.end_sequence;
    }
    r = r < 0 ? r : open_until(persist, moment);
    r = r < 0 ? r : add_in_flight(persist);
    return r < 0 ? err_set(err, r, "the trace cannot be followed to operation %zu: %s", done,
                           strerror(-r))
                 : 0;
}

int persist_cached(const struct persist *persist, struct image **ret_image, struct err *err)
{
    *ret_image = image_clone(persist->cached);
    return *ret_image == NULL ? err_set(err, -ENOMEM, "out of memory") : 0;
}
