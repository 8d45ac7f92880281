/* The one place that names every kind of target. */
#include "harness/target/targets.h"

#include "harness/target/target_engine.h"
#include "harness/target/target_program.h"

const struct target_kind *targets_of(const struct scenario *scenario)
{
    if (scenario->points == &points_real) {
        return target_program_kind_real();
    }
    return scenario->points == &points_program ? target_program_kind()
                                               : target_engine_kind(scenario->store.services);
}
