/* What can be kept or lost at a moment: the un-synced items (persist.h). */
#include "harness/power/persist/layers.h"
#include "harness/power/persist/persist.h"
#include "store/base/bytes.h"
#include "store/base/grow.h"

#include <string.h>

int persist_item_number(struct persist *persist)
{
    persist->choosable_count = 0;
    for (uint32_t i = 0; i < persist->part_count; i++) {
        if (persist->parts[i].is_settled) {
            continue;
        }
        int r = grow_array((void **)&persist->choosable, persist->choosable_count,
                           &persist->choosable_capacity, sizeof(persist->choosable[0]));
        if (r < 0) {
            return r;
        }
        persist->choosable[persist->choosable_count++] = i;
    }
    persist->overflow =
        persist->choosable_count > LOSS_ITEMS_MAX ? persist->choosable_count - LOSS_ITEMS_MAX : 0;
    return 0;
}

uint32_t persist_item_count(const struct persist *persist)
{
    return persist->choosable_count - persist->overflow;
}

uint32_t persist_item_overflow(const struct persist *persist)
{
    return persist->overflow;
}

uint32_t persist_item_part(const struct persist *persist, uint32_t item)
{
    return persist->choosable[persist->overflow + item];
}

uint32_t persist_item_of(const struct persist *persist, uint32_t part)
{
    uint32_t low = persist->overflow;
    uint32_t high = persist->choosable_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (persist->choosable[middle] < part) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < persist->choosable_count && persist->choosable[low] == part
               ? low - persist->overflow
               : PERSIST_NONE;
}

void persist_item(const struct persist *persist, uint32_t index, struct persist_item *ret_item)
{
    const struct persist_part *part = &persist->parts[persist_item_part(persist, index)];
    *ret_item = (struct persist_item){
        .kind = part->kind,
        .entry = part->entry,
        .inode = part->inode,
        .page_index = part->page_index,
        .is_in_flight = part->is_in_flight,
        .is_stuck = part->is_stuck,
        .is_grouped = persist->model->is_grouped && !part->is_in_flight && !part->is_stuck,
        .path = part->path,
    };
    for (uint32_t i = 0; i < PERSIST_NEEDS_MAX; i++) {
        ret_item->needs[i] = part->needs[i] == PERSIST_NONE
                                 ? PERSIST_NONE
                                 : persist_item_of(persist, part->needs[i]);
    }
}

/* The version before of a page: among the parts, else durable; NULL: zeros. */
static const struct image_page *page_before(const struct persist *persist, uint32_t index)
{
    const struct persist_part *part = &persist->parts[index];
    for (uint32_t i = index; i > 0; i--) {
        const struct persist_part *other = &persist->parts[i - 1];
        if (other->kind == PERSIST_PAGE && other->inode == part->inode &&
            other->page_index == part->page_index) {
            return other->page;
        }
    }
    uint32_t slot = persist->floor.slots[part->inode];
    return slot == IMAGE_NO_FILE
               ? NULL
               : image_content_page(persist->floor.image->files[slot].content, part->page_index);
}

uint8_t persist_item_differing(const struct persist *persist, uint32_t index)
{
    uint32_t at = persist_item_part(persist, index);
    const struct persist_part *part = &persist->parts[at];
    uint8_t mask = 0;
    if (part->kind != PERSIST_PAGE) {
        return 0;
    }
    const struct image_page *before = page_before(persist, at);
    for (uint32_t s = 0; s < IMAGE_PAGE_SIZE_BYTES / PERSIST_SECTOR_SIZE_BYTES; s++) {
        const uint8_t *sector = part->page->data + (size_t)s * PERSIST_SECTOR_SIZE_BYTES;
        bool is_same = before == NULL ? bytes_is_zero(sector, PERSIST_SECTOR_SIZE_BYTES)
                                      : memcmp(before->data + (size_t)s * PERSIST_SECTOR_SIZE_BYTES,
                                               sector, PERSIST_SECTOR_SIZE_BYTES) == 0;
        mask |= (uint8_t)((is_same ? 0 : 1) << s);
    }
    return mask;
}
