/* The names and files of an image.  For image.c and what builds images (persist.c). */
#ifndef HARNESS_POWER_DISK_IMAGE_TREE_H
#define HARNESS_POWER_DISK_IMAGE_TREE_H

#include "harness/power/disk/image_content.h"

#define IMAGE_NO_FILE UINT32_MAX

/* A file of one image. Free slots have no content. */
struct image_file {
    struct image_content *content;
    uint32_t open_count;
    bool is_linked;
    bool is_locked; /* until nobody has it open: a second lock is refused */
};

struct image_name {
    uint64_t hash; /* of the path */
    uint32_t ref_count;
    uint32_t length;
    char path[];
};

struct image_entry {
    struct image_name *name;
    uint32_t file; /* IMAGE_NO_FILE: a directory */
    uint32_t tag;  /* of the name's hash: looked up without a look at the name */
};

struct image {
    struct image_entry *entries;
    uint32_t entry_count;
    uint32_t entry_capacity;
    struct image_file *files;
    uint32_t file_count;
    uint32_t file_capacity;
    uint32_t failing_sync; /* slot + 1 of the file whose next sync fails; 0: none */
};

void image_tree_name_unref(struct image_name *name);
/* The content of a file, made the file's own and about to change. */
int image_tree_own_content(struct image_file *file, struct image_content **ret_content);
/* The index of `path`, or where it would have to be. */
uint32_t image_tree_place(const struct image *image, const char *path, bool *ret_is_there);
struct image_entry *image_tree_find(const struct image *image, const char *path);
bool image_tree_is_dir(const struct image_entry *entry);
/* Whether `path` lies below the directory `above` ("" is the root). */
bool image_tree_is_below(const char *path, const char *above);
/* Where the subtree of the directory at `place` ends; place + 1 when it is empty. */
uint32_t image_tree_subtree_end(const struct image *image, uint32_t place);
/* What the kernel says of the directories above `path`: 0, -ENOENT or -ENOTDIR. */
int image_tree_check_parents(const struct image *image, const char *path);
/* Why there is no entry `path`. */
int image_tree_reason_missing(const struct image *image, const char *path);
/* Adds an entry that is not there. */
int image_tree_add(struct image *image, const char *path, uint32_t file);
int image_tree_add_file(struct image *image, uint32_t *ret_file);
/* Frees the slot of a file without a name that nobody has open. */
void image_tree_free_file(struct image_file *file);
/* Removes the entries [place, end) and unlinks their files. */
void image_tree_remove(struct image *image, uint32_t place, uint32_t end);
/* Makes an empty file that is not there. */
int image_tree_create(struct image *image, const char *path, uint32_t *ret_file);
/* As rename(2). */
int image_tree_rename(struct image *image, const char *from, const char *to);

#endif
