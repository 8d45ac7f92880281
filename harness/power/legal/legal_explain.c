/* Names, sizes and pages together: whether one set of steps explains a whole image
 * (legal_world.h).
 *
 * The steps of a name follow one another, so a name stands where its steps were cut off.  Names
 * are tied by renames, by the directories they lie in, under btrfs by the inode, under ext4 and xfs
 * all to one sequence. */
#include "harness/power/legal/legal_model.h"
#include "harness/power/legal/legal_world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* More tries than any honest image takes; then it gets the benefit of the doubt. */
#define TRY_COUNT_MAX 200000

#define MEMO_COUNT 1024

enum rest { REST_UNKNOWN, REST_DROPPED, REST_KEPT };

/* Whether a file of the image can be an inode: asked often, looked at once. */
struct memo {
    uint32_t file;
    uint32_t inode;
    uint32_t key;
    bool is_set;
    bool fits;
};

struct search {
    struct legal_world *world;
    struct image *image;
    uint32_t *steps; /* pending ones, in order */
    uint32_t step_count;
    uint8_t *rests; /* enum rest, by inode */
    uint32_t try_count;
    struct memo memos[MEMO_COUNT];
};

static struct image_content *seen_content(const struct search *search, uint32_t entry)
{
    return search->image->files[search->image->entries[entry].file].content;
}

/* Under btrfs as the rest of the inode is, else with any of its sizes; `size` LEGAL_NONE: any. */
static bool file_fits(struct search *search, uint32_t entry, uint32_t inode, enum rest rest,
                      uint32_t size, struct err *err)
{
    const struct legal_inode *at = &search->world->inodes[inode];
    struct legal_file_choice choice = {
        .size_first = size == LEGAL_NONE ? 0 : size,
        .size_last = size == LEGAL_NONE ? at->size_count - 1 : size,
        .is_rest_kept = rest == REST_KEPT,
        .is_rest_dropped = rest == REST_DROPPED,
    };
    uint32_t key = size * 4 + (uint32_t)rest;
    uint32_t place = (entry * 2654435761U ^ inode * 40503U ^ key * 97U) % MEMO_COUNT;
    struct memo *memo = &search->memos[place];
    if (rest == REST_DROPPED) {
        choice.size_last = 0;
    }
    while (rest == REST_KEPT && choice.size_first + 1 < at->size_count &&
           !at->sizes[choice.size_first + 1].is_in_flight) {
        choice.size_first++;
    }
    if (err == NULL && memo->is_set && memo->file == entry && memo->inode == inode &&
        memo->key == key) {
        return memo->fits;
    }
    *memo = (struct memo){.file = entry, .inode = inode, .key = key, .is_set = true};
    memo->fits = legal_file_fits(search->world, inode, seen_content(search, entry), &choice, err);
    return memo->fits;
}

static bool kind_fits(const struct search *search, const struct legal_name *name, uint32_t inode)
{
    if (name->seen == LEGAL_NONE || inode == LEGAL_NONE) {
        return name->seen == LEGAL_NONE && inode == LEGAL_NONE;
    }
    return image_tree_is_dir(&search->image->entries[name->seen]) ==
           search->world->inodes[inode].is_dir;
}

static bool is_file(const struct search *search, uint32_t inode)
{
    return inode != LEGAL_NONE && !search->world->inodes[inode].is_dir;
}

/* Whether what is seen under the name can be what it stands for after `count` steps. */
static bool name_fits(struct search *search, uint32_t index, uint32_t count, struct err *err)
{
    const struct legal_name *name = &search->world->names[index];
    uint32_t inode = legal_name_after(search->world, index, count);
    enum rest rest = REST_UNKNOWN;
    if (!kind_fits(search, name, inode)) {
        return false;
    }
    if (!is_file(search, inode)) {
        return true;
    }
    if (!legal_model_is_whole(search->world->model) || !search->world->inodes[inode].has_rest) {
        return file_fits(search, name->seen, inode, REST_UNKNOWN, LEGAL_NONE, err);
    }
    rest = (enum rest)search->rests[inode];
    if (rest != REST_UNKNOWN) {
        return file_fits(search, name->seen, inode, rest, LEGAL_NONE, err);
    }
    return file_fits(search, name->seen, inode, REST_KEPT, LEGAL_NONE, err) ||
           file_fits(search, name->seen, inode, REST_DROPPED, LEGAL_NONE, NULL);
}

/* Any set of steps. */

static bool deps_kept(const struct legal_world *world, const struct legal_step *step)
{
    for (uint32_t i = 0; i < LEGAL_DEPS_MAX; i++) {
        const struct legal_step *dep =
            step->deps[i] == LEGAL_NONE ? NULL : &world->steps[step->deps[i]];
        if (dep != NULL && dep->is_pending && !dep->is_kept) {
            return false;
        }
    }
    return true;
}

static bool decide(struct search *search, uint32_t at);

/* Leaves the step out, and with it all later ones of its names. */
static bool try_drop(struct search *search, uint32_t at)
{
    struct legal_world *world = search->world;
    const struct legal_step *step = &world->steps[search->steps[at]];
    bool was_closed[LEGAL_NAMES_MAX] = {false};
    bool fits = true;
    for (uint32_t i = 0; i < step->name_count; i++) {
        struct legal_name *name = &world->names[step->names[i]];
        was_closed[i] = name->is_closed;
        name->is_closed = true;
        fits = fits && (was_closed[i] || name_fits(search, step->names[i], name->kept_count, NULL));
    }
    fits = fits && decide(search, at + 1);
    for (uint32_t i = 0; i < step->name_count; i++) {
        world->names[step->names[i]].is_closed = was_closed[i];
    }
    return fits;
}

static bool try_keep(struct search *search, uint32_t at)
{
    struct legal_world *world = search->world;
    struct legal_step *step = &world->steps[search->steps[at]];
    bool fits = true;
    step->is_kept = true;
    for (uint32_t i = 0; i < step->name_count; i++) {
        struct legal_name *name = &world->names[step->names[i]];
        name->kept_count++;
        fits = fits && name->last_match != LEGAL_NONE && name->kept_count <= name->last_match &&
               (name->kept_count < name->step_count ||
                name_fits(search, step->names[i], name->kept_count, NULL));
    }
    fits = fits && decide(search, at + 1);
    for (uint32_t i = 0; i < step->name_count; i++) {
        world->names[step->names[i]].kept_count--;
    }
    step->is_kept = false;
    return fits;
}

/* Keeps or drops the step, with what that says of the rest of its inode. */
static bool try_choice(struct search *search, uint32_t at, bool keeps)
{
    const struct legal_step *step = &search->world->steps[search->steps[at]];
    uint8_t *rest = &search->rests[step->inode];
    uint8_t before = *rest;
    bool is_bound = legal_model_is_whole(search->world->model) &&
                    search->world->inodes[step->inode].has_rest && (keeps || !step->is_in_flight);
    bool fits = true;
    if (is_bound) {
        uint8_t wanted = keeps ? REST_KEPT : REST_DROPPED;
        fits = *rest == REST_UNKNOWN || *rest == wanted;
        *rest = wanted;
    }
    fits = fits && (keeps ? try_keep(search, at) : try_drop(search, at));
    *rest = before;
    return fits;
}

/* From the step `at` on: whether some choice fits what is seen. */
static bool decide(struct search *search, uint32_t at)
{
    const struct legal_step *step = NULL;
    if (at == search->step_count || ++search->try_count > TRY_COUNT_MAX) {
        return true;
    }
    step = &search->world->steps[search->steps[at]];
    if (!deps_kept(search->world, step)) {
        return try_choice(search, at, false);
    }
    return try_choice(search, at, true) || (!step->is_covered && try_choice(search, at, false));
}

/* A prefix of one sequence (ext4, xfs). */

/* The sizes of all inodes when every step and size before `order` is there, and no other. */
static void take_prefix(struct legal_world *world, uint64_t order)
{
    for (uint32_t i = 0; i < world->inode_count; i++) {
        struct legal_inode *inode = &world->inodes[i];
        inode->prefix = 0;
        while (inode->prefix + 1 < inode->size_count &&
               inode->sizes[inode->prefix + 1].order < order) {
            inode->prefix++;
        }
    }
}

static uint32_t count_before(const struct legal_world *world, const struct legal_name *name,
                             uint64_t order)
{
    uint32_t count = 0;
    while (count < name->step_count && world->steps[name->steps[count]].order < order) {
        count++;
    }
    return count;
}

static bool prefix_fits(struct search *search, uint64_t order)
{
    struct legal_world *world = search->world;
    for (uint32_t i = 0; i < world->name_count; i++) {
        const struct legal_name *name = &world->names[i];
        uint32_t inode = legal_name_after(world, i, count_before(world, name, order));
        if (!kind_fits(search, name, inode)) {
            return false;
        }
    }
    take_prefix(world, order);
    for (uint32_t i = 0; i < world->name_count; i++) {
        const struct legal_name *name = &world->names[i];
        uint32_t inode = legal_name_after(world, i, count_before(world, name, order));
        if (is_file(search, inode) && !file_fits(search, name->seen, inode, REST_UNKNOWN,
                                                 world->inodes[inode].prefix, NULL)) {
            return false;
        }
    }
    return true;
}

/* The next step or size at or after `order`; UINT64_MAX when there is none. */
static uint64_t next_order(const struct search *search, uint64_t order)
{
    const struct legal_world *world = search->world;
    uint64_t next = UINT64_MAX;
    for (uint32_t i = 0; i < search->step_count; i++) {
        uint64_t at = world->steps[search->steps[i]].order;
        next = at >= order && at < next ? at : next;
    }
    for (uint32_t i = 0; i < world->inode_count; i++) {
        for (uint32_t k = 1; k < world->inodes[i].size_count; k++) {
            uint64_t at = world->inodes[i].sizes[k].order;
            next = at >= order && at < next ? at : next;
        }
    }
    return next;
}

static bool some_prefix_fits(struct search *search)
{
    uint64_t order = 0;
    while (order != UINT64_MAX) {
        uint64_t next = next_order(search, order);
        if (prefix_fits(search, next)) {
            return true;
        }
        order = next == UINT64_MAX ? next : next + 1;
    }
    return false;
}

/* The whole image. */

static int see_entries(struct search *search, struct err *err)
{
    struct legal_world *world = search->world;
    for (uint32_t i = 0; i < world->name_count; i++) {
        struct legal_name *name = &world->names[i];
        name->seen = LEGAL_NONE;
        name->kept_count = 0;
        name->is_closed = false;
    }
    for (uint32_t i = 0; i < search->image->entry_count; i++) {
        const char *path = search->image->entries[i].name->path;
        uint32_t name = legal_name_find(world, path);
        if (name == LEGAL_NONE) {
            return err_set(err, -EILSEQ, "'%s': nothing ever made it", path);
        }
        world->names[name].seen = i;
    }
    return 0;
}

static int refuse_name(struct search *search, uint32_t index, struct err *err)
{
    const struct legal_name *name = &search->world->names[index];
    struct err reason = ERR_INIT;
    for (uint32_t i = name->step_count + 1; i > 0 && reason.code == 0; i--) {
        (void)name_fits(search, index, i - 1, &reason);
    }
    if (reason.code != 0) {
        return err_set(err, -EILSEQ, "'%s': %.400s", name->path, reason.text);
    }
    return err_set(err, -EILSEQ, "'%s' %s, which none of its %u states is", name->path,
                   name->seen == LEGAL_NONE                                 ? "is not there"
                   : image_tree_is_dir(&search->image->entries[name->seen]) ? "is a directory"
                                                                            : "is a file",
                   name->step_count + 1);
}

/* Each name alone: the last of its states that fits.  Most bad images end here, with the place. */
static int match_names(struct search *search, struct err *err)
{
    for (uint32_t i = 0; i < search->world->name_count; i++) {
        struct legal_name *name = &search->world->names[i];
        name->last_match = name->step_count;
        while (!name_fits(search, i, name->last_match, NULL)) {
            if (name->last_match == 0) {
                return refuse_name(search, i, err);
            }
            name->last_match--;
        }
    }
    return 0;
}

static int find_explanation(struct search *search, struct err *err)
{
    int r = see_entries(search, err);
    if (r < 0) {
        return r;
    }
    r = match_names(search, err);
    if (r < 0) {
        return r;
    }
    if (legal_model_is_sequence(search->world->model)) {
        return some_prefix_fits(search)
                   ? 0
                   : err_set(err, -EILSEQ,
                             "every entry and size is possible alone, but they are of no one "
                             "prefix of the %u steps",
                             search->step_count);
    }
    return decide(search, 0)
               ? 0
               : err_set(err, -EILSEQ, "every entry is possible alone, but not all together");
}

static void list_pending(struct search *search)
{
    struct legal_world *world = search->world;
    for (uint32_t i = world->first_pending; i < world->step_count; i++) {
        if (world->steps[i].is_pending) {
            world->steps[i].is_kept = false;
            search->steps[search->step_count++] = i;
        }
    }
}

int legal_explain(struct legal_world *world, struct image *image, struct err *err)
{
    struct search *search = calloc(1, sizeof(*search));
    if (search == NULL) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    int r = -ENOMEM;
    search->world = world;
    search->image = image;
    search->steps = calloc(world->step_count - world->first_pending + 1, sizeof(uint32_t));
    search->rests = calloc(world->inode_count + 1, sizeof(uint8_t));
    if (search->steps == NULL || search->rests == NULL) {
        (void)err_set(err, r, "out of memory");
        goto out;
    }
    list_pending(search);
    r = find_explanation(search, err);
out:
    free(search->steps);
    free(search->rests);
    free(search);
    return r;
}
