/* The images that a power loss leaves of a changed case: which of them fails, with the fewest items
 * lost.  Which items there are depends on every byte that the workload writes, so the choice of the
 * old token is worth nothing in a smaller one: it is looked for anew, in memory. */
#ifndef HARNESS_SHRINK_IMAGES_H
#define HARNESS_SHRINK_IMAGES_H

#include "harness/shrink/trial.h"

struct images_options {
    enum loss_model model;
    bool any_point; /* else only where the point is that of the plan's loss */
    bool is_fewest; /* looks at all of them for the fewest lost items; else ends with the first */
    uint32_t bound; /* choices of one position that are all tried */
    uint64_t judged_max; /* images; 0: all */
};

/* Whether the candidate's plan ends with a power loss. */
bool images_is_for(const struct plan *plan);

/* Looks in the run of the candidate's plan, whose last fault is a power loss, for one that fails as
 * it should, no later than in the same round; what it drops is minimal, one item at a time.  Then
 * the plan's loss, and where it strikes, are replaced.  All of it happens in a process of its own,
 * which may die by the engine or be ended by the budget: the best that was found until then counts.
 * Whether there is one. */
bool images_find(struct trial *trial, struct candidate *candidate,
                 const struct images_options *options);

#endif
