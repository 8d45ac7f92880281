/* Inodes of a world: which sizes a file may have, and which versions each page of it. */
#include "harness/power/legal/legal_model.h"
#include "harness/power/legal/legal_world.h"
#include "store/base/bytes.h"
#include "store/base/grow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int legal_inode_add(struct legal_world *world, bool is_dir, const struct image_content *base,
                    uint32_t *ret_inode)
{
    struct legal_inode inode = {.is_dir = is_dir, .base = base, .base_cut_bytes = UINT64_MAX};
    inode.sizes = malloc(sizeof(inode.sizes[0]));
    if (inode.sizes == NULL || grow_array((void **)&world->inodes, world->inode_count,
                                          &world->inode_capacity, sizeof(inode)) < 0) {
        free(inode.sizes);
        return -ENOMEM;
    }
    inode.cached_size_bytes = base != NULL ? base->size_bytes : 0;
    inode.sizes[0] = (struct legal_size){.value_bytes = inode.cached_size_bytes};
    inode.size_count = 1;
    inode.size_capacity = 1;
    *ret_inode = world->inode_count;
    world->inodes[world->inode_count++] = inode;
    return 0;
}

void legal_inode_clear(struct legal_inode *inode)
{
    for (uint32_t i = 0; i < inode->page_count; i++) {
        legal_page_drop(&inode->pages[i], 0);
        free(inode->pages[i].versions);
    }
    free(inode->pages);
    free(inode->sizes);
}

static int add_size(struct legal_world *world, uint32_t index, const struct trace_entry *entry,
                    uint64_t value_bytes, bool is_growth)
{
    struct legal_inode *inode = &world->inodes[index];
    const struct legal_undo undo = {
        .kind = LEGAL_UNDO_SIZE, .inode = index, .cached_size_bytes = inode->cached_size_bytes};
    if (grow_array((void **)&inode->sizes, inode->size_count, &inode->size_capacity,
                   sizeof(inode->sizes[0])) < 0 ||
        legal_undo_note(world, &undo) < 0) {
        return -ENOMEM;
    }
    inode->sizes[inode->size_count++] = (struct legal_size){
        .order = world->order,
        .end_sequence = entry->end_sequence,
        .value_bytes = value_bytes,
        .before_bytes = inode->cached_size_bytes,
        .is_growth = is_growth,
        .is_in_flight = world->is_in_flight,
    };
    inode->cached_size_bytes = value_bytes;
    return 0;
}

/* The un-synced truncate that last made room for the page. */
static uint64_t room_order(const struct legal_inode *inode, uint64_t page_index)
{
    uint64_t start = page_index * IMAGE_PAGE_SIZE_BYTES;
    for (uint32_t i = inode->size_count; i > 1; i--) {
        const struct legal_size *size = &inode->sizes[i - 1];
        if (size->before_bytes <= start && size->value_bytes > start) {
            return size->order;
        }
    }
    return 0;
}

/* How much of the version is left in the cache. */
static uint32_t cached_bytes(const struct legal_inode *inode, const struct legal_page *page,
                             const struct legal_version *version)
{
    return legal_page_keep_bytes(inode, version, page->index, inode->size_count - 1);
}

static int fill_version(const struct legal_inode *inode, const struct legal_page *page,
                        const struct trace_entry *entry, uint64_t size_bytes,
                        struct legal_version *version)
{
    const struct legal_version *last = &page->versions[page->version_count - 1];
    uint64_t start = page->index * IMAGE_PAGE_SIZE_BYTES;
    uint64_t from = entry->offset > start ? entry->offset : start;
    uint64_t end = entry->offset + size_bytes;
    uint64_t page_end = start + IMAGE_PAGE_SIZE_BYTES;
    uint64_t upto = end < page_end ? end : page_end;
    uint8_t *data = malloc(IMAGE_PAGE_SIZE_BYTES);
    if (data == NULL) {
        return -ENOMEM;
    }
    legal_page_copy(last, cached_bytes(inode, page, last), data);
    memcpy(data + (from - start), entry->data + (from - entry->offset), (size_t)(upto - from));
    version->own_data = data;
    version->data = data;
    version->extent_bytes = IMAGE_PAGE_SIZE_BYTES;
    version->reach_bytes = upto;
    version->room_order = room_order(inode, page->index);
    version->is_first_fill = last->is_gone || cached_bytes(inode, page, last) == 0;
    version->hash = bytes_is_zero(data, IMAGE_PAGE_SIZE_BYTES) ? 0 : tree_hash_page(data);
    /* Zeros past the end of the cached file need no mask. */
    while (version->extent_bytes > 0 && data[version->extent_bytes - 1] == 0) {
        version->extent_bytes--;
    }
    return 0;
}

static int add_version(struct legal_world *world, uint32_t index, const struct trace_entry *entry,
                       uint64_t page_index, uint64_t size_bytes)
{
    struct legal_inode *inode = &world->inodes[index];
    struct legal_version version = {.order = world->order,
                                    .end_sequence = entry->end_sequence,
                                    .is_in_flight = world->is_in_flight};
    const struct legal_undo undo = {.kind = LEGAL_UNDO_VERSION,
                                    .inode = index,
                                    .page_index = page_index,
                                    .cached_size_bytes = inode->cached_size_bytes};
    struct legal_page *page = NULL;
    int r = legal_page_get(inode, page_index, &page);
    if (r < 0) {
        return r;
    }
    if (grow_array((void **)&page->versions, page->version_count, &page->version_capacity,
                   sizeof(version)) < 0 ||
        fill_version(inode, page, entry, size_bytes, &version) < 0 ||
        legal_undo_note(world, &undo) < 0) {
        legal_page_free_version(&version);
        return -ENOMEM;
    }
    page->versions[page->version_count++] = version;
    if (inode->cached_size_bytes < version.reach_bytes) {
        inode->cached_size_bytes = version.reach_bytes;
    }
    return 0;
}

int legal_inode_write(struct legal_world *world, uint32_t inode, const struct trace_entry *entry,
                      uint64_t size_bytes)
{
    uint64_t end = entry->offset + size_bytes;
    if (!legal_model_page_brings_size(world->model) &&
        end > world->inodes[inode].cached_size_bytes &&
        add_size(world, inode, entry, end, true) < 0) {
        return -ENOMEM;
    }
    for (uint64_t page = entry->offset / IMAGE_PAGE_SIZE_BYTES; page * IMAGE_PAGE_SIZE_BYTES < end;
         page++) {
        int r = add_version(world, inode, entry, page, size_bytes);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

int legal_inode_truncate(struct legal_world *world, uint32_t inode, const struct trace_entry *entry)
{
    return add_size(world, inode, entry, entry->size_bytes, false);
}
