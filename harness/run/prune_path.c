/* Interned paths (prune_path.h). */
#include "harness/run/prune_path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define SLOT_COUNT_FIRST 256

/* The slot of the path, or the free one where it belongs. */
static uint32_t *find_slot(const struct prune_paths *paths, const char *text, size_t length,
                           uint64_t hash)
{
    uint32_t mask = paths->slot_count - 1;
    uint32_t at = (uint32_t)hash & mask;

    while (paths->slots[at] != 0) {
        const struct prune_path *path = &paths->paths[paths->slots[at] - 1];

        if (path->hash == hash && strncmp(path->text, text, length) == 0 &&
            path->text[length] == '\0') {
            break;
        }
        at = (at + 1) & mask;
    }
    return &paths->slots[at];
}

static int grow_slots(struct prune_paths *paths)
{
    uint32_t slot_count = paths->slot_count == 0 ? SLOT_COUNT_FIRST : 2 * paths->slot_count;
    uint32_t *slots = calloc(slot_count, sizeof(slots[0]));

    if (slots == NULL) {
        return -ENOMEM;
    }
    free(paths->slots);
    paths->slots = slots;
    paths->slot_count = slot_count;
    for (uint32_t i = 0; i < paths->count; i++) {
        const struct prune_path *path = &paths->paths[i];

        *find_slot(paths, path->text, strlen(path->text), path->hash) = i + 1;
    }
    return 0;
}

static int reserve(struct prune_paths *paths)
{
    if (paths->count >= PRUNE_PATH_COUNT_MAX) {
        return -ENOBUFS;
    }
    if (paths->count == paths->capacity) {
        uint32_t capacity = paths->capacity == 0 ? SLOT_COUNT_FIRST / 2 : 2 * paths->capacity;
        struct prune_path *grown = reallocarray(paths->paths, capacity, sizeof(grown[0]));

        if (grown == NULL) {
            return -ENOMEM;
        }
        paths->paths = grown;
        paths->capacity = capacity;
    }
    return 2 * paths->count >= paths->slot_count ? grow_slots(paths) : 0;
}

/* Adds a path whose parent is there. */
static int add(struct prune_paths *paths, const char *text, size_t length, uint64_t hash,
               uint32_t parent, uint32_t *ret_number)
{
    char *copy = NULL;
    int result = reserve(paths);

    if (result < 0) {
        return result;
    }
    copy = strndup(text, length);
    if (copy == NULL) {
        return -ENOMEM;
    }
    *find_slot(paths, text, length, hash) = paths->count + 1;
    paths->paths[paths->count] = (struct prune_path){
        .text = copy,
        .hash = hash,
        .parent = parent,
        .is_blind = paths->blind != NULL && strncmp(copy, paths->blind, strlen(paths->blind)) == 0,
    };
    *ret_number = paths->count++;
    return 0;
}

/* Where the last '/' stands, or 0. */
static size_t parent_length(const char *text, size_t length)
{
    while (length > 0 && text[length - 1] != '/') {
        length--;
    }
    return length > 0 ? length - 1 : 0;
}

int prune_path_number(struct prune_paths *paths, const char *text, uint32_t *ret_number)
{
    size_t length = strlen(text);
    size_t end = length; /* of the part that is being added */
    int result = paths->count == 0 ? add(paths, "", 0, XXH3_64bits("", 0), 0, ret_number) : 0;
    uint32_t parent = PRUNE_PATH_ROOT;

    if (result < 0) {
        return result;
    }
    for (;;) {
        uint64_t hash = XXH3_64bits(text, end);
        uint32_t slot = *find_slot(paths, text, end, hash);

        if (slot == 0) {
            /* Up to an ancestor that has a number: the root has. */
            end = parent_length(text, end);
            continue;
        }
        parent = slot - 1;
        if (end == length) {
            *ret_number = parent;
            return 0;
        }
        /* Down again: the next part below it. */
        do {
            end++;
        } while (end < length && text[end] != '/');
        hash = XXH3_64bits(text, end);
        result = add(paths, text, end, hash, parent, ret_number);
        if (result < 0) {
            return result;
        }
    }
}

void prune_path_clear(struct prune_paths *paths)
{
    for (uint32_t i = 0; i < paths->count; i++) {
        free(paths->paths[i].text);
    }
    if (paths->slots != NULL) {
        memset(paths->slots, 0, paths->slot_count * sizeof(paths->slots[0]));
    }
    paths->count = 0;
}

void prune_path_done(struct prune_paths *paths)
{
    prune_path_clear(paths);
    free(paths->paths);
    free(paths->slots);
    free(paths->blind);
    *paths = (struct prune_paths){.paths = NULL};
}
