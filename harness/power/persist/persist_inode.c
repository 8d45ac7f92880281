/* Inodes, in the order of their creation, and where they lie in the cached layer. */
#include "harness/power/persist/layers.h"
#include "store/base/grow.h"

#include <errno.h>
#include <string.h>

/* Room for one more inode in a layer's slots, which are as many as the inodes. */
static int grow_slots(const struct persist *persist, struct persist_build *build)
{
    uint32_t capacity = persist->inode_capacity;
    return grow_array((void **)&build->slots, persist->inode_count, &capacity,
                      sizeof(build->slots[0]));
}

int persist_inode_add(struct persist *persist, bool is_dir, const char *dir_path, uint32_t slot,
                      uint32_t *ret_inode)
{
    if (grow_slots(persist, &persist->floor) < 0 || grow_slots(persist, &persist->work) < 0) {
        return -ENOMEM;
    }
    int r = grow_array((void **)&persist->inodes, persist->inode_count, &persist->inode_capacity,
                       sizeof(*persist->inodes));
    if (r < 0) {
        return r;
    }
    *ret_inode = persist->inode_count++;
    persist->inodes[*ret_inode] = (struct persist_inode){
        .is_dir = is_dir, .dir_path = dir_path, .cached_slot = is_dir ? IMAGE_NO_FILE : slot};
    persist->floor.slots[*ret_inode] = IMAGE_NO_FILE;
    return 0;
}

int persist_inode_bind(struct persist *persist, uint32_t slot, uint32_t inode)
{
    while (slot >= persist->slot_capacity) {
        int r = grow_array((void **)&persist->slot_inodes, persist->slot_capacity,
                           &persist->slot_capacity, sizeof(*persist->slot_inodes));
        if (r < 0) {
            return r;
        }
    }
    persist->slot_inodes[slot] = inode;
    return 0;
}

uint32_t persist_inode_find(const struct persist *persist, const char *path)
{
    const struct image_entry *entry = image_tree_find(persist->cached, path);
    if (entry == NULL) {
        return PERSIST_NONE;
    }
    if (!image_tree_is_dir(entry)) {
        return persist->slot_inodes[entry->file];
    }
    for (uint32_t i = persist->inode_count; i > 0; i--) {
        const struct persist_inode *inode = &persist->inodes[i - 1];
        if (inode->is_dir && strcmp(inode->dir_path, path) == 0) {
            return i - 1;
        }
    }
    return PERSIST_NONE;
}
