/* How a case failed: what must stay the same while it shrinks. */
#ifndef HARNESS_SHRINK_GOAL_H
#define HARNESS_SHRINK_GOAL_H

#include "harness/case/ending.h"
#include "harness/case/mechanism.h"

#define GOAL_TEXT_SIZE_BYTES 160

/* The outcome, the signal of a crash, and the mechanism that all else follows from, which has its
 * property.  Of a defect's scenario that of the property which it is to show. */
struct goal {
    enum outcome outcome;
    int32_t signal;
    uint64_t among;           /* the mechanisms that are looked at */
    enum mechanism mechanism; /* MECHANISM_COUNT: none, it hung or crashed */
};

/* What failed there.  `expected`: properties that the scenario is to violate, bits; 0: none. */
struct goal goal_of(const struct ending *ending, uint32_t expected);
/* Whether anything failed at all, and the harness did not. */
bool goal_is_any(const struct goal *goal);
/* Whether another case failed the same way. */
bool goal_holds(const struct goal *goal, const struct ending *ending);
/* "queue-complete by unit-missing", "crashed by signal 11".  Returns `text`. */
const char *goal_print(const struct goal *goal, char text[GOAL_TEXT_SIZE_BYTES]);

#endif
