/* The un-synced effects, and which others each of them needs to be there (layers.h). */
#include "harness/power/persist/layers.h"
#include "store/base/ensure.h"
#include "store/base/grow.h"

#include <string.h>

void persist_part_drop(struct persist_part *part)
{
    image_content_page_unref(part->page);
    part->page = NULL;
}

/* Whether `path` lies directly in the directory `dir` ("" is the root). */
bool persist_part_is_directly_in(const char *path, const char *dir)
{
    size_t length = strlen(dir);
    if (length == 0) {
        return strchr(path, '/') == NULL;
    }
    return strncmp(path, dir, length) == 0 && path[length] == '/' &&
           strchr(path + length + 1, '/') == NULL;
}

static int add_part(struct persist *persist, const struct persist_part *part)
{
    int r = grow_array((void **)&persist->parts, persist->part_count, &persist->part_capacity,
                       sizeof(*persist->parts));
    if (r < 0) {
        return r;
    }
    persist->parts[persist->part_count++] = *part;
    return 0;
}

static void add_need(struct persist_part *part, uint32_t need)
{
    for (uint32_t n = 0; n < PERSIST_NEEDS_MAX && need != PERSIST_NONE; n++) {
        if (part->needs[n] == need || part->needs[n] == PERSIST_NONE) {
            part->needs[n] = need;
            return;
        }
    }
    ENSURE(need == PERSIST_NONE);
}

/* The last part that a test holds for. */
static uint32_t last_part(const struct persist *persist, const struct persist_part *like,
                          bool (*is_it)(const struct persist_part *, const struct persist_part *))
{
    for (uint32_t i = persist->part_count; i > 0; i--) {
        if (is_it(&persist->parts[i - 1], like)) {
            return i - 1;
        }
    }
    return PERSIST_NONE;
}

bool persist_part_is_same_page(const struct persist_part *part, const struct persist_part *like)
{
    return part->kind == PERSIST_PAGE && part->inode == like->inode &&
           part->page_index == like->page_index;
}

static bool is_same_size(const struct persist_part *part, const struct persist_part *like)
{
    return part->kind == PERSIST_SIZE && part->inode == like->inode;
}

static bool is_room_for(const struct persist_part *part, const struct persist_part *like)
{
    return is_same_size(part, like) && part->size_bytes > like->page_index * IMAGE_PAGE_SIZE_BYTES;
}

static bool is_birth(const struct persist_part *part, const struct persist_part *like)
{
    return part->kind == PERSIST_ENTRY && part->op == POINT_OP_CREATE && part->inode == like->inode;
}

static bool is_metadata(const struct persist_part *part, const struct persist_part *like)
{
    (void)like;
    return part->kind != PERSIST_PAGE;
}

static bool touches(const struct persist_part *part, const char *path)
{
    return part->kind == PERSIST_ENTRY &&
           (strcmp(part->path, path) == 0 ||
            (part->op == POINT_OP_RENAME && strcmp(part->target, path) == 0));
}

static uint32_t last_touch(const struct persist *persist, const char *path)
{
    for (uint32_t i = persist->part_count; i > 0; i--) {
        if (touches(&persist->parts[i - 1], path)) {
            return i - 1;
        }
    }
    return PERSIST_NONE;
}

static uint32_t parent_birth(const struct persist *persist, const char *path)
{
    for (uint32_t i = persist->part_count; i > 0; i--) {
        const struct persist_part *part = &persist->parts[i - 1];
        if (part->kind == PERSIST_ENTRY && part->op == POINT_OP_MKDIR &&
            persist_part_is_directly_in(path, part->path)) {
            return i - 1;
        }
    }
    return PERSIST_NONE;
}

static uint64_t floor_size(const struct persist *persist, uint32_t inode)
{
    uint32_t slot = persist->floor.slots[inode];
    return slot == IMAGE_NO_FILE ? 0 : persist->floor.image->files[slot].content->size_bytes;
}

static void need_page(const struct persist *persist, struct persist_part *part)
{
    uint32_t need = last_part(persist, part, persist_part_is_same_page);
    if (need == PERSIST_NONE &&
        floor_size(persist, part->inode) <= part->page_index * IMAGE_PAGE_SIZE_BYTES) {
        need = last_part(persist, part, is_room_for);
    }
    add_need(part, need != PERSIST_NONE ? need : last_part(persist, part, is_birth));
}

static void need_entry(const struct persist *persist, struct persist_part *part)
{
    add_need(part, last_touch(persist, part->path));
    add_need(part, parent_birth(persist, part->path));
    if (part->op == POINT_OP_RENAME) {
        add_need(part, last_touch(persist, part->target));
        add_need(part, parent_birth(persist, part->target));
    }
}

/* Adds a part with its needs.  In one metadata sequence the step before stands for all others. */
int persist_part_add(struct persist *persist, struct persist_part *part)
{
    for (uint32_t n = 0; n < PERSIST_NEEDS_MAX; n++) {
        part->needs[n] = PERSIST_NONE;
    }
    if (part->kind == PERSIST_PAGE) {
        need_page(persist, part);
    } else if (persist->model->is_sequence) {
        add_need(part, last_part(persist, part, is_metadata));
    } else if (part->kind == PERSIST_SIZE) {
        uint32_t need = last_part(persist, part, is_same_size);
        add_need(part, need != PERSIST_NONE ? need : last_part(persist, part, is_birth));
    } else {
        need_entry(persist, part);
    }
    return add_part(persist, part);
}
