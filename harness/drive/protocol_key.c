/* Hashes what a restart's outcome depends on (protocol_memo.h says why that is all of it). */
#include "harness/drive/protocol_key.h"

#include <errno.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* What the open store holds in memory and serves by, of every queue. */
static uint64_t add_bounds(const struct scenario *scenario, struct target *target, uint64_t hash)
{
    for (uint32_t topic = 0; topic < scenario->topics; topic++) {
        char name[STORE_TOPIC_SIZE_BYTES_MAX + 1];
        workload_topic_name(topic, name, sizeof(name));
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

int protocol_key(const struct protocol *protocol, struct target *target, const struct image *image,
                 uint64_t disk_hash, uint64_t *ret_key)
{
    uint64_t log_min = 0;
    uint64_t log_max = 0;
    target->kind->log_range(target, &log_min, &log_max);
    bool is_blind = protocol->is_memo_blind;
    int r = is_blind ? blind_hash(image, &disk_hash) : 0;
    const uint64_t words[] = {disk_hash, (uint64_t)atomic_load(&protocol->shared->now_ms),
                              protocol->shared->round, protocol->seed, is_blind ? 0 : log_min,
                              is_blind ? 0 : log_max, target->kind->is_writable(target),
                              /* How strictly files are judged (judge.h): */
                              atomic_load(&protocol->shared->ledger->was_rotten),
                              atomic_load(&protocol->shared->ledger->was_tampered)};
    uint64_t hash = XXH3_64bits(words, sizeof(words));
    *ret_key = is_blind ? hash : add_bounds(protocol->scenario, target, hash);
    return r;
}
