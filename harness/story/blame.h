/* Which operation (or answer) of a case is the one to look at.  Private to this folder. */
#ifndef HARNESS_STORY_BLAME_H
#define HARNESS_STORY_BLAME_H

#include "harness/story/finding.h"
#include "harness/story/reenact.h"
#include "harness/story/story.h"

struct blame {
    enum story_blame kind;
    const struct reenact_strike *strike; /* the operation that the plan struck; or NULL: */
    uint32_t part;
    size_t entry; /* of the part's trace; nothing when the kind is NONE */
};

/* By what is wrong: of a rule of order the first operation or answer that broke it, of an error
 * that was injected the operation that got it, of wrong bytes the one that wrote them last, of what
 * is missing the one that removed it, or else the promise.  `findings` are the case's. */
void blame_find(const struct reenact *reenact, enum mechanism mechanism,
                const struct finding *findings, size_t finding_count, struct blame *ret_blame);

/* The stack of it; how many addresses. */
size_t blame_stack(const struct reenact *reenact, const struct blame *blame,
                   uintptr_t addresses[STACK_FRAMES_MAX]);
/* Its entry; false: there is none. */
bool blame_entry(const struct reenact *reenact, const struct blame *blame,
                 struct trace_entry *ret_entry);

#endif
