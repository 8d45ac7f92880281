/* Choices of a model, and the images that they leave (persist.h). */
#include "harness/run/persist_parts.h"
#include "store/base/bytes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SECTOR_SIZE_BYTES 512

/* Effects */

/* What a page holds past the file's size is not there, and comes back as zeros when it grows. */
static int clear_past_end(struct image_content *content, uint64_t page_index)
{
    uint64_t start = page_index * IMAGE_PAGE_SIZE_BYTES;
    struct image_page *page = image_content_page(content, page_index);
    if (content->size_bytes >= start + IMAGE_PAGE_SIZE_BYTES || page == NULL) {
        return 0;
    }
    size_t used_bytes = (size_t)(content->size_bytes - start);
    if (bytes_is_zero(page->data + used_bytes, IMAGE_PAGE_SIZE_BYTES - used_bytes)) {
        return 0;
    }
    int r = image_content_get_page(content, page_index, &page);
    if (r == 0) {
        memset(page->data + used_bytes, 0, IMAGE_PAGE_SIZE_BYTES - used_bytes);
    }
    return r;
}

static int apply_page(struct persist_build *build, const struct persist_part *part)
{
    uint32_t slot = build->slots[part->inode];
    struct image_content *content = NULL;
    if (slot == IMAGE_NO_FILE) {
        return 0; /* what is written to a file without a name leaves nothing */
    }
    int r = image_tree_own_content(&build->image->files[slot], &content);
    if (r == 0 && content->size_bytes < part->size_bytes) {
        content->size_bytes = part->size_bytes;
    }
    if (r < 0 || part->page_index * IMAGE_PAGE_SIZE_BYTES >= content->size_bytes) {
        return r;
    }
    r = image_content_set_page(content, part->page_index, part->page);
    return r < 0 ? r : clear_past_end(content, part->page_index);
}

static int apply_size(struct persist_build *build, const struct persist_part *part)
{
    uint32_t slot = build->slots[part->inode];
    struct image_content *content = NULL;
    if (slot == IMAGE_NO_FILE) {
        return 0;
    }
    int r = image_tree_own_content(&build->image->files[slot], &content);
    if (r < 0) {
        return r;
    }
    /* The size that an append gave (posix) never takes away what a later page brought. */
    if (part->op == POINT_OP_WRITE && part->size_bytes < content->size_bytes) {
        return 0;
    }
    return image_content_truncate(content, part->size_bytes);
}

static void forget_slot(struct persist_build *build, uint32_t inode_count, uint32_t slot)
{
    for (uint32_t i = 0; i < inode_count; i++) {
        if (build->slots[i] == slot) {
            build->slots[i] = IMAGE_NO_FILE;
        }
    }
}

static int apply_rename(struct persist_build *build, uint32_t inode_count,
                        const struct persist_part *part)
{
    const struct image_entry *over = image_tree_find(build->image, part->target);
    if (over != NULL && !image_tree_is_dir(over)) {
        forget_slot(build, inode_count, over->file);
    }
    return image_tree_rename(build->image, part->path, part->target) < 0 ? -EINVAL : 0;
}

static int apply_unlink(struct persist_build *build, const struct persist_part *part)
{
    bool is_there = false;
    uint32_t place = image_tree_place(build->image, part->path, &is_there);
    if (!is_there) {
        return -EINVAL;
    }
    image_tree_remove(build->image, place, place + 1);
    build->slots[part->inode] = IMAGE_NO_FILE;
    return 0;
}

static int apply_entry(struct persist_build *build, uint32_t inode_count,
                       const struct persist_part *part)
{
    if (part->op == POINT_OP_RENAME) {
        return apply_rename(build, inode_count, part);
    }
    if (part->op == POINT_OP_UNLINK) {
        return apply_unlink(build, part);
    }
    if (image_tree_find(build->image, part->path) != NULL ||
        image_tree_check_parents(build->image, part->path) < 0) {
        return -EINVAL;
    }
    if (part->op == POINT_OP_MKDIR) {
        return image_tree_add(build->image, part->path, IMAGE_NO_FILE);
    }
    return image_tree_create(build->image, part->path, &build->slots[part->inode]);
}

int persist_build_apply(struct persist_build *build, uint32_t inode_count,
                        const struct persist_part *part)
{
    switch (part->kind) {
    case PERSIST_PAGE:
        return apply_page(build, part);
    case PERSIST_SIZE:
        return apply_size(build, part);
    case PERSIST_ENTRY:
        return apply_entry(build, inode_count, part);
    }
    return -EINVAL;
}

/* Choices */

int persist_build_choices(struct persist *persist)
{
    if (persist->choice_capacity < persist->part_count) {
        uint32_t capacity = 2 * persist->part_count;
        uint32_t *choices = realloc(persist->choices, capacity * sizeof(*choices));
        persist->choices = choices != NULL ? choices : persist->choices;
        uint8_t *kept = realloc(persist->kept, capacity);
        persist->kept = kept != NULL ? kept : persist->kept;
        if (choices == NULL || kept == NULL) {
            return -ENOMEM;
        }
        persist->choice_capacity = capacity;
    }
    persist->choice_count = 0;
    for (uint32_t i = 0; i < persist->part_count; i++) {
        if (!persist->parts[i].is_settled) {
            persist->choices[persist->choice_count++] = i;
        }
    }
    persist->overflow =
        persist->choice_count > LOSS_ITEMS_MAX ? persist->choice_count - LOSS_ITEMS_MAX : 0;
    return 0;
}

uint32_t persist_count(const struct persist *persist)
{
    return persist->choice_count - persist->overflow;
}

uint32_t persist_overflow(const struct persist *persist)
{
    return persist->overflow;
}

static uint32_t part_of(const struct persist *persist, uint32_t item)
{
    return persist->choices[persist->overflow + item];
}

/* The item that a part is; PERSIST_NONE when it is none (settled, or taken as durable). */
static uint32_t item_of(const struct persist *persist, uint32_t part)
{
    uint32_t low = persist->overflow;
    uint32_t high = persist->choice_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (persist->choices[middle] < part) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < persist->choice_count && persist->choices[low] == part ? low - persist->overflow
                                                                        : PERSIST_NONE;
}

void persist_item(const struct persist *persist, uint32_t index, struct persist_item *ret_item)
{
    const struct persist_part *part = &persist->parts[part_of(persist, index)];
    *ret_item = (struct persist_item){
        .kind = part->kind,
        .entry = part->entry,
        .inode = part->inode,
        .page_index = part->page_index,
        .is_in_flight = part->is_in_flight,
        .is_stuck = part->is_stuck,
        .path = part->path,
    };
    for (uint32_t i = 0; i < PERSIST_NEEDS_MAX; i++) {
        ret_item->needs[i] =
            part->needs[i] == PERSIST_NONE ? PERSIST_NONE : item_of(persist, part->needs[i]);
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

uint8_t persist_differing(const struct persist *persist, uint32_t index)
{
    uint32_t at = part_of(persist, index);
    const struct persist_part *part = &persist->parts[at];
    uint8_t mask = 0;
    if (part->kind != PERSIST_PAGE) {
        return 0;
    }
    const struct image_page *before = page_before(persist, at);
    for (uint32_t s = 0; s < IMAGE_PAGE_SIZE_BYTES / SECTOR_SIZE_BYTES; s++) {
        const uint8_t *sector = part->page->data + (size_t)s * SECTOR_SIZE_BYTES;
        bool is_same = before == NULL ? bytes_is_zero(sector, SECTOR_SIZE_BYTES)
                                      : memcmp(before->data + (size_t)s * SECTOR_SIZE_BYTES, sector,
                                               SECTOR_SIZE_BYTES) == 0;
        mask |= (uint8_t)((is_same ? 0 : 1) << s);
    }
    return mask;
}

/* Marks in `kept` the parts that a choice keeps: chosen, taken as durable, or settled with all they
 * need. */
static void mark_kept(const struct persist *persist, const struct loss *loss)
{
    uint32_t choice = 0;
    for (uint32_t i = 0; i < persist->part_count; i++) {
        const struct persist_part *part = &persist->parts[i];
        bool is_kept = true;
        if (!part->is_settled) {
            is_kept = choice < persist->overflow || loss_keeps(loss, choice - persist->overflow);
            choice++;
        } else {
            for (uint32_t n = 0; n < PERSIST_NEEDS_MAX; n++) {
                is_kept &= part->needs[n] == PERSIST_NONE || persist->kept[part->needs[n]] != 0;
            }
        }
        persist->kept[i] = is_kept ? 1 : 0;
    }
}

static bool has_needs(const struct persist *persist, const struct persist_part *part)
{
    for (uint32_t n = 0; n < PERSIST_NEEDS_MAX; n++) {
        if (part->needs[n] != PERSIST_NONE && persist->kept[part->needs[n]] == 0) {
            return false;
        }
    }
    return true;
}

/* btrfs: whether a part that is kept brings all others of its inode with it. */
static bool is_of_group(const struct persist_part *part, uint32_t inode)
{
    return part->inode == inode && !part->is_in_flight && !part->is_settled && !part->is_stuck;
}

/* Whether the group of a kept part is kept; those in flight may be missing. */
static bool has_group(const struct persist *persist, const struct persist_part *part)
{
    if (persist->options.model != LOSS_MODEL_BTRFS || part->is_stuck) {
        return true;
    }
    for (uint32_t i = 0; i < persist->part_count; i++) {
        if (is_of_group(&persist->parts[i], part->inode) && persist->kept[i] == 0) {
            return false;
        }
    }
    return true;
}

/* The part that a tear strikes; NULL when it is none that can be torn. */
static const struct persist_part *torn_part(const struct persist *persist, const struct loss *loss,
                                            const struct loss_tear *tear)
{
    if (tear->item >= persist_count(persist) || loss_keeps(loss, tear->item) ||
        tear->sectors == 0 || tear->sectors == UINT8_MAX) {
        return NULL;
    }
    const struct persist_part *part = &persist->parts[part_of(persist, tear->item)];
    return part->kind == PERSIST_PAGE && has_needs(persist, part) ? part : NULL;
}

static bool are_tears_legal(const struct persist *persist, const struct loss *loss)
{
    for (uint32_t t = 0; t < loss->tear_count; t++) {
        const struct persist_part *part = torn_part(persist, loss, &loss->tears[t]);
        if (part == NULL) {
            return false;
        }
        for (uint32_t u = 0; u < t; u++) {
            const struct persist_part *other = torn_part(persist, loss, &loss->tears[u]);
            if (other == NULL || other->inode == part->inode) {
                return false;
            }
        }
    }
    return true;
}

bool persist_is_legal(const struct persist *persist, const struct loss *loss)
{
    if (loss->model != persist->options.model || loss->item_count != persist_count(persist) ||
        loss->tear_count > LOSS_TEARS_MAX) {
        return false;
    }
    mark_kept(persist, loss);
    for (uint32_t i = 0; i < persist_count(persist); i++) {
        const struct persist_part *part = &persist->parts[part_of(persist, i)];
        if (loss_keeps(loss, i) && (!has_needs(persist, part) || !has_group(persist, part))) {
            return false;
        }
    }
    return are_tears_legal(persist, loss);
}

static void set_kept(struct loss *loss, uint32_t item, bool is_kept)
{
    uint64_t bit = UINT64_C(1) << (item % 64);
    loss->kept[item / 64] = is_kept ? loss->kept[item / 64] | bit : loss->kept[item / 64] & ~bit;
}

/* Drops every kept item that lacks something; false when there was none. */
static bool drop_once(const struct persist *persist, struct loss *loss)
{
    bool has_changed = false;
    mark_kept(persist, loss);
    for (uint32_t i = 0; i < persist_count(persist); i++) {
        const struct persist_part *part = &persist->parts[part_of(persist, i)];
        if (loss_keeps(loss, i) && (!has_needs(persist, part) || !has_group(persist, part))) {
            set_kept(loss, i, false);
            persist->kept[part_of(persist, i)] = 0;
            has_changed = true;
        }
    }
    return has_changed;
}

/* Keeps the part if it is a choice, or what a settled one needs; whether anything changed. */
static bool keep_part(const struct persist *persist, uint32_t part, struct loss *loss)
{
    uint32_t item = item_of(persist, part);
    bool has_changed = false;
    if (item != PERSIST_NONE) {
        has_changed = !loss_keeps(loss, item);
        set_kept(loss, item, true);
        return has_changed;
    }
    if (persist->parts[part].is_settled) {
        for (uint32_t n = 0; n < PERSIST_NEEDS_MAX; n++) {
            uint32_t need = persist->parts[part].needs[n];
            has_changed |= need != PERSIST_NONE && keep_part(persist, need, loss);
        }
    }
    return has_changed;
}

static bool add_once(const struct persist *persist, struct loss *loss)
{
    bool has_changed = false;
    for (uint32_t i = persist_count(persist); i > 0; i--) {
        const struct persist_part *part = &persist->parts[part_of(persist, i - 1)];
        if (!loss_keeps(loss, i - 1)) {
            continue;
        }
        for (uint32_t n = 0; n < PERSIST_NEEDS_MAX; n++) {
            has_changed |=
                part->needs[n] != PERSIST_NONE && keep_part(persist, part->needs[n], loss);
        }
        for (uint32_t k = 0; persist->options.model == LOSS_MODEL_BTRFS && !part->is_stuck &&
                             k < persist->part_count;
             k++) {
            if (is_of_group(&persist->parts[k], part->inode)) {
                has_changed |= keep_part(persist, k, loss);
            }
        }
    }
    return has_changed;
}

void persist_close(const struct persist *persist, bool drop, struct loss *loss)
{
    loss->model = persist->options.model;
    loss->has_choice = true;
    loss->item_count = (uint16_t)persist_count(persist);
    while (drop ? drop_once(persist, loss) : add_once(persist, loss)) {
    }
}

/* Images */

/* The sectors of the next version that reached the disk, over the page as it is. */
static int apply_tear(struct persist_build *build, const struct persist_part *part, uint8_t sectors)
{
    uint32_t slot = build->slots[part->inode];
    struct image_content *content = NULL;
    struct image_page *page = NULL;
    if (slot == IMAGE_NO_FILE) {
        return 0;
    }
    int r = image_tree_own_content(&build->image->files[slot], &content);
    if (r == 0 && content->size_bytes < part->size_bytes) {
        content->size_bytes = part->size_bytes;
    }
    if (r < 0 || part->page_index * IMAGE_PAGE_SIZE_BYTES >= content->size_bytes) {
        return r;
    }
    r = image_content_get_page(content, part->page_index, &page);
    for (uint32_t s = 0; r == 0 && s < IMAGE_PAGE_SIZE_BYTES / SECTOR_SIZE_BYTES; s++) {
        if ((sectors >> s & 1) != 0) {
            memcpy(page->data + (size_t)s * SECTOR_SIZE_BYTES,
                   part->page->data + (size_t)s * SECTOR_SIZE_BYTES, SECTOR_SIZE_BYTES);
        }
    }
    return r < 0 ? r : clear_past_end(content, part->page_index);
}

static int apply_kept(const struct persist *persist, const struct loss *loss,
                      struct persist_build *build)
{
    int r = 0;
    for (uint32_t i = 0; r == 0 && i < persist->part_count; i++) {
        const struct persist_part *part = &persist->parts[i];
        if (persist->kept[i] != 0) {
            r = persist_build_apply(build, persist->inode_count, part);
        }
        for (uint32_t t = 0; r == 0 && t < loss->tear_count; t++) {
            if (part_of(persist, loss->tears[t].item) == i) {
                r = apply_tear(build, part, loss->tears[t].sectors);
            }
        }
    }
    return r;
}

int persist_image(const struct persist *persist, const struct loss *loss, struct image **ret_image,
                  struct err *err)
{
    struct persist_build build = {NULL, persist->work.slots};
    if (!persist_is_legal(persist, loss)) {
        return err_set(err, -EINVAL, "the model %s does not allow this loss of %u items, here %u",
                       loss_model_name(persist->options.model), (unsigned)loss->item_count,
                       persist_count(persist));
    }
    build.image = image_clone(persist->floor.image);
    if (build.image == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    if (persist->inode_count > 0) {
        memcpy(build.slots, persist->floor.slots, persist->inode_count * sizeof(build.slots[0]));
    }
    int r = apply_kept(persist, loss, &build);
    if (r < 0) {
        image_free(build.image);
        return err_set(err, r, "the image cannot be built: %s", strerror(-r));
    }
    *ret_image = build.image;
    return 0;
}

int persist_cached(const struct persist *persist, struct image **ret_image, struct err *err)
{
    *ret_image = image_clone(persist->cached);
    return *ret_image == NULL ? err_set(err, -ENOMEM, "out of memory") : 0;
}
