/* Which losses of one crash position are tried: all of them up to a bound, past it families.
 *
 * Families, in this order: everything, nothing; one kind of file against all others (a queue ahead
 * of the log, a mark ahead of both, an index ahead of its data); one file kept or dropped; one item
 * kept (with what it needs) or dropped (with what needs it); every prefix in trace order; seeded
 * random ones.  Then tears, both ways: every page that can be torn, with all else there and with
 * nothing else there. */
#ifndef HARNESS_POWER_PERSIST_CHOICES_H
#define HARNESS_POWER_PERSIST_CHOICES_H

#include "harness/power/persist/persist.h"

struct choices;

struct choices_options {
    uint32_t bound;
    uint32_t random;
    uint64_t seed;
    /* Only losses that keep something of an operation in flight: all others were tried at the
     * position before. */
    bool only_in_flight;
};

/* NULL when out of memory.  Reused from position to position. */
struct choices *choices_new(void);
struct choices *choices_free(struct choices *choices);

/* Makes the losses of the walk's present position, each once, all legal.  0 or -ENOMEM. */
int choices_make(struct choices *choices, const struct persist *persist,
                 const struct choices_options *options);
size_t choices_count(const struct choices *choices);
const struct loss *choices_get(const struct choices *choices, size_t index);
/* More are legal than were made. */
bool choices_is_capped(const struct choices *choices);

#endif
