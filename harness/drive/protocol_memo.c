/* A table of clean runs by what decides them (protocol_memo.h). */
#include "harness/drive/protocol_memo.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define SLOTS_FIRST 1024u
/* Bounds the memory: 32 bytes each. */
#define SLOTS_MAX (1u << 18)
#define DUE_EVERY 100u

struct slot {
    uint64_t key;
    struct protocol_memo_note note;
    bool is_used;
};

struct protocol_memo {
    uint64_t seed;
    uint64_t asked; /* whether due */
    struct slot *slots;
    uint32_t slot_count;
    uint32_t count;
};

struct protocol_memo *protocol_memo_new(uint64_t seed)
{
    struct protocol_memo *memo = calloc(1, sizeof(*memo));
    if (memo == NULL) {
        return NULL;
    }
    memo->seed = seed;
    memo->slot_count = SLOTS_FIRST;
    memo->slots = calloc(memo->slot_count, sizeof(*memo->slots));
    return memo->slots != NULL ? memo : protocol_memo_free(memo);
}

struct protocol_memo *protocol_memo_free(struct protocol_memo *memo)
{
    if (memo != NULL) {
        free(memo->slots);
        free(memo);
    }
    return NULL;
}

void protocol_memo_clear(struct protocol_memo *memo)
{
    if (memo->count > 0) {
        memset(memo->slots, 0, memo->slot_count * sizeof(*memo->slots));
    }
    memo->count = 0;
    memo->asked = 0;
}

static struct slot *find_slot(const struct protocol_memo *memo, uint64_t key)
{
    uint32_t at = (uint32_t)key & (memo->slot_count - 1);
    while (memo->slots[at].is_used && memo->slots[at].key != key) {
        at = (at + 1) & (memo->slot_count - 1);
    }
    return &memo->slots[at];
}

bool protocol_memo_find(const struct protocol_memo *memo, uint64_t key,
                        struct protocol_memo_note *ret_note)
{
    const struct slot *slot = find_slot(memo, key);
    if (slot->is_used) {
        *ret_note = slot->note;
    }
    return slot->is_used;
}

bool protocol_memo_is_due(struct protocol_memo *memo, uint64_t disk_hash)
{
    const uint64_t words[3] = {memo->seed, disk_hash, memo->asked++};
    return XXH3_64bits(words, sizeof(words)) % DUE_EVERY == 0;
}

static bool make_room(struct protocol_memo *memo)
{
    if (2 * (memo->count + 1) <= memo->slot_count) {
        return true;
    }
    if (memo->slot_count >= SLOTS_MAX) {
        return false;
    }
    struct slot *old = memo->slots;
    uint32_t old_count = memo->slot_count;
    struct slot *slots = calloc(2 * (size_t)old_count, sizeof(*slots));
    if (slots == NULL) {
        return false;
    }
    memo->slots = slots;
    memo->slot_count = 2 * old_count;
    for (uint32_t i = 0; i < old_count; i++) {
        if (old[i].is_used) {
            *find_slot(memo, old[i].key) = old[i];
        }
    }
    free(old);
    return true;
}

void protocol_memo_add(struct protocol_memo *memo, uint64_t key,
                       const struct protocol_memo_note *note)
{
    if (!make_room(memo)) {
        return;
    }
    struct slot *slot = find_slot(memo, key);
    memo->count += slot->is_used ? 0 : 1;
    *slot = (struct slot){.key = key, .note = *note, .is_used = true};
}
