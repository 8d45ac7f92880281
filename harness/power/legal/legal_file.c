/* Whether one file of an image can be what a power loss left of an inode (legal_world.h). */
#include "harness/power/legal/legal_model.h"
#include "harness/power/legal/legal_world.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define SECTOR_SIZE_BYTES 512

/* One file held against one size of its inode. */
struct look {
    const struct legal_inode *inode;
    struct image_content *content;
    const struct legal_file_choice *choice;
    uint32_t size_index;
    bool reaches; /* a page that is there makes the file that long */
    uint64_t least_size_bytes;
    bool is_size_explained;
    uint32_t torn_count;
    struct err *err;
};

/* What one page can be. */
struct page_answer {
    bool is_whole; /* one version */
    bool is_torn;  /* sectors of one and of the next */
    bool explains_size;
    bool torn_explains_size;
};

static uint64_t value_of_size(const struct legal_inode *inode, uint32_t size_index)
{
    uint64_t value_bytes = inode->sizes[0].value_bytes;
    for (uint32_t i = 1; i <= size_index; i++) {
        const struct legal_size *size = &inode->sizes[i];
        if (!size->is_growth || value_bytes < size->value_bytes) {
            value_bytes = size->value_bytes;
        }
    }
    return value_bytes;
}

/* How much of the version can be seen: not what a truncate cut, not what lies past the end. */
static uint32_t visible_bytes(const struct look *look, const struct legal_version *version,
                              uint64_t page_index)
{
    uint32_t keep_bytes = legal_page_keep_bytes(look->inode, version, page_index, look->size_index);
    uint32_t part_bytes = legal_page_part_bytes(look->content->size_bytes, page_index);
    return keep_bytes < part_bytes ? keep_bytes : part_bytes;
}

static bool is_same_page(const struct look *look, const struct legal_version *version,
                         uint64_t page_index, struct image_page *seen)
{
    uint64_t hash = seen == NULL ? 0 : image_content_page_hash(seen);
    return hash == legal_page_hash(version, visible_bytes(look, version, page_index));
}

/* Whether every sector of `seen` is that of the version or of the one after it, and not all of the
 * one after it. */
static bool is_mixed_page(const struct look *look, const struct legal_version *version,
                          uint64_t page_index, const struct image_page *seen)
{
    uint8_t olds[IMAGE_PAGE_SIZE_BYTES];
    uint8_t news[IMAGE_PAGE_SIZE_BYTES];
    uint8_t zeros[SECTOR_SIZE_BYTES] = {0};
    bool has_old = false;
    legal_page_copy(version, visible_bytes(look, version, page_index), olds);
    legal_page_copy(version + 1, visible_bytes(look, version + 1, page_index), news);
    for (size_t at = 0; at < IMAGE_PAGE_SIZE_BYTES; at += SECTOR_SIZE_BYTES) {
        const uint8_t *sector = seen == NULL ? zeros : seen->data + at;
        bool is_old = memcmp(sector, olds + at, SECTOR_SIZE_BYTES) == 0;
        if (!is_old && memcmp(sector, news + at, SECTOR_SIZE_BYTES) != 0) {
            return false;
        }
        has_old = has_old || is_old;
    }
    return has_old;
}

/* Versions that must be there, when all that had ended is.  What a failed sync left clean is there
 * or not, page by page, whatever becomes of the rest. */
static uint32_t first_version(const struct look *look, const struct legal_page *page)
{
    uint32_t first = 0;
    for (uint32_t k = 1; look->choice->is_rest_kept && k < page->version_count; k++) {
        if (!page->versions[k].is_in_flight && !page->versions[k].is_clean) {
            first = k;
        }
    }
    return first;
}

/* Whether the truncate that the page's first version needs is there. */
static bool has_room(const struct look *look, const struct legal_page *page)
{
    const struct legal_inode *inode = look->inode;
    uint64_t room_order = page->version_count > 1 ? page->versions[1].room_order : 0;
    if (room_order == 0 || page->is_durable_written ||
        inode->sizes[0].value_bytes > page->index * IMAGE_PAGE_SIZE_BYTES) {
        return true;
    }
    for (uint32_t i = look->size_index + 1; i < inode->size_count; i++) {
        if (inode->sizes[i].order == room_order) {
            return false;
        }
    }
    return true;
}

/* The size of the file with this version and those before it. */
static uint64_t reach(const struct look *look, const struct legal_version *version,
                      uint64_t reach_bytes)
{
    bool counts = look->reaches && version->order > look->inode->sizes[look->size_index].order;
    return counts && version->reach_bytes > reach_bytes ? version->reach_bytes : reach_bytes;
}

static void ask_page(const struct look *look, const struct legal_page *page,
                     struct image_page *seen, bool asks_torn, struct page_answer *answer)
{
    uint32_t first = first_version(look, page);
    uint32_t last = has_room(look, page) ? page->version_count - 1 : 0;
    uint64_t size_bytes = look->content->size_bytes;
    uint64_t reach_bytes = look->least_size_bytes;
    for (uint32_t k = 0; k <= last; k++) {
        const struct legal_version *version = &page->versions[k];
        reach_bytes = k == 0 ? reach_bytes : reach(look, version, reach_bytes);
        if (reach_bytes > size_bytes ||
            (k > 0 && look->choice->is_rest_dropped && !version->is_clean)) {
            break;
        }
        if (k < first) {
            continue;
        }
        if (is_same_page(look, version, page->index, seen)) {
            answer->is_whole = true;
            answer->explains_size = answer->explains_size || reach_bytes == size_bytes;
        }
        if (asks_torn && k + 1 < page->version_count && last > 0 &&
            is_mixed_page(look, version, page->index, seen)) {
            /* The size comes with the sectors, or does not. */
            answer->is_torn = true;
            answer->torn_explains_size = answer->torn_explains_size || reach_bytes == size_bytes ||
                                         reach(look, version + 1, reach_bytes) == size_bytes;
        }
    }
}

/* A page that the trace wrote. */
static bool look_at_page(struct look *look, const struct legal_page *page)
{
    struct image_page *seen = image_content_page(look->content, page->index);
    struct page_answer answer = {0};
    ask_page(look, page, seen, false, &answer);
    if (!answer.is_whole) {
        ask_page(look, page, seen, true, &answer);
        if (!answer.is_torn) {
            (void)err_set(look->err, -EILSEQ,
                          "page %" PRIu64 " is none of its %u versions, nor two of them by sectors",
                          page->index, page->version_count);
            return false;
        }
        if (++look->torn_count > 1) {
            (void)err_set(look->err, -EILSEQ, "page %" PRIu64 " is the second torn one",
                          page->index);
            return false;
        }
        answer.explains_size = answer.torn_explains_size;
    }
    look->is_size_explained = look->is_size_explained || answer.explains_size;
    return true;
}

/* A page that the trace never wrote must be as it was. */
static bool look_at_base(struct look *look, uint64_t page_index, struct image_page *seen)
{
    struct legal_version version;
    if (legal_page_find(look->inode, page_index) != NULL) {
        return true;
    }
    legal_page_base(look->inode, page_index, &version);
    if (is_same_page(look, &version, page_index, seen)) {
        return true;
    }
    (void)err_set(look->err, -EILSEQ, "page %" PRIu64 " was never written, and is not as before",
                  page_index);
    return false;
}

static int each_seen(void *arg, uint64_t page_index, struct image_page *page)
{
    return look_at_base(arg, page_index, page) ? 0 : 1;
}

static int each_base(void *arg, uint64_t page_index, struct image_page *page)
{
    struct look *look = arg;
    struct image_page *seen = image_content_page(look->content, page_index);
    (void)page;
    return seen != NULL || look_at_base(look, page_index, NULL) ? 0 : 1;
}

/* The size may have come with a page that is torn above the version that brought it. */
static bool torn_page_explains_size(const struct look *look)
{
    for (uint32_t i = 0; look->torn_count == 0 && i < look->inode->page_count; i++) {
        const struct legal_page *page = &look->inode->pages[i];
        struct page_answer answer = {0};
        ask_page(look, page, image_content_page(look->content, page->index), true, &answer);
        if (answer.torn_explains_size) {
            return true;
        }
    }
    return false;
}

static bool fits_at(struct look *look)
{
    const struct image_content *base = look->inode->base;
    look->least_size_bytes = value_of_size(look->inode, look->size_index);
    look->is_size_explained = look->content->size_bytes == look->least_size_bytes;
    if (look->content->size_bytes < look->least_size_bytes ||
        (!look->is_size_explained && !look->reaches)) {
        (void)err_set(look->err, -EILSEQ, "%" PRIu64 " bytes long, not %" PRIu64,
                      look->content->size_bytes, look->least_size_bytes);
        return false;
    }
    for (uint32_t i = 0; i < look->inode->page_count; i++) {
        if (!look_at_page(look, &look->inode->pages[i])) {
            return false;
        }
    }
    if (image_content_each(look->content, each_seen, look) != 0 ||
        (base != NULL && image_content_each(base, each_base, look) != 0)) {
        return false;
    }
    if (!look->is_size_explained && !torn_page_explains_size(look)) {
        (void)err_set(look->err, -EILSEQ,
                      "%" PRIu64 " bytes long: neither a size of it nor brought by a page",
                      look->content->size_bytes);
        return false;
    }
    return true;
}

bool legal_file_fits(const struct legal_world *world, uint32_t inode, struct image_content *content,
                     const struct legal_file_choice *choice, struct err *err)
{
    for (uint32_t i = choice->size_last + 1; i > choice->size_first; i--) {
        struct look look = {
            .inode = &world->inodes[inode],
            .content = content,
            .choice = choice,
            .size_index = i - 1,
            .reaches = legal_model_page_brings_size(world->model),
            .err = i == choice->size_last + 1 ? err : NULL,
        };
        if (fits_at(&look)) {
            return true;
        }
    }
    return false;
}
