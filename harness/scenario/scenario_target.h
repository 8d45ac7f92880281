/* What only the engine can do, or only a program cannot: keys that do not fit the target. */
#ifndef HARNESS_SCENARIO_SCENARIO_TARGET_H
#define HARNESS_SCENARIO_SCENARIO_TARGET_H

#include "harness/scenario/scenario.h"
#include "harness/yaml/yaml_reader.h"

/* Whether the scenario asks for nothing that a program lacks.  0, or ERR_USAGE: with the key's line
 * when `reader` has the file; it is NULL when `target` was named elsewhere. */
int scenario_target_check(const struct scenario *scenario, const char *target,
                          const struct yaml_reader *reader, struct err *err);

#endif
