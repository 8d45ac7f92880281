/* A row of `faults:`: which hits of which points get which faults. */
#ifndef HARNESS_SCENARIO_SCENARIO_FAULT_H
#define HARNESS_SCENARIO_SCENARIO_FAULT_H

#include "harness/case/points.h"
#include "store/format/types.h"

#include <stdbool.h>
#include <stdint.h>

/* The row as the file has it: patterns and words, not yet cases. What a word without its argument
 * stands for is enumerate's (torn, short, pod-kill) or the explorer's (models, failed syncs). */
struct scenario_fault {
    char point[64]; /* a point's name, in which '*' stands for any characters */
    uint32_t kinds; /* bit per enum fault_kind */
    struct fault
        faults[FAULT_KIND_COUNT * 3]; /* the words as given: torn without N = all of them */
    bool arg_given[FAULT_KIND_COUNT * 3];
    uint32_t fault_count;
    uint32_t when_first; /* from 1 */
    uint32_t when_last;  /* UINT32_MAX: to the end */
    uint32_t when_step;  /* from 1 */
};

/* Whether the row's pattern matches the name of `point`. */
bool scenario_fault_matches(const struct scenario_fault *fault, const struct points *points,
                            uint32_t point);
/* The same, and the hit is within the row's `when:`. */
bool scenario_fault_strikes(const struct scenario_fault *fault, const struct points *points,
                            uint32_t point, uint32_t hit);
/* Whether at least one of the row's faults can happen at one of its points. */
bool scenario_fault_is_possible(const struct scenario_fault *fault, const struct points *points);
/* Whether a store of this mode has at least one of the row's points: its log is of one kind. */
bool scenario_fault_is_of_mode(const struct scenario_fault *fault, const struct points *points,
                               enum store_mode mode);
/* The same on real files: what only the memory disk can do is left to the explorer. */
bool scenario_fault_is_live(const struct scenario_fault *fault, const struct points *points);

#endif
