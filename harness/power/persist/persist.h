/* The persistence models: which images a power loss can leave at an operation of a trace
 * (docs/FAULTS.md, "Power loss").
 *
 * Walks a trace forward over a base image (all durable) and keeps two layers: what is durable, and
 * the un-synced items above it, in trace order.  An item is one effect of one operation: a version
 * of one 4 KiB page, a size, a step in a directory.  A sync makes the items durable that it covers:
 * those whose operation ended before it began, chosen by the model. The operation at which the walk
 * stands is in flight: so are all that began before its end and ended after, and their items count
 * as un-synced. */
#ifndef HARNESS_POWER_PERSIST_PERSIST_H
#define HARNESS_POWER_PERSIST_PERSIST_H

#include "harness/case/loss.h"
#include "harness/power/disk/image.h"
#include "harness/power/persist/persist_model.h"
#include "harness/power/trace/recording.h"

struct persist_item {
    enum persist_kind kind;
    uint32_t entry;                    /* index in the trace */
    uint32_t inode;                    /* in order of creation; directories too */
    uint64_t page_index;               /* PERSIST_PAGE */
    uint32_t needs[PERSIST_NEEDS_MAX]; /* items that must be kept for this one, or PERSIST_NONE */
    bool is_in_flight;
    bool is_stuck;    /* a page that a failed sync left clean: it goes alone under every model */
    bool is_grouped;  /* it goes together with the others of its inode that say so */
    const char *path; /* as the operation named it */
};

struct persist;

int persist_new(const struct recording *recording, enum loss_model model,
                struct persist **ret_persist, struct err *err);
struct persist *persist_free(struct persist *persist);

/* Moves to the moment just before the end of the `done`-th ended operation (trace_done_index), or,
 * at trace_done_count(), after the last.  Forward only.  0, -ENOMEM or -ENOBUFS (data not kept). */
int persist_seek(struct persist *persist, size_t done, struct err *err);

/* Un-synced items at this moment.  More than LOSS_ITEMS_MAX: the oldest are taken as durable, and
 * persist_item_overflow() says how many. */
uint32_t persist_item_count(const struct persist *persist);
void persist_item(const struct persist *persist, uint32_t index, struct persist_item *ret_item);
uint32_t persist_item_overflow(const struct persist *persist);
/* The 512 B sectors in which a page item differs from the version before, bit n for sector n; 0 for
 * other items. */
uint8_t persist_item_differing(const struct persist *persist, uint32_t index);

/* Whether the model allows this choice here: every kept item's need is kept, prefix and groups of
 * the model, tears only of a version whose predecessor is kept (one a file). */
bool persist_loss_is_legal(const struct persist *persist, const struct loss *loss);
/* Adds what kept items need, or drops what lacks it (`drop`): the nearest legal choice. */
void persist_loss_close(const struct persist *persist, bool drop, struct loss *loss);

/* The image that the choice leaves; the caller frees it.  -EINVAL: not legal, or of another count.
 */
int persist_loss_image(const struct persist *persist, const struct loss *loss,
                       struct image **ret_image, struct err *err);
/* The image of a process crash here: everything that had ended is there. */
int persist_cached(const struct persist *persist, struct image **ret_image, struct err *err);
/* The same of a recording, without a walk. */
int persist_killed(const struct recording *recording, size_t done, struct image **ret_image,
                   struct err *err);

#endif
