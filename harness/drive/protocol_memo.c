/* A table of clean runs by what decides them (protocol_memo.h). */
#include "harness/drive/protocol_memo.h"

#include "harness/scenario/workload.h"

#include <errno.h>
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

/* A key is only as good as what it names: a store that differs in something that the key leaves out
 * would be waved through, crash and all.  That is why one find in a hundred is run in full, below.
 */
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
    /* By the disk and by the count: of many images that share a key, others are drawn each time. */
    const uint64_t words[3] = {memo->seed, disk_hash, memo->asked++};
    return XXH3_64bits(words, sizeof(words)) % DUE_EVERY == 0;
}

/* Half of the slots stay free, so that a search ends soon; past the bound nothing more is learned.
 */
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

/* What the open store holds in memory and serves by, of every queue. */
static uint64_t add_bounds(const struct protocol_memo_subject *subject, uint64_t hash)
{
    const struct scenario *scenario = subject->scenario;
    struct target *target = subject->target;
    for (uint32_t topic = 0; topic < scenario->topics; topic++) {
        char name[STORE_TOPIC_SIZE_BYTES_MAX + 1];
        workload_topic_name(scenario, topic, name, sizeof(name));
        for (uint32_t i = 0; i < scenario->queues; i++) {
            int32_t queue = (int32_t)i;
            struct served_range range = {-1, -1};
            (void)target->kind->offsets(target, name, queue, &range, NULL);
            const int64_t bounds[] = {range.min, range.max,
                                      target->kind->committed(target, name, WORKLOAD_GROUP, queue)};
            hash = XXH3_64bits_withSeed(bounds, sizeof(bounds), hash);
        }
    }
    return hash;
}

/* The disk without its log.  What was just built from the log goes with it: queues, index and
 * checkpoint tell one log from another, so the key would be as good as with the log in it. */
static int blind_hash(const struct image *image, uint64_t *ret_hash)
{
    static const char *const made[] = {"commitlog", "dledger-n0", "consumequeue", "index",
                                       "checkpoint"};
    struct image *rest = image_clone(image);
    int r = rest == NULL ? -ENOMEM : 0;
    for (size_t i = 0; r == 0 && i < sizeof(made) / sizeof(made[0]); i++) {
        r = image_remove(rest, made[i]);
    }
    if (r == 0) {
        *ret_hash = image_hash(rest);
    }
    image_free(rest);
    return r;
}

int protocol_memo_key(const struct protocol_memo_subject *subject, uint64_t disk_hash,
                      uint64_t *ret_key)
{
    struct shared *shared = subject->shared;
    struct target *target = subject->target;
    uint64_t log_min = 0;
    uint64_t log_max = 0;
    target->kind->log_range(target, &log_min, &log_max);
    bool is_blind = subject->is_blind;
    int r = is_blind ? blind_hash(subject->image, &disk_hash) : 0;
    const uint64_t words[] = {
        disk_hash, (uint64_t)atomic_load(&shared->now_ms), shared->round, subject->seed,
        is_blind ? 0 : log_min, is_blind ? 0 : log_max, target->kind->is_writable(target),
        /* How strictly files are judged (judge.h): */
        atomic_load(&shared->ledger->was_rotten), atomic_load(&shared->ledger->was_tampered)};
    uint64_t hash = XXH3_64bits(words, sizeof(words));
    *ret_key = is_blind ? hash : add_bounds(subject, hash);
    return r;
}
