/* What the files of a store hold, as the oracle reads them, at each stage of a case. */
#ifndef HARNESS_STORY_STOCK_H
#define HARNESS_STORY_STOCK_H

#include "harness/reenact/reenact.h"
#include "harness/story/page.h"

#include <stdint.h>

#define STOCK_QUEUES_MAX      8
#define STOCK_NAME_SIZE_BYTES 48

struct stock_queue {
    char name[STOCK_NAME_SIZE_BYTES]; /* "topic-0/1" */
    uint64_t min;
    uint64_t max;
};

struct stock {
    bool is_there; /* it was read */
    uint32_t records;
    uint64_t log_min;
    uint64_t log_end;
    uint32_t queue_count; /* told: at most STOCK_QUEUES_MAX of them */
    struct stock_queue queues[STOCK_QUEUES_MAX];
    uint64_t unit_count;         /* of all queues */
    uint32_t judged_count;       /* records of which a queue should have a unit */
    uint32_t without_unit_count; /* those of which it has none at its place */
    uint32_t answered_count;     /* those of them that were answered OK */
    uint64_t mark;               /* UINT64_MAX: none that is valid */
    bool has_abort;
};

/* The queue of that name; NULL: it is not there. */
const struct stock_queue *stock_find(const struct stock *stock, const char *name);
/* What stands in an image (NULL: nothing is read). */
void stock_take(const struct reenact *reenact, struct image *image, struct stock *ret_stock);
/* What the page cache held when the power failed; NULL: it did not.  The caller frees it. */
struct image *stock_image_before_loss(const struct reenact *reenact);
/* Adds STORE: before the power failed (if it did), as it was left, and after the first restart. */
void stock_tell(const struct reenact *reenact, struct page *page);

#endif
