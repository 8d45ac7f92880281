/* What the files of images hold: pages in counted, shared chunks.  For image.c and what builds
 * images (persist.c); nothing here is changed while it is shared. */
#ifndef HARNESS_POWER_DISK_IMAGE_CONTENT_H
#define HARNESS_POWER_DISK_IMAGE_CONTENT_H

#include "harness/power/disk/tree_hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMAGE_PAGE_SIZE_BYTES 4096
#define IMAGE_CHUNK_PAGES     32

struct image_page {
    uint32_t ref_count;
    bool has_hash; /* `hash` is that of `data`; an all-zero page has none: is_zero */
    bool is_zero;
    uint64_t hash;
    uint8_t data[IMAGE_PAGE_SIZE_BYTES];
};

/* Pages index * IMAGE_CHUNK_PAGES and on; NULL: a hole. A shared chunk has the same index in all.
 */
struct image_chunk {
    uint32_t ref_count;
    bool has_hash; /* `hash` is that of its pages */
    struct tree_hash_file hash;
    struct image_page *pages[IMAGE_CHUNK_PAGES];
};

struct image_chunk_place {
    uint64_t index;
    struct image_chunk *chunk;
};

/* What a file holds. Chunks ascend by index; those without a page may be missing. */
struct image_content {
    uint32_t ref_count;
    uint64_t size_bytes;
    bool has_hash; /* `hash` is that of its chunks */
    struct tree_hash_file hash;
    struct image_chunk_place *chunks;
    uint32_t chunk_count;
    uint32_t chunk_capacity;
};

void image_content_page_unref(struct image_page *page);
void image_content_unref(struct image_content *content);
/* Empty, of size 0. NULL when out of memory. */
struct image_content *image_content_new(void);
/* NULL: a hole. */
struct image_page *image_content_page(const struct image_content *content, uint64_t page_index);
/* A page of this content that may be written, made when it is a hole.  The content must be its
 * file's own (image_tree_own_content). */
int image_content_get_page(struct image_content *content, uint64_t page_index,
                           struct image_page **ret_page);
/* Puts `page` (one more reference to it; NULL: a hole) in the place of what is there. */
int image_content_set_page(struct image_content *content, uint64_t page_index,
                           struct image_page *page);
int64_t image_content_write(struct image_content *content, uint64_t offset, const uint8_t *data,
                            size_t size_bytes);
int64_t image_content_read(const struct image_content *content, uint64_t offset, uint8_t *data,
                           size_t size_bytes);
/* Where the next page that is there begins, or `offset` inside it; the size when there is none. */
uint64_t image_content_next_data(const struct image_content *content, uint64_t offset);
int image_content_truncate(struct image_content *content, uint64_t size_bytes);
/* Calls `each` for every page that is there, in ascending order. */
int image_content_each(const struct image_content *content,
                       int (*each)(void *arg, uint64_t page_index, struct image_page *page),
                       void *arg);
/* The hash of the page, kept with it; 0 for one that is all zero. */
uint64_t image_content_page_hash(struct image_page *page);
/* The hash of all pages.  What has not changed since is not hashed again. */
const struct tree_hash_file *image_content_hash(struct image_content *content);

#endif
