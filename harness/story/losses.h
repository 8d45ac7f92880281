/* What a power loss left of what was not yet durable, item by item, and which item decides. */
#ifndef HARNESS_STORY_LOSSES_H
#define HARNESS_STORY_LOSSES_H

#include "harness/reenact/reenact.h"
#include "harness/story/page.h"

/* What of it was found to matter, for the summary; all 0: nothing was lost, or it does not. */
struct losses {
    uint32_t item_count;
    uint32_t dropped_count;
    uint32_t tried_count;
    bool is_decided;        /* keeping `matters` makes the case intact */
    bool is_intact_if_kept; /* with nothing lost at all it is intact */
    char matters[256];      /* "the write queue/append:3 of the queue topic-0/1" */
};

/* Adds DISK, when the case ends with a power loss. */
void losses_tell(struct reenact *reenact, struct page *page, struct losses *ret_losses);
/* Adds MATTERS: keeps each dropped item, then each two of them, and restarts what that leaves. */
void losses_try(struct reenact *reenact, struct page *page, struct losses *losses);

#endif
