/* The world of a trace, moved from moment to moment (legal_parts.h). */
#include "harness/power/legal/legal_parts.h"
#include "store/base/bytes.h"
#include "store/base/ensure.h"
#include "store/base/grow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Names. */

static uint32_t bucket_of(const struct legal_world *world, const char *path, size_t length)
{
    return (uint32_t)XXH3_64bits(path, length) & (world->bucket_count - 1);
}

static uint32_t find_name(const struct legal_world *world, const char *path, size_t length)
{
    uint32_t index = LEGAL_NONE;

    if (world->bucket_count == 0) {
        return LEGAL_NONE;
    }
    index = world->buckets[bucket_of(world, path, length)];
    while (index != LEGAL_NONE) {
        const char *other = world->names[index].path;

        if (strncmp(other, path, length) == 0 && other[length] == '\0') {
            break;
        }
        index = world->names[index].next_in_bucket;
    }
    return index;
}

uint32_t legal_world_find(const struct legal_world *world, const char *path)
{
    return find_name(world, path, strlen(path));
}

static int grow_buckets(struct legal_world *world)
{
    uint32_t count = world->bucket_count == 0 ? 64 : 2 * world->bucket_count;
    uint32_t *buckets = NULL;

    if (world->name_count < world->bucket_count) {
        return 0;
    }
    buckets = reallocarray(world->buckets, count, sizeof(buckets[0]));
    if (buckets == NULL) {
        return -ENOMEM;
    }
    world->buckets = buckets;
    world->bucket_count = count;
    memset(buckets, 0xff, count * sizeof(buckets[0]));
    for (uint32_t i = 0; i < world->name_count; i++) {
        struct legal_name *name = &world->names[i];
        uint32_t bucket = bucket_of(world, name->path, strlen(name->path));

        name->next_in_bucket = buckets[bucket];
        buckets[bucket] = i;
    }
    return 0;
}

static uint32_t find_parent(const struct legal_world *world, const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? LEGAL_NONE : find_name(world, path, (size_t)(slash - path));
}

/* Finds the name, or adds one that stands for nothing. */
static int get_name(struct legal_world *world, const char *path, uint32_t *ret_name)
{
    void *names = world->names;
    struct legal_name name = {
        .parent = find_parent(world, path), .durable = LEGAL_NONE, .seen = LEGAL_NONE};
    uint32_t bucket = 0;

    *ret_name = legal_world_find(world, path);
    if (*ret_name != LEGAL_NONE) {
        return 0;
    }
    if (grow_buckets(world) < 0 ||
        grow_array(&names, world->name_count, &world->name_capacity, sizeof(name)) < 0) {
        return -ENOMEM;
    }
    world->names = names;
    name.path = strdup(path);
    if (name.path == NULL) {
        return -ENOMEM;
    }
    bucket = bucket_of(world, path, strlen(path));
    name.next_in_bucket = world->buckets[bucket];
    world->buckets[bucket] = world->name_count;
    *ret_name = world->name_count;
    world->names[world->name_count++] = name;
    return 0;
}

/* What the name stands for in the cache. */
static uint32_t cached_inode(const struct legal_world *world, uint32_t index)
{
    const struct legal_name *name = NULL;
    const struct legal_step *step = NULL;

    if (index == LEGAL_NONE) {
        return LEGAL_NONE;
    }
    name = &world->names[index];
    if (name->step_count == 0) {
        return name->durable;
    }
    step = &world->steps[name->steps[name->step_count - 1]];
    return step->names[0] == index ? step->after[0] : step->after[1];
}

/* The file that is open under that path, LEGAL_NONE when there is none. */
static uint32_t cached_file(const struct legal_world *world, const char *path)
{
    uint32_t inode = cached_inode(world, legal_world_find(world, path));

    return inode != LEGAL_NONE && !world->inodes[inode].is_dir ? inode : LEGAL_NONE;
}

/* Inodes. */

static int add_inode(struct legal_world *world, bool is_dir, const struct image_content *base,
                     uint32_t *ret_inode)
{
    struct legal_inode inode = {.is_dir = is_dir, .base = base, .base_cut_bytes = UINT64_MAX};
    void *inodes = world->inodes;

    inode.sizes = malloc(sizeof(inode.sizes[0]));
    if (inode.sizes == NULL ||
        grow_array(&inodes, world->inode_count, &world->inode_capacity, sizeof(inode)) < 0) {
        free(inode.sizes);
        return -ENOMEM;
    }
    world->inodes = inodes;
    inode.cached_size_bytes = base != NULL ? base->size_bytes : 0;
    inode.sizes[0] = (struct legal_size){.value_bytes = inode.cached_size_bytes};
    inode.size_count = 1;
    inode.size_capacity = 1;
    *ret_inode = world->inode_count;
    world->inodes[world->inode_count++] = inode;
    return 0;
}

static void inode_done(struct legal_inode *inode)
{
    for (uint32_t i = 0; i < inode->page_count; i++) {
        legal_page_drop(&inode->pages[i], 0);
        free(inode->pages[i].versions);
    }
    free(inode->pages);
    free(inode->sizes);
}

static int note_undo(struct legal_world *world, struct legal_undo undo)
{
    void *undos = world->undos;

    if (!world->is_in_flight) {
        return 0;
    }
    if (grow_array(&undos, world->undo_count, &world->undo_capacity, sizeof(undo)) < 0) {
        return -ENOMEM;
    }
    world->undos = undos;
    world->undos[world->undo_count++] = undo;
    return 0;
}

/* Sizes and pages. */

static int add_size(struct legal_world *world, uint32_t index, const struct trace_entry *entry,
                    uint64_t value_bytes, bool is_growth)
{
    struct legal_inode *inode = &world->inodes[index];
    struct legal_undo undo = {
        .kind = LEGAL_UNDO_SIZE, .inode = index, .cached_size_bytes = inode->cached_size_bytes};
    void *sizes = inode->sizes;

    if (grow_array(&sizes, inode->size_count, &inode->size_capacity, sizeof(inode->sizes[0])) < 0) {
        return -ENOMEM;
    }
    inode->sizes = sizes;
    if (note_undo(world, undo) < 0) {
        return -ENOMEM;
    }
    inode->sizes[inode->size_count++] = (struct legal_size){
        .order = world->order,
        .end_sequence = entry->end_sequence,
        .value_bytes = value_bytes,
        .before_bytes = inode->cached_size_bytes,
        .is_growth = is_growth,
        .is_in_flight = world->is_in_flight,
    };
    inode->cached_size_bytes = value_bytes;
    return 0;
}

/* The un-synced truncate that last made room for the page. */
static uint64_t room_order(const struct legal_inode *inode, uint64_t page_index)
{
    uint64_t start = page_index * IMAGE_PAGE_SIZE_BYTES;

    for (uint32_t i = inode->size_count; i > 1; i--) {
        const struct legal_size *size = &inode->sizes[i - 1];

        if (size->before_bytes <= start && size->value_bytes > start) {
            return size->order;
        }
    }
    return 0;
}

/* Whether the cache has no page there: never made, or cut away. */
static bool is_page_missing(const struct legal_inode *inode, const struct legal_page *page)
{
    const struct legal_version *last = &page->versions[page->version_count - 1];

    return last->is_gone ||
           legal_page_keep_bytes(inode, last, page->index, inode->size_count - 1) == 0;
}

static int fill_version(const struct legal_inode *inode, const struct legal_page *page,
                        const struct trace_entry *entry, uint64_t size_bytes,
                        struct legal_version *version)
{
    const struct legal_version *last = &page->versions[page->version_count - 1];
    uint64_t start = page->index * IMAGE_PAGE_SIZE_BYTES;
    uint64_t from = entry->offset > start ? entry->offset : start;
    uint64_t end = entry->offset + size_bytes;
    uint64_t page_end = start + IMAGE_PAGE_SIZE_BYTES;
    uint64_t upto = end < page_end ? end : page_end;
    uint8_t *data = malloc(IMAGE_PAGE_SIZE_BYTES);

    if (data == NULL) {
        return -ENOMEM;
    }
    legal_page_copy(last, legal_page_keep_bytes(inode, last, page->index, inode->size_count - 1),
                    data);
    memcpy(data + (from - start), entry->data + (from - entry->offset), (size_t)(upto - from));
    version->own_data = data;
    version->data = data;
    version->extent_bytes = IMAGE_PAGE_SIZE_BYTES;
    version->reach_bytes = upto;
    version->room_order = room_order(inode, page->index);
    version->is_first_fill = is_page_missing(inode, page);
    version->hash = bytes_is_zero(data, IMAGE_PAGE_SIZE_BYTES) ? 0 : tree_hash_page(data);
    /* Zeros past the end of the cached file need no mask. */
    while (version->extent_bytes > 0 && data[version->extent_bytes - 1] == 0) {
        version->extent_bytes--;
    }
    return 0;
}

static int add_version(struct legal_world *world, uint32_t index, const struct trace_entry *entry,
                       uint64_t page_index, uint64_t size_bytes)
{
    struct legal_inode *inode = &world->inodes[index];
    struct legal_version version = {.order = world->order,
                                    .end_sequence = entry->end_sequence,
                                    .is_in_flight = world->is_in_flight};
    struct legal_undo undo = {.kind = LEGAL_UNDO_VERSION,
                              .inode = index,
                              .page_index = page_index,
                              .cached_size_bytes = inode->cached_size_bytes};
    struct legal_page *page = NULL;
    void *versions = NULL;
    int result = legal_page_get(inode, page_index, &page);

    if (result < 0) {
        return result;
    }
    versions = page->versions;
    result = grow_array(&versions, page->version_count, &page->version_capacity, sizeof(version));
    page->versions = versions;
    if (result == 0) {
        result = fill_version(inode, page, entry, size_bytes, &version);
    }
    if (result < 0 || note_undo(world, undo) < 0) {
        legal_page_free_version(&version);
        return -ENOMEM;
    }
    page->versions[page->version_count++] = version;
    if (inode->cached_size_bytes < version.reach_bytes) {
        inode->cached_size_bytes = version.reach_bytes;
    }
    return 0;
}

static int apply_write(struct legal_world *world, const struct trace_entry *entry, struct err *err)
{
    uint32_t inode = cached_file(world, entry->path);
    bool has_ended = entry->end_sequence != TRACE_NO_SEQUENCE;
    uint64_t size_bytes = has_ended ? (uint64_t)entry->result : entry->size_bytes;
    uint64_t end = entry->offset + size_bytes;
    int result = 0;

    if (inode == LEGAL_NONE || size_bytes == 0) {
        return 0;
    }
    if (entry->data == NULL) {
        return err_set(err, -ENOBUFS, "the bytes of a write to '%s' were not kept", entry->path);
    }
    if (world->model == LOSS_MODEL_POSIX && end > world->inodes[inode].cached_size_bytes) {
        result = add_size(world, inode, entry, end, true);
    }
    for (uint64_t page = entry->offset / IMAGE_PAGE_SIZE_BYTES;
         result == 0 && page * IMAGE_PAGE_SIZE_BYTES < end; page++) {
        result = add_version(world, inode, entry, page, size_bytes);
    }
    return result;
}

/* Steps. */

static uint32_t last_step(const struct legal_world *world, uint32_t name)
{
    const struct legal_name *at = name == LEGAL_NONE ? NULL : &world->names[name];

    return at == NULL || at->step_count == 0 ? LEGAL_NONE : at->steps[at->step_count - 1];
}

static int push_step(struct legal_world *world, uint32_t name_index, uint32_t step)
{
    struct legal_name *name = &world->names[name_index];
    void *steps = name->steps;

    if (grow_array(&steps, name->step_count, &name->step_capacity, sizeof(name->steps[0])) < 0) {
        return -ENOMEM;
    }
    name->steps = steps;
    name->steps[name->step_count++] = step;
    return 0;
}

/* Adds `step`, of which names, inode and after are set.  A directory stands until the end, so the
 * last step of a parent's name is what made it. */
static int add_step(struct legal_world *world, const struct trace_entry *entry,
                    struct legal_step *step)
{
    void *steps = world->steps;

    for (uint32_t i = 0; i < LEGAL_NAMES_MAX; i++) {
        bool has_name = i < step->name_count;

        step->deps[2 * i] = has_name ? last_step(world, step->names[i]) : LEGAL_NONE;
        step->deps[2 * i + 1] =
            has_name ? last_step(world, world->names[step->names[i]].parent) : LEGAL_NONE;
    }
    step->order = world->order;
    step->end_sequence = entry->end_sequence;
    step->is_pending = true;
    step->is_in_flight = world->is_in_flight;
    if (note_undo(world, (struct legal_undo){.kind = LEGAL_UNDO_STEP}) < 0 ||
        grow_array(&steps, world->step_count, &world->step_capacity, sizeof(*step)) < 0) {
        return -ENOMEM;
    }
    world->steps = steps;
    for (uint32_t i = 0; i < step->name_count; i++) {
        if (push_step(world, step->names[i], world->step_count) < 0) {
            return -ENOMEM;
        }
    }
    world->steps[world->step_count++] = *step;
    return 0;
}

/* Whether there is, in the cache, a directory for the name to be in. */
static bool has_parent(const struct legal_world *world, const char *path)
{
    uint32_t parent = LEGAL_NONE;

    if (strchr(path, '/') == NULL) {
        return path[0] != '\0';
    }
    parent = cached_inode(world, find_parent(world, path));
    return parent != LEGAL_NONE && world->inodes[parent].is_dir;
}

static int apply_make(struct legal_world *world, const struct trace_entry *entry, bool is_dir)
{
    struct legal_step step = {.name_count = 1};
    int result = 0;

    if (!has_parent(world, entry->path)) {
        return 0;
    }
    result = get_name(world, entry->path, &step.names[0]);
    if (result < 0 || cached_inode(world, step.names[0]) != LEGAL_NONE) {
        return result;
    }
    result = add_inode(world, is_dir, NULL, &step.inode);
    step.after[0] = step.inode;
    return result < 0 ? result : add_step(world, entry, &step);
}

static int apply_unlink(struct legal_world *world, const struct trace_entry *entry)
{
    struct legal_step step = {.inode = cached_file(world, entry->path),
                              .name_count = 1,
                              .names = {legal_world_find(world, entry->path)},
                              .after = {LEGAL_NONE}};

    return step.inode == LEGAL_NONE ? 0 : add_step(world, entry, &step);
}

static int apply_rename(struct legal_world *world, const struct trace_entry *entry, struct err *err)
{
    struct legal_step step = {
        .name_count = 2, .names = {legal_world_find(world, entry->path)}, .after = {LEGAL_NONE}};
    int result = 0;

    step.inode = cached_inode(world, step.names[0]);
    if (step.inode == LEGAL_NONE || strcmp(entry->path, entry->target) == 0 ||
        !has_parent(world, entry->target)) {
        return 0;
    }
    if (world->inodes[step.inode].is_dir) {
        return err_set(err, -ENOTSUP, "directory '%s' is renamed: not modelled", entry->path);
    }
    result = get_name(world, entry->target, &step.names[1]);
    step.after[1] = step.inode;
    return result < 0 ? result : add_step(world, entry, &step);
}

static int apply_sync(struct legal_world *world, const struct trace_entry *entry)
{
    enum recording_sync how = recording_sync(&world->recording, entry);
    uint32_t inode = LEGAL_NONE;

    if (entry->op == POINT_OP_SYNC_DIR) {
        return how == RECORDING_SYNC_GOOD && entry->result == 0
                   ? legal_sync_dir(world, entry->path, entry)
                   : 0;
    }
    inode = cached_file(world, entry->path);
    return inode == LEGAL_NONE ? 0 : legal_sync_file(world, inode, entry, how);
}

static int apply_truncate(struct legal_world *world, const struct trace_entry *entry)
{
    uint32_t inode = cached_file(world, entry->path);

    return inode == LEGAL_NONE ? 0 : add_size(world, inode, entry, entry->size_bytes, false);
}

static int apply_change(struct legal_world *world, const struct trace_entry *entry, struct err *err)
{
    switch (entry->op) {
    case POINT_OP_CREATE:
        return apply_make(world, entry, false);
    case POINT_OP_MKDIR:
        return apply_make(world, entry, true);
    case POINT_OP_WRITE:
        return apply_write(world, entry, err);
    case POINT_OP_TRUNCATE:
        return apply_truncate(world, entry);
    case POINT_OP_RENAME:
        return apply_rename(world, entry, err);
    case POINT_OP_UNLINK:
        return apply_unlink(world, entry);
    case POINT_OP_SYNC:
    case POINT_OP_SYNC_DIR:
    case POINT_OP_OPEN:
    case POINT_OP_READ:
    case POINT_OP_LIST:
    case POINT_OP_SIZE:
    case POINT_OP_LOCK:
    case POINT_OP_COUNT:
        break;
    }
    return 0;
}

static int apply(struct legal_world *world, size_t entry_index, struct err *err)
{
    struct trace_entry entry;
    bool is_sync = false;
    int result = 0;

    trace_get(world->recording.trace, entry_index, &entry);
    is_sync = entry.op == POINT_OP_SYNC || entry.op == POINT_OP_SYNC_DIR;
    world->order++;
    if (is_sync) {
        return world->is_in_flight ? 0 : apply_sync(world, &entry);
    }
    if (entry.result < 0 && entry.end_sequence != TRACE_NO_SEQUENCE) {
        return 0;
    }
    result = apply_change(world, &entry, err);
    return result == -ENOMEM ? err_set(err, -ENOMEM, "out of memory") : result;
}

/* Moments. */

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

/* Takes back what was in flight, the last first. */
static void land(struct legal_world *world)
{
    while (world->undo_count > 0) {
        const struct legal_undo *undo = &world->undos[--world->undo_count];
        struct legal_inode *inode = &world->inodes[undo->inode];
        struct legal_page *page = NULL;

        switch (undo->kind) {
        case LEGAL_UNDO_VERSION:
            page = legal_page_find(inode, undo->page_index);
            ENSURE(page != NULL);
            legal_page_drop(page, page->version_count - 1);
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

static bool has_begun(const struct trace *trace, size_t entry_index, uint64_t sequence)
{
    struct trace_entry entry;

    trace_get(trace, entry_index, &entry);
    return entry.begin_sequence < sequence;
}

static int add_flight(struct legal_world *world, uint32_t entry_index)
{
    void *flights = world->flights;

    if (grow_array(&flights, world->flight_count, &world->flight_capacity,
                   sizeof(world->flights[0])) < 0) {
        return -ENOMEM;
    }
    world->flights = flights;
    world->flights[world->flight_count++] = entry_index;
    return 0;
}

/* Finds what had begun before the operation `done` ended, and had not ended. */
static int find_flights(struct legal_world *world)
{
    const struct trace *trace = world->recording.trace;
    size_t count = trace_done_count(trace);
    struct trace_entry last = {.end_sequence = TRACE_NO_SEQUENCE};
    int result = 0;

    if (world->done < count) {
        trace_get(trace, trace_done_index(trace, world->done), &last);
    }
    world->flight_count = 0;
    for (size_t n = world->done;
         result == 0 && n < count && world->begins_min[n] < last.end_sequence; n++) {
        if (has_begun(trace, trace_done_index(trace, n), last.end_sequence)) {
            result = add_flight(world, (uint32_t)trace_done_index(trace, n));
        }
    }
    for (uint32_t i = 0; result == 0 && i < world->never_ended_count; i++) {
        if (has_begun(trace, world->never_ended[i], last.end_sequence)) {
            result = add_flight(world, world->never_ended[i]);
        }
    }
    return result;
}

static int compare_entries(const void *left, const void *right)
{
    const uint32_t *left_entry = left;
    const uint32_t *right_entry = right;

    return *left_entry < *right_entry ? -1 : *left_entry > *right_entry;
}

/* Applies what is in flight, in the order in which it began: which ends first is not known yet. */
static int take_off(struct legal_world *world, struct err *err)
{
    uint64_t order = world->order;
    int result = find_flights(world);

    if (result == 0 && world->flight_count > 1) {
        qsort(world->flights, world->flight_count, sizeof(world->flights[0]), compare_entries);
    }
    world->is_in_flight = true;
    for (uint32_t i = 0; result == 0 && i < world->flight_count; i++) {
        result = apply(world, world->flights[i], err);
    }
    world->is_in_flight = false;
    world->order = order;
    return result;
}

static bool has_rest_in(const struct legal_page *page)
{
    for (uint32_t k = 1; k < page->version_count; k++) {
        if (!page->versions[k].is_in_flight && !page->versions[k].is_clean) {
            return true;
        }
    }
    return false;
}

/* btrfs: which inodes have effects that are kept together. */
static void find_rests(struct legal_world *world)
{
    for (uint32_t i = 0; i < world->inode_count; i++) {
        struct legal_inode *inode = &world->inodes[i];

        inode->has_rest = inode->size_count > 1 && !inode->sizes[1].is_in_flight;
        for (uint32_t k = 0; !inode->has_rest && k < inode->page_count; k++) {
            inode->has_rest = has_rest_in(&inode->pages[k]);
        }
    }
    for (uint32_t i = world->first_pending; i < world->step_count; i++) {
        const struct legal_step *step = &world->steps[i];

        if (step->is_pending && !step->is_in_flight) {
            world->inodes[step->inode].has_rest = true;
        }
    }
}

static void clear(struct legal_world *world)
{
    for (uint32_t i = 0; i < world->inode_count; i++) {
        inode_done(&world->inodes[i]);
    }
    for (uint32_t i = 0; i < world->name_count; i++) {
        free(world->names[i].path);
        free(world->names[i].steps);
    }
    world->inode_count = 0;
    world->name_count = 0;
    world->step_count = 0;
    world->first_pending = 0;
    world->undo_count = 0;
    world->order = 0;
    world->done = 0;
    world->has_flights = false;
    if (world->bucket_count > 0) {
        memset(world->buckets, 0xff, world->bucket_count * sizeof(world->buckets[0]));
    }
}

static int load_base(struct legal_world *world)
{
    const struct image *base = world->recording.base;
    int result = 0;

    for (uint32_t i = 0; result == 0 && i < base->entry_count; i++) {
        const struct image_entry *entry = &base->entries[i];
        bool is_dir = image_tree_is_dir(entry);
        uint32_t name = LEGAL_NONE;

        result = get_name(world, entry->name->path, &name);
        if (result == 0) {
            result = add_inode(world, is_dir, is_dir ? NULL : base->files[entry->file].content,
                               &world->names[name].durable);
        }
    }
    return result;
}

int legal_world_seek(struct legal_world *world, size_t done, struct err *err)
{
    int result = 0;

    ENSURE(done <= trace_done_count(world->recording.trace));
    if (world->has_flights && world->done == done) {
        return 0;
    }
    if (done < world->done) {
        clear(world);
        result = load_base(world);
    }
    land(world);
    world->has_flights = false;
    for (; result == 0 && world->done < done; world->done += result == 0 ? 1 : 0) {
        result = apply(world, trace_done_index(world->recording.trace, world->done), err);
    }
    if (result == 0) {
        result = take_off(world, err);
    }
    if (result < 0) {
        clear(world);
        (void)load_base(world);
        return result;
    }
    world->has_flights = true;
    find_rests(world);
    return 0;
}

/* What is needed to know the operations in flight at a moment without reading all of the trace. */
static int index_trace(struct legal_world *world)
{
    const struct trace *trace = world->recording.trace;
    size_t done_count = trace_done_count(trace);
    uint64_t least = UINT64_MAX;
    uint32_t capacity = 0;
    struct trace_entry entry;

    world->begins_min = calloc(done_count + 1, sizeof(world->begins_min[0]));
    if (world->begins_min == NULL) {
        return -ENOMEM;
    }
    for (size_t n = done_count; n > 0; n--) {
        trace_get(trace, trace_done_index(trace, n - 1), &entry);
        least = entry.begin_sequence < least ? entry.begin_sequence : least;
        world->begins_min[n - 1] = least;
    }
    for (size_t i = 0; i < trace_count(trace); i++) {
        void *never_ended = world->never_ended;

        trace_get(trace, i, &entry);
        if (entry.is_note || entry.end_sequence != TRACE_NO_SEQUENCE) {
            continue;
        }
        if (grow_array(&never_ended, world->never_ended_count, &capacity,
                       sizeof(world->never_ended[0])) < 0) {
            return -ENOMEM;
        }
        world->never_ended = never_ended;
        world->never_ended[world->never_ended_count++] = (uint32_t)i;
    }
    return 0;
}

int legal_world_init(struct legal_world *world, const struct recording *recording,
                     enum loss_model model, struct err *err)
{
    *world = (struct legal_world){.recording = *recording, .model = model};
    if (index_trace(world) < 0 || load_base(world) < 0) {
        legal_world_done(world);
        return err_set(err, -ENOMEM, "out of memory");
    }
    return 0;
}

void legal_world_done(struct legal_world *world)
{
    clear(world);
    free(world->inodes);
    free(world->steps);
    free(world->names);
    free(world->buckets);
    free(world->undos);
    free(world->begins_min);
    free(world->never_ended);
    free(world->flights);
}
