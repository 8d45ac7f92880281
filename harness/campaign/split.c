/* Parts and who has them. */
#include "harness/campaign/split.h"

#include <errno.h>
#include <stdlib.h>

struct part {
    uint32_t unit;
    uint32_t number; /* within the unit */
    uint64_t weight_us;
};

struct split {
    uint32_t unit_count;
    uint32_t shard_count;
    uint32_t *first;     /* of each unit its first part; one more: the end */
    uint32_t *owners;    /* of each part */
    uint64_t *weight_us; /* of each shard */
};

static uint64_t mean_of(const struct split_unit *units, uint32_t count)
{
    uint64_t sum = 0;
    uint64_t known = 0;
    for (uint32_t i = 0; i < count; i++) {
        sum += units[i].weight_us;
        known += units[i].weight_us > 0 ? 1 : 0;
    }
    return known == 0 || sum < known ? 1 : sum / known;
}

/* Halves of a fair share, so that they fit in beside others. */
static uint32_t count_parts(const struct split_unit *unit, uint64_t weight_us, uint64_t fair_us)
{
    if (!unit->is_divisible || weight_us <= fair_us) {
        return 1;
    }
    uint64_t parts = (2 * weight_us + fair_us - 1) / fair_us;
    return parts < SPLIT_PARTS_MAX ? (uint32_t)parts : SPLIT_PARTS_MAX;
}

/* The heaviest first; of equals the first of the suite, so that the order is one. */
static int compare(const void *left, const void *right)
{
    const struct part *one = left;
    const struct part *other = right;
    if (one->weight_us != other->weight_us) {
        return one->weight_us < other->weight_us ? 1 : -1;
    }
    if (one->unit != other->unit) {
        return one->unit < other->unit ? -1 : 1;
    }
    return (one->number > other->number) - (one->number < other->number);
}

static void share_out(struct split *split, struct part *parts, uint32_t part_count)
{
    if (part_count > 0) {
        qsort(parts, part_count, sizeof(*parts), compare);
    }
    for (uint32_t i = 0; i < part_count; i++) {
        uint32_t least = 0;
        for (uint32_t k = 1; k < split->shard_count; k++) {
            least = split->weight_us[k] < split->weight_us[least] ? k : least;
        }
        split->owners[split->first[parts[i].unit] + parts[i].number] = least;
        split->weight_us[least] += parts[i].weight_us;
    }
}

static int make_parts(struct split *split, const struct split_unit *units)
{
    uint64_t mean_us = mean_of(units, split->unit_count);
    uint64_t sum_us = 0;
    uint32_t made = 0;
    for (uint32_t i = 0; i < split->unit_count; i++) {
        sum_us += units[i].weight_us == 0 ? mean_us : units[i].weight_us;
    }
    uint64_t fair_us = sum_us / split->shard_count;
    fair_us = fair_us == 0 ? 1 : fair_us;
    for (uint32_t i = 0; i < split->unit_count; i++) {
        uint64_t weight_us = units[i].weight_us == 0 ? mean_us : units[i].weight_us;
        split->first[i + 1] = split->first[i] + count_parts(&units[i], weight_us, fair_us);
    }
    uint32_t part_count = split->first[split->unit_count];
    struct part *parts = calloc((size_t)part_count + 1, sizeof(*parts));
    split->owners = calloc((size_t)part_count + 1, sizeof(*split->owners));
    if (parts == NULL || split->owners == NULL) {
        free(parts);
        return -ENOMEM;
    }
    for (uint32_t i = 0; i < split->unit_count; i++) {
        uint64_t weight_us = units[i].weight_us == 0 ? mean_us : units[i].weight_us;
        uint32_t count = split->first[i + 1] - split->first[i];
        for (uint32_t k = 0; k < count; k++) {
            parts[made++] = (struct part){i, k, weight_us / count};
        }
    }
    share_out(split, parts, part_count);
    free(parts);
    return 0;
}

int split_make(const struct split_unit *units, uint32_t count, uint32_t shard_count,
               struct split **ret_split)
{
    struct split *split = calloc(1, sizeof(*split));
    if (split == NULL) {
        return -ENOMEM;
    }
    split->unit_count = count;
    split->shard_count = shard_count;
    split->first = calloc((size_t)count + 1, sizeof(*split->first));
    split->weight_us = calloc(shard_count, sizeof(*split->weight_us));
    int r = split->first == NULL || split->weight_us == NULL ? -ENOMEM : make_parts(split, units);
    if (r < 0) {
        (void)split_free(split);
        return r;
    }
    *ret_split = split;
    return 0;
}

struct split *split_free(struct split *split)
{
    if (split != NULL) {
        free(split->first);
        free(split->owners);
        free(split->weight_us);
        free(split);
    }
    return NULL;
}

uint32_t split_owner(const struct split *split, uint32_t unit, uint64_t ordinal)
{
    uint32_t count = split->first[unit + 1] - split->first[unit];
    return split->owners[split->first[unit] + (uint32_t)(ordinal % count)];
}

bool split_has_any(const struct split *split, uint32_t unit, uint32_t shard)
{
    for (uint32_t i = split->first[unit]; i < split->first[unit + 1]; i++) {
        if (split->owners[i] == shard) {
            return true;
        }
    }
    return false;
}

bool split_has_all(const struct split *split, uint32_t unit, uint32_t shard)
{
    for (uint32_t i = split->first[unit]; i < split->first[unit + 1]; i++) {
        if (split->owners[i] != shard) {
            return false;
        }
    }
    return true;
}

uint64_t split_weight_us(const struct split *split, uint32_t shard)
{
    return split->weight_us[shard];
}
