/* Our own engine as a target: in this process, over our disk, with faults that libfiu fires. */
#ifndef HARNESS_TARGET_TARGET_ENGINE_H
#define HARNESS_TARGET_TARGET_ENGINE_H

#include "harness/target/target.h"

/* With `services: threads` it cannot be stepped, and its clock goes on by itself. */
const struct target_kind *target_engine_kind(enum store_services services);

#endif
