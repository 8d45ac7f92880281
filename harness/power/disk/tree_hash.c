/* The hash of a directory tree (tree_hash.h). */
#include "harness/power/disk/tree_hash.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define TREE_HASH_KIND_DIR  1U
#define TREE_HASH_KIND_FILE 2U

/* Chains `hash` with three numbers; order matters. */
static uint64_t chain(uint64_t hash, uint64_t first, uint64_t second, uint64_t third)
{
    uint64_t words[4] = {hash, first, second, third};

    return XXH3_64bits(words, sizeof(words));
}

uint64_t tree_hash_page(const void *page)
{
    return XXH3_64bits(page, TREE_HASH_PAGE_SIZE_BYTES);
}

void tree_hash_file_init(struct tree_hash_file *file)
{
    file->sum = 0;
}

void tree_hash_file_add(struct tree_hash_file *file, uint64_t page_index, uint64_t page_hash)
{
    /* Mixed before it is added: swapped pages must not have the same sum. */
    file->sum += chain(page_hash, page_index, 0, 0);
}

void tree_hash_file_join(struct tree_hash_file *file, const struct tree_hash_file *part)
{
    file->sum += part->sum;
}

void tree_hash_init(struct tree_hash *tree)
{
    tree->hash = 0;
}

void tree_hash_add_dir(struct tree_hash *tree, const char *path)
{
    tree->hash = chain(tree->hash, TREE_HASH_KIND_DIR, XXH3_64bits(path, strlen(path)), 0);
}

void tree_hash_add_file(struct tree_hash *tree, const char *path, uint64_t size_bytes,
                        const struct tree_hash_file *content)
{
    tree->hash = chain(tree->hash, TREE_HASH_KIND_FILE, XXH3_64bits(path, strlen(path)),
                       chain(content->sum, size_bytes, 0, 0));
}

uint64_t tree_hash_value(const struct tree_hash *tree)
{
    return tree->hash;
}
