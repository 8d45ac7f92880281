/* What the restart protocol has found clean before.
 *
 * Once a store is recovered and has no work left, all that follows (reads, second restart, probes,
 * clean stop, third restart) depends on its disk, on the clock, on the seed and the round, and on
 * what the open store holds in memory, and not on how it came to be so.  The ledger comes in only
 * where files are judged against it, and that is done every time.  So for a store that is equal in
 * all of that to one whose run to the end found nothing, the rest is left out.
 *
 * Only runs without any violation are kept: whatever shows one is run in full, again and again. One
 * in a hundred of those that could be left out is run in full all the same, and has to agree. */
#ifndef HARNESS_DRIVE_PROTOCOL_MEMO_H
#define HARNESS_DRIVE_PROTOCOL_MEMO_H

#include "harness/drive/shared.h"
#include "harness/power/disk/image.h"
#include "harness/scenario/scenario.h"
#include "harness/target/target.h"

#include <stdbool.h>
#include <stdint.h>

struct protocol_memo;

/* What a clean run from step 3 to the end showed besides. */
struct protocol_memo_note {
    uint64_t events; /* of that part alone */
    uint32_t found_count;
    uint32_t recovered_crc;
};

/* `seed` chooses what is run in full all the same.  NULL when out of memory. */
struct protocol_memo *protocol_memo_new(uint64_t seed);
/* NULL is none; returns NULL. */
struct protocol_memo *protocol_memo_free(struct protocol_memo *memo);
/* Forgets all. */
void protocol_memo_clear(struct protocol_memo *memo);

/* False: nothing is known. */
bool protocol_memo_find(const struct protocol_memo *memo, uint64_t key,
                        struct protocol_memo_note *ret_note);
/* Whether what was found is to be run in full all the same.  Counts its calls.  `disk_hash` is the
 * store itself and not its key: what a key overlooks must not be what keeps it from being drawn. */
bool protocol_memo_is_due(struct protocol_memo *memo, uint64_t disk_hash);
/* A full or failing table takes no more, which harms nothing but the yield. */
void protocol_memo_add(struct protocol_memo *memo, uint64_t key,
                       const struct protocol_memo_note *note);

/* A recovered store that has no work left. */
struct protocol_memo_subject {
    const struct scenario *scenario;
    uint64_t seed;
    struct shared *shared;
    struct target *target; /* open */
    struct image *image;   /* where it lies */
    bool is_blind;         /* the key leaves out the log: the self-test */
};

/* Everything that decides what the protocol finds from here on, but the ledger.  `disk_hash` is
 * the image's.  0 or -ENOMEM. */
int protocol_memo_key(const struct protocol_memo_subject *subject, uint64_t disk_hash,
                      uint64_t *ret_key);

#endif
