/* Delta debugging: from what fails to the least of it that still fails.  Knows nothing of stores:
 * a test says whether a trial fails the way it should. */
#ifndef HARNESS_SHRINK_DELTA_H
#define HARNESS_SHRINK_DELTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As many as a power loss can drop. */
#define DELTA_ELEMENTS_MAX 512

/* Whether it still fails with the elements that `kept` says. */
typedef bool delta_subset_fails(void *arg, const bool *kept, size_t count);
/* Whether it still fails with this number. */
typedef bool delta_number_fails(void *arg, uint64_t number);

/* Takes out of `kept`, of which all that is kept together fails, as much as it can: in the end it
 * fails, and would not with any one element less (unless the test gave up: it says false then).
 * Tries nothing at all first, then halves, quarters, ... single ones, the last ones before the
 * first.  `count` <= DELTA_ELEMENTS_MAX.  Returns how many are left. */
size_t delta_minimize(bool *kept, size_t count, delta_subset_fails *fails, void *arg);

/* The least number from `least` that fails, when larger ones do, too; `number` itself does.  Tries
 * the small ones first, in growing steps, since what is small is tried fast; then in between. */
uint64_t delta_least(uint64_t least, uint64_t number, delta_number_fails *fails, void *arg);

#endif
