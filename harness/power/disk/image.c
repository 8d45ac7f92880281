/* The memory disk (image.h): the disk and the view over an image. */
#include "harness/power/disk/image.h"

#include "harness/power/disk/image_lock.h"
#include "harness/power/disk/image_tree.h"
#include "store/base/ensure.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static_assert(IMAGE_PAGE_SIZE_BYTES == TREE_HASH_PAGE_SIZE_BYTES, "pages are hashed as they are");
static_assert(IMAGE_PAGE_SIZE_BYTES == VIEW_PAGE_SIZE_BYTES, "and known again by that");

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
        image_tree_name_unref(image->entries[i].name);
    }
    for (uint32_t i = 0; i < image->file_count; i++) {
        image_content_unref(image->files[i].content);
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
        const struct image_file *file = &image->files[i];
        clone->files[i] = (struct image_file){.is_linked = file->is_linked};
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

static struct image_file *file_of(void *impl, intptr_t handle)
{
    struct image *image = impl;
    ENSURE(handle > 0 && (uint64_t)handle <= image->file_count);
    return &image->files[handle - 1];
}

static int op_open(void *impl, const char *path, bool create, intptr_t *ret_handle)
{
    struct image *image = impl;
    const struct image_entry *entry = image_tree_find(image, path);
    uint32_t slot = entry == NULL ? 0 : entry->file;
    if (path[0] == '\0' || (entry != NULL && image_tree_is_dir(entry))) {
        return -EISDIR;
    }
    if (entry == NULL) {
        int r =
            create ? image_tree_create(image, path, &slot) : image_tree_reason_missing(image, path);
        if (r < 0) {
            return r;
        }
    }
    image->files[slot].open_count++;
    *ret_handle = (intptr_t)slot + 1;
    return 0;
}

static void op_close(void *impl, intptr_t handle)
{
    struct image_file *file = file_of(impl, handle);
    ENSURE(file->open_count > 0);
    file->open_count--;
    file->is_locked &= file->open_count > 0;
    image_tree_free_file(file);
}

static bool is_range_valid(uint64_t offset, uint64_t size_bytes)
{
    return offset <= INT64_MAX && size_bytes <= INT64_MAX - offset;
}

static int64_t op_read(void *impl, intptr_t handle, uint64_t offset, void *data, size_t size_bytes)
{
    if (!is_range_valid(offset, size_bytes)) {
        return -EFBIG;
    }
    return image_content_read(file_of(impl, handle)->content, offset, data, size_bytes);
}

static int64_t op_write(void *impl, intptr_t handle, uint64_t offset, const void *data,
                        size_t size_bytes)
{
    struct image_content *content = NULL;
    if (!is_range_valid(offset, size_bytes)) {
        return -EFBIG;
    }
    int r = image_tree_own_content(file_of(impl, handle), &content);
    return r < 0 ? r : image_content_write(content, offset, data, size_bytes);
}

static int64_t op_seek(void *impl, intptr_t handle, uint64_t offset)
{
    if (!is_range_valid(offset, 0)) {
        return -EFBIG;
    }
    const struct image_content *content = file_of(impl, handle)->content;
    return offset > content->size_bytes ? -ENODATA
                                        : (int64_t)image_content_next_data(content, offset);
}

static int op_truncate(void *impl, intptr_t handle, uint64_t size_bytes)
{
    struct image_content *content = NULL;
    if (!is_range_valid(size_bytes, 0)) {
        return -EFBIG;
    }
    int r = image_tree_own_content(file_of(impl, handle), &content);
    return r < 0 ? r : image_content_truncate(content, size_bytes);
}

static int op_sync(void *impl, intptr_t handle)
{
    struct image *image = impl;
    (void)file_of(impl, handle);
    if (image->failing_sync != (uint32_t)handle) {
        return 0;
    }
    image->failing_sync = 0;
    return -EIO;
}

static int op_lock(void *impl, intptr_t handle)
{
    struct image_file *file = file_of(impl, handle);
    if (file->is_locked) {
        return -EAGAIN;
    }
    file->is_locked = true;
    return 0;
}

static int op_rename(void *impl, const char *from, const char *to)
{
    return image_tree_rename(impl, from, to);
}

static int op_unlink(void *impl, const char *path)
{
    struct image *image = impl;
    bool is_there = false;
    uint32_t place = image_tree_place(image, path, &is_there);
    if (!is_there) {
        return image_tree_reason_missing(image, path);
    }
    if (image_tree_is_dir(&image->entries[place])) {
        return -EISDIR;
    }
    image_tree_remove(image, place, place + 1);
    return 0;
}

static int op_mkdir(void *impl, const char *path)
{
    struct image *image = impl;
    if (path[0] == '\0' || image_tree_find(image, path) != NULL) {
        return -EEXIST;
    }
    int r = image_tree_check_parents(image, path);
    return r < 0 ? r : image_tree_add(image, path, IMAGE_NO_FILE);
}

/* 0 when `path` is a directory; its entries are those of [place, end) that lie directly in it. */
static int find_dir(const struct image *image, const char *path, uint32_t *ret_place,
                    uint32_t *ret_end)
{
    const struct image_entry *entry = path[0] == '\0' ? NULL : image_tree_find(image, path);
    *ret_place = 0;
    *ret_end = image->entry_count;
    if (path[0] == '\0') {
        return 0;
    }
    if (entry == NULL) {
        return image_tree_reason_missing(image, path);
    }
    if (!image_tree_is_dir(entry)) {
        return -ENOTDIR;
    }
    *ret_place = (uint32_t)(entry - image->entries) + 1;
    *ret_end = image_tree_subtree_end(image, *ret_place - 1);
    return 0;
}

static int op_sync_dir(void *impl, const char *path)
{
    uint32_t place = 0;
    uint32_t end = 0;
    return find_dir(impl, path, &place, &end);
}

/* Calls `each` for every name in the directory, ascending. The callback must not change it. */
static int list_dir(const struct image *image, const char *path,
                    int (*each)(void *each_arg, const char *name, bool is_dir), void *each_arg)
{
    size_t skip = path[0] == '\0' ? 0 : strlen(path) + 1;
    uint32_t place = 0;
    uint32_t end = 0;
    int r = find_dir(image, path, &place, &end);
    while (r == 0 && place < end) {
        const struct image_entry *entry = &image->entries[place];
        /* The next one after a subtree is the next name: every entry met here is a direct one. */
        r = each(each_arg, entry->name->path + skip, image_tree_is_dir(entry));
        place = image_tree_is_dir(entry) ? image_tree_subtree_end(image, place) : place + 1;
    }
    return r;
}

static int add_to_list(void *arg, const char *name, bool name_is_dir)
{
    return disk_list_add(arg, name, name_is_dir);
}

static int op_list(void *impl, const char *path, struct disk_list *list)
{
    return list_dir(impl, path, add_to_list, list);
}

/* The slot of the file `path`, or why not. */
static int find_file(const struct image *image, const char *path, uint32_t *ret_slot)
{
    const struct image_entry *entry = image_tree_find(image, path);
    if (path[0] == '\0' || (entry != NULL && image_tree_is_dir(entry))) {
        return -EISDIR;
    }
    if (entry == NULL) {
        return image_tree_reason_missing(image, path);
    }
    *ret_slot = entry->file;
    return 0;
}

static int find_size(const struct image *image, const char *path, uint64_t *ret_size_bytes)
{
    uint32_t slot = 0;
    int r = find_file(image, path, &slot);
    if (r < 0) {
        return r;
    }
    *ret_size_bytes = image->files[slot].content->size_bytes;
    return 0;
}

static int op_size(void *impl, const char *path, uint64_t *ret_size_bytes)
{
    return find_size(impl, path, ret_size_bytes);
}

/* The image stays the caller's. */
static void op_free(void *impl)
{
    (void)impl;
}

static const struct disk_ops image_ops = {
    .open = op_open,
    .close = op_close,
    .read = op_read,
    .write = op_write,
    .seek = op_seek,
    .sync = op_sync,
    .truncate = op_truncate,
    .lock = op_lock,
    .rename = op_rename,
    .unlink = op_unlink,
    .mkdir = op_mkdir,
    .sync_dir = op_sync_dir,
    .list = op_list,
    .size = op_size,
    .free = op_free,
};

static int make_disk(struct image *image, bool is_locked, bool faults,
                     const struct disk_observer *observer, struct disk **ret_disk)
{
    struct disk_options options = {.ops = &image_ops, .impl = image, .faults = faults};
    if (is_locked) {
        options.ops = &image_lock_ops;
        options.impl = image_lock_new(&image_ops, image);
        if (options.impl == NULL) {
            return -ENOMEM;
        }
    }
    if (observer != NULL) {
        options.observer = *observer;
    }
    return disk_new(&options, ret_disk);
}

int image_disk(struct image *image, bool faults, const struct disk_observer *observer,
               struct disk **ret_disk)
{
    return make_disk(image, false, faults, observer, ret_disk);
}

int image_disk_locked(struct image *image, bool faults, const struct disk_observer *observer,
                      struct disk **ret_disk)
{
    return make_disk(image, true, faults, observer, ret_disk);
}

/* The view. */

static int view_list(void *arg, const char *path,
                     int (*each)(void *each_arg, const char *name, bool is_dir), void *each_arg)
{
    return list_dir(arg, path, each, each_arg);
}

static int64_t view_size(void *arg, const char *path)
{
    uint64_t size_bytes = 0;
    int r = find_size(arg, path, &size_bytes);
    return r < 0 ? r : (int64_t)size_bytes;
}

static int64_t view_read(void *arg, const char *path, uint64_t offset, void *data,
                         size_t size_bytes)
{
    const struct image *image = arg;
    uint32_t slot = 0;
    int r = find_file(image, path, &slot);
    if (r < 0) {
        return r;
    }
    return image_content_read(image->files[slot].content, offset, data, size_bytes);
}

/* Its own walk, so that what the engine's seek passes over wrongly is seen here. */
static int find_page(void *arg, uint64_t page_index, struct image_page *page)
{
    uint64_t *next = arg;
    uint64_t end = (page_index + 1) * IMAGE_PAGE_SIZE_BYTES;
    (void)page;
    if (end <= *next) {
        return 0;
    }
    *next = end - *next > IMAGE_PAGE_SIZE_BYTES ? end - IMAGE_PAGE_SIZE_BYTES : *next;
    return 1;
}

static int64_t next_in_view(void *arg, const char *path, uint64_t offset)
{
    const struct image *image = arg;
    uint32_t slot = 0;
    uint64_t next = offset;
    int r = find_file(image, path, &slot);
    if (r < 0) {
        return r;
    }
    const struct image_content *content = image->files[slot].content;
    r = image_content_each(content, find_page, &next);
    return r > 0 && next < content->size_bytes ? (int64_t)next : (int64_t)content->size_bytes;
}

static int view_pages(void *arg, const char *path, uint64_t *hashes, size_t count)
{
    const struct image *image = arg;
    uint32_t slot = 0;
    int r = find_file(image, path, &slot);
    if (r < 0) {
        return r;
    }
    const struct image_content *content = image->files[slot].content;
    for (size_t i = 0; i < count; i++) {
        struct image_page *page = image_content_page(content, i);
        hashes[i] = page == NULL ? 0 : image_content_page_hash(page);
    }
    return 0;
}

struct view image_view(struct image *image)
{
    return (struct view){.arg = image,
                         .list = view_list,
                         .size = view_size,
                         .read = view_read,
                         .next = next_in_view,
                         .pages = view_pages};
}

void image_fail_sync(struct image *image, const char *path)
{
    const struct image_entry *entry = image_tree_find(image, path);
    if (entry != NULL && !image_tree_is_dir(entry)) {
        image->failing_sync = entry->file + 1;
    }
}

int image_remove(struct image *image, const char *path)
{
    bool is_there = false;
    if (path[0] == '\0') {
        image_tree_remove(image, 0, image->entry_count);
        return 0;
    }
    uint32_t place = image_tree_place(image, path, &is_there);
    if (is_there) {
        image_tree_remove(image, place,
                          image_tree_is_dir(&image->entries[place])
                              ? image_tree_subtree_end(image, place)
                              : place + 1);
    }
    return 0;
}

uint64_t image_hash(struct image *image)
{
    struct tree_hash tree;
    tree_hash_init(&tree);
    for (uint32_t i = 0; i < image->entry_count; i++) {
        const struct image_entry *entry = &image->entries[i];
        if (image_tree_is_dir(entry)) {
            tree_hash_add_dir(&tree, entry->name->path);
        } else {
            struct image_content *content = image->files[entry->file].content;
            tree_hash_add_file(&tree, entry->name->path, content->size_bytes,
                               image_content_hash(content));
        }
    }
    return tree_hash_value(&tree);
}

void image_stats(const struct image *image, struct image_stats *ret_stats)
{
    struct image_stats stats = {.entry_count = image->entry_count};
    for (uint32_t i = 0; i < image->file_count; i++) {
        const struct image_content *content = image->files[i].content;
        for (uint32_t k = 0; content != NULL && k < content->chunk_count; k++) {
            const struct image_chunk *chunk = content->chunks[k].chunk;
            bool is_shared = content->ref_count > 1 || chunk->ref_count > 1;
            for (size_t j = 0; j < IMAGE_CHUNK_PAGES; j++) {
                const struct image_page *page = chunk->pages[j];
                stats.page_count += page != NULL;
                stats.shared_page_count += page != NULL && (is_shared || page->ref_count > 1);
            }
        }
    }
    *ret_stats = stats;
}
