/* What only the engine can do, or only a program cannot: keys that do not fit the target. */
#ifndef HARNESS_SCENARIO_SCENARIO_TARGET_H
#define HARNESS_SCENARIO_SCENARIO_TARGET_H

#include "harness/scenario/scenario.h"
#include "harness/yaml/yaml_reader.h"

/* Whether the scenario asks for nothing that a program lacks.  0, or ERR_USAGE: with the key's line
 * when `reader` has the file; it is NULL when `target` was named elsewhere. */
int scenario_target_check(const struct scenario *scenario, const char *target,
                          const struct yaml_reader *reader, struct err *err);

/* Leaves of the scenario what a target of this name can do, and counts in `unfit` what it cannot:
 * only an engine loses power, its points are not those of a program, and of the real RocketMQ's
 * store consumers' offsets are no part.  0, or ERR_USAGE when no fault would be left, with the
 * scenario as it is. */
int scenario_target_adapt(struct scenario *scenario, const char *target, struct err *err);

#endif
