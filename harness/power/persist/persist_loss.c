/* Choices that a model allows, and the images that they leave (persist.h). */
#include "harness/power/persist/layers.h"
#include "harness/power/persist/persist.h"

#include <errno.h>
#include <string.h>

/* Marks the parts that a choice keeps: chosen, taken as durable, or settled with all they
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
                is_kept &= part->needs[n] == PERSIST_NONE || persist->parts[part->needs[n]].is_kept;
            }
        }
        persist->parts[i].is_kept = is_kept;
    }
}

static bool has_needs(const struct persist *persist, const struct persist_part *part)
{
    for (uint32_t n = 0; n < PERSIST_NEEDS_MAX; n++) {
        if (part->needs[n] != PERSIST_NONE && !persist->parts[part->needs[n]].is_kept) {
            return false;
        }
    }
    return true;
}

/* Where inodes go as a whole: whether the part is of what had ended of `inode`.  A page that a
 * failed sync left clean goes alone: the kernel writes it with no transaction. */
static bool is_of_group(const struct persist_part *part, uint32_t inode)
{
    return part->inode == inode && !part->is_in_flight && !part->is_settled && !part->is_stuck;
}

/* Whether the group of a kept part is kept; those in flight may be missing. */
static bool has_group(const struct persist *persist, const struct persist_part *part)
{
    if (!persist->model->is_grouped || part->is_stuck) {
        return true;
    }
    for (uint32_t i = 0; i < persist->part_count; i++) {
        if (is_of_group(&persist->parts[i], part->inode) && !persist->parts[i].is_kept) {
            return false;
        }
    }
    return true;
}

/* The part that a tear strikes; NULL when it is none that can be torn. */
static const struct persist_part *torn_part(const struct persist *persist, const struct loss *loss,
                                            const struct loss_tear *tear)
{
    if (tear->item >= persist_item_count(persist) || loss_keeps(loss, tear->item) ||
        tear->sectors == 0 || tear->sectors == UINT8_MAX) {
        return NULL;
    }
    const struct persist_part *part = &persist->parts[persist_item_part(persist, tear->item)];
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

bool persist_loss_is_legal(const struct persist *persist, const struct loss *loss)
{
    if (loss->model != persist->loss_model || loss->item_count != persist_item_count(persist) ||
        loss->tear_count > LOSS_TEARS_MAX) {
        return false;
    }
    mark_kept(persist, loss);
    for (uint32_t i = 0; i < persist_item_count(persist); i++) {
        const struct persist_part *part = &persist->parts[persist_item_part(persist, i)];
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
    for (uint32_t i = 0; i < persist_item_count(persist); i++) {
        const struct persist_part *part = &persist->parts[persist_item_part(persist, i)];
        if (loss_keeps(loss, i) && (!has_needs(persist, part) || !has_group(persist, part))) {
            set_kept(loss, i, false);
            persist->parts[persist_item_part(persist, i)].is_kept = false;
            has_changed = true;
        }
    }
    return has_changed;
}

/* Keeps the part if it is a choice, or what a settled one needs; whether anything changed. */
static bool keep_part(const struct persist *persist, uint32_t part, struct loss *loss)
{
    uint32_t item = persist_item_of(persist, part);
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
    for (uint32_t i = persist_item_count(persist); i > 0; i--) {
        const struct persist_part *part = &persist->parts[persist_item_part(persist, i - 1)];
        if (!loss_keeps(loss, i - 1)) {
            continue;
        }
        for (uint32_t n = 0; n < PERSIST_NEEDS_MAX; n++) {
            has_changed |=
                part->needs[n] != PERSIST_NONE && keep_part(persist, part->needs[n], loss);
        }
        bool brings_group = persist->model->is_grouped && !part->is_stuck;
        for (uint32_t k = 0; brings_group && k < persist->part_count; k++) {
            if (is_of_group(&persist->parts[k], part->inode)) {
                has_changed |= keep_part(persist, k, loss);
            }
        }
    }
    return has_changed;
}

void persist_loss_close(const struct persist *persist, bool drop, struct loss *loss)
{
    loss->model = persist->loss_model;
    loss->has_choice = true;
    loss->item_count = (uint16_t)persist_item_count(persist);
    while (drop ? drop_once(persist, loss) : add_once(persist, loss)) {
    }
}

static int apply_kept(const struct persist *persist, const struct loss *loss,
                      struct persist_build *build)
{
    int r = 0;
    for (uint32_t i = 0; r == 0 && i < persist->part_count; i++) {
        const struct persist_part *part = &persist->parts[i];
        if (persist->parts[i].is_kept) {
            r = persist_build_apply(build, persist->inode_count, part);
        }
        for (uint32_t t = 0; r == 0 && t < loss->tear_count; t++) {
            if (persist_item_part(persist, loss->tears[t].item) == i) {
                r = persist_build_tear(build, part, loss->tears[t].sectors);
            }
        }
    }
    return r;
}

int persist_loss_image(const struct persist *persist, const struct loss *loss,
                       struct image **ret_image, struct err *err)
{
    struct persist_build build = {NULL, persist->work.slots};
    if (!persist_loss_is_legal(persist, loss)) {
        return err_set(err, -EINVAL, "the model %s does not allow this loss of %u items, here %u",
                       loss_model_name(persist->loss_model), (unsigned)loss->item_count,
                       persist_item_count(persist));
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
