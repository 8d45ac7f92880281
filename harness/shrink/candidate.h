/* A case while it shrinks: a scenario that has no file yet, and the token's other parts. */
#ifndef HARNESS_SHRINK_CANDIDATE_H
#define HARNESS_SHRINK_CANDIDATE_H

#include "harness/scenario/scenario.h"

/* Plain data, large: keep it off the stack. */
struct candidate {
    struct scenario scenario; /* as a file says it: no switch applied */
    struct token token;       /* switches, seed and plan; name and hash are the scenario's */
};

/* How large it is, as people count. */
struct candidate_size {
    uint32_t rounds; /* of the workload or the plan, whichever has more */
    uint32_t faults;
    uint32_t steps; /* before rounds */
    uint32_t messages;
    uint32_t phases;
    uint32_t queues;  /* of all topics */
    uint32_t dropped; /* items that power losses drop */
    uint32_t token_length;
};

/* Takes a changed scenario as its own text would be read: checked, and with its hash, which the
 * token gets, too.  0, ERR_USAGE when such a file would be refused, or -ENOMEM; then what the
 * candidate holds is of no use. */
int candidate_settle(struct candidate *candidate, struct err *err);
/* The scenario with the token's target and switches applied.  0 or ERR_USAGE. */
int candidate_apply(const struct candidate *candidate, struct scenario *ret_scenario,
                    struct err *err);
struct candidate_size candidate_size(const struct candidate *candidate);

#endif
