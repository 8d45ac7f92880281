/* The world of a trace, moved from moment to moment (legal_world.h). */
#include "harness/power/legal/legal_world.h"

#include "store/base/ensure.h"
#include "store/base/grow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool has_begun(const struct trace *trace, size_t entry_index, uint64_t sequence)
{
    struct trace_entry entry;
    trace_get(trace, entry_index, &entry);
    return entry.begin_sequence < sequence;
}

static int add_flight(struct legal_world *world, uint32_t entry_index)
{
    int r = grow_array((void **)&world->flights, world->flight_count, &world->flight_capacity,
                       sizeof(world->flights[0]));
    if (r < 0) {
        return r;
    }
    world->flights[world->flight_count++] = entry_index;
    return 0;
}

/* Finds what had begun before the operation `done` ended, and had not ended. */
static int find_flights(struct legal_world *world)
{
    const struct trace *trace = world->recording.trace;
    size_t count = trace_done_count(trace);
    struct trace_entry last = {.end_sequence = TRACE_NO_SEQUENCE};
    if (world->done < count) {
        trace_get(trace, trace_done_index(trace, world->done), &last);
    }
    world->flight_count = 0;
    for (size_t n = world->done; n < count && world->begins_min[n] < last.end_sequence; n++) {
        uint32_t index = (uint32_t)trace_done_index(trace, n);
        if (has_begun(trace, index, last.end_sequence) && add_flight(world, index) < 0) {
            return -ENOMEM;
        }
    }
    for (uint32_t i = 0; i < world->never_ended_count; i++) {
        uint32_t index = world->never_ended[i];
        if (has_begun(trace, index, last.end_sequence) && add_flight(world, index) < 0) {
            return -ENOMEM;
        }
    }
    return 0;
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
    int r = find_flights(world);
    if (r < 0) {
        return r;
    }
    if (world->flight_count > 1) {
        qsort(world->flights, world->flight_count, sizeof(world->flights[0]), compare_entries);
    }
    world->is_in_flight = true;
    for (uint32_t i = 0; r == 0 && i < world->flight_count; i++) {
        r = legal_apply(world, world->flights[i], err);
    }
    world->is_in_flight = false;
    world->order = order;
    return r;
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

/* Which inodes have effects that are kept together, where a model keeps them so. */
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
        legal_inode_clear(&world->inodes[i]);
    }
    legal_name_clear(world);
    world->inode_count = 0;
    world->step_count = 0;
    world->first_pending = 0;
    world->undo_count = 0;
    world->order = 0;
    world->done = 0;
    world->has_flights = false;
}

static int load_base(struct legal_world *world)
{
    const struct image *base = world->recording.base;
    for (uint32_t i = 0; i < base->entry_count; i++) {
        const struct image_entry *entry = &base->entries[i];
        bool is_dir = image_tree_is_dir(entry);
        const struct image_content *content = is_dir ? NULL : base->files[entry->file].content;
        uint32_t name = LEGAL_NONE;
        if (legal_name_get(world, entry->name->path, &name) < 0 ||
            legal_inode_add(world, is_dir, content, &world->names[name].durable) < 0) {
            return -ENOMEM;
        }
    }
    return 0;
}

static int seek(struct legal_world *world, size_t done, struct err *err)
{
    if (done < world->done) {
        clear(world);
        int r = load_base(world);
        if (r < 0) {
            return r;
        }
    }
    legal_undo_all(world);
    world->has_flights = false;
    for (; world->done < done; world->done++) {
        int r = legal_apply(world, trace_done_index(world->recording.trace, world->done), err);
        if (r < 0) {
            return r;
        }
    }
    return take_off(world, err);
}

int legal_world_seek(struct legal_world *world, size_t done, struct err *err)
{
    ENSURE(done <= trace_done_count(world->recording.trace));
    if (world->has_flights && world->done == done) {
        return 0;
    }
    int r = seek(world, done, err);
    if (r < 0) {
        clear(world);
        (void)load_base(world);
        return r;
    }
    world->has_flights = true;
    find_rests(world);
    return 0;
}

static int add_never_ended(struct legal_world *world, uint32_t entry_index, uint32_t *capacity)
{
    int r = grow_array((void **)&world->never_ended, world->never_ended_count, capacity,
                       sizeof(world->never_ended[0]));
    if (r < 0) {
        return r;
    }
    world->never_ended[world->never_ended_count++] = entry_index;
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
        trace_get(trace, i, &entry);
        bool has_ended = entry.end_sequence != TRACE_NO_SEQUENCE;
        if (!entry.is_note && !has_ended && add_never_ended(world, (uint32_t)i, &capacity) < 0) {
            return -ENOMEM;
        }
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
