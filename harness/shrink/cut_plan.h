/* A smaller plan of the same scenario: fewer faults, steps and rounds, milder faults, earlier hits,
 * shorter lengths, fewer lost items. */
#ifndef HARNESS_SHRINK_CUT_PLAN_H
#define HARNESS_SHRINK_CUT_PLAN_H

#include "harness/shrink/trial.h"

/* Both: the candidate fails as it should; afterwards by what is left of its plan.  The scenario
 * stays.  Whether anything became smaller. */

/* Leaves out faults, steps and rounds; makes faults milder. */
bool cut_plan_faults(struct trial *trial, struct candidate *candidate);
/* Brings numbers down: hits, lengths, times; of a power loss its model and what it drops. */
bool cut_plan_numbers(struct trial *trial, struct candidate *candidate);
/* Leaves out switches of the token. */
bool cut_plan_switches(struct trial *trial, struct candidate *candidate);

#endif
