/* Entries and files (image_tree.h). */
#include "harness/power/disk/image_tree.h"

#include "store/base/bytes.h"
#include "store/base/ensure.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define IMAGE_TABLE_FIRST 16
/* More entries than this are searched by halves. */
#define WALKED_ENTRIES_MAX 64u

void image_tree_name_unref(struct image_name *name)
{
    if (--name->ref_count == 0) {
        free(name);
    }
}

static uint32_t tag_of(uint64_t hash)
{
    return (uint32_t)hash;
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

/* The content of a file, made the file's own and about to change. */
int image_tree_own_content(struct image_file *file, struct image_content **ret_content)
{
    struct image_content *shared = file->content;
    struct image_content *own = NULL;

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
    *ret_content = file->content;
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

/* The index of `path`, or where it would have to be. */
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
    uint32_t tag = tag_of(XXH3_64bits(path, length));

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
    uint32_t place = 0;

    if (image->entry_count <= WALKED_ENTRIES_MAX) {
        return find_by_hash(image, path);
    }
    place = image_tree_place(image, path, &is_there);
    return is_there ? &image->entries[place] : NULL;
}

bool image_tree_is_dir(const struct image_entry *entry)
{
    return entry->file == IMAGE_NO_FILE;
}

/* Whether `path` lies below the directory `above` ("" is the root). */
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

/* Where the subtree of the directory at `place` ends; place + 1 when it is empty. */
uint32_t image_tree_subtree_end(const struct image *image, uint32_t place)
{
    const struct image_name *above = image->entries[place].name;
    uint32_t end = place + 1;

    while (end < image->entry_count && is_name_below(image->entries[end].name, above)) {
        end++;
    }
    return end;
}

/* What the kernel says of the directories above `path`: 0, -ENOENT or -ENOTDIR. */
int image_tree_check_parents(const struct image *image, const char *path)
{
    char above[DISK_PATH_SIZE_BYTES];
    size_t length = strlen(path);

    if (length >= sizeof(above)) {
        return -ENAMETOOLONG;
    }
    memcpy(above, path, length + 1);
    for (char *slash = strchr(above, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        const struct image_entry *entry = NULL;

        *slash = '\0';
        entry = image_tree_find(image, above);
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

/* Why there is no entry `path`. */
int image_tree_reason_missing(const struct image *image, const char *path)
{
    int result = image_tree_check_parents(image, path);

    return result < 0 ? result : -ENOENT;
}

static int reserve_entry(struct image *image)
{
    if (image->entry_count == image->entry_capacity) {
        uint32_t capacity =
            image->entry_capacity == 0 ? IMAGE_TABLE_FIRST : 2 * image->entry_capacity;
        struct image_entry *entries =
            reallocarray(image->entries, capacity, sizeof(image->entries[0]));

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
int image_tree_add(struct image *image, const char *path, uint32_t file)
{
    bool is_there = false;
    uint32_t place = image_tree_place(image, path, &is_there);
    struct image_name *name = NULL;
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
    image->entries[place] =
        (struct image_entry){.name = name, .file = file, .tag = tag_of(name->hash)};
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
    if (slot == image->file_capacity) {
        uint32_t capacity =
            image->file_capacity == 0 ? IMAGE_TABLE_FIRST : 2 * image->file_capacity;
        struct image_file *files = reallocarray(image->files, capacity, sizeof(image->files[0]));

        if (files == NULL) {
            return -ENOMEM;
        }
        image->files = files;
        image->file_capacity = capacity;
    }
    image->files[slot] = (struct image_file){.content = image_content_new(), .is_linked = true};
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
void image_tree_free_file(struct image_file *file)
{
    if (!file->is_linked && file->open_count == 0) {
        image_content_unref(file->content);
        file->content = NULL;
    }
}

/* Removes the entries [place, end) and unlinks their files. */
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

/* Makes an empty file that is not there. */
int image_tree_create(struct image *image, const char *path, uint32_t *ret_file)
{
    uint32_t slot = 0;
    int result = image_tree_check_parents(image, path);

    if (result == 0) {
        result = image_tree_add_file(image, &slot);
    }
    if (result < 0) {
        return result;
    }
    result = image_tree_add(image, path, slot);
    if (result < 0) {
        image->files[slot].is_linked = false;
        image_tree_free_file(&image->files[slot]);
        return result;
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
    int result = image_tree_check_parents(image, from);

    if (result == 0) {
        result = image_tree_check_parents(image, to);
    }
    if (result == 0 && from_entry == NULL) {
        result = -ENOENT;
    }
    if (result < 0 || from_entry == NULL) {
        return result;
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
        for (uint32_t i = 0; i < made; i++) {
            image_tree_name_unref(names[i]);
        }
        free(names);
        return -ENOMEM;
    }
    for (uint32_t i = 0; i < made; i++) {
        image_tree_name_unref(image->entries[place + i].name);
        image->entries[place + i].name = names[i];
        image->entries[place + i].tag = tag_of(names[i]->hash);
    }
    free(names);
    qsort(image->entries, image->entry_count, sizeof(image->entries[0]), compare_entries);
    return 0;
}

int image_tree_rename(struct image *image, const char *from, const char *to)
{
    bool is_there = false;
    uint32_t place = 0;
    int result = 0;

    if (from[0] == '\0' || to[0] == '\0') {
        return -ENOENT;
    }
    if (strcmp(from, to) == 0) {
        return image_tree_find(image, from) != NULL ? 0 : image_tree_reason_missing(image, from);
    }
    result = check_rename(image, from, to);
    if (result < 0) {
        return result;
    }
    place = image_tree_place(image, to, &is_there);
    if (is_there) {
        image_tree_remove(image, place, place + 1);
    }
    place = image_tree_place(image, from, &is_there);
    return move_names(image, place, image_tree_subtree_end(image, place), to);
}
