/* Open addressing; zero is a free place and has a flag of its own. */
#include "harness/base/number_set.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_FIRST 4096

struct number_set {
    uint64_t *slots;
    size_t slot_count;
    size_t count;
    bool has_zero;
};

struct number_set *number_set_new(void)
{
    struct number_set *set = calloc(1, sizeof(*set));
    if (set != NULL) {
        set->slots = calloc(SLOTS_FIRST, sizeof(*set->slots));
        set->slot_count = SLOTS_FIRST;
    }
    return set != NULL && set->slots == NULL ? number_set_free(set) : set;
}

struct number_set *number_set_free(struct number_set *set)
{
    if (set != NULL) {
        free(set->slots);
        free(set);
    }
    return NULL;
}

void number_set_clear(struct number_set *set)
{
    memset(set->slots, 0, set->slot_count * sizeof(*set->slots));
    set->count = 0;
    set->has_zero = false;
}

/* The place of `number`, or the free one where it belongs. */
static uint64_t *find(uint64_t *slots, size_t slot_count, uint64_t number)
{
    size_t at = (size_t)number & (slot_count - 1);
    while (slots[at] != 0 && slots[at] != number) {
        at = (at + 1) & (slot_count - 1);
    }
    return &slots[at];
}

static int grow(struct number_set *set)
{
    size_t slot_count = 2 * set->slot_count;
    uint64_t *slots = calloc(slot_count, sizeof(*slots));
    if (slots == NULL) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < set->slot_count; i++) {
        if (set->slots[i] != 0) {
            *find(slots, slot_count, set->slots[i]) = set->slots[i];
        }
    }
    free(set->slots);
    set->slots = slots;
    set->slot_count = slot_count;
    return 0;
}

int number_set_add(struct number_set *set, uint64_t number)
{
    if (number == 0) {
        int is_new = set->has_zero ? 0 : 1;
        set->has_zero = true;
        return is_new;
    }
    if (2 * set->count >= set->slot_count && grow(set) < 0) {
        return -ENOMEM;
    }
    uint64_t *place = find(set->slots, set->slot_count, number);
    if (*place == number) {
        return 0;
    }
    *place = number;
    set->count++;
    return 1;
}
