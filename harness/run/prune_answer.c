/* What an image answers (prune_answer.h). */
#include "harness/run/prune_answer.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define ANSWER_MISSING 0
#define ANSWER_DIR     1
#define ANSWER_FILE    2

uint64_t prune_answer_entry(const struct image_entry *entry)
{
    if (entry == NULL) {
        return ANSWER_MISSING;
    }
    return image_tree_is_dir(entry) ? ANSWER_DIR : ANSWER_FILE;
}

uint64_t prune_answer_list(const struct image *image, const char *path)
{
    size_t skip = path[0] == '\0' ? 0 : strlen(path) + 1;
    bool is_there = skip == 0;
    uint32_t place = skip == 0 ? 0 : image_tree_place(image, path, &is_there) + 1;
    uint64_t answer = 1;

    if (!is_there) {
        return ANSWER_MISSING;
    }
    while (place < image->entry_count &&
           image_tree_is_below(image->entries[place].name->path, path)) {
        const struct image_entry *entry = &image->entries[place];
        const char *name = entry->name->path + skip;

        answer = XXH3_64bits_withSeed(name, strlen(name), answer * 4 + prune_answer_entry(entry));
        place = image_tree_is_dir(entry) ? image_tree_subtree_end(image, place) : place + 1;
    }
    return answer;
}

uint64_t prune_answer_size(const struct image_content *content)
{
    return content->size_bytes;
}

uint64_t prune_answer_page(const struct image_content *content, uint64_t page_index)
{
    struct image_page *page = image_content_page(content, page_index);

    return page == NULL ? 0 : image_content_page_hash(page);
}
