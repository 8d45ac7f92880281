/* What a trace run tells the planner: every hit of every round, with what a write wrote. */
#ifndef HARNESS_PLAN_HITS_H
#define HARNESS_PLAN_HITS_H

#include "harness/case/plan.h"
#include "store/disk/disk.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One hit, in the order in which they happened. */
struct hits_entry {
    uint32_t round; /* from 0 */
    uint32_t point;
    uint32_t hit;        /* from 1, per round and point */
    uint32_t size_bytes; /* of a read or write */
    uint32_t torn_first; /* write: its torn lengths are torn[torn_first .. + torn_count) */
    uint32_t torn_count;
};

/* The trace of one case. `counts` has, for each round, how often each point was hit: the bounds of
 * what can be planned. */
struct hits {
    struct hits_entry *entries;
    size_t entry_count;
    size_t entry_capacity;
    uint32_t *torn;
    size_t torn_count;
    size_t torn_capacity;
    uint32_t round_count;
    uint32_t counts[PLAN_ROUNDS_MAX][POINTS_MAX];
};

/* No hits, and no memory yet. */
void hits_init(struct hits *hits);
/* Frees everything; the struct is as hits_init leaves it. */
void hits_done(struct hits *hits);
/* No hits again, the memory kept for the next trace. */
void hits_clear(struct hits *hits);
/* Adds the hit that `call` is, in `round`; for a write its torn lengths too: every field boundary
 * of what is written (by the point's codec: message, DLedger entry, index unit, queue unit,
 * checkpoint) and one byte around it, every 512 and 4096 boundary of the file, equal ones dropped,
 * 0 and the whole length left out. Of a write of many units or pages the first and last stand for
 * all.  0, -ENOMEM, or -E2BIG (a round past PLAN_ROUNDS_MAX). */
int hits_add(struct hits *hits, uint32_t round, const struct disk_call *call);
/* Adds `count` hits of a point that is no operation of a disk. */
int hits_add_moments(struct hits *hits, uint32_t round, uint32_t point, uint32_t count);
/* As bytes, for a pipe: one malloc'ed block the caller frees; and back.  unpack: -EBADMSG when the
 * bytes are not what pack made. */
int hits_pack(const struct hits *hits, uint8_t **ret_data, size_t *ret_size_bytes);
/* Fills `hits`, which must be initialised; what it held is gone. Indexes in the
 * block are checked against its own counts, since it comes from another process that may have died
 * while it wrote. */
int hits_unpack(const uint8_t *data, size_t size_bytes, struct hits *hits);

#endif
