/* What a scenario's rows, plan and `explore:` section mean together. */
#ifndef HARNESS_SCENARIO_SCENARIO_EXPLORE_H
#define HARNESS_SCENARIO_SCENARIO_EXPLORE_H

#include "harness/scenario/scenario_data.h"
#include "harness/yaml/yaml_reader.h"

/* Finds out whether the scenario is explored and under which models, and refuses what would say
 * nothing: keys, rows and steps of the memory disk without a power loss, failed syncs that no trace
 * is made for, what a `threads` run cannot have.  0 or ERR_USAGE with the place. */
int scenario_explore_settle(const struct yaml_reader *reader, struct scenario *scenario,
                            struct err *err);

#endif
