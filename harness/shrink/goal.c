/* Failing the same way (goal.h). */
#include "harness/shrink/goal.h"

#include <inttypes.h>
#include <stdio.h>

/* The mechanisms of a set of properties. */
static uint64_t mechanisms_of(uint32_t properties)
{
    uint64_t set = 0;
    for (unsigned i = 0; i < MECHANISM_COUNT; i++) {
        if ((properties >> mechanism_property((enum mechanism)i) & 1) != 0) {
            set |= UINT64_C(1) << i;
        }
    }
    return set;
}

struct goal goal_of(const struct ending *ending, uint32_t expected)
{
    struct goal goal = {ending->outcome, ending->signal, UINT64_MAX, MECHANISM_COUNT};
    uint64_t wanted = mechanisms_of(expected);
    if ((ending->mechanisms & wanted) != 0) {
        goal.among = wanted;
    }
    if (ending->outcome == OUTCOME_VIOLATED || ending->outcome == OUTCOME_REFUSED) {
        goal.mechanism = mechanism_root(ending->mechanisms & goal.among);
    }
    return goal;
}

bool goal_is_any(const struct goal *goal)
{
    return goal->outcome == OUTCOME_CRASHED || goal->outcome == OUTCOME_HUNG ||
           goal->mechanism != MECHANISM_COUNT;
}

bool goal_holds(const struct goal *goal, const struct ending *ending)
{
    if (goal->outcome != ending->outcome || goal->signal != ending->signal) {
        return false;
    }
    return goal->mechanism == MECHANISM_COUNT ||
           goal->mechanism == mechanism_root(ending->mechanisms & goal->among);
}

const char *goal_print(const struct goal *goal, char text[GOAL_TEXT_SIZE_BYTES])
{
    if (goal->mechanism != MECHANISM_COUNT) {
        (void)snprintf(text, GOAL_TEXT_SIZE_BYTES, "%s by %s",
                       property_name(mechanism_property(goal->mechanism)),
                       mechanism_name(goal->mechanism));
    } else if (goal->signal != 0) {
        (void)snprintf(text, GOAL_TEXT_SIZE_BYTES, "%s by signal %" PRId32,
                       outcome_name(goal->outcome), goal->signal);
    } else {
        (void)snprintf(text, GOAL_TEXT_SIZE_BYTES, "%s", outcome_name(goal->outcome));
    }
    return text;
}
