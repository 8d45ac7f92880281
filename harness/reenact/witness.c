/* A stack for each number of a recording's sequence (witness.h). */
#include "harness/reenact/witness.h"

#include "store/base/grow.h"

#include <stdlib.h>
#include <string.h>

struct sight {
    uint32_t count;
    uintptr_t addresses[STACK_FRAMES_MAX];
};

/* By number: an entry that was cut off makes room for another with its number. */
struct witness {
    struct sight *sights;
    size_t count;
    size_t capacity;
};

struct witness *witness_new(void)
{
    return calloc(1, sizeof(struct witness));
}

struct witness *witness_free(struct witness *witness)
{
    if (witness != NULL) {
        free(witness->sights);
        free(witness);
    }
    return NULL;
}

void witness_see(void *arg, uint64_t begin_sequence)
{
    struct witness *witness = arg;
    if (begin_sequence >= witness->count) {
        size_t added = (size_t)begin_sequence + 1 - witness->count;
        if (grow_room((void **)&witness->sights, witness->count, added, &witness->capacity,
                      sizeof(witness->sights[0])) < 0) {
            return;
        }
        memset(&witness->sights[witness->count], 0, added * sizeof(witness->sights[0]));
        witness->count += added;
    }
    struct sight *sight = &witness->sights[begin_sequence];
    sight->count = (uint32_t)stack_walk(sight->addresses, STACK_FRAMES_MAX);
}

size_t witness_stack(const struct witness *witness, uint64_t begin_sequence,
                     uintptr_t addresses[STACK_FRAMES_MAX])
{
    if (begin_sequence >= witness->count) {
        return 0;
    }
    const struct sight *sight = &witness->sights[begin_sequence];
    memcpy(addresses, sight->addresses, sight->count * sizeof(addresses[0]));
    return sight->count;
}
