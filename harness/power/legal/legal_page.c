/* Pages of the legality check: versions, and what truncates leave of them. */
#include "harness/power/legal/legal_world.h"
#include "store/base/bytes.h"
#include "store/base/grow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

uint32_t legal_page_part_bytes(uint64_t size_bytes, uint64_t page_index)
{
    uint64_t start = page_index * IMAGE_PAGE_SIZE_BYTES;
    if (size_bytes <= start) {
        return 0;
    }
    return size_bytes - start < IMAGE_PAGE_SIZE_BYTES ? (uint32_t)(size_bytes - start)
                                                      : IMAGE_PAGE_SIZE_BYTES;
}

void legal_page_copy(const struct legal_version *version, uint32_t keep_bytes, uint8_t *ret_data)
{
    uint32_t size_bytes = keep_bytes < version->extent_bytes ? keep_bytes : version->extent_bytes;
    memset(ret_data, 0, IMAGE_PAGE_SIZE_BYTES);
    if (version->data != NULL) {
        memcpy(ret_data, version->data, size_bytes);
    }
}

static uint64_t hash_of(const struct legal_version *version, uint32_t keep_bytes)
{
    uint8_t data[IMAGE_PAGE_SIZE_BYTES];
    legal_page_copy(version, keep_bytes, data);
    return bytes_is_zero(data, sizeof(data)) ? 0 : tree_hash_page(data);
}

uint64_t legal_page_hash(const struct legal_version *version, uint32_t keep_bytes)
{
    bool is_whole = keep_bytes >= version->extent_bytes || version->data == NULL;
    return is_whole ? version->hash : hash_of(version, keep_bytes);
}

void legal_page_rehash(struct legal_version *version)
{
    version->hash = hash_of(version, IMAGE_PAGE_SIZE_BYTES);
}

uint32_t legal_page_keep_bytes(const struct legal_inode *inode, const struct legal_version *version,
                               uint64_t page_index, uint32_t size_index)
{
    uint32_t keep_bytes = IMAGE_PAGE_SIZE_BYTES;
    for (uint32_t i = 1; i <= size_index; i++) {
        const struct legal_size *size = &inode->sizes[i];
        uint32_t part_bytes = legal_page_part_bytes(size->value_bytes, page_index);
        if (!size->is_growth && size->order > version->order && part_bytes < keep_bytes) {
            keep_bytes = part_bytes;
        }
    }
    return keep_bytes;
}

void legal_page_base(const struct legal_inode *inode, uint64_t page_index,
                     struct legal_version *ret_version)
{
    struct image_page *page =
        inode->base != NULL ? image_content_page(inode->base, page_index) : NULL;
    uint32_t cut_bytes = legal_page_part_bytes(inode->base_cut_bytes, page_index);
    *ret_version = (struct legal_version){.is_gone = page == NULL || cut_bytes == 0};
    if (page == NULL || cut_bytes == 0) {
        return;
    }
    ret_version->extent_bytes = legal_page_part_bytes(inode->base->size_bytes, page_index);
    ret_version->data = page->data;
    ret_version->hash = image_content_page_hash(page);
    if (cut_bytes < ret_version->extent_bytes) {
        ret_version->extent_bytes = cut_bytes;
        legal_page_rehash(ret_version);
    }
}

/* The place of the page, or where it would have to be. */
static uint32_t find_place(const struct legal_inode *inode, uint64_t page_index)
{
    uint32_t low = 0;
    uint32_t high = inode->page_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (inode->pages[middle].index < page_index) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct legal_page *legal_page_find(const struct legal_inode *inode, uint64_t page_index)
{
    uint32_t place = find_place(inode, page_index);
    return place < inode->page_count && inode->pages[place].index == page_index
               ? &inode->pages[place]
               : NULL;
}

int legal_page_get(struct legal_inode *inode, uint64_t page_index, struct legal_page **ret_page)
{
    uint32_t place = find_place(inode, page_index);
    struct legal_page page = {.index = page_index, .version_count = 1, .version_capacity = 1};
    if (place < inode->page_count && inode->pages[place].index == page_index) {
        *ret_page = &inode->pages[place];
        return 0;
    }
    page.versions = malloc(sizeof(page.versions[0]));
    if (page.versions == NULL) {
        return -ENOMEM;
    }
    if (grow_array((void **)&inode->pages, inode->page_count, &inode->page_capacity, sizeof(page)) <
        0) {
        free(page.versions);
        return -ENOMEM;
    }
    legal_page_base(inode, page_index, &page.versions[0]);
    memmove(inode->pages + place + 1, inode->pages + place,
            (inode->page_count - place) * sizeof(page));
    inode->pages[place] = page;
    inode->page_count++;
    *ret_page = &inode->pages[place];
    return 0;
}

void legal_page_free_version(struct legal_version *version)
{
    free(version->own_data);
    version->own_data = NULL;
}

void legal_page_drop(struct legal_page *page, uint32_t version_count)
{
    while (page->version_count > version_count) {
        legal_page_free_version(&page->versions[--page->version_count]);
    }
}
