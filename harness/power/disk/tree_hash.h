/* The hash of a directory tree: one definition for real directories and for images.
 *
 * Entries come in depth-first order, names of a directory ascending by bytes. A file counts by
 * path, size and those 4 KiB pages that are not all zero, so a hole and written zeros are the
 * same. Owners, modes and times do not count. */
#ifndef HARNESS_POWER_DISK_TREE_HASH_H
#define HARNESS_POWER_DISK_TREE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define TREE_HASH_PAGE_SIZE_BYTES 4096

/* A file's content, or a part of it: a sum over its pages, so parts may be hashed apart and added
 * up in any order. */
struct tree_hash_file {
    uint64_t sum;
};

struct tree_hash {
    uint64_t hash;
};

/* The hash of one page that is not all zero; a last, shorter page is filled up with zeros first. */
uint64_t tree_hash_page(const void *page);

void tree_hash_file_init(struct tree_hash_file *file);
/* Adds a page that is not all zero. */
void tree_hash_file_add(struct tree_hash_file *file, uint64_t page_index, uint64_t page_hash);
/* Adds a part, of which no page was added before. */
void tree_hash_file_join(struct tree_hash_file *file, const struct tree_hash_file *part);

void tree_hash_init(struct tree_hash *tree);
void tree_hash_add_dir(struct tree_hash *tree, const char *path);
void tree_hash_add_file(struct tree_hash *tree, const char *path, uint64_t size_bytes,
                        const struct tree_hash_file *content);
uint64_t tree_hash_value(const struct tree_hash *tree);

#endif
