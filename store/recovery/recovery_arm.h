/* The last step of recovery: the engine's positions, and what must be on disk before the first put.
 */
#ifndef STORE_RECOVERY_RECOVERY_ARM_H
#define STORE_RECOVERY_RECOVERY_ARM_H

#include "store/recovery/recovery_bound.h"
#include "store/recovery/recovery_scan.h"

/* The engine's positions, from what was found. */
void recovery_arm_set_positions(struct engine *engine, const struct recovery_found *found,
                                const struct recovery_bound *bound,
                                const struct recovery_scan *scan);
/* Lowers consumer offsets (guard offset-clip), raises the term, makes the abort file. */
int recovery_arm_run(struct engine *engine, struct err *err);

#endif
