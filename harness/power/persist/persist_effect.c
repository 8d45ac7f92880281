/* What each operation does: to the cached layer at once, and as un-synced parts above what is
 * durable. */
#include "harness/power/persist/layers.h"
#include "store/base/ensure.h"

#include <errno.h>

static int add(struct persist *persist, struct persist_part part, enum persist_kind kind,
               uint32_t inode)
{
    part.kind = kind;
    part.inode = inode;
    return persist_part_add(persist, &part);
}

/* Where size and page go together, the page brings the size with it: no more of it than lies in the
 * page, since a crash may keep the last page of a write without the first. */
static int add_page(struct persist *persist, struct persist_part part, uint64_t write_end,
                    struct image_content *content)
{
    uint64_t page_end = (part.page_index + 1) * IMAGE_PAGE_SIZE_BYTES;
    part.page = image_content_page(content, part.page_index);
    if (!persist->model->is_size_apart) {
        part.size_bytes = write_end < page_end ? write_end : page_end;
    }
    ENSURE(part.page != NULL);
    part.page->ref_count++;
    int r = persist_part_add(persist, &part);
    if (r < 0) {
        persist_part_drop(&part);
    }
    return r;
}

static int write_pages(struct persist *persist, const struct trace_entry *entry,
                       struct persist_part part, uint64_t end, struct image_content *content)
{
    part.kind = PERSIST_PAGE;
    part.page_index = entry->offset / IMAGE_PAGE_SIZE_BYTES;
    for (; part.page_index * IMAGE_PAGE_SIZE_BYTES < end; part.page_index++) {
        uint64_t at = part.page_index * IMAGE_PAGE_SIZE_BYTES;
        uint64_t from = at < entry->offset ? entry->offset : at;
        uint64_t upto = at + IMAGE_PAGE_SIZE_BYTES < end ? at + IMAGE_PAGE_SIZE_BYTES : end;
        part.is_first = image_content_page(content, part.page_index) == NULL;
        int64_t put = image_content_write(content, from, entry->data + (from - entry->offset),
                                          (size_t)(upto - from));
        int r = put < 0 ? (int)put : add_page(persist, part, end, content);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

static struct image_file *cached_file(const struct persist *persist, uint32_t inode)
{
    return &persist->cached->files[persist->inodes[inode].cached_slot];
}

static int apply_write(struct persist *persist, const struct trace_entry *entry,
                       struct persist_part part)
{
    uint64_t size_bytes = part.is_in_flight ? entry->size_bytes : (uint64_t)entry->result;
    uint64_t end = entry->offset + size_bytes;
    struct image_content *content = NULL;
    part.inode = persist_inode_find(persist, entry->path);
    if (part.inode == PERSIST_NONE || size_bytes == 0) {
        return 0;
    }
    if (entry->data == NULL) {
        return -ENOBUFS;
    }
    int r = image_tree_own_content(cached_file(persist, part.inode), &content);
    if (r < 0) {
        return r;
    }
    if (persist->model->is_size_apart && end > content->size_bytes) {
        struct persist_part size = part;
        size.size_bytes = end;
        r = add(persist, size, PERSIST_SIZE, part.inode);
        if (r < 0) {
            return r;
        }
    }
    return write_pages(persist, entry, part, end, content);
}

static int apply_truncate(struct persist *persist, const struct trace_entry *entry,
                          struct persist_part part)
{
    uint32_t inode = persist_inode_find(persist, entry->path);
    struct image_content *content = NULL;
    if (inode == PERSIST_NONE) {
        return 0;
    }
    int r = image_tree_own_content(cached_file(persist, inode), &content);
    if (r < 0) {
        return r;
    }
    r = image_content_truncate(content, entry->size_bytes);
    if (r < 0) {
        return r;
    }
    part.size_bytes = entry->size_bytes;
    return add(persist, part, PERSIST_SIZE, inode);
}

static int apply_create(struct persist *persist, struct persist_part part)
{
    uint32_t slot = 0;
    uint32_t inode = 0;
    if (image_tree_find(persist->cached, part.path) != NULL) {
        return 0;
    }
    int r = image_tree_create(persist->cached, part.path, &slot);
    if (r < 0) {
        return r;
    }
    r = persist_inode_add(persist, false, NULL, slot, &inode);
    if (r < 0) {
        return r;
    }
    r = persist_inode_bind(persist, slot, inode);
    return r < 0 ? r : add(persist, part, PERSIST_ENTRY, inode);
}

static int apply_mkdir(struct persist *persist, struct persist_part part)
{
    uint32_t inode = 0;
    if (image_tree_find(persist->cached, part.path) != NULL) {
        return 0;
    }
    int r = image_tree_add(persist->cached, part.path, IMAGE_NO_FILE);
    if (r < 0) {
        return r;
    }
    r = persist_inode_add(persist, true, part.path, IMAGE_NO_FILE, &inode);
    return r < 0 ? r : add(persist, part, PERSIST_ENTRY, inode);
}

static int apply_rename(struct persist *persist, struct persist_part part)
{
    uint32_t inode = persist_inode_find(persist, part.path);
    part.replaced = persist_inode_find(persist, part.target);
    if (inode == PERSIST_NONE || inode == part.replaced) {
        return 0;
    }
    if (part.replaced != PERSIST_NONE) {
        persist->inodes[part.replaced].cached_slot = IMAGE_NO_FILE;
    }
    int r = image_tree_rename(persist->cached, part.path, part.target);
    return r < 0 ? r : add(persist, part, PERSIST_ENTRY, inode);
}

static int apply_unlink(struct persist *persist, struct persist_part part)
{
    uint32_t inode = persist_inode_find(persist, part.path);
    bool is_there = false;
    uint32_t place = image_tree_place(persist->cached, part.path, &is_there);
    if (inode == PERSIST_NONE || !is_there) {
        return 0;
    }
    image_tree_remove(persist->cached, place, place + 1);
    persist->inodes[inode].cached_slot = IMAGE_NO_FILE;
    return add(persist, part, PERSIST_ENTRY, inode);
}

int persist_effect_apply(struct persist *persist, const struct trace_entry *entry, uint32_t index,
                         bool in_flight)
{
    const struct persist_part part = {.op = entry->op,
                                      .entry = index,
                                      .replaced = PERSIST_NONE,
                                      .path = entry->path,
                                      .target = entry->target,
                                      .end_sequence = entry->end_sequence,
                                      .is_in_flight = in_flight};
    if (!in_flight && entry->result < 0) {
        return 0;
    }
    switch (entry->op) {
    case POINT_OP_WRITE:
        return apply_write(persist, entry, part);
    case POINT_OP_TRUNCATE:
        return apply_truncate(persist, entry, part);
    case POINT_OP_CREATE:
        return apply_create(persist, part);
    case POINT_OP_MKDIR:
        return apply_mkdir(persist, part);
    case POINT_OP_RENAME:
        return apply_rename(persist, part);
    case POINT_OP_UNLINK:
        return apply_unlink(persist, part);
    case POINT_OP_OPEN:
    case POINT_OP_READ:
    case POINT_OP_SEEK:
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
