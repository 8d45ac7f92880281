/* A scenario that begins with a store: finds it, and takes from it what only it can say. */
#ifndef HARNESS_SCENARIO_SCENARIO_BASE_H
#define HARNESS_SCENARIO_SCENARIO_BASE_H

#include "harness/scenario/scenario_data.h"
#include "harness/yaml/yaml_reader.h"

/* Makes `scenario->base` a path (`base_path`; NULL: by the scenario's own) and fills in its hash,
 * and the store's mode and file sizes as the base's names and sizes have them.  Does nothing
 * without a base.  0 or ERR_USAGE, with the place: no such store, a key that says otherwise than
 * its files, or what cannot be judged over it. */
int scenario_base_settle(const struct yaml_reader *reader, const char *base_path,
                         struct scenario *scenario, struct err *err);

#endif
