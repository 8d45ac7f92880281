/* What a power loss keeps of the effects that were not durable: the part of a token that names an
 * image.
 *
 * At the moment of a crash a trace has a list of un-synced items, in trace order (run/persist.h):
 * page versions and metadata steps.  A loss says of each whether it reached the disk. */
#ifndef HARNESS_CASE_LOSS_H
#define HARNESS_CASE_LOSS_H

#include "store/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOSS_ITEMS_MAX 512
#define LOSS_TEARS_MAX 2
/* Longest printed loss: runs of one item, then the tears, behind the model's name. */
#define LOSS_TEXT_SIZE_BYTES (2 * LOSS_ITEMS_MAX + 8 * LOSS_TEARS_MAX + 16)

/* X(id, "name", "what may be lost") */
#define LOSS_MODEL_MAP(X)                                                                         \
    X(ALL, "all", "any page at any version since its file's last good sync, any directory entry") \
    X(EXT4, "ext4", "pages freely, metadata as a prefix of one sequence")                         \
    X(XFS, "xfs", "pages freely, metadata as a prefix of one sequence")                           \
    X(BTRFS, "btrfs", "each inode whole, as it is or as it was last synced")                      \
    X(POSIX, "posix", "each page, entry and size alone; fsync of a file leaves its entry out")

enum loss_model {
#define X(id, name, help) LOSS_MODEL_##id,
    LOSS_MODEL_MAP(X)
#undef X
        LOSS_MODEL_COUNT
};

/* The first version of a page that was dropped reached the disk by some of its 512 B sectors. */
struct loss_tear {
    uint16_t item;
    uint8_t sectors; /* bit n: sector n of the page has the new bytes; never 0 or 255 */
};

/* Plain data, zero-initialised. */
struct loss {
    enum loss_model model;
    bool has_choice; /* false: a word of a scenario, which stands for all of them */
    uint16_t item_count;
    uint8_t tear_count;
    struct loss_tear tears[LOSS_TEARS_MAX];
    uint64_t kept[LOSS_ITEMS_MAX / 64];
};

/* The word behind `power-loss:`. A static string. */
const char *loss_model_name(enum loss_model model);
/* What it may lose, in a line. A static string. */
const char *loss_model_help(enum loss_model model);
/* LOSS_MODEL_COUNT when there is none. */
enum loss_model loss_find_model(const char *name);

/* Whether the item (from 0, in trace order) reached the disk whole. */
static inline bool loss_keeps(const struct loss *loss, uint32_t item)
{
    return (loss->kept[item / 64] >> (item % 64) & 1) != 0;
}

/* Says that it did. Counts nothing: `item_count` is the caller's. */
static inline void loss_keep(struct loss *loss, uint32_t item)
{
    loss->kept[item / 64] |= UINT64_C(1) << (item % 64);
}

/* "all", "all:k3d2k5", "all:k3d2t3.0f": runs of kept (k) and dropped (d) items in trace order, then
 * tears by item, as item (from 0) and sectors in hex; "all:-" when there was no item.  Returns the
 * length, as snprintf. */
int loss_print(const struct loss *loss, char *text, size_t text_size_bytes);
/* Parses all of `text`, and only what loss_print writes: one choice has one text.  0 or ERR_USAGE,
 * with a suggestion for the model. */
int loss_parse(const char *text, struct loss *ret_loss, struct err *err);

#endif
