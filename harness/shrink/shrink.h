/* From a failing case to the smallest that fails the same way.
 *
 * First the plan, over the scenario as it is; then the workload and its files, the failing fault
 * being looked for anew in each smaller one; then the numbers of what is left.  Cases of the same
 * token shrink to the same case, unless the budget ends it. */
#ifndef HARNESS_SHRINK_SHRINK_H
#define HARNESS_SHRINK_SHRINK_H

#include "harness/shrink/trial.h"

/* One side of the comparison. */
struct shrink_side {
    struct candidate_size size;
    uint64_t duration_us; /* of the case */
    struct ending end;
};

struct shrink_result {
    struct goal goal;
    struct shrink_side before;
    struct shrink_side after;
    struct candidate candidate; /* the smallest */
    bool is_workload_changed;   /* its scenario is in no file yet */
    bool is_cut;                /* the budget was used up */
    uint64_t tried;             /* cases and images */
    uint64_t duration_us;
};

/* Why a case of this scenario cannot be shrunk: two runs of it need not be the same; NULL: it can.
 * A static string. */
const char *shrink_refusal(const struct scenario *scenario);

/* Shrinks a case that fails.  `ret_result` is large, and filled as far as it came when negative.
 * 0; SHRINK_INTACT when the case does not fail; ERR_USAGE (shrink_refusal, or it cannot be run);
 * ERR_BROKEN when the case does not fail twice, or the harness itself did; -ENOMEM. */
#define SHRINK_INTACT 1
int shrink_run(const struct trial_options *options, const struct candidate *candidate,
               struct shrink_result *ret_result, struct err *err);

#endif
