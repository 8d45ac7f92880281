/* All of a story in one paragraph. */
#ifndef HARNESS_STORY_SUMMARY_H
#define HARNESS_STORY_SUMMARY_H

#include "harness/reenact/blame.h"
#include "harness/reenact/site.h"
#include "harness/story/losses.h"
#include "harness/story/page.h"
#include "harness/story/stock.h"

/* What it is made of. */
struct summary {
    const struct reenact *reenact;
    enum mechanism mechanism; /* MECHANISM_COUNT: nothing is wrong */
    const struct blame *blame;
    const struct site *site; /* of what is to blame */
    const struct losses *losses;
};

/* Adds SHORT. */
void summary_tell(const struct summary *summary, struct page *page);

#endif
