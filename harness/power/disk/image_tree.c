/* Entries and files (image_tree.h). */
#include "harness/power/disk/image_tree.h"

#include "store/base/bytes.h"
#include "store/base/ensure.h"
#include "store/base/grow.h"
#include "store/disk/disk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* More entries than this are searched by halves. */
#define WALKED_ENTRIES_MAX 64u

void image_tree_name_unref(struct image_name *name)
{
    if (--name->ref_count == 0) {
        free(name);
    }
}

static struct image_name *name_new(const char *path)
{
    size_t size_bytes = strlen(path) + 1;
    struct image_name *name = malloc(sizeof(*name) + size_bytes);
    if (name != NULL) {
        name->ref_count = 1;
        name->length = (uint32_t)(size_bytes - 1);
        name->hash = XXH3_64bits(path, size_bytes - 1);
        memcpy(name->path, path, size_bytes);
    }
    return name;
}

int image_tree_own_content(struct image_file *file, struct image_content **ret_content)
{
    struct image_content *shared = file->content;
    if (shared->ref_count == 1) {
        *ret_content = shared;
        return 0;
    }
    uint32_t capacity = shared->chunk_count + 1;
    struct image_content *own = malloc(sizeof(*own));
    struct image_chunk_place *chunks = malloc(capacity * sizeof(*chunks));
    if (own == NULL || chunks == NULL) {
        free(own);
        free(chunks);
        return -ENOMEM;
    }
    *own = *shared;
    own->ref_count = 1;
    own->chunk_capacity = capacity;
    own->chunks = chunks;
    for (uint32_t i = 0; i < shared->chunk_count; i++) {
        chunks[i] = shared->chunks[i];
        chunks[i].chunk->ref_count++;
    }
    shared->ref_count--;
    file->content = own;
    *ret_content = own;
    return 0;
}

/* Entries. */

/* How many bytes both begin with, up to `length`. Paths of a store have long common beginnings, and
 * looking them up is much of what a disk operation costs: eight bytes at a time. */
static size_t common_length(const char *left, const char *right, size_t length)
{
    size_t at = 0;
    while (at + sizeof(uint64_t) <= length) {
        uint64_t left_word = 0;
        uint64_t right_word = 0;
        memcpy(&left_word, left + at, sizeof(left_word));
        memcpy(&right_word, right + at, sizeof(right_word));
        if (left_word != right_word) {
            break;
        }
        at += sizeof(uint64_t);
    }
    while (at < length && left[at] == right[at]) {
        at++;
    }
    return at;
}

/* By name, but with '/' before every other byte: a directory's subtree follows it at once, and
 * the order is the depth-first one of tree_hash.h. */
static int compare_paths(const struct image_name *left, const char *right, size_t right_length)
{
    size_t length = left->length < right_length ? left->length : right_length;
    size_t at = common_length(left->path, right, length);
    if (at == length) {
        return left->length == right_length ? 0 : left->length < right_length ? -1 : 1;
    }
    if (left->path[at] == '/' || right[at] == '/') {
        return left->path[at] == '/' ? -1 : 1;
    }
    return (unsigned char)left->path[at] < (unsigned char)right[at] ? -1 : 1;
}

uint32_t image_tree_place(const struct image *image, const char *path, bool *ret_is_there)
{
    size_t length = strlen(path);
    uint32_t low = 0;
    uint32_t high = image->entry_count;
    *ret_is_there = false;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = compare_paths(image->entries[middle].name, path, length);
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

/* Stores are small: their names are found soonest by their hashes, one after the other. */
static struct image_entry *find_by_hash(const struct image *image, const char *path)
{
    size_t length = strlen(path);
    uint32_t tag = (uint32_t)XXH3_64bits(path, length);
    for (uint32_t i = 0; i < image->entry_count; i++) {
        const struct image_name *name = image->entries[i].name;
        if (image->entries[i].tag == tag && name->length == length &&
            memcmp(name->path, path, length) == 0) {
            return &image->entries[i];
        }
    }
    return NULL;
}

struct image_entry *image_tree_find(const struct image *image, const char *path)
{
    bool is_there = false;
    if (image->entry_count <= WALKED_ENTRIES_MAX) {
        return find_by_hash(image, path);
    }
    uint32_t place = image_tree_place(image, path, &is_there);
    return is_there ? &image->entries[place] : NULL;
}

bool image_tree_is_dir(const struct image_entry *entry)
{
    return entry->file == IMAGE_NO_FILE;
}

bool image_tree_is_below(const char *path, const char *above)
{
    size_t length = strlen(above);
    return length == 0 || (strncmp(path, above, length) == 0 && path[length] == '/');
}

static bool is_name_below(const struct image_name *name, const struct image_name *above)
{
    return name->length > above->length && name->path[above->length] == '/' &&
           memcmp(name->path, above->path, above->length) == 0;
}

uint32_t image_tree_subtree_end(const struct image *image, uint32_t place)
{
    const struct image_name *above = image->entries[place].name;
    uint32_t end = place + 1;
    while (end < image->entry_count && is_name_below(image->entries[end].name, above)) {
        end++;
    }
    return end;
}

int image_tree_check_parents(const struct image *image, const char *path)
{
    char above[DISK_PATH_SIZE_BYTES];
    size_t length = strlen(path);
    if (length >= sizeof(above)) {
        return -ENAMETOOLONG;
    }
    memcpy(above, path, length + 1);
    for (char *slash = strchr(above, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        const struct image_entry *entry = image_tree_find(image, above);
        *slash = '/';
        if (entry == NULL) {
            return -ENOENT;
        }
        if (!image_tree_is_dir(entry)) {
            return -ENOTDIR;
        }
    }
    return 0;
}

int image_tree_reason_missing(const struct image *image, const char *path)
{
    int r = image_tree_check_parents(image, path);
    return r < 0 ? r : -ENOENT;
}

int image_tree_add(struct image *image, const char *path, uint32_t file)
{
    bool is_there = false;
    uint32_t place = image_tree_place(image, path, &is_there);
    ENSURE(!is_there);
    int r = grow_array((void **)&image->entries, image->entry_count, &image->entry_capacity,
                       sizeof(image->entries[0]));
    if (r < 0) {
        return r;
    }
    struct image_name *name = name_new(path);
    if (name == NULL) {
        return -ENOMEM;
    }
    memmove(image->entries + place + 1, image->entries + place,
            (image->entry_count - place) * sizeof(image->entries[0]));
    image->entries[place] =
        (struct image_entry){.name = name, .file = file, .tag = (uint32_t)name->hash};
    image->entry_count++;
    return 0;
}

/* Files. */

int image_tree_add_file(struct image *image, uint32_t *ret_file)
{
    uint32_t slot = 0;
    while (slot < image->file_count && image->files[slot].content != NULL) {
        slot++;
    }
    struct image_content *content = image_content_new();
    if (content == NULL || grow_array((void **)&image->files, slot, &image->file_capacity,
                                      sizeof(image->files[0])) < 0) {
        image_content_unref(content);
        return -ENOMEM;
    }
    image->files[slot] = (struct image_file){.content = content, .is_linked = true};
    image->file_count += slot == image->file_count ? 1 : 0;
    *ret_file = slot;
    return 0;
}

void image_tree_free_file(struct image_file *file)
{
    if (!file->is_linked && file->open_count == 0) {
        image_content_unref(file->content);
        file->content = NULL;
    }
}

void image_tree_remove(struct image *image, uint32_t place, uint32_t end)
{
    for (uint32_t i = place; i < end; i++) {
        const struct image_entry *entry = &image->entries[i];
        if (!image_tree_is_dir(entry)) {
            image->files[entry->file].is_linked = false;
            image_tree_free_file(&image->files[entry->file]);
        }
        image_tree_name_unref(entry->name);
    }
    memmove(image->entries + place, image->entries + end,
            (image->entry_count - end) * sizeof(image->entries[0]));
    image->entry_count -= end - place;
}

int image_tree_create(struct image *image, const char *path, uint32_t *ret_file)
{
    uint32_t slot = 0;
    int r = image_tree_check_parents(image, path);
    if (r < 0) {
        return r;
    }
    r = image_tree_add_file(image, &slot);
    if (r < 0) {
        return r;
    }
    r = image_tree_add(image, path, slot);
    if (r < 0) {
        image->files[slot].is_linked = false;
        image_tree_free_file(&image->files[slot]);
        return r;
    }
    *ret_file = slot;
    return 0;
}

/* Whether the kernel would let `from` take the place of `to`, in its order of complaints. */
static int check_rename(const struct image *image, const char *from, const char *to)
{
    const struct image_entry *from_entry = image_tree_find(image, from);
    bool is_there = false;
    uint32_t place = image_tree_place(image, to, &is_there);
    int r = image_tree_check_parents(image, from);
    if (r < 0) {
        return r;
    }
    r = image_tree_check_parents(image, to);
    if (r < 0) {
        return r;
    }
    if (from_entry == NULL) {
        return -ENOENT;
    }
    if (image_tree_is_dir(from_entry) && image_tree_is_below(to, from)) {
        return -EINVAL;
    }
    if (!is_there) {
        return 0;
    }
    if (image_tree_is_dir(&image->entries[place]) && image_tree_is_below(from, to)) {
        return -ENOTEMPTY;
    }
    if (image_tree_is_dir(from_entry) != image_tree_is_dir(&image->entries[place])) {
        return image_tree_is_dir(from_entry) ? -ENOTDIR : -EISDIR;
    }
    return image_tree_is_dir(from_entry) && image_tree_subtree_end(image, place) > place + 1
               ? -ENOTEMPTY
               : 0;
}

static int compare_entries(const void *left, const void *right)
{
    const struct image_entry *left_entry = left;
    const struct image_entry *right_entry = right;
    return compare_paths(left_entry->name, right_entry->name->path, right_entry->name->length);
}

/* The name of what lies at `path` after `from` became `to`. */
static struct image_name *moved_name(const char *path, const char *from, const char *to)
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
    struct image_name **names = calloc(end - place, sizeof(struct image_name *));
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
        while (made > 0) {
            image_tree_name_unref(names[--made]);
        }
        free(names);
        return -ENOMEM;
    }
    for (uint32_t i = 0; i < made; i++) {
        image_tree_name_unref(image->entries[place + i].name);
        image->entries[place + i].name = names[i];
        image->entries[place + i].tag = (uint32_t)names[i]->hash;
    }
    free(names);
    qsort(image->entries, image->entry_count, sizeof(image->entries[0]), compare_entries);
    return 0;
}

int image_tree_rename(struct image *image, const char *from, const char *to)
{
    bool is_there = false;
    if (from[0] == '\0' || to[0] == '\0') {
        return -ENOENT;
    }
    if (strcmp(from, to) == 0) {
        return image_tree_find(image, from) != NULL ? 0 : image_tree_reason_missing(image, from);
    }
    int r = check_rename(image, from, to);
    if (r < 0) {
        return r;
    }
    uint32_t place = image_tree_place(image, to, &is_there);
    if (is_there) {
        image_tree_remove(image, place, place + 1);
    }
    place = image_tree_place(image, from, &is_there);
    return move_names(image, place, image_tree_subtree_end(image, place), to);
}
