/* Decoders, buffers, a driver and readings, kept from run to run: an exploration restarts thousands
 * of stores that differ in a page or two, and making all this anew would cost more than a run. */
#include "harness/drive/protocol_memory.h"

#include <errno.h>
#include <stdlib.h>

static int read_base(struct protocol_memory *memory, const struct scenario *scenario,
                     struct err *err)
{
    struct image *image = NULL;
    if (scenario->base[0] == '\0') {
        return 0;
    }
    int r = image_unpack(scenario->base, &image, err);
    if (r < 0) {
        return r;
    }
    struct view view = image_view(image);
    r = judge_base_begin_with(memory->recovered, &view, scenario, err);
    image_free(image);
    return r;
}

int protocol_memory_new(const struct scenario *scenario, const struct workload *workload,
                        uint64_t seed, struct protocol_memory **ret_memory, struct err *err)
{
    const struct judge_context context = {.scenario = scenario, .workload = workload, .seed = seed};
    struct protocol_memory *memory = calloc(1, sizeof(*memory));
    if (memory == NULL) {
        return err_set(err, -ENOMEM, "out of memory for the oracle");
    }
    memory->recovered = judge_state_new();
    memory->crashed = memory->recovered == NULL ? NULL : judge_state_new_beside(memory->recovered);
    memory->dir_view = dir_view_new(-1);
    if (memory->crashed == NULL || memory->dir_view == NULL ||
        judge_prepare(&context, memory->recovered) < 0) {
        protocol_memory_free(memory);
        return err_set(err, -ENOMEM, "out of memory for the oracle");
    }
    int r = read_base(memory, scenario, err);
    if (r < 0) {
        protocol_memory_free(memory);
        return r;
    }
    *ret_memory = memory;
    return 0;
}

struct protocol_memory *protocol_memory_free(struct protocol_memory *memory)
{
    if (memory != NULL) {
        if (memory->has_driver) {
            driver_done(&memory->driver);
        }
        for (uint32_t i = 0; i < PROTOCOL_KEPT_MAX; i++) {
            memory->kept[i].state = judge_state_free(memory->kept[i].state);
        }
        memory->crashed = judge_state_free(memory->crashed);
        memory->recovered = judge_state_free(memory->recovered);
        memory->dir_view = dir_view_free(memory->dir_view);
        free(memory);
    }
    return NULL;
}

struct protocol_kept *protocol_memory_find(struct protocol_memory *memory, uint64_t hash)
{
    struct protocol_kept *oldest = &memory->kept[0];
    for (uint32_t i = 0; i < PROTOCOL_KEPT_MAX; i++) {
        struct protocol_kept *kept = &memory->kept[i];
        if (kept->used != 0 && kept->hash == hash) {
            return kept;
        }
        oldest = kept->used < oldest->used ? kept : oldest;
    }
    oldest->used = 0;
    return oldest;
}
