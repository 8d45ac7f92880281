/* What a sync makes durable, by the rules of each model (docs/FAULTS.md, "Power loss"). */
#include "harness/power/legal/legal_model.h"
#include "harness/power/legal/legal_world.h"
#include "store/base/ensure.h"

#include <string.h>

/* Makes a version the durable one, and forgets those before it. */
static void make_floor(struct legal_page *page, uint32_t upto)
{
    for (uint32_t k = 0; k < upto; k++) {
        legal_page_free_version(&page->versions[k]);
    }
    memmove(page->versions, page->versions + upto,
            (page->version_count - upto) * sizeof(page->versions[0]));
    page->version_count -= upto;
    page->is_durable_written = page->is_durable_written || upto > 0;
}

/* Of a page that lies past the cut nothing is left to choose from. */
static void cut_page(struct legal_page *page, const struct legal_size *size)
{
    uint32_t part_bytes = legal_page_part_bytes(size->value_bytes, page->index);
    uint32_t before_count = 0;
    while (before_count < page->version_count && page->versions[before_count].order < size->order) {
        struct legal_version *version = &page->versions[before_count++];
        version->is_gone = version->is_gone || part_bytes == 0;
        if (part_bytes < version->extent_bytes) {
            version->extent_bytes = part_bytes;
            legal_page_rehash(version);
        }
    }
    if (part_bytes == 0 && before_count > 0) {
        make_floor(page, before_count - 1);
    }
}

/* A truncate that is durable has cut every version before it for good. */
static void cut_for_good(struct legal_inode *inode, const struct legal_size *size)
{
    if (size->value_bytes < inode->base_cut_bytes) {
        inode->base_cut_bytes = size->value_bytes;
    }
    for (uint32_t i = 0; i < inode->page_count; i++) {
        cut_page(&inode->pages[i], size);
    }
}

static void cover_sizes(struct legal_inode *inode, uint64_t before)
{
    uint32_t count = 1;
    for (; count < inode->size_count && inode->sizes[count].end_sequence < before; count++) {
        struct legal_size *durable = &inode->sizes[0];
        const struct legal_size *size = &inode->sizes[count];
        if (!size->is_growth) {
            cut_for_good(inode, size);
        }
        if (!size->is_growth || durable->value_bytes < size->value_bytes) {
            durable->value_bytes = size->value_bytes;
        }
        durable->order = size->order;
    }
    memmove(inode->sizes + 1, inode->sizes + count,
            (inode->size_count - count) * sizeof(inode->sizes[0]));
    inode->size_count -= count - 1;
}

static void cover_page(const struct legal_world *world, struct legal_inode *inode,
                       struct legal_page *page, uint64_t before)
{
    uint32_t upto = 0;
    for (uint32_t k = 1; k < page->version_count; k++) {
        if (page->versions[k].end_sequence < before && !page->versions[k].is_clean) {
            upto = k;
        }
    }
    for (uint32_t k = 1; k <= upto; k++) {
        const struct legal_version *version = &page->versions[k];
        if (legal_model_page_brings_size(world->model) && version->order > inode->sizes[0].order &&
            version->reach_bytes > inode->sizes[0].value_bytes) {
            inode->sizes[0].value_bytes = version->reach_bytes;
        }
    }
    make_floor(page, upto);
}

static void cover_step(struct legal_world *world, uint32_t index, bool with_deps)
{
    struct legal_step *step = &world->steps[index];
    if (!step->is_pending || step->is_covered) {
        return;
    }
    step->is_covered = true;
    for (uint32_t i = 0; with_deps && i < LEGAL_DEPS_MAX; i++) {
        if (step->deps[i] != LEGAL_NONE) {
            cover_step(world, step->deps[i], true);
        }
    }
}

static bool has_pending_dep(const struct legal_world *world, const struct legal_step *step)
{
    for (uint32_t i = 0; i < LEGAL_DEPS_MAX; i++) {
        if (step->deps[i] != LEGAL_NONE && world->steps[step->deps[i]].is_pending) {
            return true;
        }
    }
    return false;
}

static void make_durable(struct legal_world *world, struct legal_step *step)
{
    step->is_pending = false;
    for (uint32_t i = 0; i < step->name_count; i++) {
        struct legal_name *name = &world->names[step->names[i]];
        /* Steps of one name depend on each other, so they become durable from the front. */
        ENSURE(name->step_count > 0 && &world->steps[name->steps[0]] == step);
        name->durable = step->after[i];
        name->step_count--;
        memmove(name->steps, name->steps + 1, name->step_count * sizeof(name->steps[0]));
    }
}

/* Deps come before what depends on them, so one pass is enough. */
static void settle_steps(struct legal_world *world)
{
    bool is_front = true;
    for (uint32_t i = world->first_pending; i < world->step_count; i++) {
        struct legal_step *step = &world->steps[i];
        if (step->is_pending && step->is_covered && !has_pending_dep(world, step)) {
            make_durable(world, step);
        }
        is_front = is_front && !step->is_pending;
        world->first_pending += is_front ? 1 : 0;
    }
}

static bool is_before(const struct legal_step *step, uint64_t before)
{
    return step->is_pending && step->end_sequence < before;
}

static void cover_all_metadata(struct legal_world *world, uint64_t before)
{
    for (uint32_t i = world->first_pending; i < world->step_count; i++) {
        if (is_before(&world->steps[i], before)) {
            cover_step(world, i, true);
        }
    }
    for (uint32_t i = 0; i < world->inode_count; i++) {
        cover_sizes(&world->inodes[i], before);
    }
}

static bool has_own_metadata(const struct legal_world *world, uint32_t index, uint64_t before)
{
    const struct legal_inode *inode = &world->inodes[index];
    if (inode->size_count > 1 && inode->sizes[1].end_sequence < before) {
        return true;
    }
    for (uint32_t i = world->first_pending; i < world->step_count; i++) {
        if (world->steps[i].inode == index && is_before(&world->steps[i], before)) {
            return true;
        }
    }
    for (uint32_t i = 0; i < inode->page_count; i++) {
        const struct legal_page *page = &inode->pages[i];
        for (uint32_t k = 1; k < page->version_count; k++) {
            if (page->versions[k].is_first_fill && !page->versions[k].is_clean &&
                page->versions[k].end_sequence < before) {
                return true;
            }
        }
    }
    return false;
}

static void cover_file_metadata(struct legal_world *world, uint32_t index, uint64_t before)
{
    if (legal_model_is_sequence(world->model)) {
        if (has_own_metadata(world, index, before)) {
            cover_all_metadata(world, before);
        }
        return;
    }
    cover_sizes(&world->inodes[index], before);
    if (!legal_model_sync_brings_path(world->model)) {
        return;
    }
    for (uint32_t i = world->first_pending; i < world->step_count; i++) {
        if (world->steps[i].inode == index && is_before(&world->steps[i], before)) {
            cover_step(world, i, true);
        }
    }
}

static void cover_file(struct legal_world *world, uint32_t index, uint64_t before)
{
    struct legal_inode *inode = &world->inodes[index];
    cover_file_metadata(world, index, before);
    for (uint32_t i = 0; i < inode->page_count; i++) {
        cover_page(world, inode, &inode->pages[i], before);
    }
    settle_steps(world);
}

static void leave_clean(struct legal_inode *inode, uint64_t before)
{
    for (uint32_t i = 0; i < inode->page_count; i++) {
        struct legal_page *page = &inode->pages[i];
        for (uint32_t k = 1; k < page->version_count; k++) {
            struct legal_version *version = &page->versions[k];
            version->is_clean = version->is_clean || version->end_sequence < before;
        }
    }
}

static void revert(struct legal_inode *inode)
{
    for (uint32_t i = 0; i < inode->page_count; i++) {
        legal_page_drop(&inode->pages[i], 1);
    }
    inode->size_count = 1;
    inode->cached_size_bytes = inode->sizes[0].value_bytes;
}

void legal_sync_file(struct legal_world *world, uint32_t inode, const struct trace_entry *entry,
                     enum recording_sync how)
{
    switch (how) {
    case RECORDING_SYNC_GOOD:
        if (entry->result == 0) {
            cover_file(world, inode, entry->begin_sequence);
        }
        break;
    case RECORDING_SYNC_CLEAN:
        leave_clean(&world->inodes[inode], entry->begin_sequence);
        break;
    case RECORDING_SYNC_REVERT:
        revert(&world->inodes[inode]);
        break;
    case RECORDING_SYNC_VOID:
        break;
    }
}

static bool is_in_dir(const struct legal_world *world, const struct legal_step *step, uint32_t dir)
{
    for (uint32_t i = 0; i < step->name_count; i++) {
        if (world->names[step->names[i]].parent == dir) {
            return true;
        }
    }
    return false;
}

/* The step that made the directory itself. */
static bool is_dir_made(const struct legal_step *step, uint32_t dir)
{
    return dir != LEGAL_NONE && step->names[0] == dir && step->after[0] == step->inode;
}

void legal_sync_dir(struct legal_world *world, const char *path, const struct trace_entry *entry)
{
    bool brings_path = legal_model_sync_brings_path(world->model);
    uint64_t before = entry->begin_sequence;
    uint32_t dir = path[0] == '\0' ? LEGAL_NONE : legal_name_find(world, path);
    bool has_any = false;
    if (path[0] != '\0' && dir == LEGAL_NONE) {
        return;
    }
    for (uint32_t i = world->first_pending; i < world->step_count; i++) {
        const struct legal_step *step = &world->steps[i];
        bool is_of_dir = is_in_dir(world, step, dir) || (brings_path && is_dir_made(step, dir));
        if (is_of_dir && is_before(step, before)) {
            has_any = true;
            cover_step(world, i, brings_path);
        }
    }
    if (has_any && legal_model_is_sequence(world->model)) {
        cover_all_metadata(world, before);
    }
    settle_steps(world);
}
