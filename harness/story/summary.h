/* All of a story in one paragraph. */
#ifndef HARNESS_STORY_SUMMARY_H
#define HARNESS_STORY_SUMMARY_H

#include "harness/base/stack.h"
#include "harness/reenact/decision.h"
#include "harness/story/losses.h"
#include "harness/story/page.h"
#include "harness/story/stock.h"

/* What it is made of. */
struct summary {
    const struct reenact *reenact;
    enum mechanism mechanism; /* MECHANISM_COUNT: nothing is wrong */
    const struct blame *blame;
    const char *why;                  /* it is to blame */
    const struct decision *decision;  /* what the restart said wrong before; kind NONE: nothing */
    const struct stack_frame *source; /* where to start; line 0: not known */
    const struct stack_frame *caller; /* who had it done; line 0: not known */
    const struct losses *losses;
};

/* Adds SHORT. */
void summary_tell(const struct summary *summary, struct page *page);

#endif
