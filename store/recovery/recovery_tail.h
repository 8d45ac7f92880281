/* What stands past the ends that recovery found, in the log, the index list and the queues. */
#ifndef STORE_RECOVERY_RECOVERY_TAIL_H
#define STORE_RECOVERY_RECOVERY_TAIL_H

#include "store/recovery/recovery_bound.h"

/* Cuts files beyond the ends and, guard tail-zero, zeroes what stands past them: bytes left there
 * would be records again behind later ones.  After a clean stop that the mark vouches for there is
 * nothing to look at: *ret_is_trusted. */
int recovery_tail_clean(struct engine *engine, const struct recovery_found *found,
                        const struct recovery_bound *bound, uint64_t scan_end, bool *ret_is_trusted,
                        struct err *err);

#endif
