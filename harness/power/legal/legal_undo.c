/* What was added to a world for operations in flight, and how it is taken back. */
#include "harness/power/legal/legal_world.h"
#include "store/base/ensure.h"
#include "store/base/grow.h"

int legal_undo_note(struct legal_world *world, const struct legal_undo *undo)
{
    if (!world->is_in_flight) {
        return 0;
    }
    int r =
        grow_array((void **)&world->undos, world->undo_count, &world->undo_capacity, sizeof(*undo));
    if (r < 0) {
        return r;
    }
    world->undos[world->undo_count++] = *undo;
    return 0;
}

static void undo_step(struct legal_world *world)
{
    struct legal_step *step = &world->steps[--world->step_count];
    for (uint32_t i = 0; i < step->name_count; i++) {
        world->names[step->names[i]].step_count--;
    }
    if (world->first_pending > world->step_count) {
        world->first_pending = world->step_count;
    }
}

static void undo_version(const struct legal_inode *inode, uint64_t page_index)
{
    struct legal_page *page = legal_page_find(inode, page_index);
    ENSURE(page != NULL);
    legal_page_drop(page, page->version_count - 1);
}

void legal_undo_all(struct legal_world *world)
{
    while (world->undo_count > 0) {
        const struct legal_undo *undo = &world->undos[--world->undo_count];
        struct legal_inode *inode = &world->inodes[undo->inode];
        switch (undo->kind) {
        case LEGAL_UNDO_VERSION:
            undo_version(inode, undo->page_index);
            inode->cached_size_bytes = undo->cached_size_bytes;
            break;
        case LEGAL_UNDO_SIZE:
            inode->size_count--;
            inode->cached_size_bytes = undo->cached_size_bytes;
            break;
        case LEGAL_UNDO_STEP:
            undo_step(world);
            break;
        }
    }
}
