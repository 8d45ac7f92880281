/* Effects of operations, put into an image. */
#include "harness/power/persist/layers.h"
#include "store/base/bytes.h"

#include <errno.h>
#include <string.h>

/* What a page holds past the file's size is not there, and comes back as zeros when it grows. */
static int clear_past_end(struct image_content *content, uint64_t page_index)
{
    uint64_t start = page_index * IMAGE_PAGE_SIZE_BYTES;
    struct image_page *page = image_content_page(content, page_index);
    if (content->size_bytes >= start + IMAGE_PAGE_SIZE_BYTES || page == NULL) {
        return 0;
    }
    size_t used_bytes = (size_t)(content->size_bytes - start);
    if (bytes_is_zero(page->data + used_bytes, IMAGE_PAGE_SIZE_BYTES - used_bytes)) {
        return 0;
    }
    int r = image_content_get_page(content, page_index, &page);
    if (r == 0) {
        memset(page->data + used_bytes, 0, IMAGE_PAGE_SIZE_BYTES - used_bytes);
    }
    return r;
}

static int apply_page(struct persist_build *build, const struct persist_part *part)
{
    uint32_t slot = build->slots[part->inode];
    struct image_content *content = NULL;
    if (slot == IMAGE_NO_FILE) {
        return 0; /* what is written to a file without a name leaves nothing */
    }
    int r = image_tree_own_content(&build->image->files[slot], &content);
    if (r == 0 && content->size_bytes < part->size_bytes) {
        content->size_bytes = part->size_bytes;
    }
    if (r < 0 || part->page_index * IMAGE_PAGE_SIZE_BYTES >= content->size_bytes) {
        return r;
    }
    r = image_content_set_page(content, part->page_index, part->page);
    return r < 0 ? r : clear_past_end(content, part->page_index);
}

static int apply_size(struct persist_build *build, const struct persist_part *part)
{
    uint32_t slot = build->slots[part->inode];
    struct image_content *content = NULL;
    if (slot == IMAGE_NO_FILE) {
        return 0;
    }
    int r = image_tree_own_content(&build->image->files[slot], &content);
    if (r < 0) {
        return r;
    }
    /* The size that an append gave (posix) never takes away what a later page brought. */
    if (part->op == POINT_OP_WRITE && part->size_bytes < content->size_bytes) {
        return 0;
    }
    return image_content_truncate(content, part->size_bytes);
}

static void forget_slot(struct persist_build *build, uint32_t inode_count, uint32_t slot)
{
    for (uint32_t i = 0; i < inode_count; i++) {
        if (build->slots[i] == slot) {
            build->slots[i] = IMAGE_NO_FILE;
        }
    }
}

static int apply_rename(struct persist_build *build, uint32_t inode_count,
                        const struct persist_part *part)
{
    const struct image_entry *over = image_tree_find(build->image, part->target);
    if (over != NULL && !image_tree_is_dir(over)) {
        forget_slot(build, inode_count, over->file);
    }
    return image_tree_rename(build->image, part->path, part->target) < 0 ? -EINVAL : 0;
}

static int apply_unlink(struct persist_build *build, const struct persist_part *part)
{
    bool is_there = false;
    uint32_t place = image_tree_place(build->image, part->path, &is_there);
    if (!is_there) {
        return -EINVAL;
    }
    image_tree_remove(build->image, place, place + 1);
    build->slots[part->inode] = IMAGE_NO_FILE;
    return 0;
}

static int apply_entry(struct persist_build *build, uint32_t inode_count,
                       const struct persist_part *part)
{
    if (part->op == POINT_OP_RENAME) {
        return apply_rename(build, inode_count, part);
    }
    if (part->op == POINT_OP_UNLINK) {
        return apply_unlink(build, part);
    }
    if (image_tree_find(build->image, part->path) != NULL ||
        image_tree_check_parents(build->image, part->path) < 0) {
        return -EINVAL;
    }
    if (part->op == POINT_OP_MKDIR) {
        return image_tree_add(build->image, part->path, IMAGE_NO_FILE);
    }
    return image_tree_create(build->image, part->path, &build->slots[part->inode]);
}

int persist_build_apply(struct persist_build *build, uint32_t inode_count,
                        const struct persist_part *part)
{
    switch (part->kind) {
    case PERSIST_PAGE:
        return apply_page(build, part);
    case PERSIST_SIZE:
        return apply_size(build, part);
    case PERSIST_ENTRY:
        return apply_entry(build, inode_count, part);
    }
    return -EINVAL;
}

/* The sectors of the next version that reached the disk, over the page as it is. */
int persist_build_tear(struct persist_build *build, const struct persist_part *part,
                       uint8_t sectors)
{
    uint32_t slot = build->slots[part->inode];
    struct image_content *content = NULL;
    struct image_page *page = NULL;
    if (slot == IMAGE_NO_FILE) {
        return 0;
    }
    int r = image_tree_own_content(&build->image->files[slot], &content);
    if (r == 0 && content->size_bytes < part->size_bytes) {
        content->size_bytes = part->size_bytes;
    }
    if (r < 0 || part->page_index * IMAGE_PAGE_SIZE_BYTES >= content->size_bytes) {
        return r;
    }
    r = image_content_get_page(content, part->page_index, &page);
    for (uint32_t s = 0; r == 0 && s < IMAGE_PAGE_SIZE_BYTES / PERSIST_SECTOR_SIZE_BYTES; s++) {
        if ((sectors >> s & 1) != 0) {
            memcpy(page->data + (size_t)s * PERSIST_SECTOR_SIZE_BYTES,
                   part->page->data + (size_t)s * PERSIST_SECTOR_SIZE_BYTES,
                   PERSIST_SECTOR_SIZE_BYTES);
        }
    }
    return r < 0 ? r : clear_past_end(content, part->page_index);
}
