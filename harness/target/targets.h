/* Which target a scenario is about. */
#ifndef HARNESS_TARGET_TARGETS_H
#define HARNESS_TARGET_TARGETS_H

#include "harness/scenario/scenario.h"
#include "harness/target/target.h"

const struct target_kind *targets_of(const struct scenario *scenario);

#endif
