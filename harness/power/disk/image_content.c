/* Pages, chunks, contents (image_content.h). */
#include "harness/power/disk/image_content.h"

#include "store/base/bytes.h"
#include "store/base/grow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Reference counts. */

void image_content_page_unref(struct image_page *page)
{
    if (page != NULL && --page->ref_count == 0) {
        free(page);
    }
}

static void chunk_unref(struct image_chunk *chunk)
{
    if (--chunk->ref_count > 0) {
        return;
    }
    for (size_t i = 0; i < IMAGE_CHUNK_PAGES; i++) {
        image_content_page_unref(chunk->pages[i]);
    }
    free(chunk);
}

void image_content_unref(struct image_content *content)
{
    if (content == NULL || --content->ref_count > 0) {
        return;
    }
    for (uint32_t i = 0; i < content->chunk_count; i++) {
        chunk_unref(content->chunks[i].chunk);
    }
    free(content->chunks);
    free(content);
}

/* Contents. */

struct image_content *image_content_new(void)
{
    struct image_content *content = calloc(1, sizeof(*content));
    if (content != NULL) {
        content->ref_count = 1;
    }
    return content;
}

/* The place of chunk `index`, or where it would have to be. */
static uint32_t find_chunk(const struct image_content *content, uint64_t index)
{
    uint32_t low = 0;
    uint32_t high = content->chunk_count;
    if (high > 0 && content->chunks[high - 1].index < index) {
        return high; /* most writes append */
    }
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (content->chunks[middle].index < index) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool has_chunk(const struct image_content *content, uint32_t place, uint64_t index)
{
    return place < content->chunk_count && content->chunks[place].index == index;
}

struct image_page *image_content_page(const struct image_content *content, uint64_t page_index)
{
    uint64_t index = page_index / IMAGE_CHUNK_PAGES;
    uint32_t place = find_chunk(content, index);
    if (!has_chunk(content, place, index)) {
        return NULL;
    }
    return content->chunks[place].chunk->pages[page_index % IMAGE_CHUNK_PAGES];
}

static int insert_chunk(struct image_content *content, uint32_t place, uint64_t index)
{
    struct image_chunk *chunk = calloc(1, sizeof(*chunk));
    if (chunk == NULL || grow_array((void **)&content->chunks, content->chunk_count,
                                    &content->chunk_capacity, sizeof(content->chunks[0])) < 0) {
        free(chunk);
        return -ENOMEM;
    }
    chunk->ref_count = 1;
    memmove(content->chunks + place + 1, content->chunks + place,
            (content->chunk_count - place) * sizeof(content->chunks[0]));
    content->chunks[place] = (struct image_chunk_place){.index = index, .chunk = chunk};
    content->chunk_count++;
    content->has_hash = false;
    return 0;
}

/* Makes the chunk at `place` this content's own, and about to change. */
static int own_chunk(struct image_content *content, uint32_t place)
{
    struct image_chunk *shared = content->chunks[place].chunk;
    content->has_hash = false;
    if (shared->ref_count == 1) {
        shared->has_hash = false;
        return 0;
    }
    struct image_chunk *own = malloc(sizeof(*own));
    if (own == NULL) {
        return -ENOMEM;
    }
    *own = *shared;
    own->ref_count = 1;
    own->has_hash = false;
    for (size_t i = 0; i < IMAGE_CHUNK_PAGES; i++) {
        if (own->pages[i] != NULL) {
            own->pages[i]->ref_count++;
        }
    }
    shared->ref_count--;
    content->chunks[place].chunk = own;
    return 0;
}

/* Makes `*page` a page that may be written: filled with zeros when there was none. */
static int own_page(struct image_page **page)
{
    struct image_page *shared = *page;
    struct image_page *own = shared;
    if (shared == NULL || shared->ref_count > 1) {
        own = malloc(sizeof(*own));
        if (own == NULL) {
            return -ENOMEM;
        }
        own->ref_count = 1;
        if (shared == NULL) {
            memset(own->data, 0, sizeof(own->data));
        } else {
            memcpy(own->data, shared->data, sizeof(own->data));
            shared->ref_count--;
        }
        *page = own;
    }
    own->has_hash = false;
    return 0;
}

/* Whether the bytes are there already: to write them again would only part what is shared. */
static bool is_written(const struct image_content *content, uint64_t page_index, size_t in_page,
                       const uint8_t *data, size_t size_bytes)
{
    const struct image_page *page = image_content_page(content, page_index);
    return page != NULL && memcmp(page->data + in_page, data, size_bytes) == 0;
}

/* The chunk at `place` of its own to this content, made when there is none. */
static int get_chunk(struct image_content *content, uint32_t place, uint64_t index)
{
    return has_chunk(content, place, index) ? own_chunk(content, place)
                                            : insert_chunk(content, place, index);
}

int image_content_get_page(struct image_content *content, uint64_t page_index,
                           struct image_page **ret_page)
{
    uint64_t index = page_index / IMAGE_CHUNK_PAGES;
    uint32_t place = find_chunk(content, index);
    int r = get_chunk(content, place, index);
    if (r < 0) {
        return r;
    }
    struct image_page **page = &content->chunks[place].chunk->pages[page_index % IMAGE_CHUNK_PAGES];
    r = own_page(page);
    if (r < 0) {
        return r;
    }
    *ret_page = *page;
    return 0;
}

int64_t image_content_write(struct image_content *content, uint64_t offset, const uint8_t *data,
                            size_t size_bytes)
{
    size_t done_bytes = 0;
    while (done_bytes < size_bytes) {
        uint64_t at = offset + done_bytes;
        size_t in_page = (size_t)(at % IMAGE_PAGE_SIZE_BYTES);
        size_t part_bytes = IMAGE_PAGE_SIZE_BYTES - in_page;
        struct image_page *page = NULL;
        if (part_bytes > size_bytes - done_bytes) {
            part_bytes = size_bytes - done_bytes;
        }
        if (!is_written(content, at / IMAGE_PAGE_SIZE_BYTES, in_page, data + done_bytes,
                        part_bytes)) {
            int r = image_content_get_page(content, at / IMAGE_PAGE_SIZE_BYTES, &page);
            if (r < 0) {
                return done_bytes > 0 ? (int64_t)done_bytes : r;
            }
            memcpy(page->data + in_page, data + done_bytes, part_bytes);
        }
        done_bytes += part_bytes;
        if (content->size_bytes < at + part_bytes) {
            content->size_bytes = at + part_bytes;
        }
    }
    return (int64_t)done_bytes;
}

int64_t image_content_read(const struct image_content *content, uint64_t offset, uint8_t *data,
                           size_t size_bytes)
{
    size_t done_bytes = 0;
    if (offset >= content->size_bytes) {
        return 0;
    }
    if (size_bytes > content->size_bytes - offset) {
        size_bytes = (size_t)(content->size_bytes - offset);
    }
    while (done_bytes < size_bytes) {
        uint64_t at = offset + done_bytes;
        size_t in_page = (size_t)(at % IMAGE_PAGE_SIZE_BYTES);
        size_t part_bytes = IMAGE_PAGE_SIZE_BYTES - in_page;
        const struct image_page *page = image_content_page(content, at / IMAGE_PAGE_SIZE_BYTES);
        if (part_bytes > size_bytes - done_bytes) {
            part_bytes = size_bytes - done_bytes;
        }
        if (page != NULL) {
            memcpy(data + done_bytes, page->data + in_page, part_bytes);
        } else {
            memset(data + done_bytes, 0, part_bytes);
        }
        done_bytes += part_bytes;
    }
    return (int64_t)done_bytes;
}

/* Drops the pages from `page_index` on. */
static int drop_pages(struct image_content *content, uint64_t page_index)
{
    uint64_t index = page_index / IMAGE_CHUNK_PAGES;
    uint32_t place = find_chunk(content, index);
    uint32_t keep_count = place;
    content->has_hash = false;
    if (has_chunk(content, place, index) && page_index % IMAGE_CHUNK_PAGES != 0) {
        int r = own_chunk(content, place);
        if (r < 0) {
            return r;
        }
        for (size_t i = page_index % IMAGE_CHUNK_PAGES; i < IMAGE_CHUNK_PAGES; i++) {
            image_content_page_unref(content->chunks[place].chunk->pages[i]);
            content->chunks[place].chunk->pages[i] = NULL;
        }
        keep_count = place + 1;
    }
    for (uint32_t i = keep_count; i < content->chunk_count; i++) {
        chunk_unref(content->chunks[i].chunk);
    }
    content->chunk_count = keep_count;
    return 0;
}

/* What was cut away comes back as zeros when the file grows again. */
static int clear_page_from(struct image_content *content, uint64_t page_index, size_t in_page)
{
    struct image_page *page = NULL;
    if (image_content_page(content, page_index) == NULL) {
        return 0;
    }
    int r = image_content_get_page(content, page_index, &page);
    if (r < 0) {
        return r;
    }
    memset(page->data + in_page, 0, IMAGE_PAGE_SIZE_BYTES - in_page);
    return 0;
}

int image_content_truncate(struct image_content *content, uint64_t size_bytes)
{
    size_t in_page = (size_t)(size_bytes % IMAGE_PAGE_SIZE_BYTES);
    uint64_t page_index = size_bytes / IMAGE_PAGE_SIZE_BYTES;
    if (size_bytes < content->size_bytes) {
        int r = in_page > 0 ? clear_page_from(content, page_index, in_page) : 0;
        if (r < 0) {
            return r;
        }
        r = drop_pages(content, page_index + (in_page > 0));
        if (r < 0) {
            return r;
        }
    }
    content->size_bytes = size_bytes;
    return 0;
}

uint64_t image_content_next_data(const struct image_content *content, uint64_t offset)
{
    uint64_t page_index = offset / IMAGE_PAGE_SIZE_BYTES;
    uint64_t index = page_index / IMAGE_CHUNK_PAGES;
    for (uint32_t i = find_chunk(content, index); i < content->chunk_count; i++) {
        const struct image_chunk_place *place = &content->chunks[i];
        size_t k = place->index == index ? (size_t)(page_index % IMAGE_CHUNK_PAGES) : 0;
        while (k < IMAGE_CHUNK_PAGES && place->chunk->pages[k] == NULL) {
            k++;
        }
        if (k < IMAGE_CHUNK_PAGES) {
            uint64_t next = (place->index * IMAGE_CHUNK_PAGES + k) * IMAGE_PAGE_SIZE_BYTES;
            next = next > offset ? next : offset;
            return next < content->size_bytes ? next : content->size_bytes;
        }
    }
    return content->size_bytes;
}

int image_content_each(const struct image_content *content,
                       int (*each)(void *arg, uint64_t page_index, struct image_page *page),
                       void *arg)
{
    for (uint32_t i = 0; i < content->chunk_count; i++) {
        const struct image_chunk_place *place = &content->chunks[i];
        for (size_t k = 0; k < IMAGE_CHUNK_PAGES; k++) {
            struct image_page *page = place->chunk->pages[k];
            int r = page == NULL ? 0 : each(arg, place->index * IMAGE_CHUNK_PAGES + k, page);
            if (r != 0) {
                return r;
            }
        }
    }
    return 0;
}

int image_content_set_page(struct image_content *content, uint64_t page_index,
                           struct image_page *page)
{
    uint64_t index = page_index / IMAGE_CHUNK_PAGES;
    uint32_t place = find_chunk(content, index);
    int r = get_chunk(content, place, index);
    if (r < 0) {
        return r;
    }
    struct image_page **at = &content->chunks[place].chunk->pages[page_index % IMAGE_CHUNK_PAGES];
    if (page != NULL) {
        page->ref_count++;
    }
    image_content_page_unref(*at);
    *at = page;
    return 0;
}

uint64_t image_content_page_hash(struct image_page *page)
{
    if (!page->has_hash) {
        page->is_zero = bytes_is_zero(page->data, sizeof(page->data));
        page->hash = page->is_zero ? 0 : tree_hash_page(page->data);
        page->has_hash = true;
    }
    return page->hash;
}

static void hash_chunk(struct image_chunk *chunk, uint64_t page_index)
{
    tree_hash_file_init(&chunk->hash);
    for (size_t i = 0; i < IMAGE_CHUNK_PAGES; i++) {
        struct image_page *page = chunk->pages[i];
        if (page != NULL) {
            uint64_t hash = image_content_page_hash(page);
            if (!page->is_zero) {
                tree_hash_file_add(&chunk->hash, page_index + i, hash);
            }
        }
    }
    chunk->has_hash = true;
}

const struct tree_hash_file *image_content_hash(struct image_content *content)
{
    if (!content->has_hash) {
        tree_hash_file_init(&content->hash);
        for (uint32_t i = 0; i < content->chunk_count; i++) {
            struct image_chunk_place *place = &content->chunks[i];
            if (!place->chunk->has_hash) {
                hash_chunk(place->chunk, place->index * IMAGE_CHUNK_PAGES);
            }
            tree_hash_file_join(&content->hash, &place->chunk->hash);
        }
        content->has_hash = true;
    }
    return &content->hash;
}
