/* How the values of keys are read that only scenarios have. */
#ifndef HARNESS_SCENARIO_SCENARIO_VALUES_H
#define HARNESS_SCENARIO_SCENARIO_VALUES_H

#include "harness/scenario/scenario_data.h"
#include "harness/yaml/yaml_table.h"

/* What is being filled in: the owner of a walk (yaml_table.h).  `phase` and `fault` say where in
 * the file the walk is. */
struct scenario_values_context {
    struct scenario *scenario;
    struct scenario_phase *phase; /* within phases */
    struct scenario_fault *fault; /* within faults */
    uint64_t planted;             /* defects: applied when the profile is known too */
    uint64_t planted_bare;
    uint32_t guards_off;
};

YAML_TABLE_READER(scenario_values_name);
YAML_TABLE_READER(scenario_values_summary);
YAML_TABLE_READER(scenario_values_start);
YAML_TABLE_READER(scenario_values_base);
YAML_TABLE_READER(scenario_values_topics); /* of any shape: a number, or names */
YAML_TABLE_READER(scenario_values_target_name);
YAML_TABLE_READER(scenario_values_seed);
YAML_TABLE_READER(scenario_values_profile);
YAML_TABLE_READER(scenario_values_body);
YAML_TABLE_READER(scenario_values_compress);
YAML_TABLE_READER(scenario_values_point);
YAML_TABLE_READER(scenario_values_when);

/* Called for each item of a list, `walk->list`; what they read is added up. */
YAML_TABLE_READER(scenario_values_defect);
YAML_TABLE_READER(scenario_values_guard_off);
YAML_TABLE_READER(scenario_values_tag);
YAML_TABLE_READER(scenario_values_fault_word);
YAML_TABLE_READER(scenario_values_before);
YAML_TABLE_READER(scenario_values_plan_round);
YAML_TABLE_READER(scenario_values_event);    /* uint64_t, bits */
YAML_TABLE_READER(scenario_values_property); /* uint32_t, bits */

#endif
