/* The memory disk (image.h).
 *
 * What is shared between clones is counted and never changed while it is shared: names, contents,
 * the chunks of a content, pages. What belongs to one image alone is the table of entries (sorted
 * so that a directory's subtree follows it) and the table of files, which an entry and open
 * handles refer to by index. A second, durable layer is one more content per file and one more
 * table of entries. */
#include "harness/run/image.h"

#include "harness/run/tree_hash.h"
#include "store/base/bytes.h"
#include "store/base/ensure.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#define IMAGE_CHUNK_PAGES    32
#define IMAGE_NO_FILE        UINT32_MAX
#define IMAGE_LOAD_BYTES     65536
#define IMAGE_TABLE_FIRST    16
#define IMAGE_LOAD_DEPTH_MAX 64

static_assert(IMAGE_PAGE_SIZE_BYTES == TREE_HASH_PAGE_SIZE_BYTES, "pages are hashed as they are");

struct page {
    uint32_t ref_count;
    bool has_hash; /* `hash` is that of `data`; an all-zero page has none: is_zero */
    bool is_zero;
    uint64_t hash;
    uint8_t data[IMAGE_PAGE_SIZE_BYTES];
};

/* Pages index * IMAGE_CHUNK_PAGES and on; NULL: a hole. */
struct chunk {
    uint32_t ref_count;
    struct page *pages[IMAGE_CHUNK_PAGES];
};

struct chunk_place {
    uint64_t index;
    struct chunk *chunk;
};

/* What a file holds. Chunks ascend by index; those without a page may be missing. */
struct content {
    uint32_t ref_count;
    uint64_t size_bytes;
    bool has_hash;
    struct tree_hash_file hash;
    struct chunk_place *chunks;
    uint32_t chunk_count;
    uint32_t chunk_capacity;
};

/* A file of one image. Free slots have no content. */
struct file {
    struct content *content;
    uint32_t open_count;
    bool is_linked;
};

struct name {
    uint32_t ref_count;
    char path[];
};

struct entry {
    struct name *name;
    uint32_t file; /* IMAGE_NO_FILE: a directory */
};

struct image {
    struct entry *entries;
    uint32_t entry_count;
    uint32_t entry_capacity;
    struct file *files;
    uint32_t file_count;
    uint32_t file_capacity;
};

/* Reference counts. */

static void page_unref(struct page *page)
{
    if (page != NULL && --page->ref_count == 0) {
        free(page);
    }
}

static void chunk_unref(struct chunk *chunk)
{
    if (--chunk->ref_count > 0) {
        return;
    }
    for (size_t i = 0; i < IMAGE_CHUNK_PAGES; i++) {
        page_unref(chunk->pages[i]);
    }
    free(chunk);
}

static void content_unref(struct content *content)
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

static void name_unref(struct name *name)
{
    if (--name->ref_count == 0) {
        free(name);
    }
}

static struct name *name_new(const char *path)
{
    size_t size_bytes = strlen(path) + 1;
    struct name *name = malloc(sizeof(*name) + size_bytes);

    if (name != NULL) {
        name->ref_count = 1;
        memcpy(name->path, path, size_bytes);
    }
    return name;
}

/* Contents. */

static struct content *content_new(void)
{
    struct content *content = calloc(1, sizeof(*content));

    if (content != NULL) {
        content->ref_count = 1;
    }
    return content;
}

/* The place of chunk `index`, or where it would have to be. */
static uint32_t find_chunk(const struct content *content, uint64_t index)
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

static bool has_chunk(const struct content *content, uint32_t place, uint64_t index)
{
    return place < content->chunk_count && content->chunks[place].index == index;
}

static const struct page *find_page(const struct content *content, uint64_t page_index)
{
    uint64_t index = page_index / IMAGE_CHUNK_PAGES;
    uint32_t place = find_chunk(content, index);

    if (!has_chunk(content, place, index)) {
        return NULL;
    }
    return content->chunks[place].chunk->pages[page_index % IMAGE_CHUNK_PAGES];
}

static int insert_chunk(struct content *content, uint32_t place, uint64_t index)
{
    struct chunk *chunk = NULL;

    if (content->chunk_count == content->chunk_capacity) {
        uint32_t capacity = content->chunk_capacity == 0 ? 1 : 2 * content->chunk_capacity;
        struct chunk_place *chunks =
            reallocarray(content->chunks, capacity, sizeof(content->chunks[0]));

        if (chunks == NULL) {
            return -ENOMEM;
        }
        content->chunks = chunks;
        content->chunk_capacity = capacity;
    }
    chunk = calloc(1, sizeof(*chunk));
    if (chunk == NULL) {
        return -ENOMEM;
    }
    chunk->ref_count = 1;
    memmove(content->chunks + place + 1, content->chunks + place,
            (content->chunk_count - place) * sizeof(content->chunks[0]));
    content->chunks[place] = (struct chunk_place){.index = index, .chunk = chunk};
    content->chunk_count++;
    return 0;
}

/* Makes the chunk at `place` this content's own. */
static int own_chunk(struct content *content, uint32_t place)
{
    struct chunk *shared = content->chunks[place].chunk;
    struct chunk *own = NULL;

    if (shared->ref_count == 1) {
        return 0;
    }
    own = malloc(sizeof(*own));
    if (own == NULL) {
        return -ENOMEM;
    }
    *own = *shared;
    own->ref_count = 1;
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
static int own_page(struct page **page)
{
    struct page *shared = *page;
    struct page *own = shared;

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

/* A page of this content that may be written, made when it is a hole. */
static int get_page(struct content *content, uint64_t page_index, struct page **ret_page)
{
    uint64_t index = page_index / IMAGE_CHUNK_PAGES;
    uint32_t place = find_chunk(content, index);
    struct page **page = NULL;
    int result = 0;

    if (!has_chunk(content, place, index)) {
        result = insert_chunk(content, place, index);
    } else {
        result = own_chunk(content, place);
    }
    if (result < 0) {
        return result;
    }
    page = &content->chunks[place].chunk->pages[page_index % IMAGE_CHUNK_PAGES];
    result = own_page(page);
    if (result < 0) {
        return result;
    }
    *ret_page = *page;
    return 0;
}

/* The content of a file, made the file's own and about to change. */
static int own_content(struct file *file, struct content **ret_content)
{
    struct content *shared = file->content;
    struct content *own = NULL;

    if (shared->ref_count > 1) {
        own = malloc(sizeof(*own));
        if (own == NULL) {
            return -ENOMEM;
        }
        *own = *shared;
        own->ref_count = 1;
        own->chunk_capacity = shared->chunk_count + 1;
        own->chunks = malloc(own->chunk_capacity * sizeof(own->chunks[0]));
        if (own->chunks == NULL) {
            free(own);
            return -ENOMEM;
        }
        for (uint32_t i = 0; i < shared->chunk_count; i++) {
            own->chunks[i] = shared->chunks[i];
            own->chunks[i].chunk->ref_count++;
        }
        shared->ref_count--;
        file->content = own;
    }
    file->content->has_hash = false;
    *ret_content = file->content;
    return 0;
}

static int64_t content_write(struct content *content, uint64_t offset, const uint8_t *data,
                             size_t size_bytes)
{
    size_t done_bytes = 0;

    while (done_bytes < size_bytes) {
        uint64_t at = offset + done_bytes;
        size_t in_page = (size_t)(at % IMAGE_PAGE_SIZE_BYTES);
        size_t part_bytes = IMAGE_PAGE_SIZE_BYTES - in_page;
        struct page *page = NULL;
        int result = get_page(content, at / IMAGE_PAGE_SIZE_BYTES, &page);

        if (result < 0) {
            return done_bytes > 0 ? (int64_t)done_bytes : result;
        }
        if (part_bytes > size_bytes - done_bytes) {
            part_bytes = size_bytes - done_bytes;
        }
        memcpy(page->data + in_page, data + done_bytes, part_bytes);
        done_bytes += part_bytes;
        if (content->size_bytes < at + part_bytes) {
            content->size_bytes = at + part_bytes;
        }
    }
    return (int64_t)done_bytes;
}

static int64_t content_read(const struct content *content, uint64_t offset, uint8_t *data,
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
        const struct page *page = find_page(content, at / IMAGE_PAGE_SIZE_BYTES);

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
static int drop_pages(struct content *content, uint64_t page_index)
{
    uint64_t index = page_index / IMAGE_CHUNK_PAGES;
    uint32_t place = find_chunk(content, index);
    uint32_t keep_count = place;

    if (has_chunk(content, place, index) && page_index % IMAGE_CHUNK_PAGES != 0) {
        int result = own_chunk(content, place);

        if (result < 0) {
            return result;
        }
        for (size_t i = page_index % IMAGE_CHUNK_PAGES; i < IMAGE_CHUNK_PAGES; i++) {
            page_unref(content->chunks[place].chunk->pages[i]);
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

static int content_truncate(struct content *content, uint64_t size_bytes)
{
    size_t in_page = (size_t)(size_bytes % IMAGE_PAGE_SIZE_BYTES);
    uint64_t page_index = size_bytes / IMAGE_PAGE_SIZE_BYTES;
    int result = 0;

    if (size_bytes < content->size_bytes) {
        if (in_page > 0 && find_page(content, page_index) != NULL) {
            struct page *page = NULL;

            result = get_page(content, page_index, &page);
            if (result < 0) {
                return result;
            }
            memset(page->data + in_page, 0, IMAGE_PAGE_SIZE_BYTES - in_page);
        }
        result = drop_pages(content, page_index + (in_page > 0));
    }
    if (result == 0) {
        content->size_bytes = size_bytes;
    }
    return result;
}

/* Calls `each` for every page that is there, in ascending order. */
static int content_each(struct content *content,
                        int (*each)(void *arg, uint64_t page_index, struct page *page), void *arg)
{
    for (uint32_t i = 0; i < content->chunk_count; i++) {
        const struct chunk_place *place = &content->chunks[i];

        for (size_t k = 0; k < IMAGE_CHUNK_PAGES; k++) {
            struct page *page = place->chunk->pages[k];
            int result = page == NULL ? 0 : each(arg, place->index * IMAGE_CHUNK_PAGES + k, page);

            if (result != 0) {
                return result;
            }
        }
    }
    return 0;
}

/* Entries. */

/* By name, but with '/' before every other byte: a directory's subtree follows it at once, and
 * the order is the depth-first one of tree_hash.h. */
static int compare_paths(const char *left, const char *right)
{
    while (*left == *right && *left != '\0') {
        left++;
        right++;
    }
    if (*left == *right) {
        return 0;
    }
    if (*left == '\0' || *right == '\0') {
        return *left == '\0' ? -1 : 1;
    }
    if (*left == '/' || *right == '/') {
        return *left == '/' ? -1 : 1;
    }
    return (unsigned char)*left < (unsigned char)*right ? -1 : 1;
}

/* The index of `path`, or where it would have to be. */
static uint32_t find_place(const struct image *image, const char *path, bool *ret_is_there)
{
    uint32_t low = 0;
    uint32_t high = image->entry_count;

    *ret_is_there = false;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = compare_paths(image->entries[middle].name->path, path);

        if (order == 0) {
            *ret_is_there = true;
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct entry *find_entry(const struct image *image, const char *path)
{
    bool is_there = false;
    uint32_t place = find_place(image, path, &is_there);

    return is_there ? &image->entries[place] : NULL;
}

static bool is_dir(const struct entry *entry)
{
    return entry->file == IMAGE_NO_FILE;
}

/* Whether `path` lies below the directory `above` ("" is the root). */
static bool is_below(const char *path, const char *above)
{
    size_t length = strlen(above);

    return length == 0 || (strncmp(path, above, length) == 0 && path[length] == '/');
}

/* Where the subtree of the directory at `place` ends; place + 1 when it is empty. */
static uint32_t subtree_end(const struct image *image, uint32_t place)
{
    const char *above = image->entries[place].name->path;
    uint32_t end = place + 1;

    while (end < image->entry_count && is_below(image->entries[end].name->path, above)) {
        end++;
    }
    return end;
}

/* What the kernel says of the directories above `path`: 0, -ENOENT or -ENOTDIR. */
static int check_parents(const struct image *image, const char *path)
{
    char above[DISK_PATH_SIZE_BYTES];
    size_t length = strlen(path);

    if (length >= sizeof(above)) {
        return -ENAMETOOLONG;
    }
    memcpy(above, path, length + 1);
    for (char *slash = strchr(above, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        const struct entry *entry = NULL;

        *slash = '\0';
        entry = find_entry(image, above);
        *slash = '/';
        if (entry == NULL) {
            return -ENOENT;
        }
        if (!is_dir(entry)) {
            return -ENOTDIR;
        }
    }
    return 0;
}

/* Why there is no entry `path`. */
static int reason_missing(const struct image *image, const char *path)
{
    int result = check_parents(image, path);

    return result < 0 ? result : -ENOENT;
}

static int reserve_entry(struct image *image)
{
    if (image->entry_count == image->entry_capacity) {
        uint32_t capacity =
            image->entry_capacity == 0 ? IMAGE_TABLE_FIRST : 2 * image->entry_capacity;
        struct entry *entries = reallocarray(image->entries, capacity, sizeof(image->entries[0]));

        if (entries == NULL) {
            return -ENOMEM;
        }
        image->entries = entries;
        image->entry_capacity = capacity;
    }
    ENSURE(image->entries != NULL);
    return 0;
}

/* Adds an entry that is not there. */
static int add_entry(struct image *image, const char *path, uint32_t file)
{
    bool is_there = false;
    uint32_t place = find_place(image, path, &is_there);
    struct name *name = NULL;
    int result = reserve_entry(image);

    if (result < 0) {
        return result;
    }
    name = name_new(path);
    if (name == NULL) {
        return -ENOMEM;
    }
    ENSURE(!is_there);
    memmove(image->entries + place + 1, image->entries + place,
            (image->entry_count - place) * sizeof(image->entries[0]));
    image->entries[place] = (struct entry){.name = name, .file = file};
    image->entry_count++;
    return 0;
}

/* Files. */

static int add_file(struct image *image, uint32_t *ret_file)
{
    uint32_t slot = 0;

    while (slot < image->file_count && image->files[slot].content != NULL) {
        slot++;
    }
    if (slot == image->file_capacity) {
        uint32_t capacity =
            image->file_capacity == 0 ? IMAGE_TABLE_FIRST : 2 * image->file_capacity;
        struct file *files = reallocarray(image->files, capacity, sizeof(image->files[0]));

        if (files == NULL) {
            return -ENOMEM;
        }
        image->files = files;
        image->file_capacity = capacity;
    }
    image->files[slot] = (struct file){.content = content_new(), .is_linked = true};
    if (image->files[slot].content == NULL) {
        return -ENOMEM;
    }
    if (slot == image->file_count) {
        image->file_count++;
    }
    *ret_file = slot;
    return 0;
}

/* Frees the slot of a file without a name that nobody has open. */
static void free_file(struct file *file)
{
    if (!file->is_linked && file->open_count == 0) {
        content_unref(file->content);
        file->content = NULL;
    }
}

/* Removes the entries [place, end) and unlinks their files. */
static void remove_entries(struct image *image, uint32_t place, uint32_t end)
{
    for (uint32_t i = place; i < end; i++) {
        const struct entry *entry = &image->entries[i];

        if (!is_dir(entry)) {
            image->files[entry->file].is_linked = false;
            free_file(&image->files[entry->file]);
        }
        name_unref(entry->name);
    }
    memmove(image->entries + place, image->entries + end,
            (image->entry_count - end) * sizeof(image->entries[0]));
    image->entry_count -= end - place;
}

/* Makes an empty file that is not there. */
static int create_file(struct image *image, const char *path, uint32_t *ret_file)
{
    uint32_t slot = 0;
    int result = check_parents(image, path);

    if (result == 0) {
        result = add_file(image, &slot);
    }
    if (result < 0) {
        return result;
    }
    result = add_entry(image, path, slot);
    if (result < 0) {
        image->files[slot].is_linked = false;
        free_file(&image->files[slot]);
        return result;
    }
    *ret_file = slot;
    return 0;
}

struct image *image_new(void)
{
    return calloc(1, sizeof(struct image));
}

struct image *image_free(struct image *image)
{
    if (image == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < image->entry_count; i++) {
        name_unref(image->entries[i].name);
    }
    for (uint32_t i = 0; i < image->file_count; i++) {
        content_unref(image->files[i].content);
    }
    free(image->entries);
    free(image->files);
    free(image);
    return NULL;
}

/* Fills the clone's tables, in which there is room for everything. */
static void share_all(const struct image *image, struct image *clone)
{
    for (uint32_t i = 0; i < image->entry_count; i++) {
        clone->entries[i] = image->entries[i];
        clone->entries[i].name->ref_count++;
    }
    clone->entry_count = image->entry_count;
    for (uint32_t i = 0; i < image->file_count; i++) {
        const struct file *file = &image->files[i];

        clone->files[i] = (struct file){.is_linked = file->is_linked};
        if (file->is_linked && file->content != NULL) {
            clone->files[i].content = file->content;
            file->content->ref_count++;
        }
    }
    clone->file_count = image->file_count;
}

struct image *image_clone(const struct image *image)
{
    struct image *clone = image_new();

    if (clone == NULL) {
        return NULL;
    }
    clone->entry_capacity = image->entry_count + 1;
    clone->file_capacity = image->file_count + 1;
    clone->entries = malloc(clone->entry_capacity * sizeof(clone->entries[0]));
    clone->files = malloc(clone->file_capacity * sizeof(clone->files[0]));
    if (clone->entries == NULL || clone->files == NULL) {
        return image_free(clone);
    }
    share_all(image, clone);
    return clone;
}

/* The disk. Its handles are indexes of files, plus 1. */

struct image_disk {
    struct image *image;
};

static struct image *image_of(void *impl)
{
    const struct image_disk *image_disk = impl;

    return image_disk->image;
}

static struct file *file_of(void *impl, intptr_t handle)
{
    struct image *image = image_of(impl);

    ENSURE(handle > 0 && (uint64_t)handle <= image->file_count);
    return &image->files[handle - 1];
}

static int image_open(void *impl, const char *path, bool create, intptr_t *ret_handle)
{
    struct image *image = image_of(impl);
    const struct entry *entry = find_entry(image, path);
    uint32_t slot = 0;
    int result = 0;

    if (path[0] == '\0' || (entry != NULL && is_dir(entry))) {
        return -EISDIR;
    }
    if (entry != NULL) {
        slot = entry->file;
    } else {
        result = create ? create_file(image, path, &slot) : reason_missing(image, path);
    }
    if (result < 0) {
        return result;
    }
    image->files[slot].open_count++;
    *ret_handle = (intptr_t)slot + 1;
    return 0;
}

static void image_close(void *impl, intptr_t handle)
{
    struct file *file = file_of(impl, handle);

    ENSURE(file->open_count > 0);
    file->open_count--;
    free_file(file);
}

static bool is_range_valid(uint64_t offset, uint64_t size_bytes)
{
    return offset <= INT64_MAX && size_bytes <= INT64_MAX - offset;
}

static int64_t image_read(void *impl, intptr_t handle, uint64_t offset, void *data,
                          size_t size_bytes)
{
    if (!is_range_valid(offset, size_bytes)) {
        return -EFBIG;
    }
    return content_read(file_of(impl, handle)->content, offset, data, size_bytes);
}

static int64_t image_write(void *impl, intptr_t handle, uint64_t offset, const void *data,
                           size_t size_bytes)
{
    struct content *content = NULL;
    int result = 0;

    if (!is_range_valid(offset, size_bytes)) {
        return -EFBIG;
    }
    result = own_content(file_of(impl, handle), &content);
    return result < 0 ? result : content_write(content, offset, data, size_bytes);
}

static int image_truncate(void *impl, intptr_t handle, uint64_t size_bytes)
{
    struct content *content = NULL;
    int result = 0;

    if (!is_range_valid(size_bytes, 0)) {
        return -EFBIG;
    }
    result = own_content(file_of(impl, handle), &content);
    return result < 0 ? result : content_truncate(content, size_bytes);
}

static int image_sync(void *impl, intptr_t handle)
{
    (void)file_of(impl, handle);
    return 0;
}

static int image_lock(void *impl, intptr_t handle)
{
    (void)file_of(impl, handle);
    return 0;
}

/* Whether the kernel would let `from` take the place of `to`, in its order of complaints. */
static int check_rename(const struct image *image, const char *from, const char *to)
{
    const struct entry *from_entry = find_entry(image, from);
    bool is_there = false;
    uint32_t place = find_place(image, to, &is_there);
    int result = check_parents(image, from);

    if (result == 0) {
        result = check_parents(image, to);
    }
    if (result == 0 && from_entry == NULL) {
        result = -ENOENT;
    }
    if (result < 0 || from_entry == NULL) {
        return result;
    }
    if (is_dir(from_entry) && is_below(to, from)) {
        return -EINVAL;
    }
    if (!is_there) {
        return 0;
    }
    if (is_dir(&image->entries[place]) && is_below(from, to)) {
        return -ENOTEMPTY;
    }
    if (is_dir(from_entry) != is_dir(&image->entries[place])) {
        return is_dir(from_entry) ? -ENOTDIR : -EISDIR;
    }
    return is_dir(from_entry) && subtree_end(image, place) > place + 1 ? -ENOTEMPTY : 0;
}

static int compare_entries(const void *left, const void *right)
{
    const struct entry *left_entry = left;
    const struct entry *right_entry = right;

    return compare_paths(left_entry->name->path, right_entry->name->path);
}

/* The name of what lies at `path` after `from` became `to`. */
static struct name *moved_name(const char *path, const char *from, const char *to)
{
    char moved[2 * DISK_PATH_SIZE_BYTES];
    size_t to_length = strlen(to);
    size_t rest_bytes = strlen(path + strlen(from)) + 1;

    if (to_length + rest_bytes > sizeof(moved)) {
        return NULL;
    }
    memcpy(moved, to, to_length);
    memcpy(moved + to_length, path + strlen(from), rest_bytes);
    return name_new(moved);
}

/* Gives the entries [place, end) their names below `to`: all of them, or none. */
static int move_names(struct image *image, uint32_t place, uint32_t end, const char *to)
{
    struct name **names = calloc(end - place, sizeof(struct name *));
    const char *from = image->entries[place].name->path;
    uint32_t made = 0;

    if (names == NULL) {
        return -ENOMEM;
    }
    for (; made < end - place; made++) {
        names[made] = moved_name(image->entries[place + made].name->path, from, to);
        if (names[made] == NULL) {
            break;
        }
    }
    if (made < end - place) {
        for (uint32_t i = 0; i < made; i++) {
            name_unref(names[i]);
        }
        free(names);
        return -ENOMEM;
    }
    for (uint32_t i = 0; i < made; i++) {
        name_unref(image->entries[place + i].name);
        image->entries[place + i].name = names[i];
    }
    free(names);
    qsort(image->entries, image->entry_count, sizeof(image->entries[0]), compare_entries);
    return 0;
}

static int image_rename(void *impl, const char *from, const char *to)
{
    struct image *image = image_of(impl);
    bool is_there = false;
    uint32_t place = 0;
    int result = 0;

    if (from[0] == '\0' || to[0] == '\0') {
        return -ENOENT;
    }
    if (strcmp(from, to) == 0) {
        return find_entry(image, from) != NULL ? 0 : reason_missing(image, from);
    }
    result = check_rename(image, from, to);
    if (result < 0) {
        return result;
    }
    place = find_place(image, to, &is_there);
    if (is_there) {
        remove_entries(image, place, place + 1);
    }
    place = find_place(image, from, &is_there);
    return move_names(image, place, subtree_end(image, place), to);
}

static int image_unlink(void *impl, const char *path)
{
    struct image *image = image_of(impl);
    bool is_there = false;
    uint32_t place = find_place(image, path, &is_there);

    if (!is_there) {
        return reason_missing(image, path);
    }
    if (is_dir(&image->entries[place])) {
        return -EISDIR;
    }
    remove_entries(image, place, place + 1);
    return 0;
}

static int image_mkdir(void *impl, const char *path)
{
    struct image *image = image_of(impl);
    int result = 0;

    if (path[0] == '\0' || find_entry(image, path) != NULL) {
        return -EEXIST;
    }
    result = check_parents(image, path);
    return result < 0 ? result : add_entry(image, path, IMAGE_NO_FILE);
}

/* 0 when `path` is a directory. */
static int check_dir(const struct image *image, const char *path)
{
    const struct entry *entry = find_entry(image, path);

    if (path[0] == '\0') {
        return 0;
    }
    if (entry == NULL) {
        return reason_missing(image, path);
    }
    return is_dir(entry) ? 0 : -ENOTDIR;
}

static int image_sync_dir(void *impl, const char *path)
{
    return check_dir(image_of(impl), path);
}

/* Calls `each` for every name in the directory, ascending. The callback must not change it. */
static int list_dir(const struct image *image, const char *path,
                    int (*each)(void *each_arg, const char *name, bool is_dir), void *each_arg)
{
    size_t skip = path[0] == '\0' ? 0 : strlen(path) + 1;
    bool is_there = false;
    uint32_t place = skip == 0 ? 0 : find_place(image, path, &is_there) + 1;
    int result = check_dir(image, path);

    while (result == 0 && place < image->entry_count &&
           is_below(image->entries[place].name->path, path)) {
        const struct entry *entry = &image->entries[place];

        /* The next one after a subtree is the next name: every entry met here is a direct one. */
        result = each(each_arg, entry->name->path + skip, is_dir(entry));
        place = is_dir(entry) ? subtree_end(image, place) : place + 1;
    }
    return result;
}

static int add_to_list(void *arg, const char *name, bool name_is_dir)
{
    return disk_list_add(arg, name, name_is_dir);
}

static int image_list(void *impl, const char *path, struct disk_list *list)
{
    return list_dir(image_of(impl), path, add_to_list, list);
}

/* The content of the file `path`, or why not. */
static int find_content(const struct image *image, const char *path, struct content **ret_content)
{
    const struct entry *entry = find_entry(image, path);

    if (path[0] == '\0' || (entry != NULL && is_dir(entry))) {
        return -EISDIR;
    }
    if (entry == NULL) {
        return reason_missing(image, path);
    }
    *ret_content = image->files[entry->file].content;
    return 0;
}

static int image_size(void *impl, const char *path, uint64_t *ret_size_bytes)
{
    struct content *content = NULL;
    int result = find_content(image_of(impl), path, &content);

    if (result == 0) {
        *ret_size_bytes = content->size_bytes;
    }
    return result;
}

static void image_disk_free(void *impl)
{
    free(impl);
}

static const struct disk_ops image_ops = {
    .open = image_open,
    .close = image_close,
    .read = image_read,
    .write = image_write,
    .sync = image_sync,
    .truncate = image_truncate,
    .lock = image_lock,
    .rename = image_rename,
    .unlink = image_unlink,
    .mkdir = image_mkdir,
    .sync_dir = image_sync_dir,
    .list = image_list,
    .size = image_size,
    .free = image_disk_free,
};

int image_disk(struct image *image, bool faults, const struct disk_observer *observer,
               struct disk **ret_disk)
{
    struct disk_options options = {.ops = &image_ops, .faults = faults};
    struct image_disk *impl = malloc(sizeof(*impl));

    if (impl == NULL) {
        return -ENOMEM;
    }
    impl->image = image;
    options.impl = impl;
    if (observer != NULL) {
        options.observer = *observer;
    }
    return disk_new(&options, ret_disk);
}

/* The view. */

static int view_list(void *arg, const char *path,
                     int (*each)(void *each_arg, const char *name, bool is_dir), void *each_arg)
{
    return list_dir(arg, path, each, each_arg);
}

static int64_t view_size(void *arg, const char *path)
{
    struct content *content = NULL;
    int result = find_content(arg, path, &content);

    return result < 0 ? result : (int64_t)content->size_bytes;
}

static int64_t view_read(void *arg, const char *path, uint64_t offset, void *data,
                         size_t size_bytes)
{
    struct content *content = NULL;
    int result = find_content(arg, path, &content);

    return result < 0 ? result : content_read(content, offset, data, size_bytes);
}

struct view image_view(struct image *image)
{
    return (struct view){.arg = image, .list = view_list, .size = view_size, .read = view_read};
}

/* Loading. */

struct load {
    struct image *image;
    const struct view *view;
    char path[DISK_PATH_SIZE_BYTES];
    size_t length;
    unsigned depth;
    uint8_t *chunk;
};

/* Writes `size_bytes` at `offset`, a page at a time, zero pages left out as holes. */
static int load_bytes(struct content *content, uint64_t offset, const uint8_t *data,
                      size_t size_bytes)
{
    for (size_t at = 0; at < size_bytes; at += IMAGE_PAGE_SIZE_BYTES) {
        size_t part_bytes =
            size_bytes - at < IMAGE_PAGE_SIZE_BYTES ? size_bytes - at : IMAGE_PAGE_SIZE_BYTES;

        if (!bytes_is_zero(data + at, part_bytes) &&
            content_write(content, offset + at, data + at, part_bytes) != (int64_t)part_bytes) {
            return -ENOMEM;
        }
    }
    return 0;
}

static int load_file(struct load *load)
{
    uint32_t slot = 0;
    uint64_t offset = 0;
    int64_t got = load->view->size(load->view->arg, load->path);
    int result = got < 0 ? (int)got : create_file(load->image, load->path, &slot);
    struct content *content = NULL;

    if (result < 0) {
        return result;
    }
    content = load->image->files[slot].content;
    content->size_bytes = (uint64_t)got;
    while (offset < content->size_bytes) {
        got = load->view->read(load->view->arg, load->path, offset, load->chunk, IMAGE_LOAD_BYTES);
        if (got <= 0) {
            return (int)got;
        }
        result = load_bytes(content, offset, load->chunk, (size_t)got);
        if (result < 0) {
            return result;
        }
        offset += (uint64_t)got;
    }
    return 0;
}

static int load_entry(void *arg, const char *name, bool name_is_dir)
{
    struct load *load = arg;
    size_t length = load->length;
    size_t name_length = strlen(name);
    int result = 0;

    if (length + name_length + 2 > sizeof(load->path) || load->depth >= IMAGE_LOAD_DEPTH_MAX) {
        return -ENAMETOOLONG;
    }
    if (length > 0) {
        load->path[load->length++] = '/';
    }
    memcpy(load->path + load->length, name, name_length + 1);
    load->length += name_length;
    load->depth++;
    if (name_is_dir) {
        result = add_entry(load->image, load->path, IMAGE_NO_FILE);
        if (result == 0) {
            result = load->view->list(load->view->arg, load->path, load_entry, load);
        }
    } else {
        result = load_file(load);
    }
    load->depth--;
    if (result == 0) {
        load->length = length;
        load->path[length] = '\0';
    }
    return result;
}

int image_load(struct image *image, const struct view *view, struct err *err)
{
    struct load load = {.image = image, .view = view, .chunk = malloc(IMAGE_LOAD_BYTES)};
    int result = -ENOMEM;

    ENSURE(image->entry_count == 0);
    if (load.chunk != NULL) {
        result = view->list(view->arg, "", load_entry, &load);
    }
    free(load.chunk);
    if (result < 0) {
        return err_set(err, result, "load '%s' into an image: %s", load.path, strerror(-result));
    }
    return 0;
}

/* Storing. */

struct stored {
    int fd;
    uint64_t size_bytes;
};

static int store_page(void *arg, uint64_t page_index, struct page *page)
{
    const struct stored *stored = arg;
    uint64_t offset = page_index * IMAGE_PAGE_SIZE_BYTES;
    size_t size_bytes = stored->size_bytes - offset < IMAGE_PAGE_SIZE_BYTES
                            ? (size_t)(stored->size_bytes - offset)
                            : IMAGE_PAGE_SIZE_BYTES;
    ssize_t put = pwrite(stored->fd, page->data, size_bytes, (off_t)offset);

    if (put == (ssize_t)size_bytes) {
        return 0;
    }
    return put < 0 ? -errno : -ENOSPC;
}

static int store_entry(const struct image *image, const struct entry *entry, int dir_fd)
{
    const char *path = entry->name->path;
    struct content *content = NULL;
    struct stored stored;
    int result = 0;

    if (is_dir(entry)) {
        return mkdirat(dir_fd, path, 0755) < 0 ? -errno : 0;
    }
    content = image->files[entry->file].content;
    stored.size_bytes = content->size_bytes;
    stored.fd = openat(dir_fd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (stored.fd < 0) {
        return -errno;
    }
    result = ftruncate(stored.fd, (off_t)content->size_bytes) < 0
                 ? -errno
                 : content_each(content, store_page, &stored);
    (void)close(stored.fd);
    return result;
}

int image_store(const struct image *image, int dir_fd, struct err *err)
{
    for (uint32_t i = 0; i < image->entry_count; i++) {
        int result = store_entry(image, &image->entries[i], dir_fd);

        if (result < 0) {
            return err_set(err, result, "write '%s' of an image: %s", image->entries[i].name->path,
                           strerror(-result));
        }
    }
    return 0;
}

int image_remove(struct image *image, const char *path)
{
    bool is_there = false;
    uint32_t place = 0;

    if (path[0] == '\0') {
        remove_entries(image, 0, image->entry_count);
        return 0;
    }
    place = find_place(image, path, &is_there);
    if (is_there) {
        remove_entries(image, place,
                       is_dir(&image->entries[place]) ? subtree_end(image, place) : place + 1);
    }
    return 0;
}

static int hash_page(void *arg, uint64_t page_index, struct page *page)
{
    if (!page->has_hash) {
        page->is_zero = bytes_is_zero(page->data, sizeof(page->data));
        page->hash = page->is_zero ? 0 : tree_hash_page(page->data);
        page->has_hash = true;
    }
    if (!page->is_zero) {
        tree_hash_file_add(arg, page_index, page->hash);
    }
    return 0;
}

static const struct tree_hash_file *content_hash(struct content *content)
{
    if (!content->has_hash) {
        tree_hash_file_init(&content->hash);
        (void)content_each(content, hash_page, &content->hash);
        content->has_hash = true;
    }
    return &content->hash;
}

uint64_t image_hash(struct image *image)
{
    struct tree_hash tree;

    tree_hash_init(&tree);
    for (uint32_t i = 0; i < image->entry_count; i++) {
        const struct entry *entry = &image->entries[i];

        if (is_dir(entry)) {
            tree_hash_add_dir(&tree, entry->name->path);
        } else {
            struct content *content = image->files[entry->file].content;

            tree_hash_add_file(&tree, entry->name->path, content->size_bytes,
                               content_hash(content));
        }
    }
    return tree_hash_value(&tree);
}

void image_stats(const struct image *image, struct image_stats *ret_stats)
{
    struct image_stats stats = {.entry_count = image->entry_count};

    for (uint32_t i = 0; i < image->file_count; i++) {
        const struct content *content = image->files[i].content;

        for (uint32_t k = 0; content != NULL && k < content->chunk_count; k++) {
            const struct chunk *chunk = content->chunks[k].chunk;
            bool is_shared = content->ref_count > 1 || chunk->ref_count > 1;

            for (size_t j = 0; j < IMAGE_CHUNK_PAGES; j++) {
                const struct page *page = chunk->pages[j];

                stats.page_count += page != NULL;
                stats.shared_page_count += page != NULL && (is_shared || page->ref_count > 1);
            }
        }
    }
    *ret_stats = stats;
}
