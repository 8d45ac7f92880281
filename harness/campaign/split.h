/* Which part of a suite is whose, when several machines share it: a pure function of the weights
 * and of their number, so that all of them agree without a word.
 *
 * A unit is a scenario with one seed.  What is heavier than a fair share, and can be divided, is
 * cut into parts; then the heaviest part goes to whoever has least, one after the other. */
#ifndef HARNESS_CAMPAIGN_SPLIT_H
#define HARNESS_CAMPAIGN_SPLIT_H

#include "store/base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define SPLIT_SHARDS_MAX 4096
/* Of one unit. */
#define SPLIT_PARTS_MAX 1024

struct split;

struct split_unit {
    uint64_t weight_us; /* 0: not known, taken for the mean of the others */
    bool is_divisible;
};

/* Shares `count` units out among `shard_count`; the caller frees it.  0 or -ENOMEM. */
int split_make(const struct split_unit *units, uint32_t count, uint32_t shard_count,
               struct split **ret_split);
/* NULL is none; returns NULL. */
struct split *split_free(struct split *split);

/* Whose the `ordinal`-th piece of the unit is, from 0: pieces go round its parts. */
uint32_t split_owner(const struct split *split, uint32_t unit, uint64_t ordinal);
/* Whether the shard has any part of it, and whether it has all of them. */
bool split_has_any(const struct split *split, uint32_t unit, uint32_t shard);
bool split_has_all(const struct split *split, uint32_t unit, uint32_t shard);
/* The weight of what the shard has. */
uint64_t split_weight_us(const struct split *split, uint32_t shard);

#endif
