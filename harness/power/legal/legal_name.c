/* The names of a world: every path that ever was, and what it stands for in the cache. */
#include "harness/power/legal/legal_world.h"
#include "store/base/grow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS_FIRST 64

/* FNV-1a: paths are short, and a world has few. */
static uint32_t bucket_of(const struct legal_world *world, const char *path, size_t length)
{
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (uint8_t)path[i]) * 16777619U;
    }
    return hash & (world->bucket_count - 1);
}

static uint32_t find(const struct legal_world *world, const char *path, size_t length)
{
    if (world->bucket_count == 0) {
        return LEGAL_NONE;
    }
    uint32_t index = world->buckets[bucket_of(world, path, length)];
    while (index != LEGAL_NONE) {
        const char *other = world->names[index].path;
        if (strncmp(other, path, length) == 0 && other[length] == '\0') {
            break;
        }
        index = world->names[index].next_in_bucket;
    }
    return index;
}

uint32_t legal_name_find(const struct legal_world *world, const char *path)
{
    return find(world, path, strlen(path));
}

static void put_in_bucket(struct legal_world *world, uint32_t index)
{
    struct legal_name *name = &world->names[index];
    uint32_t bucket = bucket_of(world, name->path, strlen(name->path));
    name->next_in_bucket = world->buckets[bucket];
    world->buckets[bucket] = index;
}

static int grow_buckets(struct legal_world *world)
{
    uint32_t count = world->bucket_count == 0 ? BUCKETS_FIRST : 2 * world->bucket_count;
    if (world->name_count < world->bucket_count) {
        return 0;
    }
    uint32_t *buckets = reallocarray(world->buckets, count, sizeof(buckets[0]));
    if (buckets == NULL) {
        return -ENOMEM;
    }
    world->buckets = buckets;
    world->bucket_count = count;
    memset(buckets, 0xff, count * sizeof(buckets[0]));
    for (uint32_t i = 0; i < world->name_count; i++) {
        put_in_bucket(world, i);
    }
    return 0;
}

static uint32_t find_parent(const struct legal_world *world, const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? LEGAL_NONE : find(world, path, (size_t)(slash - path));
}

int legal_name_get(struct legal_world *world, const char *path, uint32_t *ret_name)
{
    *ret_name = legal_name_find(world, path);
    if (*ret_name != LEGAL_NONE) {
        return 0;
    }
    if (grow_buckets(world) < 0 || grow_array((void **)&world->names, world->name_count,
                                              &world->name_capacity, sizeof(*world->names)) < 0) {
        return -ENOMEM;
    }
    char *copy = strdup(path);
    if (copy == NULL) {
        return -ENOMEM;
    }
    *ret_name = world->name_count++;
    world->names[*ret_name] = (struct legal_name){.path = copy,
                                                  .parent = find_parent(world, path),
                                                  .durable = LEGAL_NONE,
                                                  .seen = LEGAL_NONE};
    put_in_bucket(world, *ret_name);
    return 0;
}

void legal_name_clear(struct legal_world *world)
{
    for (uint32_t i = 0; i < world->name_count; i++) {
        free(world->names[i].path);
        free(world->names[i].steps);
    }
    world->name_count = 0;
    if (world->bucket_count > 0) {
        memset(world->buckets, 0xff, world->bucket_count * sizeof(world->buckets[0]));
    }
}

uint32_t legal_name_after(const struct legal_world *world, uint32_t name, uint32_t count)
{
    const struct legal_name *entry = &world->names[name];
    if (count == 0) {
        return entry->durable;
    }
    const struct legal_step *step = &world->steps[entry->steps[count - 1]];
    return step->names[0] == name ? step->after[0] : step->after[1];
}

uint32_t legal_name_cached(const struct legal_world *world, uint32_t name)
{
    return name == LEGAL_NONE ? LEGAL_NONE
                              : legal_name_after(world, name, world->names[name].step_count);
}

uint32_t legal_name_cached_file(const struct legal_world *world, const char *path)
{
    uint32_t inode = legal_name_cached(world, legal_name_find(world, path));
    return inode != LEGAL_NONE && !world->inodes[inode].is_dir ? inode : LEGAL_NONE;
}

bool legal_name_has_parent(const struct legal_world *world, const char *path)
{
    if (strchr(path, '/') == NULL) {
        return path[0] != '\0';
    }
    uint32_t parent = legal_name_cached(world, find_parent(world, path));
    return parent != LEGAL_NONE && world->inodes[parent].is_dir;
}
